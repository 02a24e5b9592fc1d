/** In which order the factors of a product meet, pair by pair: of all orders the cheapest, by dynamic programming over sets of factors. */
import { ONE } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import type { Factor, Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { maskOf } from '../graph/subscripts.ts'
import type { Product } from './einsum.ts'
import { type Costs, type Lengths, add } from './lengths.ts'

/** Products of more factors, or over more labels, are left as they are. */
export const MOST_FACTORS = 10
const MOST_LABELS = 30

/** A way to compute a product, and what it costs. */
export interface Way {
  readonly node: Node
  readonly costs: Costs
}

/** The product of some factors, summed over what no other factor and not the result has. */
interface Plan {
  /** The set of labels that it has: a bit for each. */
  readonly own: number
  readonly cost: number
  /** Made of two others, or of a factor that is summed by itself; a factor as it is has none. */
  readonly parts: readonly Plan[]
  /** The set of its factors. */
  readonly set: number
  /** The set of labels that are enumerated for it. */
  readonly enumerated: number
  /** Of a bracket or a mask as it is: the set of labels that follow from its others. One that has been summed is a tensor like any other. */
  readonly fixed: number
}

/** The cheapest order at a point. Undefined for too many factors. */
export function inPairs(
  g: Graph,
  lengths: Lengths,
  { coefficient, factors, extents, shape }: Product,
  at: number,
): Way | undefined {
  const named = [...extents.keys()]
  if (factors.length > MOST_FACTORS || named.length > MOST_LABELS) return undefined
  const all = (1 << factors.length) - 1
  const extentsOf = (labels: Iterable<number>): Extent[] => [...labels].map((l) => extents.get(l)!)
  const bit = new Map(named.map((l, i) => [l, 1 << i]))
  const setOf = (labels: Iterable<number>): number => [...labels].reduce((set, l) => set | bit.get(l)!, 0)
  const inSet = (set: number): number[] => named.filter((_, i) => set & (1 << i))
  const sizes = new Map<number, number>()
  const size = (set: number): number => {
    let known = sizes.get(set)
    if (known === undefined) sizes.set(set, (known = lengths.sizeAt(extentsOf(inSet(set)), at)))
    return known
  }
  const kept = labelsOfSets(
    factors.map((f) => setOf(f.labels)),
    setOf(shape.keys()),
  )
  // What stands in memory is written even where it is 0; the result is in any case.
  const costOf = (set: number, enumerated: number): number =>
    set === all ? size(enumerated) : Math.max(size(enumerated), size(kept[set]!))
  const planned = (set: number, parts: readonly Plan[]): Plan => {
    const fixed = parts.reduce((labels, p) => labels | p.fixed, 0)
    const enumerated = parts.reduce((labels, p) => labels | p.own, 0) & ~fixed
    const cost = parts.reduce((sum, p) => sum + p.cost, costOf(set, enumerated))
    return { own: kept[set]!, cost, parts, set, enumerated, fixed: 0 }
  }
  /** By sets, the ways to have them: of a bracket as it is, or summed; of all else the cheapest. */
  const ways: (readonly Plan[])[] = [[]]
  for (let set = 1; set <= all; set++) {
    const lowest = set & -set
    if (set === lowest) {
      const factor = factors[31 - Math.clz32(set)]!
      const own = setOf(factor.labels)
      const fixed = setOf(fixedBy(factor, (l) => size(bit.get(l)!)))
      const asItIs: Plan = { own, cost: 0, parts: [], set, enumerated: 0, fixed }
      if (own === kept[set]) ways.push([asItIs])
      else ways.push([planned(set, [asItIs]), ...(fixed === 0 || set === all ? [] : [asItIs])])
      continue
    }
    let best: readonly Plan[] = []
    let least = Infinity
    // Whatever the parts are, this set's own product costs so much.
    const floor = set === all ? 0 : size(kept[set]!)
    // Each split once: the part that has the lowest factor.
    for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
      if (!(part & lowest)) continue
      for (const a of ways[part]!)
        for (const b of ways[set ^ part]!) {
          const parts = a.cost + b.cost
          if (best.length > 0 && parts + floor >= least) continue
          const cost = parts + costOf(set, (a.own | b.own) & ~(a.fixed | b.fixed))
          if (best.length > 0 && cost >= least) continue
          best = [a, b]
          least = cost
        }
    }
    ways.push(best.length > 0 ? [planned(set, best)] : [])
  }
  const labelsOf = ({ set, own }: Plan): number[] =>
    [...new Set(factors.flatMap((f, i) => (set & (1 << i) ? f.labels : [])))].filter((l) => own & bit.get(l)!)
  let costs = lengths.none
  const spend = (plan: Plan, result: boolean): void => {
    const terms = lengths.size(extentsOf(inSet(plan.enumerated)))
    const entries = lengths.size(extentsOf(inSet(plan.own)))
    costs = add(costs, result ? terms : terms.map((t, k) => Math.max(t, entries[k]!)))
  }
  const make = (plan: Plan): Factor => {
    if (plan.parts.length === 0) return factors[31 - Math.clz32(plan.set)]!
    const parts = plan.parts.map(make)
    spend(plan, false)
    const labels = labelsOf(plan)
    return { node: g.product(ONE, parts, labels, extentsOf(labels)), labels, exponent: ONE }
  }
  const [whole] = ways[all]!
  const last = whole && whole.parts.length > 0 ? whole.parts.map(make) : factors
  if (whole) spend(whole.parts.length > 0 ? whole : planned(all, [whole]), true)
  const axes = shape.map((_, i) => i)
  return { node: g.product(coefficient, last, axes, shape), costs }
}

/** The labels of each set's product: those of the result, and those that other factors have. */
function labelsOfSets(factors: readonly number[], result: number): number[] {
  const together = Array.from({ length: 1 << factors.length }, () => 0)
  for (let set = 1; set < together.length; set++)
    together[set] = together[set & (set - 1)]! | factors[31 - Math.clz32(set & -set)]!
  return together.map((inside, set) => inside & (result | together[together.length - 1 - set]!))
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
