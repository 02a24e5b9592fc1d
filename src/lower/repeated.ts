import { report } from '../base/messages.ts'
import type { Span } from '../base/span.ts'
import type { Statement } from '../syntax/tree.ts'
import type { Context } from './context.ts'

/** Where something stands for the first time, for a report of the second. */
export const first = ({ span }: { readonly span: Span }): { span: Span; message: string } => ({
  span,
  message: 'the first one is here',
})

/** Reports the names that a statement declares and an earlier one has declared. */
export function repeated(ctx: Context, statement: Statement): void {
  const names =
    'declarations' in statement
      ? statement.declarations.map(({ name }) => name)
      : 'name' in statement && statement.kind !== 'network'
        ? [statement.name]
        : []
  for (const { text, span } of names) {
    const earlier = ctx.scope.firstOf(span)
    if (earlier) report(ctx.diagnostics, 'duplicate-name', span, { name: text }, [first(earlier)])
  }
}
