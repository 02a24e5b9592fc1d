import { type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, peel } from '../graph/node.ts'
import { inv } from '../ops/index.ts'

/** Equal to its transpose, by what is declared and how it is made. */
export function isSymmetric(g: Graph, node: Node, depth = 4): boolean {
  const n = node.shape.length
  if (n < 2 || node.shape[0] !== node.shape[1]) return false
  switch (node.kind) {
    case 'symbol':
      return node.symbol.assumptions.has('symmetric')
    case 'delta':
      return true
    case 'equation':
      return isSymmetric(g, peel(node), depth)
    case 'apply':
      return depth > 0 && node.op === inv && isSymmetric(g, node.args[0]!, depth - 1)
    case 'sum':
      return depth > 0 && node.args.every((a) => a.shape.length === 0 || isSymmetric(g, a, depth - 1))
    case 'product':
      // XᵀX: with its axes exchanged it is the same product.
      return (
        n === 2 &&
        g.product(
          node.coefficient,
          factorsOf(node).map((f) => ({ ...f, labels: f.labels.map((l) => (l < 2 ? 1 - l : l)) })),
          [0, 1],
          node.shape,
        ) === node
      )
    default:
      return false
  }
}
