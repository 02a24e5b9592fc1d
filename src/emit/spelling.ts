/** Names, numbers, strings and comments as characters of the output. */

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u
// What a reader could not see, and what ends a line: written as escapes wherever it stands in quotes.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

export const isIdentifier = (text: string): boolean => IDENTIFIER.test(text)

const escape = (c: string): string =>
  [...Array(c.length)].map((_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')

/** A text within quotes or backticks, whichever these are. */
const escaped = (text: string): string =>
  JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replace(INVISIBLE, escape)

const count = (text: string, part: string): number => text.split(part).length - 1

/** A text as a string literal. The one function through which a user's text becomes a string of the output. */
export function quote(text: string): string {
  const quotes = text.includes('"') && count(text, '"') > count(text, "'") ? "'" : '"'
  return `${quotes}${escaped(text).replaceAll(quotes, `\\${quotes}`)}${quotes}`
}

/** A text within a template literal. */
export const inTemplate = (text: string): string =>
  escaped(text).replaceAll('`', '\\`').replaceAll('${', '\\${')

/** A text inside a comment: nothing in it can end the comment or its line. */
export const inComment = (text: string): string =>
  text
    .replaceAll('*/', '*\\/')
    .replace(INVISIBLE, (c) => (c === '\t' ? ' ' : c === '\u200d' || c === '\u200c' ? c : ' '))

/**
 * A text of the user's in a comment speaks to no tool. `@ts-ignore` and other tags are escaped as TSDoc escapes them;
 * `//# sourceMappingURL` and `#__PURE__` are found anywhere in a comment, so that a blank takes them apart.
 */
export const silent = (text: string): string =>
  text.replace(/\/\/(?=[@#])|[@#](?=__)/g, '$& ').replace(/(?<![\p{L}\p{N}_\\])@(?=\p{L})/gu, '\\@')

/** A property's key. */
export const key = (text: string): string => (isIdentifier(text) ? text : quote(text))

export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return 'Infinity'
  if (value === -Infinity) return '-Infinity'
  return Object.is(value, -0) ? '-0' : String(value).replace('e+', 'e')
}

/** The lines of a doc comment. */
export function docComment(lines: readonly string[], indent: string): string[] {
  const clean = lines.map(inComment)
  if (clean.length === 1) return [`${indent}/** ${clean[0]!} */`]
  return [`${indent}/**`, ...clean.map((l) => `${indent} * ${l}`.trimEnd()), `${indent} */`]
}
