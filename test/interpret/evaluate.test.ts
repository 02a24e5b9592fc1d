import { describe, expect, it } from 'vitest'
import { ONE, rational } from '../../src/base/rational.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Node } from '../../src/graph/node.ts'
import { openExtent } from '../../src/graph/extent.ts'
import {
  abstractFunction,
  argmaxfirst,
  det,
  exp,
  gt,
  inv,
  log,
  lse,
  reducemax,
  select,
} from '../../src/ops/index.ts'
import { type Nested, doubles, evaluate, nested, tensor } from '../../src/interpret/index.ts'

const input = (g: Graph, name: string, ...shape: number[]): Node =>
  g.symbol({ name, role: 'input', shape, assumptions: new Set() })

function value(
  root: Node,
  values: Record<string, Nested<number>> = {},
  dims: Record<string, number> = {},
): Nested<number> {
  const given = new Map(Object.entries(values).map(([k, v]) => [k, tensor(v)]))
  return nested(evaluate([root], given, doubles, { dims: new Map(Object.entries(dims)) })[0]!)
}

describe('products', () => {
  const g = new Graph()
  const A = input(g, 'A', 2, 3)
  const B = input(g, 'B', 3, 2)
  const x = input(g, 'x', 3)
  const a = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  const b = [
    [1, 0],
    [2, 1],
    [0, 3],
  ]
  it('multiplies, transposes, sums, stretches', () => {
    expect(value(g.einsum('ij,jk->ik', A, B), { A: a, B: b })).toEqual([
      [5, 11],
      [14, 23],
    ])
    expect(value(g.transpose(A), { A: a })).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ])
    expect(value(g.sumOver(A, [0]), { A: a })).toEqual([5, 7, 9])
    expect(value(g.sumOver(A, [0, 1]), { A: a })).toBe(21)
    expect(value(g.stretch(x, A.shape), { x: [1, 2, 3] })).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect(value(g.einsum('ij,ji->', A, B), { A: a, B: b })).toBe(28)
    expect(value(g.einsum('ij,jk,kl->il', A, B, A), { A: a, B: b })).toEqual([
      [49, 65, 81],
      [106, 143, 180],
    ])
    expect(value(g.scale(rational(1, 2), g.multiply(A, A)), { A: a })).toEqual([
      [0.5, 2, 4.5],
      [8, 12.5, 18],
    ])
    expect(value(g.divide(g.number(1), g.sqrt(x)), { x: [1, 4, 16] })).toEqual([1, 0.5, 0.25])
  })
  it('takes identities and unit vectors as structure: a NaN or ∞ next door does not leak', () => {
    expect(value(g.einsum('i->ii', x), { x: [1, NaN, Infinity] })).toEqual([
      [1, 0, 0],
      [0, NaN, 0],
      [0, 0, Infinity],
    ])
    expect(value(g.element(x, 0, 0), { x: [7, NaN, Infinity] })).toBe(7)
    expect(
      value(g.element(A, 1, 2), {
        A: [
          [NaN, 2, 3],
          [4, NaN, 6],
        ],
      }),
    ).toEqual([3, 6])
    expect(value(g.multiply(x, g.basis(3, 1)), { x: [NaN, 2, Infinity] })).toEqual([0, 2, 0])
    expect(value(g.delta(2))).toEqual([
      [1, 0],
      [0, 1],
    ])
  })
  it('contracts long chains of factors pair by pair with the same result', () => {
    const n = 24
    const M = input(g, 'M', n, n)
    const m = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => ((i * 7 + j * 3) % 5) - 2),
    )
    const four = value(g.einsum('ij,jk,kl,lm->im', M, M, M, M), { M: m }) as number[][]
    const two = g.einsum('ij,jk->ik', M, M)
    expect(four).toEqual(value(g.einsum('ij,jk->ik', two, two), { M: m }))
  })
})

describe('the rest', () => {
  const g = new Graph()
  const A = input(g, 'A', 2, 2)
  const x = input(g, 'x', 3)
  const s = input(g, 's')
  it('sums with coefficients, constants and scalars', () => {
    const sum = g.sum(
      [
        { coefficient: rational(2), node: x },
        { coefficient: ONE, node: s },
      ],
      rational(1, 2),
      [3],
    )
    expect(value(sum, { x: [1, 2, 3], s: 10 })).toEqual([12.5, 14.5, 16.5])
  })
  it('does not let a branch that is not taken poison the one that is', () => {
    const branch = g.apply(select, [g.apply(gt, [x, g.number(0)]), g.apply(log, [x]), x])
    expect(value(branch, { x: [1, -2, 0] })).toEqual([0, -2, 0])
  })
  it('reduces along axes', () => {
    const M = input(g, 'M', 2, 3)
    const m = [
      [1, 5, 5],
      [7, 2, 3],
    ]
    expect(value(g.reduce(reducemax, M, [1]), { M: m })).toEqual([5, 7])
    expect(value(g.reduce(reducemax, M, [0]), { M: m })).toEqual([7, 5, 5])
    expect(value(g.reduce(argmaxfirst, M, [1]), { M: m })).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ])
    expect(value(g.reduce(argmaxfirst, M, [0, 1]), { M: m })).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ])
    expect(
      value(g.reduce(lse, M, [0, 1]), {
        M: [
          [1000, 1000, -Infinity],
          [0, 0, 0],
        ],
      }),
    ).toBe(1000 + Math.log(2))
  })
  it('maps matrix operators over leading axes', () => {
    const S = input(g, 'S', 2, 2, 2)
    const m = [
      [
        [2, 0],
        [0, 4],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ]
    expect(value(g.matrix(inv, S), { S: m })).toEqual([
      [
        [0.5, 0],
        [0, 0.25],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ])
    expect(value(g.matrix(det, S), { S: m })).toEqual([8, -1])
    expect(
      value(g.matrix(det, A), {
        A: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).toBeCloseTo(-2, 14)
  })
  it('knows pi and e, and takes the lengths of open dims', () => {
    expect(value(g.symbol({ name: 'pi', role: 'constant', shape: [], assumptions: new Set() }))).toBe(Math.PI)
    const T = openExtent('T')
    const v = g.symbol({ name: 'v', role: 'input', shape: [T], assumptions: new Set() })
    expect(value(g.divide(g.sumOver(v, [0]), g.extent(T)), { v: [1, 2, 3, 6] }, { T: 4 })).toBe(3)
  })
  it('says what is missing', () => {
    expect(() => value(g.apply(exp, [x]))).toThrow('no value is given for the input x')
    expect(() => value(g.apply(exp, [x]), { x: [1, 2] })).toThrow('the value of x has shape [2], and not [3]')
    expect(() => value(g.extent(openExtent('T')))).toThrow('no value is given for the dim T')
    expect(() => value(g.apply(abstractFunction('phi'), [x]), { x: [1, 2, 3] })).toThrow(
      'the function phi has no body',
    )
  })
  it('walks a deep graph without recursion', () => {
    let node: Node = s
    for (let i = 0; i < 20_000; i++) node = g.equation(`y${i}`, g.add(node, g.number(1)))
    expect(value(node, { s: 1 })).toBe(20_001)
  })
})
