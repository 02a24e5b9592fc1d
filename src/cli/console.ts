/** What the command says, and where: results to standard output, everything else to standard error. */
import type { Diagnostic } from '../base/diagnostics.ts'
import { writeSync } from 'node:fs'
import { toJson } from '../base/diagnostics.ts'
import { render } from '../base/frame.ts'
import type { Source } from '../base/span.ts'
import { type Problem, type Warning, codeOf, problems } from './problem.ts'
import { waitALittle } from './read.ts'
import { inColor, streams } from './streams.ts'

export interface Said {
  /** One JSON object a line instead of code frames. */
  readonly json: boolean
}

/** A result. Throws a Problem where it cannot be written; who reads it may stop early (`| head`), that is no error. */
export function print(text: string): void {
  try {
    write(streams.output, ended(text))
  } catch (error) {
    const code = codeOf(error)
    if (code === '') throw error
    if (code !== 'EPIPE') throw problems.unwritableOutput(error)
  }
}

/** Anything that is no result. Where it cannot be said, nobody can be told so: the status is what is left. */
export function say(text: string): void {
  try {
    write(streams.error, ended(text))
  } catch (error) {
    if (codeOf(error) === '') throw error
  }
}

const ended = (text: string): string => (text.endsWith('\n') || text === '' ? text : `${text}\n`)

/** All of a text, at once: what goes wrong is known here, and not after the command has ended. */
function write(stream: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(stream, bytes, at)
    } catch (error) {
      // A pipe that does not block is full until somebody reads.
      if (codeOf(error) !== 'EAGAIN') throw error
      waitALittle()
    }
  }
}

/** Errors and warnings of one program. */
export function sayDiagnostics(diagnostics: readonly Diagnostic[], source: Source, { json }: Said): void {
  if (diagnostics.length === 0) return
  if (json) say(diagnostics.map((d) => JSON.stringify(toJson(d, source))).join('\n'))
  else say(render(diagnostics, source, { color: inColor('error'), optionPrefix: '--' }))
}

/** Something wrong around a program; with `json` in the same form as a diagnostic, without a place. */
export const sayProblem = (problem: Problem, said: Said, file?: string): void =>
  sayAround({ severity: 'error', code: 'file', ...sentence(problem) }, said, file)

/** Something doubtful around a program. */
export const sayWarning = (warning: Warning, said: Said, file?: string): void =>
  sayAround({ severity: 'warning', ...warning }, said, file)

const sentence = ({ message, hint }: Problem) => ({ message, ...(hint === undefined ? {} : { hint }) })

const STYLES = { error: '31', warning: '33' } as const

function sayAround(
  note: Warning & { readonly severity: keyof typeof STYLES },
  { json }: Said,
  file: string | undefined,
): void {
  const { severity, code, message, hint } = note
  if (json) say(JSON.stringify({ ...(file === undefined ? {} : { file }), code, severity, message, hint }))
  else
    say(
      `${paint(STYLES[severity], severity)}: ${message}${hint === undefined ? '' : `\n  ${paint('36', 'hint:')} ${hint}`}`,
    )
}

const paint = (style: string, text: string): string =>
  inColor('error') ? `\u001b[${style}m${text}\u001b[0m` : text
