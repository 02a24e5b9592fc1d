import type { Words } from '../base/language.ts'
import { HALF, MINUS_ONE, ONE, type Rational, TWO, ZERO } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Definition, Notation, Pointwise } from '../graph/operator.ts'
import { EVERYTHING, OPEN_UNIT, POSITIVE, type Range, exactly, increasing, range } from '../graph/range.ts'
import { erf as erfApproximation } from './erf.ts'
import { lt } from './piecewise.ts'

/** A slope in terms of the argument and the value. */
type Slope = (g: Graph, x: Node, value: Node) => Node

function unary(
  name: string,
  notation: Notation,
  record: {
    called: Words
    cost: number
    range: (r: Range) => Range
    meaning: Pointwise['meaning']
    kernel?: NonNullable<Pointwise['kernel']>
    slope: Slope
    increasing?: true
    logarithm?: true
    domain?: NonNullable<Pointwise['domain']>
    delicate: readonly number[]
    values: Pointwise['values']
    definition?: Definition
  },
): Pointwise {
  const { slope, delicate, ...rest } = record
  return {
    kind: 'pointwise',
    name,
    arity: 1,
    notation,
    ...rest,
    slope: (g: Graph, args: readonly Node[], value: Node) => slope(g, args[0]!, value),
    delicate: delicate.map((x) => [x]),
  }
}

const call = (latex: string, text: string): Notation => ({ latex, text, form: 'call' })

const oneMinus = (g: Graph, x: Node): Node => g.sum([{ coefficient: MINUS_ONE, node: x }], ONE, x.shape)
const onePlus = (g: Graph, x: Node): Node => g.sum([{ coefficient: ONE, node: x }], ONE, x.shape)
const minusOne = (g: Graph, x: Node): Node => g.sum([{ coefficient: ONE, node: x }], MINUS_ONE, x.shape)
const square = (g: Graph, x: Node): Node => g.power(x, TWO)
const e = (g: Graph, x: Node): Node => g.apply(exp, [x])
const bounded = (): Range => range(-1, 1)

export const exp = unary(
  'exp',
  { latex: 'e', text: 'exp', form: 'exponential' },
  {
    increasing: true,
    called: { en: 'the exponential', zh: '指数函数' },
    cost: 12,
    range: increasing(Math.exp),
    meaning: (f, x) => f.call('exp', x),
    slope: (_g, _x, y) => y,
    delicate: [0, 1, -1, 1e-20, 30, -30, 700, -740],
    values: [
      [0.5, 1.6487212707001282],
      [-2, 0.1353352832366127],
      [3.25, 25.790339917193062],
    ],
  },
)

export const expm1 = unary('expm1', call('\\operatorname{expm1}', 'expm1'), {
  increasing: true,
  called: { en: 'expm1', zh: 'expm1 函数' },
  cost: 12,
  range: increasing(Math.expm1),
  meaning: (f, x) => f.call('expm1', x),
  slope: (g, x) => g.apply(exp, [x]),
  delicate: [0, 1e-20, -1e-10, 1, -40, 700],
  values: [
    [0.5, 0.6487212707001282],
    [-2, -0.8646647167633873],
    [1e-9, 1.0000000005000001e-9],
  ],
  definition: { law: 'expm1 u = eᵘ − 1', of: (g, [u]) => minusOne(g, e(g, u!)) },
})

export const log = unary('log', call('\\log', 'log'), {
  logarithm: true,
  domain: (_g, [x]) => x!,
  increasing: true,
  called: { en: 'the logarithm', zh: '对数' },
  cost: 12,
  range: increasing(Math.log, 0),
  meaning: (f, x) => f.call('log', x),
  slope: (g, x) => g.power(x, MINUS_ONE),
  delicate: [1, 1e-300, 1e300, 0.5, 2, 1 + 1e-15],
  values: [
    [0.5, -0.6931471805599453],
    [3.25, 1.1786549963416462],
  ],
})

export const log1p = unary('log1p', call('\\operatorname{log1p}', 'log1p'), {
  logarithm: true,
  domain: (g, [x]) => onePlus(g, x!),
  increasing: true,
  called: { en: 'log1p', zh: 'log1p 函数' },
  cost: 12,
  range: increasing(Math.log1p, -1),
  meaning: (f, x) => f.call('log1p', x),
  slope: (g, x) => g.power(onePlus(g, x), MINUS_ONE),
  delicate: [0, 1e-20, -1e-10, -0.999, 1e10],
  values: [
    [0.5, 0.4054651081081644],
    [-0.75, -1.3862943611198906],
    [1e-9, 9.999999995e-10],
  ],
  definition: {
    law: 'log1p u = log(1 + u)',
    of: (g, [u]) => g.apply(log, [onePlus(g, u!)]),
    example: 'param a\nloss J = log1p(a^2)',
  },
})

export const sin = unary('sin', call('\\sin', 'sin'), {
  called: { en: 'the sine', zh: '正弦' },
  cost: 12,
  range: bounded,
  meaning: (f, x) => f.call('sin', x),
  slope: (g, x) => g.apply(cos, [x]),
  delicate: [0, 1e-20, Math.PI, -Math.PI / 2, 100],
  values: [
    [0.5, 0.479425538604203],
    [-2, -0.9092974268256817],
    [4.5, -0.977530117665097],
  ],
})

export const cos = unary('cos', call('\\cos', 'cos'), {
  called: { en: 'the cosine', zh: '余弦' },
  cost: 12,
  range: bounded,
  meaning: (f, x) => f.call('cos', x),
  slope: (g, x) => g.negate(g.apply(sin, [x])),
  delicate: [0, 1e-20, Math.PI, Math.PI / 2, 100],
  values: [
    [0.5, 0.8775825618903728],
    [-2, -0.4161468365471424],
    [4.5, -0.2107957994307797],
  ],
})

const tan = unary('tan', call('\\tan', 'tan'), {
  called: { en: 'the tangent', zh: '正切' },
  cost: 16,
  range: () => EVERYTHING,
  meaning: (f, x) => f.call('tan', x),
  slope: (g, _x, y) => onePlus(g, square(g, y)),
  delicate: [0, 1e-20, 1.5, -1.5, 3],
  values: [
    [0.5, 0.5463024898437905],
    [-2, 2.185039863261519],
    [4.5, 4.637332054551185],
  ],
  definition: {
    law: 'tan u = sin u/cos u',
    of: (g, [u]) => g.divide(g.apply(sin, [u!]), g.apply(cos, [u!])),
  },
})

export const sinh = unary('sinh', call('\\sinh', 'sinh'), {
  increasing: true,
  called: { en: 'the hyperbolic sine', zh: '双曲正弦' },
  cost: 16,
  range: increasing(Math.sinh),
  meaning: (f, x) => f.call('sinh', x),
  slope: (g, x) => g.apply(cosh, [x]),
  delicate: [0, 1e-20, 1, -20, 700],
  values: [
    [0.5, 0.5210953054937474],
    [-2, -3.6268604078470186],
    [1e-9, 1e-9],
  ],
  definition: {
    law: 'sinh u = (eᵘ − e⁻ᵘ)/2',
    of: (g, [u]) => g.scale(HALF, g.subtract(e(g, u!), g.power(e(g, u!), MINUS_ONE))),
  },
})

export const cosh = unary('cosh', call('\\cosh', 'cosh'), {
  called: { en: 'the hyperbolic cosine', zh: '双曲余弦' },
  cost: 16,
  range: () => range(1, Infinity),
  meaning: (f, x) => f.call('cosh', x),
  slope: (g, x) => g.apply(sinh, [x]),
  delicate: [0, 1e-8, 1, -20, 700],
  values: [
    [0.5, 1.1276259652063807],
    [-2, 3.7621956910836314],
  ],
  definition: {
    law: 'cosh u = (eᵘ + e⁻ᵘ)/2',
    of: (g, [u]) => g.scale(HALF, g.add(e(g, u!), g.power(e(g, u!), MINUS_ONE))),
  },
})

export const tanh = unary('tanh', call('\\tanh', 'tanh'), {
  increasing: true,
  called: { en: 'the hyperbolic tangent', zh: '双曲正切' },
  cost: 16,
  range: increasing(Math.tanh),
  meaning: (f, x) => f.call('tanh', x),
  slope: (g, _x, y) => g.sum([{ coefficient: MINUS_ONE, node: square(g, y) }], ONE, y.shape),
  delicate: [0, 1e-20, 0.5, -1, 20, -400],
  values: [
    [0.5, 0.46211715726000974],
    [-2, -0.9640275800758169],
    [1e-9, 1e-9],
  ],
  definition: {
    law: 'tanh u = (e²ᵘ − 1)/(e²ᵘ + 1)',
    of: (g, [u]) => {
      const w = square(g, e(g, u!))
      return g.divide(minusOne(g, w), onePlus(g, w))
    },
  },
})

export const atan = unary('atan', call('\\arctan', 'atan'), {
  increasing: true,
  called: { en: 'the arctangent', zh: '反正切' },
  cost: 16,
  range: increasing(Math.atan),
  meaning: (f, x) => f.call('atan', x),
  slope: (g, x) => g.power(onePlus(g, square(g, x)), MINUS_ONE),
  delicate: [0, 1e-20, 1, -1, 1e10],
  values: [
    [0.5, 0.4636476090008061],
    [-2, -1.1071487177940904],
  ],
})

export const pi = (g: Graph): Node =>
  g.symbol({ name: 'pi', role: 'constant', shape: [], assumptions: new Set() })

/** coefficient · e^(c·x²) / √(under·π): the slope of erf and its kind. */
export const bell = (g: Graph, x: Node, coefficient: Rational, c: Rational, under: Rational): Node =>
  g.withFactors(
    coefficient,
    [
      { node: g.scale(under, pi(g)), exponent: HALF.neg() },
      { node: g.apply(exp, [g.scale(c, g.power(x, TWO))]), exponent: ONE },
    ],
    x.shape,
  )

export const erf = unary('erf', call('\\operatorname{erf}', 'erf'), {
  increasing: true,
  called: { en: 'the error function', zh: '误差函数' },
  cost: 24,
  range: (r) => range(r.lo >= 0 ? 0 : -1, r.hi <= 0 ? 0 : 1, r.loOpen || r.lo !== 0, r.hiOpen || r.hi !== 0),
  meaning: (f, x) => f.call('erf', x),
  kernel: erfApproximation,
  // erf′(x) = 2/√π · exp(−x²)
  slope: (g, x) => bell(g, x, TWO, MINUS_ONE, ONE),
  delicate: [0, 1e-20, 0.5, 0.84375, 1.25, 2.857, 5.9, -3, 30],
  values: [
    [0.5, 0.5204998778130465],
    [-2, -0.9953222650189527],
    [1e-9, 1.1283791670955127e-9],
  ],
})

export const sigmoid = unary('sigmoid', call('\\sigma', 'σ'), {
  increasing: true,
  called: { en: 'the sigmoid', zh: 'S 型函数' },
  cost: 16,
  range: (r) =>
    r.lo === -Infinity && r.hi === Infinity ? OPEN_UNIT : increasing((x) => 1 / (1 + Math.exp(-x)))(r),
  meaning: (f, x) => f.divide(f.rational(ONE), f.add(f.rational(ONE), f.call('exp', f.negate(x)))),
  slope: (g, _x, y) => g.multiply(y, oneMinus(g, y)),
  delicate: [0, 1, -1, 20, 40, -40, 700, -700],
  values: [
    [0.5, 0.6224593312018546],
    [-2, 0.11920292202211756],
    [-40, 4.248354255291589e-18],
  ],
  definition: { law: 'σ(u) = eᵘ/(1 + eᵘ)', of: (g, [u]) => g.divide(e(g, u!), onePlus(g, e(g, u!))) },
})

/** log(1 + eˣ) = max(x, 0) + log1p(e^−|x|): neither overflows nor loses the small side. */
export const softplus = unary('softplus', call('\\operatorname{softplus}', 'softplus'), {
  logarithm: true,
  increasing: true,
  called: { en: 'softplus', zh: 'softplus 函数' },
  cost: 28,
  range: increasing((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  meaning: (f, x) => f.call('log', f.add(f.rational(ONE), f.call('exp', x))),
  kernel: (f, x) =>
    f.add(
      f.select(
        '>',
        x,
        f.rational(ZERO),
        () => x,
        () => f.rational(ZERO),
      ),
      f.call('log1p', f.call('exp', f.negate(f.call('abs', x)))),
    ),
  slope: (g, x) => g.apply(sigmoid, [x]),
  delicate: [0, 1, -1, 40, -40, 800, -700],
  values: [
    [0.5, 0.9740769841801067],
    [-2, 0.1269280110429725],
    [-40, 4.248354255291589e-18],
  ],
  definition: { law: 'softplus u = log(1 + eᵘ)', of: (g, [u]) => g.apply(log, [onePlus(g, e(g, u!))]) },
})

export const abs: Pointwise = {
  ...unary(
    'abs',
    { latex: '|', text: '|', form: 'absolute' },
    {
      called: { en: 'the absolute value', zh: '绝对值' },
      cost: 1,
      range: (r) =>
        r.lo >= 0 ? r : r.hi <= 0 ? range(-r.hi, -r.lo, r.hiOpen, r.loOpen) : range(0, Math.max(-r.lo, r.hi)),
      meaning: (f, x) => f.call('abs', x),
      slope: (g, x) => g.apply(sign, [x]),
      delicate: [0, -0, 1, -1, 1e-300],
      values: [
        [0.5, 0.5],
        [-2, 2],
      ],
      definition: { law: '|u| = u·sign u', of: (g, [u]) => g.multiply(u!, g.apply(sign, [u!])) },
    },
  ),
}

/** −1, 0, 1; its derivative is 0 wherever it has one, and is 0 at 0 too. */
export const sign = unary('sign', call('\\operatorname{sign}', 'sign'), {
  called: { en: 'the sign', zh: '符号函数' },
  cost: 1,
  range: (r) =>
    r.lo > 0 ? exactly(1) : r.hi < 0 ? exactly(-1) : range(r.lo >= 0 ? 0 : -1, r.hi <= 0 ? 0 : 1),
  meaning: (f, x) => f.call('sign', x),
  slope: (g) => g.constant(ZERO),
  delicate: [0, -0, 1, -1, 1e-300],
  values: [
    [0.5, 1],
    [-2, -1],
    [0, 0],
  ],
  definition: {
    law: 'sign u = [0 < u] − [u < 0]',
    of: (g, [u]) => g.subtract(g.apply(lt, [g.constant(ZERO), u!]), g.apply(lt, [u!, g.constant(ZERO)])),
  },
})

/** Whether a value is a whole number whatever the data: a length. */
const isWhole = (n: Node): boolean => n.kind === 'symbol' && n.symbol.role === 'dim'

/** x^y for an exponent that is no rational constant: defined for x > 0 (and what `Math.pow` makes of the rest). */
export const pow: Pointwise = {
  kind: 'pointwise',
  name: 'pow',
  arity: 2,
  notation: { latex: '^', text: '^', form: 'call' },
  called: { en: 'the power', zh: '幂函数' },
  cost: 24,
  range: (x) => (x.lo > 0 || (x.lo === 0 && x.loOpen) ? POSITIVE : EVERYTHING),
  domain: (g, [x, y]) => (isWhole(y!) ? g.constant(ONE) : x!),
  meaning: (f, x, y) => f.power(x, y),
  // ∂x = y·x^(y−1); ∂y = xʸ·log x
  slope: (g, [x, y], value, by) =>
    by === 0
      ? g.multiply(y!, g.apply(pow, [x!, g.sum([{ coefficient: ONE, node: y! }], MINUS_ONE, y!.shape)]))
      : g.multiply(value, g.apply(log, [x!])),
  delicate: [
    [2, 3],
    [1e-5, 0.5],
    [1, 0],
    [2, -2],
    [10, 1.5],
  ],
  values: [
    [0.5, 2.5, 0.1767766952966369],
    [3, -1.5, 0.19245008972987526],
    [-2, 3, -8],
    [-2, -3, -0.125],
  ],
  definition: {
    law: 'uᵛ = exp(v·log u)',
    of: (g, [u, v]) => e(g, g.multiply(v!, g.apply(log, [u!]))),
    example: 'input a : positive\nparam b\nloss J = a^b',
  },
}

export const elementary: readonly Pointwise[] = [
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tan,
  sinh,
  cosh,
  tanh,
  atan,
  erf,
  sigmoid,
  softplus,
  abs,
  sign,
  pow,
]
