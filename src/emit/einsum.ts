/** Products as Einstein's sums, for targets that have these. */
import type { Extent } from '../graph/extent.ts'
import type { ProductNode } from '../graph/node.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** Axes that one sum can have: each is a letter. */
export const MOST_AXES = LETTERS.length

export interface Einsum {
  /** The arguments without axes, and those with some, by their positions. */
  readonly scalars: readonly number[]
  readonly tensors: readonly number[]
  /** The lengths of axes that are summed over, and along which nothing changes: factors. */
  readonly lengths: readonly Extent[]
  /** The axes of the product along which something changes, in their order. */
  readonly present: readonly number[]
  /** The sum over the tensors, `ij,j->i`; undefined where they are multiplied entry by entry. */
  readonly equation: string | undefined
}

/** @param node along no more axes than `MOST_AXES` */
export function einsumOf({ labels, shape, extents }: ProductNode): Einsum {
  const rank = shape.length
  const all = labels.map((_, i) => i)
  const tensors = all.filter((i) => labels[i]!.length > 0)
  const used = new Set(tensors.flatMap((i) => labels[i]!))
  const present = shape.map((_, l) => l).filter((l) => used.has(l))
  const isPlain =
    extents.length === rank &&
    tensors.every((i) => labels[i]!.length === rank && labels[i]!.every((l, axis) => l === axis))
  const letters = (list: readonly number[]): string => list.map((l) => LETTERS[l]!).join('')
  return {
    scalars: all.filter((i) => labels[i]!.length === 0),
    tensors,
    lengths: extents.filter((_, l) => l >= rank && !used.has(l)),
    present,
    equation: isPlain
      ? undefined
      : `${tensors.map((i) => letters(labels[i]!)).join(',')}->${letters(present)}`,
  }
}
