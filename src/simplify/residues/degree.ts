/** How large the degree of an expression can be, in the quantities that are drawn: numerators over the common denominator. */
import { isInteger, isNegative } from '../../base/rational.ts'
import type { Node } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'

/** A fraction: the degree of its numerator, and the factors of its denominator with their exponents. */
interface Fraction {
  readonly above: number
  readonly below: ReadonlyMap<Node, number>
}

const NO_FACTORS: ReadonlyMap<Node, number> = new Map()

/**
 * Base-2 logarithm of a bound of the degree of the numerator. `drawn`: the degree of an exponential, or of the point of an
 * angle, in what is drawn for it; all other functions are drawn themselves.
 */
export function logDegree(root: Node, drawn: number): number {
  const found = new Map<Node, Fraction>()
  // A factor of a denominator is the numerator of a node; for a function it is that of all functions of its argument.
  const degreeOf = (factor: Node): number => found.get(factor)!.above + drawn
  const total = (below: ReadonlyMap<Node, number>): number =>
    [...below].reduce((sum, [factor, e]) => sum + e * degreeOf(factor), 0)

  for (const node of topological([root])) {
    const args = node.args.map((a) => found.get(a)!)
    if (node.kind === 'sum') {
      const below = new Map<Node, number>()
      for (const a of args)
        for (const [factor, e] of a.below) below.set(factor, Math.max(below.get(factor) ?? 0, e))
      const all = total(below)
      found.set(node, { above: Math.max(all, ...args.map((a) => a.above + all - total(a.below))), below })
    } else if (node.kind === 'product') {
      let above = 0
      const below = new Map<Node, number>()
      const divide = (factor: Node, e: number): void => void below.set(factor, (below.get(factor) ?? 0) + e)
      args.forEach((a, i) => {
        const exponent = node.exponents[i]!
        const e = Number(exponent.n)
        // Powers of a root count as whole powers of what it is of.
        if (isNegative(exponent)) {
          above += e * total(a.below)
          divide(node.args[i]!, e)
        } else {
          above += e * a.above
          for (const [factor, k] of a.below) divide(factor, k * e)
        }
        if (!isInteger(exponent)) above += e
      })
      found.set(node, { above, below })
    } else if (node.kind === 'apply') {
      found.set(node, {
        above: drawn,
        below: node.args.length > 0 ? new Map([[node.args[0]!, 1]]) : NO_FACTORS,
      })
    } else found.set(node, { above: node.kind === 'constant' ? 0 : 1, below: NO_FACTORS })
  }
  const { above, below } = found.get(root)!
  return Math.log2(1 + above + total(below))
}
