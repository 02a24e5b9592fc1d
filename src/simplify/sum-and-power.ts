/** Σⱼ xⱼ·(Σₖ xₖ)ᵉ = (Σₖ xₖ)¹⁺ᵉ, whatever else stands in the product: probabilities sum to 1. */
import { ONE, type Rational, isNegative, plus, same } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, isContraction } from '../graph/node.ts'

export function sumAndPower(g: Graph, node: ProductNode): Node | undefined {
  if (!isContraction(node)) return undefined
  const factors = factorsOf(node)
  const rank = node.shape.length
  for (const power of factors) {
    const sum = power.node
    if (!isNegative(power.exponent) || sum.kind !== 'product' || !isContraction(sum)) continue
    const found = summed(factors, power, sum, rank)
    if (!found) continue
    const exponent: Rational = plus(power.exponent, ONE)
    return withoutLabels(
      g,
      node,
      [...factors.filter((f) => f !== power && !found.used.includes(f)), { ...power, exponent }],
      found.labels,
    )
  }
  return undefined
}

/** The factors of the product that are those of a sum, over labels on which nothing else depends. */
function summed(
  factors: readonly Factor[],
  power: Factor,
  sum: ProductNode,
  rank: number,
): { used: readonly Factor[]; labels: readonly number[] } | undefined {
  const own = factorsOf(sum)
  const inner = sum.extents.length - sum.shape.length
  const match = (
    at: number,
    names: ReadonlyMap<number, number>,
    used: readonly Factor[],
  ): typeof used | undefined => {
    if (at === own.length) {
      const labels = [...names].filter(([l]) => l >= sum.shape.length).map(([, name]) => name)
      const isFree =
        labels.length === inner &&
        factors.every((f) => used.includes(f) || !f.labels.some((l) => labels.includes(l)))
      return isFree ? used : undefined
    }
    const part = own[at]!
    for (const f of factors) {
      if (f === power || used.includes(f) || f.node !== part.node || !same(f.exponent, part.exponent))
        continue
      const next = new Map(names)
      const fits = part.labels.every((l, axis) => {
        const name = f.labels[axis]!
        const known = next.get(l)
        if (known !== undefined) return known === name
        if (l < sum.shape.length || name < rank || [...next.values()].includes(name)) return false
        next.set(l, name)
        return true
      })
      const found = fits ? match(at + 1, next, [...used, f]) : undefined
      if (found) return found
    }
    return undefined
  }
  const outer = new Map(power.labels.map((name, l) => [l, name]))
  const used = match(0, outer, [])
  if (!used) return undefined
  const gone = new Set(used.flatMap((f) => f.labels))
  return { used, labels: [...gone].filter((l) => l >= rank && !power.labels.includes(l)) }
}

/** The product with other factors, not summed over some labels any more. */
function withoutLabels(
  g: Graph,
  node: ProductNode,
  factors: readonly Factor[],
  gone: readonly number[],
): Node {
  const rank = node.shape.length
  const left = node.extents.flatMap((extent, l) =>
    l < rank || gone.includes(l) ? [] : [{ node: g.full(ONE, [extent]), labels: [l], exponent: ONE }],
  )
  return g.product(
    node.coefficient,
    [...factors, ...left],
    node.shape.map((_, i) => i),
    node.shape,
  )
}
