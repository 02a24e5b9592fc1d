import { ONE, ZERO } from '../base/rational.ts'
import { bug } from '../base/bug.ts'
import { shapeText } from '../graph/extent.ts'
import type { Numbers } from '../graph/field.ts'
import type { MatrixOperator } from '../graph/operator.ts'
import { EVERYTHING } from '../graph/range.ts'

type Rows<T> = readonly (readonly T[])[]

/**
 * The transposed cofactors of A, which are det A · A⁻¹ where there is an inverse and exist everywhere: the derivative of a
 * determinant. Made by `specialise` alone.
 *
 * From P A Q = L U with complete pivoting (Golub, Van Loan, section 3.4.8), which leaves what is nearly zero for the last pivot,
 * adj A = ±Q adj(U) L⁻¹ P; and adj(U) y by substitution, in which the last pivot divides nothing: its entry is y times the
 * other pivots (as in the derivative of `slogdet` in JAX). A matrix that lacks two ranks has no cofactors.
 */
export const adj: MatrixOperator = {
  kind: 'matrix',
  name: 'adj',
  called: { en: 'the adjugate', zh: '伴随矩阵' },
  arity: 1,
  notation: { latex: '\\mathrm{adj}', text: 'adj', form: 'call' },
  cost: 100,
  range: () => EVERYTHING,
  shape: (a) => (a.length < 2 || a.at(-1) !== a.at(-2) ? bug(`a square matrix of shape ${shapeText(a)}`) : a),
  meaning: <T>(f: Numbers<T>, a: Rows<T>): T[] => {
    const n = a.length
    const { lu, rows, columns, isOdd } = pivoted(f, a)
    const zero = f.rational(ZERO)
    const others = lu.slice(0, -1).reduce((x, row, k) => f.multiply(x, row[k]!), f.rational(ONE))
    if (f.toNumber(others) === 0) return Array.from({ length: n * n }, () => zero)
    const all = f.multiply(others, lu[n - 1]![n - 1]!)
    const value = new Array<T>(n * n).fill(zero)
    for (let c = 0; c < n; c++) {
      const y = rows.map((row) => (row === c ? f.rational(ONE) : zero))
      for (let i = 0; i < n; i++)
        for (let j = 0; j < i; j++) y[i] = f.subtract(y[i]!, f.multiply(lu[i]![j]!, y[j]!))
      y[n - 1] = f.multiply(y[n - 1]!, others)
      for (let i = n - 2; i >= 0; i--) {
        y[i] = f.multiply(all, y[i]!)
        for (let j = i + 1; j < n; j++) y[i] = f.subtract(y[i]!, f.multiply(lu[i]![j]!, y[j]!))
        y[i] = f.divide(y[i]!, lu[i]![i]!)
      }
      columns.forEach((column, i) => (value[column * n + c] = isOdd ? f.negate(y[i]!) : y[i]!))
    }
    return value
  },
}

/** L and U of the matrix with rows and columns exchanged for the greatest pivot; where each row and column came from. */
function pivoted<T>(f: Numbers<T>, a: Rows<T>) {
  const lu = a.map((row) => [...row])
  const n = lu.length
  const [rows, columns] = [lu.map((_, i) => i), lu.map((_, i) => i)]
  const swap = <X>(list: X[], i: number, j: number): void => void ([list[i], list[j]] = [list[j]!, list[i]!])
  let isOdd = false
  for (let k = 0; k < n; k++) {
    let [p, q] = [k, k]
    for (let i = k; i < n; i++)
      for (let j = k; j < n; j++)
        if (f.less(f.call('abs', lu[p]![q]!), f.call('abs', lu[i]![j]!))) [p, q] = [i, j]
    if (p !== k) isOdd = !isOdd
    if (q !== k) isOdd = !isOdd
    swap(lu, p, k)
    swap(rows, p, k)
    for (const row of lu) swap(row, q, k)
    swap(columns, q, k)
    if (f.toNumber(lu[k]![k]!) === 0) break
    for (let i = k + 1; i < n; i++) {
      lu[i]![k] = f.divide(lu[i]![k]!, lu[k]![k]!)
      for (let j = k + 1; j < n; j++) lu[i]![j] = f.subtract(lu[i]![j]!, f.multiply(lu[i]![k]!, lu[k]![j]!))
    }
  }
  return { lu, rows, columns, isOdd }
}
