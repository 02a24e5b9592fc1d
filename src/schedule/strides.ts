/** How far apart in memory the turns of a loop within a sum read. */
import { type Node, type ProductNode, isContraction } from '../graph/node.ts'
import type { Nest } from '../graph/subscripts.ts'
import { entryNest, isView, isWindow, typical } from './keep.ts'

/** In which order the axes of a value stand in memory; nothing for a value that does not stand there. */
export type OrderOf = (node: Node) => { readonly order?: readonly number[] } | undefined

/** By what a position moves with a turn of each label. */
type Move = ReadonlyMap<number, number>

/** The labels from the one whose turns are farthest apart to the one that reads neighbours. */
export function byStride(n: ProductNode, nest: Nest, labels: readonly number[], orderOf: OrderOf): number[] {
  const moves = movesOf(nest, (l) => new Map([[l, 1]]))
  const strides = new Map<number, number>()
  for (const i of nest.factors)
    for (const [l, stride] of addressOf(n.args[i]!, n.labels[i]!.map(moves), orderOf))
      strides.set(l, (strides.get(l) ?? 0) + Math.abs(stride))
  const stride = (l: number): number => strides.get(l) ?? 0
  return [...labels].sort((a, b) => stride(b) - stride(a) || a - b)
}

/** The moves of all labels: of those that are enumerated as they are given, and of those that follow. */
function movesOf(nest: Nest, free: (label: number) => Move): (label: number) => Move {
  const solved = new Map<number, Move>()
  const moves = (l: number): Move => solved.get(l) ?? free(l)
  for (const { label, form } of nest.solved)
    solved.set(label, sum([...form.labels].map(([l, c]) => [moves(l), c])))
  return moves
}

/** Where in memory the entry of a value stands, as a move of its address. */
function addressOf(node: Node, axes: readonly Move[], orderOf: OrderOf): Move {
  while (!orderOf(node)) {
    if (node.kind === 'equation') node = node.body
    else if (node.kind !== 'product') break
    else if (isContraction(node)) {
      if (!isWindow(node)) break
      const nest = entryNest(node)
      const outer: readonly Move[] = axes
      const [factor] = nest.factors as [number]
      axes = node.labels[factor]!.map(movesOf(nest, (l) => outer[l]!))
      node = node.args[factor]!
    } else if (isView(node)) {
      const outer: readonly Move[] = axes
      axes = node.labels[0]!.map((l) => outer[l]!)
      node = node.args[0]!
    } else break
  }
  const order = orderOf(node)?.order ?? axes.map((_, axis) => axis)
  const terms: [Move, number][] = []
  let stride = 1
  for (const axis of [...order].reverse()) {
    terms.push([axes[axis]!, stride])
    stride *= typical(node.shape[axis]!)
  }
  return sum(terms)
}

function sum(terms: readonly (readonly [Move, number])[]): Move {
  const result = new Map<number, number>()
  for (const [move, times] of terms)
    for (const [l, by] of move) result.set(l, (result.get(l) ?? 0) + times * by)
  return result
}
