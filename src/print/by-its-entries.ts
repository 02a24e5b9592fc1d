import { ONE, isZero } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import { type Node, isPureProduct } from '../graph/node.ts'
import { type Layout, fence, list } from './layout.ts'

/** Vectors and matrices of more entries are written as sums of unit vectors. */
const MOST_ENTRIES = 9

/** Sums of more entries stay as they are. */
const MOST_PLACES = 12

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

/** The places at which a tensor may have entries, by the unit vectors that stand along each axis. */
function placesOf(node: Node): number[][] {
  if (node.kind === 'basis') return [[node.index]]
  const along = node.shape.map(() => new Set<number>())
  node.args.forEach((a, i) => {
    if (a.shape.length === 0) return
    placesOf(a).forEach((indices, axis) => {
      const to = along[node.kind === 'product' ? node.labels[i]![axis]! : axis]!
      for (const index of indices) to.add(index)
    })
  })
  return along.map((set) => [...set].sort((x, y) => x - y))
}

/**
 * A tensor that is put together of its entries, for a line of its own: (x₂x₃, x₁x₃, x₁x₂), of a matrix its rows. Of a longer
 * one the sum of its entries that are not zero, each with its unit vector: the factors that some share say nothing to a reader.
 */
export function byItsEntries(
  g: Graph,
  node: Node,
  write: (entry: Node) => Layout,
): { layout: Layout } | { sum: Node } | undefined {
  const { shape } = node
  const lengths = shape.map(Number)
  if (shape.length === 0 || shape.length > 2 || lengths.some(Number.isNaN)) return undefined
  if ((node.kind !== 'sum' && !node.args.some((a) => a.kind === 'sum')) || !isPlaced(node)) return undefined
  if (lengths.reduce((a, b) => a * b, 1) > MOST_ENTRIES) {
    const places = placesOf(node).reduce<number[][]>(
      (all, indices) => all.flatMap((at) => indices.map((index) => [...at, index])),
      [[]],
    )
    if (places.length > MOST_PLACES) return undefined
    const terms = places.map((at) =>
      g.product(
        ONE,
        [
          { node: entryAt(g, node, at), labels: [], exponent: ONE },
          ...at.map((index, axis) => ({ node: g.basis(shape[axis]!, index), labels: [axis], exponent: ONE })),
        ],
        shape.map((_, axis) => axis),
        shape,
      ),
    )
    const plain = terms.map((t) => (t.kind === 'product' ? g.withCoefficient(t, ONE) : t))
    return { sum: g.noteWritten(g.addAll(terms, shape), plain) }
  }
  const vector = (before: readonly number[], length: number): Layout =>
    fence('(', list(Array.from({ length }, (_, i) => written([...before, i]))))
  const written = (at: readonly number[]): Layout =>
    at.length < shape.length ? vector(at, lengths[at.length]!) : write(entryAt(g, node, at))
  return { layout: written([]) }
}
