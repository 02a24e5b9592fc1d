/** Values as mantissa·e^exponent. */
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
import { type Factor, type Graph, constantValue, factorsOf, termsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SumNode,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import {
  GREATEST,
  abs,
  cosh,
  detached,
  eq,
  erf,
  erfc,
  erfcscaled,
  exp,
  expm1,
  lse,
  lt,
  max,
  pow,
  reducemax,
  remainder,
  select,
  sigmoid,
  sign,
  sinh,
  softplus,
  stretchBack,
  tanh,
} from '../ops/index.ts'
import { exponential, finite, isAbove0, isApply, isNumberOne, shiftedBy, where } from './build.ts'
import { softmaxAxes } from './complements.ts'
import type { Forms, Scaled } from './forms.ts'

const zero = (g: Graph): Node => g.constant(ZERO)
const one = (g: Graph): Node => g.constant(ONE)

/** Near 0 the value itself, whose slope is 0 there; beyond, e^|u| and what is left of it. */
function beyondOne(g: Graph, u: Node, near: Node, far: (size: Node) => Node): Scaled {
  const size = g.apply(abs, [u])
  const isNear = g.apply(lt, [size, one(g)])
  return {
    exponent: where(g, isNear, zero(g), size),
    mantissa: where(g, isNear, near, far(size)),
    wild: true,
    composite: true,
  }
}
/** (1 + e^(−2|u|))/2 is cosh u without e^|u|. */
const coshMantissa = (g: Graph, size: Node): Node =>
  shiftedBy(g, g.apply(exp, [g.scale(TWO.neg(), size)]), HALF, HALF)
/** (1 − e^(−2|u|))/2 is |sinh u| without it. */
const sinhMantissa = (g: Graph, size: Node): Node =>
  g.scale(HALF.neg(), g.apply(expm1, [g.scale(TWO.neg(), size)]))

/** By the operator, in terms of its argument. */
const rows = new Map<ApplyNode['op'], (g: Graph, u: Node) => Scaled>([
  [exp, (g, u) => ({ exponent: u, mantissa: one(g), wild: true, composite: false })],
  [
    sigmoid,
    (g, u) => ({
      exponent: g.negate(g.apply(softplus, [g.negate(u)])),
      mantissa: one(g),
      wild: false,
      composite: false,
    }),
  ],
  [cosh, (g, u) => beyondOne(g, u, g.apply(cosh, [u]), (size) => coshMantissa(g, size))],
  [
    sinh,
    (g, u) =>
      beyondOne(g, u, g.apply(sinh, [u]), (size) => g.multiply(g.apply(sign, [u]), sinhMantissa(g, size))),
  ],
  [
    remainder(sinh, 1),
    (g, u) =>
      beyondOne(g, u, g.apply(remainder(sinh, 1), [u]), (size) => g.divide(sinhMantissa(g, size), size)),
  ],
  [
    // erfc(u) = e^(−u²)·erfcx(u) for u > 0
    erfc,
    (g, u) => ({
      exponent: g.negate(where(g, isAbove0(g, u), g.power(u, TWO), zero(g))),
      mantissa: g.apply(erfcscaled, [u]),
      wild: true,
      composite: true,
    }),
  ],
  [
    expm1,
    (g, u) => {
      const above = isAbove0(g, u)
      return {
        exponent: where(g, above, u, zero(g)),
        mantissa: where(g, above, g.negate(g.apply(expm1, [g.negate(u)])), g.apply(expm1, [u])),
        wild: true,
        composite: true,
      }
    },
  ],
  [
    // (e^u − 1)/u = e^u·(1 − e^(−u))/u for u > 0
    remainder(expm1, 1),
    (g, u) => {
      const r = remainder(expm1, 1)
      const above = isAbove0(g, u)
      return {
        exponent: where(g, above, u, zero(g)),
        mantissa: where(g, above, g.apply(r, [g.negate(u)]), g.apply(r, [u])),
        wild: true,
        composite: true,
      }
    },
  ],
])

/** (e^u − 1 − u)/u² = e^u·(1 − (1 + u)·e^(−u))/u², where u > 1. */
rows.set(remainder(expm1, 2), (g, u) => {
  const above = g.apply(lt, [one(g), u])
  const rest = g.multiply(shiftedBy(g, u, ONE), g.apply(exp, [g.negate(u)]))
  return {
    exponent: where(g, above, u, zero(g)),
    mantissa: where(
      g,
      above,
      g.divide(shiftedBy(g, rest, ONE, MINUS_ONE), g.power(u, TWO)),
      g.apply(remainder(expm1, 2), [u]),
    ),
    wild: true,
    composite: true,
  }
})

export function scaledOf(f: Forms, node: Node): Scaled | undefined {
  const value = peel(node)
  switch (value.kind) {
    case 'apply':
      return ofApply(f, value)
    case 'sum':
      return ofSum(f, value)
    case 'product':
      return isPureProduct(value) ? ofProduct(f, value) : ofContraction(f, value)
    default:
      return undefined
  }
}

function ofApply(f: Forms, { op, args, shape }: ApplyNode): Scaled | undefined {
  const { g } = f
  const row = rows.get(op)
  if (row) return row(g, args[0]!)
  if (op === select) {
    const [c, u, v] = args as [Node, Node, Node]
    const parts = [u, v].map((b) => f.scaled(b))
    if (parts.every((p) => p === undefined)) return undefined
    const chosen = (a: Node, b: Node): Node => g.stretch(g.apply(select, [c, a, b]), shape)
    const [p, q] = parts
    return {
      exponent: chosen(p?.exponent ?? zero(g), q?.exponent ?? zero(g)),
      mantissa: chosen(p?.mantissa ?? u, q?.mantissa ?? v),
      wild: parts.some((x) => x?.wild),
      composite: parts.some((x) => x?.composite),
    }
  }
  if (op === pow) {
    const [x, n] = args as [Node, Node]
    const base = f.scaled(x)
    if (!base) return undefined
    const mantissa = isNumberOne(base.mantissa) ? base.mantissa : g.apply(pow, [base.mantissa, n])
    return { exponent: g.multiply(n, base.exponent), mantissa, wild: base.wild, composite: true }
  }
  return undefined
}

/** The parts of factors, on the labels of these. */
function scaledFactors(
  f: Forms,
  factors: readonly Factor[],
): { exponents: Factor[]; mantissas: Factor[]; wild: boolean; composite: boolean } | undefined {
  const exponents: Factor[] = []
  const mantissas: Factor[] = []
  let wild = false
  let composite = false
  for (const h of factors) {
    const part = f.scaled(h.node)
    if (!part) {
      mantissas.push(h)
      continue
    }
    wild ||= part.wild && softmaxAxes(h.node) === undefined
    composite ||= part.composite
    const labels = (n: Node): readonly number[] => (n.shape.length === 0 ? [] : h.labels)
    exponents.push({ node: part.exponent, labels: labels(part.exponent), exponent: h.exponent })
    if (!isNumberOne(part.mantissa))
      mantissas.push({ node: part.mantissa, labels: labels(part.mantissa), exponent: h.exponent })
  }
  return exponents.length === 0 ? undefined : { exponents, mantissas, wild, composite }
}

/** Σ eᵢ·zᵢ on axes that are labels. */
const sumOn = (g: Graph, parts: readonly Factor[], labels: readonly number[], shape: Node['shape']): Node =>
  g.sum(
    parts.map((p) => ({
      coefficient: p.exponent,
      node: g.product(ONE, [{ ...p, exponent: ONE }], labels, shape),
    })),
    ZERO,
    shape,
  )

function ofProduct(f: Forms, value: ProductNode): Scaled | undefined {
  const { g } = f
  const parts = scaledFactors(f, factorsOf(value))
  if (!parts) return undefined
  const axes = value.shape.map((_, i) => i)
  return {
    exponent: sumOn(g, parts.exponents, axes, value.shape),
    mantissa: g.product(value.coefficient, parts.mantissas, axes, value.shape),
    wild: parts.wild,
    composite: parts.composite,
  }
}

/**
 * An exponent where its weight is not 0: what does not count must not decide the shift. Only of weights that nothing is
 * differentiated by: e^z is the derivative by a weight that is 0.
 */
function counted(f: Forms, weight: Node, exponent: Node): Node {
  const { g } = f
  const canBe0 = weight.range.lo <= 0 && weight.range.hi >= 0
  if (constantValue(weight) || !canBe0 || !f.isGiven(weight)) return exponent
  return where(g, g.apply(eq, [weight, zero(g)]), g.constant(GREATEST.neg()), exponent)
}

/** Σ over axes of w·e^z = e^m·Σ w·e^(z − m), m = max z. */
function ofContraction(f: Forms, value: ProductNode): Scaled | undefined {
  const { g } = f
  const parts = scaledFactors(f, factorsOf(value))
  if (!parts) return undefined
  const rank = value.shape.length
  const labels = [...new Set(parts.exponents.flatMap((p) => p.labels))].sort((a, b) => a - b)
  const shape = labels.map((l) => value.extents[l]!)
  const z = sumOn(g, parts.exponents, labels, shape)
  const summed = labels.flatMap((l, axis) => (l >= rank ? [axis] : []))
  const kept = labels.filter((l) => l < rank)
  const out = value.shape.map((_, i) => i)
  const all = value.extents.slice(rank).map((extent, i) => ({
    node: g.full(ONE, [extent]),
    labels: [rank + i],
    exponent: ONE,
  }))
  const isPlain = parts.mantissas.length === 0 && isPositive(value.coefficient)
  if (isPlain && summed.length === value.extents.length - rank && summed.length > 0 && kept.length === rank)
    return {
      exponent: g.reduce(lse, z, summed),
      mantissa: g.constant(value.coefficient),
      wild: parts.wild,
      composite: true,
    }
  const own = parts.mantissas.filter((p) => p.labels.every((l) => labels.includes(l)))
  const weight = g.product(
    ONE,
    own.map((p) => ({ ...p, labels: p.labels.map((l) => labels.indexOf(l)) })),
    labels.map((_, i) => i),
    shape,
  )
  const every = counted(f, weight, z)
  const m = g.apply(detached, [finite(g, summed.length > 0 ? g.reduce(reducemax, every, summed) : every)])
  const e = g.apply(exp, [g.subtract(every, stretchBack(g, m, every, summed))])
  const exponent = kept.length === rank ? m : g.broadcast(m, value.shape, kept)
  return {
    exponent,
    mantissa: g.product(
      value.coefficient,
      [...parts.mantissas, { node: e, labels, exponent: ONE }, ...all],
      out,
      value.shape,
    ),
    wild: parts.wild,
    composite: true,
  }
}

interface Part {
  readonly coefficient: Rational
  readonly exponent: Node | undefined
  readonly mantissa: Node
}

function ofSum(f: Forms, value: SumNode): Scaled | undefined {
  const { g } = f
  const { shape } = value
  const difference = differenceOfSigmoids(f, value) ?? differenceOfErrors(f, value)
  if (difference) return f.scaled(difference)
  let isExponential = false
  let wild = false
  const parts = termsOf(value).map(({ node, coefficient }): Part => {
    const s = f.scaled(node)
    isExponential ||= s !== undefined
    wild ||= s?.wild === true && softmaxAxes(node) === undefined
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

/** c·(erf a − erf b) by the tails on the side on which both are: erfc b − erfc a, or erfc(−a) − erfc(−b). */
function differenceOfErrors({ g }: Forms, value: SumNode): Node | undefined {
  const [first, second] = termsOf(value)
  if (!first || !second || !isZero(value.constant) || !first.coefficient.equals(second.coefficient.neg()))
    return undefined
  const [a, b] = [peel(first.node), peel(second.node)]
  if (!isApply(a, erf) || !isApply(b, erf)) return undefined
  const [u, v] = [a.args[0]!, b.args[0]!]
  const tails = (x: Node, y: Node): Node => g.subtract(g.apply(erfc, [x]), g.apply(erfc, [y]))
  const onRight = isAbove0(g, g.add(u, v))
  return g.scale(first.coefficient, where(g, onRight, tails(v, u), tails(g.negate(u), g.negate(v))))
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

/**
 * A value that may overflow, and another one that may be 0 there, on the same axes: an outer product of exponentials is no
 * exponential of a sum.
 */
function areOpposed(f: Forms, factors: readonly Factor[]): boolean {
  const scaled = factors.filter((h) => f.scaled(h.node))
  return scaled.some(
    (h) =>
      h.node.range.hi === Infinity &&
      f.scaled(h.node)!.wild &&
      softmaxAxes(h.node) === undefined &&
      scaled.some((o) => o !== h && o.labels.every((l) => h.labels.includes(l))),
  )
}

function hasToBeTakenInParts(f: Forms, node: Node): boolean {
  const s = f.scaled(node)
  return s !== undefined && s.composite && s.wild
}

/** A product with a quotient by sums of exponentials, or a root of them, in parts: softmax and its kind. */
export function withScales(f: Forms, node: ProductNode): Node | undefined {
  const { g } = f
  const factors = factorsOf(node)
  const isInParts = (h: Factor): boolean =>
    (h.exponent.compare(0) < 0 || h.exponent.d !== 1n) && hasToBeTakenInParts(f, h.node)
  if (!factors.some(isInParts) && !areOpposed(f, factors)) return undefined
  const parts = scaledFactors(f, factors)
  if (!parts) return undefined
  for (const p of parts.mantissas) f.noteOrdinary(p.node)
  const axes = node.shape.map((_, i) => i)
  const labels = [...new Set(parts.exponents.flatMap((p) => p.labels))].sort((a, b) => a - b)
  const shape = labels.map((l) => node.extents[l]!)
  const z = sumOn(g, parts.exponents, labels, shape)
  return g.product(
    node.coefficient,
    [...parts.mantissas, { node: exponential(g, z), labels, exponent: ONE }],
    axes,
    node.shape,
  )
}
