/**
 * In which order products are multiplied out, for running. An Einstein product that is summed in one nest of loops over all
 * of its labels, or around a matrix that is itself an outer product or a sum of such, can cost a power of a dim more than it
 * must: (I − ŷŷᵀ)δ is δ − ŷ(ŷᵀδ), and (A B)v is A(B v).
 */
import { ONE, ZERO, isOne, isZero, times } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import { type Factor, type Graph, type Term, termsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, type SumNode, isContraction, peel } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { nestOf } from '../graph/subscripts.ts'
import { topological, transform } from '../graph/traverse.ts'
import { type Product, dissolved, productOf, single } from './einsum.ts'
import { type Costs, Lengths, add } from './lengths.ts'
import { narrowed } from './narrowed.ts'

/** Products of more factors, and sums of more terms, are left as they are. */
const MOST_FACTORS = 10
const MOST_TERMS = 16
/** Sums within sums are multiplied out to this depth. */
const DEEPEST = 3
/** What is put in another order costs at most this part of what it cost before. */
const WORTH = 0.5

/**
 * The roots with contractions in the cheapest order. A sum is multiplied out only where the product costs more than all of
 * `program`, the values that the program asks for: differences of nearly equal numbers keep their digits as long as that is
 * affordable.
 */
export function associated(g: Graph, roots: readonly Node[], program: readonly Node[]): readonly Node[] {
  const order = topological(roots)
  if (!order.some(isContraction)) return roots
  const lengths = new Lengths(order)
  const affordable = topological(program).reduce((sum, n) => add(sum, lengths.work(n)), lengths.none)
  const sums = sumsOver(order, roots)
  const images = new NodeMap<number>()
  const associator = new Associator(g, lengths, images, affordable)
  return transform(g, roots, (rebuilt, original) => {
    const image = associator.image(rebuilt)
    images.set(image, (images.get(image) ?? 0) + sums.get(original)!)
    return image
  })
}

/**
 * In how many contractions each node is a factor, seen through names and products without sums; infinite where something else
 * needs it too, and it is computed anyway.
 */
function sumsOver(order: readonly Node[], roots: readonly Node[]): NodeMap<number> {
  const sums = new NodeMap<number>()
  for (const root of roots) sums.set(root, Infinity)
  for (let i = order.length - 1; i >= 0; i--) {
    const user = order[i]!
    const own = sums.get(user) ?? 0
    user.args.forEach((a, k) => {
      const through = user.kind === 'equation' || (user.kind === 'product' && isOne(user.exponents[k]!))
      const more = !through ? Infinity : isContraction(user) ? 1 : own
      sums.set(a, (sums.get(a) ?? 0) + more)
    })
  }
  for (const node of order) if (!sums.has(node)) sums.set(node, Infinity)
  return sums
}

/** A way to compute a product, and what it costs. */
interface Way {
  readonly node: Node
  readonly costs: Costs
}

class Associator {
  readonly g: Graph
  readonly lengths: Lengths
  /** See `sumsOver`; a node that was made on the way is in one. */
  readonly sums: NodeMap<number>
  readonly affordable: Costs

  constructor(g: Graph, lengths: Lengths, sums: NodeMap<number>, affordable: Costs) {
    this.g = g
    this.lengths = lengths
    this.sums = sums
    this.affordable = affordable
  }

  image(node: Node): Node {
    if (node.kind === 'sum') return narrowed(this.g, node)
    if (node.kind !== 'product') return node
    if (isContraction(node)) return this.#cheapest(node)
    // With other factors a contraction can have its axes in another order, and stand behind a view.
    const isNew = (a: Node): boolean => isContraction(a) && !this.sums.has(a)
    if (!node.args.some(isNew)) return node
    return this.g.rebuild(
      node,
      node.args.map((a) => (isNew(a) ? this.#cheapest(a as ProductNode) : a)),
    )
  }

  /** At one of the points far better, and at none worse. */
  #cheapest(node: ProductNode): Node {
    const { flat, before } = this.#opened(productOf(node))
    for (const at of before.keys()) {
      const way = this.#best(flat, before, at, 0)
      if (way && way.costs[at]! <= WORTH * before[at]! && way.costs.every((c, k) => c <= before[k]!))
        return way.node
    }
    return node
  }

  /** The cheapest way at a point. Undefined where there is only one. */
  #best(flat: Product, before: Costs, at: number, depth: number): Way | undefined {
    const ordered = this.#ordered(flat, at)
    const spread =
      before[at]! > this.affordable[at]! && depth < DEEPEST ? this.#multipliedOut(flat, at, depth) : undefined
    return spread && (!ordered || spread.costs[at]! <= WORTH * ordered.costs[at]!) ? spread : ordered
  }

  /** With the products inside put in by their factors, and what it costs with these as they are. */
  #opened(p: Product): { flat: Product; before: Costs } {
    let before = this.lengths.size(enumerated(p))
    let flat = p
    for (;;) {
      // What others than contractions need too is computed anyway; what several contractions need, each pays a part of.
      const f = flat.factors.find(
        ({ node, exponent }) =>
          isOne(exponent) &&
          comesApart(peel(node)) &&
          !(holdsSum(peel(node)) && this.#users(node) === Infinity),
      )
      const inner = f && peel(f.node)
      if (inner?.kind !== 'product' || flat.factors.length + inner.args.length > MOST_FACTORS) break
      if (isContraction(inner)) before = add(before, this.lengths.work(inner), 1 / this.#users(f!.node))
      flat = dissolved(this.g, flat, f!, inner)
    }
    return { flat, before }
  }

  /** How many need this value, behind its names too. */
  #users(node: Node): number {
    let users = this.sums.get(node) ?? 1
    for (let n = node; n.kind === 'equation'; n = n.body) users = Math.max(users, this.sums.get(n.body) ?? 1)
    return users
  }

  /** Pair by pair: of all orders the cheapest, by dynamic programming over sets of factors. */
  #ordered({ coefficient, factors, extents, shape }: Product, at: number): Way | undefined {
    const count = factors.length
    if (count > MOST_FACTORS) return undefined
    const { g, lengths } = this
    const rank = shape.length
    const all = (1 << count) - 1
    const sets = factors.map((f) => new Set(f.labels))
    const extentsOf = (labels: Iterable<number>): Extent[] => [...labels].map((l) => extents.get(l)!)
    const size = (labels: Iterable<number>): number => lengths.sizeAt(extentsOf(labels), at)
    /** The labels of a set's product: those of the result, and those that other factors have. */
    const kept = Array.from({ length: all + 1 }, (_, set): readonly number[] => {
      const inside = new Set(sets.flatMap((s, i) => (set & (1 << i) ? [...s] : [])))
      return [...inside].filter((l) => l < rank || sets.some((s, i) => !(set & (1 << i)) && s.has(l)))
    })
    const fixes = factors.map((f) => fixedBy(f, (l) => size([l])))
    /** The labels that are enumerated where some factors meet: what a bracket among them fixes follows from the others. */
    const open = (labels: Iterable<number>, ...sides: readonly number[]): Set<number> => {
      const left = new Set(labels)
      for (const side of sides) {
        const fixed = (side & (side - 1)) === 0 ? fixes[31 - Math.clz32(side)] : undefined
        if (fixed !== undefined) left.delete(fixed)
      }
      return left
    }
    const cost = new Array<number>(all + 1).fill(Infinity)
    const left = new Array<number>(all + 1).fill(0)
    for (let set = 1; set <= all; set++) {
      if ((set & (set - 1)) === 0) {
        const own = sets[31 - Math.clz32(set)]!
        cost[set] = own.size > kept[set]!.length ? size(open(own, set)) : 0
        continue
      }
      // Each split once: the part that has the lowest factor.
      const lowest = set & -set
      for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
        if (!(part & lowest)) continue
        const other = set ^ part
        const meeting = open([...kept[part]!, ...kept[other]!], part, other)
        const joined = cost[part]! + cost[other]! + size(meeting)
        if (joined < cost[set]!) {
          cost[set] = joined
          left[set] = part
        }
      }
    }
    let costs = lengths.none
    const spend = (labels: Iterable<number>, ...sides: readonly number[]): void => {
      costs = add(costs, lengths.size(extentsOf(open(labels, ...sides))))
    }
    const make = (set: number): Factor => {
      const part = left[set]!
      const alone = factors[31 - Math.clz32(set)]!
      if (part === 0 && cost[set] === 0) return alone
      const parts = part === 0 ? [alone] : [make(part), make(set ^ part)]
      const out = kept[set]!
      spend(
        parts.flatMap((f) => f.labels),
        ...(part === 0 ? [set] : [part, set ^ part]),
      )
      return { node: g.product(ONE, parts, out, extentsOf(out)), labels: out, exponent: ONE }
    }
    const last =
      left[all] === undefined || left[all] === 0 ? factors : [make(left[all]), make(all ^ left[all])]
    const whole = left[all] === undefined || left[all] === 0
    spend(
      last.flatMap((f) => f.labels),
      ...(whole ? [] : [left[all]!, all ^ left[all]!]),
    )
    const axes = shape.map((_, i) => i)
    return { node: g.product(coefficient, last, axes, shape), costs }
  }

  /** The largest sum among the factors taken term by term, where a term of it can go another way. */
  #multipliedOut(p: Product, at: number, depth: number): Way | undefined {
    const sums = p.factors.filter(({ node, exponent, labels }) => {
      const sum = peel(node)
      if (sum.kind !== 'sum' || !isOne(exponent) || sum.args.length > MOST_TERMS) return false
      return labels.some((l) => l >= p.shape.length) && goesApart(sum)
    })
    if (sums.length === 0) return undefined
    const size = ({ node }: Factor): number => this.lengths.sizeAt(node.shape, at)
    const largest = sums.reduce((a, b) => (size(b) > size(a) ? b : a))
    const entries = this.lengths.size(p.shape)
    let costs = this.lengths.none
    const terms: Term[] = []
    for (const term of this.#terms(p, largest, peel(largest.node) as SumNode)) {
      const { flat, before } = this.#opened(term)
      const way = this.#best(flat, before, at, depth + 1)
      if (!way) return undefined
      terms.push({ coefficient: ONE, node: way.node })
      costs = add(add(costs, way.costs), entries)
    }
    return { node: this.g.sum(terms, ZERO, p.shape), costs }
  }

  /** The product with each term in the place of the sum. */
  #terms(p: Product, f: Factor, sum: SumNode): Product[] {
    const { g } = this
    const others = p.factors.filter((x) => x !== f)
    const withTerm = (coefficient: Product['coefficient'], factors: readonly Factor[]): Product => {
      // Where nothing depends on a summed label any more, ones are summed.
      const ones = [...p.extents].flatMap(([l, e]) =>
        l < p.shape.length || [...others, ...factors].some((x) => x.labels.includes(l))
          ? []
          : [{ node: g.full(ONE, [e]), labels: [l], exponent: ONE }],
      )
      const node = g.product(
        times(p.coefficient, coefficient),
        [...others, ...factors, ...ones],
        p.shape.map((_, i) => i),
        p.shape,
      )
      return node.kind === 'product' ? productOf(node) : single(node)
    }
    const terms = termsOf(sum).map((t) =>
      withTerm(t.coefficient, [
        { node: t.node, labels: t.node.shape.length === 0 ? [] : f.labels, exponent: ONE },
      ]),
    )
    return isZero(sum.constant) ? terms : [...terms, withTerm(sum.constant, [])]
  }
}

/** The extents of the labels that are enumerated, those that brackets fix left out. */
function enumerated({ factors, extents, shape }: Product): Extent[] {
  const labels = [...extents.keys()]
  const place = new Map(labels.map((l, i) => [l, i]))
  const nest = nestOf({
    args: factors.map((f) => f.node),
    labels: factors.map((f) => f.labels.map((l) => place.get(l)!)),
    exponents: factors.map((f) => f.exponent),
    extents: labels.map((l) => extents.get(l)!),
    shape,
  })
  return nest.free.map((i) => extents.get(labels[i]!)!)
}

/** The longest axis that a bracket fixes once its others are known. */
function fixedBy({ node, labels }: Factor, length: (label: number) => number): number | undefined {
  if (node.kind !== 'bracket' || node.relation !== '=') return undefined
  const fixed = labels.filter(
    (_, axis) => Math.abs(node.coefficients[axis]!) === 1 && !node.labels.some((l) => l.includes(axis)),
  )
  return fixed.length === 0 ? undefined : fixed.reduce((a, b) => (length(b) > length(a) ? b : a))
}

/** A product that is better not formed where it is summed with others: a contraction, an outer product, or with one inside. */
const comesApart = (n: Node): boolean =>
  n.kind === 'product' &&
  n.args.length > 0 &&
  (holdsSum(n) || n.labels.every((labels) => new Set(labels).size < n.shape.length))

/** A contraction, or a product with one as a factor. */
const holdsSum = (n: Node): boolean =>
  n.kind === 'product' &&
  (isContraction(n) || n.args.some((a, i) => isOne(n.exponents[i]!) && isContraction(peel(a))))

/** Whether a term of a sum depends on fewer axes than the sum, or comes apart into what does. */
const goesApart = (sum: SumNode): boolean =>
  sum.shape.length > 0 &&
  (!isZero(sum.constant) ||
    sum.args.some((term) => {
      const value = peel(term)
      if (value.kind === 'sum') return goesApart(value)
      return value.kind === 'delta' || value.shape.length < sum.shape.length || comesApart(value)
    }))
