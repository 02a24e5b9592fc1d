/** Values that are known beforehand change no result, wherever they stand in a program. */
import { expect, it } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { topological } from '../../src/graph/traverse.ts'
import { doubles, evaluate, evaluateAll, pointFor } from '../../src/interpret/index.ts'
import { rootsOf } from '../../src/stages.ts'
import { seeds } from '../support/campaign.ts'
import { randomIndexed } from '../support/direct/random-indexed.ts'
import { randomNetwork } from '../support/random-network.ts'

const programs = [
  ['a look-up', 'input k : index(3)\nparam W[3]\np = softmax(W)\nloss J = log(p[k])^2'],
  ...seeds(1).map((seed) => [`indexed ${seed}`, randomIndexed(seed).source] as const),
  ...seeds(1).map((seed) => [`network ${seed}`, randomNetwork(seed, { size: 4 }).source] as const),
] as const

it.each(programs)('%s', (_, source) => {
  const derived = analyse(source).mathematics!.simplified
  const { values, dims } = pointFor(derived, 1)
  const roots = rootsOf(derived)
  const all = evaluateAll(roots, values, doubles, { dims })
  const wanted = roots.map((root) => all.get(root))
  const order = topological(roots)
  for (const count of order.keys()) {
    const before = new Set(order.slice(0, count))
    const known = (node: (typeof order)[number]) => (before.has(node) ? all.get(node) : undefined)
    expect(evaluate(roots, values, doubles, { dims, known }), source).toEqual(wanted)
  }
})
