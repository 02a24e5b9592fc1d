import { HALF, ONE, ZERO } from '../base/rational.ts'
import type { Field } from '../graph/field.ts'

/*
 * erf in doubles after FreeBSD's msun s_erf.c (Sun Microsystems, 1993: "Permission to use, copy, modify, and
 * distribute this software is freely granted, provided that this notice is preserved."). Error below 1 ULP in the
 * original; here e^(−x²) is taken with x split into a high part whose square is exact.
 */
const PP = [
  1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2,
  -5.77027029648944159157e-3, -2.37630166566501626084e-5,
]
const QQ = [
  1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3,
  1.32494738004321644526e-4, -3.9602282787753681232e-6,
]
const ERX = 8.45062911510467529297e-1
const PA = [
  -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1,
  3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2, -2.166375594868790843e-3,
]
const QA = [
  1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2,
  1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.1984499846799107417e-2,
]
const RA = [
  -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1,
  -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2, -8.12874355063065934246e1,
  -9.81432934416914548592,
]
const SA = [
  1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2, 6.45387271733267880336e2,
  4.29008140027567833386e2, 1.08635005541779435134e2, 6.57024977031928170135, -6.04244152148580987438e-2,
]
const RB = [
  -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1,
  -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3, -4.83519191608651397019e2,
]
const SB = [
  1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3, 3.19985821950859553908e3,
  2.55305040643316442583e3, 4.74528541206955367215e2, -2.24409524465858183362e1,
]

export function polynomial<T>(f: Field<T>, coefficients: readonly number[], x: T): T {
  let sum = f.number(coefficients[coefficients.length - 1]!)
  for (let i = coefficients.length - 2; i >= 0; i--)
    sum = f.add(f.number(coefficients[i]!), f.multiply(x, sum))
  return sum
}

export const ratio = <T>(f: Field<T>, p: readonly number[], q: readonly number[], x: T): T =>
  f.divide(polynomial(f, p, x), polynomial(f, q, x))

/** A square as a double and what rounding it has lost. */
interface Square<T> {
  readonly high: T
  readonly low: T
}

/** x² = high + low exactly, by halves of x whose products are exact (Veltkamp, Dekker 1971). Not for |x| > 1e150. */
export function exactSquare<T>(f: Field<T>, x: T): Square<T> {
  const scaled = f.multiply(x, f.number(2 ** 27 + 1))
  const h = f.subtract(scaled, f.subtract(scaled, x))
  const l = f.subtract(x, h)
  const high = f.multiply(x, x)
  const cross = f.multiply(h, l)
  const low = f.add(f.add(f.add(f.subtract(f.multiply(h, h), high), cross), cross), f.multiply(l, l))
  return { high, low }
}

/**
 * erfc(√s) for a = √s ≥ 1.25: e^(−s−9/16) · e^(R/S) / a. The exponential would make an error of s units of the
 * rounding of s: the lost part is taken as a factor of its own.
 */
function complement<T>(f: Field<T>, a: T, s: Square<T>, p: readonly number[], q: readonly number[]): T {
  const inverseSquare = f.divide(f.rational(ONE), s.high)
  const rest = f.subtract(ratio(f, p, q, inverseSquare), f.add(f.number(0.5625), s.low))
  return f.divide(f.multiply(f.call('exp', f.negate(s.high)), f.call('exp', rest)), a)
}

/** erf(x) for |x| < 0.84375 */
const near = <T>(f: Field<T>, x: T): T => f.add(x, f.multiply(x, ratio(f, PP, QQ, f.multiply(x, x))))
/** erf(1 + s) − ERX for −0.15625 ≤ s < 0.25 */
const middle = <T>(f: Field<T>, s: T): T => ratio(f, PA, QA, s)

/** erfc(a) for a ≥ 1.25, a² = s */
const far = <T>(f: Field<T>, a: T, s: Square<T>): T =>
  f.select(
    '<',
    a,
    f.number(1 / 0.35),
    () => complement(f, a, s, RA, SA),
    () => complement(f, a, s, RB, SB),
  )

/** erf(x) for doubles. What rounding of x² loses here is at most 1e-16 relative to 1 − erf ≤ 0.08. */
export function erf<T>(f: Field<T>, x: T): T {
  const a = f.call('abs', x)
  const sign = f.call('sign', x)
  const rounded = { high: f.multiply(a, a), low: f.rational(ZERO) }
  const beyond = (): T =>
    f.select(
      '<',
      a,
      f.number(6),
      () => f.multiply(sign, f.subtract(f.rational(ONE), far(f, a, rounded))),
      () => sign,
    )
  return f.select(
    '<',
    a,
    f.number(0.84375),
    () => near(f, x),
    () =>
      f.select(
        '<',
        a,
        f.number(1.25),
        () => f.multiply(sign, f.add(f.number(ERX), middle(f, f.subtract(a, f.rational(ONE))))),
        beyond,
      ),
  )
}

/** What rounding x would lose too much of: x², and how far |x| is from ½ and from 1. */
export interface Around<T> {
  readonly square: () => Square<T>
  readonly beyondHalf: () => T
  readonly beyondOne: () => T
}

/** For an x that is a double itself. */
export const around = <T>(f: Field<T>, x: T): Around<T> => ({
  square: () => exactSquare(f, x),
  beyondHalf: () => f.subtract(f.call('abs', x), f.number(0.5)),
  beyondOne: () => f.subtract(f.call('abs', x), f.rational(ONE)),
})

/** For x = v/√2. Differences of v to a rounded √2 and √½ are exact; what these have been rounded by is added. */
export const aroundRoot = <T>(f: Field<T>, v: T): Around<T> => {
  const beyond = (root: number, rounded: number) => (): T =>
    f.add(
      f.multiply(f.subtract(f.call('abs', v), f.number(root)), f.number(Math.SQRT1_2)),
      f.number(rounded * Math.SQRT1_2),
    )
  return {
    square: () => {
      const { high, low } = exactSquare(f, v)
      return { high: f.multiply(f.rational(HALF), high), low: f.multiply(f.rational(HALF), low) }
    },
    beyondHalf: beyond(Math.SQRT1_2, 4.833646656726457e-17),
    beyondOne: beyond(Math.SQRT2, 9.667293313452913e-17),
  }
}

/** erfc(x) for doubles. From 28 on the value is below all doubles. */
export function erfc<T>(f: Field<T>, x: T, { square, beyondHalf, beyondOne }: Around<T>): T {
  const a = f.call('abs', x)
  const one = f.rational(ONE)
  const small = (): T =>
    f.select(
      '<',
      x,
      f.number(0.25),
      () => f.subtract(one, near(f, x)),
      // ½ − (x − ½ + …): the parts are of one size.
      () => f.subtract(f.number(0.5), f.add(beyondHalf(), f.multiply(x, ratio(f, PP, QQ, f.multiply(x, x))))),
    )
  const middling = (): T =>
    f.select(
      '>',
      x,
      f.rational(ZERO),
      () => f.subtract(f.subtract(one, f.number(ERX)), middle(f, beyondOne())),
      () => f.add(one, f.add(f.number(ERX), middle(f, beyondOne()))),
    )
  const tail = (): T => {
    const y = far(f, a, square())
    return f.select(
      '>',
      x,
      f.rational(ZERO),
      () => y,
      () => f.subtract(f.number(2), y),
    )
  }
  // 0 or 2, and NaN for NaN.
  const beyond = (): T => f.subtract(one, f.call('sign', x))
  return f.select('<', a, f.number(0.84375), small, () =>
    f.select('<', a, f.number(1.25), middling, () => f.select('<', a, f.number(28), tail, beyond)),
  )
}

/**
 * erfc(x) without its decay: erfc(x)·e^(x²) for x > 0, erfc(x) otherwise. Beyond 1.25 it is e^(R/S − 9/16)/x of the
 * original, which holds at every greater x.
 */
export function erfcScaled<T>(f: Field<T>, x: T): T {
  const tail = (p: readonly number[], q: readonly number[]): T => {
    const inverseSquare = f.divide(f.divide(f.rational(ONE), x), x)
    return f.divide(f.call('exp', f.subtract(ratio(f, p, q, inverseSquare), f.number(0.5625))), x)
  }
  return f.select(
    '<',
    x,
    f.number(1.25),
    () =>
      f.select(
        '>',
        x,
        f.rational(ZERO),
        () => f.multiply(erfc(f, x, around(f, x)), f.call('exp', f.multiply(x, x))),
        () => erfc(f, x, around(f, x)),
      ),
    () =>
      f.select(
        '<',
        x,
        f.number(1 / 0.35),
        () => tail(RA, SA),
        () => tail(RB, SB),
      ),
  )
}
