/** Quotients that are 0/0 at a point where they have a limit: sin(t)/t, (eᵗ − 1)/t and their kind. */
import { HALF, ONE, type Rational, isInteger, isZero, least, magnitude } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SumNode,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import { reaches0 } from '../graph/range.ts'
import type { Pointwise } from '../graph/operator.ts'
import { abs, atanquotient, lt, remainder, taylor, where } from '../ops/index.ts'
import { asFactors, withFactors } from '../simplify/terms.ts'
import { joined } from './joined.ts'
import { type Vanishing, beyondConstant, vanishing } from './vanishing.ts'

/** t/xᵖ for a t in which xᵖ stands, on the axes of t. */
function over(
  g: Graph,
  t: Node,
  x: Factor,
  labels: readonly number[],
): { ratio: Node; p: Rational } | undefined {
  if (t === x.node || peel(t) === peel(x.node)) return { ratio: g.full(ONE, t.shape), p: ONE }
  const value = peel(t)
  const { coefficient, factors } = asFactors(value)
  const own = factors.find((h) => peel(h.node) === peel(x.node))
  const isHere = own?.labels.every((l, i) => labels[l] === x.labels[i])
  if (!own || !isHere || own.labels.length !== x.labels.length) return undefined
  if (!isInteger(own.exponent) || own.exponent.compare(1) < 0) return undefined
  const ratio = g.product(
    coefficient,
    factors.filter((h) => h !== own),
    value.shape.map((_, i) => i),
    value.shape,
  )
  return { ratio, p: own.exponent }
}

/** f(t)/t; of a logarithm far from 1, where u − 1 has lost digits of u, the quotient itself. */
function firstRemainder(g: Graph, { op, t, log: own }: Vanishing): Node {
  const near = g.apply(remainder(op, 1), [t])
  if (!own) return near
  return where(g, g.apply(lt, [g.apply(abs, [t]), g.constant(HALF)]), near, g.divide(own, t))
}

/** f(t)ᵉ/xᵉ = ((f(t)/t)·(t/x))ᵉ, where f(0) = 0 and x stands in t. */
export function withRemainders(g: Graph, node: ProductNode): Node | undefined {
  const factors = factorsOf(node)
  for (const x of factors) {
    if (!isInteger(x.exponent) || !reaches0(x.node.range)) continue
    for (const h of factors) {
      if (h === x || h.exponent.s === x.exponent.s || !isInteger(h.exponent)) continue
      const found = vanishing(g, h.node)
      if (!found || found.t.shape.length !== h.labels.length) continue
      if (found.t.shape.length < x.labels.length) continue
      const quotient = over(g, found.t, x, h.labels)
      if (!quotient) continue
      const { ratio, p } = quotient
      const size = least(magnitude(h.exponent), magnitude(x.exponent).div(p).floor())
      if (isZero(size)) continue
      const e = h.exponent.s < 0n ? size.neg() : size
      const made: Factor[] = [
        { node: firstRemainder(g, found), labels: h.labels, exponent: e },
        { node: ratio, labels: ratio.shape.length === 0 ? [] : h.labels, exponent: e },
      ]
      const others = factors.map((o) =>
        o === h
          ? { ...o, exponent: o.exponent.sub(e) }
          : o === x
            ? { ...o, exponent: o.exponent.add(e.mul(p)) }
            : o,
      )
      return withFactors(g, node, joined([...others, ...made]))
    }
  }
  return undefined
}
/** c·f(t) with terms of its Taylor polynomial taken away: e^t − 1 − t is t²·R₂(t). */
export function withoutPolynomials(g: Graph, sum: SumNode): Node | undefined {
  const terms = termsOf(sum)
  for (const t of terms) {
    const value = peel(t.node)
    if (value.kind !== 'apply') continue
    const found = beyondConstant(g, value) ?? withConstant(value)
    if (!found) continue
    const { op, t: argument, constant } = found
    const coefficients = taylor(op)
    // Which powers stand there, with the opposite sign.
    let left = terms.filter((o) => o !== t)
    let rest = sum.constant.add(t.coefficient.mul(constant))
    if (!isZero(rest) && !isZero(constant)) continue
    let k = 1
    let count = 0
    for (; k < MOST; k++) {
      const c = coefficients[k]!
      if (isZero(c)) continue
      const power = g.power(argument, ONE.mul(k))
      const { coefficient, factors } = asFactors(power)
      const bare = factors.length === 0 ? power : g.scale(coefficient.inverse(), power)
      const own = left.find(
        (o) => o.node === bare && o.coefficient.equals(t.coefficient.mul(c).mul(coefficient).neg()),
      )
      if (!own) break
      left = left.filter((o) => o !== own)
      count++
    }
    if (count === 0) continue
    const made = g.multiply(g.power(argument, ONE.mul(k)), g.apply(remainder(op, k), [argument]))
    rest = isZero(constant) ? sum.constant : rest
    return g.sum([...left, { coefficient: t.coefficient, node: made }], rest, sum.shape)
  }
  return undefined
}
const MOST = 6

/** A function that is not 0 at 0: cos t, cosh t. */
function withConstant({ op, args }: ApplyNode): Vanishing | undefined {
  const constant = op.kind === 'pointwise' ? taylor(op)[0] : undefined
  return constant && { op: op as Pointwise, t: args[0]!, constant }
}

/** atan(y/x), where x may be 0. */
export function withQuotient(g: Graph, node: ApplyNode): Node | undefined {
  const u = peel(node.args[0]!)
  if (u.kind !== 'product' || !isPureProduct(u)) return undefined
  const factors = factorsOf(u)
  const below = factors.filter((h) => h.exponent.compare(0) < 0)
  if (!below.some((h) => reaches0(h.node.range))) return undefined
  const axes = u.shape.map((_, i) => i)
  const y = g.product(
    u.coefficient,
    factors.filter((h) => !below.includes(h)),
    axes,
    u.shape,
  )
  const x = g.product(
    ONE,
    below.map((h) => ({ ...h, exponent: h.exponent.neg() })),
    axes,
    u.shape,
  )
  return g.apply(atanquotient, [y, x])
}
