/** Nonlinear least squares (Levenberg 1944, Marquardt 1963), damped as Nielsen does (IMM-REP-1999-05). */

/** What is to become small, and its Jacobian, row by row. */
export interface Residuals {
  readonly r: Float64Array
  readonly J: Float64Array
}

/** The parameters that minimise ‖r‖², from a start. */
export function leastSquares(
  residuals: (b: Float64Array) => Residuals,
  start: ArrayLike<number>,
  { steps = 1000, within = 1e-14 } = {},
): Float64Array {
  let b: Float64Array = Float64Array.from(start)
  let at = residuals(b)
  let [damping, factor] = [0.1, 2]
  for (let step = 0; step < steps; step++) {
    const { A, g } = normalEquations(at, b.length)
    const s = solve(A, damping, g)
    const b1 = b.map((x, i) => x + s[i]!)
    const next = residuals(b1)
    const [before, after] = [squares(at.r), squares(next.r)]
    const small = s.every((x, i) => Math.abs(x) <= within * Math.abs(b[i]!))
    // Where the sum of squares says no more, its slope, which has more digits, still does.
    if (after <= before * (1 + 1e-12)) {
      ;[b, at] = [b1, next]
      const promised = s.reduce((sum, x, i) => sum + x * (damping * A[i]![i]! * x + g[i]!), 0)
      damping *= Math.min(2, Math.max(1 / 3, 1 - ((2 * (before - after)) / promised - 1) ** 3))
      factor = 2
    } else {
      damping *= factor
      factor *= 2
    }
    if (small) break
  }
  return b
}

const squares = (r: Float64Array): number => r.reduce((sum, x) => sum + x * x, 0)

/** JᵀJ and −Jᵀr. */
function normalEquations({ r, J }: Residuals, n: number): { A: Float64Array[]; g: Float64Array } {
  const A = Array.from({ length: n }, () => new Float64Array(n))
  const g = new Float64Array(n)
  for (let k = 0; k < r.length; k++)
    for (let i = 0; i < n; i++) {
      g[i]! -= J[k * n + i]! * r[k]!
      for (let j = 0; j < n; j++) A[i]![j]! += J[k * n + i]! * J[k * n + j]!
    }
  return { A, g }
}

/** The s with (A + damping · diag(A)) s = g, by Cholesky's factors of A with a diagonal of ones, in which units do not matter. */
function solve(A: readonly Float64Array[], damping: number, g: Float64Array): Float64Array {
  const unit = A.map((row, i) => Math.sqrt(row[i]!) || 1)
  const L = A.map((row, i) => row.map((a, j) => a / (unit[i]! * unit[j]!) + (i === j ? damping : 0)))
  const s = g.map((x, i) => x / unit[i]!)
  for (let i = 0; i < s.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = L[i]![j]!
      for (let k = 0; k < j; k++) sum -= L[i]![k]! * L[j]![k]!
      L[i]![j] = i === j ? Math.sqrt(Math.max(sum, Number.EPSILON)) : sum / L[j]![j]!
    }
    for (let k = 0; k < i; k++) s[i]! -= L[i]![k]! * s[k]!
    s[i]! /= L[i]![i]!
  }
  for (let i = s.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < s.length; k++) s[i]! -= L[k]![i]! * s[k]!
    s[i]! /= L[i]![i]!
  }
  return s.map((x, i) => x / unit[i]!)
}
