/** Operators of entries. */
import type { At } from './at.ts'
import { pointwise } from './broadcast.ts'
import type { Operand } from './values.ts'
import type { Reader } from './readers.ts'

/** Of one operand: the stem of its name, and what it is in the language. */
const row =
  (stem: string, write: (v: string, at: At) => string, ...attributes: readonly string[]): Reader =>
  (at) => {
    at.only(...attributes)
    return [pointwise(at, stem, [at.input(0)], (v) => write(v!, at))]
  }

const number = (at: At, name: string, otherwise: number): string => at.draft.number(at.float(name, otherwise))

/** Functions of the language by another name. */
const same = (name: string, stem = 'a'): Reader => row(stem, (v) => `${name}(${v})`)

const two =
  (write: (a: string, b: string) => string, kind?: 'sum' | 'factor'): Reader =>
  (at) => {
    at.only()
    return [pointwise(at, 'z', [at.input(0), at.input(1)], (a, b) => write(a!, b!), kind)]
  }

/** Of any number of operands: Max, Min, Sum, Mean. */
const many =
  (write: (all: readonly string[]) => string): Reader =>
  (at) => {
    at.only()
    return [
      pointwise(
        at,
        'z',
        Array.from({ length: at.count }, (_, i) => at.input(i)),
        (...all) => write(all),
      ),
    ]
  }
const nested =
  (name: string) =>
  (all: readonly string[]): string =>
    all.reduce((a, b) => `${name}(${a}, ${b})`)

function clip(at: At): Operand[] {
  at.only('min', 'max')
  const bound = (name: 'min' | 'max', input: number): string | undefined => {
    const given = at.optional(input)
    if (given === undefined)
      return at.node.attributes.has(name) ? at.draft.number(at.float(name, 0)) : undefined
    const value = at.known(input, name).values
    const [only] = typeof value === 'number' ? [value] : value
    if (typeof only !== 'number') throw at.refuse(`has no number for ${name}`)
    // The greatest number there is says nothing.
    return Math.abs(only) > 3e38 ? undefined : at.draft.number(only)
  }
  const [lo, hi] = [bound('min', 1), bound('max', 2)]
  return [
    pointwise(at, 'a', [at.input(0)], (v) => {
      if (lo !== undefined && hi !== undefined) return `clip(${v}, ${lo}, ${hi})`
      return lo !== undefined ? `max(${v}, ${lo})` : hi !== undefined ? `min(${v}, ${hi})` : v!
    }),
  ]
}

function power(at: At): Operand[] {
  at.only()
  return [pointwise(at, 'z', [at.input(0), at.input(1)], (a, b) => `${a}^${b}`)]
}

function gelu(at: At): Operand[] {
  at.only('approximate')
  const how = at.text('approximate', 'none')
  if (how !== 'none' && how !== 'tanh') throw at.refuse(`has approximate=${how}`)
  return [
    pointwise(at, 'a', [at.input(0)], (v) =>
      how === 'none'
        ? `gelu(${v})`
        : `${v} / 2 * (1 + tanh(sqrt(2 / pi) * (${v} + ${at.draft.number(0.044715)} * ${v}^3)))`,
    ),
  ]
}

const COMPARED: Readonly<Record<string, string>> = {
  Less: '<',
  LessOrEqual: '<=',
  Greater: '>',
  GreaterOrEqual: '>=',
  Equal: '==',
}

/** A truth value as the number 1 or 0. */
const comparison =
  (sign: string): Reader =>
  (at) => {
    at.only()
    return [pointwise(at, 'c', [at.input(0), at.input(1)], (a, b) => `where(${a} ${sign} ${b}, 1, 0)`)]
  }

export const ELEMENTWISE: Readonly<Record<string, Reader>> = {
  Add: two((a, b) => `${a} + ${b}`, 'sum'),
  Sub: two((a, b) => `${a} - ${b}`),
  Mul: two((a, b) => `${a} * ${b}`, 'factor'),
  Div: two((a, b) => `${a} / ${b}`),
  Pow: power,
  Sum: many((all) => all.join(' + ')),
  Mean: many((all) => (all.length === 1 ? all[0]! : `(${all.join(' + ')}) / ${all.length}`)),
  Max: many(nested('max')),
  Min: many(nested('min')),
  Neg: row('z', (v) => `-${v}`),
  Reciprocal: row('z', (v) => `1 / ${v}`),
  ...Object.fromEntries(
    [
      'Abs',
      'Sign',
      'Exp',
      'Log',
      'Sqrt',
      'Sin',
      'Cos',
      'Tan',
      'Asin',
      'Acos',
      'Atan',
      'Sinh',
      'Cosh',
      'Asinh',
      'Acosh',
      'Atanh',
      'Erf',
    ].map((name) => [name, same(name.toLowerCase(), 'z')]),
  ),
  Tanh: same('tanh'),
  Sigmoid: same('sigmoid'),
  Relu: same('relu'),
  Softplus: same('softplus'),
  Softsign: row('a', (v) => `${v} / (1 + abs(${v}))`),
  Selu: (at) => {
    // The numbers of Klambauer et al. are what the language's own has.
    const [alpha, gamma] = [at.float('alpha', 1.67326), at.float('gamma', 1.0507)]
    at.only('alpha', 'gamma')
    if (Math.abs(alpha - 1.67326) < 1e-5 && Math.abs(gamma - 1.0507) < 1e-5)
      return [pointwise(at, 'a', [at.input(0)], (v) => `selu(${v})`)]
    return [
      pointwise(
        at,
        'a',
        [at.input(0)],
        (v) =>
          `${at.draft.number(gamma)} * where(${v} > 0, ${v}, ${at.draft.number(alpha)} * expm1(min(${v}, 0)))`,
      ),
    ]
  },
  Elu: row(
    'a',
    (v, at) => {
      const alpha = at.float('alpha', 1)
      return alpha === 1
        ? `elu(${v})`
        : `where(${v} > 0, ${v}, ${at.draft.number(alpha)} * expm1(min(${v}, 0)))`
    },
    'alpha',
  ),
  Celu: row(
    'a',
    (v, at) => {
      const alpha = number(at, 'alpha', 1)
      return `where(${v} > 0, ${v}, ${alpha} * expm1(min(${v} / ${alpha}, 0)))`
    },
    'alpha',
  ),
  LeakyRelu: row('a', (v, at) => `leakyrelu(${v}, ${number(at, 'alpha', 0.01)})`, 'alpha'),
  ThresholdedRelu: row('a', (v, at) => `where(${v} > ${number(at, 'alpha', 1)}, ${v}, 0)`, 'alpha'),
  PRelu: two((v, slope) => `where(${v} > 0, ${v}, ${slope} * ${v})`),
  HardSigmoid: row(
    'a',
    (v, at) => `clip(${number(at, 'alpha', 0.2)} * ${v} + ${number(at, 'beta', 0.5)}, 0, 1)`,
    'alpha',
    'beta',
  ),
  HardSwish: row('a', (v) => `${v} * clip(${v} / 6 + 0.5, 0, 1)`),
  Mish: row('a', (v) => `${v} * tanh(softplus(${v}))`),
  Gelu: gelu,
  Clip: clip,
  ...Object.fromEntries(Object.entries(COMPARED).map(([name, sign]) => [name, comparison(sign)])),
  Where: (at) => {
    at.only()
    return [
      pointwise(at, 'a', [at.input(0), at.input(1), at.input(2)], (c, a, b) => `where(${c} > 0, ${a}, ${b})`),
    ]
  },
}
