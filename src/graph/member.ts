/**
 * Members of families, `W[2]`, `h[3,1]`, and at a general index `a[l-1]`, and parameters of instances, `hidden.W`, `block.W[2]`: what they are
 * called, and what becomes of names and extents at another index. The one place that takes such names apart.
 */
import {
  type Extent,
  type SymbolicExtent,
  addExtents,
  dimsOf,
  extentText,
  multiplyExtents,
  openExtent,
  substituteExtent,
} from './extent.ts'

export interface Member {
  readonly family: string
  readonly indices: readonly Extent[]
}

/** What a member is called: `h[2,1]`, `n[l-1]`. */
export const memberName = (family: string, indices: readonly Extent[]): string =>
  `${family}[${indices.map(extentText).join(',')}]`

/** The family and the indices that a name is put together from; undefined for a name of anything else. */
export function memberParts(name: string): Member | undefined {
  const open = name.indexOf('[')
  if (open < 0) return undefined
  const indices = name
    .slice(open + 1, -1)
    .split(',')
    .map(indexOf)
  return { family: name.slice(0, open), indices }
}

/** The name of its family, or of a single value its own. */
export const familyOf = (name: string): string => memberParts(name)?.family ?? name

/**
 * A name as a path: that of a parameter behind those of the instances of layers that it is in, from the outermost in; of anything else its
 * name alone. Of a member it is that of its family.
 */
export const pathOf = (name: string): readonly string[] => familyOf(name).split('.')

/** Whether a name is, or is in, what is called so: a parameter, a family of them, an instance of a layer. */
export function isPartOf(name: string, called: string): boolean {
  const family = familyOf(name)
  return name === called || family === called || family.startsWith(`${called}.`)
}

/** The members of a family that have numbers in some of its indices, as a family by the others. */
export interface FixedFamily {
  readonly family: string
  /** The numbers, by their places. */
  readonly at: ReadonlyMap<number, number>
}

/** What a member of such a family is called by all indices: `h_2[t]` is `h[2,t]`. */
export function unfixed(name: string, families: ReadonlyMap<string, FixedFamily>): string {
  const parts = memberParts(name)
  const fixed = parts && families.get(parts.family)
  if (!fixed || fixed.at.size === 0) return name
  const rest = [...parts.indices]
  const count = rest.length + fixed.at.size
  return memberName(
    fixed.family,
    Array.from({ length: count }, (_, i) => fixed.at.get(i) ?? rest.shift()!),
  )
}

/** An index as `extentText` writes it: `3`, `l+1`, `T-t+1`, `2*l`. */
function indexOf(text: string): Extent {
  if (/^-?\d+$/.test(text)) return Number(text)
  const terms = [...text.matchAll(/([+-]?)(?:(\d+)\*)?([^+-]+)/gu)]
  return terms.reduce<Extent>((sum, [, sign, factor, of]) => {
    const value = /^\d+$/.test(of!) ? Number(of) : openExtent(of!)
    return addExtents(sum, multiplyExtents(Number(factor ?? 1), value), sign === '-' ? -1 : 1)
  }, 0)
}

/** The name of a member with `to` in place of an index; any other name stays. */
export function nameAt(name: string, index: string, to: Extent): string {
  const member = memberParts(name)
  if (!member) return name
  return memberName(
    member.family,
    member.indices.map((i) => atIndex(i, index, to)),
  )
}

/** Members of families of open extents, by their names. */
const members = new Map<string, Member>()

/** An open member of a family of extents: n[l-1]. */
export function memberExtent(family: string, indices: readonly Extent[]): SymbolicExtent {
  const name = memberName(family, indices)
  members.set(name, { family, indices })
  return openExtent(name)
}

/** The extent with `to` in place of an index, within members of families too: n[l-1] at l+1 is n[l]. */
export function atIndex(extent: Extent, index: string, to: Extent): Extent {
  if (typeof extent === 'number') return extent
  const values = new Map<string, Extent>()
  for (const name of dimsOf(extent)) {
    const member = members.get(name)
    if (member) {
      const indices = member.indices.map((i) => atIndex(i, index, to))
      values.set(name, memberExtent(member.family, indices))
    } else if (name === index) values.set(name, to)
  }
  return values.size === 0 ? extent : substituteExtent(extent, values)!
}

/** The extent of a member at `from` (a number), at `to`: n[0] of a[0] is n[l-1] of a[l-1]. */
export function relocated(extent: Extent, from: number, to: Extent): Extent {
  if (typeof extent === 'number') return extent
  const values = new Map<string, Extent>()
  for (const name of dimsOf(extent)) {
    const member = members.get(name)
    if (member?.indices.every((i) => typeof i === 'number'))
      values.set(
        name,
        memberExtent(
          member.family,
          member.indices.map((i) => addExtents(to, (i as number) - from)),
        ),
      )
  }
  return values.size === 0 ? extent : substituteExtent(extent, values)!
}
