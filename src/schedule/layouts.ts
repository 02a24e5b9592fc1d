import type { Extent } from '../graph/extent.ts'
import { type Node, isContraction } from '../graph/node.ts'
import { leadingAxes, operandOf } from './keep.ts'
import { isBatch } from './storage.ts'

/**
 * The axes of a contraction come in a canonical order that says nothing about memory. In memory the batch comes first,
 * then the order in which the first user wants them.
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
  for (const user of order) {
    user.args.forEach((a, i) => {
      if (!isContraction(a) || a.shape.length < 2 || layouts.has(a) || plain.has(a)) return
      const wish =
        user.kind === 'product' && !isContraction(user) ? user.labels[i]! : a.shape.map((_, axis) => axis)
      const key = (axis: number): number => (isBatch(a.shape[axis], batch) ? -1 : wish[axis]!)
      const layout = a.shape.map((_, axis) => axis).sort((x, y) => key(x) - key(y))
      if (layout.some((axis, k) => axis !== k)) layouts.set(a, layout)
    })
  }
  return layouts
}
