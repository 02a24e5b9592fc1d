/**
 * Every sentence that the compiler says about a program, by its stable code. A message names the thing and what is
 * wrong with it; the hint, where one is known, names the way out. Adding a diagnostic is adding a row to the table of its theme.
 */
import type { Diagnostics, Related } from './diagnostics.ts'
import { printable } from './frame.ts'
import { ofPrograms } from './messages-of-programs.ts'
import { ofShapes } from './messages-of-shapes.ts'
import { ofText } from './messages-of-text.ts'
import type { Row } from './sentences.ts'
import type { Span } from './span.ts'

export const MESSAGES = { ...ofText, ...ofShapes, ...ofPrograms } as const

export type MessageCode = keyof typeof MESSAGES
export type MessageArgs<C extends MessageCode> = Parameters<(typeof MESSAGES)[C]['say']>[0]

/** What `report` takes after the span: nothing more where the sentence has no gaps. */
type Rest<C extends MessageCode> =
  unknown extends MessageArgs<C>
    ? [args?: Record<never, never>, related?: readonly Related[]]
    : [args: MessageArgs<C>, related?: readonly Related[]]

/** Where something is wrong: a place in the program, or an option that was given with it. */
export type Where = Span | { readonly option: string }

/**
 * Reports a diagnostic: `report(diagnostics, 'unknown-name', span, { name, nearest })`. The arguments are checked
 * against the code's row.
 */
export function report<C extends MessageCode>(
  diagnostics: Diagnostics,
  code: C,
  where: Where,
  ...rest: Rest<C>
): void {
  const [args = {}, related] = rest
  const row = MESSAGES[code] as Row<unknown>
  const { message, hint } = row.say(args)
  diagnostics.add({
    code,
    severity: row.severity,
    // Whatever a sentence was made of: nothing in it moves or hides text on a terminal.
    message: printable(message),
    ...('option' in where ? { span: { start: 0, end: 0 }, option: where.option } : { span: where }),
    ...(hint === undefined ? {} : { hint: printable(hint) }),
    ...(related && related.length > 0 ? { related } : {}),
  })
}
