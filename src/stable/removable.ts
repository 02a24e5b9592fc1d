/** Quotients that are 0/0 at a point where they have a limit: sin(t)/t, (eᵗ − 1)/t and their kind. */
import { HALF, MINUS_ONE, ONE, type Rational, isInteger, isOne, isZero } from '../base/rational.ts'
import { type Factor, type Graph, constantValue, factorsOf, termsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SumNode,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import type { Pointwise } from '../graph/operator.ts'
import {
  abs as absolute,
  atanquotient,
  cos,
  exp,
  expm1,
  log,
  log1p,
  lt,
  remainder,
  sin,
  taylor,
  vanishesAt0,
} from '../ops/index.ts'
import { asFactors, withFactors } from '../simplify/terms.ts'
import { half, shiftedBy, where } from './build.ts'
import type { Forms } from './forms.ts'

/** A function that is 0 at 0, and its argument. */
interface Vanishing {
  readonly op: Pointwise
  readonly t: Node
  /** Of log1p(u − 1): log u. */
  readonly log?: Node
}

/** log u is log1p(u − 1). */
function vanishing(g: Graph, node: Node): Vanishing | undefined {
  const value = peel(node)
  // e^t − 1
  if (value.kind === 'sum' && value.args.length === 1 && value.constant.equals(MINUS_ONE)) {
    const e = peel(value.args[0]!)
    return e.kind === 'apply' && e.op === exp && isOne(value.coefficients[0]!)
      ? { op: expm1, t: e.args[0]! }
      : undefined
  }
  if (value.kind !== 'apply' || value.op.kind !== 'pointwise') return undefined
  if (value.op === log) return { op: log1p, t: shiftedBy(g, value.args[0]!, MINUS_ONE), log: value }
  return vanishesAt0(value.op) ? { op: value.op, t: value.args[0]! } : undefined
}

const reaches0 = (node: Node): boolean => node.range.lo <= 0 && node.range.hi >= 0

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

/** Powers of the same thing as one: x/x is 1 at 0 too, the limit. */
export function joined(factors: readonly Factor[]): Factor[] {
  const found: Factor[] = []
  for (const f of factors) {
    const at = found.findIndex((o) => peel(o.node) === peel(f.node) && o.labels.join() === f.labels.join())
    if (at >= 0 && isInteger(f.exponent) && isInteger(found[at]!.exponent))
      found[at] = { ...found[at]!, exponent: found[at]!.exponent.add(f.exponent) }
    else found.push(f)
  }
  return found.filter((f) => !isZero(f.exponent))
}

/** A product in which powers that cancel are joined. */
export function withJoined(g: Graph, node: ProductNode): Node | undefined {
  const factors = factorsOf(node)
  const fewer = joined(factors)
  return fewer.length < factors.length ? withFactors(g, node, fewer) : undefined
}

/** f(t)/t; of a logarithm far from 1, where u − 1 has lost digits of u, the quotient itself. */
function firstRemainder(g: Graph, { op, t, log: own }: Vanishing): Node {
  const near = g.apply(remainder(op, 1), [t])
  if (!own) return near
  return where(g, g.apply(lt, [g.apply(absolute, [t]), g.constant(HALF)]), near, g.divide(own, t))
}

/** f(t)ᵉ/xᵉ = ((f(t)/t)·(t/x))ᵉ, where f(0) = 0 and x stands in t. */
export function withRemainders(g: Graph, node: ProductNode): Node | undefined {
  const factors = factorsOf(node)
  for (const x of factors) {
    if (!isInteger(x.exponent) || !reaches0(x.node)) continue
    for (const h of factors) {
      if (h === x || h.exponent.s === x.exponent.s || !isInteger(h.exponent)) continue
      const found = vanishing(g, h.node)
      if (!found || found.t.shape.length !== h.labels.length) continue
      if (found.t.shape.length < x.labels.length) continue
      const quotient = over(g, found.t, x, h.labels)
      if (!quotient) continue
      const { ratio, p } = quotient
      const size = min(abs(h.exponent), abs(x.exponent).div(p).floor())
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
const abs = (r: Rational): Rational => r.abs()
const min = (a: Rational, b: Rational): Rational => (a.compare(b) < 0 ? a : b)

/** (f(a) − f(b))/(a − b) by an operator's rule for it, whose value at a = b is the slope. */
const quotientRules = new Map<ApplyNode['op'], (g: Graph, a: Node, b: Node, d: Node) => Node>([
  // e^b·(e^d − 1)/d
  [exp, (g, _a, b, d) => g.multiply(g.apply(exp, [b]), g.apply(remainder(expm1, 1), [d]))],
  // log(1 + d/b)/d
  [log, (g, _a, b, d) => g.divide(g.apply(remainder(log1p, 1), [g.divide(d, b)]), b)],
  // cos((a + b)/2)·sin(d/2)/(d/2)
  [
    sin,
    (g, a, b, d) =>
      g.multiply(g.apply(cos, [half(g, g.add(a, b))]), g.apply(remainder(sin, 1), [half(g, d)])),
  ],
  [
    cos,
    (g, a, b, d) =>
      g.negate(g.multiply(g.apply(sin, [half(g, g.add(a, b))]), g.apply(remainder(sin, 1), [half(g, d)]))),
  ],
])

/** A divided difference in a product, of a function or of a whole power. */
export function withDividedDifferences(g: Graph, node: ProductNode): Node | undefined {
  const factors = factorsOf(node)
  for (const x of factors) {
    const d = peel(x.node)
    if (!isInteger(x.exponent) || d.kind !== 'sum' || !isZero(d.constant) || d.args.length !== 2) continue
    for (const h of factors) {
      const sum = peel(h.node)
      if (
        h === x ||
        h.exponent.s === x.exponent.s ||
        sum.kind !== 'sum' ||
        h.labels.join() !== x.labels.join()
      )
        continue
      const quotient = dividedDifference(g, sum, d)
      if (!quotient) continue
      const size = min(abs(h.exponent), abs(x.exponent))
      const e = h.exponent.s < 0n ? size.neg() : size
      const others = factors.map((o) =>
        o === h ? { ...o, exponent: o.exponent.sub(e) } : o === x ? { ...o, exponent: o.exponent.add(e) } : o,
      )
      const made = { node: quotient, labels: quotient.shape.length === 0 ? [] : h.labels, exponent: e }
      return withFactors(g, node, joined([...others, made]))
    }
  }
  return undefined
}

/** c·(f(a) − f(b)) over k·(a − b) */
function dividedDifference(g: Graph, sum: SumNode, d: SumNode): Node | undefined {
  const [first, second] = termsOf(sum)
  if (!first || !second || sum.args.length !== 2 || !isZero(sum.constant)) return undefined
  if (!first.coefficient.equals(second.coefficient.neg())) return undefined
  const [u, v] = [peel(first.node), peel(second.node)]
  const made = (a: Node, b: Node, of: (a: Node, b: Node, d: Node) => Node): Node | undefined => {
    const difference = g.subtract(a, b)
    if (difference.kind !== 'sum' || difference.args.length !== 2) return undefined
    const ratio = difference.coefficients[0]!.div(d.coefficients[0]!)
    const same =
      difference.args.every((t, i) => t === d.args[i]) &&
      difference.coefficients[1]!.equals(d.coefficients[1]!.mul(ratio))
    return same ? g.scale(first.coefficient.mul(ratio), of(a, b, difference)) : undefined
  }
  if (u.kind === 'apply' && v.kind === 'apply' && u.op === v.op) {
    const rule = quotientRules.get(u.op)
    return rule && made(u.args[0]!, v.args[0]!, (a, b, difference) => rule(g, a, b, difference))
  }
  const [p, q] = [u, v].map(powerOf)
  if (!p || !q || !p.exponent.equals(q.exponent)) return undefined
  const n = Number(p.exponent.valueOf())
  // aⁿ − bⁿ = (a − b)·Σ aⁱ·bⁿ⁻¹⁻ⁱ
  return made(p.base, q.base, (a, b) =>
    g.addAll(
      Array.from({ length: n }, (_, i) => g.multiply(g.power(a, ONE.mul(i)), g.power(b, ONE.mul(n - 1 - i)))),
      sum.shape,
    ),
  )
}
const MOST_POWERS = 6
function powerOf(value: Node): { base: Node; exponent: Rational } | undefined {
  if (value.kind !== 'product' || value.args.length !== 1 || !isPureProduct(value)) return undefined
  const exponent = value.exponents[0]!
  const inPlace = value.labels[0]!.every((l, i) => l === i)
  if (!isOne(value.coefficient) || !isInteger(exponent) || !inPlace) return undefined
  return exponent.compare(2) >= 0 && exponent.compare(MOST_POWERS) <= 0
    ? { base: value.args[0]!, exponent }
    : undefined
}

/**
 * A difference of quotients that have a pole at the same point: 1/x − 1/(eˣ − 1). With f(t) = t·(f(t)/t) the pole is a common
 * factor x⁻ᵏ, and what is left is a sum of functions that are 1 there, which their complements say without a difference.
 */
export function withoutPoles(f: Forms, sum: SumNode): Node | undefined {
  const { g } = f
  if (!isZero(sum.constant) || sum.args.length > MOST_TERMS) return undefined
  const axes = sum.shape.map((_, i) => i)
  const terms = termsOf(sum).map((t) => ({ ...asFactors(t.node), scale: t.coefficient }))
  for (const x of poles(g, terms[0]!.factors)) {
    const parts = terms.map(({ coefficient, factors, scale }) => {
      const found = factors.flatMap((h): Factor[] => {
        const v = vanishing(g, h.node)
        const same = v && !v.log && peel(v.t) === peel(x.node) && h.labels.join() === x.labels.join()
        if (!same || !isInteger(h.exponent)) return [h]
        return [
          { ...h, node: g.apply(remainder(v.op, 1), [v.t]) },
          { ...x, exponent: h.exponent },
        ]
      })
      const order = found
        .filter((h) => peel(h.node) === peel(x.node) && h.labels.join() === x.labels.join())
        .reduce((e, h) => e.add(h.exponent), ONE.sub(ONE))
      return { coefficient: coefficient.mul(scale), factors: found, order }
    })
    const least = parts.reduce((e, p) => min(e, p.order), parts[0]!.order)
    if (!isInteger(least) || least.compare(0) >= 0) continue
    const inner = parts.map((p) => ({
      scale: p.coefficient,
      node: g.product(ONE, joined([...p.factors, { ...x, exponent: least.neg() }]), axes, sum.shape),
    }))
    // Σ cᵢFᵢ with Fᵢ = 1 at the pole, or 0, is −Σ cᵢ(1 − Fᵢ) where the numbers cancel.
    const all = inner.map(({ scale, node }) => {
      const number = constantValue(node)
      if (number) return { value: scale.mul(number), term: undefined }
      if (vanishesWith(node, x)) return { value: ONE.sub(ONE), term: { coefficient: scale, node } }
      const complement = f.complement(node)
      return complement && { value: scale, term: { coefficient: scale.neg(), node: complement } }
    })
    if (all.some((a) => a === undefined)) continue
    if (!isZero(all.reduce((s, a) => s.add(a!.value), ONE.sub(ONE)))) continue
    return g.sum(
      all.flatMap((a) =>
        a!.term
          ? [
              {
                coefficient: a!.term.coefficient,
                node: divided(g, a!.term.node, x, least, sum.shape),
              },
            ]
          : [],
      ),
      ONE.sub(ONE),
      sum.shape,
    )
  }
  return undefined
}
const MOST_TERMS = 6

/** Whether x itself is a factor. */
const vanishesWith = (node: Node, x: Factor): boolean =>
  asFactors(node).factors.some((h) => peel(h.node) === peel(x.node) && h.exponent.compare(0) > 0)

/** A term over xᵏ; a sum term by term, so that each may have its limit. */
function divided(g: Graph, node: Node, x: Factor, least: Rational, shape: Node['shape']): Node {
  const axes = shape.map((_, i) => i)
  const over = (n: Node): Node => {
    const { coefficient, factors } = asFactors(n)
    const product = g.product(coefficient, joined([...factors, { ...x, exponent: least }]), axes, shape)
    return product.kind === 'product' ? (withRemainders(g, product) ?? product) : product
  }
  const value = node.kind === 'sum' && isZero(node.constant) ? node : undefined
  return value
    ? g.sum(
        termsOf(value).map((t) => ({ ...t, node: over(t.node) })),
        value.constant,
        shape,
      )
    : over(node)
}

/** Where a term of a sum may have a pole: x of x⁻ᵏ, t of f(t)⁻ᵏ. */
function poles(g: Graph, factors: readonly Factor[]): Factor[] {
  return factors.flatMap((h) => {
    if (h.exponent.compare(0) >= 0 || !isInteger(h.exponent) || !reaches0(h.node)) return []
    const v = vanishing(g, h.node)
    return [v && !v.log ? { ...h, node: v.t } : h]
  })
}

/** c·f(t) with terms of its Taylor polynomial taken away: e^t − 1 − t is t²·R₂(t). */
export function withoutPolynomials(g: Graph, sum: SumNode): Node | undefined {
  const terms = termsOf(sum)
  for (const t of terms) {
    const value = peel(t.node)
    if (value.kind !== 'apply') continue
    const found = series(g, value)
    if (!found) continue
    const { op, argument, constant } = found
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

/** e^t is expm1(t) + 1, log u is log1p(u − 1). */
function series(
  g: Graph,
  value: ApplyNode,
): { op: Pointwise; argument: Node; constant: Rational } | undefined {
  if (value.op.kind !== 'pointwise') return undefined
  const argument = value.args[0]!
  if (value.op === exp) return { op: expm1, argument, constant: ONE }
  if (value.op === log)
    return { op: log1p, argument: shiftedBy(g, argument, MINUS_ONE), constant: ONE.sub(ONE) }
  return vanishesAt0(value.op) ? { op: value.op, argument, constant: ONE.sub(ONE) } : undefined
}

/** atan(y/x), where x may be 0. */
export function withQuotient(g: Graph, node: ApplyNode): Node | undefined {
  const u = peel(node.args[0]!)
  if (u.kind !== 'product' || !isPureProduct(u)) return undefined
  const factors = factorsOf(u)
  const below = factors.filter((h) => h.exponent.compare(0) < 0)
  if (!below.some((h) => reaches0(h.node))) return undefined
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
