/** On which side of an index a subscript is, as far as the ranges and the conditions of the sums around it say so in the text. */
import type { ComparisonExpression, Expression, IndexRange } from '../syntax/tree.ts'
import { type Linear, combine, constantForm } from './domain.ts'
import { children } from './fold.ts'
import { fallsAsWritten, writtenForm } from './ranges.ts'

/** An index of a sum is at least `least`, or at most `most`. */
export interface IndexBound {
  readonly name: string
  readonly least?: Linear
  readonly most?: Linear
}

/** What the ranges of a reduction, and its condition, say of its indices. */
export function boundsOf(tree: Expression & { readonly kind: 'reduction' }): IndexBound[] {
  const bounds = tree.ranges.flatMap(({ name, range }: IndexRange): IndexBound[] => {
    const [from, to] = [writtenForm(range.from), writtenForm(range.to)]
    if (!from || !to) return []
    const [least, most] = fallsAsWritten(range) ? [to, from] : [from, to]
    return [{ name: name.text, least, most }]
  })
  const work = tree.condition ? [tree.condition] : []
  for (let c = work.pop(); c; c = work.pop()) {
    if (c.kind === 'logical' && c.operator === 'and') work.push(...children(c))
    else if (c.kind === 'comparison') bounds.push(...compared(c))
  }
  return bounds
}

/** `k < t` says that k is at most t − 1, and t at least k + 1. */
function compared({ operator, left, right }: ComparisonExpression): IndexBound[] {
  const [a, b] = [writtenForm(left), writtenForm(right)]
  if (!a || !b) return []
  const [small, large] = operator === '>' || operator === '>=' ? [right, left] : [left, right]
  const gap = operator === '<' || operator === '>' ? 1 : 0
  if (!['<', '<=', '>', '>='].includes(operator)) return []
  return [
    ...(small.kind === 'name'
      ? [{ name: small.name, most: combine(writtenForm(large)!, constantForm(-gap)) }]
      : []),
    ...(large.kind === 'name'
      ? [{ name: large.name, least: combine(writtenForm(small)!, constantForm(gap)) }]
      : []),
  ]
}

/** −1 where a subscript is below an index for all values of the indices of sums around it, 1 where it is above; undefined where that is not known. */
export function sideOf(tree: Expression, index: string, bounds: readonly IndexBound[]): number | undefined {
  const own = writtenForm(tree)
  if (!own) return undefined
  const away = combine(own, { terms: new Map([[index, 1]]), constant: 0 }, -1)
  if (reaches(away, index, bounds, MOST_PUT_IN)) return -1
  if (reaches(combine(constantForm(0), away, -1), index, bounds, MOST_PUT_IN)) return 1
  return undefined
}

/** So many bounds are put in, one after the other. */
const MOST_PUT_IN = 4

/** Whether a form is below 0 by some of the bounds, put in the places of the names that they bound. */
function reaches(form: Linear, index: string, bounds: readonly IndexBound[], left: number): boolean {
  if (form.terms.size === 0) return form.constant < 0
  if (left === 0) return false
  return bounds.some(({ name, least, most }) => {
    const c = form.terms.get(name)
    const end = c === undefined ? undefined : c > 0 ? most : least
    if (c === undefined || !end || name === index) return false
    const terms = new Map(form.terms)
    terms.delete(name)
    return reaches(combine({ terms, constant: form.constant }, end, c), index, bounds, left - 1)
  })
}
