/** 1 − f for every f that can say it without a difference. */
import { ONE, TWO, ZERO, isOne, isZero } from '../base/rational.ts'
import { type Graph, constantValue, termsOf } from '../graph/graph.ts'
import { type ApplyNode, type Node, type SumNode, isPureProduct, peel } from '../graph/node.ts'
import { isPositiveRange } from '../graph/range.ts'
import {
  cos,
  cosh,
  erf,
  erfc,
  exp,
  expm1,
  log,
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
import { asFactors } from '../simplify/terms.ts'
import { half, square } from './build.ts'
import { complementOfChosen, complementOfProduct } from './complement-products.ts'
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

export function complementOf(f: Forms, node: Node): Node | undefined {
  const value = peel(node)
  switch (value.kind) {
    case 'apply':
      return ofApply(f, value)
    case 'sum':
      return ofSum(f, value)
    case 'product':
      return isPureProduct(value) ? complementOfProduct(f, value) : complementOfChosen(f, value)
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
