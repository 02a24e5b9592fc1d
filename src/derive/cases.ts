/** What differs at the ends of a range of an index: cases of their own there, as many as it takes to say the rest for all in between. */
import {
  type Extent,
  addExtents,
  dimsOf,
  distance,
  isNonnegative,
  openExtent,
  substituteExtent,
} from '../graph/extent.ts'
import { atIndex } from '../graph/member.ts'
import type { Node } from '../graph/node.ts'
import { type Case, type IndexRange, indexCases, unsupported } from './indices.ts'

/** Thrown where something holds at some values of an index only. */
class Undecided extends Error {}

/** Most values at one end of a range that are cases of their own. */
const MOST_AT_AN_END = 3

/** Whether a position is on an axis for all values of an index in its range; undefined where that differs, or is not known. */
export function isOn(position: Extent, extent: Extent, range: IndexRange): boolean | undefined {
  const { least, most } = endsOf(position, range)
  if (isAtMost(0, least) && isAtMost(most, addExtents(extent, -1))) return true
  if (isAtMost(most, -1) || isAtMost(extent, least)) return false
  return undefined
}

/** The same for all values of two indices, where the ends of one may follow from the other. */
export function isOnBoth(
  position: Extent,
  extent: Extent,
  inner: IndexRange,
  outer: IndexRange,
): boolean | undefined {
  const { least, most } = endsOf(position, inner)
  const ends = [least, most].map((end) => isOn(end, extent, outer))
  return ends[0] === ends[1] ? ends[0] : undefined
}

/** The same where one answer must do. */
export const isOnBothOrOff = (
  position: Extent,
  extent: Extent,
  inner: IndexRange,
  outer: IndexRange,
): boolean => isOnBoth(position, extent, inner, outer) ?? undecided()

/** Whether an affine form of an index is 0 for no value of it. `isLong`: in ranges that are long enough for all cases at their ends. */
export function isNeverZero(form: Extent, range: IndexRange, isLong: boolean): boolean {
  const { least, most } = endsOf(form, range)
  return isAtMost(1, least, isLong) || isAtMost(most, -1, isLong)
}

/** Whether an affine form of an index is 0 for a value of it near an end of its range. */
export function isSomewhereZero(form: Extent, { index, from, to }: IndexRange): boolean {
  return [from, to].some((end) => {
    const away = distance(0, atIndex(form, index, end))
    return away !== undefined && Math.abs(away) < MOST_AT_AN_END
  })
}

/** The least and the greatest value of an affine form of an index. */
function endsOf(form: Extent, { index, from, to }: IndexRange): { least: Extent; most: Extent } {
  const rises = (distance(atIndex(form, index, 0), atIndex(form, index, 1)) ?? 0) >= 0
  const [first, last] = [atIndex(form, index, from), atIndex(form, index, to)]
  return rises ? { least: first, most: last } : { least: last, most: first }
}

/** `isLong`: in ranges that are long enough for all cases at their ends. */
function isAtMost(a: Extent, b: Extent, isLong = true): boolean {
  const between = addExtents(b, a, -1)
  if (!isLong) return isNonnegative(between)
  const long = new Map(dimsOf(between).map((dim) => [dim, addExtents(openExtent(dim), 2 * MOST_AT_AN_END)]))
  return isNonnegative(substituteExtent(between, long) ?? between)
}

/** The same where one answer must do: where there is none, the range is looked at in cases. */
export const isOnOrOff = (position: Extent, extent: Extent, range: IndexRange): boolean =>
  isOn(position, extent, range) ?? undecided()

export const undecided = (): never => {
  throw new Undecided()
}

/** The cases of a value, the fewest that do. `value`: at an index, which is one value or stands for all of a range. */
export function casesOf(range: IndexRange, value: (at: Extent, where: IndexRange) => Node): Case[] {
  for (let most = 0; most <= 2 * MOST_AT_AN_END; most++)
    for (let top = Math.min(most, MOST_AT_AN_END); top >= Math.max(0, most - MOST_AT_AN_END); top--)
      try {
        return indexCases(range, openExtent(range.index), top, most - top).map(
          ({ at, range: where }): Case => ({
            at,
            range: where,
            node: value(at, where ?? { index: range.index, from: at, to: at }),
            sums: [],
          }),
        )
      } catch (error) {
        if (!(error instanceof Undecided)) throw error
      }
  return unsupported('it differs at many values of the index')
}

/** A value that is one for all of a range; undefined where it differs. */
export function ofAll(value: () => Node): Node | undefined {
  try {
    return value()
  } catch (error) {
    if (!(error instanceof Undecided)) throw error
    return undefined
  }
}
