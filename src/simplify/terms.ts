import { ONE, type Rational, ZERO, isOne } from '../base/rational.ts'
import { type Factor, type Graph, type Term, factorsOf, termsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, type SumNode, isContraction, isPureProduct } from '../graph/node.ts'

/** The same product with other factors. Labels that no factor carries any more keep their extents. */
export function withFactors(
  g: Graph,
  node: ProductNode,
  factors: readonly Factor[],
  coefficient: Rational = node.coefficient,
): Node {
  const rank = node.shape.length
  const summed = node.extents
    .slice(rank)
    .map((extent, i) => ({ node: g.full(ONE, [extent]), labels: [rank + i], exponent: ONE }))
  return g.product(
    coefficient,
    [...factors, ...summed],
    node.shape.map((_, i) => i),
    node.shape,
  )
}

/** −(a − b) as the sum b − a, and not as a multiple of the sum. */
export const oppositeSum = (g: Graph, sum: SumNode): Node =>
  g.sum(
    termsOf(sum).map((t) => ({ ...t, coefficient: t.coefficient.neg() })),
    sum.constant.neg(),
    sum.shape,
  )

/** Any node as Σ terms + constant. */
export function asTerms(node: Node): { terms: Term[]; constant: Rational } {
  if (node.kind === 'sum') return { terms: termsOf(node), constant: node.constant }
  if (node.kind === 'constant') return { terms: [], constant: node.value }
  return { terms: [{ node, coefficient: ONE }], constant: ZERO }
}

/** Any node as coefficient · Π factors. */
export function asFactors(node: Node): { coefficient: Rational; factors: Factor[] } {
  if (node.kind === 'product' && isPureProduct(node))
    return { coefficient: node.coefficient, factors: factorsOf(node) }
  if (node.kind === 'constant') return { coefficient: node.value, factors: [] }
  return { coefficient: ONE, factors: [{ node, labels: node.shape.map((_, i) => i), exponent: ONE }] }
}

/** Whether a term of a tensor is the same along all of `axes`. */
export function independentOf(node: Node, axes: readonly number[]): boolean {
  if (node.shape.length === 0) return true
  return (
    node.kind === 'product' &&
    isPureProduct(node) &&
    node.labels.every((labels) => labels.every((l) => !axes.includes(l)))
  )
}

/**
 * A tensor as `varying + rest`, where the rest is the same along `axes` and is given without them. Undefined for a
 * part that is missing.
 */
export function splitAlong(
  g: Graph,
  node: Node,
  axes: readonly number[],
): { varying: Node | undefined; rest: Node | undefined } {
  const { terms, constant } = asTerms(node)
  const kept = node.shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const shape = kept.map((i) => node.shape[i]!)
  const rest = terms.filter((t) => independentOf(t.node, axes))
  const varying = terms.filter((t) => !rest.includes(t))
  const without = rest.map((t) => ({
    coefficient: t.coefficient,
    node: t.node.shape.length === 0 ? t.node : g.restrict(t.node as ProductNode, kept),
  }))
  return {
    varying: varying.length === 0 ? undefined : g.sum(varying, ZERO, node.shape),
    rest: without.length === 0 && constant.equals(0) ? undefined : g.sum(without, constant, shape),
  }
}

/** A scalar in every entry of a shape; what has the shape as it is. */
export const widenTo = (g: Graph, node: Node, shape: Node['shape']): Node =>
  node.shape.length === shape.length ? node : g.broadcast(node, shape, [])

/** Σ x: a sum over axes of one factor, and of nothing else. */
export const isSumOfOne = (node: Node): node is ProductNode =>
  node.kind === 'product' && isContraction(node) && node.args.length === 1 && isOne(node.exponents[0]!)
