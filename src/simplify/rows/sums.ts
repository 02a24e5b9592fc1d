/** Where the terms of a pattern stand in a sum. */
import { ONE, ZERO, isZero, plus, same, type Rational } from '../../base/rational.ts'
import { type Factor, type Graph, isZeroNode, termsOf } from '../../graph/graph.ts'
import { type Node, type SumNode, peel } from '../../graph/node.ts'
import { type Bindings, build, placed } from './build.ts'
import { type Guards, numberOf } from './guards.ts'
import { inAxes, nameOf, scaleOf, termFactors } from './factors.ts'
import type { Matcher } from './match.ts'
import type { Linear, Monomial, Pattern } from './pattern.ts'

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

export class Sums {
  readonly #g: Graph
  readonly #guards: Guards
  readonly #matcher: Matcher

  constructor(g: Graph, guards: Guards, matcher: Matcher) {
    this.#g = g
    this.#guards = guards
    this.#matcher = matcher
  }

  /** The ways to find a pattern in a sum: in all of it, or in some of its terms, which may have more factors in common. */
  *in(p: SumPattern, node: SumNode, at: readonly number[], b: Bindings, whole: boolean): Generator<FoundSum> {
    const mentioned = (name: string): boolean =>
      p.terms.some((t) => nameOf(t) !== name && t.powers.some((f) => f.base.names.has(name)))
    // A name that is known once the other terms are found may be several terms.
    const isOpen = p.terms.some((t) => {
      const name = nameOf(t)
      return t.powers.length === 0 || (name !== undefined && (b.get(name) !== undefined || mentioned(name)))
    })
    if (whole && !isOpen && countOf(node) !== p.terms.length + (isNothing(p.constant) ? 0 : 1)) return
    const found = { b, scale: ONE, rest: [], used: new Set<number>(), constant: false, later: [] }
    for (const f of this.#terms(p, node, at, found, whole, 0)) {
      const constant = f.constant ? ZERO : numberOf(p.constant, f.b)
      if (constant === undefined) {
        const next = isZero(node.constant)
          ? undefined
          : this.#guards.solve(p.constant, node.constant.div(f.scale), f.b)
        if (next && (!whole || node.args.length === f.used.size)) yield { ...f, b: next, constant: true }
      } else if (whole) {
        const next = this.#remains(node, at, f, constant)
        if (next) yield { ...f, b: next }
      } else if (isZero(constant)) yield f
      else if (f.rest.length === 0) {
        if (node.constant.equals(constant.mul(f.scale))) yield { ...f, constant: true }
      } else {
        // T − T·f(u): the constant of the law is the term T.
        const wanted = constant.mul(f.scale)
        const i = node.args.findIndex(
          (a, k) =>
            !f.used.has(k) &&
            node.coefficients[k]!.equals(wanted) &&
            this.#isProduct(f.rest, a, at, node.shape),
        )
        if (i >= 0) yield { ...f, used: new Set([...f.used, i]) }
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
        ...known.map((t, i) => ({ coefficient: numberOf(t.scale, b)!.mul(scale).neg(), node: values[i]! })),
      ],
      isUsed ? ZERO : plus(node.constant, constant.mul(scale).neg()),
      node.shape,
    )
    const rest = later.find((t) => t.rest !== undefined)
    if (!rest) return isZeroNode(left) ? b : undefined
    const own = numberOf(rest.scale, b)
    if (!own || isZeroNode(left)) return undefined
    return b.with(rest.rest!, { node: g.scale(own.mul(scale).inverse(), left), at })
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
    const name = nameOf(t)
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
    const name = nameOf(t)
    if (name !== undefined && b.get(name) === undefined) {
      // A name by itself is one term, whatever that is, with its number.
      const unscaled = numberOf(t.scale, b)!.inverse()
      for (const [i, a] of node.args.entries())
        if (!used.has(i)) {
          const value = {
            node: this.#g.scale(node.coefficients[i]!.mul(unscaled), a),
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
        const value = { node: this.#g.constant(node.constant.mul(unscaled)), at: [] }
        yield { b: b.with(name, value), scale: ONE, rest: [], used, constant: true }
      }
      return
    }
    for (const [i, a] of node.args.entries()) {
      if (used.has(i)) continue
      const { coefficient, factors } = termFactors(a, at)
      const own = coefficient.mul(node.coefficients[i]!)
      for (const { b: next, left, used: uses } of this.#matcher.powers(t.powers, factors, b)) {
        const scales = scaleOf(uses, ONE)
        if (!scales) continue
        const all = own.mul(scales)
        const taken = new Set([...used, i])
        const whole1 = { scale: ONE, rest: [], used: taken, constant }
        if (t.rest !== undefined) {
          const other = this.#g.product(
            all.div(numberOf(t.scale, next)!),
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
          yield { b: next, scale: all.div(numberOf(t.scale, next)!), rest: left, used: taken, constant }
      }
    }
  }

  #alike(a: readonly Factor[], b: readonly Factor[], shape: Node['shape']): boolean {
    if (a.length !== b.length) return false
    const axes = shape.map((_, i) => i)
    return this.#g.product(ONE, a, axes, shape) === this.#g.product(ONE, b, axes, shape)
  }

  #isProduct(factors: readonly Factor[], node: Node, at: readonly number[], shape: Node['shape']): boolean {
    const made = this.#g.product(
      ONE,
      factors,
      shape.map((_, i) => i),
      shape,
    )
    const value = placed(
      this.#g,
      { node: peel(node), at: node.shape.length === 0 ? [] : at },
      { labels: at, shape },
    )!
    return (
      made === value ||
      made ===
        this.#g.broadcast(
          value,
          shape,
          value.shape.map((_, i) => i),
        )
    )
  }
}
