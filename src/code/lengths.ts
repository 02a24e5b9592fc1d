/** Lengths as whole numbers that a routine computes. */
import { rational, toNumber } from '../base/rational.ts'
import { type Extent, addExtents } from '../graph/extent.ts'
import type { Buffer, Subscript, Variable } from '../schedule/program.ts'
import type { Builder } from './builder.ts'
import type { Expression } from './code.ts'

/** How the length of an open dim is found. */
export type DimOf = (name: string) => Expression

/** The value of an extent. Exact: one division of the whole comes last, for its parts need not be whole: (T² + T) / 2. */
export function lengthOf(b: Builder, extent: Extent, dim: DimOf): Expression {
  if (typeof extent === 'number') return b.int(extent)
  const denominator = extent.terms.reduce((d, { coefficient }) => leastMultiple(d, coefficient.d), 1n)
  const terms = extent.terms.map(({ coefficient, dims }) => {
    const factors = [...dims].flatMap(([name, power]) => Array.from({ length: power }, () => dim(name)))
    return factors.reduce(
      (product, factor) => b.multiply(product, factor),
      b.int(toNumber(coefficient.mul(rational(denominator)))),
    )
  })
  return b.divide(b.sum(terms), b.int(Number(denominator)))
}

function leastMultiple(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return (a / x) * b
}

/** Whether a place is one of the buffer's wherever the loops around it are; false where that is not known. */
export const isInside = ({ shape }: Buffer, at: readonly Subscript[]): boolean =>
  at.every((s, axis) => isWithin(s, shape[axis]!))

function isWithin({ variable, offset }: Subscript, length: Extent): boolean {
  if (variable === undefined) return typeof length === 'number' && offset >= 0 && offset < length
  if (!variable.of) return offset >= 0 && isAtMost(addExtents(variable.extent, offset), length)
  const { terms, values, offset: base } = variable.of
  if (values.length > 0 || typeof base !== 'number' || typeof length !== 'number') return false
  let [least, greatest] = [base + offset, base + offset]
  for (const { variable: v, stride } of terms) {
    if (!isNumeric(v)) return false
    const reach = stride * (v.extent - 1)
    least += Math.min(0, reach)
    greatest += Math.max(0, reach)
  }
  return least >= 0 && greatest < length
}

const isNumeric = (v: Variable): v is Variable & { readonly extent: number } => typeof v.extent === 'number'
const isAtMost = (a: Extent, b: Extent): boolean =>
  a === b || (typeof a === 'number' && typeof b === 'number' && a <= b)
