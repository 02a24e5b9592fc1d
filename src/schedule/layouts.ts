import type { Extent } from '../graph/extent.ts'
import { type Node, isContraction } from '../graph/node.ts'
import { leadingAxes, operandOf, typical } from './keep.ts'
import { isBatch } from './storage.ts'

/**
 * The axes of a contraction come in a canonical order that says nothing about memory. In memory the batch comes first,
 * then the order in which the first user wants them. A user that is a contraction itself is laid out before, and wants neighbours to be those of
 * its result, where they are many more than there would be otherwise: it goes through them in lanes, and through memory in its order.
 */
export function layOutContractions(
  order: readonly Node[],
  batch: Extent | undefined,
): Map<Node, readonly number[]> {
  const layouts = new Map<Node, readonly number[]>()
  // Matrix operators read their arguments as they are.
  const plain = new Set(
    order.flatMap((n) =>
      n.kind === 'apply' && n.op.kind === 'matrix'
        ? n.args.map((a) => operandOf(a, leadingAxes(n)).node)
        : [],
    ),
  )
  const firstUsers = new Map<Node, { readonly user: Node; readonly i: number }>()
  for (const user of order)
    user.args.forEach((a, i) => {
      if (!firstUsers.has(a)) firstUsers.set(a, { user, i })
    })
  for (const a of [...order].reverse()) {
    const first = firstUsers.get(a)
    if (!first || !isContraction(a) || a.shape.length < 2 || plain.has(a)) continue
    const wish = wishOf(first.user, first.i, layouts) ?? a.shape.map((_, axis) => axis)
    const key = (axis: number): number => (isBatch(a.shape[axis], batch) ? -1 : wish[axis]!)
    const layout = a.shape.map((_, axis) => axis).sort((x, y) => key(x) - key(y))
    if (layout.some((axis, k) => axis !== k)) layouts.set(a, layout)
  }
  return layouts
}

/** Where a product wants each axis of an argument. */
function wishOf(
  user: Node,
  i: number,
  layouts: ReadonlyMap<Node, readonly number[]>,
): readonly number[] | undefined {
  if (user.kind !== 'product') return undefined
  const labels = user.labels[i]!
  if (!isContraction(user)) return labels
  const rank = user.shape.length
  const layout = layouts.get(user)
  const place = (label: number): number => (layout ? layout.indexOf(label) : label)
  const last = rank - 1
  const shared = labels.findIndex((l) => l < rank && place(l) === last)
  const extent = (axis: number): number => typical(user.extents[labels[axis]!]!)
  if (shared < 0 || extent(shared) < MANY * extent(labels.length - 1)) return undefined
  return labels.map((l) => (l < rank ? place(l) : last - 0.5))
}

/** Of axes as long as one another the canonical order is as good. */
const MANY = 2
