/** log f for every f that can say it: positive quantities are carried as logarithms where they meet one. */
import { HALF, MINUS_ONE, ONE, TWO, ZERO, isOne, isZero, rational } from '../base/rational.ts'
import { type Factor, type Graph, constantValue, factorsOf, termsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SumNode,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import { isNonnegativeRange } from '../graph/range.ts'
import {
  abs,
  acosh,
  asinh,
  cosh,
  exp,
  expm1,
  log,
  log1p,
  lt,
  pow,
  remainder,
  sechsquare,
  select,
  sinh,
  softplus,
  where,
} from '../ops/index.ts'
import { asFactors, withFactors } from '../simplify/terms.ts'
import { half, isApply, isInPlace, isNumberOne, square } from './build.ts'
import type { Forms } from './forms.ts'
import { vanishing } from './vanishing.ts'

const bare = (g: Graph, node: Node): Node => {
  const value = constantValue(node)
  return value && isOne(value) ? g.full(ZERO, node.shape) : g.apply(log, [node])
}

/** log cosh u = log1p(2·sinh²(u/2)) near 0, |u| + log1p(e^(−2|u|)) − log 2 beyond. */
function logCosh(g: Graph, u: Node): Node {
  const size = g.apply(abs, [u])
  const near = g.apply(log1p, [g.scale(TWO, square(g, g.apply(sinh, [half(g, u)])))])
  const far = g.sum(
    [
      { coefficient: ONE, node: size },
      { coefficient: ONE, node: g.apply(log1p, [g.apply(exp, [g.scale(TWO.neg(), size)])]) },
      { coefficient: ONE.neg(), node: g.apply(log, [g.constant(TWO)]) },
    ],
    ZERO,
    u.shape,
  )
  return where(g, g.apply(lt, [size, g.constant(ONE)]), near, far)
}

/** Below it softplus(u) is e^u in doubles. */
const TINY = rational(-37)

const rows = new Map<ApplyNode['op'], (g: Graph, u: Node, value: Node) => Node>([
  [exp, (_g, u) => u],
  [cosh, logCosh],
  [sechsquare, (g, u) => g.scale(TWO.neg(), logCosh(g, u))],
  [softplus, (g, u, value) => where(g, g.apply(lt, [u, g.constant(TINY)]), u, g.apply(log, [value]))],
])

/** acosh(1 + s) = 2·asinh(√(s/2)), near 1 where it is steep. */
export function acoshBesideOne(f: Forms, { args }: ApplyNode): Node | undefined {
  const { g } = f
  const value = peel(args[0]!)
  const s = value.kind === 'sum' ? besideOne(f, value) : undefined
  if (!s || !isNonnegativeRange(s.range)) return undefined
  const near = g.scale(TWO, g.apply(asinh, [g.sqrt(half(g, s))]))
  return where(g, g.apply(lt, [s, g.constant(ONE)]), near, g.apply(acosh, args))
}

export function logarithmOf(f: Forms, node: Node): Node | undefined {
  const { g } = f
  const value = peel(node)
  if (value.kind === 'apply') {
    const row = rows.get(value.op)
    if (row) return row(g, value.args[0]!, value)
    if (value.op === select) return ofBranches(f, value)
    if (value.op === pow && isNonnegativeRange(value.args[0]!.range)) {
      const [x, n] = value.args as [Node, Node]
      return g.multiply(n, f.logarithm(x) ?? g.apply(log, [x]))
    }
  }
  if (value.kind === 'product' && isPureProduct(value)) {
    const parts = ofProduct(f, value)
    if (parts) return parts
  }
  const scaled = f.scaled(value)
  if (!scaled) return nearOne(f, value)
  const exponent = g.stretch(scaled.exponent, node.shape)
  return isNumberOne(scaled.mantissa)
    ? exponent
    : unlessNearOne(f, value, g.add(exponent, ofMantissa(f, scaled.mantissa)))
}

/** Near 1 the logarithm is small, and sums of larger parts would lose it: log f = log1p(−(1 − f)) where |1 − f| < ½. */
function unlessNearOne(f: Forms, value: Node, beyond: Node): Node {
  const { g } = f
  const complement = f.complement(value)
  const rest = complement ? g.negate(complement) : value.kind === 'sum' ? besideOne(f, value) : undefined
  if (!rest) return beyond
  const near = g.apply(lt, [g.apply(abs, [rest]), g.constant(HALF)])
  return where(g, near, g.apply(log1p, [rest]), beyond)
}

/** log f = log1p(−(1 − f)), of an f that is no more than a few units from 1. */
function nearOne(f: Forms, value: Node): Node | undefined {
  const { g } = f
  if (value.kind === 'sum') {
    const rest = besideOne(f, value)
    if (rest) return g.apply(log1p, [rest])
  }
  return f.complement(value) && unlessNearOne(f, value, ofSmall(f, value) ?? g.apply(log, [value]))
}

/** What a sum adds to 1, names that are such sums themselves seen through. */
function besideOne(f: Forms, sum: SumNode): Node | undefined {
  const { g } = f
  const terms = termsOf(sum).map((t) => {
    const value = peel(t.node)
    return value.kind === 'sum' && value.constant.compare(0) !== 0 ? { ...t, node: value } : t
  })
  // A term that is 1 and more, such as √(1 + x²), is 1 less its complement.
  const large = isZero(sum.constant)
    ? terms.find((t) => isOne(t.coefficient) && t.node.range.lo >= 1 && f.complement(t.node))
    : undefined
  if (large) {
    const complement = { coefficient: MINUS_ONE, node: f.complement(large.node)! }
    return g.sum([...terms.filter((t) => t !== large), complement], ZERO, sum.shape)
  }
  const whole = g.sum(terms, sum.constant, sum.shape)
  if (whole.kind !== 'sum' || !isOne(whole.constant)) return undefined
  return g.sum(termsOf(whole), ZERO, whole.shape)
}

function ofBranches(f: Forms, value: ApplyNode): Node | undefined {
  const { g } = f
  const [c, u, v] = value.args as [Node, Node, Node]
  const parts = [u, v].map((b) => f.logarithm(b))
  if (parts.every((p) => p === undefined)) return undefined
  return g.stretch(g.apply(select, [c, parts[0] ?? bare(g, u), parts[1] ?? bare(g, v)]), value.shape)
}

/** The logarithms of factors that have one of their own, and that of the others as one. */
function ofProduct(f: Forms, value: ProductNode): Node | undefined {
  const { g } = f
  const axes = value.shape.map((_, i) => i)
  const own: { factor: Factor; log: Node }[] = []
  const rest: Factor[] = []
  for (const h of factorsOf(value)) {
    // Where it is defined it is not negative: log(u·v) is log u + log v for what cannot be negative only.
    const log = isNonnegativeRange(h.node.range) ? f.logarithm(h.node) : undefined
    if (log) own.push({ factor: h, log })
    else rest.push(h)
  }
  if (own.length === 0) return undefined
  const terms = own.map(({ factor, log }) => ({
    coefficient: factor.exponent,
    node: g.product(
      ONE,
      [{ node: log, labels: log.shape.length === 0 ? [] : factor.labels, exponent: ONE }],
      axes,
      value.shape,
    ),
  }))
  const others = withFactors(g, value, rest)
  const left = constantValue(others)
  // As a whole it may be near 1.
  const isWhole = own.length > 1 || !(left && isOne(left))
  const whole =
    left && isOne(left) ? [] : [{ coefficient: ONE, node: f.logarithm(others) ?? bare(g, others) }]
  const sum = g.sum([...terms, ...whole], ZERO, value.shape)
  return isWhole ? unlessNearOne(f, value, sum) : sum
}

/** The logarithm of a mantissa, which has no exponent of its own. */
function ofMantissa(f: Forms, mantissa: Node): Node {
  const { g } = f
  const value = peel(mantissa)
  if (value.kind === 'apply' && value.op === select) {
    const [c, u, v] = value.args as [Node, Node, Node]
    return g.stretch(g.apply(select, [c, ofMantissa(f, u), ofMantissa(f, v)]), value.shape)
  }
  // A number of a case distinction goes into its branches.
  if (
    value.kind === 'product' &&
    value.args.length === 1 &&
    isPureProduct(value) &&
    isOne(value.exponents[0]!)
  ) {
    const chosen = value.args[0]!
    if (isApply(chosen, select) && chosen.shape.length === value.shape.length) {
      const [c, u, v] = chosen.args as [Node, Node, Node]
      const part = (b: Node): Node => ofMantissa(f, g.scale(value.coefficient, b))
      return g.stretch(g.apply(select, [c, part(u), part(v)]), value.shape)
    }
  }
  return nearOne(f, value) ?? bare(g, mantissa)
}

/** log(1 − e^(−s)) = log s + log((1 − e^(−s))/s), for an s of which only the logarithm is known where it is small: e^u. */
function ofSmall(f: Forms, value: Node): Node | undefined {
  const { g } = f
  const { coefficient, factors } = asFactors(value)
  const [only] = factors
  const found = factors.length === 1 && isOne(only!.exponent) ? vanishing(g, only!.node) : undefined
  if (!found || found.op !== expm1 || found.t.range.hi > 0 || !f.scaled(found.t)?.wild) return undefined
  const own = isInPlace(only!, value) ? f.logarithm(g.scale(coefficient, found.t)) : undefined
  return own && g.add(own, g.apply(log, [g.apply(remainder(expm1, 1), [found.t])]))
}
