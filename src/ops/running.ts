/**
 * What only code knows: functions that the language can say in other words, which lose digits. The last phase before
 * loops writes them; no program and no formula mentions them.
 */
import { HALF, MINUS_ONE, ONE, type Rational, TWO, ZERO } from '../base/rational.ts'
import type { Field } from '../graph/field.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Notation, Pointwise } from '../graph/operator.ts'
import { range } from '../graph/range.ts'
import { exp, tanh } from './elementary.ts'
import { around, aroundRoot, erfc as erfcApproximation, exactSquare } from './erf.ts'

const call = (name: string): Notation => ({ latex: `\\operatorname{${name}}`, text: name, form: 'call' })

/** coefficient · e^(c·x²) / √(under·π) */
function bell(g: Graph, x: Node, coefficient: Rational, c: Rational, under: Rational): Node {
  const pi = g.symbol({ name: 'pi', role: 'constant', shape: [], assumptions: new Set() })
  return g.withFactors(
    coefficient,
    [
      { node: g.multiply(g.constant(under), pi), exponent: HALF.neg() },
      { node: g.apply(exp, [g.scale(c, g.power(x, TWO))]), exponent: ONE },
    ],
    x.shape,
  )
}

/** 1 − erf x, where the difference would lose what is left of it. */
export const erfc: Pointwise = {
  kind: 'pointwise',
  name: 'erfc',
  called: { en: 'the complementary error function', zh: '互补误差函数' },
  arity: 1,
  notation: call('erfc'),
  cost: 28,
  range: () => range(0, 2, true, true),
  meaning: (f, x) => f.subtract(f.rational(ONE), f.call('erf', x)),
  kernel: (f, x) => erfcApproximation(f, x, around(f, x)),
  slope: (g, [x]) => bell(g, x!, TWO.neg(), MINUS_ONE, ONE),
  delicate: [[0], [1e-20], [0.25], [0.84375], [1.25], [-1.25], [2.857], [6], [-7], [27], [-40], [40]],
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
}

/** exp(k·x²) for a k that multiplies exactly: what rounding x² loses would count k·x² times over. */
function exponentialOfSquare(name: string, k: Rational): Pointwise {
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
  }
}

export const expminussquare = exponentialOfSquare('expminussquare', MINUS_ONE)
export const expminushalfsquare = exponentialOfSquare('expminushalfsquare', HALF.neg())

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
}

export const running: readonly Pointwise[] = [erfc, phi, expminussquare, expminushalfsquare, sechsquare]
