/** What is linear over the samples of a batch, in its normal form: what all samples share stands outside of it. */
import { ONE, ZERO, isOne, isZero } from '../base/rational.ts'
import type { Graph } from './graph.ts'
import type { Node } from './node.ts'

/** Σⱼ, or the mean over j: what it makes of a node that all samples share, and of one that they do not. */
export interface OverBatch {
  readonly shared: (node: Node) => Node
  readonly own: (node: Node) => Node
}

const varies = (node: Node): boolean => node.samples !== undefined

/** Of a sum the terms, of an elementwise product the factors that differ between samples are what is left for `own`. */
export function overBatch(g: Graph, node: Node, by: OverBatch): Node {
  if (!varies(node)) return by.shared(node)
  if (node.kind === 'sum') {
    const terms = node.args.map((a, i) => ({ node: a, coefficient: node.coefficients[i]! }))
    const shared = terms.filter((t) => !varies(t.node))
    const own = terms.filter((t) => varies(t.node))
    if (shared.length === 0 && isZero(node.constant) && own.length > 1) return by.own(node)
    const [only] = own as [(typeof own)[number]]
    const term =
      own.length === 1
        ? { coefficient: only.coefficient, node: overBatch(g, only.node, by) }
        : { coefficient: ONE, node: overBatch(g, g.sum(own, ZERO, node.shape), by) }
    const rest = { coefficient: ONE, node: by.shared(g.sum(shared, node.constant, node.shape)) }
    return g.sum([term, rest], ZERO, node.shape)
  }
  if (node.kind !== 'product' || node.extents.length > node.shape.length) return by.own(node)
  const factors = node.args.map((a, i) => ({
    node: a,
    labels: node.labels[i]!,
    exponent: node.exponents[i]!,
  }))
  const own = factors.filter((f) => varies(f.node))
  const axes = node.shape.map((_, axis) => axis)
  const kept = axes.filter((axis) => own.some((f) => f.labels.includes(axis)))
  if (own.length === factors.length && kept.length === axes.length && isOne(node.coefficient))
    return by.own(node)
  const inner = g.product(
    ONE,
    own,
    kept,
    kept.map((axis) => node.shape[axis]!),
  )
  const rest = factors.filter((f) => !varies(f.node))
  return g.product(
    node.coefficient,
    [...rest, { node: overBatch(g, inner, by), labels: kept, exponent: ONE }],
    axes,
    node.shape,
  )
}
