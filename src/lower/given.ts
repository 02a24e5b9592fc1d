/** The members of a recurrence that are there before its first step: which equations give them, and what they are as one tensor. */
import { type Extent, addExtents, distance, extentText } from '../graph/extent.ts'
import type { Bound } from './domain.ts'
import type { Context } from './context.ts'
import { joined } from './boxes.ts'
import type { Boxed, Piece } from './families.ts'
import type { Rule } from './plan.ts'
import { fallsAsWritten } from './ranges.ts'
import type { Expression, IndexRange, Range } from '../syntax/tree.ts'

/** The equations of a family for a general value of the index, and those that give members by number. */
export interface Split {
  readonly own: readonly Rule[]
  readonly given: readonly Rule[]
}

/** Where an index stands on the left side of an equation. */
export const positionIn = ({ statement }: Rule, index: string): number | undefined => {
  const at = statement.indices.findIndex((s) => s.kind === 'name' && s.name === index)
  return at < 0 ? undefined : at
}

export const rangeOf = ({ ranges }: Rule, index: string): IndexRange =>
  ranges.find((r) => r.name.text === index)!

export function splitRules(rules: readonly Rule[], index: string): Split {
  const isOwn = (rule: Rule): boolean => positionIn(rule, index) !== undefined
  return { own: rules.filter(isOwn), given: rules.filter((rule) => !isOwn(rule)) }
}

/** How many steps the first of two ranges begins before the other one; NaN where that is not known, or they do not end together. */
export function ahead(a: Bound, b: Bound, falls: boolean): number {
  const last = ({ from, extent }: Bound): Extent => addExtents(from, extent)
  const [start, end] = falls
    ? [distance(last(b), last(a)), distance(a.from, b.from)]
    : [distance(a.from, b.from), distance(last(a), last(b))]
  return start === undefined || end !== 0 ? NaN : start
}

/** An equation for its first few members only. */
export function beginning(rule: Rule, index: string, count: number, falls: boolean): Rule {
  const shorter = (range: Range): Range => {
    const low = fallsAsWritten(range) ? range.to : range.from
    const high = fallsAsWritten(range) ? range.from : range.to
    return falls
      ? { ...range, from: moved(high, 1 - count), to: high }
      : { ...range, from: low, to: moved(low, count - 1) }
  }
  return {
    ...rule,
    ranges: rule.ranges.map((r) => (r.name.text === index ? { ...r, range: shorter(r.range) } : r)),
  }
}

function moved(tree: Expression, by: number): Expression {
  if (by === 0) return tree
  const right: Expression = { kind: 'number', text: String(Math.abs(by)), span: tree.span }
  return { kind: 'binary', operator: by > 0 ? '+' : '-', left: tree, right, span: tree.span }
}

/** One box of pieces, those at one position of an axis first. */
export function joinedAlong(
  ctx: Context,
  name: string,
  pieces: readonly Piece[],
  axis: number,
): Boxed | undefined {
  const rows: Piece[][] = []
  for (const p of pieces) {
    const isBeside = ([q]: readonly Piece[]): boolean =>
      q!.from[axis] === p.from[axis] && q!.node.shape[axis] === p.node.shape[axis]
    const row = rows.find(isBeside)
    if (row) row.push(p)
    else rows.push([p])
  }
  const made = rows.map((row) => {
    const all = joined(ctx, name, row)
    return all && { ...row[0]!, ...all }
  })
  return made.includes(undefined) ? undefined : joined(ctx, name, made as Piece[])
}

/** Where the members of a family are along its other indices. */
export interface Others {
  readonly from: readonly Extent[]
  readonly extents: readonly Extent[]
}

/** The given members, with an axis for each index. */
export interface Given {
  readonly node: Boxed['node']
  /** Of the other indices, the first values of all members. */
  readonly others: readonly Extent[]
  /** Where along the axes of the other indices the given ones are, if not everywhere: elsewhere they are 0, and nobody may ask for them. */
  readonly there: readonly (readonly [Extent, Extent] | undefined)[]
}

/** Several parts of axes, one after the other, as one; undefined where they leave gaps. */
export function together(parts: readonly Others[]): Others | undefined {
  const [first] = parts as [Others]
  const all: { from: Extent[]; extents: Extent[] } = { from: [], extents: [] }
  for (const axis of first.from.keys()) {
    const own = new Map(
      parts.map(({ from, extents }) => [
        `${extentText(from[axis]!)} ${extentText(extents[axis]!)}`,
        { from: from[axis]!, extent: extents[axis]! },
      ]),
    )
    const left = [...own.values()]
    const endOf = ({ from, extent }: { from: Extent; extent: Extent }): Extent => addExtents(from, extent)
    let at = left.find((p) => left.every((q) => q === p || endOf(q) !== p.from))
    if (!at) return undefined
    const { from } = at
    let end: Extent = from
    for (; at; at = left.find((p) => p.from === end)) {
      left.splice(left.indexOf(at), 1)
      end = endOf(at)
    }
    if (left.length > 0) return undefined
    all.from.push(from)
    all.extents.push(addExtents(end, from, -1))
  }
  return all
}

/** With 0 where there are members at other steps and not here (a corner between two sides); undefined where there are more here. */
export function madeFull(ctx: Context, boxed: Boxed, position: number, others: Others): Given | undefined {
  let { node } = boxed
  const there: (readonly [Extent, Extent] | undefined)[] = []
  for (const [i, from] of others.from.entries()) {
    const axis = i < position ? i : i + 1
    const [own, extent] = [boxed.from[axis]!, node.shape[axis]!]
    const before = distance(from, own)
    const after = distance(addExtents(own, extent), addExtents(from, others.extents[i]!))
    if (before === undefined || after === undefined || before < 0 || after < 0) return undefined
    if (before === 0 && after === 0) {
      there.push(undefined)
      continue
    }
    there.push([own, addExtents(addExtents(own, extent), -1)])
    node = ctx.graph.part(node, axis, others.extents[i]!, -before)
  }
  return { node, others: others.from, there }
}
