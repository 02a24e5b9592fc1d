/** Combinations with rational coefficients, found by elimination modulo a prime. */
import { type Rational, rational } from '../../base/rational.ts'
import { inverseModulo } from './prime-field.ts'

/** So many equations too many: what fulfils them fulfils them by chance once in p³ times. */
const SPARE = 3

/**
 * Numbers q with Σ qᵢ·columnsᵢ = target modulo p, all of small numerators and denominators; undefined where there are
 * none, or where there are hardly more equations than numbers. Of columns that depend on one another the first ones are used.
 */
export function combination(
  columns: readonly (readonly bigint[])[],
  target: readonly bigint[],
  p: bigint,
  bound: bigint,
): Rational[] | undefined {
  const width = columns.length
  if (width > target.length - SPARE) return undefined
  const rows = target.map((t, i) => [...columns.map((c) => c[i]!), t])
  const pivots: number[] = []
  for (let column = 0, at = 0; column < width && at < rows.length; column++) {
    const found = rows.findIndex((row, i) => i >= at && row[column] !== 0n)
    if (found < 0) continue
    ;[rows[at], rows[found]] = [rows[found]!, rows[at]!]
    const pivot = rows[at]!
    const inverse = inverseModulo(pivot[column]!, p)!
    for (let j = column; j <= width; j++) pivot[j] = (pivot[j]! * inverse) % p
    for (const row of rows) {
      const factor = row[column]!
      if (row === pivot || factor === 0n) continue
      for (let j = column; j <= width; j++) row[j] = (((row[j]! - factor * pivot[j]!) % p) + p) % p
    }
    pivots[column] = at++
  }
  if (rows.some((row) => row[width] !== 0n && row.slice(0, width).every((x) => x === 0n))) return undefined
  const solution: Rational[] = []
  for (let column = 0; column < width; column++) {
    const row = pivots[column]
    const q = row === undefined ? rational(0) : smallest(rows[row]![width]!, p, bound)
    if (!q) return undefined
    solution.push(q)
  }
  return solution
}

/** The fraction n/d = x modulo p with n and d within the bound (Wang 1981); undefined where there is none. */
export function smallest(x: bigint, p: bigint, bound: bigint): Rational | undefined {
  let [r, s, u, v] = [p, x, 0n, 1n]
  while (s > bound) {
    const q = r / s
    ;[r, s, u, v] = [s, r - q * s, v, u - q * v]
  }
  if (v === 0n || (v < 0n ? -v : v) > bound) return undefined
  return v < 0n ? rational(-s, -v) : rational(s, v)
}
