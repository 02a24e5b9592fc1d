import { ONE, type Rational, ZERO, isNegative, isOne, plus, rationalKey, times } from '../../base/rational.ts'
import { type Factor, type Graph, type Term, factorsOf, termsOf } from '../../graph/graph.ts'
import type { Extent, Shape } from '../../graph/extent.ts'
import { type Node, type SumNode, isContraction, isPureProduct } from '../../graph/node.ts'
import { isElement } from '../../graph/product.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import { flattened, nodeOf } from '../einsum.ts'
import { isSymmetric, oriented } from '../symmetric.ts'
import { asFactors } from '../terms.ts'

/** Sums of more terms than this are left as they are: what is common to many is found pair by pair. */
const MOST_TERMS = 24

/** A term as one Einstein product: labels below the sum's rank are its axes, larger ones are summed over. */
interface Einstein {
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  readonly extents: ReadonlyMap<number, Extent>
}

function einstein(g: Graph, term: Term, rank: number): Einstein {
  const extents = new Map<number, Extent>()
  let fresh = rank
  let { coefficient } = term
  const factors: Factor[] = []
  const add = (f: Factor): void => {
    f.labels.forEach((l, axis) => extents.set(l, f.node.shape[axis]!))
    // A symmetric matrix stands in one place, whichever way it is turned.
    const turned = f.labels.length === 2 && f.labels[0]! > f.labels[1]! && isSymmetric(g, f.node)
    factors.push(turned ? { ...f, labels: [...f.labels].reverse() } : f)
  }
  const inline = (node: Node & { kind: 'product' }, labels: readonly number[]): void => {
    const first = fresh - node.shape.length
    fresh += node.extents.length - node.shape.length
    for (const f of factorsOf(node))
      add({ ...f, labels: f.labels.map((l) => (l < node.shape.length ? labels[l]! : first + l)) })
  }
  const whole = asFactors(term.node)
  coefficient = times(coefficient, whole.coefficient)
  for (const f of whole.factors)
    // An element is one thing: of x₁·a + x₁·b it is x₁ that is taken out, and not x or the unit vector that picks it.
    if (f.node.kind === 'product' && isContraction(f.node) && !isElement(f.node) && isOne(f.exponent))
      inline(f.node, f.labels)
    else add(f)
  return { coefficient, factors, extents }
}

/** A factor's place in a term, up to the names of summed labels: equal texts can be taken out together. */
function placeOf({ node, labels, exponent }: Factor, rank: number): string {
  const names = labels.map((l, axis) =>
    l < rank ? String(l) : `s${labels.indexOf(l) === axis ? axis : labels.indexOf(l)}`,
  )
  return `${node.id}^${rationalKey(exponent)}[${names.join()}]`
}

/**
 * What is left of a term without one factor, over the labels that connect it: those of the result, and of the factor
 * (which are then called `rank` + its axis).
 */
function without(g: Graph, t: Einstein, taken: Factor, rank: number): Rest {
  const rename = (l: number): number =>
    l >= rank && taken.labels.includes(l) ? rank + taken.labels.indexOf(l) : l
  const inner = (l: number): number => (l >= rank && !taken.labels.includes(l) ? l + INNER : rename(l))
  const others = t.factors.filter((f) => f !== taken).map((f) => ({ ...f, labels: f.labels.map(inner) }))
  const labels = [...new Set(others.flatMap((f) => f.labels))].filter((l) => l < INNER).sort((a, b) => a - b)
  const extentOf = new Map([...t.extents].map(([l, extent]) => [inner(l), extent]))
  return {
    node: g.product(
      ONE,
      others,
      labels,
      labels.map((l) => extentOf.get(l)!),
    ),
    labels,
    isOuter: separate(others.map((f) => f.labels)).filter((part) => part.some((l) => l < INNER)).length > 1,
  }
}

interface Rest {
  readonly node: Node
  readonly labels: number[]
  /** Whether it is an outer product: a matrix that was never formed, as in x(δᵀU). */
  readonly isOuter: boolean
}

/** The labels that are connected by factors, each set of them. */
function separate(factors: readonly (readonly number[])[]): number[][] {
  let parts: number[][] = []
  for (const labels of factors) {
    if (labels.length === 0) continue
    const [joined, others] = [true, false].map((wanted) =>
      parts.filter((part) => part.some((l) => labels.includes(l)) === wanted),
    ) as [number[][], number[][]]
    parts = [...others, [...joined.flat(), ...labels]]
  }
  return parts
}
/** Labels that are summed inside of what is left: beyond those of a factor. */
const INNER = 1 << 12

/** Σ terms with the factor taken out of those that have it; undefined where what is left does not add up. */
function takenOut(g: Graph, sum: SumNode, terms: readonly Einstein[], place: string): Node | undefined {
  const rank = sum.shape.length
  const own = termsOf(sum)
  const has = terms.map((t) => t.factors.find((f) => placeOf(f, rank) === place))
  const parts = terms.flatMap((t, i) => {
    const taken = has[i]
    return taken ? [{ coefficient: t.coefficient, taken, ...without(g, t, taken, rank) }] : []
  })
  // (abᵀ + cdᵀ)U is shorter than a(bᵀU) + c(dᵀU), and takes as many times longer as a has entries. U(bcᵀ + cbᵀ) is how it is known.
  const [first, second] = parts.map((p) => p.node)
  const isSymmetrised = parts.length === 2 && first!.shape.length === 2 && g.transpose(first!) === second
  if (!isSymmetrised && parts.some((p) => p.isOuter)) return undefined
  const widest = parts.reduce((w, p) => (p.labels.length > w.labels.length ? p : w))
  if (parts.some((p) => p.labels.length > 0 && p.labels.join() !== widest.labels.join())) return undefined
  const inner = g.sum(
    parts.map(({ coefficient, node }) => ({ coefficient, node })),
    ZERO,
    widest.node.shape,
  )
  const { taken } = parts[0]!
  const product = g.product(
    ONE,
    [
      { ...taken, labels: taken.labels.map((l) => (l < rank ? l : rank + taken.labels.indexOf(l))) },
      { node: inner, labels: widest.labels, exponent: ONE },
    ],
    sum.shape.map((_, i) => i),
    sum.shape,
  )
  return g.sum(
    [...own.filter((_, i) => has[i] === undefined), { coefficient: ONE, node: product }],
    sum.constant,
    sum.shape,
  )
}

const baseOf = (f: Factor): string => `${f.node.id}[${f.labels.join()}]`

/**
 * Σ nᵢ/dᵢ over the least common denominator of those factors that `divides` picks: each at its most negative power.
 * Undefined where there is none.
 */
export function overLeastDenominator(
  g: Graph,
  terms: readonly Term[],
  constant: Rational,
  shape: Shape,
  divides: (f: Factor) => boolean = () => true,
): Node | undefined {
  const all = terms.map((t) => ({ ...asFactors(t.node), scale: t.coefficient }))
  const least = new Map<string, Factor>()
  for (const { factors } of all)
    for (const f of factors)
      if (isNegative(f.exponent) && divides(f)) {
        const known = least.get(baseOf(f))
        if (!known || f.exponent.compare(known.exponent) < 0) least.set(baseOf(f), f)
      }
  if (least.size === 0) return undefined
  const below = [...least.values()]
  const axes = shape.map((_, i) => i)
  const above = (coefficient: Rational, factors: readonly Factor[]): Term => {
    const own = new Map<string, Rational>()
    for (const f of factors)
      if (least.has(baseOf(f))) own.set(baseOf(f), plus(own.get(baseOf(f)) ?? ZERO, f.exponent))
    return {
      coefficient,
      node: g.product(
        ONE,
        [
          ...factors.filter((f) => !least.has(baseOf(f))),
          ...below.map((f) => ({ ...f, exponent: plus(own.get(baseOf(f)) ?? ZERO, f.exponent.neg()) })),
        ],
        axes,
        shape,
      ),
    }
  }
  const parts = all.map(({ coefficient, factors, scale }) => above(times(coefficient, scale), factors))
  if (!constant.equals(0)) parts.push(above(constant, []))
  const numerator = g.sum(parts, ZERO, shape)
  return g.product(ONE, [{ node: numerator, labels: axes, exponent: ONE }, ...below], axes, shape)
}

/** A term as one sum of products, whichever way its matrices are grouped and symmetric ones are turned. */
function ungrouped(g: Graph, { node }: Term): Node {
  const flat = node.kind === 'product' ? flattened(g, node) : undefined
  const whole = flat ? nodeOf(g, flat) : node
  return whole.kind === 'product' ? oriented(g, whole) : whole
}

/** The factors of a product of products, in no order. */
function partsOf(node: Node): string {
  const parts: string[] = []
  const stack = [node]
  while (stack.length > 0 && parts.length <= MOST_TERMS) {
    const n = stack.pop()!
    if (n.kind !== 'product') parts.push(String(n.id))
    else
      n.args.forEach((a, i) => {
        if (isOne(n.exponents[i]!)) stack.push(a)
        else parts.push(`${a.id}^${rationalKey(n.exponents[i]!)}`)
      })
  }
  return parts.sort().join()
}

export const factoring: readonly Rule[] = [
  {
    name: 'like matrix products',
    zh: '合并相同的矩阵乘积',
    on: 'sum',
    law: '(A B) C + A (B C) = 2 A B C',
    example: 'param A[3, 2], B[2, 4], C[4, 3]\nloss J = sum(exp((A @ B) @ C - 3 * A @ (B @ C)))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'sum' || node.args.length > MOST_TERMS) return undefined
      const terms = termsOf(node)
      // Only what is made of the same factors can be the same.
      const made = new Map<string, Term[]>()
      for (const t of terms)
        if (hasContraction(t.node)) made.set(partsOf(t.node), [...(made.get(partsOf(t.node)) ?? []), t])
      const alike = new Set([...made.values()].flatMap((group) => (group.length > 1 ? group : [])))
      if (alike.size === 0) return undefined
      const like = new Map<Node, Term[]>()
      for (const t of terms) {
        const key = alike.has(t) ? ungrouped(g, t) : t.node
        like.set(key, [...(like.get(key) ?? []), t])
      }
      if (like.size === node.args.length) return undefined
      return g.sum(
        [...like.values()].map((group) => ({
          coefficient: group.reduce((sum, t) => plus(sum, t.coefficient), ZERO),
          node: group[0]!.node,
        })),
        node.constant,
        node.shape,
      )
    },
  },
  {
    name: 'common factor of contractions',
    zh: '矩阵乘积的公因式',
    on: 'sum',
    law: 'Xᵀa + Xᵀb = Xᵀ(a + b), Bx + Bᵀx = (B + Bᵀ)x',
    example: 'param X[3, 2], w[2]\ninput a[3], b[3]\nloss J = dot(w, X.T @ exp(a) - X.T @ b)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || node.args.length > MOST_TERMS) return undefined
      if (!node.args.some((a) => hasContraction(a))) return undefined
      const rank = node.shape.length
      const terms = termsOf(node).map((t) => einstein(c.g, t, rank))
      const counts = new Map<string, number>()
      for (const t of terms)
        for (const place of new Set(t.factors.map((f) => placeOf(f, rank))))
          counts.set(place, (counts.get(place) ?? 0) + 1)
      for (const [place, count] of counts) {
        if (count < 2 || !/s\d/.test(place)) continue
        const shorter = ifShorter(c, node, takenOut(c.g, node, terms, place))
        if (shorter) return shorter
      }
      return undefined
    },
  },
  {
    name: 'common denominator',
    zh: '通分',
    on: 'sum',
    law: 'a/b + c/d = (a·d + c·b)/(b·d)',
    finite: true,
    example: 'param p, y\nloss J = (1 - y) / (1 - p) - y / p',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || node.args.length > MOST_TERMS) return undefined
      const terms = termsOf(node)
      const broken = terms.filter((t) => asFactors(t.node).factors.some((f) => isNegative(f.exponent)))
      if (broken.length === 0) return undefined
      // All fractions at once, the rest of the sum beside them; or all of the sum.
      const joined = broken.length > 1 ? overLeastDenominator(c.g, broken, ZERO, node.shape) : undefined
      const rest = terms.filter((t) => !broken.includes(t))
      const beside =
        joined && c.g.sum([...rest, { coefficient: ONE, node: joined }], node.constant, node.shape)
      return (
        ifShorter(c, node, beside) ??
        ifShorter(c, node, overLeastDenominator(c.g, terms, node.constant, node.shape))
      )
    },
  },
]

const hasContraction = (n: Node): boolean =>
  n.kind === 'product' && (isContraction(n) || (isPureProduct(n) && n.args.some(isContraction)))
