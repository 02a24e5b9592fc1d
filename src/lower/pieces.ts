/** Several parts of one family as one box: triangles beside one another, blocks of a matrix. What no equation says is missing; nothing is said twice. */
import { type Extent, addExtents, distance } from '../graph/extent.ts'
import { memberName } from '../graph/member.ts'
import { type Context, TOP, complain } from './context.ts'
import {
  type Conjunction,
  type Linear,
  combine,
  constantForm,
  extentForm,
  negative,
  whereAll,
} from './domain.ts'
import type { Boxed, Piece } from './families.ts'

/** Beyond so many ways in which a member may be missing nothing is said of them. */
const MOST_WAYS = 200

const nameOf = (axis: number): string => `@${axis}`
const own = (axis: number): Linear => ({ terms: new Map([[nameOf(axis), 1]]), constant: 0 })

/** The box around pieces of one shape, each 0 outside of its part; undefined where they overlap, or lie at no known distances. */
export function joinedParts(ctx: Context, key: string, pieces: readonly Piece[]): Boxed | undefined {
  const [first] = pieces as [Piece]
  const last = pieces.at(-1)!
  const rank = first.from.length
  const from: Extent[] = []
  const shape: Extent[] = [...first.node.shape]
  for (let axis = 0; axis < rank; axis++) {
    const low = extreme(
      pieces.map((p) => p.from[axis]!),
      -1,
    )
    const high = extreme(
      pieces.map((p) => addExtents(p.from[axis]!, p.node.shape[axis]!)),
      1,
    )
    if (low === undefined || high === undefined)
      return complain(ctx, TOP, 'family-with-gaps', last.span, { name: key })
    from.push(low)
    shape[axis] = addExtents(high, low, -1)
  }
  const names = new Set(from.map((_, axis) => nameOf(axis)))
  const inside: Conjunction = from.flatMap((low, axis) => [
    combine(own(axis), extentForm(low), -1),
    negative(combine(own(axis), extentForm(addExtents(low, shape[axis]!)), -1)),
  ])
  const missing = pieces.map((p) => missingOf(p))
  if (missing.some((regions) => regions.some((region) => region.length !== 1)))
    return complain(ctx, TOP, 'family-with-gaps', last.span, { name: key })
  const present = missing.map((regions) => regions.map(([form]) => negative(form!)))
  for (const [i, p] of pieces.entries())
    for (let j = 0; j < i; j++) {
      const at = whereAll([[...inside]], [...present[i]!, ...present[j]!], names)
      if (at === undefined) continue
      const indices = at === 'unknown' ? [] : from.map((_, axis) => at.get(nameOf(axis)) ?? 0)
      return complain(ctx, TOP, 'duplicate-member', p.span, { member: memberName(key, indices) })
    }
  const ways = missing.reduce<readonly Conjunction[]>(
    (all, regions) =>
      all.length > MOST_WAYS ? all : all.flatMap((way) => regions.map((r) => [...way, ...r])),
    [[]],
  )
  const left = ways.filter((way) => whereAll([[...inside]], way, names) !== undefined)
  const node = ctx.graph.addAll(
    pieces.map((p) => {
      let { node: at } = p
      for (let axis = 0; axis < rank; axis++) {
        if (at.shape[axis] === shape[axis]) continue
        at = ctx.graph.part(at, axis, shape[axis]!, addExtents(from[axis]!, p.from[axis]!, -1))
      }
      return at
    }),
    shape,
  )
  if (left.length === 0) return { node, from }
  return { node, from, part: { names: from.map((_, axis) => nameOf(axis)), missing: left } }
}

/** The least, or the greatest, of extents at known distances. */
function extreme(list: readonly Extent[], sign: 1 | -1): Extent | undefined {
  let found: Extent | undefined = list[0]
  for (const e of list) {
    const away = found === undefined ? undefined : distance(found, e)
    if (away === undefined) return undefined
    if (away * sign > 0) found = e
  }
  return found
}

/** Where a piece says nothing, over the names of the axes of the box. */
function missingOf({ part, from, node }: Piece): Conjunction[] {
  const outside = from.flatMap((low, axis): Conjunction[] => [
    [negative(combine(own(axis), extentForm(low), -1))],
    [combine(own(axis), extentForm(addExtents(low, node.shape[axis]!)), -1)],
  ])
  if (!part) return outside
  const named = (form: Linear): Linear => {
    let sum = constantForm(form.constant)
    for (const [name, c] of form.terms) {
      const axis = part.names.indexOf(name)
      sum = combine(sum, axis < 0 ? { terms: new Map([[name, 1]]), constant: 0 } : own(axis), c)
    }
    return sum
  }
  return [...outside, ...part.missing.map((region) => region.map(named))]
}
