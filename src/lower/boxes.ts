/** Families of equations whose indices are axes: read at subscripts, as a whole, and put together from what equations say. */
import { ONE } from '../base/rational.ts'
import { type Extent, type Shape, addExtents, distance, extentText, sameShape } from '../graph/extent.ts'
import { memberName, memberParts } from '../graph/member.ts'
import type { Equation } from '../graph/network.ts'
import type { Node } from '../graph/node.ts'
import type { Expression, IndexExpression, Subscript } from '../syntax/tree.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import {
  ANYWHERE,
  type Linear,
  both,
  combine,
  constantForm,
  extentForm,
  linearOf,
  whereAll,
} from './domain.ts'
import { indicesOf, memberOf } from './extents.ts'
import type { Boxed, Family, Piece } from './families.ts'
import { wholeIn } from './index-data.ts'
import { staysInside } from './indices.ts'
import { isPlain } from './plain.ts'
import { joinedParts } from './pieces.ts'
import { type Cut, cut } from './ragged.ts'
import { texts } from './shapes.ts'
import { subscripted } from './subscripts.ts'

/** `F[…]`: indices that are no axes pick the member; the others, and what more there are, are subscripts of its tensor. */
export function read(ctx: Context, env: Env, family: Family<Node>, tree: IndexExpression): Node | undefined {
  const { name } = family
  const steps = ctx.scans.find((scan) => scan.has(name))
  if (steps) return steps.read(env, name, tree)
  const { indices, last = false } = tree
  // What is no member, nor a part of the axes that the equations have, is a part of the whole.
  if (last !== family.last || (last && indices.length !== family.ranges.length)) {
    const all = whole(ctx, env, family, tree)
    return all && rest(ctx, env, all.node, tree, onAxes(all.node, tree), all.from)
  }
  if (!family.axes) {
    const count = family.ranges.length
    const picks = indices.slice(0, count)
    // A part of a family, a look-up, or fewer indices than it has: it is one tensor then.
    if (indices.length < count || picks.some((s) => isOfSeveral(ctx, env, s))) {
      const first = picks.every((s) => s.kind !== 'part' && isPlain(ctx, env, s))
        ? indicesOf(ctx, env, name, picks as Expression[])
        : undefined
      if (first) return whole(ctx, env, family, tree, first)?.node
      return parted(ctx, env, family, tree, picks)
    }
    if (env.claimed && !isWithin(ctx, env, family, picks as Expression[])) return undefined
    const member = memberOf(ctx, env, family, { ...tree, indices: picks })
    return member && (indices.length === count ? member : rest(ctx, env, member, tree, indices.slice(count)))
  }
  ctx.demand(name)
  const picks = family.axes.flatMap((axis, i) => (axis ? [] : [i]))
  if (picks.some((i) => indices[i] === undefined || isOfSeveral(ctx, env, indices[i])))
    return parted(ctx, env, family, tree, indices.slice(0, family.ranges.length))
  const at = indicesOf(
    ctx,
    env,
    name,
    picks.map((i) => indices[i] as Expression),
  )
  if (!at) return undefined
  const boxed = member(ctx, env, family, at, tree)
  const others = indices.filter((_, i) => !picks.includes(i))
  const rows = boxed ? rowsOf(ctx, env, boxed, others) : []
  if (!boxed || !isThere(ctx, env, boxed, tree, others, rows)) return undefined
  const found = rest(ctx, env, boxed.node, tree, others, boxed.from)
  return found && rows.reduce((node, row) => cut(ctx.graph, node, row), found)
}

/** Whether a subscript is a part, or index data that may choose any member. */
function isOfSeveral(ctx: Context, env: Env, s: Subscript): boolean {
  if (s.kind === 'part') return true
  const value = isPlain(ctx, env, s) ? undefined : ctx.evaluate(ctx, env, s)
  return value !== undefined && wholeIn(value)?.indexes !== undefined
}

/** Where there are members along an axis that is asked for as a whole: rows of a triangle, each of its own length. */
interface Row extends Cut {
  readonly whole: number
}

function rowsOf(
  ctx: Context,
  env: Env,
  { part, from, node }: Boxed,
  subscripts: readonly Subscript[],
): Row[] {
  if (!part || part.missing.some((region) => region.length !== 1)) return []
  const isWhole = (axis: number): boolean => {
    const s = subscripts[axis]
    return !s || (s.kind === 'part' && !s.range)
  }
  const forms = new Map<string, Linear>()
  for (const [axis, name] of part.names.entries()) {
    const s = subscripts[axis]
    if (isWhole(axis)) continue
    const value = s!.kind === 'part' ? undefined : ctx.evaluate(ctx, env, s as Expression)
    const form = value && linearOf(value)
    if (!form) return []
    if (name !== undefined) forms.set(name, form)
  }
  const rows: Row[] = []
  let left = 0
  for (const [axis, name] of part.names.entries()) {
    if (!isWhole(axis)) continue
    const own: Linear = { terms: new Map([[name ?? '', 1]]), constant: 0 }
    const ends: Linear[] = []
    for (const sign of [-1, 1] as const) {
      // Members are missing where own < first, or own > last.
      const bound = part.missing.find(([m]) => name !== undefined && m!.terms.get(name) === sign)?.[0]
      const away = bound && combine(combine(own, bound, -sign), constantForm(-sign))
      const first = extentForm(from[axis] ?? 1)
      const usual =
        sign < 0 ? first : combine(combine(first, extentForm(node.shape[axis]!)), constantForm(-1))
      const end = away ? put(away, forms) : usual
      if (end) ends.push(end)
    }
    const [first, last] = ends
    if (first && last) rows.push({ whole: axis, axis: left, from: from[axis] ?? 1, first, last })
    left++
  }
  return rows
}

/** A form with others in the places of names; undefined where there is none for one that is a position along an axis. */
function put(form: Linear, forms: ReadonlyMap<string, Linear>): Linear {
  let sum = constantForm(form.constant)
  for (const [name, c] of form.terms)
    sum = combine(sum, forms.get(name) ?? { terms: new Map([[name, 1]]), constant: 0 }, c)
  return sum
}

/** A part of a family whose members are things of their own, `h[1..t-1]`: it needs these alone. */
function parted(
  ctx: Context,
  env: Env,
  family: Family<Node>,
  tree: IndexExpression,
  picks: readonly Subscript[],
): Node | undefined {
  const { name, axes } = family
  const asked: Asked[] = picks
    .filter((_, i) => !axes?.[i])
    .map((s) => {
      const { from, to } = s.kind === 'part' ? { ...s.range } : { from: s, to: s }
      if (!from || !to || ![from, to].every((end) => isPlain(ctx, env, end))) return undefined
      const ends = indicesOf(ctx, env, name, [from, to])
      return ends?.every((end) => typeof end === 'number') ? (ends as [number, number]) : undefined
    })
  const all = whole(ctx, env, family, tree, [], asked)
  return all && rest(ctx, env, all.node, tree, tree.indices, all.from)
}

/** From which member to which one, along an index; undefined of all. */
type Asked = readonly [number, number] | undefined

/** Whether members that a claim asks for are there for all values of its indices; reports where not, with values for which they are not. */
function isWithin(ctx: Context, env: Env, family: Family<Node>, picks: readonly Expression[]): boolean {
  if (ctx.openIndices.length === 0) return true
  return picks.every((tree, i) => {
    const range = family.ranges[i] ?? (family.ranges.length === 1 ? family.reach?.() : undefined)
    const node = range && ctx.evaluate(ctx, env, tree)
    const at = node && linearOf(node)
    return !at || staysInside(ctx, env, { name: family.name, span: tree.span, at }, range.from, range.to)
  })
}

/** Whether subscripts stay where a box has members; reports where not. Of look-ups nothing is known. */
function isThere(
  ctx: Context,
  env: Env,
  { node, part, from }: Boxed,
  tree: IndexExpression,
  subscripts: readonly Subscript[],
  rows: readonly Row[],
): boolean {
  if (!part) return true
  const name = tree.object.kind === 'name' ? tree.object.name : 'the value'
  const forms = new Map<string, Linear>()
  const along: Linear[] = []
  for (const [axis, index] of part.names.entries()) {
    const s = subscripts[axis]
    const linear = (tree: Expression): Linear | undefined => {
      const node = ctx.evaluate(ctx, env, tree)
      return node && linearOf(node)
    }
    if (s && s.kind !== 'part') {
      const form = linear(s)
      if (!form) return true
      if (index !== undefined) forms.set(index, form)
      continue
    }
    // All positions of a part, or of the axis.
    const first = extentForm(from[axis] ?? 1)
    const own: Linear = { terms: new Map([[`#${axis}`, 1]]), constant: 0 }
    const row = rows.find(({ whole }) => whole === axis)
    const ends = s?.range
      ? [linear(s.range.from), linear(s.range.to)]
      : row
        ? [row.first, row.last]
        : [first, combine(combine(first, extentForm(node.shape[axis]!), 1), constantForm(-1))]
    if (!ends[0] || !ends[1]) return true
    along.push(combine(own, ends[0], -1), combine(ends[1], own, -1))
    if (index !== undefined) forms.set(index, own)
  }
  const names = new Set([
    ...(env.indices ?? []).map((b) => b.name),
    ...part.names.map((_, axis) => `#${axis}`),
  ])
  const domain = both(env.domain ?? ANYWHERE, [along])
  for (const region of part.missing) {
    const point = whereAll(
      domain,
      region.map((bound) => put(bound, forms)),
      names,
    )
    if (point === undefined || point === 'unknown') continue
    const at = [...forms.values()].map((f) =>
      [...f.terms].reduce((sum, [index, c]) => sum + c * (point.get(index) ?? 0), f.constant),
    )
    complain(ctx, env, 'undefined-member', tree.span, {
      member: memberName(name, from.length === at.length ? at : []),
      known: [],
    })
    return false
  }
  return true
}

function rest(
  ctx: Context,
  env: Env,
  node: Node,
  tree: IndexExpression,
  indices: readonly Subscript[],
  from?: readonly Extent[],
): Node | undefined {
  const name = tree.object.kind === 'name' ? tree.object.name : 'the value'
  if (indices.length > node.shape.length)
    return complain(ctx, env, 'wrong-index-count', tree.span, {
      name,
      expected: tree.indices.length - indices.length + node.shape.length,
      found: tree.indices.length,
    })
  return subscripted(ctx, env, { node, name, ...(from ? { from } : {}) }, indices)
}

/** Subscripts of the last axes, `x[..., i]`, are behind those of the others, which are whole. */
export const onAxes = ({ shape }: Node, { last, span, indices }: IndexExpression): readonly Subscript[] =>
  last && indices.length < shape.length
    ? [...shape.slice(indices.length).map((): Subscript => ({ kind: 'part', span })), ...indices]
    : indices

/** A tensor whose first axes are those of indices, these last. */
function indicesLast({ graph }: Context, node: Node, count: number): Node {
  const axes = node.shape.map((_, axis) => axis)
  return graph.transpose(node, [...axes.slice(count), ...axes.slice(0, count)])
}

const indicesFirst = (ctx: Context, node: Node, count: number): Node =>
  indicesLast(ctx, node, node.shape.length - count)

/** The member with axes at known indices, put together from its pieces when it is first asked for. */
export function member(
  ctx: Context,
  env: Env,
  family: Family<Node>,
  at: readonly Extent[],
  tree: Expression,
): Boxed | undefined {
  // What a wrong equation would have said is not known.
  if (family.broken) return undefined
  const key = at.length === 0 ? family.name : memberName(family.name, at)
  if (!family.whole.has(key)) {
    if (at.length > 0) ctx.order.require(family.name, at, tree.span)
    const pieces = family.pieces.get(key)
    if (!pieces && family.emptied)
      return complain(ctx, env, 'empty-family', tree.span, { name: ctx.within?.prelude?.name ?? key })
    if (!pieces) {
      return complain(ctx, env, 'undefined-member', tree.span, {
        member: key,
        known: [...family.pieces.keys()],
      })
    }
    const made = joined(ctx, key, pieces)
    const { span, doc } = pieces[0]!
    const count = made?.from.length ?? 0
    const along = made && !family.last ? alongOf(made) : {}
    const define = (node: Node): Node => ctx.define({ name: key, node, span, doc, ...along })
    const named =
      made && family.last
        ? indicesFirst(ctx, define(indicesLast(ctx, made.node, count)), count)
        : made && define(made.node)
    family.whole.set(key, made && { ...made, node: named! })
    if (!made) family.broken = true
  }
  return family.whole.get(key)
}

/** The index that an equation says each value of. */
function alongOf({ index, from: [from], node }: Boxed): Pick<Equation, 'along'> {
  if (index === undefined || from === undefined) return {}
  return { along: { index, from, to: addExtents(addExtents(from, node.shape[0]!), -1) } }
}

/** One box of several, which lie one after the other along one axis. */
export function joined(ctx: Context, key: string, pieces: readonly Piece[]): Boxed | undefined {
  const [first] = pieces as [Piece]
  if (pieces.length === 1) return first
  const { graph } = ctx
  const rank = first.from.length
  const own = (p: Piece): Shape => p.node.shape.slice(rank)
  const odd = pieces.find((p) => !sameShape(own(p), own(first)))
  if (odd)
    return complain(ctx, TOP, 'member-shape', odd.span, {
      member: key,
      found: texts(own(odd)),
      assumed: texts(own(first)),
    })
  if (pieces.some((p) => p.part)) return joinedParts(ctx, key, pieces)
  const differs = first.from.flatMap((_, axis) =>
    pieces.every((p) => p.from[axis] === first.from[axis] && p.node.shape[axis] === first.node.shape[axis])
      ? []
      : [axis],
  )
  const last = pieces[pieces.length - 1]!
  if (differs.length === 0) return complain(ctx, TOP, 'duplicate-member', last.span, { member: key })
  const gap = (p: Piece): undefined => complain(ctx, TOP, 'family-with-gaps', p.span, { name: key })
  if (differs.length > 1) return joinedParts(ctx, key, pieces)
  const [axis] = differs as [number]
  const sorted =
    inChain(pieces, axis) ?? [...pieces].sort((a, b) => distance(b.from[axis]!, a.from[axis]!) ?? 0)
  let extent: Extent = 0
  const start = sorted[0]!.from[axis]!
  const places: Extent[] = []
  for (const p of sorted) {
    if (addExtents(start, extent) !== p.from[axis]!) {
      const overlap = distance(addExtents(start, extent), p.from[axis]!)
      return overlap !== undefined && overlap < 0
        ? complain(ctx, TOP, 'duplicate-member', p.span, { member: `${key}[${extentText(p.from[axis]!)}]` })
        : gap(p)
    }
    places.push(extent)
    extent = addExtents(extent, p.node.shape[axis]!)
  }
  const shape = first.node.shape.map((e, i) => (i === axis ? extent : e))
  return {
    from: first.from.map((f, i) => (i === axis ? start : f)),
    node: graph.addAll(
      sorted.map((p, k) => graph.part(p.node, axis, extent, addExtents(0, places[k]!, -1))),
      shape,
    ),
  }
}

/** Pieces that stand one behind the other along an axis, in that order, whatever their lengths are; undefined where they do not. */
function inChain(pieces: readonly Piece[], axis: number): Piece[] | undefined {
  const endOf = ({ from, node }: Piece): Extent => addExtents(from[axis]!, node.shape[axis]!)
  const chain: Piece[] = []
  let next = pieces.find((p) => pieces.every((q) => q === p || endOf(q) !== p.from[axis]))
  for (; next && !chain.includes(next); next = pieces.find((p) => p.from[axis] === endOf(chain.at(-1)!)))
    chain.push(next)
  return chain.length === pieces.length ? chain : undefined
}

/**
 * The family, or those of its members whose first indices are known, as one tensor, the other indices as first axes; as last ones where
 * its equations say so.
 */
export function whole(
  ctx: Context,
  env: Env,
  family: Family<Node>,
  tree: Expression,
  first: readonly Extent[] = [],
  asked: readonly Asked[] = [],
): Boxed | undefined {
  const all = allOf(ctx, env, family, tree, first, asked)
  if (!all || !family.last) return all
  const count = all.from.length
  const others = all.node.shape.slice(count).map(() => 1)
  return { ...all, node: indicesLast(ctx, all.node, count), from: [...others, ...all.from] }
}

function allOf(
  ctx: Context,
  env: Env,
  family: Family<Node>,
  tree: Expression,
  first: readonly Extent[],
  asked: readonly Asked[],
): Boxed | undefined {
  const { name, axes } = family
  ctx.demand(name)
  if (family.broken) return undefined
  if (axes?.every(Boolean)) {
    const all = member(ctx, env, family, [], tree)
    return all?.part ? complain(ctx, env, 'family-with-gaps', tree.span, { name }) : all
  }
  const isAsked = (indices: readonly Extent[]): boolean =>
    first.every((e, i) => e === indices[i]) &&
    asked.every((ends, i) => {
      const at = indices[i] as number
      return !ends || (at >= ends[0] && at <= ends[1])
    })
  ctx.order.requireAll(name, isAsked, tree.span)
  const keys = axes ? [...family.pieces.keys()] : [...family.members.keys()]
  const found: { at: readonly number[]; boxed: Boxed }[] = []
  for (const key of keys) {
    const indices = memberParts(key)?.indices ?? []
    if (!indices.every((i) => typeof i === 'number')) return undefined
    if (!isAsked(indices)) continue
    const node = family.members.get(key)
    const boxed = axes ? member(ctx, env, family, indices, tree) : node && { node, from: [] }
    if (!boxed) return undefined
    found.push({ at: (indices as number[]).slice(first.length), boxed })
  }
  const [one] = found
  if (!one) {
    if (family.broken) return undefined
    return complain(ctx, env, 'missing-index', tree.span, { name, member: memberName(name, [1]) })
  }
  const odd = found.find((f) => !sameShape(f.boxed.node.shape, one.boxed.node.shape))
  if (odd)
    return complain(ctx, env, 'family-of-shapes', tree.span, {
      what: name,
      left: texts(one.boxed.node.shape),
      right: texts(odd.boxed.node.shape),
    })
  const from = one.at.map((_, k) => Math.min(...found.map((f) => f.at[k]!)))
  const extents = one.at.map((_, k) => Math.max(...found.map((f) => f.at[k]!)) - from[k]! + 1)
  if (extents.reduce((p, e) => p * e, 1) !== found.length)
    return complain(ctx, env, 'family-with-gaps', tree.span, { name })
  const { graph } = ctx
  const steps = one.at.length
  const inner = one.boxed.node.shape
  // Indices in the order in which the family has them.
  const positions = axes ?? one.at.map(() => false)
  let step = 0
  let along = 0
  const order = positions.map((axis) => (axis ? steps + along++ : step++))
  for (let k = along; k < inner.length; k++) order.push(steps + k)
  const shape = [...extents, ...inner]
  const out = order
  const node = graph.addAll(
    found.map(({ at, boxed }) =>
      graph.product(
        ONE,
        [
          ...at.map((i, k) => ({
            node: graph.basis(extents[k]!, i - from[k]!),
            labels: [k],
            exponent: ONE,
          })),
          { node: boxed.node, labels: inner.map((_, k) => steps + k), exponent: ONE },
        ],
        out,
        out.map((l) => shape[l]!),
      ),
    ),
    out.map((l) => shape[l]!),
  )
  const froms = [...from, ...one.boxed.from]
  return { node, from: positions.map((_, i) => froms[order[i]!] ?? 1) }
}
