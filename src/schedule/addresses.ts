/** Where entries of buffers stand, as sums of positions times strides. */
import { type Extent, type Shape, multiplyExtents } from '../graph/extent.ts'
import type { Buffer, Subscript, Value, Variable } from './program.ts'

/** How far apart in memory neighbours along each axis are. */
function stridesOf(shape: Shape): Extent[] {
  const strides: Extent[] = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = multiplyExtents(strides[i + 1]!, shape[i + 1]!)
  return strides
}

/** Of a panel [turns, sum…, tile] a tile's entries lie together: [turns / tile, sum…, tile], without dividing the turn. */
export function bufferStrides({ shape, tile }: Buffer): Extent[] {
  if (tile === undefined) return stridesOf(shape)
  const [first, ...inner] = stridesOf(shape)
  return [first!, ...inner.slice(0, -1).map((e) => multiplyExtents(e, tile)), 1]
}

/** One summand of an address: what · stride. */
export interface Term {
  /** The variable of a loop, a whole number in memory, or a known number. */
  readonly what: Variable | Value | Extent
  readonly stride: Extent
}

/** (position) · stride as summands. */
export function termsOf({ variable, offset }: Subscript, stride: Extent): Term[] {
  const terms: Term[] = []
  const times = (n: number): Extent => multiplyExtents(n, stride)
  if (variable?.of) {
    for (const t of variable.of.terms) terms.push({ what: t.variable, stride: times(t.stride) })
    for (const v of variable.of.values) terms.push({ what: v.value, stride: times(v.coefficient) })
    if (variable.of.offset !== 0) terms.push({ what: variable.of.offset, stride })
  } else if (variable) terms.push({ what: variable, stride })
  if (offset !== 0) terms.push({ what: offset, stride })
  return terms
}

export const isExtent = (what: Term['what']): what is Extent => typeof what === 'number' || 'text' in what
