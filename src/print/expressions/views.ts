import type { Graph } from '../../graph/graph.ts'
import { type Node, isPureProduct } from '../../graph/node.ts'

/** How deep a transpose is carried into sums and functions. */
const DEEPEST = 4

const isView = (n: Node): boolean =>
  n.kind === 'product' &&
  isPureProduct(n) &&
  n.args.some((a, i) => a.shape.length === 2 && n.labels[i]![0] === 1)
const goesInside = (n: Node): boolean =>
  n.shape.length === 2 && (n.kind === 'sum' || (n.kind === 'apply' && n.op.kind === 'pointwise'))

/** Whether a matrix is a sum or a function of transposes, as in 1 + Aᵀ: its own transpose is better written inside. */
export function hasView(node: Node, depth: number): boolean {
  if (depth > DEEPEST || !goesInside(node)) return false
  return node.args.some((a) => a.shape.length === 2 && (isView(a) || hasView(a, depth + 1)))
}

/** (1 + Aᵀ)ᵀ as 1 + A. */
export function transposedInside(g: Graph, node: Node, depth: number): Node {
  if (node.shape.length !== 2) return node
  if (depth > DEEPEST || !goesInside(node)) return g.transpose(node)
  const args = node.args.map((a) => transposedInside(g, a, depth + 1))
  const shape = [node.shape[1]!, node.shape[0]!]
  if (node.kind === 'sum')
    return g.sum(
      args.map((a, i) => ({ node: a, coefficient: node.coefficients[i]! })),
      node.constant,
      shape,
    )
  return node.kind === 'apply' && node.op.kind === 'pointwise'
    ? g.stretch(g.apply(node.op, args), shape)
    : g.transpose(node)
}
