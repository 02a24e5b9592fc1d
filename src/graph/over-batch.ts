/** Sums over the samples of a batch in their normal form: what all samples share stands outside of them. */
import { ONE, ZERO, isZero } from '../base/rational.ts'
import type { Extent } from './extent.ts'
import { type Graph, factorsOf, termsOf } from './graph.ts'
import type { Node } from './node.ts'

const varies = (node: Node): boolean => node.samples !== undefined

/**
 * Σⱼ of a node over the samples, of which there are `samples`: B times what is the same for all of them, of a sum the terms
 * that differ alone, of an elementwise product these factors. `bare` makes the node of what is left.
 */
export function normalBatchSum(g: Graph, node: Node, samples: Extent, bare: (inner: Node) => Node): Node {
  if (!varies(node)) return g.multiply(g.extent(samples), node)
  if (node.kind === 'sum') {
    const terms = termsOf(node)
    const shared = terms.filter((t) => !varies(t.node))
    const own = terms.filter((t) => varies(t.node))
    if (shared.length === 0 && isZero(node.constant) && own.length > 1) return bare(node)
    const coefficient = own.length === 1 ? own[0]!.coefficient : ONE
    const inner = own.length === 1 ? g.stretch(own[0]!.node, node.shape) : g.sum(own, ZERO, node.shape)
    const rest = g.sum(shared, node.constant, node.shape)
    return g.sum(
      [
        { coefficient, node: normalBatchSum(g, inner, samples, bare) },
        { coefficient: ONE, node: g.multiply(g.extent(samples), rest) },
      ],
      ZERO,
      node.shape,
    )
  }
  if (node.kind !== 'product' || node.extents.length > node.shape.length) return bare(node)
  const factors = factorsOf(node)
  const own = factors.filter((f) => varies(f.node))
  const kept = node.shape.map((_, axis) => axis).filter((axis) => own.some((f) => f.labels.includes(axis)))
  if (own.length === factors.length && kept.length === node.shape.length && node.coefficient.equals(ONE))
    return bare(node)
  const shape = kept.map((axis) => node.shape[axis]!)
  const inner = g.product(ONE, own, kept, shape)
  return g.product(
    node.coefficient,
    [
      ...factors.filter((f) => !varies(f.node)),
      { node: normalBatchSum(g, inner, samples, bare), labels: kept, exponent: ONE },
    ],
    node.shape.map((_, axis) => axis),
    node.shape,
  )
}
