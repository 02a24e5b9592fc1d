import { isZero } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import { type Node, isPureProduct } from '../graph/node.ts'
import { type Layout, fence, list } from './layout.ts'

/** Vectors and matrices of more entries are written as sums of unit vectors. */
const MOST_ENTRIES = 9

/** Whether a tensor is put together of scalars and nothing else: a sum of products that unit vectors place. */
function isPlaced(node: Node): boolean {
  if (node.kind === 'basis') return true
  if (node.kind === 'sum') return isZero(node.constant) && node.args.every(isPlaced)
  return (
    node.kind === 'product' &&
    isPureProduct(node) &&
    node.shape.length > 0 &&
    node.args.every((a) => a.shape.length === 0 || isPlaced(a))
  )
}

/** One entry of such a tensor. */
function entryAt(g: Graph, node: Node, at: readonly number[]): Node {
  if (node.shape.length === 0) return node
  if (node.kind === 'basis') return g.number(node.index === at[0] ? 1 : 0)
  if (node.kind === 'sum')
    return g.sum(
      node.args.map((a, i) => ({ coefficient: node.coefficients[i]!, node: entryAt(g, a, at) })),
      node.constant,
      [],
    )
  if (node.kind !== 'product') return node
  return g.withFactors(
    node.coefficient,
    node.args.map((a, i) => ({
      node: entryAt(
        g,
        a,
        node.labels[i]!.map((l) => at[l]!),
      ),
      exponent: node.exponents[i]!,
    })),
    [],
  )
}

/** (x₂x₃, x₁x₃, x₁x₂) for x₂x₃·e₁ + x₁x₃·e₂ + x₁x₂·e₃, of a matrix its rows. */
export function tuple(g: Graph, node: Node, write: (entry: Node) => Layout): Layout | undefined {
  const { shape } = node
  const lengths = shape.map(Number)
  if (shape.length === 0 || shape.length > 2 || lengths.some(Number.isNaN)) return undefined
  const size = lengths.reduce((a, b) => a * b, 1)
  if (size > MOST_ENTRIES || (node.kind !== 'sum' && !node.args.some((a) => a.kind === 'sum')) || !isPlaced(node))
    return undefined
  const vector = (before: readonly number[], length: number): Layout =>
    fence('(', list(Array.from({ length }, (_, i) => written([...before, i]))))
  const written = (at: readonly number[]): Layout =>
    at.length < shape.length ? vector(at, lengths[at.length]!) : write(entryAt(g, node, at))
  return written([])
}
