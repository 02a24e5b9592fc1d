/** What is assumed of the signs of scalars in one case of a proof, and what follows from it by linear arithmetic. */
import {
  ONE,
  type Rational,
  ZERO,
  isEven,
  isInteger,
  isNegative,
  isOne,
  isPositive,
  isZero,
  rational,
} from '../base/rational.ts'
import { type Graph, constantValue } from '../graph/graph.ts'
import { type Node, isPureProduct } from '../graph/node.ts'
import { isNegativeRange, isPositiveRange } from '../graph/range.ts'
import { topological, transform } from '../graph/traverse.ts'
import { asTerms } from './terms.ts'

export type Sign = -1 | 0 | 1

/** Σ cᵢ·tᵢ + constant > 0, or ≥ 0. */
interface Inequality {
  readonly terms: ReadonlyMap<Node, Rational>
  readonly constant: Rational
  readonly strict: boolean
}

/** Beyond so many inequalities nothing more is concluded. */
const MOST = 200

export class Facts {
  readonly #g: Graph
  /** Values that are positive. */
  readonly positive: readonly Node[]

  constructor(g: Graph, positive: readonly Node[] = []) {
    this.#g = g
    this.positive = positive
  }

  /** The sign of a value, if it follows. */
  sign(node: Node): Sign | undefined {
    const value = constantValue(node)
    if (value) return isZero(value) ? 0 : isPositive(value) ? 1 : -1
    if (isPositiveRange(node.range)) return 1
    if (isNegativeRange(node.range)) return -1
    if (node.kind === 'product' && isPureProduct(node)) {
      let all: Sign | undefined = isNegative(node.coefficient) ? -1 : 1
      node.args.forEach((a, i) => {
        const s = this.sign(a)
        const exponent = node.exponents[i]!
        if (s === 0 && !isNegative(exponent)) all = 0
        else if (s === undefined || s === 0) all &&= undefined
        // A root of a negative number is none: what is asked of it does not matter.
        else if (s < 0 && isInteger(exponent) && !isEven(exponent)) all &&= -all as Sign
      })
      if (all !== undefined) return all
    }
    if (!this.#possible([this.#scaled(node, -1)])) return 1
    return this.#possible([this.#scaled(node, 1)]) ? undefined : -1
  }

  /** What must be split for the sign of a value: the value, or a factor of it. */
  undecided(node: Node): Node {
    if (node.kind !== 'product' || !isPureProduct(node)) return node
    const factor = node.args.find((a) => this.sign(a) === undefined)
    return factor ? this.undecided(factor) : node
  }

  /** The facts with one more, and the value where it holds; nothing where that contradicts them. */
  assume(node: Node, side: Sign, value: Node): { value: Node; facts: Facts } | undefined {
    if (side !== 0) {
      const positive = side > 0 ? node : this.#opposite(node)
      const facts = new Facts(this.#g, [...this.positive, positive])
      return facts.#possible([]) ? { value, facts } : undefined
    }
    if (!this.#possible([this.#scaled(node, 1), this.#scaled(node, -1)])) return undefined
    return this.#solved(node, value)
  }

  /** Where a sum is zero, one of its terms is minus the others: it is put in everywhere. */
  #solved(node: Node, value: Node): { value: Node; facts: Facts } | undefined {
    const { terms, constant } = linear(this.#g, node)
    const entries = [...terms]
    const isFree = (t: Node): boolean => entries.every(([o]) => o === t || !topological([o]).includes(t))
    const solvable = entries.filter(([t]) => isFree(t))
    const [t, c] = solvable.find(([n]) => n.kind === 'symbol') ?? solvable[0] ?? []
    if (!t || !c) return { value, facts: this }
    const solution = this.#g.sum(
      entries.flatMap(([o, k]) => (o === t ? [] : [{ node: o, coefficient: k.div(c).neg() }])),
      constant.div(c).neg(),
      [],
    )
    const [image, ...positive] = transform(this.#g, [value, ...this.positive], (n, original) =>
      original === t ? solution : n,
    )
    const facts = new Facts(this.#g, positive)
    return positive.some((p) => constantValue(p)?.compare(0) === -1 || constantValue(p)?.equals(0)) ||
      !facts.#possible([])
      ? undefined
      : { value: image!, facts }
  }

  #opposite(node: Node): Node {
    return this.#g.sum([{ node, coefficient: ONE.neg() }], ZERO, [])
  }

  /** ±node ≥ 0. */
  #scaled(node: Node, by: 1 | -1): Inequality {
    const { terms, constant } = linear(this.#g, node)
    return {
      terms: new Map([...terms].map(([t, c]) => [t, c.mul(by)])),
      constant: constant.mul(by),
      strict: false,
    }
  }

  /** Whether further inequalities go with the facts, as far as elimination shows (Fourier 1827, Motzkin 1936). */
  #possible(more: readonly Inequality[]): boolean {
    let list: Inequality[] = [
      ...more,
      ...this.positive.map((p): Inequality => ({ ...linear(this.#g, p), strict: true })),
    ]
    const all = new Set(list.flatMap(({ terms }) => [...terms.keys()]))
    for (const t of all) list.push(...bounds(t))
    for (const t of all) {
      const above = list.filter((i) => isPositive(i.terms.get(t) ?? ZERO))
      const below = list.filter((i) => isNegative(i.terms.get(t) ?? ZERO))
      list = list.filter((i) => !i.terms.has(t))
      if (above.length * below.length + list.length > MOST) return true
      for (const a of above) for (const b of below) list.push(without(t, a, b))
    }
    return list.every(({ constant, strict }) => (strict ? isPositive(constant) : !isNegative(constant)))
  }
}

/** A scalar as Σ cᵢ·tᵢ + constant. */
function linear(g: Graph, node: Node): { terms: Map<Node, Rational>; constant: Rational } {
  if (node.kind === 'product' && isPureProduct(node) && !isOne(node.coefficient)) {
    const { terms, constant } = linear(g, g.withCoefficient(node, ONE))
    const c = node.coefficient
    return { terms: new Map([...terms].map(([t, k]) => [t, k.mul(c)])), constant: constant.mul(c) }
  }
  const { terms, constant } = asTerms(node)
  return { constant, terms: new Map(terms.map((t) => [t.node, t.coefficient])) }
}

/** What its range says of a value, where the bounds are whole numbers. */
function bounds(t: Node): Inequality[] {
  const { lo, hi, loOpen, hiOpen } = t.range
  const bound = (at: number, c: 1 | -1, strict: boolean): Inequality[] =>
    Number.isInteger(at)
      ? [{ terms: new Map([[t, rational(c)]]), constant: rational(at).mul(-c), strict }]
      : []
  return [...bound(lo, 1, loOpen), ...bound(hi, -1, hiOpen)]
}

/** The sum of multiples of two inequalities in which a term is no more. */
function without(t: Node, a: Inequality, b: Inequality): Inequality {
  const [x, y] = [b.terms.get(t)!.abs(), a.terms.get(t)!.abs()]
  const terms = new Map<Node, Rational>()
  for (const [inequality, by] of [
    [a, x],
    [b, y],
  ] as const)
    for (const [n, c] of inequality.terms) {
      const sum = (terms.get(n) ?? ZERO).add(c.mul(by))
      if (isZero(sum)) terms.delete(n)
      else terms.set(n, sum)
    }
  terms.delete(t)
  return { terms, constant: a.constant.mul(x).add(b.constant.mul(y)), strict: a.strict || b.strict }
}
