/** For proofs: determinants and inverses of products as products, and a sum that meets its inverse. */
import {
  MINUS_ONE,
  ONE,
  type Rational,
  ZERO,
  isInteger,
  isNegative,
  isOne,
  isZero,
  plus,
  rational,
} from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import { type Factor, type Graph, type Term, factorsOf, termsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, isContraction, isPureProduct, peel } from '../graph/node.ts'
import { isPositiveRange } from '../graph/range.ts'
import { det, exp, log, pow } from '../ops/index.ts'
import { type Product, dissolved, flattened, nodeOf, productOf, single } from './einsum.ts'
import type { Rule } from './rule.ts'
import { chainOf, inverseOfChain, isInverse } from './rules/matrices.ts'
import { find } from './rules/names.ts'
import { asTerms } from './terms.ts'

/** Contractions to powers up to this one are written out. */
const HIGHEST = 4

/** c·s·uᵢ·Aᵢⱼ·vⱼ: scalars, vectors along the axes, and one matrix (the identity too). */
function scaled(
  node: Node,
): { product: ProductNode; scalars: Factor[]; vectors: Factor[]; matrix: Factor } | undefined {
  const product = peel(node)
  if (product.kind !== 'product' || !isPureProduct(product)) return undefined
  const factors = factorsOf(product)
  const [scalars, vectors, matrices] = [0, 1, 2].map((rank) =>
    factors.filter((f) => f.labels.length === rank),
  )
  const [matrix] = matrices!
  return matrices!.length === 1 && isOne(matrix!.exponent) && matrix!.labels[0] !== matrix!.labels[1]
    ? { product, scalars: scalars!, vectors: vectors!, matrix: matrix! }
    : undefined
}

/** sⁿ for the number n of entries of an axis. */
function toLength(g: Graph, s: Node, extent: Extent): Node {
  return typeof extent === 'number' ? g.power(s, rational(extent)) : g.apply(pow, [s, g.extent(extent)])
}

/** A sum that is inverted, with the term that its products are rid of: the one with most matrices, none that is a multiple of I. */
function leading(g: Graph, sum: Node & { kind: 'sum' }): { term: Term; body: Product } | undefined {
  const candidates = termsOf(sum).flatMap((term) => {
    if (term.node.shape.length !== 2) return []
    const flat = term.node.kind === 'product' ? flattened(g, term.node) : undefined
    const product = flat ?? (term.node.kind === 'product' ? productOf(term.node) : single(term.node))
    const tensors = product.factors.filter((f) => f.labels.length > 0 && f.node.kind !== 'delta')
    return tensors.length > 0 && product.factors.every((f) => f.node.kind !== 'delta')
      ? [
          {
            term,
            body: product,
            // uvᵀ comes apart in a product: what is one matrix is found again.
            apart: tensors.length > 1 && !isContraction(nodeOf(g, { ...product, coefficient: ONE })),
            scalars: product.factors.length - tensors.length,
            tensors: tensors.length,
          },
        ]
      : []
  })
  candidates.sort(
    (a, b) =>
      Number(a.apart) - Number(b.apart) ||
      a.scalars - b.scalars ||
      b.tensors - a.tensors ||
      a.term.node.hash - b.term.node.hash,
  )
  return candidates[0]
}

/** t·S⁻¹ = (I − (S − t)·S⁻¹) of a product in which the leading term t of a sum S stands beside its inverse. */
function reduced(g: Graph, node: ProductNode): Node | undefined {
  const whole = productOf(node)
  for (const f of whole.factors) {
    const inverse = peel(f.node)
    if (!isInverse(inverse) || !isOne(f.exponent)) continue
    const sum = peel(inverse.args[0]!)
    const first = sum.kind === 'sum' ? leading(g, sum) : undefined
    if (!first || sum.kind !== 'sum') continue
    const others = whole.factors.filter((h) => h !== f)
    // A⁻¹[k, j] after A[i, k], or A⁻¹[i, k] before A[k, j].
    for (const axis of [0, 1] as const) {
      const k = f.labels[axis]!
      if (k < whole.shape.length) continue
      const bound = new Map([[1 - axis, k]])
      const found = find(g, first.body.factors, 1, { labels: bound, left: others, negative: false })
      if (!found || found.left.some((h) => h.labels.includes(k))) continue
      const inner = [...found.labels].flatMap(([l, to]) => (l > 1 ? [to] : []))
      if (inner.some((to) => to < whole.shape.length || found.left.some((h) => h.labels.includes(to))))
        continue
      const end = found.labels.get(axis)
      if (end === undefined) continue
      const free = Math.max(...whole.extents.keys()) + 1
      const c = first.term.coefficient.mul(first.body.coefficient)
      const sign = found.negative ? MINUS_ONE : ONE
      const gone = new Set([k, ...inner])
      const summed = [...whole.extents].flatMap(([l, extent]) =>
        l >= whole.shape.length && !gone.has(l)
          ? [{ node: g.full(ONE, [extent]), labels: [l], exponent: ONE }]
          : [],
      )
      const far = f.labels[1 - axis]!
      const rest = (coefficient: Rational, factors: readonly Factor[]): Node =>
        nodeOf(g, { ...whole, coefficient, factors: [...found.left, ...factors, ...summed] })
      const scale = whole.coefficient.mul(sign).div(c)
      const ends = axis === 0 ? [end, far] : [far, end]
      const identity: Factor = { node: g.delta(sum.shape[0]!), labels: ends, exponent: ONE }
      const replaced = (t: Term): Term => ({
        coefficient: ONE,
        node: rest(scale.mul(t.coefficient).neg(), [
          {
            node: t.node,
            labels: t.node.shape.length === 0 ? [] : axis === 0 ? [end, free] : [free, end],
            exponent: ONE,
          },
          { ...f, labels: axis === 0 ? [free, far] : [far, free] },
        ]),
      })
      if (!isZero(sum.constant) || sum.args.some((a) => a.shape.length === 0)) continue
      return g.sum(
        [
          { coefficient: ONE, node: rest(scale, [identity]) },
          ...termsOf(sum)
            .filter((t) => t.node !== first.term.node)
            .map(replaced),
        ],
        ZERO,
        node.shape,
      )
    }
  }
  return undefined
}

export const matrixProofs: readonly Rule[] = [
  {
    name: 'inverse of a product as a product',
    zh: '乘积的逆写成乘积',
    on: 'inv',
    law: '(A B)⁻¹ = B⁻¹ A⁻¹ for square matrices',
    example: 'param A[2, 2], B[2, 2]\nloss J = sum(inv(A @ B))',
    rewrite: (node, { g }) => {
      const a = peel(node.args[0]!)
      const flat = a.kind === 'product' ? flattened(g, a) : undefined
      const chain = chainOf(flat ? nodeOf(g, flat) : a)
      return chain && inverseOfChain(g, chain)
    },
  },
  {
    name: 'determinant of a product',
    zh: '乘积的行列式',
    on: 'det',
    law: 'det A B = det A·det B for square matrices, det(c·A) = cⁿ·det A, det(diag(u) A) = exp(Σ log u)·det A for u > 0',
    example:
      'param A[2, 2], B[2, 2], c\ninput u[2] : positive\nloss J = det(A @ B) + det(c * A) + det(diag(u) @ A)',
    rewrite: (node, { g }) => {
      const a = peel(node.args[0]!)
      const flat = a.kind === 'product' ? flattened(g, a) : undefined
      const chain = chainOf(flat ? nodeOf(g, flat) : a)
      if (chain) return g.multiply(...chain.map(({ matrix }) => g.matrix(det, matrix)))
      const s = scaled(a)
      if (!s || !s.vectors.every((v) => isPositiveRange(v.node.range))) return undefined
      if (s.scalars.length + s.vectors.length === 0 && isOne(s.product.coefficient)) return undefined
      const c = g.product(s.product.coefficient, s.scalars, [], [])
      const logarithms = s.vectors.map((v) => g.scale(v.exponent, g.sumOver(g.apply(log, [v.node]), [0])))
      return g.multiply(
        toLength(g, c, s.product.shape[0]!),
        ...logarithms.map((sum) => g.apply(exp, [sum])),
        g.matrix(det, s.matrix.node),
      )
    },
  },
  {
    name: 'log-determinant by the determinant',
    zh: '由行列式求对数行列式',
    on: 'logdet',
    law: 'log det A = log(det A)',
    example: 'param A[2, 2], B[2, 2]\nloss J = logdet(A @ B)',
    rewrite: (node, { g }) => g.apply(log, [g.matrix(det, node.args[0]!)]),
  },
  {
    name: 'sum and its inverse',
    zh: '和与其逆相乘',
    on: 'product',
    law: 'A (A + B)⁻¹ = I − B (A + B)⁻¹',
    example: 'param A[2, 2], B[2, 2], b[2]\nloss J = sum(A @ inv(A + B) @ b) + sum(B @ inv(A + B) @ b)',
    rewrite: (node, { g }) => (node.kind === 'product' && isContraction(node) ? reduced(g, node) : undefined),
  },
  {
    name: 'power of a matrix product',
    zh: '矩阵乘积的幂',
    on: 'product',
    law: '(Σⱼ Aᵢⱼ·uⱼ)² = Σⱼ Σₖ Aᵢⱼ·uⱼ·Aᵢₖ·uₖ',
    example: 'param A[2, 3], u[3]\nloss J = sum((A @ u)^2)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const whole = productOf(node)
      const f = whole.factors.find(
        (h) =>
          isContraction(h.node) &&
          isInteger(h.exponent) &&
          h.exponent.compare(1) > 0 &&
          h.exponent.compare(HIGHEST) <= 0,
      )
      if (!f) return undefined
      let product: Product = {
        ...whole,
        factors: whole.factors.filter((h) => h !== f),
      }
      for (let left = f.exponent; left.compare(0) > 0; left = plus(left, MINUS_ONE)) {
        const one = { ...f, exponent: ONE }
        product = dissolved(g, { ...product, factors: [...product.factors, one] }, one, f.node as ProductNode)
      }
      return nodeOf(g, product)
    },
  },
]

/** A fraction is zero where what stands above its bar is. */
function numerator(node: Node): Node {
  if (node.kind !== 'product' || !isPureProduct(node)) return node
  const above = factorsOf(node).filter((f) => f.labels.length > 0 || !isNegative(f.exponent))
  const [sum] = above
  return above.length === 1 && sum!.node.kind === 'sum' && sum!.labels.every((l, axis) => l === axis)
    ? sum!.node
    : node
}

/**
 * A sum of products multiplied by what one of the inverses at the ends of its terms is of: zero if, and only if, the sum
 * is. Each that there is.
 */
export function* cleared(g: Graph, fraction: Node): Generator<Node> {
  const node = numerator(fraction)
  const tried = new Set<string>()
  for (const t of asTerms(node).terms) {
    if (t.node.shape.length === 0) continue
    const flat = t.node.kind === 'product' ? (flattened(g, t.node) ?? productOf(t.node)) : single(t.node)
    for (const f of flat.factors) {
      const inverse = peel(f.node)
      const axis = f.labels.findIndex((l) => l < flat.shape.length)
      if (!isInverse(inverse) || axis < 0 || !isOne(f.exponent) || f.labels.length !== 2) continue
      const end = f.labels[axis]!
      const key = `${inverse.id} ${axis} ${end}`
      if (tried.has(key)) continue
      tried.add(key)
      // S[i′, i] S⁻¹[i, k], and S⁻¹[k, i] S[i, i′].
      const free = node.shape.length
      const own = node.shape.map((_, l) => l)
      yield g.product(
        ONE,
        [
          { node: inverse.args[0]!, labels: axis === 0 ? [free, end] : [end, free], exponent: ONE },
          { node, labels: own, exponent: ONE },
        ],
        own.map((l) => (l === end ? free : l)),
        node.shape,
      )
    }
  }
}
