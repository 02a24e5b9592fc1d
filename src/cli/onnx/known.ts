/** What is known before any data come: shapes, axes, and other numbers that models compute from constants. */
import type { At } from './at.ts'
import { type Size, lengthOf, product, sizeKey, sizeOf } from './lengths.ts'
import type { Known, Operand } from './values.ts'

type Entry = number | Size

export const known = (
  shape: readonly Entry[],
  values: Known['values'],
  whole: boolean,
  learned?: string,
): Known => ({ kind: 'known', shape, values, whole, learned })

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** More entries than this no constant is folded to. */
const MOST = 1e7

function entries(
  at: At,
  operand: Known,
): { readonly shape: readonly number[]; readonly get: (i: number) => Entry } {
  const { values } = operand
  const shape = at.numeric(operand).shape as readonly number[]
  return { shape, get: typeof values === 'number' ? () => values : (i) => values[i]! }
}

/** In as small a form as it has. */
function made(
  at: At,
  shape: readonly number[],
  whole: boolean,
  get: (i: number) => Entry,
  learned?: string,
): Known {
  const total = count(shape)
  if (total > MOST) throw at.refuse(`makes a constant of ${total} numbers`)
  const list = Array.from({ length: total }, (_, i) => get(i))
  return known(
    shape,
    list.every((v) => typeof v === 'number') ? Float64Array.from(list) : list,
    whole,
    learned,
  )
}

/** Places of a tensor: for each place of the result the place in the operand that axes lead to. */
function places(shape: readonly number[], strides: readonly number[]): (i: number) => number {
  return (i) => {
    let [rest, place] = [i, 0]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const n = shape[axis]!
      place += (rest % n) * strides[axis]!
      rest = Math.floor(rest / n)
    }
    return place
  }
}

const stridesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => count(shape.slice(axis + 1)))

function stretched(at: At, operand: Known, shape: readonly number[]): (i: number) => Entry {
  const { shape: own, get } = entries(at, operand)
  const offset = shape.length - own.length
  const strides = stridesOf(own)
  const at0 = places(
    shape,
    shape.map((_, axis) => (axis < offset || own[axis - offset] === 1 ? 0 : strides[axis - offset]!)),
  )
  return (i) => get(at0(i))
}

function commonShape(at: At, operands: readonly Known[]): number[] {
  const shapes = operands.map((o) => at.numeric(o).shape as readonly number[])
  const rank = Math.max(...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((s) => s[axis - (rank - s.length)] ?? 1)
    const longest = lengths.includes(0) ? 0 : Math.max(...lengths)
    if (lengths.some((n) => n !== 1 && n !== longest))
      throw at.refuse(`brings lengths ${lengths.join(' and ')} together`)
    return longest
  })
}

const asSize = (e: Entry): Size => (typeof e === 'number' ? { times: e, open: [] } : e)
const asEntry = (s: Size): Entry => (s.open.length === 0 ? s.times : s)

/** Of two entries. Of lengths that are open only products, and what is equal by its form, are known. */
type Binary = (a: number, b: number, whole: boolean) => number
const BINARY: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b, whole) => (whole ? Math.trunc(a / b) : a / b),
  Mod: (a, b) => a - b * Math.floor(a / b),
  Pow: (a, b) => a ** b,
  Equal: (a, b) => Number(a === b),
  Less: (a, b) => Number(a < b),
  Greater: (a, b) => Number(a > b),
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
  Min: (a, b) => Math.min(a, b),
  Max: (a, b) => Math.max(a, b),
}
const UNARY: Readonly<Record<string, (a: number) => number>> = {
  Neg: (a) => -a,
  Abs: Math.abs,
  Sqrt: Math.sqrt,
  Reciprocal: (a) => 1 / a,
  Exp: Math.exp,
  Log: Math.log,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Not: (a) => Number(a === 0),
}

function binary(at: At, name: string, a: Entry, b: Entry, whole: boolean): Entry {
  if (typeof a === 'number' && typeof b === 'number') return BINARY[name]!(a, b, whole)
  const [x, y] = [asSize(a), asSize(b)]
  if (name === 'Mul') return asEntry(product(x, y))
  // An open length is none of the numbers that shapes are compared with (−1).
  if (name === 'Equal') return Number(sizeKey(x) === sizeKey(y))
  if (name === 'Add' && x.times === 0) return b
  if ((name === 'Add' && y.times === 0) || (name === 'Sub' && y.times === 0)) return a
  if (name === 'Div' && y.times === 1 && y.open.length === 0) return a
  throw at.refuse('computes with lengths that the model leaves open', 'export the model with fixed lengths')
}

/** The result where all inputs are known and the operator is one of shapes and constants; undefined elsewhere. */
export function folded(at: At): Operand | undefined {
  const { operator } = at.node
  const inputs = Array.from({ length: at.count }, (_, i) => at.optional(i))
  const all = inputs.filter((o): o is Known => o?.kind === 'known')
  if (all.length !== inputs.length || all.length === 0) return undefined
  const [a] = all as [Known]
  const whole = all.every((o) => o.whole)
  if (operator in BINARY && all.length === 2) {
    const shape = commonShape(at, all)
    const [x, y] = all.map((o) => stretched(at, o, shape)) as [(i: number) => Entry, (i: number) => Entry]
    return made(at, shape, whole, (i) => binary(at, operator, x(i), y(i), whole))
  }
  if (operator in UNARY) {
    const { shape, get } = entries(at, a)
    return made(at, shape, whole, (i) => {
      const value = get(i)
      if (typeof value !== 'number') throw at.refuse('computes with a length that the model leaves open')
      return UNARY[operator]!(value)
    })
  }
  if (operator === 'Where') {
    const shape = commonShape(at, all)
    const [c, x, y] = all.map((o) => stretched(at, o, shape))
    return made(at, shape, all[1]!.whole, (i) => (c!(i) === 0 ? y!(i) : x!(i)))
  }
  if (operator === 'Range') {
    const [from, to, by] = all.map((o) => entries(at, o).get(0))
    if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number')
      throw at.refuse('counts to a length that the model leaves open', 'export the model with fixed lengths')
    const n = Math.max(0, Math.ceil((to - from) / by))
    if (!(n < MOST)) throw at.refuse(`makes a constant of ${n} numbers`)
    return made(at, [n], whole, (i) => from + i * by)
  }
  return undefined
}

/** The shape of an operand as whole numbers. */
export function shapeOf(operand: Operand, lengthsAt: (axis: number) => Size): Known {
  const rank = operand.kind === 'known' ? operand.shape.length : operand.axes.length
  const sizes = Array.from({ length: rank }, (_, axis): Entry =>
    operand.kind === 'known' ? operand.shape[axis]! : asEntry(lengthsAt(axis)),
  )
  return known([rank], sizes, true)
}

/** Known numbers, seen with another shape. */
export function reshapedKnown(at: At, operand: Known, target: readonly (Size | undefined)[]): Known {
  const own = sizeOf(at.numeric(operand).shape as readonly number[]).times
  const rest = target.reduce((p, s) => (s ? p * (lengthOf(s) as number) : p), 1)
  const shape = target.map((s) => (s ? lengthOf(s) : own / rest))
  if (shape.some((n) => typeof n !== 'number') || count(shape as number[]) !== own)
    throw at.refuse(`reshapes ${operand.shape.join(' × ')} into ${shape.join(' × ')}`)
  return { ...operand, shape: shape as number[] }
}

export function transposedKnown(at: At, operand: Known, order: readonly number[]): Known {
  if (typeof operand.values === 'number')
    return { ...operand, shape: order.map((axis) => operand.shape[axis]!) }
  const { shape, get } = entries(at, operand)
  const strides = stridesOf(shape)
  const turned = order.map((axis) => shape[axis]!)
  const place = places(
    turned,
    order.map((axis) => strides[axis]!),
  )
  return made(
    at,
    turned,
    operand.whole,
    (i) => get(place(i)),
    operand.learned === undefined ? undefined : `${operand.learned} transposed ${order.join(' ')}`,
  )
}

export function stretchedKnown(at: At, operand: Known, target: readonly Size[]): Known {
  const lengths = target.map(lengthOf)
  if (typeof operand.values === 'number') return { ...operand, shape: target.map(asEntry) }
  if (lengths.some((n) => typeof n !== 'number')) {
    // What is the same everywhere is so at any length.
    const [first] = operand.values
    if (
      operand.values.length > 0 &&
      [...operand.values].every((v) => v === first) &&
      typeof first === 'number'
    )
      return { ...operand, values: first, shape: target.map(asEntry), learned: undefined }
    throw at.refuse('stretches a constant to a length that the model leaves open')
  }
  const own = at.numeric(operand).shape as readonly number[]
  const shape = commonShape(at, [operand, known(lengths as number[], 0, false)])
  return own.join() === shape.join() ? operand : made(at, shape, operand.whole, stretched(at, operand, shape))
}

export function joinedKnown(at: At, operands: readonly Known[], axis: number): Known {
  const parts = operands.map((o) => entries(at, o))
  const lengths = parts.map((p) => p.shape[axis]!)
  const total = lengths.reduce((x, y) => x + y, 0)
  const shape = parts[0]!.shape.map((n, i) => (i === axis ? total : n))
  for (const p of parts)
    if (p.shape.length !== shape.length || p.shape.some((n, i) => i !== axis && n !== shape[i]))
      throw at.refuse('joins tensors of shapes that do not fit')
  const inner = count(shape.slice(axis + 1))
  return made(at, shape, operands[0]!.whole, (i) => {
    let along = Math.floor(i / inner) % total
    const outer = Math.floor(i / (inner * total))
    let k = 0
    while (along >= lengths[k]!) along -= lengths[k++]!
    return parts[k]!.get((outer * lengths[k]! + along) * inner + (i % inner))
  })
}

/** Entries along one axis: those at the given positions. */
export function takenKnown(at: At, operand: Known, axis: number, positions: readonly number[]): Known {
  if (typeof operand.values === 'number')
    return { ...operand, shape: operand.shape.map((l, i) => (i === axis ? positions.length : l)) }
  const { shape, get } = entries(at, operand)
  const inner = count(shape.slice(axis + 1))
  const n = shape[axis]!
  const result = shape.map((l, i) => (i === axis ? positions.length : l))
  return made(at, result, operand.whole, (i) => {
    const along = positions[Math.floor(i / inner) % positions.length]!
    if (!(along >= 0 && along < n)) throw at.refuse(`reads position ${along} of ${n}`)
    const outer = Math.floor(i / (inner * positions.length))
    return get((outer * n + along) * inner + (i % inner))
  })
}

export const sizesIn = (operand: Known): Size[] =>
  typeof operand.values === 'number'
    ? Array.from({ length: Number(operand.shape[0] ?? 1) }, () => asSize(operand.values as number))
    : [...operand.values].map((v) => (typeof v === 'number' ? asSize(v) : v))
