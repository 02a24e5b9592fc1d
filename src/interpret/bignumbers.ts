import type { BigNumber } from 'mathjs'
import type { Rational } from '../base/rational.ts'
import type { Elementary } from '../graph/field.ts'
import { type System, holds } from '../graph/numbers.ts'

/** A decimal floating-point number of mathjs (decimal.js): any precision, exponents up to ±9e15, NaN and ±∞. */
export type Big = BigNumber
type BigClass = {
  new (value: number | string | bigint | Big): Big
  clone(config: { precision: number }): BigClass
  precision: number
  acos(x: number): Big
}

const systems = new Map<number, Promise<System<Big>>>()

/**
 * Decimal numbers of the given count of significant digits. mathjs takes a second to load: only here, when asked for.
 * Sums, products and quotients are rounded rightly by mathjs; the functions are right to a digit or two of the last.
 */
export function bigNumbers(digits = 64): Promise<System<Big>> {
  let system = systems.get(digits)
  if (!system) systems.set(digits, (system = load(digits)))
  return system
}

async function load(digits: number): Promise<System<Big>> {
  const { create, BigNumberDependencies } = await import('mathjs')
  const math = create(BigNumberDependencies!, { precision: digits }) as unknown as { BigNumber: BigClass }
  return makeSystem(math.BigNumber)
}

const PARTS: readonly (readonly [number, (x: Big) => Big])[] = [
  [2, (x) => x.sqrt()],
  [3, (x) => x.cbrt()],
  [4, (x) => x.sqrt().sqrt()],
]
/** Larger powers would multiply the rounding of the root. */
const MOST_POWER = 50

function makeSystem(D: BigClass): System<Big> {
  const big = (value: number | string): Big => new D(value)
  const functions = elementary(D)
  const rationals = new WeakMap<Rational, Big>()
  const less = (a: Big, b: Big): boolean => a.lt(b)
  const equal = (a: Big, b: Big): boolean => a.eq(b)
  let pi: Big | undefined
  let e: Big | undefined
  const rounding = new D(10).pow(3 - D.precision)
  /** Halves, thirds and quarters of whole powers by roots, which take much less than exponential and logarithm. */
  const root = (a: Big, b: Big): Big | undefined => {
    if (b.isInteger() || !a.gt(0)) return undefined
    for (const [part, f] of PARTS) {
      const whole = b.times(part).round()
      if (whole.abs().lte(MOST_POWER) && b.times(part).minus(whole).abs().lt(rounding)) return f(a).pow(whole)
    }
    return undefined
  }
  return {
    kernels: false,
    rational(value) {
      let known = rationals.get(value)
      if (!known) {
        known = big((value.s * value.n).toString())
        if (value.d !== 1n) known = known.div(big(value.d.toString()))
        rationals.set(value, known)
      }
      return known
    },
    number: (value) => exactly(D, value),
    add: (a, b) => a.plus(b),
    subtract: (a, b) => a.minus(b),
    multiply: (a, b) => a.times(b),
    divide: (a, b) => a.div(b),
    negate: (a) => a.neg(),
    power: (a, b) => root(a, b) ?? a.pow(b),
    call: (name, a) => functions[name](a),
    select: (relation, a, b, then, otherwise) => (holds(relation, a, b, less, equal) ? then() : otherwise()),
    less,
    toNumber: (a) => a.toNumber(),
    pi: () => (pi ??= D.acos(-1)),
    e: () => (e ??= big(1).exp()),
  }
}

/** The double itself, not the shortest decimal that reads as it: 0.1 is 0.1000000000000000055511…. */
function exactly(D: BigClass, value: number): Big {
  if (!Number.isFinite(value) || value === 0) return new D(value)
  let halvings = 0
  while (!Number.isInteger(value)) {
    value *= 2
    halvings++
  }
  const whole = new D(BigInt(value).toString())
  return halvings === 0 ? whole : whole.div(new D(2).pow(halvings))
}

/** Decimal digits beyond those asked for, so that sums of series lose none of these. */
const GUARD = 12

function elementary(D: BigClass): Record<Elementary, (x: Big) => Big> {
  const { precision } = D
  const W = D.clone({ precision: precision + GUARD })
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
    x.abs().lt(0.5) ? series(x, (t, n) => t.times(x).div(n + 1)) : x.exp().minus(one)
  /** 2 artanh(x / (2 + x)) near 0. */
  const log1p = (x: Big): Big => {
    if (!x.abs().lt(0.5)) return x.plus(one).ln()
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
  /** 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!: terms of one sign (Abramowitz, Stegun 7.1.6). */
  const erf = (x: Big): Big => {
    if (x.times(x).gt((precision + GUARD) * Math.LN10)) return withSign(one, x)
    const square = x.times(x)
    const sum = series(x, (t, n) =>
      t
        .times(square)
        .times(2)
        .div(2 * n + 1),
    )
    return sum.times(2).div(W.acos(-1).sqrt()).times(square.neg().exp())
  }
  const withSign = (magnitude: Big, x: Big): Big => (x.isNegative() ? magnitude.neg() : magnitude)
  return {
    exp: (x) => x.exp(),
    expm1: odd(expm1),
    log: (x) => x.ln(),
    log1p: odd(log1p),
    sqrt: (x) => x.sqrt(),
    sin: (x) => x.sin(),
    cos: (x) => x.cos(),
    tan: (x) => x.tan(),
    sinh: odd(sinh),
    cosh: (x) => {
      const y = x.abs().exp()
      return y.plus(new D(1).div(y)).div(2)
    },
    tanh: odd(tanh),
    atan: (x) => x.atan(),
    erf: odd(erf),
    abs: (x) => x.abs(),
    sign: (x) => (x.isZero() || x.isNaN() ? x : new D(x.isNegative() ? -1 : 1)),
  }
}
