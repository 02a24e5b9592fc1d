/** What operators on a factorised matrix owe to the matrix, in 64 digits. */
import { describe, expect, it } from 'vitest'
import { type Big, bigNumbers, doubles, random } from '../../src/interpret/index.ts'
import {
  adj,
  det,
  factored,
  inv,
  logdet,
  lu,
  ludet,
  lulogdet,
  operators,
  solve,
  solvet,
} from '../../src/ops/index.ts'

const big = await bigNumbers(64)
type Rows<T> = T[][]

const rowsOf = <T>(entries: readonly T[], n: number): Rows<T> =>
  Array.from({ length: entries.length / n }, (_, i) => entries.slice(i * n, (i + 1) * n))

/** Random ones, and some whose rows must be exchanged. */
function matrices(): Rows<number>[] {
  const rng = random('factored')
  const drawn = Array.from({ length: 24 }, (_, i) => {
    const n = 1 + (i % 6)
    return Array.from({ length: n }, () => Array.from({ length: n }, () => rng.normal()))
  })
  return [
    [
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ],
    [
      [0, 2],
      [3, 0],
    ],
    ...drawn,
  ]
}

describe.each(matrices())('matrix %#', (...rows) => {
  const n = rows.length
  const a = rows.map((row) => row.map((x) => big.number(x)))
  const factors = rowsOf(lu.meaning(big, a), n)
  const right = [1, 2, 3].map((k) => rows.map((_, i) => big.number(Math.sin(k + 2 * i))))

  it('has a row for the order of its rows', () => {
    expect(factors).toHaveLength(n + 1)
    expect(factors[n]!.map((o) => big.toNumber(o)).sort()).toEqual(rows.map((_, i) => i))
  })

  it.each([
    [solve, (i: number, j: number) => a[i]![j]!],
    [solvet, (i: number, j: number) => a[j]![i]!],
  ] as const)('$name solves', (op, entry) => {
    const x = rowsOf(op.meaning(big, factors, right), n)
    x.forEach((solution, k) =>
      right[k]!.forEach((wanted, i) => {
        const sum = solution.reduce<Big>((s, v, j) => s.plus(v.times(entry(i, j))), big.number(0))
        expect(big.toNumber(sum.minus(wanted).abs())).toBeLessThan(1e-50)
      }),
    )
    const inDoubles = op.meaning(
      doubles,
      rowsOf(lu.meaning(doubles, rows), n),
      right.map((r) => r.map(big.toNumber)),
    )
    inDoubles.forEach((v, k) => expect(v).toBeCloseTo(big.toNumber(x.flat()[k]!), 8))
  })

  it('has the determinants of the matrix', () => {
    for (const [op, whole] of [
      [ludet, det],
      [lulogdet, logdet],
    ] as const)
      expect(op.meaning(big, factors).map(big.toNumber)).toEqual(whole.meaning(big, a).map(big.toNumber))
  })
})

describe('the adjugate', () => {
  it.each(matrices())('matrix %#: times the matrix it is the determinant', (...rows) => {
    const n = rows.length
    const a = rows.map((row) => row.map((x) => big.number(x)))
    const adjugate = rowsOf(adj.meaning(big, a), n)
    const [d] = det.meaning(big, a)
    adjugate.forEach((row, i) =>
      rows.forEach((_, j) => {
        const sum = row.reduce<Big>((s, v, k) => s.plus(v.times(a[k]![j]!)), big.number(0))
        expect(big.toNumber((i === j ? sum.minus(d!) : sum).abs())).toBeLessThan(1e-50)
      }),
    )
    expect(adj.meaning(doubles, rows).map((x) => x + 0)).toEqual(
      adjugate.flat().map((x) => expect.closeTo(big.toNumber(x), 8) as number),
    )
  })

  it('is of rank 1 where one rank lacks, and zero where two do', () => {
    expect(adj.meaning(doubles, [[0]])).toEqual([1])
    expect(
      adj.meaning(doubles, [
        [1, 2],
        [2, 4],
      ]),
    ).toEqual([4, -2, -2, 1])
    const ones = [
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]
    expect(adj.meaning(doubles, ones)).toEqual(Array(9).fill(0))
  })
})

describe('by convention', () => {
  const none = [
    [1, 2],
    [2, 4],
  ]
  const factors = rowsOf(lu.meaning(doubles, none), 2)

  it('a singular matrix has NaN in every entry of an inverse and of a solution', () => {
    expect(inv.meaning(doubles, none)).toEqual([NaN, NaN, NaN, NaN])
    for (const op of [solve, solvet]) expect(op.meaning(doubles, factors, [[0, 0]])).toEqual([NaN, NaN])
  })

  it('and the determinant 0, whose logarithm is −∞, whatever the signs of its pivots', () => {
    expect(ludet.meaning(doubles, factors).map(Math.abs)).toEqual([0])
    expect(lulogdet.meaning(doubles, factors)).toEqual([-Infinity])
    const negative = [
      [-1, 0],
      [0, 0],
    ]
    expect(logdet.meaning(doubles, negative)).toEqual([-Infinity])
  })

  it('a negative determinant has no logarithm', () => {
    expect(logdet.meaning(doubles, [[-2]])).toEqual([NaN])
  })

  it('they are no functions of the language', () => {
    for (const { name } of factored) expect(operators.has(name)).toBe(false)
  })
})
