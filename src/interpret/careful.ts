/** Big numbers that know what zero is, and when more digits could tell otherwise. */
import type { Big } from './bignumbers.ts'
import type { System } from '../graph/numbers.ts'
import { ZERO } from '../base/rational.ts'
import { type Dual, dualNumbers } from './dual.ts'

/** What an evaluation met with on the way. */
export interface Care {
  /** A term left no trace beside another one, or a function was rounded to a short number: 1 may be less than 1. */
  absorbed: boolean
  /** A sum came out as zero that more digits may tell from zero. */
  doubtful: boolean
}

export const carefree = (): Care => ({ absorbed: false, doubtful: false })

/** What is left of a sum within so many of the last digits is rounding. */
const ROUNDING = 8
/** Functions whose value is a short number by rounding only: tanh 400 is not 1. */
const ROUNDED: ReadonlySet<string> = new Set(['exp', 'cos', 'cosh', 'tanh', 'erf'])
/** Values of that exponent are made of what stands for zero. */
const BEYOND = 1000

/**
 * A system in which a sum that cancels up to rounding is zero, and which notes whether digits were lost.
 *
 * @param least what is taken for a zero where a function has none: a logarithm, a quotient, a power. A limit is found with two of
 *   them, so small that their roots and logarithms times them still count as nothing
 */
export function careful(f: System<Big>, digits: number, care: Care, least?: Big): System<Big> {
  const zero = f.rational(ZERO)
  const isShort = (x: Big): boolean => x.sd() <= digits - 2 * ROUNDING
  const nonzero = (x: Big): Big => (least && x.isZero() ? least : x)
  const sum = (value: Big, a: Big, b: Big): Big => {
    if (a.isZero() || b.isZero() || !value.isFinite()) return value
    const top = Math.max(a.e, b.e)
    if (Math.min(a.e, b.e) < top - digits) care.absorbed = true
    if (!value.isZero() && value.e >= top - digits + ROUNDING) return value
    if (!value.isZero() || care.absorbed || !(isShort(a) && isShort(b))) care.doubtful = true
    return zero
  }
  return {
    ...f,
    add: (a, b) => sum(f.add(a, b), a, b),
    subtract: (a, b) => sum(f.subtract(a, b), a, b),
    // As in doubles, 1/−0 is −∞.
    divide: (a, b) => f.divide(a, least && b.isZero() && b.isNegative() ? f.negate(least) : nonzero(b)),
    // 0^0 is 1.
    power(a, b) {
      if (b.isZero()) return f.power(a, b)
      const value = f.power(nonzero(a), b)
      if (!b.isInteger() && isShort(value)) care.absorbed = true
      return value
    },
    call(name, x) {
      const value = f.call(name, name === 'log' || name === 'sqrt' ? nonzero(x) : x)
      if (ROUNDED.has(name) && !x.isZero() && x.isFinite() && isShort(value)) care.absorbed = true
      return value
    },
  }
}

/** Dual numbers over these, in which a value 0·(1/0) is none, whatever stands for the zeros. */
export function carefulDuals(f: System<Big>, least?: Big): System<Dual<Big>> {
  const dual = dualNumbers(f)
  const none = f.number(NaN)
  const isNothing = (a: Big, b: Big): boolean =>
    (a.isZero() || (least !== undefined && a.e <= -BEYOND)) && (b.e >= BEYOND || !b.isFinite())
  return {
    ...dual,
    multiply(a, b) {
      const product = dual.multiply(a, b)
      return isNothing(a.value, b.value) || isNothing(b.value, a.value)
        ? { ...product, value: none }
        : product
    },
  }
}
