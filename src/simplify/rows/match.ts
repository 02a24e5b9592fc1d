/**
 * Where a pattern stands in a graph. Sums and products are multisets: a pattern finds its terms in any order, each to
 * at least the power that it has, and hands over what is left.
 */
import {
  ONE,
  type Rational,
  compare,
  isNegative,
  isOne,
  isZero,
  magnitude,
  minus,
  over,
  same,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, constantValue, factorsOf, isZeroNode } from '../../graph/graph.ts'
import { BATCH, type Node, type ProductNode, isContraction, isPureProduct, peel } from '../../graph/node.ts'
import { Bindings, type Bound, type Space, build, isBound } from './build.ts'
import { inAxes, scaleOf, termFactors } from './factors.ts'
import { type Guards, numberOf } from './guards.ts'
import { withSummed } from './labels.ts'
import type { Monomial, Pattern, Power } from './pattern.ts'
import { Sums, type Found } from './sums.ts'

/** The axes that a law sums over, among its bindings; no name is like it. */
const SUMMED_AXES = '#'
const summedIn = (b: Bindings): readonly number[] | undefined => {
  const bound = b.get(SUMMED_AXES)
  return isBound(bound) ? bound.at : undefined
}

/** At most one. */
const only = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value])

export class Matcher {
  readonly #g: Graph
  readonly #guards: Guards
  readonly sums: Sums

  constructor(g: Graph, guards: Guards) {
    this.#g = g
    this.#guards = guards
    this.sums = new Sums(g, guards, this)
  }

  /** The ways in which a value, whose axes have the labels `at`, is an instance of a pattern. */
  *value(p: Pattern, node: Node, at: readonly number[], b: Bindings): Generator<Bindings> {
    switch (p.kind) {
      case 'value': {
        const known = b.get(p.name)
        if (known === undefined) yield* only(this.#guards.bind(b, p.name, { node, at }))
        else if (isBound(known) && this.#equal(known, { node, at })) yield b
        return
      }
      case 'number': {
        const value = constantValue(peel(node))
        const next = value && this.#guards.solve(p.number, value, b)
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
          for (const { b: next, scale } of this.sums.in(p, sum, at, b, true)) if (isOne(scale)) yield next
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
        (isNegative(exponent) === isNegative(f.exponent) &&
          compare(magnitude(exponent), magnitude(f.exponent)) <= 0)
      if (!fits) continue
      const next = exponent ? b : this.#guards.solve(p.exponent, f.exponent, b)
      if (!next) continue
      const takes = exponent ?? f.exponent
      for (const { b: found, scale } of this.#base(p.base, f, next)) {
        const others = factors.filter((h) => h !== f)
        for (const { b: last, left, used } of this.powers(powers, others, found, anyhow, from + 1)) {
          const remains = minus(f.exponent, takes)
          yield {
            b: last,
            left: isZero(remains) ? left : [...left, { ...f, exponent: remains }],
            used: [{ factor: f, takes, scale }, ...used],
          }
        }
      }
    }
  }

  *#base(p: Pattern, f: Factor, b: Bindings): Generator<{ b: Bindings; scale: Rational }> {
    const sum = p.kind === 'sum' ? peel(f.node) : undefined
    if (p.kind === 'sum' && sum?.kind === 'sum' && !this.#isKnown(p, b))
      yield* this.sums.in(p, sum, f.labels, b, true)
    else for (const next of this.value(p, f.node, f.labels, b)) yield { b: next, scale: ONE }
  }

  *#applied(
    p: Pattern & { kind: 'apply' },
    node: Node,
    at: readonly number[],
    b: Bindings,
  ): Generator<Bindings> {
    if (node.kind !== 'apply' || node.op !== p.op) return
    if (node.op.kind === 'pointwise') yield* this.#args(p.args, node.args, at, b, 0)
    else if (node.op.kind === 'reduction' && node.axes[0] !== BATCH) {
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
        yield* only(this.#guards.bind(b, name, { node: this.#g.scale(over(ONE, scale), value), at }))
      return
    }
    const { coefficient, factors } = termFactors(value, at)
    for (const { b: next, left, used } of this.powers(p.powers, factors, b)) {
      const scales = scaleOf(used, ONE)
      if (!scales) continue
      const all = times(coefficient, scales)
      const scale = numberOf(p.scale, next)
      if (p.rest !== undefined) {
        if (left.length === 0 && same(all, scale!)) continue
        const rest = this.#g.product(
          over(all, scale!),
          inAxes(left, at),
          at.map((_, i) => i),
          value.shape,
        )
        yield* only(this.#guards.bind(next, p.rest, { node: rest, at }))
      } else if (left.length === 0) {
        const solution = scale
          ? same(scale, all)
            ? next
            : undefined
          : this.#guards.solve(p.scale, all, next)
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
}

const isSumLike = (n: Node): boolean =>
  n.kind === 'sum' || (n.kind === 'product' && n.args.length === 1 && n.args[0]!.kind === 'sum')

/** k and u of a pattern k·u with nothing else. */
function multipleOf(p: Monomial): { scale: Rational; name: string } | undefined {
  const name = p.powers.length === 0 ? p.rest : p.name
  return name === undefined || p.scale.name !== undefined ? undefined : { scale: p.scale.plus, name }
}
