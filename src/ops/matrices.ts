import { ONE, ZERO } from '../base/rational.ts'
import type { Numbers } from '../graph/field.ts'
import type { MatrixOperator } from '../graph/operator.ts'
import { EVERYTHING } from '../graph/range.ts'

/**
 * LU factorisation with partial pivoting (Golub, Van Loan, Matrix Computations, algorithm 3.4.1), on a copy.
 * `sign` is that of the permutation; a zero pivot leaves zeros or infinities, which the callers pass on.
 */
function factorise<T>(
  f: Numbers<T>,
  matrix: readonly (readonly T[])[],
): { lu: T[][]; order: number[]; sign: 1 | -1 } {
  const n = matrix.length
  const lu = matrix.map((row) => [...row])
  const order = lu.map((_, i) => i)
  let sign: 1 | -1 = 1
  for (let k = 0; k < n; k++) {
    let p = k
    for (let i = k + 1; i < n; i++) if (f.less(f.call('abs', lu[p]![k]!), f.call('abs', lu[i]![k]!))) p = i
    if (p !== k) {
      ;[lu[p], lu[k]] = [lu[k]!, lu[p]!]
      ;[order[p], order[k]] = [order[k]!, order[p]!]
      sign = sign === 1 ? -1 : 1
    }
    if (f.toNumber(lu[k]![k]!) === 0) continue
    for (let i = k + 1; i < n; i++) {
      lu[i]![k] = f.divide(lu[i]![k]!, lu[k]![k]!)
      for (let j = k + 1; j < n; j++) lu[i]![j] = f.subtract(lu[i]![j]!, f.multiply(lu[i]![k]!, lu[k]![j]!))
    }
  }
  return { lu, order, sign }
}

/** A⁻¹; a singular matrix gives NaN in every entry. */
export const inv: MatrixOperator = {
  kind: 'matrix',
  name: 'inv',
  arity: 1,
  result: 'matrix',
  notation: { latex: '^{-1}', text: '⁻¹', form: 'inverse' },
  cost: 100,
  range: () => EVERYTHING,
  meaning: <T>(f: Numbers<T>, matrix: readonly (readonly T[])[]) => {
    const n = matrix.length
    const { lu, order } = factorise(f, matrix)
    const singular = lu.some((row, k) => f.toNumber(row[k]!) === 0)
    const result: T[][] = lu.map(() => [])
    for (let c = 0; c < n; c++) {
      const x: T[] = order.map((o) => f.rational(o === c ? ONE : ZERO))
      for (let i = 0; i < n; i++)
        for (let j = 0; j < i; j++) x[i] = f.subtract(x[i]!, f.multiply(lu[i]![j]!, x[j]!))
      for (let i = n - 1; i >= 0; i--) {
        for (let j = i + 1; j < n; j++) x[i] = f.subtract(x[i]!, f.multiply(lu[i]![j]!, x[j]!))
        x[i] = f.divide(x[i]!, lu[i]![i]!)
      }
      for (let i = 0; i < n; i++) result[i]![c] = singular ? f.number(NaN) : x[i]!
    }
    return result
  },
  // d(A⁻¹) = −A⁻¹ dA A⁻¹ (Petersen, Pedersen, The Matrix Cookbook, 40)
  pull: (g, _a, value, adjoint) =>
    g.negate(g.einsum('ji,jk->ik', value, g.einsum('jl,kl->jk', adjoint, value))),
}

/** det A; 0 for a singular matrix. */
export const det: MatrixOperator = {
  kind: 'matrix',
  name: 'det',
  arity: 1,
  result: 'scalar',
  notation: { latex: '\\det', text: 'det', form: 'determinant' },
  cost: 100,
  range: () => EVERYTHING,
  meaning: <T>(f: Numbers<T>, matrix: readonly (readonly T[])[]): T => {
    const { lu, sign } = factorise(f, matrix)
    const product = lu.map((row, k) => row[k] as T).reduce((a, b) => f.multiply(a, b))
    return sign === 1 ? product : f.negate(product)
  },
  // d det A = det A · tr(A⁻¹ dA) (Matrix Cookbook, 46)
  pull: (g, a, value, adjoint) => g.multiply(adjoint, value, g.transpose(g.matrix(inv, a))),
}

/** log det A for det A > 0; −∞ for a singular matrix, NaN where the determinant is negative. */
export const logdet: MatrixOperator = {
  kind: 'matrix',
  name: 'logdet',
  arity: 1,
  result: 'scalar',
  notation: { latex: '\\log\\det', text: 'log det', form: 'determinant' },
  cost: 100,
  range: () => EVERYTHING,
  meaning: <T>(f: Numbers<T>, matrix: readonly (readonly T[])[]): T => {
    const { lu, sign } = factorise(f, matrix)
    const negative = lu.filter((row, k) => f.toNumber(row[k]!) < 0).length % 2 === 1
    if ((sign === -1) !== negative) return f.number(NaN)
    return lu.map((row, k) => f.call('log', f.call('abs', row[k]!))).reduce((a, b) => f.add(a, b))
  },
  // d log det A = tr(A⁻¹ dA) (Matrix Cookbook, 43)
  pull: (g, a, _value, adjoint) => g.multiply(adjoint, g.transpose(g.matrix(inv, a))),
}

export const matrices: readonly MatrixOperator[] = [inv, det, logdet]
