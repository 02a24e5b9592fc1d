/**
 * Elementary functions in fixed point: the whole number v at so many bits is v / 2^bits. Machines multiply such numbers
 * (BigInt) a hundred times as fast as decimal ones multiply theirs in a series. Results are right up to a few units of the
 * last bit where arguments and results are of ordinary size.
 */

/** Bits beyond those asked for, which rounding may take. */
const GUARD = 32
/** What a double knows. */
const DOUBLE = 50

const big = (n: number): bigint => BigInt(n)
const multiply = (a: bigint, b: bigint, bits: bigint): bigint => (a * b) >> bits
/** n / d. */
const ratio = (n: bigint, d: bigint, bits: number): bigint => (n << big(bits)) / d

/** The double itself. */
function fromDouble(x: number, bits: number): bigint {
  const own = Math.min(bits, 900)
  return BigInt(Math.round(x * 2 ** own)) << big(bits - own)
}

/** About the value, to 50 bits. */
export function toDouble(v: bigint, bits: number): number {
  const spare = Math.max(0, lengthInBits(v) - 60)
  return Number(v >> big(spare)) * 2 ** (spare - bits)
}

export const lengthInBits = (v: bigint): number => {
  const hex = (v < 0n ? -v : v).toString(16)
  return 4 * (hex.length - 1) + (32 - Math.clz32(parseInt(hex[0]!, 16)))
}

/** Known by the number of bits. */
function constant(compute: (bits: number) => bigint): (bits: number) => bigint {
  const known = new Map<number, bigint>()
  return (bits) => {
    let value = known.get(bits)
    if (value === undefined) {
      value = compute(bits + GUARD) >> big(GUARD)
      known.set(bits, value)
    }
    return value
  }
}

/** Σ ±z^(2k+1)/(2k+1), artanh of z or, with changing signs, arctan. */
function inverseTangent(z: bigint, bits: number, alternating: boolean): bigint {
  const b = big(bits)
  const square = multiply(z, z, b) * (alternating ? -1n : 1n)
  let power = z
  let sum = z
  for (let n = 3n; ; n += 2n) {
    power = multiply(power, square, b)
    const term = power / n
    if (term === 0n) return sum
    sum += term
  }
}
const artanh = (n: number, bits: number): bigint => inverseTangent(ratio(1n, big(n), bits), bits, false)
const arctan = (n: number, bits: number): bigint => inverseTangent(ratio(1n, big(n), bits), bits, true)

export const LN10 = constant((b) => 46n * artanh(31, b) + 34n * artanh(49, b) + 20n * artanh(161, b))
/** Machin's formula. */
export const PI = constant((b) => 16n * arctan(5, b) - 4n * arctan(239, b))

/** Of arguments of ordinary size: the series of x/2^h, which is squared h times. */
export function exp(x: bigint, bits: number): bigint {
  const halvings = Math.ceil(Math.sqrt(bits / 2))
  const wide = bits + halvings + GUARD
  const b = big(wide)
  const small = (x << big(wide - bits)) >> big(halvings)
  let term = 1n << b
  let sum = term
  for (let n = 1n; ; n++) {
    term = multiply(term, small, b) / n
    if (term === 0n || term === -1n) break
    sum += term
  }
  for (let i = 0; i < halvings; i++) sum = multiply(sum, sum, b)
  return sum >> big(wide - bits)
}

/** Of x > 0 of ordinary size: log x = y + log(x·e^(−y)) for the y of doubles; what is left is near 1. */
export function log(x: bigint, bits: number): bigint {
  const wide = bits + GUARD
  const b = big(wide)
  const one = 1n << b
  const own = x << big(GUARD)
  // Near 1 the double nearest to x does not know how far from it.
  const y = fromDouble(Math.log1p(toDouble(own - one, wide)), wide)
  const left = multiply(own, exp(-y, wide), b)
  const result = y + 2n * inverseTangent(((left - one) << b) / (left + one), wide, false)
  return result >> big(GUARD)
}

/** Sine and cosine of any x whose multiple of π/2 is of ordinary size. */
export function sineAndCosine(x: bigint, bits: number): readonly [bigint, bigint] {
  const halvings = Math.ceil(Math.sqrt(bits / 2))
  const wide = bits + 2 * halvings + GUARD
  const b = big(wide)
  const one = 1n << b
  const quarter = PI(wide) / 2n
  const own = x << big(wide - bits)
  const turns = (2n * own + quarter) / (2n * quarter) - (2n * own + quarter < 0n ? 1n : 0n)
  const rest = (own - turns * quarter) >> big(halvings)
  // 1 − cos and sin of the small angle: 1 − cos doubles without loss.
  const square = -multiply(rest, rest, b)
  let term = rest
  let sine = rest
  for (let n = 2n; term !== 0n && term !== -1n; n += 2n) {
    term = multiply(term, square, b) / (n * (n + 1n))
    sine += term
  }
  term = -square / 2n
  let versine = term
  for (let n = 3n; term !== 0n && term !== -1n; n += 2n) {
    term = multiply(term, square, b) / (n * (n + 1n))
    versine += term
  }
  for (let i = 0; i < halvings; i++) {
    // sin 2a = 2 sin a cos a, 1 − cos 2a = 2 sin² a.
    const doubled = 2n * multiply(sine, sine, b)
    sine = 2n * multiply(sine, one - versine, b)
    versine = doubled
  }
  const s = sine >> big(wide - bits)
  const c = (one - versine) >> big(wide - bits)
  switch (Number(((turns % 4n) + 4n) % 4n)) {
    case 0:
      return [s, c]
    case 1:
      return [c, -s]
    case 2:
      return [-s, -c]
    default:
      return [-c, s]
  }
}

/** atan x = y + atan((x − tan y)/(1 + x·tan y)) for the y of doubles; of |x| ≤ 1. */
export function atan(x: bigint, bits: number): bigint {
  const wide = bits + GUARD
  const b = big(wide)
  const own = x << big(GUARD)
  const y = fromDouble(Math.atan(toDouble(own, wide)), wide)
  const [s, c] = sineAndCosine(y, wide)
  const left = multiply(own, c, b) - s
  const result = y + inverseTangent((left << b) / (c + multiply(own, s, b)), wide, true)
  return result >> big(GUARD)
}

/** 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!: terms of one sign (Abramowitz, Stegun 7.1.6). */
export function erf(x: bigint, bits: number): bigint {
  // So much larger is the sum than the result.
  const gain = Math.ceil(toDouble(x, bits) ** 2 * Math.LOG2E)
  const wide = bits + gain + GUARD
  const b = big(wide)
  const own = x << big(wide - bits)
  const square = multiply(own, own, b)
  let term = own
  let sum = own
  for (let n = 3n; ; n += 2n) {
    term = (2n * multiply(term, square, b)) / n
    if (term === 0n || term === -1n) break
    sum += term
  }
  const root = integerSquareRoot(PI(wide) << b)
  return (((2n * multiply(sum, exp(-square, wide), b)) << b) / root) >> big(wide - bits)
}

/** ⌊√n⌋ by Newton's method from above. */
export function integerSquareRoot(n: bigint): bigint {
  if (n < 2n) return n
  const length = lengthInBits(n)
  const spare = Math.max(0, length - 100) & ~1
  const start = Math.sqrt(Number(n >> big(spare)))
  let root = (BigInt(Math.ceil(start * (1 + 2 ** -DOUBLE))) + 1n) << big(spare / 2)
  for (;;) {
    const next = (root + n / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
