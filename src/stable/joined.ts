/** Powers of the same thing in one product. */
import { isInteger, isZero } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, peel } from '../graph/node.ts'
import { withFactors } from '../simplify/terms.ts'

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
