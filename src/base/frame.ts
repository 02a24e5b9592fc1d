/** Diagnostics as people read them: place, sentence, the line with a caret under it, the way out. */
import type { Diagnostic } from './diagnostics.ts'
import type { Source, Span } from './span.ts'

export interface RenderOptions {
  readonly color?: boolean
  /** Diagnostics beyond this number are counted, not shown. */
  readonly limit?: number
  /** What stands before the name of an option: `--` on a command line. */
  readonly optionPrefix?: string
}

/** The widest piece of a line that is shown, in terminal cells. */
const WINDOW = 100
const SHOWN = 100

type Paint = (style: keyof typeof STYLES, text: string) => string
const STYLES = { error: 31, warning: 33, hint: 36, gutter: 90, bold: 1 } as const

/** All diagnostics of a file, with a blank line between two of them; empty where there are none. */
export function render(
  diagnostics: readonly Diagnostic[],
  source: Source,
  { color = false, limit = SHOWN, optionPrefix = '' }: RenderOptions = {},
): string {
  const paint: Paint = color ? (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m` : (_, text) => text
  const blocks = diagnostics.slice(0, limit).map((diagnostic) => one(diagnostic, source, paint, optionPrefix))
  if (diagnostics.length > limit) blocks.push(`… and ${diagnostics.length - limit} more\n`)
  return blocks.join('\n')
}

function one(diagnostic: Diagnostic, source: Source, paint: Paint, optionPrefix: string): string {
  const { severity, code, message, hint, option, related = [] } = diagnostic
  const where = option === undefined ? place(diagnostic.span, source) : optionPrefix + option
  let text = `${paint('bold', where)}: ${paint(severity, `${severity}[${code}]`)}: ${message}\n`
  if (option === undefined) text += frame(diagnostic.span, source, paint, severity)
  for (const other of related) {
    const file = other.source ?? source
    text += `  ${place(other.span, file)}: ${other.message}\n${frame(other.span, file, paint, 'hint')}`
  }
  if (hint !== undefined) text += `  ${paint('hint', 'hint:')} ${hint}\n`
  return text
}

function place(span: Span, source: Source): string {
  const { line, column } = source.position(span.start)
  return `${printable(source.filename)}:${line}:${column}`
}

/** The line of a span with a caret under it. */
export const codeFrame = (span: Span, source: Source): string =>
  frame(span, source, (_, text) => text, 'error').trimEnd()

function frame(span: Span, source: Source, paint: Paint, style: 'error' | 'warning' | 'hint'): string {
  const line = source.lineAt(Math.min(span.start, source.text.length))
  const { start, end } = source.lineSpan(line)
  const from = Math.max(start, Math.min(span.start, end))
  const to = Math.max(from, Math.min(span.end, end))
  const { text, caret, width } = cut(source.text, start, end, from, to)
  const number = String(line)
  const gutter = ' '.repeat(number.length)
  return (
    `  ${paint('gutter', `${number} |`)} ${text}\n` +
    `  ${paint('gutter', `${gutter} |`)} ${' '.repeat(caret)}${paint(style, '^' + '~'.repeat(Math.max(0, width - 1)))}\n`
  )
}

/** A window of a line around the marked piece, with the cell at which the caret stands and the cells it covers. */
function cut(text: string, start: number, end: number, from: number, to: number) {
  // Each UTF-16 unit makes at most eight cells (an escaped control character), so that this never walks a long line.
  let first = from
  for (let cells = 0; first > start;) {
    const previous = before(text, first)
    cells += cellsOf(show(text.slice(previous, first)))
    if (cells > WINDOW / 2) break
    first = previous
  }
  let shown = first > start ? '…' : ''
  let cells = shown.length
  let caret = -1
  let width = 0
  let at = first
  while (at < end && cells < WINDOW) {
    if (at >= from && caret < 0) caret = cells
    const next = after(text, at)
    const piece = show(text.slice(at, next))
    if (at >= from && at < to) width += cellsOf(piece)
    shown += piece
    cells += cellsOf(piece)
    at = next
  }
  if (caret < 0) caret = cells
  if (at < end) shown += '…'
  return { text: shown, caret, width }
}

function before(text: string, at: number): number {
  const low = text.charCodeAt(at - 1)
  const high = at > 1 ? text.charCodeAt(at - 2) : 0
  return low >= 0xdc00 && low < 0xe000 && high >= 0xd800 && high < 0xdc00 ? at - 2 : at - 1
}

function after(text: string, at: number): number {
  return at + (text.codePointAt(at)! > 0xffff ? 2 : 1)
}

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const ALL_HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** A character as it is safe to print: tabs as blanks, and what could move or hide text on a terminal as its number. */
function show(character: string): string {
  if (character === '\t') return '    '
  return HIDDEN.test(character) ? escaped(character) : character
}

function escaped(character: string): string {
  return `<U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}>`
}

/** Text of the user's that stands in a sentence, with nothing in it that a terminal would act on. */
export function printable(text: string): string {
  return text.replace(ALL_HIDDEN, escaped)
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const MARK = /\p{M}/u

/** Terminal cells of a shown piece: two for wide characters, none for combining marks. */
function cellsOf(piece: string): number {
  let cells = 0
  for (const character of piece) cells += MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return cells
}
