/** An operator is one record: with one more in the table, every phase and every target knows it. */
import { describe, expect, test, vi } from 'vitest'
import type { Graph } from '../../src/graph/graph.ts'
import type { Node } from '../../src/graph/node.ts'
import type { Pointwise } from '../../src/graph/operator.ts'
import type * as table from '../../src/ops/elementary.ts'

const record = vi.hoisted(() => ({ name: 'softsign' }))

// The record, as it would stand in src/ops/elementary.ts; nothing else is changed.
vi.mock('../../src/ops/elementary.ts', async (original) => {
  const own = await original<typeof table>()
  const { MINUS_ONE, ONE, TWO } = await import('../../src/base/rational.ts')
  const { increasing } = await import('../../src/graph/range.ts')
  const onePlusAbs = (g: Graph, x: Node): Node =>
    g.sum([{ coefficient: ONE, node: g.apply(own.abs, [x]) }], ONE, x.shape)
  const softsign: Pointwise = {
    kind: 'pointwise',
    name: record.name,
    called: { en: 'the softsign', zh: 'softsign 函数' },
    arity: 1,
    notation: { latex: '\\operatorname{softsign}', text: 'softsign', form: 'call' },
    cost: 10,
    increasing: true,
    range: increasing((x) => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x)))),
    meaning: (f, x) => f.divide(x, f.add(f.rational(ONE), f.call('abs', x))),
    slope: (g, [x]) => g.power(onePlusAbs(g, x!), TWO.neg()),
    definition: {
      law: 'softsign u = u/(1 + |u|)',
      of: (g, [u]) => g.multiply(u!, g.power(onePlusAbs(g, u!), MINUS_ONE)),
    },
    delicate: [[0], [1e-20], [1], [-1], [1e200]],
    values: [
      [0.5, 1 / 3],
      [-3, -0.75],
    ],
  }
  return { ...own, elementary: [...own.elementary, softsign] }
})

const { analyse, compile } = await import('../../src/compile.ts')
const { judgeClaims } = await import('../../src/claims.ts')
const { derive } = await import('../../src/index.ts')
const { operators } = await import('../../src/ops/index.ts')
const { brokenLaws } = await import('./laws.ts')

const program = `network One
input x
target y
param w
a = softsign(w * x)
output a
loss J = ½ * (a - y)^2
`

test('its laws are tested from its record', () => {
  expect(brokenLaws(operators.get(record.name)!)).toEqual([])
})

test('programs know it, formulas show it, and it has values', () => {
  const [d] = derive(program)
  expect(d!.toText()).toBe('(a − y)·x/(1 + |wx|)²')
  expect(d!.evaluate({ w: 2, x: -0.5, y: 1 })).toBeCloseTo((-0.5 - 1) * -0.5 * 0.25, 14)
})

describe.each(['ts', 'js', 'wasm', 'c', 'pytorch', 'onnx'] as const)('%s', (target) => {
  test('has code for it', () => {
    const { code, diagnostics } = compile(program, { target })
    expect(diagnostics).toEqual([])
    expect(code).not.toBe('')
  })
})

test('and that code runs', async () => {
  for (const target of ['js', 'wasm'] as const) {
    const { code } = compile(program, { target })
    const { forward } = (await import(`data:text/javascript,${encodeURIComponent(code!)}`)) as {
      forward(params: object, inputs: object): { a: number }
    }
    expect(forward({ w: -3 }, { x: 1 }).a).toBeCloseTo(-0.75, 14)
  }
})

test('proofs use its definition', async () => {
  const { graph, mathematics } = analyse(
    'param x\na = softsign(x)\nloss J = a\nclaim a = x / (1 + abs(x))\nclaim d(J, x) = 1 / (1 + abs(x))^2',
  )
  const judged = await judgeClaims(graph, mathematics!)
  expect(judged.map(({ verdict }) => verdict)).toEqual(['proved', 'proved'])
})
