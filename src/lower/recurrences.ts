/** Blocks whose range is open: evaluated once, for a general index. */
import { type Extent, type Shape, addExtents, distance, openExtent, sameShape } from '../graph/extent.ts'
import { atIndex, memberName, memberParts, relocated } from '../graph/member.ts'
import type { Equation, Recurrence } from '../graph/network.ts'
import { memberSymbol } from '../graph/reindex.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import type { EquationStatement, ForStatement, IndexRange } from '../syntax/tree.ts'
import { type Context, TOP, complain } from './context.ts'
import { type Family, type Interval, outside, rangeText, type Known } from './families.ts'
import { type Turns, member } from './members.ts'
import { bound } from './ranges.ts'
import { texts } from './shapes.ts'

/** Evaluates the block for its general index; undefined where something is wrong in it, which is reported. */
export function recurrence(
  ctx: Context,
  { ranges, body }: ForStatement,
  interval: Interval,
  turns: Turns,
): Recurrence | undefined {
  const [index] = ranges as readonly [IndexRange]
  const l = index.name.text
  if (body.some((inner) => inner.kind === 'for'))
    return complain(ctx, TOP, 'open-block-nested', index.span, { range: rangeText(interval) })
  const lines = body as readonly EquationStatement[]
  const known = new Map<Family<Node>, Known>()
  for (const { name } of lines) {
    const meaning = ctx.scope.meaning(name.text)
    if (meaning?.kind !== 'values') continue
    const state = stateOf(ctx, turns, meaning.family)
    state.turn = { index: l, ...interval, at: undefined }
    known.set(meaning.family, state)
  }
  const env = bound(ctx, TOP, l, openExtent(l))
  const equations: (Equation & { readonly family: string })[] = []
  ctx.openIndices.push({ index: l, ...interval })
  let fine = true
  for (const line of lines) {
    const found = member(ctx, env, line, turns)
    const equation = found && 'name' in found ? found : undefined
    const meaning = ctx.scope.meaning(line.name.text)
    const settled =
      equation && meaning?.kind === 'values'
        ? settle(ctx, meaning.family, known.get(meaning.family)!, equation)
        : false
    if (!equation || !settled) fine = false
    else equations.push({ ...equation, node: equation.node as EquationNode, family: line.name.text })
  }
  ctx.openIndices.pop()
  for (const [family, state] of known) {
    const { turn } = state
    state.turn = undefined
    if (turn?.at === undefined) continue
    family.members.delete(memberName(family.name, [turn.at]))
    const offset = distance(openExtent(l), turn.at)
    if (offset !== undefined)
      state.ranges.push({ from: addExtents(interval.from, offset), to: addExtents(interval.to, offset) })
  }
  return fine ? { index: l, ...interval, equations } : undefined
}

function stateOf(ctx: Context, { known }: Turns, family: Family<Node>): Known {
  let state = known.get(family)
  if (!state) {
    const made: Known = { ranges: [], pattern: undefined, turn: undefined }
    known.set(family, (state = made))
    family.reach = () => reachOf(family, made)
    family.general = (_, indices) => generalMember(ctx, family, made, indices[0]!)
  }
  return state
}

/** From the first of the members by number that stand directly below the general ones. */
function reachOf(family: Family<Node>, { ranges }: Known): Interval | undefined {
  const [range, ...others] = ranges
  if (!range || others.length > 0) return undefined
  let { from } = range
  while (typeof from === 'number' && family.members.has(memberName(family.name, [from - 1]))) from--
  return { from, to: range.to }
}

/** The general member is defined: is its shape what earlier indices had led to expect? */
function settle(
  ctx: Context,
  family: Family<Node>,
  state: Known,
  { name, node, span }: Omit<Equation, 'node'> & { readonly node: Node },
): boolean {
  const turn = state.turn!
  const at = memberParts(name)!.indices[0]!
  if (distance(openExtent(turn.index), at) === undefined) {
    complain(ctx, TOP, 'bad-index', span, {
      reason: `general members are defined at ${turn.index}, or at ${turn.index} plus a number`,
    })
    return false
  }
  turn.at = at
  const assumed = shapeAt(family, state, at)
  state.pattern = { at, index: turn.index, shape: node.shape }
  if (!assumed || sameShape(assumed, node.shape)) return true
  complain(ctx, TOP, 'member-shape', span, {
    member: name,
    found: texts(node.shape),
    assumed: texts(assumed),
  })
  return false
}

/** The member at a general index as a symbol; undefined where nothing defines it. */
function generalMember(ctx: Context, family: Family<Node>, state: Known, at: Extent): Node | undefined {
  if (!covered(ctx, family, state, at)) return undefined
  const shape = shapeAt(family, state, at)
  if (!shape) return undefined
  return ctx.graph.symbol(memberSymbol('member', family.name, at, shape))
}

function shapeAt(family: Family<Node>, { pattern }: Known, at: Extent): Shape | undefined {
  if (pattern?.index !== undefined) {
    // The pattern stands at l + c.
    const c = distance(openExtent(pattern.index), pattern.at)!
    const l = addExtents(at, -c)
    return pattern.shape.map((extent) => atIndex(extent, pattern.index!, l))
  }
  const [name, first] = [...family.members].find(([, node]) => node !== undefined) ?? []
  if (!first || name === undefined) return undefined
  const from = memberParts(name)!.indices[0] as number
  return first.shape.map((extent) => relocated(extent, from, at))
}

/** Whether something above defines the member, for every index that is at hand. */
function covered(ctx: Context, family: Family<Node>, { ranges, turn }: Known, at: Extent): boolean {
  const has = (i: number): boolean => family.members.has(memberName(family.name, [i]))
  /** From the first general member downwards there are members by number. */
  const below = (from: Extent, lowest: Extent): boolean => {
    const missing = distance(lowest, from)
    if (missing === undefined || missing <= 0) return true
    if (typeof from !== 'number') return false
    return Array.from({ length: missing }, (_, i) => from - 1 - i).every(has)
  }
  if (turn) {
    const before = distance(at, openExtent(turn.index))
    return before !== undefined && before > 0 && below(turn.from, addExtents(turn.from, -before))
  }
  const ends = [...ctx.openIndices].reduce<readonly Extent[]>(
    (list, { index, from, to }) => list.flatMap((e) => [atIndex(e, index, from), atIndex(e, index, to)]),
    [at],
  )
  return ranges.some((range) =>
    ends.every((e) => !outside(e, range) || ((distance(e, range.from) ?? 0) > 0 && below(range.from, e))),
  )
}
