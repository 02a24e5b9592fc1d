/** A piece of the source text: offsets in UTF-16 units, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** The places of the k-th file that a program imports are offset by k times this: more than a file has. The program itself is file 0. */
export const PLACES = 2 ** 23

/** A place as people count it: both from 1; the column counts characters, not UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** The smallest span that covers both. */
export function cover(a: Span, b: Span): Span {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }
}

const BYTE_ORDER_MARK = 0xfeff

/** The text of one file. Line breaks are LF, CRLF and a lone CR. */
export class Source {
  readonly filename: string
  readonly text: string
  #lineStarts: number[] | undefined

  constructor(filename: string, text: string) {
    this.filename = filename
    this.text = text
  }

  /** The text of a span. */
  slice(span: Span): string {
    return this.text.slice(span.start, span.end)
  }

  get lineCount(): number {
    return this.#lines().length
  }

  /** The line (from 1) that holds an offset, by bisection. */
  lineAt(offset: number): number {
    const starts = this.#lines()
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }

  /** Where a line (from 1) begins and ends, its line break and a byte-order mark not included. */
  lineSpan(line: number): Span {
    const starts = this.#lines()
    const start = starts[line - 1] ?? this.text.length
    let end = starts[line] ?? this.text.length
    if (line < starts.length) {
      if (this.text[end - 1] === '\n') end--
      if (end > start && this.text[end - 1] === '\r') end--
    }
    return { start: line === 1 && this.text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : start, end }
  }

  /** Line and column of an offset. */
  position(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length))
    const line = this.lineAt(at)
    const { start } = this.lineSpan(line)
    let column = 1
    for (let i = start; i < at; column++) i += this.text.codePointAt(i)! > 0xffff ? 2 : 1
    return { line, column }
  }

  /** The line table is made when the first diagnostic asks for it: a program without errors never pays. */
  #lines(): number[] {
    if (this.#lineStarts) return this.#lineStarts
    const starts = [0]
    const breaks = /\r\n|\r|\n/g
    while (breaks.exec(this.text)) starts.push(breaks.lastIndex)
    return (this.#lineStarts = starts)
  }
}
