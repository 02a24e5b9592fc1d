/**
 * Matrices are factorised once, and what an inverse is multiplied by is solved for: fewer operations than to form the
 * inverse, and smaller residuals (Higham, Accuracy and Stability of Numerical Algorithms, section 14.1).
 */
import { ONE, type Rational, ZERO, isOne, isZero, times } from '../base/rational.ts'
import type { Extent, Shape } from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  isContraction,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import { lu, ludet, lulogdet, solve, solvet } from '../ops/index.ts'
import type { Rule } from './rule.ts'

/** An open extent counts as this many. */
const TYPICAL = 64

/** coefficient · Σ Π factors, with the extents of all labels; those below the rank of the result stay. */
interface Product {
  readonly shape: Shape
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  readonly extents: ReadonlyMap<number, Extent>
}

const isSolve = (n: Node): n is ApplyNode =>
  n.kind === 'apply' && (n.op.name === solve.name || n.op.name === solvet.name)

const factorised = (g: Graph, a: Node): Node => g.matrix(lu, peel(a))

// ——— products, seen through names

function productOf(node: ProductNode): Product {
  return {
    shape: node.shape,
    coefficient: node.coefficient,
    factors: factorsOf(node),
    extents: new Map(node.extents.map((e, l) => [l, e])),
  }
}

/** A value as the one factor of a product. */
const single = (node: Node): Product => ({
  shape: node.shape,
  coefficient: ONE,
  factors: [{ node, labels: node.shape.map((_, i) => i), exponent: ONE }],
  extents: new Map(node.shape.map((e, i) => [i, e])),
})

/** The product with a factor that is itself a product (behind names) put in by its own factors. */
function dissolved(g: Graph, p: Product, f: Factor, inner: ProductNode): Product {
  const extents = new Map(p.extents)
  const names = inner.extents.map((extent, l) => {
    if (l < inner.shape.length) return f.labels[l]!
    const fresh = Math.max(...extents.keys()) + 1
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

/** The product with names for products of separable parts seen through, and solutions without names. */
function opened(g: Graph, p: Product): Product {
  for (;;) {
    const f = p.factors.find((x) => {
      const value = peel(x.node)
      return isOne(x.exponent) && value.kind === 'product' && isSeparable(value)
    })
    if (!f) break
    p = dissolved(g, p, f, peel(f.node) as ProductNode)
  }
  return p
}

// ——— one solution within a product

/** A⁻¹[row, column] as a factor, from the factorised A, whose leading axes carry the labels `leading`. */
interface Inverse {
  readonly lu: Node
  readonly leading: readonly number[]
  readonly row: number
  readonly column: number
}

/**
 * A solution taken apart into the inverse and the right-hand sides, which join the other factors. `sides`: how many
 * right-hand sides there were; of an inverse that is formed as a whole, more than any.
 */
function takenApart(
  g: Graph,
  p: Product,
  f: Factor,
): { product: Product; inverse: Inverse; sides: number } | undefined {
  const node = peel(f.node) as ApplyNode
  const [factored, right] = node.args as [Node, Node]
  const count = factored.shape.length - 2
  const leading = f.labels.slice(0, count)
  const end = f.labels.at(-1)!
  let other = Math.max(...p.extents.keys()) + 1
  const extents = new Map([...p.extents, [other, right.shape.at(-1)!]])
  const all = [...f.labels.slice(0, -1), other]
  let product = opened(g, {
    ...p,
    extents,
    factors: p.factors.map((x) => (x === f ? { node: right, labels: all, exponent: ONE } : x)),
  })
  let sides = f.labels.slice(count, -1).reduce((s, l) => s * lengthOf(p, l), 1)
  // Of an identity as right-hand side only the other label is left.
  const identity = product.factors.find((x) => x.node.kind === 'delta' && x.labels.includes(other))
  if (identity) {
    other = identity.labels[0] === other ? identity.labels[1]! : identity.labels[0]!
    product = { ...product, factors: product.factors.filter((x) => x !== identity) }
    sides = Infinity
  }
  if (other === end || new Set([...leading, other, end]).size < count + 2) return undefined
  const [row, column] = node.op.name === solve.name ? [end, other] : [other, end]
  return { product, inverse: { lu: factored, leading, row, column }, sides }
}

const lengthOf = (p: Product, label: number): number => {
  const extent = p.extents.get(label)!
  return typeof extent === 'number' ? extent : TYPICAL
}

/** The factors that become the right-hand sides along one end of an inverse, and the labels of these. */
interface Side {
  readonly end: number
  readonly group: ReadonlySet<Factor>
  readonly labels: readonly number[]
  readonly count: number
}

/** The right-hand sides along `end`, if the sum over it is what the product does: as few as can be. */
function sideAlong(p: Product, { leading, row, column }: Inverse, end: number): Side | undefined {
  const rank = p.shape.length
  const other = end === row ? column : row
  if (end < rank) return undefined
  const stays = (l: number): boolean => l < rank || l === other || leading.includes(l)
  const touching = (l: number): Factor[] => p.factors.filter((f) => f.labels.includes(l))
  const side = (group: ReadonlySet<Factor>): Side => {
    const outside = p.factors.filter((f) => !group.has(f))
    const labels = [...new Set([...group].flatMap((f) => f.labels))]
      .filter((l) => l !== end && !leading.includes(l))
      .filter((l) => stays(l) || outside.some((f) => f.labels.includes(l)))
      .sort((a, b) => a - b)
    return { end, group, labels, count: labels.reduce((s, l) => s * lengthOf(p, l), 1) }
  }
  const absorb = (s: Side, l: number): Side => side(new Set([...s.group, ...touching(l)]))
  const next = (s: Side): number[] => s.labels.filter((l) => !stays(l))
  let best = side(new Set(touching(end)))
  let whole = best
  for (let l = next(whole)[0]; l !== undefined; l = next(whole)[0]) whole = absorb(whole, l)
  for (let better: Side | undefined = best; better;) {
    best = better
    better = next(best)
      .map((l) => absorb(best, l))
      .find((s) => s.count < best.count)
  }
  return whole.count < best.count ? whole : best
}

/** The side with fewer right-hand sides; of equals that of the columns, which is no transposed solution. */
function bestSide(p: Product, inverse: Inverse): Side | undefined {
  const [one, two] = [sideAlong(p, inverse, inverse.column), sideAlong(p, inverse, inverse.row)]
  return one && two ? (two.count < one.count ? two : one) : (one ?? two)
}

/** How many right-hand sides the solutions in a product have, each at its best. */
function sidesOf(g: Graph, p: Product): number {
  let count = 0
  for (const f of p.factors) {
    if (!isOne(f.exponent) || !isSolve(peel(f.node))) continue
    const leading = peel(f.node).args[0]!.shape.length - 2
    const formed = f.labels.slice(leading, -1).reduce((s, l) => s * lengthOf(p, l), 1)
    const apart = takenApart(g, p, f)
    const best = apart && bestSide(apart.product, apart.inverse)?.count
    count += best === undefined ? formed : apart!.sides === Infinity ? best : Math.min(best, formed)
  }
  return count
}

/** The product with this solution found from fewer right-hand sides, if that is possible. */
function withFewerSides(g: Graph, p: Product, f: Factor): Node | undefined {
  const apart = takenApart(g, p, f)
  if (!apart) return undefined
  const { product, inverse, sides } = apart
  const { row, column, leading } = inverse
  const side = bestSide(product, inverse)
  if (!side || side.count >= sides) return undefined
  const extent = (l: number): Extent => product.extents.get(l)!
  const labels = [...leading, ...side.labels]
  const right = pairwise(g, ONE, [...side.group], [...labels, side.end], extent)
  const [a] = inverse.lu.args as [Node]
  const op = side.end === column || isSymmetric(g, a) ? solve : solvet
  const solution: Factor = {
    node: g.matrix(op, inverse.lu, right),
    labels: [...labels, side.end === column ? row : column],
    exponent: ONE,
  }
  const rest = product.factors.filter((x) => !side.group.has(x))
  return pairwise(
    g,
    product.coefficient,
    [...rest, solution],
    product.shape.map((_, i) => i),
    extent,
  )
}

/** The product as a sum, over the terms of a factor that is one, if the solutions then have fewer right-hand sides. */
function distributed(g: Graph, p: Product, f: Factor): Node | undefined {
  const sum = peel(f.node)
  if (sum.kind !== 'sum' || !isOne(f.exponent)) return undefined
  const terms = termsOf(sum).map((t) => ({
    ...t,
    node: t.node.shape.length === 0 ? g.broadcast(t.node, sum.shape, []) : t.node,
  }))
  if (!isZero(sum.constant)) terms.push({ node: g.full(ONE, sum.shape), coefficient: sum.constant })
  const one = (node: Node): Factor => ({ node, labels: f.labels, exponent: ONE })
  const parts = terms.map(({ node, coefficient }) =>
    opened(g, {
      ...p,
      coefficient: times(p.coefficient, coefficient),
      factors: p.factors.map((x) => (x === f ? one(node) : x)),
    }),
  )
  // As it stands each term is formed as a whole.
  const formed = terms.map(({ node }) => opened(g, single(node)))
  const total = (list: readonly Product[]): number => list.reduce((s, x) => s + sidesOf(g, x), 0)
  // What is multiplied by once it is formed, for each of the other labels, is of the size of a solution.
  const others = [...p.extents.keys()].filter((l) => !f.labels.includes(l))
  const spread = others.reduce((n, l) => n * lengthOf(p, l), 1)
  const multiplied = parts.filter((x) => sidesOf(g, x) === 0).length * spread
  if (total(parts) + multiplied >= total([p, ...formed]) + spread) return undefined
  const out = p.shape.map((_, i) => i)
  return g.sum(
    parts.map(({ coefficient, factors, extents }) => ({
      coefficient: ONE,
      node: pairwise(g, coefficient, factors, out, (l) => extents.get(l)!),
    })),
    ZERO,
    p.shape,
  )
}

/**
 * Σ Π factors; of more than two, what has the smallest result is summed first and by itself, for loops over all
 * labels at once would do too much.
 */
function pairwise(
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

/** Whether Aᵀ is A: as declared, or as it is made. */
function isSymmetric(g: Graph, a: Node): boolean {
  const value = peel(a)
  if (value.shape.length !== 2) return false
  switch (value.kind) {
    case 'symbol':
      return value.symbol.assumptions.has('symmetric')
    case 'delta':
      return true
    case 'sum':
      return value.args.every((term) => term.shape.length === 0 || isSymmetric(g, term))
    case 'product':
      return (
        g.product(value.coefficient, factorsOf(value), [1, 0], value.shape) === value ||
        (isPureProduct(value) &&
          value.args.every((f, i) => value.labels[i]!.length === 0 || isSymmetric(g, f)))
      )
    default:
      return false
  }
}

// ——— rules

export const solveRules: readonly Rule[] = [
  {
    name: 'determinant of factors',
    on: 'det',
    law: 'det A = ±Π uᵢᵢ, P A = L U',
    example: 'param A[3, 3]\nloss J = det(A)',
    rewrite: (node, { g }) => g.matrix(ludet, factorised(g, node.args[0]!)),
  },
  {
    name: 'log-determinant of factors',
    on: 'logdet',
    law: 'log det A = Σ log |uᵢᵢ|, P A = L U',
    example: 'param A[3, 3]\nloss J = logdet(A @ A.T + eye(3))',
    rewrite: (node, { g }) => g.matrix(lulogdet, factorised(g, node.args[0]!)),
  },
  {
    name: 'inverse as solutions',
    on: 'inv',
    law: 'A⁻¹ is the X of A X = 1',
    example: 'param A[3, 3]\nloss J = sum(tanh(inv(A)))',
    rewrite: (node, { g }) => {
      const { shape } = node
      const rank = shape.length
      const axes = shape.map((_, i) => i)
      const identity = g.broadcast(g.delta(shape.at(-1)!), shape, axes.slice(-2))
      const solutions = g.matrix(solve, factorised(g, node.args[0]!), identity)
      return g.transpose(solutions, [...axes.slice(0, -2), rank - 1, rank - 2])
    },
  },
  {
    name: 'inverse of a symmetric matrix',
    on: 'product',
    law: 'A⁻ᵀ = A⁻¹ for a symmetric A',
    example: 'param A[3, 2]\nS = A @ A.T + eye(3)\nloss J = sum(tanh(inv(S).T))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || node.shape.length < 2) return undefined
      let changed = false
      const factors = factorsOf(node).map((f): Factor => {
        const [a, b] = f.labels
        if (f.labels.length !== 2 || a! <= b! || !isSolve(f.node) || f.node.args[1]!.kind !== 'delta')
          return f
        if (!isSymmetric(g, f.node.args[0]!.args[0]!)) return f
        changed = true
        return { ...f, labels: [b!, a!] }
      })
      const { coefficient, shape } = node
      const out = shape.map((_, i) => i)
      return changed ? g.product(coefficient, factors, out, shape) : undefined
    },
  },
  {
    name: 'fewest right-hand sides',
    on: 'product',
    law: 'A⁻¹ R B = A⁻¹ (R B), aᵀ A⁻¹ R = (A⁻ᵀ a)ᵀ R',
    example: 'param A[3, 3], B[3, 2], a[3], b[2]\nloss J = a @ inv(A) @ B @ b',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || !isContraction(node)) return undefined
      const plain = opened(g, productOf(node))
      const nested = plain.factors.flatMap((f) => {
        const value = peel(f.node)
        if (!isOne(f.exponent) || !isContraction(value)) return []
        const inner = opened(g, dissolved(g, plain, f, value as ProductNode))
        return inner.factors.some((x) => isSolve(peel(x.node))) ? [inner] : []
      })
      for (const p of [plain, ...nested])
        for (const f of p.factors) {
          if (!isOne(f.exponent) || !isSolve(peel(f.node))) continue
          const to = withFewerSides(g, p, f)
          if (to) return to
        }
      return undefined
    },
  },
  {
    name: 'solutions of sums',
    on: 'product',
    law: '(A⁻¹ + B) v = A⁻¹ v + B v',
    example: 'param A[3, 3], B[3, 3], v[3]\nloss J = sum((inv(A) + B) @ v)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || !isContraction(node)) return undefined
      const p = opened(g, productOf(node))
      for (const f of p.factors) {
        const to = distributed(g, p, f)
        if (to) return to
      }
      return undefined
    },
  },
]
