/** 1 − f for every f that can say it without a difference. */
import { HALF, MINUS_ONE, ONE, type Rational, TWO, ZERO, isInteger, isOne, isZero } from '../base/rational.ts'
import { type Factor, type Graph, constantValue, factorsOf, termsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SumNode,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import { isPositiveRange } from '../graph/range.ts'
import {
  cos,
  cosh,
  erf,
  erfc,
  exp,
  expm1,
  log,
  lse,
  phi,
  pow,
  remainder,
  remainderIn,
  sechsquare,
  select,
  sigmoid,
  sin,
  sinh,
  softplus,
  tanh,
  taylor,
} from '../ops/index.ts'
import { asFactors, withFactors } from '../simplify/terms.ts'
import { half, shiftedBy, square } from './build.ts'
import type { Forms } from './forms.ts'

/** By the operator, in terms of its argument. */
const rows = new Map<ApplyNode['op'], (g: Graph, u: Node) => Node>([
  [exp, (g, u) => g.negate(g.apply(expm1, [u]))],
  [sigmoid, (g, u) => g.apply(sigmoid, [g.negate(u)])],
  [tanh, (g, u) => g.scale(TWO, g.apply(sigmoid, [g.scale(TWO.neg(), u)]))],
  [erf, (g, u) => g.apply(erfc, [u])],
  [erfc, (g, u) => g.apply(erf, [u])],
  [phi, (g, u) => g.apply(phi, [g.negate(u)])],
  [cos, (g, u) => g.scale(TWO, square(g, g.apply(sin, [half(g, u)])))],
  [cosh, (g, u) => g.scale(TWO.neg(), square(g, g.apply(sinh, [half(g, u)])))],
  [sechsquare, (g, u) => square(g, g.apply(tanh, [u]))],
])

/** 1 − f² for what has a form of its own. */
const squares = new Map<ApplyNode['op'], (g: Graph, u: Node) => Node>([
  [tanh, (g, u) => g.apply(sechsquare, [u])],
  [sin, (g, u) => square(g, g.apply(cos, [u]))],
  [cos, (g, u) => square(g, g.apply(sin, [u]))],
])

export function complementOf(f: Forms, node: Node): Node | undefined {
  const value = peel(node)
  switch (value.kind) {
    case 'apply':
      return ofApply(f, value)
    case 'sum':
      return ofSum(f, value)
    case 'product':
      return isPureProduct(value) ? ofProduct(f, value) : ofChosen(f, value)
    default:
      return undefined
  }
}

function ofApply(f: Forms, value: ApplyNode): Node | undefined {
  const { g } = f
  const { op, args } = value
  const row = rows.get(op)
  if (row) return row(g, args[0]!)
  if (op === select) {
    const [c, u, v] = args as [Node, Node, Node]
    const [p, q] = [u, v].map((b) => branch(f, b))
    return p && q && g.stretch(g.apply(select, [c, p, q]), value.shape)
  }
  // 1 − xⁿ = −expm1(n·log x)
  if (op === pow && isPositiveRange(args[0]!.range)) {
    const [x, n] = args as [Node, Node]
    return g.negate(g.apply(expm1, [g.multiply(n, f.logarithm(x) ?? g.apply(log, [x]))]))
  }
  // The remainder of one term more: 1 − Rₖ(t) = −t·Rₖ₊₁(t), where Rₖ is 1 at 0.
  const r = op.kind === 'pointwise' ? remainderIn(op) : undefined
  if (r && isOne(taylor(r.of)[r.k]!))
    return g.multiply(g.negate(args[0]!), g.apply(remainder(r.of, r.k + 1), args))
  return undefined
}

/** Of a number it is a number. */
function branch(f: Forms, node: Node): Node | undefined {
  const value = constantValue(node)
  return value ? f.g.full(ONE.sub(value), node.shape) : f.complement(node)
}

/** 1 − (1 + s) = −s, and of a mean with weights the mean of the complements. */
function ofSum(f: Forms, value: SumNode): Node | undefined {
  const { g } = f
  if (isOne(value.constant))
    return g.sum(
      termsOf(value).map((t) => ({ ...t, coefficient: t.coefficient.neg() })),
      ZERO,
      value.shape,
    )
  if (!isZero(value.constant)) return undefined
  // Σ wᵢ·xᵢ with Σ wᵢ = 1
  const parts = termsOf(value).map((t) => {
    const { coefficient, factors } = asFactors(t.node)
    // Weights are data sooner than what is weighed.
    for (const h of [...factors].sort((a, b) => Number(f.isGiven(a.node)) - Number(f.isGiven(b.node)))) {
      if (!isOne(h.exponent) || h.labels.length < value.shape.length) continue
      if (h.node.range.lo < 0 || h.node.range.hi > 1) continue
      const complement = f.complement(h.node)
      if (!complement) continue
      const axes = value.shape.map((_, i) => i)
      const weight = g.product(
        coefficient.mul(t.coefficient),
        factors.filter((o) => o !== h),
        axes,
        value.shape,
      )
      return { weight, part: g.multiply(weight, g.broadcast(complement, value.shape, h.labels)) }
    }
    return undefined
  })
  if (parts.some((p) => p === undefined)) return undefined
  const total = g.addAll(
    parts.map((p) => p!.weight),
    value.shape,
  )
  const sum = constantValue(total)
  return sum && isOne(sum)
    ? g.addAll(
        parts.map((p) => p!.part),
        value.shape,
      )
    : undefined
}

function ofProduct(f: Forms, value: ProductNode): Node | undefined {
  const { g } = f
  const factors = factorsOf(value)
  const [first] = factors
  if (!first) return undefined
  const inPlace = (h: Factor): boolean =>
    h.labels.every((l, i) => l === i) && h.labels.length === value.shape.length
  if (factors.length === 1 && inPlace(first)) {
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
  const quotient = ofQuotient(g, value, factors)
  if (quotient) return quotient
  if (!isOne(value.coefficient) || factors.some((h) => h.node.range.lo < 0 || h.node.range.hi > 1))
    return undefined
  // 1 − a·b = (1 − a) + a·(1 − b), where both are between 0 and 1
  for (const h of factors) {
    if (!inPlace(h)) continue
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

/** 1 − a/b = (b − a)/b for sums of which something cancels: 1 − (1 + x)/(1 − x). */
function ofQuotient(g: Graph, value: ProductNode, factors: readonly Factor[]): Node | undefined {
  const [first, second] = factors
  if (factors.length !== 2 || !isOne(value.coefficient)) return undefined
  const [a, b] = first!.exponent.s > 0n ? [first!, second!] : [second!, first!]
  const isWhole = a.labels.join() === b.labels.join() && a.labels.length === value.shape.length
  if (!isOne(a.exponent) || !b.exponent.equals(MINUS_ONE) || !isWhole) return undefined
  const [above, below] = [peel(a.node), peel(b.node)]
  if (above.kind !== 'sum' || below.kind !== 'sum') return undefined
  const difference = g.subtract(below, above)
  const length = (n: Node): number => (n.kind === 'sum' ? n.args.length + (isZero(n.constant) ? 0 : 1) : 1)
  if (length(difference) + 1 > Math.min(length(above), length(below))) return undefined
  return g.broadcast(g.divide(difference, below), value.shape, a.labels)
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
function ofChosen(f: Forms, value: ProductNode): Node | undefined {
  const { g } = f
  const factors = factorsOf(value)
  const rank = value.shape.length
  const summed = value.extents.map((_, l) => l).filter((l) => l >= rank)
  if (!isOne(value.coefficient) || factors.some((h) => !isOne(h.exponent))) return undefined
  for (const h of factors) {
    const axes = softmaxAxes(h.node)
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

/** The axes along which the entries of exp(z − logsumexp z) sum to 1, as seen through names. */
export function softmaxAxes(node: Node): readonly number[] | undefined {
  const value = peel(node)
  if (value.kind !== 'apply' || value.op !== exp) return undefined
  const u = peel(value.args[0]!)
  if (u.kind !== 'sum') return undefined
  for (const [i, term] of u.args.entries()) {
    if (!u.coefficients[i]!.equals(MINUS_ONE)) continue
    const l = peel(term.kind === 'product' && term.args.length === 1 ? term.args[0]! : term)
    if (l.kind !== 'apply' || l.op !== lse) continue
    const z = peel(l.args[0]!)
    const others = termsOf(u).filter((_, k) => k !== i)
    const rest =
      others.length === 1 && isOne(others[0]!.coefficient) && isZero(u.constant)
        ? peel(others[0]!.node)
        : undefined
    const own = termsOf(u).filter((_, k) => k !== i)
    const whole =
      z.kind === 'sum' &&
      own.length === z.args.length &&
      z.constant.equals(u.constant) &&
      termsOf(z).every((t) => own.some((o) => o.node === t.node && o.coefficient.equals(t.coefficient)))
    if (rest === z || whole) return l.axes
  }
  return undefined
}

/** A sum in which a constant, or another term, meets a term that nearly cancels it: with the complement in their place. */
export function withComplements(f: Forms, sum: SumNode): Node | undefined {
  const { g } = f
  const terms = termsOf(sum)
  // softplus(u) − u = softplus(−u)
  for (const t of terms) {
    const value = peel(t.node)
    if (value.kind !== 'apply' || value.op !== softplus) continue
    const u = value.args[0]!
    const other = terms.find((o) => o.node === u && o.coefficient.equals(t.coefficient.neg()))
    if (other)
      return g.sum(
        [
          ...terms.filter((o) => o !== t && o !== other),
          { coefficient: t.coefficient, node: g.apply(softplus, [g.negate(u)]) },
        ],
        sum.constant,
        sum.shape,
      )
  }
  if (isZero(sum.constant)) return undefined
  for (const t of terms) {
    const opposite = t.coefficient.equals(sum.constant.neg())
    const alike = t.coefficient.equals(sum.constant)
    const inner = peel(t.node)
    // 1 + f(u) = 1 − f(−u) for an odd f
    const odd = alike && inner.kind === 'apply' && (inner.op === tanh || inner.op === erf)
    const complement = opposite
      ? f.complement(t.node)
      : odd
        ? f.complement(g.apply(inner.op as typeof tanh, [g.negate(inner.args[0]!)]))
        : undefined
    if (!complement) continue
    return g.sum(
      [
        ...terms.filter((o) => o !== t),
        { coefficient: sum.constant, node: g.stretch(complement, t.node.shape) },
      ],
      ZERO,
      sum.shape,
    )
  }
  return undefined
}
