/** Families: names whose members are picked by an index, `W[l]`, `n[l-1]`, `h[t, l]`. */
import { type Extent, addExtents, extentText } from '../graph/extent.ts'
import type { Expression, IndexExpression, IndexRange, Range } from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { integerOf } from './extents.ts'
import type { Meaning } from './scope.ts'

/** Members that one program may have, all families together: each is a value of its own. */
export const MOST_MEMBERS = 50_000

/** Where an index runs, both ends included. */
export interface Interval {
  readonly from: Extent
  readonly to: Extent
}

/** The members of a name, by their indices. */
export class Family<Member> {
  readonly name: string
  /** One for each index; of equations only their number is known. */
  readonly ranges: readonly (Interval | undefined)[]
  readonly members = new Map<string, Member | undefined>()
  /** A definition of members is wrong and reported: missing ones are no further mistake. */
  broken = false

  constructor(name: string, ranges: readonly (Interval | undefined)[]) {
    this.name = name
    this.ranges = ranges
  }
}

/** What a member is called: `h[2,1]`. */
export const memberName = (family: string, indices: readonly Extent[]): string =>
  `${family}[${indices.map(extentText).join(',')}]`

/** The family, of extents or of values, of which an index expression picks a member. */
export function familyOf(
  { scope }: Context,
  { object }: IndexExpression,
  locals?: { has(name: string): boolean },
): (Meaning & { kind: 'dims' | 'values' }) | undefined {
  const meaning = object.kind === 'name' && !locals?.has(object.name) ? scope.meaning(object.name) : undefined
  return meaning?.kind === 'dims' || meaning?.kind === 'values' ? meaning : undefined
}

/** A member to show in a message. */
export const someMember = ({ name, ranges, members }: Family<unknown>): string =>
  members.keys().next().value ??
  memberName(
    name,
    ranges.map((range) => range?.from ?? 1),
  )

/** The indices in brackets: undefined where one is wrong, which is reported. */
export function indicesOf(
  ctx: Context,
  env: Env,
  name: string,
  trees: readonly Expression[],
): readonly Extent[] | undefined {
  const indices = trees.map((tree) =>
    integerOf(ctx, env, tree, (found) =>
      complain(ctx, env, 'bad-index', tree.span, { reason: `a member of ${name} is asked for by ${found}` }),
    ),
  )
  return indices.includes(undefined) ? undefined : (indices as Extent[])
}

/** The member that `family[indices]` names; undefined where there is none, which is reported. */
export function memberOf<Member>(
  ctx: Context,
  env: Env,
  family: Family<Member>,
  tree: IndexExpression,
): Member | undefined {
  const { name, ranges, members } = family
  if (tree.indices.length !== ranges.length)
    return complain(ctx, env, 'wrong-index-count', tree.span, {
      name,
      expected: ranges.length,
      found: tree.indices.length,
    })
  const indices = indicesOf(ctx, env, name, tree.indices)
  if (!indices) return undefined
  const member = memberName(name, indices)
  if (members.has(member)) return members.get(member)
  for (const [i, range] of ranges.entries()) {
    const index = indices[i]!
    if (range && outside(index, range))
      return complain(ctx, env, 'index-out-of-range', tree.indices[i]!.span, {
        name,
        index: extentText(index),
        from: extentText(range.from),
        to: extentText(range.to),
      })
  }
  if (family.broken) return undefined
  return complain(ctx, env, 'undefined-member', tree.span, { member, known: [...members.keys()] })
}

const outside = (index: Extent, { from, to }: Interval): boolean => before(index, from) || before(to, index)

/** Whether a < b is known. */
const before = (a: Extent, b: Extent): boolean => {
  const difference = addExtents(b, a, -1)
  return typeof difference === 'number' && difference > 0
}

/** The ends of a range, whose names are checked first; undefined where they are wrong, which is reported. */
export function intervalOf(
  ctx: Context,
  env: Env,
  { from, to, span }: Range,
  names: ReadonlySet<string>,
): Interval | undefined {
  const [a, b] = [from, to].map((tree) =>
    check(ctx, tree, { parameters: names }).ok
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
  if (ctx.members < 0) return false
  ctx.members -= count
  if (ctx.members >= 0) return true
  complain(ctx, TOP, 'over-limit', span, {
    what: 'What the families of this program have in members is',
    limit: MOST_MEMBERS,
    hint: undefined,
  })
  return false
}

/** Whether an index has a name of its own; reports where not. */
export function indexNamed(ctx: Context, { name }: IndexRange, outer: ReadonlySet<string>): boolean {
  const what = outer.has(name.text) ? 'another index' : ctx.scope.declared(name.text)?.what
  if (what !== undefined) complain(ctx, TOP, 'index-taken', name.span, { name: name.text, what })
  return what === undefined
}
