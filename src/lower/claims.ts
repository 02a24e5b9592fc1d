/** Claims: formulas of the author's, to be proved or refuted. */
import { report } from '../base/messages.ts'
import { extentText, openExtent, sameShape } from '../graph/extent.ts'
import type { IndexRange as Range } from '../graph/network.ts'
import { topological } from '../graph/traverse.ts'
import type { ClaimStatement, Expression, IndexRange } from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP } from './context.ts'
import { evaluate } from './expression.ts'
import type { Interval } from './families.ts'
import { indexNamed } from './index-names.ts'
import type { Parts } from './parts.ts'
import { affordable, bound, intervalOf, unrolled } from './ranges.ts'
import { texts } from './shapes.ts'

/** `claim d(J, W) = outer(a - y, x)`, or one for each value of indices; of an index whose range is open one for a general value. */
export function claim(ctx: Context, { left, right, ranges }: ClaimStatement, parts: Parts): void {
  const parameters = new Set<string>()
  const runs: { readonly index: IndexRange; readonly interval: Interval }[] = []
  const open: Range[] = []
  for (const index of ranges) {
    const interval = indexNamed(ctx, index, parameters)
      ? intervalOf(ctx, TOP, index.range, parameters)
      : undefined
    if (!interval) return
    const { from, to } = interval
    parameters.add(index.name.text)
    if (typeof from !== 'number' || typeof to !== 'number') open.push({ index: index.name.text, from, to })
    else if (!affordable(ctx, index.span, Math.max(0, to - from + 1))) return
    else runs.push({ index, interval })
  }
  const fine = [left, right].map((tree) => check(ctx, tree, { parameters }).ok).every(Boolean)
  const env = open.reduce<Env>((outer, { index }) => bound(ctx, outer, index, openExtent(index)), {
    claimed: true,
  })
  ctx.openIndices.push(...open)
  unrolled(ctx, env, runs, (inner, at) => {
    const where = runs.map(({ index }, i) => `${index.name.text} = ${extentText(at[i]!)}`).join(', ')
    claimAt(ctx, inner, left, right, parts, where, open)
    return fine
  })
  ctx.openIndices.length -= open.length
}

/** The claim for values of its indices. */
function claimAt(
  ctx: Context,
  env: Env,
  left: Expression,
  right: Expression,
  parts: Parts,
  at: string,
  ranges: readonly Range[],
): void {
  const [sideA, sideB] = [left, right].map((tree) => {
    const { value: node, roots } = ctx.order.settle(() => ctx.roots.within(() => evaluate(ctx, env, tree)))
    return node && { node, domain: ctx.roots.domainOf(node, roots) }
  })
  if (!sideA || !sideB) return
  const [a, b] = [sideA.node, sideB.node]
  const span = { start: left.span.start, end: right.span.end }
  const own = topological([a, b]).flatMap((n) => {
    const sum = ctx.sums.get(n)
    return sum ? [[n, sum] as const] : []
  })
  if (b.shape.length === 0 || sameShape(a.shape, b.shape))
    parts.claims.push({
      left: a,
      right: b,
      domain: {
        left: sideA.domain.plain,
        right: sideB.domain.plain,
        differentiated: [...sideA.domain.differentiated, ...sideB.domain.differentiated],
      },
      span,
      ...(at === '' ? {} : { at }),
      ranges,
      sums: new Map(own),
    })
  else report(ctx.diagnostics, 'claim-shape', span, { left: texts(a.shape), right: texts(b.shape) })
}
