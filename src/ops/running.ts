/**
 * What only code knows: functions that the language can say in other words, which lose digits. The last phase before
 * loops writes them; no program and no formula mentions them.
 */
import { HALF, MINUS_ONE, ONE, type Rational, TWO, ZERO, rational } from '../base/rational.ts'
import type { Field } from '../graph/field.ts'
import type { Node } from '../graph/node.ts'
import type { Notation, Pointwise } from '../graph/operator.ts'
import { EVERYTHING, range } from '../graph/range.ts'
import { bell, exp, pi, tanh } from './elementary.ts'
import { gt, select } from './piecewise.ts'
import {
  aroundRoot,
  erfc as erfcApproximation,
  erfcScaled as erfcScaledApproximation,
  exactSquare,
  ratio,
} from './erf.ts'

const call = (name: string): Notation => ({ latex: `\\operatorname{${name}}`, text: name, form: 'call' })

/** erfc(x)·e^(x²) for x ≥ 6 by its continued fraction: 1/(x + ½/(x + 1/(x + 3⁄2/…)))/√π (Laplace; DLMF 7.9.1). */
function laplace<T>(f: Field<T>, x: T): T {
  let t = x
  for (let k = LAPLACE_TERMS; k > 0; k--) t = f.add(x, f.divide(f.rational(HALF.mul(k)), t))
  const pi = f.multiply(f.number(4), f.call('atan', f.rational(ONE)))
  return f.divide(f.rational(ONE), f.multiply(f.call('sqrt', pi), t))
}
/** For 60 digits at 6. */
const LAPLACE_TERMS = 150

/**
 * erfc(x)·e^(max(x, 0)²): what is left of erfc without its decay, so that e^(−x²) is carried beside it as an exponent.
 */
export const erfcscaled: Pointwise = {
  kind: 'pointwise',
  name: 'erfcscaled',
  called: { en: 'the scaled complementary error function', zh: '缩放的互补误差函数' },
  arity: 1,
  notation: call('erfcscaled'),
  cost: 36,
  range: () => range(0, 2, true, true),
  meaning: (f, x) => {
    const complement = (): typeof x => f.subtract(f.rational(ONE), f.call('erf', x))
    const near = (): typeof x => f.multiply(complement(), f.call('exp', f.multiply(x, x)))
    return f.select(
      '>',
      x,
      f.rational(ZERO),
      () => f.select('<', x, f.number(6), near, () => laplace(f, x)),
      complement,
    )
  },
  kernel: (f, x) => erfcScaledApproximation(f, x),
  // 2x·y − 2/√π for x > 0, else the slope of erfc.
  slope: (g, [x], y) => {
    const far = g.sum(
      [
        { coefficient: TWO, node: g.multiply(x!, y) },
        { coefficient: TWO.neg(), node: g.power(pi(g), HALF.neg()) },
      ],
      ZERO,
      y.shape,
    )
    const near = bell(g, x!, TWO.neg(), MINUS_ONE, ONE)
    return g.apply(select, [g.apply(gt, [x!, g.constant(ZERO)]), far, near])
  },
  delicate: [[0], [1e-20], [0.25], [0.84375], [1.25], [-1.25], [2.857], [6], [-7], [27], [-40], [40]],
  values: [
    [0.5, 0.6156903441929259],
    [-2, 1.9953222650189528],
    [9, 0.06230772403777468],
  ],
}

/** a/(a² + b²) without the squares, which overflow or vanish. */
const overSquares: Pointwise = {
  kind: 'pointwise',
  name: 'overSquares',
  called: { en: 'the quotient by a sum of squares', zh: '除以平方和' },
  arity: 2,
  notation: call('overSquares'),
  cost: 16,
  range: () => EVERYTHING,
  meaning: (f, a, b) => f.divide(a, f.add(f.multiply(a, a), f.multiply(b, b))),
  kernel: <T>(f: Field<T>, a: T, b: T) => {
    const one = f.rational(ONE)
    const within = (r: T): T => f.add(one, f.multiply(r, r))
    return f.select(
      '>',
      f.call('abs', a),
      f.call('abs', b),
      () => f.divide(f.divide(one, within(f.divide(b, a))), a),
      () => f.divide(f.divide(f.divide(a, b), within(f.divide(a, b))), b),
    )
  },
  delicate: [
    [1, 0],
    [0, 2],
    [3, 4],
    [-1e-200, 1e-200],
    [1e200, -2],
  ],
  values: [
    [3, 4, 0.12],
    [3, -4, 0.12],
    [-3, -4, -0.12],
    [-3, 4, -0.12],
  ],
}

/** atan(y/x): its derivatives have a value where x is 0 as well. */
export const atanquotient: Pointwise = {
  kind: 'pointwise',
  name: 'atanquotient',
  called: { en: 'the arctangent of a quotient', zh: '商的反正切' },
  arity: 2,
  notation: call('atanquotient'),
  cost: 20,
  range: () => range(-Math.PI / 2, Math.PI / 2),
  meaning: (f, y, x) => f.call('atan', f.divide(y, x)),
  slope: (g, [y, x], _value, by) =>
    by === 0 ? g.apply(overSquares, [x!, y!]) : g.negate(g.apply(overSquares, [y!, x!])),
  delicate: [
    [1, 1],
    [0, 2],
    [-3, 4],
    [1e-200, -1e-200],
    [1e200, 2],
  ],
  values: [
    [1, 2, 0.4636476090008061],
    [1, -2, -0.4636476090008061],
    [-1, -2, 0.4636476090008061],
    [-1, 2, -0.4636476090008061],
  ],
}

/**
 * A value that the calculus takes for a constant: the shift of a sum of exponentials, e^m·Σ e^(z − m), of which the sum does
 * not depend. It is gone once derivatives are taken.
 */
export const detached: Pointwise = {
  kind: 'pointwise',
  name: 'detached',
  called: { en: 'the value as a constant', zh: '视为常数的值' },
  arity: 1,
  notation: call('detached'),
  cost: 0,
  range: (r) => r,
  meaning: (_f, x) => x,
  slope: (g) => g.constant(ZERO),
  delicate: [[0], [1], [-3]],
  values: [
    [0.5, 0.5],
    [-2, -2],
  ],
}

/** The normal distribution Φ(x) = ½ erfc(−x/√2), with x² as it is and not the square of a rounded x/√2. */
export const phi: Pointwise = {
  kind: 'pointwise',
  name: 'phi',
  called: { en: 'the normal distribution', zh: '正态分布函数' },
  arity: 1,
  notation: call('Phi'),
  cost: 28,
  range: () => range(0, 1, true, true),
  meaning: (f, x) =>
    f.multiply(
      f.rational(HALF),
      f.add(f.rational(ONE), f.call('erf', f.divide(x, f.call('sqrt', f.rational(TWO))))),
    ),
  kernel: (f, x) =>
    f.multiply(
      f.rational(HALF),
      erfcApproximation(f, f.multiply(x, f.number(-Math.SQRT1_2)), aroundRoot(f, x)),
    ),
  slope: (g, [x]) => bell(g, x!, ONE, HALF.neg(), TWO),
  delicate: [[0], [1e-20], [-0.5], [1.2], [-1.2], [1.8], [-4], [-8.5], [10], [-15], [40]],
  values: [
    [0.5, 0.6914624612740131],
    [-2, 0.02275013194817921],
    [-9, 1.1285884059538405e-19],
  ],
}

/** exp(k·x²) for a k that multiplies exactly: what rounding x² loses would count k·x² times over. */
function exponentialOfSquare(name: string, k: Rational, values: Pointwise['values']): Pointwise {
  return {
    kind: 'pointwise',
    name,
    called: { en: 'the exponential of a square', zh: '平方的指数' },
    arity: 1,
    notation: call(name),
    cost: 20,
    range: () => range(0, 1, true),
    meaning: (f, x) => f.call('exp', f.multiply(f.rational(k), f.multiply(x, x))),
    kernel: <T>(f: Field<T>, x: T) => {
      const { high, low } = exactSquare(f, x)
      const rough = f.call('exp', f.multiply(f.rational(k), high))
      // Far out x² has no exact parts, and the value is 0 anyway.
      return f.select(
        '>',
        rough,
        f.rational(ZERO),
        () => f.add(rough, f.multiply(rough, f.multiply(f.rational(k), low))),
        () => rough,
      )
    },
    slope: (g, [x], value) =>
      g.withFactors(
        k.mul(2),
        [x!, value].map((node) => ({ node, exponent: ONE })),
        value.shape,
      ),
    delicate: [[0], [1e-20], [1], [5.3], [-26.1], [37.7], [1e200]],
    values,
  }
}

const expminussquare = exponentialOfSquare('expminussquare', MINUS_ONE, [
  [0.5, 0.7788007830714049],
  [-2, 0.01831563888873418],
  [5.3, 6.319285885175379e-13],
])
const expminushalfsquare = exponentialOfSquare('expminushalfsquare', HALF.neg(), [
  [0.5, 0.8824969025845955],
  [-2, 0.1353352832366127],
  [5.3, 7.949393615349147e-7],
])

/** 1 − tanh² x, the slope of tanh. */
export const sechsquare: Pointwise = {
  kind: 'pointwise',
  name: 'sechsquare',
  called: { en: 'the squared hyperbolic secant', zh: '双曲正割的平方' },
  arity: 1,
  notation: call('sech^2'),
  cost: 16,
  range: () => range(0, 1, true),
  meaning: (f, x) => {
    const h = f.call('tanh', x)
    return f.subtract(f.rational(ONE), f.multiply(h, h))
  },
  kernel: (f, x) => {
    const d = f.call('cosh', x)
    return f.divide(f.divide(f.rational(ONE), d), d)
  },
  slope: (g, [x], value) =>
    g.withFactors(
      TWO.neg(),
      [
        { node: g.apply(tanh, [x!]), exponent: ONE },
        { node: value, exponent: ONE },
      ],
      x!.shape,
    ),
  delicate: [[0], [1e-20], [0.5], [-1], [20], [-30]],
  values: [
    [0.5, 0.7864477329659274],
    [-2, 0.07065082485316447],
    [20, 1.6993417021166355e-17],
  ],
}

/** (x − tanh(x))/x³ for |x| < 0.625 is P/Q of x²: tanh of the Cephes library (Moshier 1989). */
const NEAR = {
  below: rational(5, 8),
  numerator: [1614.6876844170845, 99.28772310019185, 0.9643991794250523],
  denominator: [4844.063053251255, 2235.4883906010045, 112.81167849163293, 1],
}

function byDecay<T>(f: Field<T>, x: T, t: T, near: () => T): T {
  const one = f.rational(ONE)
  const far = (): T => f.multiply(f.call('sign', x), f.divide(f.subtract(one, t), f.add(one, t)))
  return f.select('<', f.call('abs', x), f.rational(NEAR.below), near, far)
}

/**
 * tanh x, given t = e^(−2|x|), which its slope 4t/(1 + t)² needs as well: (1 − t)/(1 + t) with the sign of x, and near 0, where 1 − t
 * would cancel, x·(1 − x²·P/Q).
 */
const tanhbydecay: Pointwise = {
  kind: 'pointwise',
  name: 'tanhbydecay',
  called: { en: 'the hyperbolic tangent by a decaying exponential', zh: '由衰减指数计算的双曲正切' },
  arity: 2,
  notation: call('tanhbydecay'),
  cost: 12,
  range: (_x, t) => (t!.lo >= 0 && t!.hi <= 1 ? range(-1, 1) : EVERYTHING),
  meaning: (f, x, t) => byDecay(f, x, t, () => f.call('tanh', x)),
  kernel: <T>(f: Field<T>, x: T, t: T) =>
    byDecay(f, x, t, () => {
      const square = f.multiply(x, x)
      const tail = f.multiply(square, ratio(f, NEAR.numerator, NEAR.denominator, square))
      return f.multiply(x, f.subtract(f.rational(ONE), tail))
    }),
  slope: (g, [x, t], value, by) => {
    const none = g.full(ZERO, value.shape)
    const square = (node: Node): Node => g.power(node, TWO)
    const isNear = g.apply(gt, [g.constant(NEAR.below.mul(NEAR.below)), square(x!)])
    const secant = g.sum([{ coefficient: MINUS_ONE, node: square(value) }], ONE, value.shape)
    if (by === 0) return g.apply(select, [isNear, secant, none])
    const size = g.scale(TWO, g.power(g.sum([{ coefficient: ONE, node: t! }], ONE, t!.shape), TWO.neg()))
    const far = g.apply(select, [g.apply(gt, [x!, g.constant(ZERO)]), g.negate(size), size])
    return g.apply(select, [isNear, none, far])
  },
  delicate: [
    [1e-20, 1],
    [0.6, Math.exp(-1.2)],
    [-0.65, Math.exp(-1.3)],
    [20, Math.exp(-40)],
    [-400, 0],
  ],
  values: [
    [0.5, 0.36787944117144233, 0.46211715726000974],
    [-2, 0.01831563888873418, -0.9640275800758169],
    [-0.25, 0.6065306597126334, -0.24491866240370913],
  ],
}

/** eᵃ − eᵇ, where the two are close as well: e^max·(1 − e^−|a − b|), with the sign of a − b. */
const expdifference: Pointwise = {
  kind: 'pointwise',
  name: 'expdifference',
  called: { en: 'the difference of exponentials', zh: '指数函数之差' },
  arity: 2,
  notation: call('expdifference'),
  cost: 40,
  range: () => EVERYTHING,
  meaning: (f, a, b) => f.subtract(f.call('exp', a), f.call('exp', b)),
  kernel: <T>(f: Field<T>, a: T, b: T) => {
    const above = (u: T, v: T): T => f.multiply(f.call('exp', u), f.call('expm1', f.subtract(v, u)))
    return f.select(
      '>',
      a,
      b,
      () => f.negate(above(a, b)),
      // Equal ones may both be infinite.
      () =>
        f.select(
          '=',
          a,
          b,
          () => f.rational(ZERO),
          () => above(b, a),
        ),
    )
  },
  slope: (g, [a, b], _value, by) => (by === 0 ? g.apply(exp, [a!]) : g.negate(g.apply(exp, [b!]))),
  delicate: [
    [1, 1],
    [1e-9, 0],
    [-3, -3.001],
    [700, -700],
    [-800, 20],
  ],
  values: [
    [0.5, 2, -5.740334828230522],
    [0.5, -2, 1.5133859874635154],
    [-2, -0.5, -0.4711953764760207],
    [-0.5, 2, -6.782525439218017],
    [1.0000001, 1, 2.718281965960257e-7],
  ],
}

export const running: readonly Pointwise[] = [
  erfcscaled,
  phi,
  expminussquare,
  expminushalfsquare,
  sechsquare,
  tanhbydecay,
  expdifference,
]
