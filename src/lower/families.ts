/** Families: names whose members are picked by an index, `W[l]`, `n[l-1]`, `h[t, l]`. */
import { type Extent, type Shape, distance, extentText } from '../graph/extent.ts'
import type { Span } from '../base/span.ts'
import { memberName, memberParts } from '../graph/member.ts'
import type { Node } from '../graph/node.ts'
import type { IndexExpression } from '../syntax/tree.ts'
import type { Context } from './context.ts'
import type { Domain } from './domain.ts'
import type { Plan } from './plan.ts'
import type { Meaning, Scope } from './scope.ts'

/** Members that one program may have, all families together: each is a value of its own. */
export const MOST_MEMBERS = 50_000

/** Where an index runs, both ends included. */
export interface Interval {
  readonly from: Extent
  readonly to: Extent
}

/** The range of an index with its name. */
export interface IndexInterval extends Interval {
  readonly index: string
}

export const rangeText = ({ from, to }: Interval): string => `${extentText(from)}..${extentText(to)}`

/** The index of a member by its name, as options give it; undefined where it is no member of the family. */
export function memberIndex(family: string, name: string): number | undefined {
  const member = memberParts(name)
  const [at, ...others] = member?.family === family ? member.indices : []
  return typeof at === 'number' && others.length === 0 ? at : undefined
}

/** A box of members as a tensor, its indices as first axes; `from`: the first value of each of them. */
export interface Boxed {
  readonly node: Node
  readonly from: readonly Extent[]
  /** What its first index is called, where one equation says it for each value. */
  readonly index?: string
  /** Where in the box there are members, if not everywhere. */
  readonly part?: Part
}

/** A part of a box: the names of its axes, and what holds of them where there is no member, in one way or another. */
export interface Part {
  readonly names: readonly (string | undefined)[]
  readonly missing: Domain
}

/** Such a box as one equation says it. */
export interface Piece extends Boxed {
  readonly span: Span
  readonly doc: string | undefined
}

/** The members of a name, by their indices. */
export class Family<Member> {
  readonly name: string
  /** One for each index; of equations only their number is known. */
  readonly ranges: (Interval | undefined)[]
  readonly members = new Map<string, Member | undefined>()
  /** Members whose range is open: made when somebody names them. */
  general: ((ctx: Context, indices: readonly Extent[]) => Member | undefined) | undefined
  /** Where general members, and those below them, are defined, as far as that is known. */
  reach: (() => Interval | undefined) | undefined
  /** A definition of members is wrong and reported: missing ones are no further mistake. */
  broken = false
  /** A range of an equation is empty: it defines no members. */
  emptied = false
  /** Of equations: its indices are the last axes of the whole, and not the first ones. */
  readonly last: boolean
  /** Of equations: which of its indices are axes of its members, which are then known by the others alone. */
  axes: readonly boolean[] | undefined
  /** What equations say of parts of a member with axes, by its name. */
  readonly pieces = new Map<string, Piece[]>()
  /** Members with axes, put together, by their names. */
  readonly whole = new Map<string, Boxed | undefined>()

  constructor(name: string, ranges: readonly (Interval | undefined)[], last = false) {
    this.name = name
    this.ranges = [...ranges]
    this.last = last
  }
}

/** The shape of the member at `at`, by which those at other indices are known. */
export interface Pattern {
  readonly at: Extent
  readonly index: string | undefined
  readonly shape: Shape
}

/** What is known of a family of equations beside its members by number. */
export interface Known {
  /** Where general members are defined. */
  readonly ranges: Interval[]
  pattern: Pattern | undefined
  /** While the block is evaluated that defines it: its index, and at which index it defines the family. */
  turn: (IndexInterval & { at: Extent | undefined }) | undefined
}

/** The family, of extents or of values, of which an index expression picks a member. */
export function familyOf(
  { scope }: Context,
  { object }: IndexExpression,
  locals?: { has(name: string): boolean },
): (Meaning & { kind: 'dims' | 'values' }) | undefined {
  const meaning = object.kind === 'name' && !locals?.has(object.name) ? scope.meaning(object.name) : undefined
  return meaning?.kind === 'dims' || meaning?.kind === 'values' ? meaning : undefined
}

/** A member to show in a message. */
export const someMember = ({ name, ranges, members }: Family<unknown>): string =>
  members.keys().next().value ??
  memberName(
    name,
    ranges.map((range) => range?.from ?? 1),
  )

/** Whether an index is known to be outside of a range. */
export const outside = (index: Extent, { from, to }: Interval): boolean =>
  before(index, from) || before(to, index)

/** Whether a < b is known. */
const before = (a: Extent, b: Extent): boolean => (distance(a, b) ?? 0) > 0

/** Gives the families of equations that a scope declares their meaning, without any member so far. */
export function defineFamilies(scope: Scope, plan: Plan): void {
  for (const { name, arity, last = false } of scope.familiesOfEquations()) {
    const ranges = Array.from({ length: arity }, () => undefined)
    const family = new Family<Node>(name, ranges, last)
    const axes = family.ranges.map((_, position) => plan.isAxis(name, position))
    if (axes.some(Boolean)) family.axes = axes
    scope.define(name, { kind: 'values', role: 'equation', family })
  }
}
