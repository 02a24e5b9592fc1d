/** Source maps, revision 3 (ECMA-426): for each line of the code the place in the program that it comes from. */
import type { Source, Span } from '../base/span.ts'

/** From line `line` of the code (from 0) on, until the next of them: where in the program that is; undefined for nowhere. */
export interface Origin {
  readonly line: number
  readonly span: Span | undefined
}

export interface SourceMap {
  readonly version: 3
  /** The file name of the program. */
  readonly sources: string[]
  readonly sourcesContent: string[]
  readonly names: string[]
  readonly mappings: string
}

/** The map of a code of so many lines. */
export function sourceMap(source: Source, origins: readonly Origin[], lines: number): SourceMap {
  const parts: string[] = []
  let [line, column] = [0, 0]
  let next = 0
  let segment = ''
  for (let at = 0; at < lines; at++) {
    let moved = false
    for (; next < origins.length && origins[next]!.line <= at; next++) moved = true
    const span = origins[next - 1]?.span
    if (moved && span) {
      const to = source.lineAt(span.start)
      const start = span.start - source.lineSpan(to).start
      segment = `AA${digits(to - 1 - line)}${digits(start - column)}`
      ;[line, column] = [to - 1, start]
    } else if (!span) segment = ''
    parts.push(segment)
    // On the lines that follow nothing has moved.
    if (segment !== '') segment = 'AAAA'
  }
  return {
    version: 3,
    sources: [source.filename],
    sourcesContent: [source.text],
    names: [],
    mappings: parts.join(';'),
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** A whole number in variable-length base 64, its sign in the last bit. */
function digits(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1
  let text = ''
  do {
    const digit = rest & 31
    rest >>>= 5
    text += ALPHABET[rest > 0 ? digit | 32 : digit]!
  } while (rest > 0)
  return text
}
