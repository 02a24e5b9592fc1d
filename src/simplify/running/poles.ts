import { ONE, isNegative } from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { isPositional } from '../../graph/subscripts.ts'
import { topological, transform } from '../../graph/traverse.ts'
import { unlessZero } from '../../ops/index.ts'
import { withFactors } from '../terms.ts'

/*
 * 1/(t − s) in a sum over s < t. Where s = t the program does not divide: the sum leaves that out, or the value is infinite and everything that is
 * made of it is too. A derivative need not divide there either: its zeros would meet ∞, and not all of them are seen where they stand.
 */

const isPole = ({ node, exponent }: Factor): boolean =>
  isNegative(exponent) && node.range.lo <= 0 && node.range.hi >= 0 && isPositional(node)

/**
 * The roots with where(x = 0, 1, x) in the place of divisors x that follow from positions.
 *
 * @param program the program's own values, which stay as they are
 */
export function withoutPoles(g: Graph, roots: readonly Node[], program: readonly Node[]): readonly Node[] {
  const own = new Set(topological(program))
  const isConcerned = (n: Node): boolean => n.kind === 'product' && !own.has(n) && factorsOf(n).some(isPole)
  if (!topological(roots).some(isConcerned)) return roots
  return transform(g, roots, (node, original) => {
    if (node.kind !== 'product' || own.has(original)) return node
    const factors = factorsOf(node).map((f) =>
      isPole(f) ? { ...f, node: g.stretch(unlessZero(g, f.node, ONE, f.node), f.node.shape) } : f,
    )
    return withFactors(g, node, factors)
  })
}
