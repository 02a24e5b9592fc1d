/** Where indices run, and what stands at each of their values. */
import { type Extent, extentText } from '../graph/extent.ts'
import type { IndexRange, Range } from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { integerOf } from './extents.ts'
import { type Interval, MOST_MEMBERS, before } from './families.ts'

/** The ends of a range, whose names are checked first; undefined where they are wrong, which is reported. */
export function intervalOf(
  ctx: Context,
  env: Env,
  { from, to, span }: Range,
  names: ReadonlySet<string>,
): Interval | undefined {
  const [a, b] = [from, to].map((tree) =>
    check(ctx, tree, { parameters: names, extent: true }).ok
      ? integerOf(ctx, env, tree, (found) => complain(ctx, env, 'bad-range-end', tree.span, { found }))
      : undefined,
  )
  if (a === undefined || b === undefined) return undefined
  if (before(b, a)) return complain(ctx, env, 'empty-range', span, { from: extentText(a), to: extentText(b) })
  return { from: a, to: b }
}

/** All combinations of the indices of a family, the last one fastest; `each` is told how names are bound for one. */
export function unrolled(
  ctx: Context,
  env: Env,
  ranges: readonly { readonly index: IndexRange; readonly interval: Interval }[],
  each: (env: Env, indices: readonly Extent[]) => boolean,
): void {
  const run = (depth: number, env: Env, indices: readonly Extent[]): boolean => {
    const range = ranges[depth]
    if (!range) return each(env, indices)
    const { index, interval } = range
    const { from, to } = interval as { from: number; to: number }
    for (let i = from; i <= to; i++)
      if (!run(depth + 1, bound(ctx, env, index.name.text, i), [...indices, i])) return false
    return true
  }
  run(0, env, [])
}

/** With an index standing for a number. */
export const bound = (ctx: Context, env: Env, index: string, value: Extent): Env => ({
  ...env,
  locals: new Map([...(env.locals ?? []), [index, ctx.graph.extent(value)]]),
})

/** Counts members that are about to be made; undefined, reported once, where they become too many. */
export function affordable(ctx: Context, span: Range['span'], count: number): boolean {
  if (ctx.left.members < 0) return false
  ctx.left.members -= count
  if (ctx.left.members >= 0) return true
  complain(ctx, TOP, 'over-limit', span, {
    what: 'What the families of this program have in members is',
    limit: MOST_MEMBERS,
    hint: undefined,
  })
  return false
}

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
