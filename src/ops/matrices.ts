import { MINUS_ONE, ONE, ZERO } from '../base/rational.ts'
import { bug } from '../base/bug.ts'
import { type Shape, addExtents, sameShape, shapeText } from '../graph/extent.ts'
import type { Numbers } from '../graph/field.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { MatrixOperator } from '../graph/operator.ts'
import { EVERYTHING } from '../graph/range.ts'
import { adj } from './adjugate.ts'

type Rows<T> = readonly (readonly T[])[]

// ——— shapes

function square(a: Shape): Shape {
  if (a.length < 2 || a.at(-1) !== a.at(-2)) bug(`a square matrix of shape ${shapeText(a)}`)
  return a
}
const scalarOf = (a: Shape): Shape => square(a).slice(0, -2)

/** Of a packed factorisation, [n + 1, n]. */
function packed(a: Shape): Shape {
  if (a.length < 2 || addExtents(a.at(-1)!, 1) !== a.at(-2)) bug(`a factorisation of shape ${shapeText(a)}`)
  return a
}
/** Right-hand sides along the last axis: whatever stands before it, after the axes of several matrices. */
function solutions(lu: Shape, right: Shape): Shape {
  const leading = packed(lu).slice(0, -2)
  if (
    right.length <= leading.length ||
    right.at(-1) !== lu.at(-1) ||
    !sameShape(leading, right.slice(0, leading.length))
  )
    bug(`right-hand sides of shape ${shapeText(right)} for a factorisation of shape ${shapeText(lu)}`)
  return right
}

// ——— numbers

/** U with the multipliers of L below its diagonal, and which row of A each of its rows came from. */
interface Factorised<T> {
  readonly lu: Rows<T>
  readonly order: readonly number[]
}

/**
 * LU factorisation with partial pivoting (Golub, Van Loan, Matrix Computations, algorithm 3.4.1), on a copy. A pivot
 * that is zero stays, by which a singular matrix is known.
 */
function factorise<T>(f: Numbers<T>, matrix: Rows<T>): Factorised<T> {
  const n = matrix.length
  const lu = matrix.map((row) => [...row])
  const order = lu.map((_, i) => i)
  for (let k = 0; k < n; k++) {
    let p = k
    for (let i = k + 1; i < n; i++) if (f.less(f.call('abs', lu[p]![k]!), f.call('abs', lu[i]![k]!))) p = i
    ;[lu[p], lu[k]] = [lu[k]!, lu[p]!]
    ;[order[p], order[k]] = [order[k]!, order[p]!]
    if (f.toNumber(lu[k]![k]!) === 0) continue
    for (let i = k + 1; i < n; i++) {
      lu[i]![k] = f.divide(lu[i]![k]!, lu[k]![k]!)
      for (let j = k + 1; j < n; j++) lu[i]![j] = f.subtract(lu[i]![j]!, f.multiply(lu[i]![k]!, lu[k]![j]!))
    }
  }
  return { lu, order }
}

const unpack = <T>(f: Numbers<T>, rows: Rows<T>): Factorised<T> => ({
  lu: rows.slice(0, -1),
  order: rows[rows.length - 1]!.map((o) => f.toNumber(o)),
})

const isSingular = <T>(f: Numbers<T>, { lu }: Factorised<T>): boolean =>
  lu.some((row, k) => f.toNumber(row[k]!) === 0)

/** A⁻¹ of a right-hand side: L and U by substitution (Golub, Van Loan, algorithms 3.1.1, 3.1.2). */
function solveOne<T>(f: Numbers<T>, { lu, order }: Factorised<T>, right: readonly T[]): T[] {
  const n = order.length
  const x: T[] = order.map((o) => right[o]!)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) x[i] = f.subtract(x[i]!, f.multiply(lu[i]![j]!, x[j]!))
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i] = f.subtract(x[i]!, f.multiply(lu[i]![j]!, x[j]!))
    x[i] = f.divide(x[i]!, lu[i]![i]!)
  }
  return x
}

/** A⁻ᵀ of a right-hand side: Uᵀ and Lᵀ, whose columns are the rows of U and L. */
function solveTransposed<T>(f: Numbers<T>, { lu, order }: Factorised<T>, right: readonly T[]): T[] {
  const n = order.length
  const x: T[] = [...right]
  for (let i = 0; i < n; i++) {
    x[i] = f.divide(x[i]!, lu[i]![i]!)
    for (let j = i + 1; j < n; j++) x[j] = f.subtract(x[j]!, f.multiply(lu[i]![j]!, x[i]!))
  }
  for (let i = n - 1; i >= 0; i--)
    for (let j = 0; j < i; j++) x[j] = f.subtract(x[j]!, f.multiply(lu[i]![j]!, x[i]!))
  const result: T[] = []
  order.forEach((o, i) => (result[o] = x[i]!))
  return result
}

/** Row by row; NaN in every entry if the matrix is singular. */
function solveAll<T>(f: Numbers<T>, a: Factorised<T>, right: Rows<T>, one: typeof solveOne): T[] {
  const singular = isSingular(f, a)
  return right.flatMap((row) => (singular ? row.map(() => f.number(NaN)) : one(f, a, row)))
}

/** Whether an odd number of exchanges makes this order. */
const isOdd = (order: readonly number[]): boolean =>
  order.reduce((count, o, i) => count + order.filter((p, j) => j < i && p > o).length, 0) % 2 === 1

const pivots = <T>({ lu }: Factorised<T>): T[] => lu.map((row, k) => row[k]!)

function determinant<T>(f: Numbers<T>, a: Factorised<T>): T {
  const product = pivots(a).reduce((x, y) => f.multiply(x, y), f.rational(ONE))
  return isOdd(a.order) ? f.negate(product) : product
}

function logDeterminant<T>(f: Numbers<T>, a: Factorised<T>): T {
  if (isSingular(f, a)) return f.number(-Infinity)
  const negative = pivots(a).filter((p) => f.toNumber(p) < 0).length % 2 === 1
  if (isOdd(a.order) !== negative) return f.number(NaN)
  return pivots(a)
    .map((p) => f.call('log', f.call('abs', p)))
    .reduce((x, y) => f.add(x, y), f.rational(ZERO))
}

// ——— what people write

/**
 * Labels beyond the two of a matrix: of the axes before those of `a` that a derivative of rank `rank` has (`first`), and of the axes along
 * which `a` is many matrices.
 *
 * @param rank of the derivative, without the axes of one value
 */
function around(
  a: Node,
  rank: number,
): { readonly first: readonly number[]; readonly many: readonly number[] } {
  const count = a.shape.length - 2
  const all = Array.from({ length: rank }, (_, i) => 2 + i)
  return { first: all.slice(0, rank - count), many: all.slice(rank - count) }
}

/** adjoint · scale · A⁻ᵀ, for each entry of the adjoint. */
function alongInverse(g: Graph, a: Node, adjoint: Node, scale: readonly Node[]): Node {
  const { first, many } = around(a, adjoint.shape.length)
  return g.product(
    ONE,
    [
      { node: adjoint, labels: [...first, ...many], exponent: ONE },
      ...scale.map((node) => ({ node, labels: many, exponent: ONE })),
      { node: g.matrix(inv, a), labels: [...many, 1, 0], exponent: ONE },
    ],
    [...first, ...many, 0, 1],
    [...adjoint.shape, ...a.shape.slice(-2)],
  )
}

/** scale · tr(A⁻¹ Ȧ), for each of the directions. */
function traceWithInverse(g: Graph, a: Node, tangent: Node, scale: readonly Node[]): Node {
  const { first, many } = around(a, tangent.shape.length - 2)
  return g.product(
    ONE,
    [
      ...scale.map((node) => ({ node, labels: many, exponent: ONE })),
      { node: g.matrix(inv, a), labels: [...many, 1, 0], exponent: ONE },
      { node: tangent, labels: [...first, ...many, 0, 1], exponent: ONE },
    ],
    [...first, ...many],
    tangent.shape.slice(0, -2),
  )
}

/** A⁻¹; a singular matrix gives NaN in every entry. */
export const inv: MatrixOperator = {
  kind: 'matrix',
  name: 'inv',
  called: { en: 'the inverse', zh: '逆矩阵' },
  arity: 1,
  notation: { latex: '^{-1}', text: '⁻¹', form: 'inverse' },
  cost: 100,
  range: () => EVERYTHING,
  shape: square,
  meaning: <T>(f: Numbers<T>, a: Rows<T>) => {
    const identity = a.map((_, i) => a.map((_row, j) => f.rational(i === j ? ONE : ZERO)))
    return solveAll(f, factorise(f, a), identity, solveTransposed)
  },
  // d(A⁻¹) = −A⁻¹ dA A⁻¹ (Petersen, Pedersen, The Matrix Cookbook, 40), one product after the other
  pull: (g, a, value, adjoint) => betweenInverses(g, a, value, adjoint, true),
  push: (g, a, value, tangent) => betweenInverses(g, a, value, tangent, false),
}

/** −A⁻¹ D A⁻¹, or of an adjoint −A⁻ᵀ D A⁻ᵀ. */
function betweenInverses(g: Graph, a: Node, value: Node, derivative: Node, transposed: boolean): Node {
  const { first, many } = around(a, derivative.shape.length - 2)
  const last = 2 + first.length + many.length
  const times = (left: Node, labels: readonly number[], right: readonly number[], sign = ONE): Node =>
    g.product(
      sign,
      [
        { node: left, labels: [...first, ...many, ...labels], exponent: ONE },
        { node: value, labels: [...many, ...(transposed ? [...right].reverse() : right)], exponent: ONE },
      ],
      [...first, ...many, 0, 1],
      derivative.shape,
    )
  return times(times(derivative, [0, last], [last, 1]), [last, 1], [0, last], MINUS_ONE)
}

/** det A; 0 for a singular matrix. */
export const det: MatrixOperator = {
  kind: 'matrix',
  name: 'det',
  called: { en: 'the determinant', zh: '行列式' },
  arity: 1,
  notation: { latex: '\\det', text: 'det', form: 'determinant' },
  cost: 100,
  range: () => EVERYTHING,
  shape: scalarOf,
  meaning: <T>(f: Numbers<T>, a: Rows<T>) => [determinant(f, factorise(f, a))],
  // d det A = det A · tr(A⁻¹ dA) (Matrix Cookbook, 46)
  pull: (g, a, value, adjoint) => alongInverse(g, a, adjoint, [value]),
  push: (g, a, value, tangent) => traceWithInverse(g, a, tangent, [value]),
}

/** log det A for det A > 0; −∞ for a singular matrix, NaN where the determinant is negative. */
export const logdet: MatrixOperator = {
  kind: 'matrix',
  name: 'logdet',
  called: { en: 'the log-determinant', zh: '对数行列式' },
  arity: 1,
  notation: { latex: '\\log\\det', text: 'log det', form: 'determinant' },
  cost: 100,
  range: () => EVERYTHING,
  domain: (g, [a]) => g.matrix(det, a!),
  shape: scalarOf,
  meaning: <T>(f: Numbers<T>, a: Rows<T>) => [logDeterminant(f, factorise(f, a))],
  // d log det A = tr(A⁻¹ dA) (Matrix Cookbook, 43)
  pull: (g, a, _value, adjoint) => alongInverse(g, a, adjoint, []),
  push: (g, a, _value, tangent) => traceWithInverse(g, a, tangent, []),
}

export const matrices: readonly MatrixOperator[] = [inv, det, logdet]

// ——— what machines compute: a matrix is factorised once, whatever is asked of it

/**
 * A packed as P A = L U, [n, n] → [n + 1, n]: U, the multipliers of L below its diagonal (the diagonal itself is 1),
 * and in the last row which row of A each row came from.
 */
export const lu: MatrixOperator = {
  kind: 'matrix',
  name: 'lu',
  called: { en: 'the LU factorisation', zh: 'LU 分解' },
  arity: 1,
  notation: { latex: '\\mathrm{lu}', text: 'lu', form: 'call' },
  cost: 100,
  range: () => EVERYTHING,
  double: true,
  shape: (a) => {
    const n = square(a).at(-1)!
    return [...a.slice(0, -2), addExtents(n, 1), n]
  },
  meaning: <T>(f: Numbers<T>, a: Rows<T>) => {
    const { lu: rows, order } = factorise(f, a)
    return [...rows.flat(), ...order.map((o) => f.number(o))]
  },
}

/** A⁻¹ along the last axis of R, from the factorised A: right-hand sides stand in rows. */
export const solve: MatrixOperator = {
  kind: 'matrix',
  name: 'solve',
  called: { en: 'the solution of a linear system', zh: '线性方程组的解' },
  arity: 2,
  notation: { latex: '\\mathrm{solve}', text: 'solve', form: 'call' },
  cost: 100,
  range: () => EVERYTHING,
  shape: solutions,
  meaning: <T>(f: Numbers<T>, a: Rows<T>, right: Rows<T>) => solveAll(f, unpack(f, a), right, solveOne),
}

/** A⁻ᵀ along the last axis of R. */
export const solvet: MatrixOperator = {
  ...solve,
  name: 'solvet',
  notation: { latex: '\\mathrm{solvet}', text: 'solvet', form: 'call' },
  meaning: <T>(f: Numbers<T>, a: Rows<T>, right: Rows<T>) =>
    solveAll(f, unpack(f, a), right, solveTransposed),
}

/** det A from the factorised A. */
export const ludet: MatrixOperator = {
  kind: 'matrix',
  factored: true,
  name: 'ludet',
  called: { en: 'the determinant of factors', zh: '分解的行列式' },
  arity: 1,
  notation: { latex: '\\mathrm{ludet}', text: 'ludet', form: 'call' },
  cost: 100,
  range: () => EVERYTHING,
  shape: (a) => packed(a).slice(0, -2),
  meaning: <T>(f: Numbers<T>, a: Rows<T>) => [determinant(f, unpack(f, a))],
}

/** log det A from the factorised A. */
export const lulogdet: MatrixOperator = {
  ...ludet,
  name: 'lulogdet',
  notation: { latex: '\\mathrm{lulogdet}', text: 'lulogdet', form: 'call' },
  meaning: <T>(f: Numbers<T>, a: Rows<T>) => [logDeterminant(f, unpack(f, a))],
}

/** Made by `specialise` alone: no function of the language, and nothing that is differentiated. */
export const factored: readonly MatrixOperator[] = [adj, lu, solve, solvet, ludet, lulogdet]
