/** Indices of recurrences: where they run, at which turn a block uses what, and which of them are cases of their own. */
import { type Extent, addExtents, dimsOf, distance, openExtent } from '../graph/extent.ts'
import { memberName } from '../graph/member.ts'
import type { IndexRange, IndexSum, Recurrence } from '../graph/network.ts'
import type { Node } from '../graph/node.ts'

export type { IndexRange, IndexSum } from '../graph/network.ts'

/** A value at one index, or for all of a range: what stands by itself, and sums over indices. */
export interface Case {
  /** The index, `L` or the general one; undefined for what has none. */
  readonly at: Extent | undefined
  readonly range: IndexRange | undefined
  readonly node: Node
  readonly sums: readonly IndexSum[]
}

/** What has no closed form for a general index, as the rest of a sentence. */
export class Unsupported extends Error {}
export const unsupported = (reason: string): never => {
  throw new Unsupported(reason)
}

/** The range of l + by. */
export const shifted = ({ index, from, to }: IndexRange, by: number): IndexRange => ({
  index,
  from: addExtents(from, by),
  to: addExtents(to, by),
})

/** The turn at which a block that uses a family at `used` uses it at `at`: `all` if at every turn, undefined if never. */
export function turnAt({ index }: Recurrence, used: Extent, at: Extent): Extent | 'all' | undefined {
  const l = openExtent(index)
  const ahead = distance(l, used)
  if (ahead !== undefined) return addExtents(at, -ahead)
  if (!dimsOf(used).includes(index)) return distance(used, at) === 0 ? 'all' : undefined
  // c − l: the block goes through the family backwards.
  const sum = addExtents(used, l)
  if (!dimsOf(sum).includes(index)) return addExtents(sum, at, -1)
  return unsupported(`an index is ${memberName('', [used])}, which is not ${index} plus or minus something`)
}

/** Whether a turn may be one of the block's: not known to be outside. */
export const within = (turn: Extent, { from, to }: IndexRange): boolean =>
  (distance(from, turn) ?? 0) >= 0 && (distance(turn, to) ?? 0) >= 0

/** The indices that are cases of their own, the last first, with the general one among them. */
export function indexCases(
  { index, from, to }: IndexRange,
  general: Extent,
  top: number,
  bottom: number,
): { at: Extent; range: IndexRange | undefined }[] {
  return [
    ...Array.from({ length: top }, (_, i) => ({ at: addExtents(to, -i), range: undefined })),
    { at: general, range: { index, from: addExtents(from, bottom), to: addExtents(to, -top) } },
    ...Array.from({ length: bottom }, (_, i) => ({ at: addExtents(from, bottom - 1 - i), range: undefined })),
  ]
}
