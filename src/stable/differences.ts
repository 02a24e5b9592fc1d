/** Quotients that are 0/0 where two values meet: divided differences (f(a) − f(b))/(a − b), whose value there is the slope, and exact quotients. */
import { HALF, isInteger, isOne, isZero, least, magnitude } from '../base/rational.ts'
import { type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SumNode,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import { reaches0 } from '../graph/range.ts'
import { cos, exp, expm1, log, log1p, remainder, sin } from '../ops/index.ts'
import { withFactors } from '../simplify/terms.ts'
import { half } from './build.ts'
import { exactQuotient } from './division.ts'
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

/** A quotient of sums in a product that is 0/0 somewhere and has a limit there: a divided difference, or an exact quotient. */
export function withQuotients(g: Graph, node: ProductNode): Node | undefined {
  const factors = factorsOf(node)
  if (factors.length > MOST_FACTORS) return undefined
  for (const x of factors) {
    const d = peel(x.node)
    if (!isInteger(x.exponent)) continue
    for (const h of factors) {
      const sum = peel(h.node)
      if (h === x || h.exponent.s === x.exponent.s || !isInteger(h.exponent)) continue
      if (sum.kind !== 'sum' || h.labels.join() !== x.labels.join()) continue
      if (!reaches0((h.exponent.s < 0n ? h : x).node.range)) continue
      const quotient =
        dividedDifference(g, sum, d) ?? (d.kind === 'sum' ? exactQuotient(g, sum, d) : undefined)
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
/** Of longer products not every two are looked at. */
const MOST_FACTORS = 16

/** c·(f(a) − f(b)) over d, where a − b is d times something. */
function dividedDifference(g: Graph, sum: SumNode, d: Node): Node | undefined {
  const [first, second] = termsOf(sum)
  if (!first || !second || sum.args.length !== 2 || !isZero(sum.constant)) return undefined
  if (!first.coefficient.equals(second.coefficient.neg())) return undefined
  const [u, v] = [peel(first.node), peel(second.node)]
  const roots = [u, v].map(radicand)
  if (roots[0] && roots[1]) {
    // √a − √b = (a − b)/(√a + √b)
    const ratio = exactQuotient(g, g.subtract(roots[0], roots[1]), d)
    return ratio && g.scale(first.coefficient, g.divide(ratio, g.add(u, v)))
  }
  if (u.kind !== 'apply' || v.kind !== 'apply' || u.op !== v.op) return undefined
  const rule = quotientRules.get(u.op)
  if (!rule) return undefined
  const [a, b] = [u.args[0]!, v.args[0]!]
  const difference = g.subtract(a, b)
  const ratio = exactQuotient(g, difference, d)
  return ratio && g.scale(first.coefficient, g.multiply(ratio, rule(g, a, b, difference)))
}

/** u of √u. */
function radicand(value: Node): Node | undefined {
  if (value.kind !== 'product' || value.args.length !== 1 || !isPureProduct(value)) return undefined
  const isRoot = value.exponents[0]!.equals(HALF) && isOne(value.coefficient)
  return isRoot && value.labels[0]!.every((l, i) => l === i) ? value.args[0]! : undefined
}
