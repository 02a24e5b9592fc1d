/** Divided differences: (f(a) − f(b))/(a − b), whose value at a = b is the slope. */
import { ONE, type Rational, isInteger, isOne, isZero, least, magnitude } from '../base/rational.ts'
import { type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SumNode,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import { cos, exp, expm1, log, log1p, remainder, sin } from '../ops/index.ts'
import { withFactors } from '../simplify/terms.ts'
import { half } from './build.ts'
import { joined } from './joined.ts'

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
      const size = least(magnitude(h.exponent), magnitude(x.exponent))
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
