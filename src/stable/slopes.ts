/** Derivatives of stable forms that would cancel as the calculus makes them. */
import { isOne } from '../base/rational.ts'
import { type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import { type Node, type SumNode, isPureProduct, peel } from '../graph/node.ts'
import { exp, expm1, remainder, remainderSlope } from '../ops/index.ts'
import { withFactors } from '../simplify/terms.ts'

/** R(u) + u·R′(u) = eᵘ with R(u) = (eᵘ − 1)/u: far below 0 the two terms of the slope of u·R(u) cancel. */
export function withWholeSlope(g: Graph, sum: SumNode): Node | undefined {
  const terms = termsOf(sum)
  for (const r of terms) {
    const value = peel(r.node)
    if (value.kind !== 'apply' || value.op !== remainder(expm1, 1)) continue
    const u = value.args[0]!
    const slope = g.apply(remainderSlope(expm1, 1), [u])
    const whole = g.scale(r.coefficient, unnamed(g, g.multiply(u, slope)))
    const other = terms.find((t) => t !== r && g.scale(t.coefficient, unnamed(g, t.node)) === whole)
    if (!other) continue
    const rest = terms.filter((t) => t !== r && t !== other)
    return g.sum([...rest, { coefficient: r.coefficient, node: g.apply(exp, [u]) }], sum.constant, sum.shape)
  }
  return undefined
}

/** A product without the names of what it is made of. */
function unnamed(g: Graph, node: Node): Node {
  const value = peel(node)
  if (value.kind !== 'product' || !isPureProduct(value)) return value
  return withFactors(
    g,
    value,
    factorsOf(value).map((f) => ({ ...f, node: isOne(f.exponent) ? unnamed(g, f.node) : peel(f.node) })),
  )
}
