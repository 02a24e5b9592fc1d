/** Reductions over indices: `sum(body for k in a..b, l in c..d where condition)`. */
import { ONE, rational } from '../base/rational.ts'
import { type Extent, dimsOf, openExtent, sizeOf } from '../graph/extent.ts'
import { factorsOf } from '../graph/graph.ts'
import { type Node, isPureProduct } from '../graph/node.ts'
import { isStructure } from '../graph/subscripts.ts'
import { gt, log, lse, reducemax, reducemin, select } from '../ops/index.ts'
import type { IndexRange, ReductionExpression } from '../syntax/tree.ts'
import { condition, decided, guarded, implied } from './conditions.ts'
import { type Context, type Env, complain } from './context.ts'
import { familyOf } from './families.ts'
import { along, allOf, bind, stretchedTo } from './indices.ts'
import { walk } from './plan.ts'
import { withoutRagged } from './ragged.ts'
import { affordable, bound, intervalOf } from './ranges.ts'

/** What a reduction is where nothing passes, and how many are one. */
interface Kind {
  readonly nothing: (ctx: Context) => Node
  /** The body where the condition holds, and else nothing; another way than by cases. */
  readonly selected?: (ctx: Context, passes: Node, body: Node) => Node
  /** Over the first `count` axes. */
  readonly reduce: (ctx: Context, terms: Node, count: number) => Node
}

const axesOf = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const zero = ({ graph }: Context): Node => graph.number(0)
/** No number at all. */
const nan = ({ graph }: Context): Node => graph.apply(log, [graph.number(-1)])
/** −∞: the logarithm of nothing. */
const least = ({ graph }: Context): Node => graph.apply(log, [graph.number(0)])

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    'sum',
    {
      nothing: zero,
      reduce: ({ graph }, terms, count) => graph.sumOver(terms, axesOf(count)),
      selected: counted,
    },
  ],
  ['prod', { nothing: ({ graph }) => graph.number(1), reduce: product }],
  [
    'max',
    {
      nothing: least,
      reduce: ({ graph }, terms, count) => graph.reduce(reducemax, terms, axesOf(count)),
    },
  ],
  [
    'min',
    {
      nothing: (ctx) => ctx.graph.negate(least(ctx)),
      reduce: ({ graph }, terms, count) => graph.reduce(reducemin, terms, axesOf(count)),
    },
  ],
  [
    'logsumexp',
    { nothing: least, reduce: ({ graph }, terms, count) => graph.reduce(lse, terms, axesOf(count)) },
  ],
])

/** All entries along the first axes multiplied. */
function product({ graph }: Context, terms: Node, count: number): Node {
  let node = terms
  for (let k = 0; k < count; k++)
    node = graph.multiply(
      ...Array.from({ length: node.shape[0] as number }, (_, i) => graph.element(node, 0, i)),
    )
  return node
}

/** One value of the body, with what must hold for it to count. */
interface Terms {
  readonly body: Node
  readonly condition: Node | undefined
  /** How many axes are those of indices. */
  readonly count: number
  /** A range is empty: the body stands for its shape, without axes of indices. */
  readonly isEmpty?: boolean
}

export function reduction(ctx: Context, env: Env, tree: ReductionExpression): Node | undefined {
  const { graph } = ctx
  const name = tree.callee.text
  const claimed = env.claimed && name === 'sum' ? claimedSum(ctx, env, tree) : undefined
  if (claimed) return claimed.node
  const terms = over(ctx, env, tree, tree.ranges, ctx.plan.picking(tree))
  if (!terms) return undefined
  const { condition: passes, body, count } = terms
  if (terms.isEmpty) {
    const nothing = name === 'mean' ? nan(ctx) : KINDS.get(name)!.nothing(ctx)
    return stretchedTo(graph, nothing, body.shape)
  }
  if (name === 'mean') {
    const total = graph.sumOver(passes ? counted(ctx, passes, body) : body, axesOf(count))
    if (!passes) {
      const size = sizeOf(body.shape.slice(0, count))
      return size === undefined
        ? graph.divide(total, graph.count(body.shape, axesOf(count)))
        : graph.scale(rational(1, size), total)
    }
    const number = graph.sumOver(passes, axesOf(count))
    const some = graph.apply(gt, [number, zero(ctx)])
    const value = graph.apply(select, [some, graph.divide(graph.number(1), number), nan(ctx)])
    return graph.multiply(total, value)
  }
  const kind = KINDS.get(name)!
  if (!passes) return kind.reduce(ctx, body, count)
  const some = kind.selected?.(ctx, passes, body) ?? selected(ctx, passes, body, kind.nothing(ctx))
  return kind.reduce(ctx, some, count)
}

/**
 * A claim's sum over an open range of members, or up to an index of the claim, as a symbol: its body is read for a general index, as the
 * claim is. Undefined of a sum over axes of tensors; without a node where something is wrong, which is reported.
 */
function claimedSum(
  ctx: Context,
  env: Env,
  tree: ReductionExpression,
): { node: Node | undefined } | undefined {
  const [range, ...others] = tree.ranges
  if (!range || others.length > 0 || tree.condition) return undefined
  const interval = intervalOf(ctx, env, range.range, new Set(env.locals?.keys()))
  if (!interval) return { node: undefined }
  const { from, to } = interval
  // Of a known range members are picked one by one, unless they are those of a recurrence that is kept.
  if (typeof from === 'number' && typeof to === 'number' && !ctx.plan.recurs) return undefined
  const general = new Set(ctx.openIndices.map(({ index }) => index))
  const isOfMembers = [...walk(tree.body)].some((t) => {
    if (t.kind === 'call') return t.callee.text === 'd'
    const family = t.kind === 'index' ? familyOf(ctx, t, env.locals) : undefined
    return family?.kind === 'values' && (!family.family.axes || ctx.plan.recurring(family.family.name))
  })
  if (!isOfMembers && ![from, to].some((end) => dimsOf(end).some((name) => general.has(name))))
    return undefined
  const index = range.name.text
  ctx.openIndices.push({ index, from, to })
  const body = ctx.evaluate(ctx, bound(ctx, env, index, openExtent(index)), tree.body)
  ctx.openIndices.pop()
  if (!body) return { node: undefined }
  const symbol = { name: `sum ${ctx.sums.size + 1}`, role: 'member' as const, shape: body.shape }
  const node = ctx.graph.symbol({ ...symbol, assumptions: new Set(), samples: body.samples })
  ctx.sums.set(node, { index, from, to, node: body })
  return { node }
}

/** The body where the condition, which has its first axes or none, holds. */
function selected({ graph }: Context, passes: Node, body: Node, otherwise: Node): Node {
  const wide =
    passes.shape.length === body.shape.length || passes.shape.length === 0
      ? passes
      : graph.broadcast(passes, body.shape, axesOf(passes.shape.length))
  return graph.stretch(graph.apply(select, [wide, body, otherwise]), body.shape)
}

/**
 * The body, and 0 where the condition does not hold. A bracket that fixes indices, Σ [j + k = i]·xⱼ, is a factor, for it leaves out terms
 * and multiplies none by 0.
 */
function counted(ctx: Context, passes: Node, body: Node): Node {
  const { graph } = ctx
  const factors =
    passes.kind === 'product'
      ? factorsOf(passes)
      : [{ node: passes, labels: axesOf(passes.shape.length), exponent: ONE }]
  const fixes = factors.every(({ node }) => conditionsFix(node))
  if (!fixes || (passes.kind === 'product' && !isPureProduct(passes)))
    return selected(ctx, passes, body, zero(ctx))
  return graph.product(
    ONE,
    [...factors, { node: body, labels: axesOf(body.shape.length), exponent: ONE }],
    axesOf(body.shape.length),
    body.shape,
  )
}

/** Whether a node is 1 where indices are what others say, and else 0. */
const conditionsFix = (node: Node): boolean =>
  isStructure(node) && (node.kind !== 'bracket' || node.relation === '=')

/** The body for all values of the indices: an axis for each of them, in order, before its own. */
function over(
  ctx: Context,
  env: Env,
  tree: ReductionExpression,
  ranges: readonly IndexRange[],
  unrolled: ReadonlySet<string>,
): Terms | undefined {
  const { graph } = ctx
  const [first, ...rest] = ranges
  if (!first) {
    if (tree.condition && decided(ctx, env, tree.condition) === false) return nothingOf(ctx)
    let here = env
    const conditions: Node[] = []
    if (tree.condition) {
      const holds = condition(ctx, env, tree.condition)
      if (!holds) return undefined
      if (holds.shape.length > 0)
        return complain(ctx, env, 'wrong-shape', tree.condition.span, {
          what: 'The condition',
          expected: 'a scalar',
          found: holds.shape.map(String),
        })
      conditions.push(holds)
      here = guarded(env, implied(ctx, env, tree.condition, true))
    }
    const body = ctx.evaluate(ctx, here, tree.body)
    return body && { body, condition: allOf(graph, conditions), count: 0 }
  }
  if (unrolled.has(first.name.text)) {
    const interval = intervalOf(ctx, env, first.range, new Set(env.locals?.keys()))
    if (!interval) return undefined
    const { from, to } = interval
    if (typeof from !== 'number' || typeof to !== 'number')
      return complain(ctx, env, 'open-family', first.span, { index: first.name.text })
    if (!affordable(ctx, first.span, to - from + 1)) return undefined
    const parts: Terms[] = []
    if (from > to) return nothingOf(ctx)
    for (let i = from; i <= to; i++) {
      const part = over(ctx, bound(ctx, env, first.name.text, i), tree, rest, unrolled)
      if (!part) return undefined
      parts.push(part)
    }
    const some = parts.filter((p) => !p.isEmpty)
    return some.length === 0 ? parts[0] : stacked(ctx, env, tree, some)
  }
  const opened = bind(ctx, env, first)
  if (!opened) return undefined
  const inner = over(ctx, opened.env, tree, rest, unrolled)
  const { bound: index } = opened
  const body = inner && withoutRagged(ctx, opened.env, inner.body, [index], tree.body.span)
  if (!body) return undefined
  if (inner.isEmpty || index.extent === 0) return { ...inner, body, count: 0, isEmpty: true }
  const own = allOf(graph, index.conditions)
  const both = combined(ctx, inner.condition, own)
  return {
    body: along(graph, body, index, index.falls),
    condition: both && along(graph, both, index, index.falls),
    count: inner.count + 1,
  }
}

/** Of no members of what is no tensor nothing has a shape: it is a scalar. */
const nothingOf = ({ graph }: Context): Terms => ({
  body: graph.number(0),
  condition: undefined,
  count: 0,
  isEmpty: true,
})

function combined({ graph }: Context, a: Node | undefined, b: Node | undefined): Node | undefined {
  if (!a || !b) return a ?? b
  return graph.multiply(a, b)
}

/** Values one after the other along an axis, which comes first. */
function stacked(
  ctx: Context,
  env: Env,
  tree: ReductionExpression,
  parts: readonly Terms[],
): Terms | undefined {
  const { graph } = ctx
  const [first] = parts as [Terms]
  const { shape } = first.body
  const differs = parts.find(
    (p) => p.body.shape.length !== shape.length || p.body.shape.some((e, i) => e !== shape[i]),
  )
  if (differs)
    return complain(ctx, env, 'family-of-shapes', tree.span, {
      what: 'what is reduced',
      left: shape.map(String),
      right: differs.body.shape.map(String),
    })
  const extent: Extent = parts.length
  const stack = (nodes: readonly Node[], own: readonly Extent[]): Node =>
    graph.addAll(
      nodes.map((node, k) =>
        graph.product(
          ONE,
          [
            { node: graph.basis(extent, k), labels: [0], exponent: ONE },
            { node, labels: own.map((_, i) => i + 1), exponent: ONE },
          ],
          [0, ...own.map((_, i) => i + 1)],
          [extent, ...own],
        ),
      ),
      [extent, ...own],
    )
  const some = parts.some((p) => p.condition)
  const ownCondition = shape.slice(0, first.count)
  return {
    body: stack(
      parts.map((p) => p.body),
      shape,
    ),
    condition: some
      ? stack(
          parts.map((p) => stretchedTo(graph, p.condition ?? graph.number(1), ownCondition)),
          ownCondition,
        )
      : undefined,
    count: first.count + 1,
  }
}
