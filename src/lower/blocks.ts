/** `for` blocks: their lines for each value of the index, one after the other. */
import type { EquationStatement, ForStatement, IndexRange, Statement } from '../syntax/tree.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { rangeText } from './families.ts'
import { indexNamed } from './index-names.ts'
import { type Turns, broken, member } from './members.ts'
import type { Plan } from './plan.ts'
import { bound, intervalOf } from './ranges.ts'
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
  const falls =
    interval.falls || [...leavesOf(statement)].some(({ name }) => ctx.plan.falls(name.text, index.name.text))
  for (let k = 0; k <= to - from; k++) {
    const i = falls ? to - k : from + k
    const here = bound(ctx, env, index.name.text, i)
    let fine = true
    for (const inner of body) {
      if (inner.kind === 'for') fine = block(ctx, here, inner, turns) && fine
      else if (inner.kind === 'equation')
        fine = ctx.order.settle(() => member(ctx, here, inner, turns)) !== undefined && fine
    }
    if (!fine) return broken(ctx, statement)
  }
  return true
}

/** Indices in a row are blocks in blocks, an equation with ranges behind it is a block of this one equation. */
export function nested(statement: Statement): Statement {
  if (statement.kind !== 'for' && (statement.kind !== 'equation' || statement.ranges.length === 0))
    return statement
  if (statement.kind === 'equation') return wrapped({ ...statement, ranges: [] }, statement.ranges)
  const [range, ...others] = statement.ranges
  const inside = others.length > 0 ? [{ ...statement, ranges: others }] : statement.body
  return { ...statement, ranges: [range!], body: inside.map(nested) }
}

/** An equation within a block. */
type Leaf = EquationStatement

/**
 * What of a statement is run through: indices in a row are blocks in blocks, indices that are axes stand behind the equation alone, and
 * equations all of whose indices are axes are left out.
 */
export function stepped(statement: Statement, plan: Plan): readonly Statement[] {
  if (statement.kind !== 'for' && statement.kind !== 'equation') return [statement]
  const all = leavesOf(statement)
  return rebuilt(statement, [], all, plan)
}

function rebuilt(
  statement: Statement,
  outer: readonly IndexRange[],
  leaves: ReadonlySet<Leaf>,
  plan: Plan,
): readonly Statement[] {
  if (statement.kind === 'equation') {
    if (!leaves.has(statement)) return []
    if (statement.indices.length === 0) return [wrapped({ ...statement, ranges: [] }, statement.ranges)]
    const axes = plan.axesOf({ statement, ranges: [] })
    if (plan.isMap(statement)) return []
    const own = [...outer, ...statement.ranges]
    const isAxis = (r: IndexRange): boolean => axes.has(r.name.text)
    return [
      wrapped(
        { ...statement, ranges: own.filter(isAxis) },
        statement.ranges.filter((r) => !isAxis(r)),
      ),
    ]
  }
  if (statement.kind !== 'for') return [statement]
  const [range, ...others] = statement.ranges
  const inside: readonly Statement[] = others.length > 0 ? [{ ...statement, ranges: others }] : statement.body
  const isAxis = (leaf: Leaf): boolean =>
    plan.axesOf({ statement: leaf, ranges: [] }).has(range!.name.text) && leaf.indices.length > 0
  const [as, through] = [new Set<Leaf>(), new Set<Leaf>()]
  for (const leaf of leaves) (isAxis(leaf) ? as : through).add(leaf)
  const own = leavesOf(statement)
  const before = inside.flatMap((inner) => rebuilt(inner, [...outer, range!], as, plan))
  const body = inside.flatMap((inner) => rebuilt(inner, outer, through, plan))
  if (own.size > 0 && body.length === 0) return before
  return [...before, { ...statement, ranges: [range!], body }]
}

/** The equations in a statement. */
export function leavesOf(statement: Statement): Set<Leaf> {
  const leaves = new Set<Leaf>()
  const work = [statement]
  for (let s = work.pop(); s; s = work.pop()) {
    if (s.kind === 'equation') leaves.add(s)
    else if (s.kind === 'for') work.push(...s.body)
  }
  return leaves
}

/** A statement within blocks over ranges. */
const wrapped = (statement: Statement, ranges: readonly IndexRange[]): Statement =>
  ranges.reduceRight<Statement>(
    (body, index) => ({ kind: 'for', ranges: [index], body: [body], head: index.span, span: statement.span }),
    statement,
  )

const hasLines = (statement: Statement): boolean => statement.kind !== 'for' || statement.body.some(hasLines)
