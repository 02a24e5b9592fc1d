/** 1 − f of products, powers, quotients, and of what a softmax does not choose. */
import { HALF, MINUS_ONE, ONE, type Rational, TWO, isInteger, isOne } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type ApplyNode, type Node, type ProductNode, peel } from '../graph/node.ts'
import { cos, cosh, erfc, exp, expm1, sechsquare, sigmoid, sin, sinh, softmaxIn, tanh } from '../ops/index.ts'
import { withFactors } from '../simplify/terms.ts'
import { countTerms, half, isInPlace, shiftedBy, square } from './build.ts'
import type { Forms } from './forms.ts'

/** 1 − f² for what has a form of its own. */
const squares = new Map<ApplyNode['op'], (g: Graph, u: Node) => Node>([
  [tanh, (g, u) => g.apply(sechsquare, [u])],
  [sin, (g, u) => square(g, g.apply(cos, [u]))],
  [cos, (g, u) => square(g, g.apply(sin, [u]))],
  [cosh, (g, u) => g.negate(square(g, g.apply(sinh, [u])))],
])

export function complementOfProduct(f: Forms, value: ProductNode): Node | undefined {
  const { g } = f
  const factors = factorsOf(value)
  const [first] = factors
  if (!first) return undefined
  if (factors.length === 1 && isInPlace(first, value)) {
    const base = peel(first.node)
    // 1 + expm1(u)
    if (
      value.coefficient.equals(MINUS_ONE) &&
      isOne(first.exponent) &&
      base.kind === 'apply' &&
      base.op === expm1
    )
      return g.apply(exp, base.args)
    // erfc(u) + erfc(−u) = 2
    if (value.coefficient.equals(HALF) && isOne(first.exponent) && base.kind === 'apply' && base.op === erfc)
      return half(g, g.apply(erfc, [g.negate(base.args[0]!)]))
    // 1 − 2σ(u) = −tanh(u/2)
    if (
      value.coefficient.equals(TWO) &&
      isOne(first.exponent) &&
      base.kind === 'apply' &&
      base.op === sigmoid
    )
      return g.negate(g.apply(tanh, [half(g, base.args[0]!)]))
    return isOne(value.coefficient) ? ofPower(f, first.node, first.exponent) : undefined
  }
  const quotient = ofQuotient(f, value, factors)
  if (quotient) return quotient
  if (!isOne(value.coefficient) || factors.some((h) => h.node.range.lo < 0 || h.node.range.hi > 1))
    return undefined
  // 1 − a·b = (1 − a) + a·(1 − b), where both are between 0 and 1
  for (const h of factors) {
    if (!isInPlace(h, value)) continue
    const own = isOne(h.exponent) ? f.complement(h.node) : ofPower(f, h.node, h.exponent)
    if (!own) continue
    const rest = withFactors(
      g,
      value,
      factors.filter((o) => o !== h),
    )
    const others = f.complement(rest)
    if (!others) continue
    return g.add(own, g.multiply(g.power(h.node, h.exponent), others))
  }
  return undefined
}

/** 1 − a/b = (b − a)/b, where something cancels in b − a: 1 − x/(x + y); or from what both leave of 1. */
function ofQuotient(f: Forms, value: ProductNode, factors: readonly Factor[]): Node | undefined {
  const { g } = f
  const [first, second] = factors
  if (factors.length !== 2 || !isOne(value.coefficient)) return undefined
  const [a, b] = first!.exponent.s > 0n ? [first!, second!] : [second!, first!]
  const isWhole = a.labels.join() === b.labels.join() && a.labels.length === value.shape.length
  if (!isOne(a.exponent) || !b.exponent.equals(MINUS_ONE) || !isWhole) return undefined
  const [above, below] = [peel(a.node), peel(b.node)]
  const over = (n: Node): Node => g.broadcast(g.divide(n, below), value.shape, a.labels)
  if (below.kind === 'sum') {
    const difference = g.subtract(below, above)
    if (countTerms(difference) < countTerms(below)) return over(difference)
  }
  // 1 − a/b = (1 − a)/b − (1 − b)/b
  const [ofAbove, ofBelow] = [f.complement(above), f.complement(below)]
  return ofAbove && ofBelow && g.subtract(over(ofAbove), over(ofBelow))
}

/** 1 − xⁿ by the complement of x. */
function ofPower(f: Forms, x: Node, n: Rational): Node | undefined {
  const { g } = f
  const base = peel(x)
  const own = n.equals(2) && base.kind === 'apply' ? squares.get(base.op) : undefined
  if (own && base.kind === 'apply') return own(g, base.args[0]!)
  const c = f.complement(x)
  if (!c || isOne(n)) return c
  if (n.equals(HALF)) return g.divide(c, shiftedBy(g, g.sqrt(x), ONE))
  if (n.compare(0) < 0) {
    // 1 − 1/y = −(1 − y)/y
    const y = n.neg()
    const inner = ofPower(f, x, y)
    return inner && g.negate(g.divide(inner, g.power(x, y)))
  }
  if (isInteger(n) && n.compare(MOST_POWERS) <= 0) {
    // 1 − xⁿ = (1 − x)·(1 + x + … + xⁿ⁻¹)
    const powers = Array.from({ length: Number(n.valueOf()) - 1 }, (_, k) => ({
      coefficient: ONE,
      node: g.power(x, ONE.mul(k + 1)),
    }))
    return g.multiply(c, g.sum(powers, ONE, x.shape))
  }
  return undefined
}
const MOST_POWERS = 4

/** Σ y·p over an axis along which p is a softmax: the sum of (1 − y)·p. */
export function complementOfChosen(f: Forms, value: ProductNode): Node | undefined {
  const { g } = f
  const factors = factorsOf(value)
  const rank = value.shape.length
  const summed = value.extents.map((_, l) => l).filter((l) => l >= rank)
  if (!isOne(value.coefficient) || factors.some((h) => !isOne(h.exponent))) return undefined
  for (const h of factors) {
    const axes = softmaxIn(g, h.node, peel)?.axes
    if (!axes || new Set(h.labels).size < h.labels.length) continue
    if (
      axes
        .map((axis) => h.labels[axis]!)
        .sort((a, b) => a - b)
        .join() !== summed.join()
    )
      continue
    const rest = factors.filter((o) => o !== h)
    // Weights with axes that p has not would be summed more than once.
    if (rest.length === 0 || rest.some((o) => o.labels.some((l) => !h.labels.includes(l)))) continue
    const weight = g.product(
      ONE,
      rest.map((o) => ({ ...o, labels: o.labels.map((l) => h.labels.indexOf(l)) })),
      h.node.shape.map((_, i) => i),
      h.node.shape,
    )
    const complement = shiftedBy(g, weight, ONE, MINUS_ONE)
    return g.product(
      ONE,
      [h, { node: complement, labels: h.labels, exponent: ONE }],
      value.shape.map((_, i) => i),
      value.shape,
    )
  }
  return undefined
}
