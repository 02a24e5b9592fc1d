/** What the command says, and where: results to standard output, everything else to standard error. */
import type { Diagnostic } from '../base/diagnostics.ts'
import { toJson } from '../base/diagnostics.ts'
import { render } from '../base/frame.ts'
import type { Source } from '../base/span.ts'
import type { Problem } from './problem.ts'

export interface Said {
  /** One JSON object a line instead of code frames. */
  readonly json: boolean
}

/** Colour is for people at a terminal who did not decline it (no-color.org). */
export const inColor = (stream: { readonly isTTY?: boolean }): boolean =>
  stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'

/** A result. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`)
}

/** Anything that is no result. */
export function say(text: string): void {
  process.stderr.write(text.endsWith('\n') || text === '' ? text : `${text}\n`)
}

/** Errors and warnings of one program. */
export function sayDiagnostics(diagnostics: readonly Diagnostic[], source: Source, { json }: Said): void {
  if (diagnostics.length === 0) return
  if (json) say(diagnostics.map((d) => JSON.stringify(toJson(d, source))).join('\n'))
  else say(render(diagnostics, source, { color: inColor(process.stderr) }))
}

/** Something wrong around a program; with `json` in the same form as a diagnostic, without a place. */
export function sayProblem({ message, hint }: Problem, { json }: Said, file?: string): void {
  if (json)
    say(
      JSON.stringify({
        ...(file === undefined ? {} : { file }),
        code: 'file',
        severity: 'error',
        message,
        ...(hint === undefined ? {} : { hint }),
      }),
    )
  else
    say(
      `${paint('31', 'error')}: ${message}${hint === undefined ? '' : `\n  ${paint('36', 'hint:')} ${hint}`}`,
    )
}

const paint = (style: string, text: string): string =>
  inColor(process.stderr) ? `\u001b[${style}m${text}\u001b[0m` : text

/** Who reads the results may stop early (`| head`); that is no error of ours. */
export function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
      throw error
    })
}
