/** `for` blocks: their lines for each value of the index, one after the other. */
import type { ForStatement, IndexRange, Statement } from '../syntax/tree.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { rangeText } from './families.ts'
import { type Turns, broken, member } from './members.ts'
import { bound, indexNamed, intervalOf } from './ranges.ts'
import { recurrence } from './recurrences.ts'

/** Runs a block; false where something is wrong in it: then its turns end, and what its families lack is no mistake. */
export function block(ctx: Context, env: Env, statement: ForStatement, turns: Turns): boolean {
  const { body } = statement
  const [index] = statement.ranges as readonly [IndexRange]
  const names = new Set(env.locals?.keys())
  const interval = indexNamed(ctx, index, names) ? intervalOf(ctx, env, index.range, names) : undefined
  if (!interval) return broken(ctx, statement)
  // However long the range of it is, a block without lines says nothing.
  if (!body.some(hasLines)) return true
  const { from, to } = interval
  if (typeof from !== 'number' || typeof to !== 'number') {
    const found =
      env.locals || !turns.into
        ? complain(ctx, TOP, 'open-block-nested', index.span, { range: rangeText(interval) })
        : recurrence(ctx, statement, interval, turns)
    if (!found) return broken(ctx, statement)
    turns.into?.recurrences.push(found)
    return true
  }
  for (let i = from; i <= to; i++) {
    const here = bound(ctx, env, index.name.text, i)
    let fine = true
    for (const inner of body) {
      if (inner.kind === 'for') fine = block(ctx, here, inner, turns) && fine
      else if (inner.kind === 'equation') fine = member(ctx, here, inner, turns) !== undefined && fine
    }
    if (!fine) return broken(ctx, statement)
  }
  return true
}

/** Indices in a row are blocks in blocks, an equation with ranges behind it is a block of this one equation. */
export function nested(statement: Statement): Statement {
  if (statement.kind !== 'for' && (statement.kind !== 'equation' || statement.ranges.length === 0))
    return statement
  const inner = statement.kind === 'for' ? statement.body.map(nested) : [{ ...statement, ranges: [] }]
  const { span } = statement
  const [body] = statement.ranges.reduceRight<readonly Statement[]>(
    (body, index) => [{ kind: 'for', ranges: [index], body, head: index.span, span }],
    inner,
  )
  return body!
}

const hasLines = (statement: Statement): boolean => statement.kind !== 'for' || statement.body.some(hasLines)
