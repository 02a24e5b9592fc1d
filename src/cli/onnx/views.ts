/** Operations that only look at a tensor in another way, and those that lay it out anew where a view will not do. */
import type { At } from './at.ts'
import { type Draft, indexNames, rangesText, seenLengths } from './draft.ts'
import {
  type Length,
  ONE,
  SAMPLES,
  type Size,
  lengthOf,
  product,
  quotient,
  sameSize,
  sizeOf,
} from './lengths.ts'
import {
  BATCH,
  type Index,
  type Value,
  entryText,
  lengthAt,
  lengthsAt,
  merged,
  seen,
  valueOf,
  viewAxes,
} from './values.ts'

/** The entry of a value at indices for each of its axes; those that stand for several are split as the value has them. */
export function entry(draft: Draft, value: Value, indices: ReadonlyMap<number, string>): string {
  return entryText(draft.name(value.source), value, (axis) => indices.get(axis)!)
}

/**
 * A tensor of the program that has one axis for each of the given axes of the model, in their order, and no other: its text.
 *
 * @param axes of the model; all others must have the length 1 or be the samples
 */
export function plain(
  at: At,
  value: Value,
  axes: readonly number[],
): { readonly text: string; readonly shape: Length[] } {
  value.axes.forEach((factors, axis) => {
    const lengths = lengthsAt(value, factors)
    if (axes.includes(axis)) {
      if (lengths.includes(SAMPLES)) throw at.refuse('works along the axis of samples')
    } else if (lengths.some((l) => l !== 1 && l !== SAMPLES))
      throw at.refuse('is of a shape that is not read')
  })
  const wanted = axes.map((axis) => value.axes[axis]!)
  const order = seen(value)
  if (wanted.every((f) => f.length === 1) && wanted.flat().join() === order.join())
    return { text: at.draft.whole(value), shape: seenLengths(value) }
  // Laid out anew: each axis by one index, of which those that it was made of follow.
  const sizes = wanted.map((factors) => sizeOf(lengthsAt(value, factors)))
  const lengths = sizes.map((size) => {
    const length = lengthOf(size)
    if (length === undefined) throw at.refuse('merges an axis whose length is open')
    return length
  })
  const indices = indexNames(lengths)
  // What has the length 1 and is not asked for is read at its one entry.
  const by = new Map(order.map((axis) => [axis, '1']))
  const summed: Index[] = []
  const conditions: string[] = []
  const split = wanted.filter((f) => f.length > 1).flatMap((f) => f)
  const inner = indexNames(
    split.map((a) => lengthAt(value, a)),
    'sums',
  )
  wanted.forEach((factors, k) => {
    if (factors.length === 1) by.set(factors[0]!, indices[k]!.text)
    else if (factors.length > 1) {
      const own = factors.map((a) => inner[split.indexOf(a)]!)
      factors.forEach((a, i) => by.set(a, own[i]!.text))
      summed.push(...own)
      conditions.push(`${merged(own)} == ${indices[k]!.text}`)
    }
  })
  const body = entry(at.draft, value, by)
  const text =
    summed.length === 0 ? body : `sum(${body} for ${rangesText(summed)} where ${conditions.join(' and ')})`
  return { text: at.draft.name(at.draft.entries('r', indices, text)), shape: lengths }
}

export function transposed(value: Value, order: readonly number[]): Value {
  return { ...value, axes: order.map((axis) => value.axes[axis]!) }
}

/**
 * Reshaped: axes merged and taken apart. What was never merged and is taken apart is laid out anew.
 *
 * @param target sizes of the new axes, at most one of them undefined: what is left
 */
export function reshaped(
  at: At,
  value: Value,
  target: readonly (Size | undefined)[],
  fixedBatch: number | undefined,
): Value {
  const factors = value.axes.flat().filter((a) => a === BATCH || lengthAt(value, a) !== 1)
  const total = sizeOf(lengthsAt(value, factors))
  // A batch that the model fixes at some length is told by that number.
  const isFirst =
    fixedBatch === 1 && factors[0] === BATCH && target[0] !== undefined && sameSize(target[0], ONE)
  const batchAt = isFirst ? 0 : target.findIndex((size) => size && isFixedBatch(size, total, fixedBatch))
  const wanted = target.map((size, i) => (i === batchAt ? { times: 1, open: [SAMPLES] } : size))
  const known = wanted.reduce<Size>((p, size) => (size ? product(p, size) : p), ONE)
  const rest = quotient(total, known) ?? quotientOfFixed(total, known, fixedBatch)
  const sizes = wanted.map((size) => size ?? rest)
  const refuse = (): Error =>
    at.refuse(
      `reshapes ${value.axes.map((f) => shown(lengthsAt(value, f))).join(' × ')} into ${target.map((s) => (s ? [s.times, ...s.open].join('·') : '−1')).join(' × ')}, which mixes samples or does not fit`,
      'give --batch-axis where the samples stand, or export the model with an open length for the batch',
    )
  if (sizes.some((s) => s === undefined)) throw refuse()
  // Lengths to be taken apart: for each factor the parts that new axes ask for.
  let queue = factors.map((axis) => ({ axis, size: sizeOf([lengthAt(value, axis)]) }))
  const pieces = new Map<number, Size[]>()
  const made: { axis: number; piece: number }[][] = []
  for (const size of sizes as Size[]) {
    const own: { axis: number; piece: number }[] = []
    let left = size
    while (!sameSize(left, ONE)) {
      const next = queue[0]
      if (!next) throw refuse()
      const whole = quotient(left, next.size)
      const part = whole ? next.size : left
      const after = whole ? undefined : quotient(next.size, left)
      if (!whole && (!after || next.axis === BATCH)) throw refuse()
      const list = pieces.get(next.axis) ?? []
      list.push(part)
      pieces.set(next.axis, list)
      own.push({ axis: next.axis, piece: list.length - 1 })
      left = whole ?? ONE
      queue = after ? [{ axis: next.axis, size: after }, ...queue.slice(1)] : queue.slice(1)
    }
    // A batch of the fixed length 1 is the first axis of that length.
    if (own.length === 0 && fixedBatch === 1 && queue[0]?.axis === BATCH) {
      own.push({ axis: BATCH, piece: 0 })
      queue = queue.slice(1)
    }
    made.push(own)
  }
  if (queue.length === 1 && queue[0]!.axis === BATCH && fixedBatch === 1)
    made.at(-1)?.unshift({ axis: BATCH, piece: 0 })
  else if (queue.length > 0) throw refuse()
  const isSplit = [...pieces.values()].some((p) => p.length > 1)
  if (!isSplit) return { ...value, axes: made.map((own) => own.map((p) => p.axis)) }
  return apart(at, value, pieces, made)
}

/** Laid out anew with axes taken apart. */
function apart(
  at: At,
  value: Value,
  pieces: ReadonlyMap<number, readonly Size[]>,
  made: readonly (readonly { axis: number; piece: number }[])[],
): Value {
  const all = made.flat().filter((p) => p.axis !== BATCH)
  const lengths = all.map(({ axis, piece }) => lengthOf(pieces.get(axis)![piece]!) ?? 1)
  const indices = indexNames(lengths)
  const by = new Map<number, string>()
  for (const axis of new Set(all.map((p) => p.axis)))
    by.set(axis, merged(all.flatMap((p, i) => (p.axis === axis ? [indices[i]!] : []))))
  for (const axis of seen(value)) if (!by.has(axis)) by.set(axis, '1')
  const source = at.draft.entries('r', indices, entry(at.draft, value, by))
  let next = 0
  return valueOf(
    source,
    made.map((own) => own.map((p) => (p.axis === BATCH ? BATCH : next++))),
  )
}

const shown = (lengths: readonly Length[]): string =>
  lengths.length === 0 ? '1' : lengths.map((l) => (l === SAMPLES ? 'samples' : l)).join('·')

/** Whether a size that a model gives is that of its batch. */
const isFixedBatch = (size: Size, total: Size, fixedBatch: number | undefined): boolean =>
  fixedBatch !== undefined &&
  fixedBatch !== 1 &&
  size.open.length === 0 &&
  size.times === fixedBatch &&
  total.open.includes(SAMPLES)

const quotientOfFixed = (total: Size, known: Size, fixedBatch: number | undefined): Size | undefined =>
  fixedBatch === undefined
    ? undefined
    : quotient({ times: total.times, open: total.open.filter((o) => o !== SAMPLES) }, known)

/** With the axes that are seen renumbered from 0 on, as an equation of the whole of it has them. */
export const likeWhole = (value: Value): { readonly axes: number[][]; readonly shape: Length[] } => ({
  axes: viewAxes(value),
  shape: seenLengths(value),
})
