/** Functions of entries: of tensors that stretch against each other as those of ONNX do. */
import type { At } from './at.ts'
import { indexNames } from './draft.ts'
import { type Length, SAMPLES, sameSize, sizeOf } from './lengths.ts'
import {
  BATCH,
  type Index,
  type Operand,
  type Value,
  grouped,
  isOne,
  lengthsAt,
  merged,
  seen,
  valueOf,
  viewAxes,
} from './values.ts'
import { entry, likeWhole } from './views.ts'

/** What is written of the texts of the operands, each of which binds as tightly as a name. */
export type Write = (...operands: readonly string[]) => string

/**
 * @param kind of a sum, whose operands may be products that have no name yet, and come in any order; of a factor
 */
export function pointwise(
  at: At,
  stem: string,
  operands: readonly Operand[],
  write: Write,
  kind?: 'sum' | 'factor',
): Value {
  const rank = Math.max(...operands.map(rankOf))
  const given = operands.map((o) => literalOf(at, o) ?? o)
  const values = given.filter((o): o is Operand => typeof o !== 'string')
  if (values.length === 0) throw at.refuse('computes with constants alone, in a way that is not read')
  const reference = finest(at, values, rank)
  const shaped = given.map((o) =>
    typeof o === 'string' ? o : shapedLike(at, o, reference, rank, kind === 'factor'),
  )
  const tensors = shaped.filter((o): o is Value => typeof o !== 'string')
  const whole = wholly(tensors, reference, rank)
  if (whole) {
    const isProduct = (o: Value | string): boolean =>
      kind === 'sum' && typeof o !== 'string' && o.source.name === undefined
    const ordered =
      kind === 'sum' ? [...shaped].sort((a, b) => Number(isProduct(b)) - Number(isProduct(a))) : shaped
    const texts = ordered.map((o) =>
      typeof o === 'string' ? o : isProduct(o) ? o.source.text : at.draft.whole(o),
    )
    return at.equation(stem, write(...texts), whole)
  }
  const lengths = reference.map((r) => r.filter((l) => l !== SAMPLES))
  const indices = indexNames(lengths.flat())
  const texts = shaped.map((o) => (typeof o === 'string' ? o : entryAt(at, o, reference, indices)))
  const source = at.draft.entries(stem, indices, write(...texts))
  let next = 0
  return valueOf(
    source,
    reference.map((r) => r.map((l) => (l === SAMPLES ? BATCH : next++))),
  )
}

const rankOf = (o: Operand): number => (o.kind === 'known' ? o.shape.length : o.axes.length)

/** A number that stands for itself: one of no axes, or one that fills a tensor and is not learned. */
function literalOf(at: At, operand: Operand): string | undefined {
  if (operand.kind === 'value') return undefined
  const { values, shape, learned } = operand
  const only =
    typeof values === 'number'
      ? values
      : shape.length === 0 || (learned === undefined && values.length > 0 && isConstant(values))
        ? values[0]
        : undefined
  if (typeof only !== 'number') return undefined
  if (!Number.isFinite(only)) throw at.refuse(`computes with ${only}`)
  return at.draft.number(only)
}

const isConstant = (values: ArrayLike<unknown>): boolean => {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false
  return true
}

/** For each axis, counted from the last one, the lengths that it is made of: those of the operand that has most of them. */
export function finest(at: At, operands: readonly Operand[], rank: number): Length[][] {
  return Array.from({ length: rank }, (_, axis) => {
    let found: Length[] = []
    for (const o of operands) {
      const own = axis - (rank - rankOf(o))
      if (own < 0) continue
      const lengths = o.kind === 'known' ? [at.numeric(o).shape[own] as number] : lengthsAt(o, o.axes[own]!)
      if (isOne(lengths)) continue
      if (found.length > 0 && !sameSize(sizeOf(found), sizeOf(lengths)))
        throw at.refuse(
          `brings lengths ${found.join('·').replace(SAMPLES, 'samples')} and ${lengths.join('·').replace(SAMPLES, 'samples')} together`,
        )
      if (lengths.length > found.length) found = lengths
    }
    return found
  })
}

/** Known numbers become a tensor with the axes that it meets. */
function shapedLike(
  at: At,
  operand: Operand,
  reference: readonly (readonly Length[])[],
  rank: number,
  isFactor: boolean,
): Value {
  if (operand.kind === 'value') return operand
  const offset = rank - operand.shape.length
  const parts = (at.numeric(operand).shape as readonly number[]).map((n, own) =>
    piecesOf(n, reference[own + offset]!),
  )
  return at.draft.declared(
    operand,
    at.wish(operand, isFactor ? 'g' : 'b'),
    parts,
    isFactor ? 'ones' : 'zeros',
  )
}

/** The lengths that an axis of known numbers is made of. */
export function piecesOf(length: number, reference: readonly Length[]): number[] {
  if (length === 1) return []
  const own = reference.filter((l): l is number => typeof l === 'number')
  return own.length === reference.length && sameSize(sizeOf(own), sizeOf([length])) ? own : [length]
}

/** What the result is where tensors can be written as wholes: all seen alike, or stretched along first axes. */
function wholly(
  tensors: readonly Value[],
  reference: readonly (readonly Length[])[],
  rank: number,
): ReturnType<typeof likeWhole> | undefined {
  const key = (v: Value): string => JSON.stringify([viewAxes(v), v.axes.map((f) => lengthsAt(v, f))])
  const keys = new Set(tensors.map(key))
  if (keys.size === 1) return likeWhole(tensors[0]!)
  const lead = tensors.find(
    (v) =>
      v.axes.length === rank && v.axes.every((f, axis) => lengthsAt(v, f).join() === reference[axis]!.join()),
  )
  if (!lead) return undefined
  const axes = viewAxes(lead)
  const count = seen(lead).length
  for (const v of tensors) {
    if (v === lead) continue
    // Its axes are the last ones of the leading tensor, each the same axis of the model.
    const own = viewAxes(v)
    const offset = count - seen(v).length
    const fits = own.every((factors, axis) => {
      const theirs = axes[axis + rank - own.length]!
      if (factors.length === 0) return true
      return (
        factors.length === theirs.length &&
        factors.every((f, k) => (f === BATCH ? theirs[k] === BATCH : f + offset === theirs[k]))
      )
    })
    if (!fits) return undefined
  }
  return likeWhole(lead)
}

/** An entry of an operand at indices of the result, where its axes are made of coarser lengths too. */
export function entryAt(
  at: At,
  value: Value,
  reference: readonly (readonly Length[])[],
  indices: readonly Index[],
): string {
  const by = new Map<number, string>()
  const rank = reference.length
  let next = 0
  const own = reference.map((r) =>
    r.map((l): Index => (l === SAMPLES ? { text: SAMPLES, length: l } : indices[next++]!)),
  )
  value.axes.forEach((factors, axis) => bind(at, by, value, factors, own[axis + rank - value.axes.length]!))
  return entry(at.draft, value, by)
}

/** Says for the axes of a value that make up one axis of the model which index, or which position of several, each has. */
export function bind(
  at: At,
  by: Map<number, string>,
  value: Value,
  factors: readonly number[],
  indices: readonly Index[],
): void {
  const lengths = lengthsAt(value, factors)
  if (isOne(lengths)) {
    for (const f of factors) by.set(f, '1')
    return
  }
  const groups = grouped(
    indices.map((i) => i.length),
    lengths,
  )
  if (!groups)
    throw at.refuse(
      'meets axes that were merged in different ways',
      'keep axes apart in the model, or merge them in one order',
    )
  factors.forEach((f, k) => {
    const [from, to] = groups[k]!
    if (f !== BATCH) by.set(f, merged(indices.slice(from, to)))
  })
}
