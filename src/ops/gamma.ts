/** The logarithm of the gamma function, and its derivatives ψ, ψ₁, ψ₂, …, of what is not negative. */
import { HALF, ONE, type Rational, ZERO } from '../base/rational.ts'
import type { Field } from '../graph/field.ts'
import type { Pointwise } from '../graph/operator.ts'
import { EVERYTHING, POSITIVE } from '../graph/range.ts'
import { polynomial } from './erf.ts'

// ——— definitions, for all precisions

/** Bernoulli's numbers B₂, B₄, …, by the recurrence Σ C(m + 1, k) B_k = 0 (DLMF 24.5.3). */
function bernoulli(count: number): Rational[] {
  const all: Rational[] = [ONE, HALF.neg()]
  for (let m = 2; all.length <= 2 * count; m++) {
    let sum = ZERO
    let binomial = ONE
    for (let k = 0; k < m; k++) {
      sum = sum.add(binomial.mul(all[k] ?? ZERO))
      binomial = binomial.mul(m + 1 - k).div(k + 1)
    }
    all.push(sum.div(m + 1).neg())
  }
  return all.filter((_, k) => k > 0 && k % 2 === 0)
}

/** Terms of the asymptotic series, and from where on they are good to 80 digits. */
const TERMS = 50
const FAR = 40
let numbers: readonly Rational[] | undefined
const coefficients = new Map<string, readonly Rational[]>()
/** The coefficients of a series that is known by its name: made of Bernoulli's numbers once. */
function bernoullis(series: string, change: (b: Rational, i: number) => Rational): readonly Rational[] {
  let known = coefficients.get(series)
  if (!known) {
    numbers ??= bernoulli(TERMS)
    coefficients.set(series, (known = numbers.map(change)))
  }
  return known
}

const factorial = (n: number): Rational => {
  let product = ONE
  for (let k = 2; k <= n; k++) product = product.mul(k)
  return product
}

/** Σ coefficientₖ zᵏ, the first coefficient that of z⁰. */
const series = <T>(f: Field<T>, coefficients: readonly Rational[], z: T): T =>
  coefficients.reduceRight<T>((sum, c) => f.add(f.rational(c), f.multiply(sum, z)), f.rational(ZERO))

/** ½ log 2π, of which π is 4 arctan 1 */
const quarter = <T>(f: Field<T>): T => f.call('atan', f.rational(ONE))
const pi = <T>(f: Field<T>): T => f.multiply(f.number(4), quarter(f))

/** (x − ½)(log x − 1) − ½ + ½ log 2π + Σ B₂ₖ / (2k(2k − 1) x²ᵏ⁻¹) (Stirling; DLMF 5.11.1) */
function stirling<T>(f: Field<T>, x: T): T {
  const inverse = f.divide(f.rational(ONE), x)
  const terms = bernoullis('log gamma', (b, i) => b.div((2 * i + 2) * (2 * i + 1)))
  const rest = f.multiply(series(f, terms, f.multiply(inverse, inverse)), inverse)
  const half = f.rational(HALF)
  const constant = f.multiply(
    half,
    f.subtract(f.call('log', f.multiply(f.number(2), pi(f))), f.rational(ONE)),
  )
  return f.add(
    f.multiply(f.subtract(x, half), f.subtract(f.call('log', x), f.rational(ONE))),
    f.add(constant, rest),
  )
}

/** From x ≥ 0 on the first of x, x + 1, x + 2, … that is far out; of those before it a sum or product, from `start`. */
function raised<T>(f: Field<T>, x: T, start: T, collect: (sum: T, x: T) => T, then: (x: T, sum: T) => T): T {
  const step = (at: T, sum: T, left: number): T =>
    left === 0
      ? then(at, sum)
      : f.select(
          '<',
          at,
          f.number(FAR),
          () => step(f.add(at, f.rational(ONE)), collect(sum, at), left - 1),
          () => then(at, sum),
        )
  return step(x, start, FAR)
}

/** Where x is negative there are poles between values that doubles cannot tell: no value is given. */
const ofPositive = <T>(f: Field<T>, x: T, value: (x: T) => T): T =>
  f.select(
    '<',
    x,
    f.rational(ZERO),
    () => f.number(NaN),
    () => value(x),
  )

/** log x − 1/(2x) − Σ B₂ₖ / (2k x²ᵏ) (DLMF 5.11.2) */
function digammaFar<T>(f: Field<T>, x: T): T {
  const inverse = f.divide(f.rational(ONE), x)
  const square = f.multiply(inverse, inverse)
  const terms = bernoullis('digamma', (b, i) => b.div(2 * i + 2))
  return f.subtract(
    f.subtract(f.call('log', x), f.multiply(f.rational(HALF), inverse)),
    f.multiply(series(f, terms, square), square),
  )
}

const power = <T>(f: Field<T>, x: T, n: number): T =>
  Array.from({ length: n - 1 }).reduce<T>((product) => f.multiply(product, x), x)

/** (n − 1)!/xⁿ + n!/(2xⁿ⁺¹) + Σ B₂ₖ (2k + n − 1)!/((2k)! x²ᵏ⁺ⁿ), without the sign (DLMF 5.15.8) */
function polygammaFar<T>(f: Field<T>, n: number, count: number, x: T): T {
  const inverse = f.divide(f.rational(ONE), x)
  const terms = bernoullis(`polygamma ${n}`, (b, i) =>
    b.mul(factorial(2 * i + n + 1)).div(factorial(2 * i + 2)),
  ).slice(0, count)
  const square = f.multiply(inverse, inverse)
  const [first, second] = [factorial(n - 1), factorial(n).div(2)]
  return f.multiply(
    power(f, inverse, n),
    f.add(
      f.rational(first),
      f.add(f.multiply(f.rational(second), inverse), f.multiply(series(f, terms, square), square)),
    ),
  )
}

// ——— doubles

/*
 * log Γ in doubles after FreeBSD's msun e_lgamma_r.c (Sun Microsystems, 1993: "Permission to use, copy, modify, and distribute this
 * software is freely granted, provided that this notice is preserved.").
 */
const A0 = [
  7.72156649015328655494e-2, 6.73523010531292681824e-2, 7.38555086081402883957e-3, 1.19270763183362067845e-3,
  2.20862790713908385557e-4, 2.52144565451257326939e-5,
]
const A1 = [
  3.22467033424113591611e-1, 2.05808084325167332806e-2, 2.89051383673415629091e-3, 5.10069792153511336608e-4,
  1.08011567247583939954e-4, 4.4864094961891516015e-5,
]
const TC = 1.46163214496836224576
const TF = -1.21486290535849611461e-1
const TT = -3.63867699703950536541e-18
const T0 = [
  4.83836122723810047042e-1, -3.27885410759859649565e-2, 6.10053870246291332635e-3,
  -1.40346469989232843813e-3, 3.15632070903625950361e-4,
]
const T1 = [
  -1.47587722994593911752e-1, 1.7970675081182038713e-2, -3.6845201678113825676e-3, 8.81081882437654011382e-4,
  -3.12754168375120860518e-4,
]
const T2 = [
  6.46249402391333854778e-2, -1.0314224129834143745e-2, 2.2596478090061247225e-3, -5.38595305356740546715e-4,
  3.35529192635519073543e-4,
]
const U = [
  -7.72156649015328655494e-2, 6.32827064025093366517e-1, 1.4549225013723476874, 9.77717527963372745603e-1,
  2.28963728064692451092e-1, 1.33810918536787660377e-2,
]
const V = [
  1, 2.45597793713041134822, 2.12848976379893395361, 7.69285150456672783825e-1, 1.04222645593369134254e-1,
  3.2170924228242391181e-3,
]
const S = [
  -7.72156649015328655494e-2, 2.14982415960608852501e-1, 3.25778796408930981787e-1, 1.46350472652464452805e-1,
  2.6642270303363860956e-2, 1.84028451407337715652e-3, 3.19475326584100867617e-5,
]
const R = [
  1, 1.39200533467621045958, 7.21935547567138069525e-1, 1.71933865632803078993e-1, 1.86459191715652901344e-2,
  7.77942496381893596434e-4, 7.32668430744625636189e-6,
]
const W = [
  8.33333333333329678849e-2, -2.7777777772877553647e-3, 7.936505586430195585e-4, -5.95187557450339963135e-4,
  8.36339918996282139126e-4, -1.63092934096575273989e-3,
]
const W0 = 4.18938533204672725052e-1

function lgammaOfPositive<T>(f: Field<T>, x: T): T {
  const { add, subtract, multiply, divide } = f
  const n = (value: number): T => f.number(value)
  const below = (bound: number, then: () => T, otherwise: () => T): T =>
    f.select('<', x, n(bound), then, otherwise)
  // About 2, about the minimum, and about 1, from what is left of x.
  const aboutTwo = (y: T): T => {
    const z = multiply(y, y)
    const p = add(multiply(y, polynomial(f, A0, z)), multiply(z, polynomial(f, A1, z)))
    return subtract(p, multiply(n(0.5), y))
  }
  const aboutLeast = (y: T): T => {
    const z = multiply(y, y)
    const w = multiply(z, y)
    const tail = subtract(n(TT), multiply(w, add(polynomial(f, T1, w), multiply(y, polynomial(f, T2, w)))))
    return add(n(TF), subtract(multiply(z, polynomial(f, T0, w)), tail))
  }
  const aboutOne = (y: T): T =>
    add(multiply(n(-0.5), y), divide(multiply(y, polynomial(f, U, y)), polynomial(f, V, y)))
  const small = (): T => {
    const more = f.negate(f.call('log', x))
    return below(
      0.2316,
      () => add(more, aboutOne(x)),
      () =>
        below(
          0.7316,
          () => add(more, aboutLeast(subtract(x, n(TC - 1)))),
          () => add(more, aboutTwo(subtract(n(1), x))),
        ),
    )
  }
  const middle = (): T => {
    const whole = [7, 6, 5, 4, 3].reduce<T>(
      (rest, k) =>
        below(
          k,
          () => subtract(x, n(k - 1)),
          () => rest,
        ),
      subtract(x, n(7)),
    )
    // (y + 2)(y + 3)… as far as the whole part of x goes
    const product = [3, 4, 5, 6, 7].reduceRight<T>(
      (rest, k) =>
        below(
          k,
          () => n(1),
          () => multiply(add(whole, n(k - 1)), rest),
        ),
      n(1),
    )
    const fraction = divide(multiply(whole, polynomial(f, S, whole)), polynomial(f, R, whole))
    return add(add(multiply(n(0.5), whole), fraction), f.call('log', product))
  }
  const large = (): T => {
    const z = divide(n(1), x)
    const w = add(n(W0), multiply(z, polynomial(f, W, multiply(z, z))))
    return add(multiply(subtract(x, n(0.5)), subtract(f.call('log', x), n(1))), w)
  }
  return below(0.9, small, () =>
    below(
      1.2316,
      () => aboutOne(subtract(x, n(1))),
      () =>
        below(
          1.7316,
          () => aboutLeast(subtract(x, n(TC))),
          () =>
            below(
              2,
              () => aboutTwo(subtract(n(2), x)),
              () => below(8, middle, large),
            ),
        ),
    ),
  )
}

/* ψ on [1, 2] by a rational approximation about its zero, which is split in three doubles, as Boost's digamma.hpp has it (J. Maddock 2006). */
const ROOT = [1569415565 / 1073741824, 381566830 / 1073741824 / 1073741824, 9.016312093258695e-20]
const PSI_Y = 0.9955816268920898
const PSI_P = [
  0.25479851061131553, -0.3255503118680449, -0.6503185377089651, -0.28919126444774784, -0.04525132144873906,
  -0.002071332116774595,
]
const PSI_Q = [
  1, 2.076711702373047, 1.4606242909763516, 0.43593529692665967, 0.054151797245674226, 0.0021284987017821146,
  -5.578984132167551e-7,
]
const PSI_FAR = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]

function digammaOfPositive<T>(f: Field<T>, x: T): T {
  const { add, subtract, multiply, divide } = f
  const n = (value: number): T => f.number(value)
  const above = (bound: number, then: () => T, otherwise: () => T): T =>
    f.select('>', x, n(bound), then, otherwise)
  const near = (): T => {
    const steps = [2, 3, 4, 5, 6, 7, 8, 9]
    const y = steps.reduce<T>(
      (at, k) =>
        above(
          k,
          () => subtract(x, n(k - 1)),
          () => at,
        ),
      f.select(
        '<',
        x,
        n(1),
        () => add(x, n(1)),
        () => x,
      ),
    )
    // ψ(x) = ψ(x − 1) + 1/(x − 1), down to at most 2, or up from below 1
    const sum = steps.reduceRight<T>(
      (rest, k) =>
        above(
          k,
          () => add(divide(n(1), subtract(x, n(k - 1))), rest),
          () => n(0),
        ),
      n(0),
    )
    const more = f.select(
      '<',
      x,
      n(1),
      () => divide(n(-1), x),
      () => sum,
    )
    const t = subtract(y, n(1))
    const g = ROOT.reduce<T>((rest, part) => subtract(rest, n(part)), y)
    const r = divide(polynomial(f, PSI_P, t), polynomial(f, PSI_Q, t))
    return add(more, add(multiply(g, n(PSI_Y)), multiply(g, r)))
  }
  const far = (): T => {
    const inverse = divide(n(1), x)
    const z = multiply(inverse, inverse)
    return subtract(
      subtract(f.call('log', x), multiply(n(0.5), inverse)),
      multiply(z, polynomial(f, PSI_FAR, z)),
    )
  }
  return above(10, far, near)
}

/** So many steps up from x > 0 the series is good for doubles: all summands have one sign. */
const STEPS = 14

// ——— records

const call = (latex: string, text: string) => ({ latex, text, form: 'call' as const })

const lgamma: Pointwise = {
  kind: 'pointwise',
  name: 'lgamma',
  arity: 1,
  notation: call('\\log\\Gamma', 'lgamma'),
  called: { en: 'the logarithm of the gamma function', zh: '伽马函数的对数' },
  cost: 40,
  domain: (_g, [x]) => x!,
  range: () => EVERYTHING,
  meaning: (f, x) =>
    ofPositive(f, x, (u) =>
      raised(
        f,
        u,
        f.rational(ONE),
        (product, at) => f.multiply(product, at),
        (far, product) => f.subtract(stirling(f, far), f.call('log', product)),
      ),
    ),
  kernel: (f, x) => ofPositive(f, x, (u) => lgammaOfPositive(f, u)),
  slope: (g, [x]) => g.apply(digamma, [x!]),
  delicate: [[0.1], [0.5], [0.8], [1.1], [1.4616], [1.9], [2.5], [7.5], [30], [1e10], [1e-20]],
  values: [
    [0.5, 0.5723649429247001],
    [3.25, 0.9358019311087253],
    [40, 106.63176026064346],
  ],
}

const digamma: Pointwise = {
  kind: 'pointwise',
  name: 'digamma',
  arity: 1,
  notation: call('\\psi', 'ψ'),
  called: { en: 'the digamma function', zh: '双伽马函数' },
  cost: 40,
  domain: (_g, [x]) => x!,
  range: () => EVERYTHING,
  meaning: (f, x) =>
    ofPositive(f, x, (u) =>
      raised(
        f,
        u,
        f.rational(ZERO),
        (sum, at) => f.add(sum, f.divide(f.rational(ONE), at)),
        (far, sum) => f.subtract(digammaFar(f, far), sum),
      ),
    ),
  kernel: (f, x) => ofPositive(f, x, (u) => digammaOfPositive(f, u)),
  slope: (g, [x]) => g.apply(polygamma(1), [x!]),
  delicate: [[0.1], [0.5], [1], [1.4], [1.9], [2.5], [9.9], [30], [1e10], [1e-20]],
  values: [
    [0.5, -1.9635100260214235],
    [3.25, 1.016990911068179],
    [40, 3.676327374034843],
  ],
}

const VALUES: Readonly<Record<number, Pointwise['values']>> = {
  1: [
    [0.5, 4.934802200544679],
    [3.25, 0.3597982903095799],
  ],
  2: [
    [0.5, -16.82879664423432],
    [3.25, -0.12815694713911513],
  ],
}

const made = new Map<number, Pointwise>()

/** The n-th derivative of ψ, n ≥ 1: (−1)ⁿ⁺¹ n! Σ 1/(x + k)ⁿ⁺¹. */
function polygamma(n: number): Pointwise {
  let op = made.get(n)
  if (!op) {
    const summand = <T>(f: Field<T>, x: T): T => f.divide(f.rational(factorial(n)), power(f, x, n + 1))
    const signed = <T>(f: Field<T>, x: T): T => (n % 2 === 1 ? x : f.negate(x))
    op = {
      kind: 'pointwise',
      name: `polygamma${n}`,
      arity: 1,
      notation: call(
        `\\psi_{${n}}`,
        `ψ${[...String(n)].map((digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]!).join('')}`,
      ),
      called: { en: `the polygamma function of order ${n}`, zh: `${n} 阶多伽马函数` },
      cost: 40,
      domain: (_g, [x]) => x!,
      range: (r) => (n % 2 === 1 && r.lo >= 0 ? POSITIVE : EVERYTHING),
      meaning: (f, x) =>
        ofPositive(f, x, (u) =>
          signed(
            f,
            raised(
              f,
              u,
              f.rational(ZERO),
              (sum, at) => f.add(sum, summand(f, at)),
              (far, sum) => f.add(polygammaFar(f, n, TERMS, far), sum),
            ),
          ),
        ),
      kernel: (f, x) =>
        ofPositive(f, x, (u) => {
          let sum = polygammaFar(f, n, 10, f.add(u, f.number(STEPS)))
          for (let k = STEPS - 1; k >= 0; k--)
            sum = f.add(sum, summand(f, k === 0 ? u : f.add(u, f.number(k))))
          return signed(f, sum)
        }),
      slope: (g, [x]) => g.apply(polygamma(n + 1), [x!]),
      delicate: [[0.1], [1], [2.5], [30], [1e8]],
      values: VALUES[n] ?? [],
    }
    made.set(n, op)
  }
  return op
}

export const gammas: readonly Pointwise[] = [lgamma, digamma, polygamma(1), polygamma(2)]
