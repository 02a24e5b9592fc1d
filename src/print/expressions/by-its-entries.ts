import { ONE, isNegative, isZero } from '../../base/rational.ts'
import { type Graph, constantValue } from '../../graph/graph.ts'
import { type Node, isPureProduct } from '../../graph/node.ts'
import { type Layout, fence, letter, list, minus, number, table } from '../layout/layout.ts'

/** Vectors and matrices of more entries are written as sums of unit vectors. */
const MOST_ENTRIES = 16

/** Of known numbers so many are shown along an axis. */
const MOST_SHOWN = 12

/** Sums of more entries stay as they are. */
const MOST_PLACES = 12

/** Whether a tensor is put together of scalars and nothing else: a sum of known numbers and of products that unit vectors place. */
function isPlaced(node: Node): boolean {
  if (node.kind === 'basis' || isKnown(node)) return true
  if (node.kind === 'sum') return isZero(node.constant) && node.args.every(isPlaced)
  return (
    node.kind === 'product' &&
    isPureProduct(node) &&
    node.shape.length > 0 &&
    // A scalar stretched along an axis is placed nowhere.
    node.shape.every((_, axis) => node.labels.some((labels) => labels.includes(axis))) &&
    node.args.every((a) => a.shape.length === 0 || isPlaced(a))
  )
}

const isKnown = (node: Node): boolean =>
  node.kind === 'delta' || (node.kind === 'symbol' && node.symbol.entries !== undefined)

/** One entry of such a tensor. */
function entryAt(g: Graph, node: Node, at: readonly number[]): Node {
  if (node.shape.length === 0) return node
  if (node.kind === 'basis') return g.number(node.index === at[0] ? 1 : 0)
  if (node.kind === 'delta') return g.number(at[0] === at[1] ? 1 : 0)
  if (node.kind === 'symbol') return at.reduce((rest, index) => g.element(rest, 0, index), node as Node)
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
  if (isKnown(node)) return node.shape.map((n) => Array.from({ length: n as number }, (_, i) => i))
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
  return { layout: nested(lengths, (at) => write(entryAt(g, node, at))) }
}

/** The rows of a tensor, of these their entries: ((a, b), (c, d)). */
function nested(lengths: readonly number[], entry: (at: readonly number[]) => Layout): Layout {
  const along = <T>(length: number, item: (index: number) => T, gap: T): T[] => {
    const items = Array.from({ length: Math.min(length, MOST_SHOWN) }, (_, i) => item(i))
    return length > MOST_SHOWN ? [...items, gap, item(length - 1)] : items
  }
  const part = (at: readonly number[]): Layout => {
    if (at.length === lengths.length) return entry(at)
    const length = lengths[at.length]!
    const inner = (i: number): Layout => part([...at, i])
    if (at.length !== lengths.length - 2) return fence('(', list(along(length, inner, letter('…'))))
    const width = lengths[at.length + 1]!
    return table(along(length, (i) => along(width, (j) => part([...at, i, j]), letter('…')), [letter('…')]))
  }
  return part([])
}

/** A tensor of known numbers, a long one with its first entries and its last. */
export function tableLayout(g: Graph, node: Node): Layout {
  return nested(node.shape.map(Number), (at) => {
    const value = constantValue(entryAt(g, node, at))!
    return isNegative(value) ? minus(number(value.neg())) : number(value)
  })
}
