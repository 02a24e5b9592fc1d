/** What is read along diagonals alone, A[i, i], is computed along these alone: for running. */
import { ONE } from '../base/rational.ts'
import type { Shape } from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { topological, transform } from '../graph/traverse.ts'

/** For each axis of a tensor the axis of what is read of it: [0, 0] of a matrix is its diagonal. Those of the result come in their order. */
type Reading = readonly number[]

/** A tensor that is read in more ways is computed as a whole. */
const MOST_READINGS = 4

/**
 * The roots with diagonals taken of what sums, products and functions of entries are made of, where nothing needs the whole: the diagonal of a
 * Hessian that is a sum of products has so many operations as it has entries, and nothing as large as the Hessian is in memory.
 */
export function withDiagonals(g: Graph, roots: readonly Node[]): readonly Node[] {
  const order = topological(roots)
  if (
    !order.some((n) => n.kind === 'product' && n.labels.some((l, i) => repeats(l) && comesApart(n.args[i]!)))
  )
    return roots
  const readings = readingsIn(order, roots)
  const images = new NodeMap<Node>()
  /** Of nodes of which only diagonals are read, these. */
  const taken = new NodeMap<ReadonlyMap<string, Node>>()
  const read = (node: Node, reading: Reading): Node => {
    const known = taken.get(node)?.get(reading.join())
    return known ?? along(g, { node: images.get(node)!, labels: reading, exponent: ONE }, node, reading)
  }
  return transform(g, roots, (rebuilt, original) => {
    const own = readings.get(original)
    if (own && own.size > 0)
      taken.set(
        original,
        new Map([...own].map(([key, reading]) => [key, diagonal(g, original, reading, read)])),
      )
    const isRead = original.kind === 'product' && original.args.some((a) => taken.has(a))
    const image = isRead
      ? diagonal(
          g,
          original,
          original.shape.map((_, i) => i),
          read,
        )
      : rebuilt
    images.set(original, image)
    return image
  })
}

/** The ways in which nodes are read that nobody needs as a whole; nothing of the others. */
function readingsIn(
  order: readonly Node[],
  roots: readonly Node[],
): NodeMap<ReadonlyMap<string, Reading> | undefined> {
  const readings = new NodeMap<Map<string, Reading> | undefined>()
  const whole = (node: Node): void => void readings.set(node, undefined)
  const note = (node: Node, reading: Reading): void => {
    const own = readings.has(node) ? readings.get(node) : new Map<string, Reading>()
    if (!own || !repeats(reading) || own.size === MOST_READINGS || !comesApart(node)) return whole(node)
    own.set(reading.join(), reading)
    readings.set(node, own)
  }
  roots.forEach(whole)
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!
    const own = readings.get(node)
    // Seen from all of its users by now: what is still read in parts is read in these.
    if (own)
      for (const reading of own.values()) for (const f of partsOf(node, reading)) note(f.node, f.labels)
    else if (node.kind === 'product') for (const f of factorsOf(node)) note(f.node, inOrder(f.labels))
    else node.args.forEach(whole)
  }
  return readings
}

/** Whether a reading of it is one of what it is made of. */
const comesApart = (node: Node): boolean =>
  node.kind === 'sum' ||
  node.kind === 'product' ||
  node.kind === 'equation' ||
  (node.kind === 'apply' && node.op.kind === 'pointwise')

/** What a node is made of, each with how it is read where the node is. */
function partsOf(node: Node, reading: Reading): { readonly node: Node; readonly labels: Reading }[] {
  if (node.kind === 'product')
    return factorsOf(node).map((f) => ({ node: f.node, labels: inOrder(labelsIn(node, f, reading)) }))
  return node.args.map((a) => ({ node: a, labels: a.shape.length === 0 ? [] : reading }))
}

/** The labels of a factor where the result of its product is read so. */
const labelsIn = (node: Node, { labels }: Factor, reading: Reading): number[] =>
  labels.map((l) => (l < node.shape.length ? reading[l]! : reading.length + l))

const repeats = (labels: readonly number[]): boolean => new Set(labels).size < labels.length

/** Labels numbered in the order in which they come. */
function inOrder(labels: readonly number[]): Reading {
  const places = [...new Set(labels)]
  return labels.map((l) => places.indexOf(l))
}

/** A node as it is read, of its parts as they are read. */
function diagonal(
  g: Graph,
  node: Node,
  reading: Reading,
  read: (part: Node, reading: Reading) => Node,
): Node {
  const shape = shapeOf(node, reading)
  const part = (a: Node): Node => (a.shape.length === 0 ? read(a, []) : read(a, reading))
  switch (node.kind) {
    case 'equation':
      return part(node.body)
    case 'sum':
      return g.sum(
        termsOf(node).map((t) => ({ ...t, node: part(t.node) })),
        node.constant,
        shape,
      )
    case 'apply':
      return g.stretch(g.apply(node.op as never, node.args.map(part)), shape)
    case 'product':
      return g.product(
        node.coefficient,
        factorsOf(node).map((f) => {
          const labels = labelsIn(node, f, reading)
          return { ...f, node: read(f.node, inOrder(labels)), labels: [...new Set(labels)] }
        }),
        shape.map((_, i) => i),
        shape,
      )
    default:
      return read(node, reading)
  }
}

const shapeOf = ({ shape }: Node, reading: Reading): Shape =>
  [...new Set(reading)].map((l) => shape[reading.indexOf(l)]!)

/** A tensor read so. */
function along(g: Graph, factor: Factor, { shape }: Node, reading: Reading): Node {
  const own = shapeOf({ shape } as Node, reading)
  return reading.every((l, axis) => l === axis)
    ? factor.node
    : g.product(
        ONE,
        [factor],
        own.map((_, i) => i),
        own,
      )
}
