/** Which labels of a product stand for the same index: brackets tie the positions along one to those along another. */
import { type Extent, addExtents, isNonnegative } from '../graph/extent.ts'
import type { Factor } from '../graph/graph.ts'
import type { BracketNode, Node } from '../graph/node.ts'
import { type IndexRange, unsupported } from './indices.ts'

/** An axis whose positions are values of an index: the value at its first one. */
export interface Indexed {
  readonly index: string
  readonly first: Extent
}

export interface Tied {
  /** The values of the index at which every label has a position. */
  readonly range: IndexRange
  /** By label: the value of the index at its first position. */
  readonly firsts: ReadonlyMap<number, Extent>
  /** The brackets that say so. */
  readonly links: ReadonlySet<Factor>
}

/** The labels that are tied to one, which is that of an axis of an index. */
export function tiedTo(
  label: number,
  { index, first }: Indexed,
  factors: readonly Factor[],
  extents: readonly Extent[],
): Tied {
  const firsts = new Map([[label, first]])
  const links = new Set<Factor>()
  for (let isNew = true; isNew;) {
    isNew = false
    for (const f of factors) {
      const own = f.labels.find((l) => firsts.has(l))
      const tie = links.has(f) || own === undefined ? undefined : tieOf(f.node, f.labels, own)
      if (!tie) continue
      const its = addExtents(firsts.get(own!)!, tie.away, -1)
      const known = firsts.get(tie.other)
      if (known !== undefined && known !== its) unsupported('a step is paired with another one')
      firsts.set(tie.other, its)
      links.add(f)
      isNew = true
    }
  }
  return { range: { index, ...common(firsts, extents) }, firsts, links }
}

/** The label that a factor ties to one, at whose position + `away` its position is. */
export function tieOf(
  node: Node,
  labels: readonly number[],
  label: number,
): { readonly other: number; readonly away: Extent } | undefined {
  if (!isTie(node, labels)) return undefined
  const own = labels.indexOf(label)
  const [a, b] = [node.coefficients[own]!, node.coefficients[1 - own]!]
  if (own < 0 || Math.abs(a) !== 1 || a + b !== 0) return undefined
  return { other: labels[1 - own]!, away: a === 1 ? node.offset : addExtents(0, node.offset, -1) }
}

/** Whether a factor is a bracket that ties positions along one axis to those along another one. */
const isTie = (node: Node, labels: readonly number[]): node is BracketNode =>
  node.kind === 'bracket' &&
  node.relation === '=' &&
  node.args.length === 0 &&
  labels.length === 2 &&
  labels[0] !== labels[1]

/** The range that lies within those of all labels. */
function common(
  firsts: ReadonlyMap<number, Extent>,
  extents: readonly Extent[],
): { readonly from: Extent; readonly to: Extent } {
  const ends = [...firsts].map(([label, from]) => ({
    from,
    to: addExtents(addExtents(from, extents[label]!), -1),
  }))
  const isAtMost = (a: Extent, b: Extent): boolean => isNonnegative(addExtents(b, a, -1))
  return (
    ends.find((own) => ends.every((e) => isAtMost(e.from, own.from) && isAtMost(own.to, e.to))) ??
    unsupported('what is added up runs over several ranges')
  )
}
