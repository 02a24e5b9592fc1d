/** Lengths of axes: numbers, and such as T or T - 2 where a model leaves one open. */

/** A number, or the name of an open dim with a number added to it. */
export type Length = number | string

/** The axis of samples among lengths and factors. */
export const SAMPLES = '*'

const PARTS = /^(\w+)(?: ([+-]) (\d+))?$/

/** The length with a whole number added to it. */
export function longer(length: Length, by: number): Length {
  if (typeof length === 'number') return length + by
  const [, name, sign, count] = PARTS.exec(length)!
  const total = (count === undefined ? 0 : Number(`${sign}${count}`)) + by
  return total === 0 ? name! : `${name} ${total < 0 ? '-' : '+'} ${Math.abs(total)}`
}

/** The product of lengths: a number, and the open ones beside it, in order. As a text two of them can be compared. */
export interface Size {
  readonly times: number
  readonly open: readonly string[]
}

export const ONE: Size = { times: 1, open: [] }
export const sizeOf = (lengths: readonly Length[]): Size =>
  lengths.reduce<Size>(
    ({ times, open }, l) =>
      typeof l === 'number' ? { times: times * l, open } : { times, open: [...open, l].sort() },
    ONE,
  )
export const product = (a: Size, b: Size): Size => ({
  times: a.times * b.times,
  open: [...a.open, ...b.open].sort(),
})
export const sizeKey = ({ times, open }: Size): string => [times, ...open].join(' ')
export const sameSize = (a: Size, b: Size): boolean => sizeKey(a) === sizeKey(b)

/** The whole of which `part` is a factor without it; undefined where it is none. */
export function quotient(whole: Size, part: Size): Size | undefined {
  const open = [...whole.open]
  for (const name of part.open) {
    const at = open.indexOf(name)
    if (at < 0) return undefined
    open.splice(at, 1)
  }
  return part.times !== 0 && whole.times % part.times === 0
    ? { times: whole.times / part.times, open }
    : undefined
}

/** A size that is a single length. */
export const lengthOf = ({ times, open }: Size): Length | undefined =>
  open.length === 0 ? times : open.length === 1 && times === 1 ? open[0] : undefined
