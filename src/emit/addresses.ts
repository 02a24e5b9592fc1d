import { type Extent, type Shape, multiplyExtents } from '../graph/extent.ts'
import type { Buffer, Subscript } from '../schedule/program.ts'
import { type Expression, add, multiply, num } from './tree.ts'

/** How far apart in memory neighbours along each axis are. */
export function stridesOf(shape: Shape): Extent[] {
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

/** One summand of an address: (variable + offset) · stride. */
export interface Term {
  readonly at: Subscript
  readonly stride: Extent
}

/** The sum of terms as an expression; `variable` and `extent` write what they are made of. */
export function addressExpression(
  prefix: Expression | undefined,
  terms: readonly Term[],
  variable: (s: Subscript) => Expression,
  extent: (e: Extent) => Expression,
): Expression {
  let sum = prefix
  let known = 0
  const put = (e: Expression): void => void (sum = sum === undefined ? e : add(sum, e))
  for (const { at, stride } of terms) {
    if (at.variable)
      put(
        typeof stride === 'number'
          ? multiply(variable(at), num(stride))
          : multiply(variable(at), extent(stride)),
      )
    if (at.offset === 0) continue
    if (typeof stride === 'number') known += at.offset * stride
    else put(multiply(num(at.offset), extent(stride)))
  }
  if (known !== 0 || sum === undefined) put(num(known))
  return sum!
}
