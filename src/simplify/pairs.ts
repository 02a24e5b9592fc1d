/** In which order the factors of a product meet, pair by pair: of all orders the cheapest, by dynamic programming over sets of factors. */
import { ONE } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import type { Factor, Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { maskOf } from '../graph/subscripts.ts'
import type { Product } from './einsum.ts'
import { type Costs, type Lengths, add } from './lengths.ts'

/** Products of more factors are left as they are. */
export const MOST_FACTORS = 10

/** A way to compute a product, and what it costs. */
export interface Way {
  readonly node: Node
  readonly costs: Costs
}

/** The product of some factors, summed over what no other factor and not the result has. */
interface Plan {
  readonly labels: readonly number[]
  readonly cost: number
  /** Made of two others, or of a factor that is summed by itself; a factor as it is has none. */
  readonly parts: readonly Plan[]
  readonly factor: number
  /** The labels that are enumerated for it. */
  readonly enumerated: readonly number[]
  /** Of a bracket or a mask as it is: the labels that follow from its others. One that has been summed is a tensor like any other. */
  readonly fixed: readonly number[]
}

/** The cheapest order at a point. Undefined for too many factors. */
export function inPairs(
  g: Graph,
  lengths: Lengths,
  { coefficient, factors, extents, shape }: Product,
  at: number,
): Way | undefined {
  if (factors.length > MOST_FACTORS) return undefined
  const all = (1 << factors.length) - 1
  const extentsOf = (labels: Iterable<number>): Extent[] => [...labels].map((l) => extents.get(l)!)
  const size = (labels: Iterable<number>): number => lengths.sizeAt(extentsOf(labels), at)
  const kept = labelsOfSets(factors, shape.length)
  const meeting = (parts: readonly Plan[]): number[] => {
    const labels = new Set(parts.flatMap((p) => p.labels))
    for (const { fixed } of parts) for (const l of fixed) labels.delete(l)
    return [...labels]
  }
  const planned = (set: number, parts: readonly Plan[]): Plan => {
    const labels = kept[set]!
    const enumerated = meeting(parts)
    const terms = size(enumerated)
    // What stands in memory is written even where it is 0; the result is in any case.
    const cost = parts.reduce((sum, p) => sum + p.cost, set === all ? terms : Math.max(terms, size(labels)))
    return { labels, cost, parts, factor: -1, enumerated, fixed: [] }
  }
  /** By sets, the ways to have them: of a bracket as it is, or summed; of all else the cheapest. */
  const ways: (readonly Plan[])[] = [[]]
  for (let set = 1; set <= all; set++) {
    const lowest = set & -set
    if (set === lowest) {
      const factor = 31 - Math.clz32(set)
      const { labels } = factors[factor]!
      const own = [...new Set(labels)]
      const fixed = fixedBy(factors[factor]!, (l) => size([l]))
      const asItIs: Plan = { labels: own, cost: 0, parts: [], factor, enumerated: [], fixed }
      if (own.length <= kept[set]!.length) ways.push([asItIs])
      else ways.push([planned(set, [asItIs]), ...(fixed.length === 0 || set === all ? [] : [asItIs])])
      continue
    }
    let best: Plan | undefined
    // Each split once: the part that has the lowest factor.
    for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
      if (!(part & lowest)) continue
      for (const a of ways[part]!)
        for (const b of ways[set ^ part]!) {
          const plan = planned(set, [a, b])
          if (!best || plan.cost < best.cost) best = plan
        }
    }
    ways.push(best ? [best] : [])
  }
  let costs = lengths.none
  const spend = (plan: Plan, result: boolean): void => {
    const terms = lengths.size(extentsOf(plan.enumerated))
    const entries = lengths.size(extentsOf(plan.labels))
    costs = add(costs, result ? terms : terms.map((t, k) => Math.max(t, entries[k]!)))
  }
  const make = (plan: Plan): Factor => {
    if (plan.parts.length === 0) return factors[plan.factor]!
    const parts = plan.parts.map(make)
    spend(plan, false)
    return {
      node: g.product(ONE, parts, plan.labels, extentsOf(plan.labels)),
      labels: plan.labels,
      exponent: ONE,
    }
  }
  const [whole] = ways[all]!
  const last = whole && whole.parts.length > 0 ? whole.parts.map(make) : factors
  if (whole) spend(whole.parts.length > 0 ? whole : planned(all, [whole]), true)
  const axes = shape.map((_, i) => i)
  return { node: g.product(coefficient, last, axes, shape), costs }
}

/** The labels of each set's product: those of the result, and those that other factors have. */
function labelsOfSets(factors: readonly Factor[], rank: number): number[][] {
  const sets = factors.map((f) => new Set(f.labels))
  return Array.from({ length: 1 << factors.length }, (_, set) => {
    const inside = new Set(sets.flatMap((s, i) => (set & (1 << i) ? [...s] : [])))
    return [...inside].filter((l) => l < rank || sets.some((s, i) => !(set & (1 << i)) && s.has(l)))
  })
}

/** What follows once the other labels are known: the longest axis that a bracket fixes, the axes along which a mask picks. */
function fixedBy({ node, labels }: Factor, length: (label: number) => number): readonly number[] {
  const mask = maskOf(node)
  if (mask) return mask.axes.map((axis) => labels[axis]!)
  if (node.kind !== 'bracket' || node.relation !== '=') return []
  const fixed = labels.filter(
    (_, axis) => Math.abs(node.coefficients[axis]!) === 1 && !node.labels.some((l) => l.includes(axis)),
  )
  return fixed.length === 0 ? [] : [fixed.reduce((a, b) => (length(b) > length(a) ? b : a))]
}
