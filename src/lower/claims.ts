/** Claims: formulas of the author's, to be proved or refuted. */
import { report } from '../base/messages.ts'
import { extentText, sameShape } from '../graph/extent.ts'
import type { ClaimStatement, Expression, IndexRange } from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { evaluate } from './expression.ts'
import type { Interval } from './families.ts'
import { indexNamed } from './index-names.ts'
import type { Parts } from './parts.ts'
import { affordable, intervalOf, unrolled } from './ranges.ts'
import { texts } from './shapes.ts'

/** `claim d(J, W) = outer(a - y, x)`, or one for each value of indices. */
export function claim(ctx: Context, { left, right, ranges }: ClaimStatement, parts: Parts): void {
  const parameters = new Set<string>()
  const runs: { readonly index: IndexRange; readonly interval: Interval }[] = []
  for (const index of ranges) {
    const interval = indexNamed(ctx, index, parameters)
      ? intervalOf(ctx, TOP, index.range, parameters)
      : undefined
    if (!interval) return
    if (typeof interval.from !== 'number' || typeof interval.to !== 'number')
      return complain(ctx, TOP, 'open-family', index.span, { index: index.name.text })
    if (!affordable(ctx, index.span, Math.max(0, interval.to - interval.from + 1))) return
    parameters.add(index.name.text)
    runs.push({ index, interval })
  }
  const fine = [left, right].map((tree) => check(ctx, tree, { parameters }).ok).every(Boolean)
  unrolled(ctx, { claimed: true }, runs, (env, at) => {
    const where = runs.map(({ index }, i) => `${index.name.text} = ${extentText(at[i]!)}`).join(', ')
    claimAt(ctx, env, left, right, parts, where)
    return fine
  })
}

/** The claim for values of its indices. */
function claimAt(
  ctx: Context,
  env: Env,
  left: Expression,
  right: Expression,
  parts: Parts,
  at: string,
): void {
  const [sideA, sideB] = [left, right].map((tree) => {
    const { value: node, roots } = ctx.order.settle(() => ctx.roots.within(() => evaluate(ctx, env, tree)))
    return node && { node, domain: ctx.roots.domainOf(node, roots) }
  })
  if (!sideA || !sideB) return
  const [a, b] = [sideA.node, sideB.node]
  const span = { start: left.span.start, end: right.span.end }
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
    })
  else report(ctx.diagnostics, 'claim-shape', span, { left: texts(a.shape), right: texts(b.shape) })
}
