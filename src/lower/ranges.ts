/** Where indices run, and what stands at each of their values. */
import type { Extent } from '../graph/extent.ts'
import type { Expression, IndexRange, Range } from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { integerOf } from './extents.ts'
import { type Linear, combine, constantForm } from './domain.ts'
import { type Interval, MOST_MEMBERS } from './families.ts'
import { children, fold } from './fold.ts'

/** The ends of a range, the smaller one first, and whether it is run through from the larger one. */
export interface Run extends Interval {
  readonly falls: boolean
}

/**
 * The ends of a range, whose names are checked first; undefined where they are wrong, which is reported. A range rises, and is empty
 * where its first end is the larger one, unless it is *written* falling (`T..1`).
 */
export function intervalOf(
  ctx: Context,
  env: Env,
  range: Range,
  names: ReadonlySet<string>,
): Run | undefined {
  const { from, to } = range
  const [a, b] = [from, to].map((tree) =>
    check(ctx, tree, { parameters: names, extent: true }).ok
      ? integerOf(ctx, env, tree, (found) => complain(ctx, env, 'bad-range-end', tree.span, { found }))
      : undefined,
  )
  if (a === undefined || b === undefined) return undefined
  return fallsAsWritten(range) ? { from: b, to: a, falls: true } : { from: a, to: b, falls: false }
}

/** Whether the first end is never the smaller one for dims, and indices, from 2 on. */
export function fallsAsWritten({ from, to }: Range): boolean {
  const [a, b] = [writtenForm(from), writtenForm(to)]
  return a !== undefined && b !== undefined && isFalling(a, b)
}

/** An end as it is written, over the names in it; undefined where it is no sum of their multiples. */
export function writtenForm(tree: Expression): Linear | undefined {
  return fold<Linear | undefined>(
    tree,
    (t) => (t.kind === 'binary' || t.kind === 'negate' ? children(t) : []),
    (t, [a, b]) => {
      switch (t.kind) {
        case 'number':
          return constantForm(Number(t.text))
        case 'name':
          return { terms: new Map([[t.name, 1]]), constant: 0 }
        case 'negate':
          return a && combine(constantForm(0), a, -1)
        case 'binary': {
          if (!a || !b) return undefined
          if (t.operator === '+' || t.operator === '-') return combine(a, b, t.operator === '+' ? 1 : -1)
          if (t.operator === '*')
            return a.terms.size === 0
              ? combine(constantForm(0), b, a.constant)
              : b.terms.size === 0
                ? combine(constantForm(0), a, b.constant)
                : undefined
          return t.operator === '/' && b.terms.size === 0 && b.constant !== 0
            ? combine(constantForm(0), a, 1 / b.constant)
            : undefined
        }
        default:
          return undefined
      }
    },
  )
}

/** Of two ends, as forms of names that are at least 2: the first is never the smaller one, and not always the same. */
function isFalling(a: Linear, b: Linear): boolean {
  const difference = combine(a, b, -1)
  let least = difference.constant
  for (const c of difference.terms.values()) {
    if (c < 0) return false
    least += 2 * c
  }
  return least > 0 || (least === 0 && difference.terms.size > 0)
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
