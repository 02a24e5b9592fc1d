/** Where the terms of a pattern stand in a sum. */
import {
  ONE,
  type Rational,
  ZERO,
  isZero,
  negate,
  over,
  plus,
  rationalKey,
  same,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, isZeroNode, termsOf } from '../../graph/graph.ts'
import type { Shape } from '../../graph/extent.ts'
import { type Node, type SumNode, peel } from '../../graph/node.ts'
import { widenTo } from '../terms.ts'
import { type Bindings, build } from './build.ts'
import { type Guards, numberOf } from './guards.ts'
import { type Use, inAxes, scaleOf, termFactors } from './factors.ts'
import type { Linear, Monomial, Pattern, Power } from './pattern.ts'

/** What some powers were found as. */
export interface Found {
  readonly b: Bindings
  /** The factors that are not used, and what is left of those that are. */
  readonly left: readonly Factor[]
  readonly used: readonly Use[]
}

/** What the terms of a sum were found as: scale·rest·(the pattern). */
export interface FoundSum {
  readonly b: Bindings
  readonly scale: Rational
  readonly rest: readonly Factor[]
  readonly used: ReadonlySet<number>
  /** Whether the constant is used, too. */
  readonly constant: boolean
}

/** With the terms that are names by themselves, and wait for what remains. */
interface Matching extends FoundSum {
  readonly later: readonly Monomial[]
}

type SumPattern = Pattern & { kind: 'sum' }

const isNothing = (l: Linear): boolean => l.name === undefined && isZero(l.plus)
const countOf = (node: SumNode): number => node.args.length + (isZero(node.constant) ? 0 : 1)

/** Who finds powers among factors. */
interface PowerMatcher {
  powers(powers: readonly Power[], factors: readonly Factor[], b: Bindings): Iterable<Found>
}

export class Sums {
  readonly #g: Graph
  readonly #guards: Guards
  readonly #matcher: PowerMatcher

  constructor(g: Graph, guards: Guards, matcher: PowerMatcher) {
    this.#g = g
    this.#guards = guards
    this.#matcher = matcher
  }

  /** The ways to find a pattern in a sum: in all of it, or in some of its terms, which may have more factors in common. */
  *in(p: SumPattern, node: SumNode, at: readonly number[], b: Bindings, whole: boolean): Generator<FoundSum> {
    if (
      whole &&
      countOf(node) !== p.terms.length + (isNothing(p.constant) ? 0 : 1) &&
      !p.terms.some((t) => t.isOpen || (t.name !== undefined && b.get(t.name) !== undefined))
    )
      return
    const found = { b, scale: ONE, rest: [], used: new Set<number>(), constant: false, later: [] }
    let places: Places | undefined
    for (const f of this.#terms(p, node, at, found, whole, 0)) {
      const constant = f.constant ? ZERO : numberOf(p.constant, f.b)
      if (constant === undefined) {
        const next = isZero(node.constant)
          ? undefined
          : this.#guards.solve(p.constant, over(node.constant, f.scale), f.b)
        if (next && (!whole || node.args.length === f.used.size)) yield { ...f, b: next, constant: true }
      } else if (whole) {
        const next = this.#remains(node, at, f, constant)
        if (next) yield { ...f, b: next }
      } else if (isZero(constant)) yield f
      else if (f.rest.length === 0) {
        if (same(node.constant, times(constant, f.scale))) yield { ...f, constant: true }
      } else {
        // T − T·f(u): the constant of the law is the term T.
        places ??= placesOf(this.#g, node)
        const alike = places.get(rationalKey(times(constant, f.scale)))
        const i = alike?.get(this.#product(f.rest, node.shape))?.find((k) => !f.used.has(k))
        if (i !== undefined) yield { ...f, used: new Set([...f.used, i]) }
      }
    }
  }

  /** What remains of a whole sum is what the names by themselves stand for. */
  #remains(
    node: SumNode,
    at: readonly number[],
    { b, scale, used, constant: isUsed, later }: Matching,
    constant: Rational,
  ): Bindings | undefined {
    const g = this.#g
    const known = later.filter((t) => t.rest === undefined)
    const values = known.map((t) =>
      build(g, (t.powers[0]!.base as Pattern).node, b, { labels: at, shape: node.shape }),
    )
    if (values.includes(undefined)) return undefined
    const left = g.sum(
      [
        ...termsOf(node).filter((_, i) => !used.has(i)),
        ...known.map((t, i) => ({
          coefficient: negate(times(numberOf(t.scale, b)!, scale)),
          node: values[i]!,
        })),
      ],
      isUsed ? ZERO : plus(node.constant, negate(times(constant, scale))),
      node.shape,
    )
    const rest = later.find((t) => t.rest !== undefined)
    if (!rest) return isZeroNode(left) ? b : undefined
    const own = numberOf(rest.scale, b)
    if (!own || isZeroNode(left)) return undefined
    return b.with(rest.rest!, { node: g.scale(over(ONE, times(own, scale)), left), at })
  }

  *#terms(
    p: SumPattern,
    node: SumNode,
    at: readonly number[],
    found: Matching,
    whole: boolean,
    from: number,
  ): Generator<Matching> {
    const t = p.terms[from]
    if (!t) {
      yield found
      return
    }
    const { name } = t
    if (t.powers.length === 0 || (whole && name !== undefined && found.b.get(name) !== undefined)) {
      yield* this.#terms(p, node, at, { ...found, later: [...found.later, t] }, whole, from + 1)
      return
    }
    const first = found.used.size === 0
    for (const next of this.#term(t, node, at, found, whole)) {
      const fits = first || (same(next.scale, found.scale) && this.#alike(next.rest, found.rest, node.shape))
      if (fits) yield* this.#terms(p, node, at, { ...next, later: found.later }, whole, from + 1)
    }
  }

  /** The ways to find one term of a pattern in a sum. */
  *#term(
    t: Monomial,
    node: SumNode,
    at: readonly number[],
    { b, used, constant }: FoundSum,
    whole: boolean,
  ): Generator<FoundSum> {
    const { name } = t
    if (name !== undefined && b.get(name) === undefined) {
      // A name by itself is one term, whatever that is, with its number.
      const unscaled = over(ONE, numberOf(t.scale, b)!)
      for (const [i, a] of node.args.entries())
        if (!used.has(i)) {
          const value = {
            node: this.#g.scale(times(node.coefficients[i]!, unscaled), a),
            at: a.shape.length === 0 ? [] : at,
          }
          yield {
            b: b.with(name, value),
            scale: ONE,
            rest: [],
            used: new Set([...used, i]),
            constant,
          }
        }
      if (!constant && !isZero(node.constant)) {
        const value = { node: this.#g.constant(times(node.constant, unscaled)), at: [] }
        yield { b: b.with(name, value), scale: ONE, rest: [], used, constant: true }
      }
      return
    }
    for (const [i, a] of node.args.entries()) {
      if (used.has(i)) continue
      const { coefficient, factors } = termFactors(a, at)
      const own = times(coefficient, node.coefficients[i]!)
      for (const { b: next, left, used: uses } of this.#matcher.powers(t.powers, factors, b)) {
        const scales = scaleOf(uses, ONE)
        if (!scales) continue
        const all = times(own, scales)
        const taken = new Set([...used, i])
        const whole1 = { scale: ONE, rest: [], used: taken, constant }
        if (t.rest !== undefined) {
          const other = this.#g.product(
            over(all, numberOf(t.scale, next)!),
            inAxes(left, at),
            at.map((_, k) => k),
            a.shape.length === 0 ? [] : node.shape,
          )
          yield {
            ...whole1,
            b: next.with(t.rest, { node: other, at: other.shape.length === 0 ? [] : at }),
          }
        } else if (numberOf(t.scale, next) === undefined) {
          const solution = left.length === 0 ? this.#guards.solve(t.scale, all, next) : undefined
          if (solution) yield { ...whole1, b: solution }
        } else if (!whole || left.length === 0)
          yield { b: next, scale: over(all, numberOf(t.scale, next)!), rest: left, used: taken, constant }
      }
    }
  }

  #alike(a: readonly Factor[], b: readonly Factor[], shape: Shape): boolean {
    return a.length === b.length && this.#product(a, shape) === this.#product(b, shape)
  }

  #product(factors: readonly Factor[], shape: Shape): Node {
    return this.#g.product(
      ONE,
      factors,
      shape.map((_, i) => i),
      shape,
    )
  }
}

/** Where the terms of a sum stand in it, by their numbers and by what they are behind their names, in every entry. */
type Places = ReadonlyMap<string, ReadonlyMap<Node, readonly number[]>>

function placesOf(g: Graph, node: SumNode): Places {
  const places = new Map<string, Map<Node, number[]>>()
  node.args.forEach((a, i) => {
    const key = rationalKey(node.coefficients[i]!)
    const value = widenTo(g, peel(a), node.shape)
    const alike = places.get(key) ?? new Map<Node, number[]>()
    places.set(key, alike.set(value, [...(alike.get(value) ?? []), i]))
  })
  return places
}
