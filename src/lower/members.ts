/** Members of families of equations, alone or in `for` blocks: for each value of the index, one line after the other. */
import type { Span } from '../base/span.ts'
import type { Extent } from '../graph/extent.ts'
import { memberName } from '../graph/member.ts'
import type { Equation, Recurrence } from '../graph/network.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import type { EquationStatement, Expression, ForStatement, IndexRange } from '../syntax/tree.ts'
import { select } from '../ops/index.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { evaluate } from './expression.ts'
import { areNumbers } from './index-data.ts'
import { indicesOf } from './extents.ts'
import { type Bound, negative } from './domain.ts'
import type { Boxed, Family, Known, Piece } from './families.ts'
import { along, allOf, bind, stretchedTo } from './indices.ts'
import { children, fold } from './fold.ts'
import { indexNamed } from './index-names.ts'
import { affordable } from './ranges.ts'
import { beyond, lengthsOf, withoutRagged } from './ragged.ts'
import { repeated } from './repeated.ts'
import { small } from './shapes.ts'

/** Trees that the blocks of one program may evaluate, all turns together. */
const MOST_TURNED = 5_000_000

/** What the turns of a program's blocks share. */
export class Turns {
  /** Statements whose names and calls are checked, and how many trees they have. */
  readonly checked = new Map<EquationStatement, { readonly ok: boolean; readonly size: number }>()
  /** Where the equations go; of a function nowhere: its names are its own, and stand for their values. */
  readonly into: { readonly equations: Equation[]; readonly recurrences: Recurrence[] } | undefined
  /** What is known of families that open blocks define. */
  readonly known = new Map<Family<Node>, Known>()
  left = MOST_TURNED

  constructor(into: Turns['into']) {
    this.into = into
  }
}

export type Member = Omit<Equation, 'node'> & { readonly node: Node }

/** One equation at values of the indices around it, whatever statement holds it. (Families made of one stand at its place.) */
export const turnId = ({ name }: EquationStatement, { locals = new Map() }: Env): string =>
  [name.text, name.span.start, ...[...locals].map(([index, { id }]) => `${index}=${id}`)].join()

/** `z[l] = …`; undefined where something is wrong with it, which is reported. */
export function member(
  ctx: Context,
  env: Env,
  statement: EquationStatement,
  turns: Turns,
): Member | Piece | undefined {
  const { order, scope } = ctx
  const id = turnId(statement, env)
  if (order.done.has(id)) return order.done.get(id)
  const { ok, size } = checked(ctx, env, statement, turns)
  const meaning = scope.meaning(statement.name.text)
  if (meaning?.kind !== 'values' || meaning.role !== 'equation') return undefined
  const { family } = meaning
  let made: Member | Piece | undefined
  if (family.last !== (statement.last ?? false)) {
    family.broken = true
    complain(ctx, TOP, 'mixed-subscripts', statement.span, { name: family.name, last: family.last })
  } else if (!family.axes) made = single(ctx, env, family, statement, turns, { ok, size })
  else if (!ok || !affords(ctx, statement, size, turns)) family.broken = true
  else made = piece(ctx, env, family, statement)
  order.done.set(id, made)
  return made
}

/** A member without axes. */
function single(
  ctx: Context,
  env: Env,
  family: Family<Node>,
  statement: EquationStatement,
  turns: Turns,
  { ok, size }: { readonly ok: boolean; readonly size: number },
): Member | undefined {
  const { name, indices, value, span, doc } = statement
  const at = ok && affordable(ctx, span, 1) ? indicesOf(ctx, env, name.text, indices) : undefined
  const defined = at && memberName(name.text, at)
  if (defined !== undefined && family.members.has(defined))
    complain(ctx, TOP, 'duplicate-member', name.span, { member: defined })
  else if (defined !== undefined && at!.length !== family.ranges.length)
    complain(ctx, TOP, 'wrong-index-count', span, {
      name: name.text,
      expected: family.ranges.length,
      found: at!.length,
    })
  else if (defined !== undefined && affords(ctx, statement, size, turns)) {
    const found = evaluate(ctx, env, value)
    const body = found && areNumbers(ctx, env, [value], [found]) ? found : undefined
    const node = body && turns.into ? ctx.graph.equation(defined, body) : body
    family.members.set(defined, node)
    if (node) {
      turns.into?.equations.push({ name: defined, node: node as EquationNode, span, doc })
      return { name: defined, node, span, doc }
    }
  }
  family.broken = true
  return undefined
}

/** What an equation says of a member with axes: its formula for all values of the indices behind it. */
function piece(
  ctx: Context,
  outer: Env,
  family: Family<Node>,
  { name, indices, value, ranges, span, doc }: EquationStatement,
): Piece | undefined {
  const axes = family.axes!
  family.broken ||= indices.length !== axes.length
  if (indices.length !== axes.length)
    return complain(ctx, TOP, 'wrong-index-count', span, {
      name: name.text,
      expected: axes.length,
      found: indices.length,
    })
  const at = indicesOf(
    ctx,
    outer,
    name.text,
    indices.filter((_, i) => !axes[i]),
  )
  const along = indices.filter((_, i) => axes[i])
  const found = at && box(ctx, outer, { name: name.text, span, value, ranges, indices: along })
  if (!found) {
    family.broken = true
    return undefined
  }
  const made: Piece = { ...found, span, doc }
  if (found.from.length === 0) {
    family.emptied = true
    return made
  }
  const key = at.length === 0 ? name.text : memberName(name.text, at)
  if (family.whole.has(key)) return complain(ctx, TOP, 'member-read-before', name.span, { member: key })
  const pieces = family.pieces.get(key)
  if (pieces) pieces.push(made)
  else family.pieces.set(key, [made])
  return made
}

/** A formula with subscripts on its left, each a number or an index behind it, which becomes an axis. */
export interface Boxing {
  readonly name: string
  readonly span: Span
  readonly value: Expression
  readonly ranges: readonly IndexRange[]
  readonly indices: readonly Expression[]
}

/** Its values for all indices, whose axes come first; of an empty range without any. */
export function box(
  ctx: Context,
  outer: Env,
  { name, span, value, ranges, indices }: Boxing,
): Boxed | undefined {
  const { graph } = ctx
  let env = outer
  const bounds = new Map<string, Bound>()
  for (const range of ranges) {
    const opened = bind(ctx, env, range)
    if (!opened) return undefined
    env = opened.env
    bounds.set(range.name.text, opened.bound)
  }
  // An empty range defines no members.
  const isEmpty = [...bounds.values()].some((b) => b.extent === 0)
  const read = ctx.evaluate(ctx, env, value)
  const own = [...bounds.values()]
  const lengths = read ? lengthsOf(read.shape, own) : []
  let node = read && withoutRagged(ctx, env, read, own, value.span, true)
  if (!node) return undefined
  if (isEmpty) return { node, from: [] }
  const shape = [...[...bounds.values()].map((b) => b.extent), ...node.shape]
  if (!small(ctx, outer, shape, span)) return undefined
  // Outside of its part of the box there is nothing.
  const within = allOf(
    graph,
    [...bounds.values()].flatMap((b) => b.conditions),
  )
  if (within)
    node = graph.stretch(
      graph.apply(select, [stretchedTo(graph, within, node.shape), node, graph.number(0)]),
      node.shape,
    )
  const from: Extent[] = []
  for (const s of [...indices].reverse()) {
    const bound = s.kind === 'name' ? bounds.get(s.name) : undefined
    if (bound) {
      node = along(graph, node, bound)
      from.unshift(bound.from)
      continue
    }
    const [k] = indicesOf(ctx, outer, name, [s]) ?? []
    if (k === undefined) return undefined
    from.unshift(k)
    node = graph.broadcast(
      node,
      [1, ...node.shape],
      node.shape.map((_, i) => i + 1),
    )
  }
  const [first] = indices
  const index = first?.kind === 'name' && bounds.has(first.name) ? { index: first.name } : {}
  const isRagged = lengths.some((e) => e !== undefined)
  if (!within && !isRagged) return { node, from, ...index }
  const names = indices.map((s) => (s.kind === 'name' ? bounds.get(s.name)?.name : undefined))
  const missing = own.flatMap((b) => b.range.map((form) => [negative(form)]))
  if (!isRagged) return { node, from, part: { names, missing } }
  const part = beyond(lengths, indices.length)
  return { node, from, part: { names: [...names, ...part.names], missing: [...missing, ...part.missing] } }
}

/** Names and calls are the same at every turn: they are checked at the first one. */
export function checked(
  ctx: Context,
  env: Env,
  statement: EquationStatement,
  turns: Turns,
): { readonly ok: boolean; readonly size: number } {
  const known = turns.checked.get(statement)
  if (known) return known
  const { name, indices, value, ranges } = statement
  const index = [...(env.locals?.keys() ?? [])].at(-1)
  const withoutIndex = indices.length === 0 && index !== undefined
  // Defined anew for each index it is defined before as well: that is one mistake.
  if (!withoutIndex) repeated(ctx, statement)
  const parameters = new Set(env.locals?.keys())
  let ok = true
  for (const range of ranges) {
    ok = indexNamed(ctx, range, parameters) && ok
    for (const end of [range.range.from, range.range.to])
      ok = check(ctx, end, { parameters: new Set(parameters), extent: true }).ok && ok
    parameters.add(range.name.text)
    if (indices.some((s) => s.kind === 'name' && s.name === range.name.text)) continue
    complain(ctx, TOP, 'index-not-on-the-left', range.name.span, {
      index: range.name.text,
      name: name.text,
    })
    ok = false
  }
  const around = { defines: name.text, parameters }
  for (const tree of [...indices, value]) ok = check(ctx, tree, around).ok && ok
  if (withoutIndex) {
    complain(ctx, TOP, 'equation-without-index', name.span, { name: name.text, index })
    ctx.scope.define(name.text, { kind: 'unknown' })
    ok = false
  }
  const found = { ok, size: fold<number>(value, children, (_, sizes) => sizes.reduce((a, b) => a + b, 1)) }
  turns.checked.set(statement, found)
  return found
}

/** Whether one more turn of a statement can be afforded; reported once where not. */
function affords(ctx: Context, { span }: EquationStatement, size: number, turns: Turns): boolean {
  if (turns.left < 0) return false
  turns.left -= size
  if (turns.left >= 0) return true
  return (
    complain(ctx, TOP, 'over-limit', span, {
      what: 'What the blocks of this program expand to is',
      limit: MOST_TURNED,
      hint: undefined,
    }) ?? false
  )
}

/** What the families of a block lack is not known. */
export function broken(ctx: Context, { body }: ForStatement): false {
  for (const statement of body) {
    if (statement.kind === 'for') broken(ctx, statement)
    else if (statement.kind === 'equation') markBroken(ctx, statement.name.text)
  }
  return false
}

export function markBroken(ctx: Context, name: string): void {
  const meaning = ctx.scope.meaning(name)
  if (meaning?.kind === 'values') meaning.family.broken = true
  else ctx.scope.define(name, { kind: 'unknown' })
}
