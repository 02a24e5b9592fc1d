/** Inverse trigonometric and hyperbolic functions, angles of points, logarithms to other bases. */
import type { Words } from '../base/language.ts'
import { HALF, MINUS_ONE, ONE, type Rational, TWO, ZERO, rational } from '../base/rational.ts'
import type { Field, Native } from '../graph/field.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Notation, Pointwise } from '../graph/operator.ts'
import { type Range, increasing, range } from '../graph/range.ts'
import { log } from './elementary.ts'

const call = (latex: string, text: string): Notation => ({ latex, text, form: 'call' })

interface Record {
  readonly called: Words
  readonly range: (r: Range) => Range
  readonly meaning: <T>(f: Field<T>, x: T) => T
  readonly slope: (g: Graph, x: Node) => Node
  readonly domain?: NonNullable<Pointwise['domain']>
  readonly increasing?: true
  readonly logarithm?: true
  readonly delicate: readonly number[]
  readonly values: Pointwise['values']
}

/** A function that machines have of their own, and the definition by others for all precisions. */
const native = (
  name: Native,
  notation: Notation,
  { meaning, slope, delicate, ...rest }: Record,
): Pointwise => ({
  kind: 'pointwise',
  name,
  arity: 1,
  notation,
  cost: 16,
  ...rest,
  meaning,
  kernel: (f, x) => f.native?.(name, x) ?? meaning(f, x),
  slope: (g, [x]) => slope(g, x!),
  delicate: delicate.map((x) => [x]),
})

/** constant + factor · x² */
const quadratic = (g: Graph, x: Node, constant: typeof ONE, factor: typeof ONE): Node =>
  g.sum([{ coefficient: factor, node: g.power(x, TWO) }], constant, x.shape)

/** ((1 − x)(1 + x))^exponent, or with x − 1 for 1 − x: the difference of squares would lose digits near ±1. */
const factored = (g: Graph, x: Node, [a, b]: readonly (1 | -1)[], exponent: Rational): Node => {
  const factor = (constant: 1 | -1, sign: Rational) => ({
    node: g.sum([{ coefficient: sign, node: x }], rational(constant), x.shape),
    exponent,
  })
  return g.withFactors(ONE, [factor(a!, a === b ? MINUS_ONE : ONE), factor(b!, ONE)], x.shape)
}

const one = <T>(f: Field<T>): T => f.rational(ONE)
/** Of an odd function, from its values at what is not negative. */
const odd = <T>(f: Field<T>, x: T, of: (a: T) => T): T =>
  f.select(
    '<',
    x,
    f.rational(ZERO),
    () => f.negate(of(f.negate(x))),
    () => of(x),
  )

const within = (f: (x: number) => number) => (r: Range) =>
  range(f(Math.min(Math.max(r.lo, -1), 1)), f(Math.max(Math.min(r.hi, 1), -1)))

const asin = native('asin', call('\\arcsin', 'asin'), {
  called: { en: 'the arcsine', zh: '反正弦' },
  increasing: true,
  range: within(Math.asin),
  domain: (g, [x]) => quadratic(g, x!, ONE, MINUS_ONE),
  meaning: (f, x) =>
    f.call('atan', f.divide(x, f.call('sqrt', f.multiply(f.subtract(one(f), x), f.add(one(f), x))))),
  slope: (g, x) => factored(g, x, [1, 1], HALF.neg()),
  delicate: [0, 1e-20, 0.5, -0.5, 0.999999, 1, -1],
  values: [
    [0.5, 0.5235987755982989],
    [-0.75, -0.848062078981481],
  ],
})

const acos = native('acos', call('\\arccos', 'acos'), {
  called: { en: 'the arccosine', zh: '反余弦' },
  range: (r) => {
    const { lo, hi } = within((x) => -Math.acos(x))(r)
    return range(-hi, -lo)
  },
  domain: (g, [x]) => quadratic(g, x!, ONE, MINUS_ONE),
  meaning: (f, x) =>
    f.multiply(
      f.rational(TWO),
      f.call('atan', f.call('sqrt', f.divide(f.subtract(one(f), x), f.add(one(f), x)))),
    ),
  slope: (g, x) => g.negate(factored(g, x, [1, 1], HALF.neg())),
  delicate: [0, 1e-20, 0.5, -0.5, 0.999999, 1, -1],
  values: [
    [0.5, 1.0471975511965979],
    [-0.75, 2.4188584057763776],
  ],
})

export const asinh = native('asinh', call('\\operatorname{arsinh}', 'asinh'), {
  called: { en: 'the inverse hyperbolic sine', zh: '反双曲正弦' },
  increasing: true,
  range: increasing(Math.asinh),
  // log(a + √(1 + a²)) = log1p(a + a²/(1 + √(1 + a²))), the quotient by a where squares would be infinite
  meaning: (f, x) =>
    odd(f, x, (a) => {
      const root = (u: typeof a): typeof a => f.call('sqrt', f.add(one(f), f.multiply(u, u)))
      const inverse = f.divide(one(f), a)
      const rest = f.select(
        '>',
        a,
        one(f),
        () => f.divide(a, f.add(inverse, root(inverse))),
        () => f.divide(f.multiply(a, a), f.add(one(f), root(a))),
      )
      return f.call('log1p', f.add(a, rest))
    }),
  slope: (g, x) => g.power(quadratic(g, x, ONE, ONE), HALF.neg()),
  delicate: [0, 1e-20, 1, -1, 30, -1e10, 1e200],
  values: [
    [0.5, 0.48121182505960347],
    [-2, -1.4436354751788103],
    [1e-9, 1e-9],
  ],
})

export const acosh = native('acosh', call('\\operatorname{arcosh}', 'acosh'), {
  called: { en: 'the inverse hyperbolic cosine', zh: '反双曲余弦' },
  increasing: true,
  range: increasing(Math.acosh, 1),
  domain: (g, [x]) => g.sum([{ coefficient: ONE, node: x! }], MINUS_ONE, x!.shape),
  // With t = x − 1: log1p(t + √t·√(t + 2))
  meaning: (f, x) => {
    const t = f.subtract(x, one(f))
    return f.call('log1p', f.add(t, f.multiply(f.call('sqrt', t), f.call('sqrt', f.add(t, f.rational(TWO))))))
  },
  slope: (g, x) => factored(g, x, [-1, 1], HALF.neg()),
  delicate: [1, 1.0000001, 1.5, 2, 30, 1e10, 1e200],
  values: [
    [1.5, 0.9624236501192069],
    [3.25, 1.8472460857138377],
  ],
})

const atanh = native('atanh', call('\\operatorname{artanh}', 'atanh'), {
  called: { en: 'the inverse hyperbolic tangent', zh: '反双曲正切' },
  increasing: true,
  range: within(Math.atanh),
  domain: (g, [x]) => quadratic(g, x!, ONE, MINUS_ONE),
  meaning: (f, x) =>
    odd(f, x, (a) =>
      f.multiply(
        f.rational(HALF),
        f.call('log1p', f.divide(f.multiply(f.rational(TWO), a), f.subtract(one(f), a))),
      ),
    ),
  slope: (g, x) => factored(g, x, [1, 1], MINUS_ONE),
  delicate: [0, 1e-20, 0.5, -0.5, 0.999999, 1, -1],
  values: [
    [0.5, 0.5493061443340549],
    [-0.75, -0.9729550745276566],
    [1e-9, 1e-9],
  ],
})

/** log x / log b, which is a rational multiple of no other logarithm. */
const toBase = (
  name: 'log2' | 'log10',
  base: number,
  inverse: (x: number) => number,
  values: Pointwise['values'],
): Pointwise =>
  native(name, call(`\\log_{${base}}`, name), {
    called: { en: `the logarithm to base ${base}`, zh: `以 ${base} 为底的对数` },
    logarithm: true,
    increasing: true,
    range: increasing(inverse, 0),
    domain: (_g, [x]) => x!,
    meaning: (f, x) => f.divide(f.call('log', x), f.call('log', f.rational(rational(base)))),
    slope: (g, x) =>
      g.withFactors(
        ONE,
        [
          { node: x, exponent: MINUS_ONE },
          { node: g.apply(log, [g.number(base)]), exponent: MINUS_ONE },
        ],
        x.shape,
      ),
    delicate: [1, base, 1 / base, base ** 3, 1e-300, 1e300, 1 + 1e-15],
    values,
  })

const log2 = toBase('log2', 2, Math.log2, [
  [0.75, -0.4150374992788438],
  [40, 5.321928094887363],
])
const log10 = toBase('log10', 10, Math.log10, [
  [0.75, -0.12493873660829995],
  [40, 1.6020599913279623],
])

/** The angle of the point (x, y), from −π to π; 0 at the origin, where it has no derivative. */
export const atan2: Pointwise = {
  kind: 'pointwise',
  name: 'atan2',
  arity: 2,
  notation: call('\\operatorname{atan2}', 'atan2'),
  called: { en: 'the angle', zh: '角度' },
  cost: 24,
  range: (y, x) =>
    range(y.lo >= 0 ? 0 : x.lo >= 0 ? -Math.PI / 2 : -Math.PI, x.lo >= 0 ? Math.PI / 2 : Math.PI),
  meaning: (f, y, x) => {
    const zero = f.rational(ZERO)
    const quarter = f.call('atan', one(f))
    const times = (n: number): typeof y => f.multiply(f.number(n), quarter)
    const angle = (): typeof y => f.call('atan', f.divide(y, x))
    return f.select('>', x, zero, angle, () =>
      f.select(
        '<',
        x,
        zero,
        () =>
          f.select(
            '<',
            y,
            zero,
            () => f.subtract(angle(), times(4)),
            () => f.add(angle(), times(4)),
          ),
        () =>
          f.select(
            '>',
            y,
            zero,
            () => f.add(f.negate(f.call('atan', f.divide(x, y))), times(2)),
            () =>
              f.select(
                '<',
                y,
                zero,
                () => f.subtract(f.negate(f.call('atan', f.divide(x, y))), times(2)),
                () => f.add(x, y),
              ),
          ),
      ),
    )
  },
  kernel: (f, y, x) => f.native?.('atan2', y, x) ?? atan2.meaning(f, y, x),
  // ∂y = x/(x² + y²), ∂x = −y/(x² + y²)
  slope: (g, [y, x], value, by) => {
    const square = g.sum(
      [
        { coefficient: ONE, node: g.power(x!, TWO) },
        { coefficient: ONE, node: g.power(y!, TWO) },
      ],
      ZERO,
      value.shape,
    )
    return by === 0 ? g.divide(x!, square) : g.negate(g.divide(y!, square))
  },
  delicate: [
    [0, 1],
    [1, 0],
    [-1, 0],
    [1, -1],
    [-1, -1],
    [1e-10, -3],
    [2, 1e-300],
  ],
  values: [
    [1, 2, 0.4636476090008061],
    [1, -2, 2.677945044588987],
    [-1, -2, -2.677945044588987],
    [-1, 2, -0.4636476090008061],
  ],
}

export const inverses: readonly Pointwise[] = [asin, acos, asinh, acosh, atanh, log2, log10, atan2]
