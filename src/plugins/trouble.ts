/** Diagnostics in the forms of the bundlers. */
import type { Message } from 'esbuild'
import type { Diagnostic } from '../base/diagnostics.ts'
import { codeFrame, render } from '../base/frame.ts'
import type { Source } from '../base/span.ts'

/** What Rollup, Rolldown and Vite take for an error or a warning; the column counts from 0. */
export interface Log {
  readonly message: string
  readonly code: string
  readonly id: string
  readonly loc?: { readonly file: string; readonly line: number; readonly column: number }
  readonly frame?: string
}

const sentence = ({ message, hint, related = [] }: Diagnostic): string =>
  [
    message,
    ...related.map(({ message, span, source }) => {
      const at = source?.position(span.start)
      return at ? `${source!.filename}:${at.line}:${at.column}: ${message}` : message
    }),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].join('\n')

/** The first of some diagnostics with its place, and the others below it. */
export function logOf([first, ...others]: readonly Diagnostic[], source: Source, id: string): Log {
  const { code, option, span } = first!
  const rest = others.length === 0 ? '' : `\n\n${render(others, source).trimEnd()}`
  if (option !== undefined) return { message: `${option}: ${sentence(first!)}${rest}`, code, id }
  const { line, column } = place(span.start, source)
  return {
    message: sentence(first!),
    code,
    id,
    loc: { file: source.filename, line, column },
    frame: codeFrame(first!.span, source) + rest,
  }
}

/** The same for esbuild, one by one. */
export function esbuildMessage(diagnostic: Diagnostic, source: Source): Partial<Message> {
  const { span, option, message, hint, related = [] } = diagnostic
  const notes = [
    ...related.map((other) => ({
      text: other.message,
      location: location(other.span, other.source ?? source),
    })),
    ...(hint === undefined ? [] : [{ text: `hint: ${hint}`, location: null }]),
  ]
  if (option !== undefined) return { text: `${option}: ${message}`, notes }
  return { text: message, location: location(span, source), notes }
}

function location(span: Diagnostic['span'], source: Source): NonNullable<Message['location']> {
  const { line, column, text } = place(span.start, source)
  const end = Math.min(span.end, source.lineSpan(line).end)
  // esbuild counts bytes.
  return {
    file: source.filename,
    namespace: 'file',
    line,
    column: Buffer.byteLength(text.slice(0, column)),
    length: Buffer.byteLength(source.text.slice(span.start, Math.max(end, span.start + 1))),
    lineText: text,
    suggestion: '',
  }
}

/** The line and what stands in it, and where in it: in UTF-16 units, from 0. */
function place(offset: number, source: Source): { line: number; column: number; text: string } {
  const line = source.lineAt(Math.min(offset, source.text.length))
  const span = source.lineSpan(line)
  return { line, column: Math.max(0, offset - span.start), text: source.slice(span) }
}

/** As webpack and Rspack print it: one text. */
export const textOf = (diagnostics: readonly Diagnostic[], source: Source): string =>
  render(diagnostics, source).trimEnd()
