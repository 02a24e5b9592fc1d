import { type Extent, addExtents, multiplyExtents } from '../graph/extent.ts'
import { type Term, isExtent } from '../schedule/addresses.ts'
import type { Value, Variable } from '../schedule/program.ts'
import { type Expression, add, minus, multiply, num, subtract } from './tree.ts'

/** The sum of terms as an expression; `write` and `extent` write what they are made of. */
export function addressExpression(
  prefix: Expression | undefined,
  terms: readonly Term[],
  write: (what: Variable | Value) => Expression,
  extent: (e: Extent) => Expression,
): Expression {
  let sum = prefix
  let known: Extent = 0
  const put = (e: Expression, negative: boolean): void => {
    sum = sum === undefined ? (negative ? minus(e) : e) : negative ? subtract(sum, e) : add(sum, e)
  }
  // What is taken away comes after what it is taken from.
  const negative = (t: Term): boolean => typeof t.stride === 'number' && t.stride < 0
  for (const t of [...terms.filter((x) => !negative(x)), ...terms.filter(negative)]) {
    const { what, stride } = t
    if (isExtent(what)) known = addExtents(known, multiplyExtents(what, stride))
    else
      put(
        multiply(write(what), typeof stride === 'number' ? num(Math.abs(stride)) : extent(stride)),
        negative(t),
      )
  }
  if (known !== 0 || sum === undefined) {
    if (typeof known === 'number' && known < 0 && sum !== undefined) put(num(-known), true)
    else put(typeof known === 'number' ? num(known) : extent(known), false)
  }
  return sum!
}
