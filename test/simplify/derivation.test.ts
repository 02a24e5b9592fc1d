/** Every line of every derivation has the value of the derivative that it derives. */
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { differentiate } from '../../src/derive/reverse.ts'
import type { EquationNode, Node } from '../../src/graph/node.ts'
import { type Tensor, doubles, evaluate, evaluateAll, randomPoint } from '../../src/interpret/index.ts'
import { writtenFormulas } from '../../src/print/formulas/formulas.ts'
import {
  type Derivation,
  type Simplification,
  countPaths,
  derivation,
  pathsTo,
} from '../../src/simplify/derivation.ts'
import { LONG, seeds } from '../support/campaign.ts'
import { brief, closed } from '../support/examples.ts'
import { randomNetwork } from '../support/random-network.ts'

function derived(source: string) {
  const { graph, mathematics, diagnostics } = analyse(source)
  if (!mathematics) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  const { written } = mathematics
  const { gradients, terms, image, found: formulas } = writtenFormulas(graph, written)
  const loss = image(written.differentiated!) as EquationNode
  const found = derivation(
    graph,
    {
      loss,
      equations: formulas.network.equations.map((e) => e.node as EquationNode).concat(loss),
      gradients: new Map([...gradients].map(([symbol, node]) => [graph.symbol(symbol), node])),
      terms,
    },
    2000,
  )!
  return { graph, found, gradients }
}

const lines = ({ before, rewrites, result }: Simplification): Node[] => [
  before,
  ...rewrites.map((r) => r.after),
  result,
]

/** The number of lines compared, and of steps without a rule. */
function compare(name: string, source: string): { compared: number; bare: number } {
  const { graph: g, found, gradients } = derived(source)
  const nodes = found.points.map((p) => p.node)
  const adjoints = differentiate(g, found.loss, nodes)
  const roots = [found.loss, ...adjoints.values(), ...gradients.values()]
  let [compared, bare] = [0, 0]
  const finite = (p: {
    values: ReadonlyMap<string, Tensor<number>>
    dims: ReadonlyMap<string, number>
  }): boolean =>
    evaluate(roots, p.values, doubles, { dims: p.dims }).every((t) => t.data.every(Number.isFinite))
  for (const seed of [1, 2]) {
    const { point, usable } = randomPoint(roots, `${name} ${seed}`, {}, finite)
    if (!usable) continue
    const at = evaluateAll(roots, point.values, doubles, { dims: point.dims })
    const stands = new Map(found.points.map((p) => [p.seed, at.get(adjoints.get(p.node)!)!]))
    const same = (what: string, list: readonly Node[], expected: Tensor<number>): void => {
      const values = evaluate(list, point.values, doubles, {
        dims: point.dims,
        known: (n) => (n.kind === 'equation' ? stands.get(n) : undefined),
      })
      const size = Math.max(1e-3, ...expected.data.map(Math.abs))
      values.forEach((value, i) => {
        expect(value.shape, what).toEqual(expected.shape)
        value.data.forEach((x, k) => {
          if (Number.isFinite(x))
            expect(Math.abs(x - expected.data[k]!) / size, `${name}: ${what}, line ${i}`).toBeLessThan(1e-6)
        })
        compared++
      })
    }
    for (const { node, sum, inserted, printed, uses } of found.points) {
      if (uses.length === 0) continue
      const own = at.get(adjoints.get(node)!)!
      const what = node.kind === 'equation' ? node.name : node.kind === 'symbol' ? node.symbol.name : 'a part'
      same(what, [...lines(sum), ...(inserted ? lines(inserted) : []), ...(printed ? [printed] : [])], own)
      for (const { rule } of [...sum.rewrites, ...(inserted?.rewrites ?? [])]) if (!rule) bare++
      for (const { slope } of uses)
        if (slope)
          same(
            `slope of ${what}`,
            lines(slope),
            evaluate([slope.before], point.values, doubles, { dims: point.dims })[0]!,
          )
      if (printed) expect((inserted ?? sum).result, what).toBe(printed)
    }
    alongPaths(found, (to, made) => same('along paths', made, at.get(adjoints.get(to)!)!))
  }
  return { compared, bare }
}

/** The products of local derivatives, where all is scalar. */
function alongPaths(found: Derivation, same: (to: Node, lines: readonly Node[]) => void): void {
  if (found.points.some((p) => p.node.shape.length > 0)) return
  for (const [node, worked] of found.wanted)
    if (worked.uses.length > 0 && countPaths(worked) <= 8n)
      same(node, lines(found.along(worked, pathsTo(worked))))
}

const corpus = new URL('../closed-forms/', import.meta.url)
const files = [
  ...closed.map((file) => [file, brief(file)] as const),
  ...readdirSync(corpus)
    .filter((file) => file.endsWith('.net'))
    // The others in test/print/steps.test.ts, and all of them here in the long campaign.
    .filter((_, i) => LONG || i % 2 === 1)
    .map((file) => [file, readFileSync(new URL(file, corpus), 'utf8')] as const),
]

test('every line of the derivations of the examples and of the corpus', () => {
  let [compared, bare] = [0, 0]
  for (const [file, source] of files) {
    const found = compare(file, source)
    compared += found.compared
    bare += found.bare
  }
  expect(compared).toBeGreaterThan(LONG ? 5000 : 2500)
  // A step without a rule's name is one that the simplifier found by asking; there are few.
  expect(bare / compared).toBeLessThan(0.01)
})

test.each(seeds(4, 2))('random network %i', (seed) => {
  const { source, name } = randomNetwork(seed, { size: 3 + (seed % 8), families: false })
  compare(`${name}\n${source}`, source)
})
