import { ONE } from '../base/rational.ts'
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

function polynomial<T>(f: Field<T>, coefficients: readonly number[], x: T): T {
  let sum = f.number(coefficients[coefficients.length - 1]!)
  for (let i = coefficients.length - 2; i >= 0; i--)
    sum = f.add(f.number(coefficients[i]!), f.multiply(x, sum))
  return sum
}

const ratio = <T>(f: Field<T>, p: readonly number[], q: readonly number[], x: T): T =>
  f.divide(polynomial(f, p, x), polynomial(f, q, x))

/** 1 − e^(−a²−9/16) · e^(R/S) / a, for a ≥ 1.25; with s = 1/a². */
function tail<T>(f: Field<T>, a: T, r: readonly number[], s: readonly number[]): T {
  const inverseSquare = f.divide(f.rational(ONE), f.multiply(a, a))
  const exponent = f.add(
    f.subtract(f.negate(f.multiply(a, a)), f.number(0.5625)),
    ratio(f, r, s, inverseSquare),
  )
  return f.subtract(f.rational(ONE), f.divide(f.call('exp', exponent), a))
}

/** erf(x) for doubles. The part of e^(−a²) that rounding of a² loses is at most 1e-16 relative to 1 − erf ≤ 0.08. */
export function erf<T>(f: Field<T>, x: T): T {
  const a = f.call('abs', x)
  const near = (): T => f.add(x, f.multiply(x, ratio(f, PP, QQ, f.multiply(x, x))))
  const middle = (): T => {
    const s = f.subtract(a, f.rational(ONE))
    return f.multiply(f.call('sign', x), f.add(f.number(ERX), ratio(f, PA, QA, s)))
  }
  const far = (): T =>
    f.select(
      '<',
      a,
      f.number(1 / 0.35),
      () => f.multiply(f.call('sign', x), tail(f, a, RA, SA)),
      () => f.multiply(f.call('sign', x), tail(f, a, RB, SB)),
    )
  const beyond = (): T => f.call('sign', x)
  return f.select('<', a, f.number(0.84375), near, () =>
    f.select('<', a, f.number(1.25), middle, () => f.select('<', a, f.number(6), far, beyond)),
  )
}
