/**
 * Partial products, for running. The derivatives of a product of n factors are n products of n − 1 each: computed one by
 * one they cost n times their loss. Factors stand in one order for all products that have many in common; what is left of it
 * in a product are a few runs, mostly one from the front and one to the end, and each run is computed once, as the one that is a
 * factor shorter times a factor.
 */
import { ONE, rationalKey } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, isPureProduct } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { topological, transform } from '../graph/traverse.ts'

/** Products of fewer factors are left as they are. */
const FEWEST = 5
/** The part of their multiplications that may be left. */
const WORTH = 0.75
/** Parts of which a product consists whose factors are those of another one but for two: before, between, and after. */
const FEW = 4
/** A factor belongs to few orders: which of them a product has most in common with is looked up and not searched. */
const MOST_ORDERS = 4

/** The factors of a product, and the products that are made of them for the most part. */
interface Family {
  readonly places: ReadonlyMap<string, number>
  readonly factors: readonly Factor[]
  readonly members: Member[]
}

/** From the first place to before the last. */
type Run = readonly [number, number]

/** A product by the runs of its family, and what else it has. */
interface Member {
  readonly product: ProductNode
  readonly runs: readonly Run[]
  readonly others: readonly Factor[]
}

/** The roots with products that have many factors in common made of what they share. */
export function withPartialProducts(g: Graph, roots: readonly Node[]): readonly Node[] {
  const products = topological(roots).filter(isLong)
  if (products.length < 2) return roots
  const images = new NodeMap<Node>()
  const image = (f: Factor): Factor => ({ ...f, node: images.get(f.node)! })
  const made = new Map<Node, () => Node>()
  for (const family of families(products)) share(g, family, image, made)
  if (made.size === 0) return roots
  return transform(g, roots, (rebuilt, original) => {
    const own = made.get(original)?.() ?? rebuilt
    images.set(original, own)
    return own
  })
}

/** A product of numbers, or entry by entry. */
const isLong = (n: Node): n is ProductNode =>
  n.kind === 'product' &&
  n.args.length >= FEWEST &&
  isPureProduct(n) &&
  n.labels.every((labels) => labels.length === n.shape.length && labels.every((l, axis) => l === axis))

const keyOf = ({ node, exponent }: Factor): string => `${node.id}^${rationalKey(exponent)}`

function families(products: readonly ProductNode[]): Family[] {
  const all: Family[] = []
  const having = new Map<string, Family[]>()
  const usual = usualPowers(products)
  // The longest first: the others are parts of it.
  for (const product of [...products].sort((a, b) => b.args.length - a.args.length)) {
    const factors = factorsOf(product)
    const near = new Set(factors.flatMap((f) => having.get(keyOf(f)) ?? []))
    const [nearest] = [...near]
      .map((family) => ({ family, member: memberOf(family, product) }))
      .filter(({ member }) => partsOf(member) <= Math.max(FEW, factors.length / 4))
      .sort((a, b) => partsOf(a.member) - partsOf(b.member))
    if (nearest) {
      nearest.family.members.push(nearest.member)
      continue
    }
    const own = factors.map((f) => usual.get(f.node)!)
    const family: Family = { places: new Map(own.map((f, i) => [keyOf(f), i])), factors: own, members: [] }
    family.members.push(memberOf(family, product))
    all.push(family)
    for (const key of family.places.keys()) {
      const known = having.get(key) ?? []
      if (known.length < MOST_ORDERS) having.set(key, [...known, family])
    }
  }
  return all
}

/** Each factor with the exponent that it has in most products: 2xy³ is a derivative of x²y³, and of no use to others. */
function usualPowers(products: readonly ProductNode[]): Map<Node, Factor> {
  const counts = new Map<string, number>()
  const all = products.flatMap(factorsOf)
  for (const f of all) counts.set(keyOf(f), (counts.get(keyOf(f)) ?? 0) + 1)
  const usual = new Map<Node, Factor>()
  for (const f of all) {
    const other = usual.get(f.node)
    if (!other || counts.get(keyOf(f))! > counts.get(keyOf(other))!) usual.set(f.node, f)
  }
  return usual
}

const partsOf = ({ runs, others }: Member): number => runs.length + others.length

function memberOf({ places }: Family, product: ProductNode): Member {
  const factors = factorsOf(product)
  const found = factors.flatMap((f) => places.get(keyOf(f)) ?? []).sort((a, b) => a - b)
  const runs: [number, number][] = []
  for (const place of found) {
    const last = runs.at(-1)
    if (last?.[1] === place) last[1]++
    else runs.push([place, place + 1])
  }
  return { product, runs, others: factors.filter((f) => !places.has(keyOf(f))) }
}

/** How to make every product of a family of its runs, where that saves enough. */
function share(
  g: Graph,
  { factors, members }: Family,
  image: (f: Factor) => Factor,
  made: Map<Node, () => Node>,
): void {
  if (members.length < 2) return
  const end = factors.length
  // What ends at the last factor grows towards the front, anything else towards the end.
  const grown = ([from, to]: Run, length: number): Run =>
    to === end && from > 0 ? [to - length, to] : [from, from + length]
  const steps = new Set<string>()
  for (const { runs } of members)
    for (const run of runs)
      for (let length = 2; length <= run[1] - run[0]; length++) steps.add(grown(run, length).join())
  const before = members.reduce((sum, { product }) => sum + product.args.length - 1, 0)
  const after = members.reduce((sum, m) => sum + partsOf(m) - 1, steps.size)
  if (after > WORTH * before) return
  const { shape } = members[0]!.product
  const axes = shape.map((_, i) => i)
  const known = new Map<string, Factor>()
  const partial = (run: Run): Factor => {
    let whole = image(factors[grown(run, 1)[0]]!)
    for (let length = 2; length <= run[1] - run[0]; length++) {
      const [from, to] = grown(run, length)
      const next = image(factors[run[1] === end && run[0] > 0 ? from : to - 1]!)
      const key = `${from} ${to}`
      const own = whole
      const make = (): Node => g.equation('partial', g.product(ONE, [own, next], axes, shape))
      whole = known.get(key) ?? { node: make(), labels: axes, exponent: ONE }
      known.set(key, whole)
    }
    return whole
  }
  for (const { product, runs, others } of members)
    made.set(product, () =>
      g.product(product.coefficient, [...runs.map(partial), ...others.map(image)], axes, shape),
    )
}
