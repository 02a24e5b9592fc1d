import Fraction from 'fraction.js'

/** An exact rational number. All constants of the graph are rationals until a number is emitted or evaluated. */
export type Rational = Fraction

/** Integers up to this magnitude are shared. */
const SHARED = 64
const small = Array.from({ length: 2 * SHARED + 1 }, (_, i) => new Fraction(i - SHARED))

/** The rational `n/d`; integers of small magnitude are shared. A string is read exactly ("0.1" is 1/10). */
export function rational(n: number | bigint | string, d: number | bigint = 1): Rational {
  if (typeof n === 'number' && d === 1 && Number.isInteger(n) && Math.abs(n) <= SHARED)
    return small[n + SHARED]!
  if (typeof n === 'string') return new Fraction(n).div(new Fraction(d))
  return new Fraction(BigInt(n), BigInt(d))
}

export const ZERO = rational(0)
export const ONE = rational(1)
export const MINUS_ONE = rational(-1)
export const TWO = rational(2)
export const HALF = rational(1, 2)

export const isZero = (r: Rational): boolean => r.n === 0n
export const isOne = (r: Rational): boolean => r === ONE || (r.n === 1n && r.d === 1n && r.s === 1n)
export const isMinusOne = (r: Rational): boolean => r.n === 1n && r.d === 1n && r.s === -1n
export const isInteger = (r: Rational): boolean => r.d === 1n
export const isNegative = (r: Rational): boolean => r.s < 0n && r.n !== 0n
export const isPositive = (r: Rational): boolean => r.s > 0n && r.n !== 0n
export const isEven = (r: Rational): boolean => r.d === 1n && r.n % 2n === 0n
export const same = (a: Rational, b: Rational): boolean =>
  a === b || (a.n === b.n && a.d === b.d && a.s === b.s)

/** The exact value of a constant has more digits than any program means: its phase ends with a diagnostic. */
export class NumberTooLong extends RangeError {}

/** In bits, of numerator and denominator each; every double fits. A hostile product of constants must not hang. */
const LONGEST = 1n << 4096n

function bounded(r: Rational): Rational {
  if (r.n >= LONGEST || r.d >= LONGEST) throw new NumberTooLong('an exact number is too long')
  return r
}

/** Most numbers are small integers: these are added and multiplied without a common divisor to look for. */
const areIntegers = (a: Rational, b: Rational): boolean => a.d === 1n && b.d === 1n
const signed = (r: Rational): bigint => (r.s < 0n ? -r.n : r.n)
const integer = (n: bigint): Rational =>
  n <= SHARED && n >= -SHARED ? small[Number(n) + SHARED]! : bounded(new Fraction(n))

/** Sum. Throws `NumberTooLong`. */
export const plus = (a: Rational, b: Rational): Rational =>
  isZero(a) ? b : isZero(b) ? a : areIntegers(a, b) ? integer(signed(a) + signed(b)) : bounded(a.add(b))
/** Difference. Throws `NumberTooLong`. */
export const minus = (a: Rational, b: Rational): Rational => (same(a, b) ? ZERO : plus(a, negate(b)))
/** Product. Throws `NumberTooLong`. */
export const times = (a: Rational, b: Rational): Rational =>
  isOne(a) ? b : isOne(b) ? a : areIntegers(a, b) ? integer(signed(a) * signed(b)) : bounded(a.mul(b))
/** Quotient by what is not 0. Throws `NumberTooLong`. */
export const over = (a: Rational, b: Rational): Rational =>
  isOne(b) ? a : same(a, b) ? ONE : isMinusOne(b) ? negate(a) : bounded(a.div(b))
export const negate = (a: Rational): Rational => (a.d === 1n ? integer(-signed(a)) : a.neg())
export const magnitude = (a: Rational): Rational => (a.s < 0n ? negate(a) : a)
/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compare(a: Rational, b: Rational): number {
  const [x, y] = a.d === b.d ? [signed(a), signed(b)] : [signed(a) * b.d, signed(b) * a.d]
  return x < y ? -1 : x > y ? 1 : 0
}

export const least = (a: Rational, b: Rational): Rational => (compare(a, b) < 0 ? a : b)

/** The bits that an exact power may take before it stays unevaluated: no input may make us write out 2^1000000000. */
const POWER_BITS = 512

/** `base^exponent` where it is rational and small enough to write out, else undefined (0 to a negative power too). */
export function power(base: Rational, exponent: Rational): Rational | undefined {
  if (isZero(exponent) || isOne(base)) return ONE
  if (isOne(exponent)) return base
  if (isZero(base)) return isPositive(exponent) ? ZERO : undefined
  const magnitude = Math.abs(Number(exponent.n)) / Number(exponent.d)
  const bits = base.n.toString(2).length + base.d.toString(2).length
  if (magnitude * bits > POWER_BITS || exponent.d > 8n) return undefined
  if (isInteger(exponent)) return base.pow(exponent) ?? undefined
  if (isNegative(base)) return undefined
  const n = integerRoot(base.n, exponent.d)
  const d = integerRoot(base.d, exponent.d)
  if (n ** exponent.d !== base.n || d ** exponent.d !== base.d) return undefined
  return new Fraction(n, d).pow(new Fraction(exponent.s * exponent.n)) ?? undefined
}

/** ⌊n^(1/k)⌋ of n ≥ 1, by Newton's method from above: numbers are never factorised, which may take for ever. */
function integerRoot(n: bigint, k: bigint): bigint {
  const bits = BigInt(n.toString(2).length)
  let root = 1n << ((bits + k - 1n) / k)
  for (;;) {
    const next = ((k - 1n) * root + n / root ** (k - 1n)) / k
    if (next >= root) return root
    root = next
  }
}

/** A text that is equal for equal rationals and for no others. */
export const rationalKey = (r: Rational): string =>
  r === ONE ? '1' : r.d === 1n ? (r.s < 0n ? `-${r.n}` : `${r.n}`) : `${r.s < 0n ? '-' : ''}${r.n}/${r.d}`

/** The nearest double; ±Infinity and 0 where the number is beyond them. */
export function toNumber(r: Rational): number {
  const direct = r.d === 1n ? Number(signed(r)) : r.valueOf()
  if (Number.isFinite(direct) && (direct !== 0 || isZero(r))) return direct
  // Both parts may be beyond doubles where their quotient is not.
  const excess = Math.min(r.n.toString(2).length, r.d.toString(2).length) - 128
  return excess <= 0 ? direct : Number(r.s) * (Number(r.n >> BigInt(excess)) / Number(r.d >> BigInt(excess)))
}
