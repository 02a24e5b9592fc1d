import { ONE } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, type SumNode, isContraction, peel } from '../graph/node.ts'
import { inv } from '../ops/index.ts'
import { withFactors } from './terms.ts'

/** How deep a value is looked into. */
const DEEPEST = 8
/** Of a product with more symmetric factors each is turned by itself, and not all together. */
const MOST_TURNED = 4

const known = new WeakMap<Node, boolean>()

/** Whether Aᵀ is A: as declared, or as it is made. */
export function isSymmetric(g: Graph, a: Node, depth = DEEPEST): boolean {
  const before = known.get(a)
  if (before !== undefined) return before
  const symmetric = lookedInto(g, a, depth)
  // What is not found from further up may be found from here.
  if (symmetric || depth === DEEPEST) known.set(a, symmetric)
  return symmetric
}

function lookedInto(g: Graph, a: Node, depth: number): boolean {
  const value = peel(a)
  const { shape } = value
  if (shape.length !== 2 || shape[0] !== shape[1] || depth === 0) return false
  switch (value.kind) {
    case 'symbol':
      return value.symbol.assumptions.has('symmetric')
    case 'delta':
      return true
    case 'apply':
      if (value.op === inv) return isSymmetric(g, value.args[0]!, depth - 1)
      return (
        value.op.kind === 'pointwise' &&
        value.args.every((x) => x.shape.length === 0 || isSymmetric(g, x, depth - 1))
      )
    case 'sum':
    case 'product':
      // With its axes exchanged it is the same: XᵀX, X + Xᵀ, ASA for a symmetric S.
      return along(g, value, [1, 0], depth) === along(g, value, [0, 1], depth)
    default:
      return false
  }
}

/** A sum of products with its axes in the order `out`, symmetric factors turned as `oriented` says. */
function along(g: Graph, value: SumNode | ProductNode, out: readonly number[], depth: number): Node {
  const symmetric = (a: Node): boolean => isSymmetric(g, a, depth - 1)
  const one = (n: Node): Node => {
    if (n.shape.length === 0) return n
    if (n.kind === 'product') return withSymmetric(g, n, out, symmetric)
    return symmetric(n) ? n : g.transpose(n, out)
  }
  if (value.kind === 'product') return one(value)
  return g.sum(
    termsOf(value).map((t) => ({ ...t, node: one(t.node) })),
    value.constant,
    value.shape,
  )
}

/**
 * The product with its symmetric factors turned: of all writings the one without a view around it, then the one that comes
 * first in canonical order, so that AXB and AᵀXBᵀ are one.
 */
export function oriented(
  g: Graph,
  node: ProductNode,
  symmetric: (a: Node) => boolean = (a) => isSymmetric(g, a),
): Node {
  if (!node.labels.some((labels) => labels.length === 2)) return node
  const factors = factorsOf(node).map((f) => upright(g, f, symmetric))
  if (factors.some((f, i) => f.node !== node.args[i])) return withFactors(g, node, factors)
  return withSymmetric(
    g,
    node,
    node.shape.map((_, i) => i),
    symmetric,
  )
}

/** The product with its axes in the order `out`, and its symmetric factors turned as `oriented` says. */
function withSymmetric(
  g: Graph,
  node: ProductNode,
  out: readonly number[],
  symmetric: (a: Node) => boolean,
): Node {
  const factors = factorsOf(node)
  const places = factors.flatMap((f, i) =>
    f.labels.length === 2 && f.labels[0] !== f.labels[1] && symmetric(f.node) ? [i] : [],
  )
  const turned = (f: Factor): Factor => ({ ...f, labels: [...f.labels].reverse() })
  const ones = node.extents.flatMap((extent, l) =>
    l < node.shape.length ? [] : [{ node: g.full(ONE, [extent]), labels: [l], exponent: ONE }],
  )
  const shape = out.map((axis) => node.shape[axis]!)
  const written = (which: (place: number) => boolean): Node =>
    g.product(
      node.coefficient,
      [...factors.map((f, i) => (places.includes(i) && which(places.indexOf(i)) ? turned(f) : f)), ...ones],
      out,
      shape,
    )
  const sets =
    places.length <= MOST_TURNED
      ? Array.from({ length: 2 ** places.length - 1 }, (_, k) => (p: number) => ((k + 1) >> p) % 2 === 1)
      : places.map((_, k) => (p: number) => p === k)
  return sets.reduce(
    (best, which) => {
      const candidate = written(which)
      const simpler = complexity(candidate) - complexity(best)
      return simpler < 0 || (simpler === 0 && candidate.hash < best.hash) ? candidate : best
    },
    written(() => false),
  )
}

/** Of a product of matrices that stands turned, (AXB)ᵀ with symmetric A and B, the product that is its transpose: BXᵀA. */
function upright(g: Graph, f: Factor, symmetric: (a: Node) => boolean): Factor {
  if (f.labels.length !== 2 || f.labels[0]! <= f.labels[1]! || !isContraction(f.node)) return f
  if (!f.node.args.some(symmetric)) return f
  const turned = withSymmetric(g, f.node as ProductNode, [1, 0], symmetric)
  return isContraction(turned) ? { ...f, node: turned, labels: [...f.labels].reverse() } : f
}

/** How many products are nested right here: a view around a contraction is one more. */
const complexity = (node: Node): number =>
  node.kind === 'product' ? 1 + (node.args.length === 1 ? complexity(node.args[0]!) : 0) : 0
