/** Indices that stand for all their values at once: symbols while a formula is read, and axes of its value afterwards. */
import { ONE } from '../base/rational.ts'
import type { Span } from '../base/span.ts'
import { type Extent, addExtents, extentText } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { LeadingAxis } from '../graph/leading-axis.ts'
import type { Node } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import type { Expression, IndexRange } from '../syntax/tree.ts'
import { type Context, type Env, complain } from './context.ts'
import { integerOf, isFloor } from './extents.ts'
import { isPlain } from './plain.ts'
import { walk } from './plan.ts'
import { fallsAsWritten } from './ranges.ts'
import {
  ANYWHERE,
  type Bound,
  type Linear,
  both,
  combine,
  extentForm,
  formExtent,
  linearOf,
  whereNegative,
} from './domain.ts'

const indicesIn = (env: Env): ReadonlySet<string> => new Set(env.indices?.map((b) => b.name))

/** The index as a name of the formula; undefined where its range is wrong, which is reported. */
export function bind(
  ctx: Context,
  env: Env,
  { name, range }: IndexRange,
): { readonly env: Env; readonly bound: Bound } | undefined {
  const { graph } = ctx
  const ends = [range.from, range.to].map((tree) => endOf(ctx, env, tree))
  if (ends.includes(undefined)) return undefined
  const [a, b] = ends.map((node) => linearOf(node!))
  const whole = (f: Linear | undefined): f is Linear =>
    f !== undefined && [...f.terms.values(), f.constant].every(Number.isInteger)
  const bad = !whole(a) ? range.from : !whole(b) ? range.to : undefined
  if (bad)
    return complain(ctx, env, 'bad-range-end', bad.span, { found: 'no whole multiple of indices and dims' })
  const falls = fallsAsWritten(range)
  const [first, last] = falls ? [b!, a!] : [a!, b!]
  const box = [least(env, first), greatest(env, last)] as const
  if (box[0] === undefined || box[1] === undefined)
    return complain(ctx, env, 'bad-range-end', range.span, { found: 'no number that other indices bound' })
  const length = addExtents(addExtents(box[1], box[0], -1), 1)
  const extent = typeof length === 'number' ? Math.max(0, length) : length
  // Inside of a function the indices around its call may have the same names.
  const taken = indicesIn(env)
  let text = name.text
  while (taken.has(text)) text += "'"
  const symbol = graph.symbol({ name: text, role: 'index', shape: [], assumptions: new Set() })
  const own = linearOf(symbol)!
  const [low, high] = falls ? [ends[1]!, ends[0]!] : [ends[0]!, ends[1]!]
  const conditions: Node[] = []
  const ge = (x: Node, y: Node): Node =>
    graph.bracket(
      '>=',
      {
        coefficients: [],
        multiples: [
          { node: x, coefficient: 1, labels: [] },
          { node: y, coefficient: -1, labels: [] },
        ],
        offset: 0,
      },
      [],
    )
  if (dependsOn(env, first)) conditions.push(ge(symbol, low))
  if (dependsOn(env, last)) conditions.push(ge(high, symbol))
  const within = [combine(own, first, -1), combine(last, own, -1)]
  const bound: Bound = { name: text, symbol, from: box[0], extent, falls, range: within, conditions }
  return {
    bound,
    env: {
      ...env,
      locals: new Map([...(env.locals ?? []), [name.text, symbol]]),
      indices: [...(env.indices ?? []), bound],
      domain: both(env.domain ?? ANYWHERE, [within]),
    },
  }
}

/** An end of a range: a number, or what depends on other indices. */
function endOf(ctx: Context, env: Env, tree: Expression): Node | undefined {
  if (!isPlain(ctx, env, tree)) {
    const floor = [...walk(tree)].find(isFloor)
    if (!floor) return ctx.evaluate(ctx, env, tree)
    return complain(ctx, env, 'bad-range-end', floor.span, { found: '`floor` of an index' })
  }
  const end = integerOf(ctx, env, tree, (found) => complain(ctx, env, 'bad-range-end', tree.span, { found }))
  return end === undefined ? undefined : ctx.graph.extent(end)
}

const dependsOn = (env: Env, form: Linear): boolean => {
  const names = indicesIn(env)
  return [...form.terms.keys()].some((name) => names.has(name))
}

/** The least value of a form over the boxes of the indices in it. */
const least = (env: Env, form: Linear): Extent | undefined => extreme(env, form, 1)
export const greatest = (env: Env, form: Linear): Extent | undefined => extreme(env, form, -1)

function extreme(env: Env, form: Linear, sign: 1 | -1): Extent | undefined {
  let sum: Linear = form
  for (const b of [...(env.indices ?? [])].reverse()) {
    const c = sum.terms.get(b.name)
    if (c === undefined) continue
    const terms = new Map(sum.terms)
    terms.delete(b.name)
    const end = c * sign > 0 ? b.from : addExtents(addExtents(b.from, b.extent), -1)
    const form = extentForm(end)
    sum = combine({ terms, constant: sum.constant }, form, c)
  }
  const names = indicesIn(env)
  return formExtent(sum, (name) => !names.has(name))
}

/** The value for all values of the index, from the last on where it falls: with an axis for it, which comes first. */
export function along(graph: Graph, node: Node, { symbol, from, extent }: Bound, falls = false): Node {
  const values = falls
    ? graph.subtract(graph.extent(addExtents(from, extent)), graph.iota(extent))
    : graph.add(graph.iota(extent), graph.extent(addExtents(from, -1)))
  const axis = new LeadingAxis(graph, extent, (n) => (n === symbol ? values : undefined))
  for (const n of topological([node])) axis.add(n)
  return axis.stretched(node)
}

/** Whether a position counted from 1 stays within an axis; reports where it does not, with values for which it leaves. */
export function staysInside(
  ctx: Context,
  env: Env,
  what: { readonly name: string; readonly span: Span; readonly at: Linear },
  from: Extent,
  to: Extent,
): boolean {
  const indices = new Set([...indicesIn(env), ...ctx.openIndices.map(({ index }) => index)])
  // The index of a block at an open depth is a name of the same kind as a dim.
  const open = ctx.openIndices.map(({ index, from: a, to: b }) => {
    const own: Linear = { terms: new Map([[index, 1]]), constant: 0 }
    return [combine(own, extentForm(a), -1), combine(extentForm(b), own, -1)]
  })
  const domain = both(env.domain ?? ANYWHERE, [open.flat()])
  for (const form of [combine(what.at, extentForm(from), -1), combine(extentForm(to), what.at, -1)]) {
    const point = whereNegative(domain, form, indices)
    if (point === undefined) continue
    const values =
      point === 'unknown'
        ? []
        : [...point]
            .filter(([name]) => what.at.terms.has(name) || form.terms.has(name))
            .map(([n, v]) => `${n} = ${v}`)
    const index =
      point === 'unknown' || [...what.at.terms.keys()].some((name) => !point.has(name))
        ? undefined
        : [...what.at.terms].reduce((sum, [name, c]) => sum + c * (point.get(name) ?? 0), what.at.constant)
    complain(ctx, env, 'subscript-leaves-axis', what.span, {
      name: what.name,
      from: extentText(from),
      to: extentText(to),
      values,
      index: index === undefined ? undefined : String(index),
    })
    return false
  }
  return true
}

/** The product of conditions: 1 where all hold. */
export const allOf = (graph: Graph, conditions: readonly Node[]): Node | undefined =>
  conditions.length === 0
    ? undefined
    : graph.withFactors(
        ONE,
        conditions.map((node) => ({ node, exponent: ONE })),
        [],
      )

/** A scalar, or what has the shape already, in a shape. */
export const stretchedTo = (graph: Graph, node: Node, shape: readonly Extent[]): Node =>
  node.shape.length === shape.length ? node : graph.broadcast(node, shape, [])
