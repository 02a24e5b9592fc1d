/** Values as mantissa·e^exponent. */
import { ONE, isPositive } from '../base/rational.ts'
import { type Factor, factorsOf } from '../graph/graph.ts'
import { type ApplyNode, BATCH, type Node, type ProductNode, isPureProduct, peel } from '../graph/node.ts'
import type { Reduction } from '../graph/operator.ts'
import {
  abs,
  detached,
  exp,
  finite,
  lse,
  pow,
  reducemax,
  select,
  softmaxIn,
  stretchBack,
} from '../ops/index.ts'
import { exponential, isNumberOne, zero } from './build.ts'
import type { Forms, Scaled } from './forms.ts'
import { scaledOperator } from './scaled-operators.ts'
import { counted, scaledFactors, sumOn } from './scaled-parts.ts'
import { scaledSum } from './scaled-sums.ts'

export function scaledOf(f: Forms, node: Node): Scaled | undefined {
  const value = peel(node)
  switch (value.kind) {
    case 'apply':
      return ofApply(f, value)
    case 'sum':
      return scaledSum(f, value)
    case 'product':
      return isPureProduct(value) ? ofProduct(f, value) : ofContraction(f, value)
    default:
      return undefined
  }
}

function ofApply(f: Forms, value: ApplyNode): Scaled | undefined {
  const { g } = f
  const { op, args, axes, shape } = value
  if (op.kind === 'reduction' && op.adds && axes[0] === BATCH) return ofBatchSum(f, op, args[0]!)
  const own = scaledOperator(g, value)
  if (own) return own
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
  if (op === abs) {
    const inner = f.scaled(args[0]!)
    return inner && { ...inner, mantissa: g.apply(abs, [inner.mantissa]) }
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

/** Σⱼ wⱼ·e^zⱼ over a batch = e^m·Σⱼ wⱼ·e^(zⱼ − m), m = maxⱼ zⱼ. */
function ofBatchSum(f: Forms, op: Reduction, arg: Node): Scaled | undefined {
  const { g } = f
  const part = f.scaled(arg)
  if (!part) return undefined
  const every = counted(f, part.mantissa, g.stretch(part.exponent, arg.shape))
  const m = g.apply(detached, [finite(g, g.reduce(reducemax, every, [BATCH]))])
  const weighted = g.multiply(part.mantissa, g.apply(exp, [g.subtract(every, m)]))
  return {
    exponent: m,
    mantissa: g.reduce(op, weighted, [BATCH], arg.samples),
    wild: part.wild,
    composite: true,
  }
}

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
      !softmaxIn(f.g, h.node, peel) &&
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
