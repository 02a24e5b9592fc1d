import type { IndexRange } from '../syntax/tree.ts'
import { type Context, TOP, complain } from './context.ts'

/** Whether an index has a name of its own; reports where not. */
export function indexNamed(ctx: Context, { name }: IndexRange, outer: ReadonlySet<string>): boolean {
  // What is wrong about a name that did not parse has been said.
  const broken = ctx.scope.meaning(name.text)?.kind === 'unknown'
  const what = outer.has(name.text)
    ? 'another index'
    : broken
      ? undefined
      : ctx.scope.declared(name.text)?.what
  if (what !== undefined) complain(ctx, TOP, 'index-taken', name.span, { name: name.text, what })
  return what === undefined
}
