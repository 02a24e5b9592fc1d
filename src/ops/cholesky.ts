import { HALF, ONE, ZERO } from '../base/rational.ts'
import { bug } from '../base/bug.ts'
import { shapeText } from '../graph/extent.ts'
import type { Numbers } from '../graph/field.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { MatrixOperator } from '../graph/operator.ts'
import { EVERYTHING } from '../graph/range.ts'
import { inv } from './matrices.ts'

/** Axes of a matrix that come before its own two. */
const leading = (node: Node): number[] => node.shape.slice(0, -2).map((_, axis) => axis)

/** A B of matrices, each of them transposed or not; those with further axes first are many. */
function times(g: Graph, a: Node, b: Node, turned: readonly ('a' | 'b')[] = []): Node {
  const [many, left, right] = a.shape.length >= b.shape.length ? [a, a, b] : [b, a, b]
  const axes = leading(many)
  const [i, k, j] = [axes.length, axes.length + 1, axes.length + 2]
  const labels = (node: Node, own: readonly number[], isTurned: boolean): number[] => [
    ...leading(node),
    ...(isTurned ? [own[1]!, own[0]!] : own),
  ]
  return g.product(
    ONE,
    [
      { node: left, labels: labels(left, [i, k], turned.includes('a')), exponent: ONE },
      { node: right, labels: labels(right, [k, j], turned.includes('b')), exponent: ONE },
    ],
    [...axes, i, j],
    many.shape,
  )
}

/** Φ: the lower triangle, of its diagonal the half. */
function lowerHalf(g: Graph, a: Node): Node {
  const n = a.shape.at(-1)!
  const triangle = g.bracket('>=', { coefficients: [1, -1], multiples: [], offset: 0 }, [n, n])
  const mask = g.sum(
    [
      { coefficient: ONE, node: triangle },
      { coefficient: HALF.neg(), node: g.delta(n) },
    ],
    ZERO,
    [n, n],
  )
  const axes = a.shape.map((_, axis) => axis)
  return g.product(
    ONE,
    [
      { node: a, labels: axes, exponent: ONE },
      { node: mask, labels: axes.slice(-2), exponent: ONE },
    ],
    axes,
    a.shape,
  )
}

function symmetrised(g: Graph, a: Node): Node {
  const first = leading(a)
  const [i, j] = [first.length, first.length + 1]
  const turned = g.transpose(a, [...first, j, i])
  return g.scale(HALF, g.add(a, turned))
}

/**
 * The lower triangle L with L Lᵀ = ½(A + Aᵀ), row by row (Golub, Van Loan, algorithm 4.2.2); NaN from the row on where that is not
 * positive definite.
 */
export const cholesky: MatrixOperator = {
  kind: 'matrix',
  name: 'cholesky',
  called: { en: 'the Cholesky factor', zh: '楚列斯基因子' },
  arity: 1,
  notation: { latex: '\\operatorname{chol}', text: 'chol', form: 'call' },
  cost: 100,
  range: () => EVERYTHING,
  shape: (a) => (a.length < 2 || a.at(-1) !== a.at(-2) ? bug(`a square matrix of shape ${shapeText(a)}`) : a),
  meaning: <T>(f: Numbers<T>, a: readonly (readonly T[])[]) => {
    const rows: T[][] = []
    for (const [i, row] of a.entries()) {
      const own: T[] = row.map(() => f.rational(ZERO))
      rows.push(own)
      for (let j = 0; j <= i; j++) {
        let sum = f.multiply(f.rational(HALF), f.add(row[j]!, a[j]![i]!))
        for (let k = 0; k < j; k++) sum = f.subtract(sum, f.multiply(own[k]!, rows[j]![k]!))
        own[j] = i === j ? f.call('sqrt', sum) : f.divide(sum, rows[j]![j]!)
      }
    }
    return rows.flat()
  },
  // Murray, Differentiation of the Cholesky decomposition (2016), equations 8 and 10
  pull: (g, _a, l, adjoint) => {
    const inverse = g.matrix(inv, l)
    const inner = lowerHalf(g, times(g, l, adjoint, ['a']))
    return symmetrised(g, times(g, times(g, inverse, inner, ['a']), inverse))
  },
  push: (g, _a, l, tangent) => {
    const inverse = g.matrix(inv, l)
    const inner = times(g, times(g, inverse, symmetrised(g, tangent)), inverse, ['b'])
    return times(g, l, lowerHalf(g, inner))
  },
}
