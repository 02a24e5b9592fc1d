/** Sums as mantissa·e^exponent. */
import {
  HALF,
  MINUS_ONE,
  ONE,
  type Rational,
  TWO,
  ZERO,
  isOne,
  isPositive,
  isZero,
  plus,
  times,
} from '../base/rational.ts'
import { type Graph, type Term, termsOf } from '../graph/graph.ts'
import { type ApplyNode, type Node, type SumNode, peel } from '../graph/node.ts'
import {
  abs,
  detached,
  erf,
  erfc,
  exp,
  expm1,
  finite,
  lt,
  max,
  phi,
  sigmoid,
  softmaxIn,
  softplus,
  tanh,
  where,
} from '../ops/index.ts'
import { asFactors } from '../simplify/terms.ts'
import { isInPlace, isNumberOne, one, shiftedBy, whereAbove0, zero } from './build.ts'
import type { Forms, Scaled } from './forms.ts'
import { counted } from './scaled-parts.ts'

interface Part {
  readonly coefficient: Rational
  readonly exponent: Node | undefined
  readonly mantissa: Node
}

export function scaledSum(f: Forms, value: SumNode): Scaled | undefined {
  const { g } = f
  const { shape } = value
  const sigmoids = differenceOfSigmoids(f, value)
  if (sigmoids) return f.scaled(sigmoids)
  const errors = differenceOfErrors(f, value)
  if (errors) return errors
  let isExponential = false
  let wild = false
  const parts = termsOf(value).map(({ node, coefficient }): Part => {
    const s = f.scaled(node)
    isExponential ||= s !== undefined
    wild ||= s?.wild === true && !softmaxIn(g, node, peel)
    return { coefficient, exponent: s?.exponent, mantissa: s?.mantissa ?? node }
  })
  if (!isExponential) return undefined
  if (!isZero(value.constant))
    parts.push({ coefficient: value.constant, exponent: undefined, mantissa: one(g) })
  const bare = parts.filter((p) => isNumberOne(p.mantissa))
  const at = (p: Part): Node => p.exponent ?? zero(g)
  if (bare.length === 2 && parts.length === 2) {
    const [a, b] = parts as [Part, Part]
    // 1 + e^u
    const unit = parts.find((p) => !p.exponent && isOne(p.coefficient))
    const other = parts.find((p) => p !== unit)!
    if (unit && isOne(other.coefficient))
      return { exponent: g.apply(softplus, [at(other)]), mantissa: one(g), wild, composite: true }
    if (a.coefficient.equals(b.coefficient.neg())) return { ...differenceOf(g, a, b, shape), wild }
  }
  const exponents = parts.map((p) => g.stretch(counted(f, p.mantissa, at(p)), shape))
  const greatest = exponents.reduce((m, z) => g.apply(max, [m, z]))
  const m = g.apply(detached, [finite(g, greatest)])
  const terms = parts.map((p, i) => ({
    coefficient: p.coefficient,
    node: g.multiply(p.mantissa, g.apply(exp, [g.subtract(exponents[i]!, m)])),
  }))
  return { exponent: m, mantissa: g.sum(terms, ZERO, shape), wild, composite: true }
}

/** c·(σ(u) − σ(v)) = c·σ(u)·σ(−v)·(1 − e^(v − u)) */
function differenceOfSigmoids({ g }: Forms, value: SumNode): Node | undefined {
  const found = differenceIn(g, value, asSigmoid)
  if (!found) return undefined
  const { coefficient, u, v } = found
  const gap = g.apply(exp, [g.subtract(v, u)])
  return g.scale(
    coefficient,
    g.multiply(g.apply(sigmoid, [u]), g.apply(sigmoid, [g.negate(v)]), shiftedBy(g, gap, ONE, MINUS_ONE)),
  )
}

/** c·(erf u − erf v): near 0 as it is, else by the tails on the side on which both are: erfc v − erfc u, or erfc(−u) − erfc(−v). */
function differenceOfErrors(f: Forms, value: SumNode): Scaled | undefined {
  const { g } = f
  const found = differenceIn(g, value, asError)
  if (!found) return undefined
  const { coefficient, u, v } = found
  const tails = (x: Node, y: Node): Node => g.subtract(g.apply(erfc, [x]), g.apply(erfc, [y]))
  const far = f.scaled(whereAbove0(g, g.add(u, v), tails(v, u), tails(g.negate(u), g.negate(v))))
  if (!far) return undefined
  const largest = g.apply(max, [g.apply(abs, [u]), g.apply(abs, [v])])
  const isNear = g.apply(lt, [largest, g.constant(HALF)])
  const near = g.subtract(g.apply(erf, [u]), g.apply(erf, [v]))
  return {
    ...far,
    exponent: where(g, isNear, zero(g), far.exponent),
    mantissa: g.scale(coefficient, where(g, isNear, near, far.mantissa)),
  }
}

/** A function as coefficient·φ(u) + constant, of one φ. */
interface Affine {
  readonly coefficient: Rational
  readonly constant: Rational
  readonly u: Node
}
type AsAffine = (g: Graph, op: ApplyNode['op'], u: Node) => Affine | undefined

/** By sigmoids: tanh u = 2σ(2u) − 1. */
const asSigmoid: AsAffine = (g, op, u) =>
  op === sigmoid
    ? { coefficient: ONE, constant: ZERO, u }
    : op === tanh
      ? { coefficient: TWO, constant: MINUS_ONE, u: g.scale(TWO, u) }
      : undefined

/** By error functions: erfc u = 1 − erf u, Φ(u) = (1 + erf(u/√2))/2. */
const asError: AsAffine = (g, op, u) =>
  op === erf
    ? { coefficient: ONE, constant: ZERO, u }
    : op === erfc
      ? { coefficient: MINUS_ONE, constant: ONE, u }
      : op === phi
        ? { coefficient: HALF, constant: HALF, u: g.divide(u, g.sqrt(g.constant(TWO))) }
        : undefined

/** c·(φ(u) − φ(v)), where a sum is that and its numbers cancel. */
function differenceIn(
  g: Graph,
  value: SumNode,
  as: AsAffine,
): { readonly coefficient: Rational; readonly u: Node; readonly v: Node } | undefined {
  const { terms, constant } = seenThrough(value)
  if (terms.length !== 2) return undefined
  const [a, b] = terms.map(({ node, coefficient }) => {
    const own = node.kind === 'apply' ? as(g, node.op, node.args[0]!) : undefined
    return (
      own && {
        ...own,
        coefficient: times(coefficient, own.coefficient),
        constant: times(coefficient, own.constant),
      }
    )
  })
  if (!a || !b || !a.coefficient.equals(b.coefficient.neg())) return undefined
  const rest = plus(constant, plus(a.constant, b.constant))
  return isZero(rest) ? { coefficient: a.coefficient, u: a.u, v: b.u } : undefined
}

/** The terms of a sum, names of sums and multiples of them seen through. */
function seenThrough(value: SumNode): { readonly terms: readonly Term[]; readonly constant: Rational } {
  const terms: Term[] = []
  let constant = value.constant
  const work = termsOf(value)
  for (let t = work.pop(); t; t = work.pop()) {
    const { coefficient, factors } = asFactors(peel(t.node))
    const [only] = factors
    const isMultiple = factors.length === 1 && isOne(only!.exponent) && isInPlace(only!, value)
    const scaled = times(t.coefficient, coefficient)
    const inner = isMultiple ? peel(only!.node) : undefined
    if (inner?.kind === 'sum' && terms.length + work.length < MOST_SEEN) {
      constant = plus(constant, times(scaled, inner.constant))
      for (const i of termsOf(inner)) work.push({ ...i, coefficient: times(scaled, i.coefficient) })
    } else terms.push(inner ? { node: inner, coefficient: scaled } : t)
  }
  return { terms: terms.reverse(), constant }
}
const MOST_SEEN = 8

/** e^a − e^b = e^a·(1 − e^(b − a)) where a > b, else −e^b·(1 − e^(a − b)). */
function differenceOf(g: Graph, first: Part, second: Part, shape: Node['shape']): Scaled {
  const isFirst = isPositive(first.coefficient)
  const [a, b] = (isFirst ? [first, second] : [second, first]).map((p) =>
    g.stretch(p.exponent ?? zero(g), shape),
  ) as [Node, Node]
  const d = g.subtract(a, b)
  return {
    exponent: whereAbove0(g, d, a, b),
    mantissa: g.scale(
      (isFirst ? first : second).coefficient,
      whereAbove0(g, d, g.negate(g.apply(expm1, [g.negate(d)])), g.apply(expm1, [d])),
    ),
    wild: true,
    composite: true,
  }
}
