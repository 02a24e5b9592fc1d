/** What sentences about programs are made of. */
import type { Severity } from './diagnostics.ts'
import { foreignFunction } from './foreign.ts'
import { printable } from './frame.ts'

export interface Sentence {
  readonly message: string
  readonly hint?: string | undefined
}

export interface Row<A> {
  readonly severity: Severity
  readonly say: (args: A) => Sentence
}

export const error = <A>(say: (args: A) => Sentence): Row<A> => ({ severity: 'error', say })
export const warning = <A>(say: (args: A) => Sentence): Row<A> => ({ severity: 'warning', say })

/** Text of the user's, quoted and kept short. */
export const q = (text: string): string => {
  const shown = printable(text)
  return '`' + (shown.length > 60 ? shown.slice(0, 57) + '…' : shown) + '`'
}

export const list = (items: readonly string[], word = 'or'): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`

export const plural = (count: number, one: string, many = one + 's'): string =>
  `${count} ${count === 1 ? one : many}`

export const shape = (extents: readonly string[]): string =>
  extents.length === 0 ? 'a scalar' : `[${extents.join(', ')}]`

export const didYouMean = (nearest: string | undefined): string | undefined =>
  nearest === undefined ? undefined : `did you mean ${q(nearest)}?`

/** So many names are listed in a hint. */
const LISTED = 12

/** The name that was meant, and those that there are. */
export const among = (nearest: string | undefined, known: readonly string[]): string | undefined => {
  const more = known.length > LISTED ? [...known.slice(0, LISTED), '…'] : known
  const there =
    known.length === 0 ? undefined : `there ${known.length === 1 ? 'is' : 'are'} ${more.join(', ')}`
  const meant = didYouMean(nearest)
  return meant !== undefined && there !== undefined ? `${meant} (${there})` : (meant ?? there)
}

/** The way to what other languages have a function for. */
export function spelt(name: string): string | undefined {
  const foreign = foreignFunction(name)
  if (!foreign) return undefined
  const { spelling, note } = foreign
  return [spelling === undefined ? undefined : `write ${spelling}`, note].filter((part) => part).join(', ')
}

export const DERIVATIVE = 'a derivative is written d(f, v)'

export const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'
