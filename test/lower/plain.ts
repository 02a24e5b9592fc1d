/** A second, naive reading of expressions: straight from the tree, entry by entry. What lowering makes is compared with it. */
import type { CallExpression, Expression } from '../../src/syntax/tree.ts'

export interface Plain {
  readonly shape: readonly number[]
  readonly at: (...index: number[]) => number
}

export const plain = (shape: readonly number[], at: (...index: number[]) => number): Plain => ({ shape, at })
const scalar = (value: number): Plain => plain([], () => value)

/** All indices of a shape, row by row. */
export function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, extent) => all.flatMap((head) => Array.from({ length: extent }, (_, i) => [...head, i])),
    [[]],
  )
}

export const entries = (value: Plain): number[] => indices(value.shape).map((index) => value.at(...index))

/** Entries computed once: nested functions would compute them again and again. */
function kept(value: Plain): Plain {
  const data = new Map(indices(value.shape).map((index) => [index.join(), value.at(...index)]))
  return plain(value.shape, (...index) => data.get(index.join())!)
}

function elementwise(f: (...values: number[]) => number, ...args: Plain[]): Plain {
  const rank = Math.max(...args.map((arg) => arg.shape.length))
  // From the last axis on; one of extent 1 has its one entry everywhere.
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(...args.map((arg) => arg.shape[axis - rank + arg.shape.length] ?? 1)),
  )
  return kept(
    plain(shape, (...index) =>
      f(
        ...args.map((arg) =>
          arg.at(...index.slice(rank - arg.shape.length).map((i, axis) => (arg.shape[axis] === 1 ? 0 : i))),
        ),
      ),
    ),
  )
}

function matmul(a: Plain, b: Plain): Plain {
  const inner = a.shape.at(-1)!
  const left = a.shape.slice(0, -1)
  return kept(
    plain([...left, ...b.shape.slice(1)], (...index) => {
      let total = 0
      const row = index.slice(0, left.length)
      const column = index.slice(left.length)
      for (let k = 0; k < inner; k++) total += a.at(...row, k) * b.at(k, ...column)
      return total
    }),
  )
}

/** Over some axes, all if none are said; `keep` leaves them with one entry. */
function reduce(f: (values: number[]) => number, v: Plain, axes?: readonly number[], keep = false): Plain {
  const over = axes ?? v.shape.map((_, axis) => axis)
  if (v.shape.length === 0) return v
  const whole = v.shape.map((extent, axis) => (over.includes(axis) ? 1 : extent))
  const value = (index: readonly number[]): number =>
    f(
      indices(over.map((axis) => v.shape[axis]!)).map((inner) =>
        v.at(...index.map((i, axis) => (over.includes(axis) ? inner[over.indexOf(axis)]! : i))),
      ),
    )
  if (keep) return kept(plain(whole, (...index) => value(index)))
  const outer = v.shape.map((_, axis) => axis).filter((axis) => !over.includes(axis))
  return kept(
    plain(
      outer.map((axis) => v.shape[axis]!),
      (...index) => value(v.shape.map((_, axis) => (over.includes(axis) ? 0 : index[outer.indexOf(axis)]!))),
    ),
  )
}

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0)
const mean = (values: number[]): number => sum(values) / values.length
const variance = (values: number[]): number => mean(values.map((x) => (x - mean(values)) ** 2))
const lse = (values: number[]): number => Math.log(sum(values.map(Math.exp)))
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Abramowitz, Stegun 7.1.5, a series that is exact enough for small arguments. */
function erf(x: number): number {
  let term = x
  let total = x
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

const unary: Readonly<Record<string, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  sinh: Math.sinh,
  cosh: Math.cosh,
  atan: Math.atan,
  erf,
  abs: Math.abs,
  sign: Math.sign,
  sigmoid,
  relu: (x) => Math.max(0, x),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1)),
  softplus: (x) => Math.log(1 + Math.exp(x)),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  silu: (x) => x * sigmoid(x),
  stop: (x) => x,
  asin: Math.asin,
  acos: Math.acos,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  log2: Math.log2,
  log10: Math.log10,
  erfc: (x) => 1 - erf(x),
}

const COMPARE = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
}
const BINARY = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '^': (a: number, b: number) => a ** b,
}

/** The value of an expression that is right, names standing for the values given. */
export function plainValue(tree: Expression, names: ReadonlyMap<string, Plain>): Plain {
  const value = (t: Expression): Plain => plainValue(t, names)
  switch (tree.kind) {
    case 'number':
      return scalar(Number(tree.text))
    case 'name':
      return names.get(tree.name) ?? scalar(tree.name === 'pi' ? Math.PI : Math.E)
    case 'negate':
      return elementwise((x) => -x, value(tree.operand))
    case 'result':
    case 'field':
      throw new Error('functions and layers have no values here')
    case 'literal': {
      const parts = tree.items.map(value)
      const inner = parts[0]!.shape
      return plain([parts.length, ...inner], (i, ...rest) => parts[i!]!.at(...rest))
    }
    case 'transpose': {
      const a = value(tree.operand)
      return a.shape.length < 2 ? a : plain([...a.shape].reverse(), (i, j) => a.at(j!, i!))
    }
    case 'binary':
      if (tree.operator === '@') return matmul(value(tree.left), value(tree.right))
      return elementwise(BINARY[tree.operator], value(tree.left), value(tree.right))
    case 'index':
      return scalar(
        value(tree.object).at(...tree.indices.map((index) => value(index as Expression).at() - 1)),
      )
    case 'comparison':
    case 'logical':
    case 'not':
      throw new Error('a condition alone')
    case 'reduction':
      throw new Error('a reduction over an index')
    case 'call':
      return call(tree, value)
  }
}

function call(tree: CallExpression, value: (t: Expression) => Plain): Plain {
  const name = tree.callee.text
  const [first] = tree.args
  if (name === 'where' && first?.kind === 'comparison') {
    const holds = COMPARE[first.operator]
    const [, u, v] = tree.args
    const sides = [first.left, first.right, u!, v!].map(value)
    return elementwise((a, b, x, y) => (holds(a!, b!) ? x! : y!), ...sides)
  }
  const keep = tree.args.some((arg) => arg.kind === 'name' && arg.name === 'keep')
  const args = tree.args.filter((arg) => arg.kind !== 'name' || arg.name !== 'keep').map(value)
  const [a, b, c] = args
  const rank = a?.shape.length ?? 0
  const given = tree.named.find((argument) => argument.name.text === 'axis')?.value
  const axes =
    given &&
    (given.kind === 'literal' ? given.items : [given]).map((item) => {
      const axis = value(item).at()
      return axis > 0 ? axis - 1 : rank + axis
    })
  const f = unary[name]
  if (f) return elementwise(f, a!)
  const last = rank > 0 ? [rank - 1] : []
  const shift = (v: Plain): Plain => elementwise((x, y) => x! - y!, v, reduce(lse, v, axes ?? last, true))
  const over = (g: (values: number[]) => number, preset?: readonly number[]): Plain =>
    reduce(g, a!, axes ?? preset, keep)
  switch (name) {
    case 'sum':
      return over(sum)
    case 'mean':
      return over(mean)
    case 'var':
      return over(variance)
    case 'std':
      return over((v) => Math.sqrt(variance(v)))
    case 'max':
      return b ? elementwise(Math.max, a!, b) : over((v) => Math.max(...v))
    case 'min':
      return b ? elementwise(Math.min, a!, b) : over((v) => Math.min(...v))
    case 'logsumexp':
      return over(lse, last)
    case 'softmax':
      return elementwise(Math.exp, shift(a!))
    case 'logsoftmax':
      return kept(shift(a!))
    case 'atan2':
      return elementwise(Math.atan2, a!, b!)
    case 'clip':
      return elementwise((x, lo, hi) => Math.min(Math.max(x!, lo!), hi!), a!, b!, c!)
    case 'cross': {
      const [u, v] = [entries(a!), entries(b!)]
      return plain([3], (i) => u[(i! + 1) % 3]! * v[(i! + 2) % 3]! - u[(i! + 2) % 3]! * v[(i! + 1) % 3]!)
    }
    case 'layernorm':
    case 'rmsnorm': {
      const centre = reduce(name === 'rmsnorm' ? () => 0 : mean, a!, last, true)
      const square = (v: number[]) => (name === 'rmsnorm' ? mean(v.map((x) => x * x)) : variance(v))
      const eps = b?.at() ?? (name === 'rmsnorm' ? 1e-6 : 1e-5)
      return elementwise(
        (x, m, s) => (x! - m!) / Math.sqrt(s! + eps),
        a!,
        centre,
        reduce(square, a!, last, true),
      )
    }
    case 'attention': {
      const scores = elementwise(
        (x) => x! / Math.sqrt(a!.shape[1]!),
        matmul(
          a!,
          plain([...b!.shape].reverse(), (i, j) => b!.at(j!, i!)),
        ),
      )
      const weights = elementwise((x, y) => Math.exp(x! - y!), scores, reduce(lse, scores, [1], true))
      return matmul(weights, c!)
    }
    case 'leakyrelu':
      return elementwise((x, alpha) => (x! > 0 ? x! : alpha! * x!), a!, b!)
    case 'outer':
      return plain([a!.shape[0]!, b!.shape[0]!], (i, j) => a!.at(i!) * b!.at(j!))
    case 'dot':
      return matmul(a!, b!)
    case 'norm':
      return scalar(Math.sqrt(sum(entries(a!).map((x) => x * x))))
    case 'trace':
      return scalar(sum(Array.from({ length: a!.shape[0]! }, (_, i) => a!.at(i, i))))
    case 'diag': {
      const n = a!.shape[0]!
      return a!.shape.length === 1
        ? plain([n, n], (i, j) => (i === j ? a!.at(i!) : 0))
        : plain([n], (i) => a!.at(i!, i!))
    }
    case 'zeros':
    case 'ones':
      return plain(
        args.map((arg) => arg.at()),
        () => (name === 'zeros' ? 0 : 1),
      )
    case 'eye':
      return plain([a!.at(), a!.at()], (i, j) => (i === j ? 1 : 0))
    case 'squarederror':
      return scalar(sum(entries(elementwise((x, y) => (x! - y!) ** 2, a!, b!))) / 2)
    case 'mse':
      return scalar(mean(entries(elementwise((x, y) => (x! - y!) ** 2, a!, b!))))
    case 'crossentropy':
      return scalar(-sum(entries(elementwise((x, y) => y! * Math.log(x!), a!, b!))))
    case 'binarycrossentropy':
      return scalar(
        -sum(entries(elementwise((x, y) => y! * Math.log(x!) + (1 - y!) * Math.log(1 - x!), a!, b!))),
      )
    default:
      throw new Error(`no plain meaning of ${name}`)
  }
}
