/** The elementary functions of decimal numbers: in fixed point (`fixed.ts`) and back; mathjs has those that are far out. */
import type { BigNumber } from 'mathjs'
import type { Elementary } from '../graph/field.ts'
import {
  LN10,
  PI,
  atan,
  erf,
  exp,
  integerSquareRoot,
  lengthInBits,
  log,
  sineAndCosine,
  toDouble,
} from './fixed.ts'

/** A decimal floating-point number of mathjs (decimal.js): any precision, exponents up to ±9e15, NaN and ±∞. */
export type Big = BigNumber
export type BigClass = {
  new (value: number | string | bigint | Big): Big
  clone(config: { precision: number }): BigClass
  precision: number
  acos(x: number): Big
}

/** Decimal digits beyond those asked for, so that what is made of several functions loses none of these. */
const GUARD = 12
const BITS_PER_DIGIT = Math.log2(10)
/** Multiples of π/2 and of log 10 within arguments and results have so many bits. */
const MULTIPLES = 64
/** Arguments of exponentials and angles up to 10⁹ have no larger ones. */
const MOST_EXPONENT = 8
/** Digits that mathjs has of π, which an angle is taken modulo. */
const DIGITS_OF_PI = 1025
/** A logarithm that costs its exponential no more digits than there are to spare. */
const MOST_LOGARITHM = 4
/** Digits of a word of a decimal number. */
const WORD = 7
const WORD_BASE = 10n ** BigInt(WORD)

const powers: bigint[] = []
const powerOfTen = (n: number): bigint => (powers[n] ??= 10n ** BigInt(n))

/** x·10^shift in fixed point, cut off after so many bits. */
function toFixed(x: Big, bits: number, shift = 0): bigint {
  if ((x.e + shift + 1) * BITS_PER_DIGIT < -bits) return 0n
  let whole = 0n
  for (const word of x.d) whole = whole * WORD_BASE + BigInt(word)
  const digits = WORD * (x.d.length - 1) + String(x.d[0]).length
  const exponent = x.e + shift - digits + 1
  const scaled = whole << BigInt(bits)
  const value = exponent >= 0 ? scaled * powerOfTen(exponent) : scaled / powerOfTen(-exponent)
  return x.s < 0 ? -value : value
}

/** Functions in the precision of a class of numbers. */
class Functions {
  readonly #D: BigClass
  readonly #digits: number
  /** Bits of a result that has all digits, and some more. */
  readonly #needed: number

  constructor(D: BigClass) {
    this.#D = D
    this.#digits = D.precision
    this.#needed = Math.ceil((D.precision + GUARD) * BITS_PER_DIGIT)
  }

  exp(x: Big): Big {
    if (!x.isFinite() || x.e > MOST_EXPONENT) return x.exp()
    const bits = this.#needed + MULTIPLES
    const fixed = toFixed(x, bits)
    const tens = Math.round(toDouble(fixed, bits) / Math.LN10)
    return this.#from(exp(fixed - BigInt(tens) * LN10(bits), bits), bits, tens)
  }

  /** eˣ − 1 of a small x. */
  expm1(x: Big): Big | undefined {
    return this.#relative((bits) => exp(toFixed(x, bits), bits) - (1n << BigInt(bits)))
  }

  log(x: Big): Big {
    if (!x.isFinite() || !x.gt(0) || x.eq(1)) return x.ln()
    // Times a power of ten it is between 0.4 and 4: near 1 it is as it is.
    const tens = x.e + (Number(String(x.d[0])[0]) >= 4 ? 1 : 0)
    return this.#relative((bits) => log(toFixed(x, bits, -tens), bits) + BigInt(tens) * LN10(bits)) ?? x.ln()
  }

  /** log(1 + x) of a small x. */
  log1p(x: Big): Big | undefined {
    return this.#relative((bits) => log((1n << BigInt(bits)) + toFixed(x, bits), bits))
  }

  sin(x: Big): Big {
    return this.#ofAngle(x, (bits) => sineAndCosine(toFixed(x, bits), bits)[0]) ?? this.#near(x).sin()
  }

  cos(x: Big): Big {
    return this.#ofAngle(x, (bits) => sineAndCosine(toFixed(x, bits), bits)[1]) ?? this.#near(x).cos()
  }

  tan(x: Big): Big {
    const quotient = (bits: number): bigint => {
      const [sine, cosine] = sineAndCosine(toFixed(x, bits), bits)
      // Near its poles it is told by mathjs.
      return lengthInBits(cosine) < bits - MULTIPLES / 2 ? 0n : (sine << BigInt(bits)) / cosine
    }
    return this.#ofAngle(x, quotient) ?? this.#near(x).tan()
  }

  atan(x: Big): Big {
    if (!x.isFinite() || x.isZero() || x.e > MOST_EXPONENT) return x.atan()
    const isLarge = x.abs().gt(1)
    const compute = (bits: number): bigint => {
      const fixed = toFixed(x, bits)
      if (!isLarge) return atan(fixed, bits)
      const rest = atan((1n << BigInt(2 * bits)) / fixed, bits)
      return (x.s < 0 ? -PI(bits) : PI(bits)) / 2n - rest
    }
    return this.#relative(compute) ?? x.atan()
  }

  sqrt(x: Big): Big {
    if (!x.isFinite() || !x.gt(0)) return x.sqrt()
    const digits = this.#digits + GUARD
    const half = Math.floor(x.e / 2)
    // Times 10^(2·digits) and more, so that the root of the whole number has so many digits.
    const root = integerSquareRoot(toFixed(x, 0, 2 * (digits - half)))
    return new this.#D(`${root}e${half - digits}`).toSignificantDigits(this.#digits)
  }

  /** Of an x whose square is no larger than the number of digits allows. */
  erf(x: Big): Big | undefined {
    return this.#relative((bits) => erf(toFixed(x, bits), bits))
  }

  /** Of an angle so large that mathjs has too few digits of π, nobody knows where on the circle it is. */
  #near(x: Big): Big {
    const needed = this.#digits + Math.max(x.e, x.sd()) + WORD
    return x.isFinite() && needed > DIGITS_OF_PI ? new this.#D(NaN) : x
  }

  #ofAngle(x: Big, compute: (bits: number) => bigint): Big | undefined {
    return !x.isFinite() || x.isZero() || x.e > MOST_EXPONENT ? undefined : this.#relative(compute)
  }

  /** With so many bits that small results have their digits too; undefined where these are too many. */
  #relative(compute: (bits: number) => bigint): Big | undefined {
    let bits = this.#needed + MULTIPLES
    for (;;) {
      const value = compute(bits)
      const missing = this.#needed - (value === 0n ? 0 : lengthInBits(value))
      if (missing <= 0) return this.#from(value, bits)
      if (bits > 2 * this.#needed + MULTIPLES) return undefined
      bits += missing
    }
  }

  #from(value: bigint, bits: number, tens = 0): Big {
    const before = Math.floor((lengthInBits(value) - bits) / BITS_PER_DIGIT)
    const decimals = this.#digits + GUARD - before
    const whole = (value * powerOfTen(decimals)) >> BigInt(bits)
    return new this.#D(`${whole}e${tens - decimals}`).toSignificantDigits(this.#digits)
  }
}

export interface BigFunctions {
  readonly call: Record<Elementary, (x: Big) => Big>
  readonly power: (a: Big, b: Big) => Big
}

/** Functions of numbers of a class, to its precision. */
export function bigFunctions(D: BigClass): BigFunctions {
  const { precision } = D
  const W = D.clone({ precision: precision + GUARD })
  const own = new Functions(D)
  const wide = new Functions(W)
  const one = new W(1)
  const least = new W(10).pow(-precision - GUARD)
  /** In the wider numbers and back; zeros (whose sign counts) and NaN as they are for functions with f(0) = 0. */
  const odd = (f: (x: Big) => Big) => (x: Big) =>
    x.isZero() || x.isNaN() ? x : new D(f(new W(x))).toSignificantDigits(precision)

  /** Σ of terms until they no longer count; `next` makes a term from the one before and its number (from 1). */
  const series = (
    first: Big,
    next: (term: Big, n: number) => Big,
    weight: (term: Big, n: number) => Big = (t) => t,
  ): Big => {
    let term = first
    let sum = weight(first, 0)
    for (let n = 1; ; n++) {
      term = next(term, n)
      const part = weight(term, n)
      sum = sum.plus(part)
      if (part.isZero() || part.abs().lt(sum.abs().times(least))) return sum
    }
  }
  const expm1 = (x: Big): Big =>
    x.abs().lt(0.5) ? (wide.expm1(x) ?? series(x, (t, n) => t.times(x).div(n + 1))) : wide.exp(x).minus(one)
  /** 2 artanh(x / (2 + x)) very near 0. */
  const log1p = (x: Big): Big => {
    if (!x.abs().lt(0.5)) return wide.log(x.plus(one))
    const near = wide.log1p(x)
    if (near) return near
    const z = x.div(x.plus(2))
    const square = z.times(z)
    return series(
      z,
      (t) => t.times(square),
      (t, n) => t.div(2 * n + 1),
    ).times(2)
  }
  const sinh = (x: Big): Big => {
    if (!x.isFinite()) return x
    const u = expm1(x.abs())
    return withSign(u.isFinite() ? u.plus(u.div(u.plus(one))).div(2) : u, x)
  }
  const tanh = (x: Big): Big => {
    const u = expm1(x.abs().times(-2))
    return withSign(u.neg().div(u.plus(2)), x)
  }
  /** Very near 0 it is 2x/√π. */
  const erf = (x: Big): Big =>
    x.times(x).gt((precision + GUARD) * Math.LN10)
      ? withSign(one, x)
      : (wide.erf(x) ?? x.times(2).div(wide.sqrt(W.acos(-1))))
  const withSign = (magnitude: Big, x: Big): Big => (x.isNegative() ? magnitude.neg() : magnitude)
  const power = (a: Big, b: Big): Big => {
    if (b.isInteger() || !b.isFinite() || !a.gt(0) || !a.isFinite()) return a.pow(b)
    const y = wide.log(a).times(b)
    return y.e > MOST_LOGARITHM ? a.pow(b) : new D(wide.exp(y)).toSignificantDigits(precision)
  }
  const call: BigFunctions['call'] = {
    exp: (x) => own.exp(x),
    expm1: odd(expm1),
    log: (x) => own.log(x),
    log1p: odd(log1p),
    sqrt: (x) => own.sqrt(x),
    sin: (x) => own.sin(x),
    cos: (x) => own.cos(x),
    tan: (x) => own.tan(x),
    sinh: odd(sinh),
    cosh: (x) => {
      const y = own.exp(x.abs())
      return y.plus(new D(1).div(y)).div(2)
    },
    tanh: odd(tanh),
    atan: (x) => own.atan(x),
    erf: odd(erf),
    abs: (x) => x.abs(),
    sign: (x) => (x.isZero() || x.isNaN() ? x : new D(x.isNegative() ? -1 : 1)),
  }
  return { call, power }
}
