/**
 * Numbers with slopes: a + b·ε, ε² = 0. Derivatives of derivatives have slopes of several levels, the higher one outside, so
 * that no two of them are ever mixed up.
 */
export type Real = number | Dual

interface Dual {
  readonly level: number
  readonly value: Real
  readonly slope: Real
}

export const dual = (level: number, value: Real, slope: Real): Real => ({ level, value, slope })

/** The number itself, without any slope. */
export function plain(a: Real): number {
  while (typeof a !== 'number') a = a.value
  return a
}

/** The slope of a level. */
export function slopeOf(a: Real, level: number): Real {
  if (typeof a === 'number' || a.level < level) return 0
  if (a.level === level) return a.slope
  return dual(a.level, slopeOf(a.value, level), slopeOf(a.slope, level))
}

const levelOf = (a: Real): number => (typeof a === 'number' ? 0 : a.level)
const valueAt = (a: Real, level: number): Real => (typeof a !== 'number' && a.level === level ? a.value : a)
const slopeAt = (a: Real, level: number): Real => (typeof a !== 'number' && a.level === level ? a.slope : 0)

export function add(a: Real, b: Real): Real {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  const l = Math.max(levelOf(a), levelOf(b))
  return dual(l, add(valueAt(a, l), valueAt(b, l)), add(slopeAt(a, l), slopeAt(b, l)))
}

export function multiply(a: Real, b: Real): Real {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  const l = Math.max(levelOf(a), levelOf(b))
  const [u, v] = [valueAt(a, l), valueAt(b, l)]
  return dual(l, multiply(u, v), add(multiply(slopeAt(a, l), v), multiply(u, slopeAt(b, l))))
}

export const negate = (a: Real): Real => multiply(-1, a)
export const subtract = (a: Real, b: Real): Real => add(a, negate(b))
export const divide = (a: Real, b: Real): Real =>
  typeof a === 'number' && typeof b === 'number' ? a / b : multiply(a, reciprocal(b))

/** A function of one number, by itself and its derivative. */
export function pointwise(f: (x: number) => number, slope: (x: Real) => Real): (x: Real) => Real {
  const apply = (x: Real): Real =>
    typeof x === 'number' ? f(x) : dual(x.level, apply(x.value), multiply(slope(x.value), x.slope))
  return apply
}

export const reciprocal = pointwise(
  (x) => 1 / x,
  (x) => negate(reciprocal(multiply(x, x))),
)
export const exp: (x: Real) => Real = pointwise(Math.exp, (x) => exp(x))
export const log: (x: Real) => Real = pointwise(Math.log, (x) => reciprocal(x))
export const sqrt: (x: Real) => Real = pointwise(Math.sqrt, (x) => divide(0.5, sqrt(x)))

export function power(a: Real, b: Real): Real {
  if (typeof b !== 'number') return exp(multiply(b, log(a)))
  const raise = (x: Real, n: number): Real =>
    n === 0
      ? 1
      : pointwise(
          (y) => y ** n,
          (y) => multiply(n, raise(y, n - 1)),
        )(x)
  return raise(a, b)
}

/** Of equals the first. */
export const larger = (a: Real, b: Real): Real => (plain(b) > plain(a) ? b : a)
export const smaller = (a: Real, b: Real): Real => (plain(b) < plain(a) ? b : a)
