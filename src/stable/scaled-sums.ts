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
} from '../base/rational.ts'
import { type Graph, termsOf } from '../graph/graph.ts'
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
  sigmoid,
  softmaxIn,
  softplus,
  tanh,
  where,
} from '../ops/index.ts'
import { isAbove0, isApply, isNumberOne, one, shiftedBy, zero } from './build.ts'
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

/** c·(σ(a) − σ(b)) = c·σ(a)·σ(−b)·(1 − e^(b − a)), and tanh u = 2σ(2u) − 1. */
function differenceOfSigmoids({ g }: Forms, value: SumNode): Node | undefined {
  const [first, second] = termsOf(value)
  if (!first || !second || !isZero(value.constant) || !first.coefficient.equals(second.coefficient.neg()))
    return undefined
  const [a, b] = [peel(first.node), peel(second.node)]
  const isTanh = isApply(a, tanh) && isApply(b, tanh)
  if (!isTanh && !(isApply(a, sigmoid) && isApply(b, sigmoid))) return undefined
  const [u, v] = [a, b].map((n) => g.scale(isTanh ? TWO : ONE, (n as ApplyNode).args[0]!)) as [Node, Node]
  const gap = g.apply(exp, [g.subtract(v, u)])
  return g.scale(
    isTanh ? first.coefficient.mul(2) : first.coefficient,
    g.multiply(g.apply(sigmoid, [u]), g.apply(sigmoid, [g.negate(v)]), shiftedBy(g, gap, ONE, MINUS_ONE)),
  )
}

/** c·(erf a − erf b): near 0 as it is, else by the tails on the side on which both are: erfc b − erfc a, or erfc(−a) − erfc(−b). */
function differenceOfErrors(f: Forms, value: SumNode): Scaled | undefined {
  const { g } = f
  const [first, second] = termsOf(value)
  if (!first || !second || !isZero(value.constant) || !first.coefficient.equals(second.coefficient.neg()))
    return undefined
  const [a, b] = [peel(first.node), peel(second.node)]
  if (!isApply(a, erf) || !isApply(b, erf)) return undefined
  const [u, v] = [a.args[0]!, b.args[0]!]
  const tails = (x: Node, y: Node): Node => g.subtract(g.apply(erfc, [x]), g.apply(erfc, [y]))
  const onRight = isAbove0(g, g.add(u, v))
  const far = f.scaled(where(g, onRight, tails(v, u), tails(g.negate(u), g.negate(v))))
  if (!far) return undefined
  const largest = g.apply(max, [g.apply(abs, [u]), g.apply(abs, [v])])
  const isNear = g.apply(lt, [largest, g.constant(HALF)])
  return {
    ...far,
    exponent: where(g, isNear, zero(g), far.exponent),
    mantissa: g.scale(first.coefficient, where(g, isNear, g.subtract(a, b), far.mantissa)),
  }
}

/** e^a − e^b = e^a·(1 − e^(b − a)) where a > b, else −e^b·(1 − e^(a − b)). */
function differenceOf(g: Graph, first: Part, second: Part, shape: Node['shape']): Scaled {
  const isFirst = isPositive(first.coefficient)
  const [a, b] = (isFirst ? [first, second] : [second, first]).map((p) =>
    g.stretch(p.exponent ?? zero(g), shape),
  ) as [Node, Node]
  const d = g.subtract(a, b)
  const above = isAbove0(g, d)
  return {
    exponent: where(g, above, a, b),
    mantissa: g.scale(
      (isFirst ? first : second).coefficient,
      where(g, above, g.negate(g.apply(expm1, [g.negate(d)])), g.apply(expm1, [d])),
    ),
    wild: true,
    composite: true,
  }
}
