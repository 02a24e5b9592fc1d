/** Einstein products taken apart: seen through names, and put together again pair by pair. */
import { ONE, type Rational, isOne, times } from '../base/rational.ts'
import type { Extent, Shape } from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  isContraction,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import { solve, solvet } from '../ops/index.ts'

/** An open extent counts as this many. */
const TYPICAL = 64

/** coefficient · Σ Π factors, with the extents of all labels; those below the rank of the result stay. */
export interface Product {
  readonly shape: Shape
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  readonly extents: ReadonlyMap<number, Extent>
}

export const isSolve = (n: Node): n is ApplyNode => n.kind === 'apply' && (n.op === solve || n.op === solvet)

export const lengthOf = (p: Product, label: number): number => {
  const extent = p.extents.get(label)!
  return typeof extent === 'number' ? extent : TYPICAL
}

export function productOf(node: ProductNode): Product {
  return {
    shape: node.shape,
    coefficient: node.coefficient,
    factors: factorsOf(node),
    extents: new Map(node.extents.map((e, l) => [l, e])),
  }
}

/** A value as the one factor of a product. */
export const single = (node: Node): Product => ({
  shape: node.shape,
  coefficient: ONE,
  factors: [{ node, labels: node.shape.map((_, i) => i), exponent: ONE }],
  extents: new Map(node.shape.map((e, i) => [i, e])),
})

/** The product with a factor that is itself a product (behind names) put in by its own factors. */
export function dissolved(g: Graph, p: Product, f: Factor, inner: ProductNode): Product {
  const extents = new Map(p.extents)
  const names = inner.extents.map((extent, l) => {
    if (l < inner.shape.length) return f.labels[l]!
    const fresh = Math.max(-1, ...extents.keys()) + 1
    extents.set(fresh, extent)
    return fresh
  })
  const own = factorsOf(inner).map((x) => ({ ...x, labels: x.labels.map((l) => names[l]!) }))
  // Where nothing depends on a summed label any more, ones are summed.
  for (const l of new Set(f.labels))
    if (l >= p.shape.length && ![...own, ...p.factors].some((x) => x !== f && x.labels.includes(l)))
      own.push({ node: g.full(ONE, [extents.get(l)!]), labels: [l], exponent: ONE })
  return {
    ...p,
    coefficient: times(p.coefficient, inner.coefficient),
    factors: p.factors.flatMap((x) => (x === f ? own : [x])),
    extents,
  }
}

/** Whether a product's parts can go different ways: numbers, an outer product, or a solution among them. */
const isSeparable = (n: ProductNode): boolean =>
  isPureProduct(n) &&
  (!isOne(n.coefficient) || n.args.some((a, i) => isSolve(peel(a)) || n.labels[i]!.length < n.shape.length))

/** Products are seen through up to this number of factors: names may double their number again and again. */
const MOST_FACTORS = 48

/** The product with names for products of separable parts seen through, and solutions without names. */
export function opened(g: Graph, p: Product): Product {
  for (;;) {
    const f = p.factors.find((x) => {
      const value = peel(x.node)
      return isOne(x.exponent) && value.kind === 'product' && isSeparable(value)
    })
    if (!f || p.factors.length > MOST_FACTORS) break
    p = dissolved(g, p, f, peel(f.node) as ProductNode)
  }
  return p
}

/** The product with all sums of products inside of it in one sum; undefined where there is none inside. */
export function flattened(g: Graph, node: ProductNode): Product | undefined {
  let p = productOf(node)
  while (p.factors.length <= MOST_FACTORS) {
    const f = p.factors.find((x) => isContraction(x.node) && isOne(x.exponent))
    if (!f) break
    p = dissolved(g, p, f, f.node as ProductNode)
  }
  return p.factors.length > node.args.length || p.extents.size > node.extents.length ? p : undefined
}

/** The product in normal form. */
export const nodeOf = (g: Graph, { coefficient, factors, shape }: Product): Node =>
  g.product(
    coefficient,
    factors,
    shape.map((_, i) => i),
    shape,
  )

const found = new WeakMap<Node, boolean>()

/** Whether sums and products within a value, behind names or not, have a solution: most have none, at a glance. */
export function holdsSolve(root: Node): boolean {
  const stack = [root]
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!
    const through = node.kind === 'equation' || node.kind === 'sum' || node.kind === 'product'
    const missing = through ? node.args.filter((a) => !found.has(a)) : []
    if (missing.length > 0) stack.push(...missing)
    else {
      found.set(node, isSolve(node) || (through && node.args.some((a) => found.get(a))))
      stack.pop()
    }
  }
  return found.get(root)!
}

/**
 * Σ Π factors; of more than two, what has the smallest result is summed first and by itself, for loops over all
 * labels at once would do too much.
 */
export function pairwise(
  g: Graph,
  coefficient: Rational,
  factors: readonly Factor[],
  out: readonly number[],
  extent: (label: number) => Extent,
): Node {
  let list = [...factors]
  const size = (labels: readonly number[]): number =>
    labels.reduce((s, l) => {
      const e = extent(l)
      return s * (typeof e === 'number' ? e : TYPICAL)
    }, 1)
  for (;;) {
    const summed = [...new Set(list.flatMap((f) => f.labels))].filter((l) => !out.includes(l))
    if (list.length <= 2 || summed.length <= 1) break
    const candidates = summed.map((label) => {
      const group = list.filter((f) => f.labels.includes(label))
      const others = list.filter((f) => !group.includes(f))
      const labels = [...new Set(group.flatMap((f) => f.labels))].filter(
        (l) => out.includes(l) || others.some((f) => f.labels.includes(l)),
      )
      return { group, others, labels, size: size(labels) }
    })
    const { group, others, labels } = candidates.reduce((a, b) => (b.size < a.size ? b : a))
    if (others.length === 0) break
    const node = g.product(ONE, group, labels, labels.map(extent))
    list = [...others, { node, labels, exponent: ONE }]
  }
  return g.product(coefficient, list, out, out.map(extent))
}
