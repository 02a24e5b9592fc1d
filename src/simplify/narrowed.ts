/** Sums that vary along fewer axes than they are computed over, for running. */
import { ONE, isZero, times } from '../base/rational.ts'
import { type Factor, type Graph, type Term, termsOf } from '../graph/graph.ts'
import type { Node, SumNode } from '../graph/node.ts'
import { asFactors } from './terms.ts'

/**
 * A sum whose terms all have the factors that carry some of its axes, as a product with them: 3fᵢ⁴sⱼ − 4fᵢ²sⱼ + sⱼ is
 * (3fᵢ⁴ − 4fᵢ² + 1)sⱼ, with as many operations as there are i and not as there are i and j.
 */
export function narrowed(g: Graph, sum: SumNode): Node {
  if (sum.shape.length === 0 || !isZero(sum.constant) || sum.args.length < 2) return sum
  const terms = termsOf(sum).map((term) => {
    const { coefficient, factors } = asFactors(term.node)
    return { coefficient: times(term.coefficient, coefficient), factors }
  })
  const same =
    (a: Factor) =>
    (b: Factor): boolean =>
      a.node === b.node && a.exponent.equals(b.exponent) && a.labels.join() === b.labels.join()
  const common = terms[0]!.factors.filter((f) => terms.every(({ factors }) => factors.some(same(f))))
  if (common.length === 0) return sum
  const left = terms.map(({ factors }) => factors.filter((f) => !common.some(same(f))))
  const labels = [...new Set(left.flat().flatMap((f) => f.labels))].sort((a, b) => a - b)
  if (labels.length === sum.shape.length) return sum
  const shape = labels.map((l) => sum.shape[l]!)
  const rest = terms.map(({ coefficient }, i): Term => ({
    coefficient,
    node: g.product(ONE, left[i]!, labels, shape),
  }))
  return g.product(
    ONE,
    [...common, { node: g.sum(rest, sum.constant, shape), labels, exponent: ONE }],
    sum.shape.map((_, i) => i),
    sum.shape,
  )
}
