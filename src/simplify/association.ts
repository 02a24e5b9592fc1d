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
import { isMask, nestOf } from '../graph/subscripts.ts'
import { topological, transform } from '../graph/traverse.ts'
import { type Product, dissolved, productOf, single } from './einsum.ts'
import { type Costs, Lengths, add } from './lengths.ts'
import { narrowed } from './narrowed.ts'
import { MOST_FACTORS, type Way, inPairs } from './pairs.ts'

/** Sums of more terms are left as they are. */
const MOST_TERMS = 16
/** Sums within sums are multiplied out to this depth, and into so many terms. */
const DEEPEST = 3
const MOST_TOGETHER = 128
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

  /** At one of the points far better, and at none worse; of several such ways the one that is nowhere far from the best. */
  #cheapest(node: ProductNode): Node {
    const own = productOf(node)
    const whole = this.#opened(own)
    const { before } = whole
    // What is a sum of entries in places is a detour by itself, and so is all of which only a diagonal is read, even where all else stays as it is.
    const openings = [
      whole,
      ...(whole.some ? [this.#opened(own, ({ node: n }) => isSparse(peel(n)))] : []),
      ...(own.factors.some(isDiagonal) ? [this.#opened(own, isDiagonal)] : []),
    ]
    const ways = openings.flatMap((opening) =>
      [...before.keys()].flatMap((at) => {
        const way = this.#best(opening.flat, opening.before, at, 0, 1)
        const isWorth = way && way.costs[at]! <= WORTH * opening.before[at]!
        if (!isWorth || way.costs.some((c, k) => c > opening.before[k]!)) return []
        // What is not opened costs what it did.
        return [{ node: way.node, costs: way.costs.map((c, k) => c + before[k]! - opening.before[k]!) }]
      }),
    )
    if (ways.length === 0) return node
    const least = before.map((_, k) => Math.min(...ways.map(({ costs }) => costs[k]!)))
    const regret = ({ costs }: Way): number => Math.max(...costs.map((c, k) => c / least[k]!))
    return ways.reduce((a, b) => (regret(b) < regret(a) ? b : a)).node
  }

  /** The cheapest way at a point, for a product that is one of so many terms. Undefined where there is only one. */
  #best(flat: Product, before: Costs, at: number, depth: number, terms: number): Way | undefined {
    const found = inPairs(this.g, this.lengths, flat, at)
    const ordered = found && { ...found, costs: add(found.costs, this.#formed(flat)) }
    const dear = before[at]! > this.affordable[at]!
    const spread = depth < DEEPEST ? this.#multipliedOut(flat, at, depth, terms, dear) : undefined
    return spread && (!ordered || spread.costs[at]! <= WORTH * ordered.costs[at]!) ? spread : ordered
  }

  /** With products inside (all, or such) put in by their factors, and what it costs with these as they are; whether some have places. */
  #opened(
    p: Product,
    such: (f: Factor) => boolean = () => true,
  ): { flat: Product; before: Costs; some: boolean } {
    let before = this.lengths.size(enumerated(p))
    let flat = p
    let some = false
    for (;;) {
      // What others than contractions need too is computed anyway; what several contractions need, each pays a part of.
      const f = flat.factors.find(
        (x) =>
          isOne(x.exponent) &&
          comesApart(peel(x.node)) &&
          such(x) &&
          !(holdsSum(peel(x.node)) && this.#users(x.node) === Infinity),
      )
      const inner = f && peel(f.node)
      if (inner?.kind !== 'product' || flat.factors.length + inner.args.length > MOST_FACTORS) break
      some ||= isSparse(inner)
      if (isContraction(inner)) before = add(before, this.lengths.work(inner), 1 / this.#users(f!.node))
      flat = dissolved(this.g, flat, f!, inner)
    }
    return { flat, before: add(before, this.#formed(flat)), some }
  }

  /** What it costs that sums of entries in places stand in memory for a product: all of their zeros. */
  #formed(p: Product): Costs {
    return p.factors.reduce(
      (costs, { node }) =>
        peel(node).kind === 'sum' && isSparse(peel(node))
          ? add(costs, this.lengths.size(node.shape), 1 / this.#users(node))
          : costs,
      this.lengths.none,
    )
  }

  /** How many need this value, behind its names too. */
  #users(node: Node): number {
    let users = this.sums.get(node) ?? 1
    for (let n = node; n.kind === 'equation'; n = n.body) users = Math.max(users, this.sums.get(n.body) ?? 1)
    return users
  }

  /**
   * The largest sum among the factors taken term by term, where a term of it can go another way. Sums of nothing but places
   * (differences of unit vectors) are in any case, others only where `dear`.
   */
  #multipliedOut(p: Product, at: number, depth: number, among: number, dear: boolean): Way | undefined {
    const sums = p.factors.filter(({ node, exponent, labels }) => {
      const sum = peel(node)
      if (sum.kind !== 'sum' || !isOne(exponent) || sum.args.length > MOST_TERMS) return false
      if (among * sum.args.length > MOST_TOGETHER) return false
      if (!dear && !isSparse(sum)) return false
      return labels.some((l) => l >= p.shape.length) && (isSparse(sum) || goesApart(sum))
    })
    if (sums.length === 0) return undefined
    const size = ({ node }: Factor): number => this.lengths.sizeAt(node.shape, at)
    const largest = sums.reduce((a, b) => (size(b) > size(a) ? b : a))
    const entries = this.lengths.size(p.shape)
    let costs = this.lengths.none
    const terms: Term[] = []
    const sum = peel(largest.node) as SumNode
    for (const term of this.#terms(p, largest, sum)) {
      const { flat, before } = this.#opened(term)
      const way = this.#best(flat, before, at, depth + 1, among * sum.args.length)
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
  const product = {
    args: factors.map((f) => f.node),
    labels: factors.map((f) => f.labels.map((l) => place.get(l)!)),
    exponents: factors.map((f) => f.exponent),
    extents: labels.map((l) => extents.get(l)!),
    shape,
  }
  const nest = nestOf(product, undefined, true)
  return nest.free.map((i) => extents.get(labels[i]!)!)
}

/** A product that is better not formed where it is summed with others: a contraction, an outer product, or with one inside. */
const comesApart = (n: Node): boolean =>
  n.kind === 'product' &&
  n.args.length > 0 &&
  (isSparse(n) || holdsSum(n) || n.labels.every((labels) => new Set(labels).size < n.shape.length))

/** Whether entries are not 0 only in places that a bracket or a mask says, one for each position along the other axes. */
function isSparse(root: Node): boolean {
  for (const node of topological([root], (n) => sparse.has(n)))
    if (!sparse.has(node)) sparse.set(node, placed(node))
  return sparse.get(root)!
}
const sparse = new WeakMap<Node, boolean>()

function placed(node: Node): boolean {
  const known = (n: Node): boolean => sparse.get(n) === true
  if (node.kind === 'equation') return known(node.body)
  if (node.kind === 'bracket') return node.relation === '='
  if (node.kind === 'sum')
    return isZero(node.constant) && node.args.length <= MOST_TERMS && node.args.every(known)
  if (node.kind !== 'product') return isMask(node)
  if (nestOf(node, undefined, true).solved.some((s) => s.label < node.shape.length)) return true
  return !isContraction(node) && node.args.some((a, i) => isOne(node.exponents[i]!) && known(a))
}

/** Whether only a diagonal of it is read, A[i, i]. */
const isDiagonal = ({ labels }: Factor): boolean => new Set(labels).size < labels.length

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
