/**
 * Where a pattern stands in a graph. Sums and products are multisets: a pattern finds its terms in any order, each to
 * at least the power that it has, and hands over what is left.
 */
import {
  ONE,
  type Rational,
  ZERO,
  isInteger,
  isNegative,
  isOne,
  isZero,
  plus,
  power,
  same,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, constantValue, factorsOf, isZeroNode, termsOf } from '../../graph/graph.ts'
import {
  type Node,
  type ProductNode,
  type SumNode,
  isContraction,
  isPureProduct,
  peel,
} from '../../graph/node.ts'
import { asFactors } from '../terms.ts'
import { Bindings, type Bound, type Space, build, isBound, placed } from './build.ts'
import type { Guards } from './guards.ts'
import type { Linear, Monomial, Pattern, Power } from './pattern.ts'

/** What some powers were found as. */
export interface Found {
  readonly b: Bindings
  /** The factors that are not used, and what is left of those that are. */
  readonly left: readonly Factor[]
  readonly used: readonly Use[]
}

/** f = (scale·base)^has, of which the power `takes` is used. */
export interface Use {
  readonly factor: Factor
  readonly takes: Rational
  readonly scale: Rational
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

/**
 * Labels of axes that only a part of a subject has, which sums over them: in their order, the same in each part, so that
 * the tensor of a sum is the tensor of another sum.
 */
const SUMMED = 1 << 21

/** The axes that a law sums over, among its bindings; no name is like it. */
const SUMMED_AXES = '#'
const summedIn = (b: Bindings): readonly number[] | undefined => {
  const bound = b.get(SUMMED_AXES)
  return isBound(bound) ? bound.at : undefined
}

/** `at` with labels for these summed axes among them. */
function withSummed(count: number, at: readonly number[], isSummed: (axis: number) => boolean): number[] {
  let [kept, next] = [0, SUMMED]
  return Array.from({ length: count }, (_, axis) => {
    if (!isSummed(axis)) return at[kept++]!
    while (at.includes(next)) next++
    return next++
  })
}

export class Matcher {
  readonly #g: Graph
  readonly #guards: Guards

  constructor(g: Graph, guards: Guards) {
    this.#g = g
    this.#guards = guards
  }

  /** The ways in which a value, whose axes have the labels `at`, is an instance of a pattern. */
  *value(p: Pattern, node: Node, at: readonly number[], b: Bindings): Generator<Bindings> {
    switch (p.kind) {
      case 'value': {
        const known = b.get(p.name)
        if (known === undefined) yield* this.#bound(b, p.name, { node, at })
        else if (isBound(known) && this.#equal(known, { node, at })) yield b
        return
      }
      case 'number': {
        const value = constantValue(peel(node))
        const next = value && this.#solved(p.number, value, b)
        if (next) yield next
        return
      }
      case 'symbol':
        if (node.kind === 'symbol' && node.symbol.role === 'constant' && node.symbol.name === p.name) yield b
        return
      case 'apply':
        yield* this.#applied(p, peel(node), at, b)
        return
      case 'product':
        if (p.summed) yield* this.#summed(p, peel(node), at, b)
        else yield* this.#product(p, node, at, b)
        return
      case 'sum': {
        const sum = peel(node)
        if (this.#isKnown(p, b)) {
          if (this.#isMade(p, node, at, b)) yield b
        } else if (sum.kind === 'sum')
          for (const { b: next, scale } of this.sum(p, sum, at, b, true)) if (isOne(scale)) yield next
      }
    }
  }

  /** The ways to find powers among factors, each to at least its power, or `anyhow`: to any. */
  *powers(
    powers: readonly Power[],
    factors: readonly Factor[],
    b: Bindings,
    anyhow = false,
    from = 0,
  ): Generator<Found> {
    const p = powers[from]
    if (!p) {
      yield { b, left: factors, used: [] }
      return
    }
    for (const f of factors) {
      const exponent = numberOf(p.exponent, b)
      const fits =
        anyhow ||
        !exponent ||
        (isNegative(exponent) === isNegative(f.exponent) && exponent.abs().compare(f.exponent.abs()) <= 0)
      if (!fits) continue
      const next = exponent ? b : this.#solved(p.exponent, f.exponent, b)
      if (!next) continue
      const takes = exponent ?? f.exponent
      const remains = f.exponent.sub(takes)
      const others = factors.filter((h) => h !== f)
      for (const { b: found, scale } of this.#base(p.base, f, next))
        for (const { b: last, left, used } of this.powers(powers, others, found, anyhow, from + 1))
          yield {
            b: last,
            left: isZero(remains) ? left : [...left, { ...f, exponent: remains }],
            used: [{ factor: f, takes, scale }, ...used],
          }
    }
  }

  *#base(p: Pattern, f: Factor, b: Bindings): Generator<{ b: Bindings; scale: Rational }> {
    const sum = p.kind === 'sum' ? peel(f.node) : undefined
    if (p.kind === 'sum' && sum?.kind === 'sum' && !this.#isKnown(p, b))
      yield* this.sum(p, sum, f.labels, b, true)
    else for (const next of this.value(p, f.node, f.labels, b)) yield { b: next, scale: ONE }
  }

  /** The ways to find a pattern in a sum: in all of it, or in some of its terms, which may have more factors in common. */
  *sum(
    p: SumPattern,
    node: SumNode,
    at: readonly number[],
    b: Bindings,
    whole: boolean,
  ): Generator<FoundSum> {
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
          : this.#solved(p.constant, node.constant.div(f.scale), f.b)
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
      for (const { b: next, left, used: uses } of this.powers(t.powers, factors, b)) {
        const scales = scaleOf(uses, ONE)
        if (!scales) continue
        const all = own.mul(scales)
        const taken = new Set([...used, i])
        const whole1 = { scale: ONE, rest: [], used: taken, constant }
        if (t.rest !== undefined) {
          const other = this.#g.product(
            all.div(numberOf(t.scale, next)!),
            this.#inAxes(left, at),
            at.map((_, k) => k),
            a.shape.length === 0 ? [] : node.shape,
          )
          yield {
            ...whole1,
            b: next.with(t.rest, { node: other, at: other.shape.length === 0 ? [] : at }),
          }
        } else if (numberOf(t.scale, next) === undefined) {
          const solution = left.length === 0 ? this.#solved(t.scale, all, next) : undefined
          if (solution) yield { ...whole1, b: solution }
        } else if (!whole || left.length === 0)
          yield { b: next, scale: all.div(numberOf(t.scale, next)!), rest: left, used: taken, constant }
      }
    }
  }

  *#applied(
    p: Pattern & { kind: 'apply' },
    node: Node,
    at: readonly number[],
    b: Bindings,
  ): Generator<Bindings> {
    if (node.kind !== 'apply' || node.op !== p.op) return
    if (node.op.kind === 'pointwise') yield* this.#args(p.args, node.args, at, b, 0)
    else if (node.op.kind === 'reduction') {
      const inner = withSummed(node.args[0]!.shape.length, at, (axis) => node.axes.includes(axis))
      const summed = inner.filter((_, axis) => node.axes.includes(axis))
      for (const next of this.value(p.args[0]!, node.args[0]!, inner, b)) {
        const over = summedIn(next)
        if (!over || over.join() === summed.join()) yield next.with(SUMMED_AXES, { node, at: summed })
      }
    }
  }

  *#args(
    patterns: readonly Pattern[],
    args: readonly Node[],
    at: readonly number[],
    b: Bindings,
    from: number,
  ): Generator<Bindings> {
    const p = patterns[from]
    if (!p) yield b
    else
      for (const next of this.value(p, args[from]!, args[from]!.shape.length === 0 ? [] : at, b))
        yield* this.#args(patterns, args, at, next, from + 1)
  }

  *#product(
    p: Pattern & { kind: 'product' },
    node: Node,
    at: readonly number[],
    b: Bindings,
  ): Generator<Bindings> {
    if (this.#isKnown(p, b)) {
      if (this.#isMade(p, node, at, b)) yield b
      return
    }
    const value = peel(node)
    const multiple = multipleOf(p)
    if (multiple) {
      // −u is what is written with a minus.
      const isNegated = value.kind === 'product' && isPureProduct(value) && isNegative(value.coefficient)
      const { scale, name } = multiple
      if (!isNegative(scale) || isNegated)
        yield* this.#bound(b, name, { node: this.#g.scale(scale.inverse(), value), at })
      return
    }
    const { coefficient, factors } = termFactors(value, at)
    for (const { b: next, left, used } of this.powers(p.powers, factors, b)) {
      const scales = scaleOf(used, ONE)
      if (!scales) continue
      const all = coefficient.mul(scales)
      const scale = numberOf(p.scale, next)
      if (p.rest !== undefined) {
        if (left.length === 0 && same(all, scale!)) continue
        const rest = this.#g.product(
          all.div(scale!),
          this.#inAxes(left, at),
          at.map((_, i) => i),
          value.shape,
        )
        yield* this.#bound(next, p.rest, { node: rest, at })
      } else if (left.length === 0) {
        const solution = scale ? (same(scale, all) ? next : undefined) : this.#solved(p.scale, all, next)
        if (solution) yield solution
      }
    }
  }

  /**
   * A sum over axes. What the law sums over are the same axes everywhere in it; at its outside the sum may be over more:
   * then it is the sum over these of what the law says.
   */
  *#summed(
    p: Pattern & { kind: 'product' },
    node: Node,
    at: readonly number[],
    b: Bindings,
    outside = false,
  ): Generator<Bindings> {
    if (node.kind !== 'product' || !isContraction(node) || !isOne(node.coefficient)) return
    const inner = withSummed(node.extents.length, at, (l) => l >= node.shape.length)
    const summed = inner.slice(node.shape.length)
    const factors = factorsOf(node).map((f) => ({ ...f, labels: f.labels.map((l) => inner[l]!) }))
    if (factors.some((f) => new Set(f.labels).size < f.labels.length)) return
    for (const { b: next, left, used } of this.powers(p.powers, factors, b)) {
      if (left.length > 0 || used.some((u) => !isOne(u.scale))) continue
      const over = summedIn(next)
      const further = over ? summed.filter((l) => !over.includes(l)) : []
      if (over && (further.length + over.length !== summed.length || (!outside && further.length > 0)))
        continue
      yield next.with(SUMMED_AXES, { node, at: over ?? summed })
    }
  }

  /** The ways in which a sum over axes is the sum over `further` ones of an instance of a pattern. */
  *outerSum(p: Pattern & { kind: 'product' }, node: Node): Generator<{ b: Bindings; further: Space }> {
    const rank = node.shape.length
    const at = node.shape.map((_, i) => i)
    for (const b of this.#summed(p, node, at, Bindings.NONE, true)) {
      const over = summedIn(b)!
      const { extents } = node as ProductNode
      const inner = withSummed(extents.length, at, (l) => l >= rank)
      const kept = inner.flatMap((l, i) => (i >= rank && !over.includes(l) ? [i] : []))
      yield { b, further: { labels: kept.map((i) => inner[i]!), shape: kept.map((i) => extents[i]!) } }
    }
  }

  *#bound(b: Bindings, name: string, value: Bound): Generator<Bindings> {
    if (this.#guards.allow(name, value)) yield b.with(name, value)
  }

  /** The bindings in which a linear expression has a value. */
  #solved(l: Linear, value: Rational, b: Bindings): Bindings | undefined {
    const known = numberOf(l, b)
    if (known) return same(known, value) ? b : undefined
    const number = value.sub(l.plus).div(l.times)
    return this.#guards.allow(l.name!, number) ? b.with(l.name!, number) : undefined
  }

  #isKnown = (p: Pattern, b: Bindings): boolean =>
    p.names.size > 0 && [...p.names].every((name) => b.get(name) !== undefined)

  /** Whether a value is what a pattern of known names makes. */
  #isMade(p: Pattern, node: Node, at: readonly number[], b: Bindings): boolean {
    const made = build(this.#g, p.node, b, { labels: at, shape: node.shape })
    return (
      made !== undefined && this.#equal({ node: made, at: made.shape.length === 0 ? [] : at }, { node, at })
    )
  }

  #equal(x: Bound, y: Bound): boolean {
    const [a, b] = [peel(x.node), peel(y.node)]
    const sameAxes = x.at.length === y.at.length && x.at.every((l, i) => l === y.at[i])
    if (a === b) return sameAxes
    const [c, d] = [constantValue(a), constantValue(b)]
    if (c || d) return c !== undefined && d !== undefined && same(c, d)
    // a − b may be written as −(b − a).
    return sameAxes && isSumLike(a) && isSumLike(b) && isZeroNode(this.#g.subtract(a, b))
  }

  /** Factors with labels for axes. */
  #inAxes = (factors: readonly Factor[], at: readonly number[]): Factor[] =>
    factors.map((f) => ({ ...f, labels: f.labels.map((l) => at.indexOf(l)) }))

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

/** A term as its factors, seen through a name; labels of axes are `at`. */
function termFactors(
  node: Node,
  at: readonly number[],
): { coefficient: Rational; factors: readonly Factor[] } {
  const value = peel(node)
  const own = asFactors(value)
  return {
    coefficient: own.coefficient,
    factors: own.factors.map((f) => ({ ...f, labels: f.labels.map((axis) => at[axis]!) })),
  }
}

const isSumLike = (n: Node): boolean =>
  n.kind === 'sum' || (n.kind === 'product' && n.args.length === 1 && n.args[0]!.kind === 'sum')

/** The product of the numbers that used bases have more than their patterns; undefined where it is no rational. */
export function scaleOf(uses: readonly Use[], count: Rational): Rational | undefined {
  let all: Rational | undefined = ONE
  for (const { scale, takes } of uses)
    if (!isOne(scale)) {
      const own = isInteger(takes.mul(count)) ? power(scale, takes.mul(count)) : undefined
      all = own && all && times(all, own)
    }
  return all
}

/** A known linear expression of a number. */
export function numberOf({ name, times: t, plus: p }: Linear, b: Bindings): Rational | undefined {
  if (name === undefined) return p
  const value = b.get(name)
  return value === undefined || isBound(value) ? undefined : plus(times(t, value), p)
}

const isNothing = (l: Linear): boolean => l.name === undefined && isZero(l.plus)
const countOf = (node: SumNode): number => node.args.length + (isZero(node.constant) ? 0 : 1)

/** u of a term k·u. */
function nameOf({ powers, rest }: Monomial): string | undefined {
  const [only] = powers
  if (powers.length !== 1 || rest !== undefined || only!.base.kind !== 'value') return undefined
  return only!.exponent.name === undefined && isOne(only!.exponent.plus) ? only!.base.name : undefined
}

/** k and u of a pattern k·u with nothing else. */
function multipleOf(p: Monomial): { scale: Rational; name: string } | undefined {
  const name = p.powers.length === 0 ? p.rest : nameOf(p)
  return name === undefined || p.scale.name !== undefined ? undefined : { scale: p.scale.plus, name }
}
