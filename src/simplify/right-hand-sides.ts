/** What an inverse is multiplied by, as right-hand sides: along either end, as few as can be. */
import { ONE, ZERO, isOne, isZero, times } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import { type Factor, type Graph, termsOf } from '../graph/graph.ts'
import { type ApplyNode, type Node, peel } from '../graph/node.ts'
import { solve, solvet } from '../ops/index.ts'
import { type Product, isSolve, lengthOf, opened, pairwise, single } from './einsum.ts'
import { isSymmetric } from './symmetric.ts'

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
  const [row, column] = node.op === solve ? [end, other] : [other, end]
  return { product, inverse: { lu: factored, leading, row, column }, sides }
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
export function withFewerSides(g: Graph, p: Product, f: Factor): Node | undefined {
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
export function distributed(g: Graph, p: Product, f: Factor): Node | undefined {
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
