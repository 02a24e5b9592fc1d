/** Differences that have a factor: of a root and what it nearly is, and of two squares. */
import { HALF, TWO, isEven, isInteger, isPositive, isZero, power } from '../base/rational.ts'
import { type Graph, type Term, termsOf } from '../graph/graph.ts'
import { type Node, type SumNode, peel } from '../graph/node.ts'
import { abs, lt, where } from '../ops/index.ts'
import { multiplyOut } from '../simplify/rules/cancelling.ts'
import { asFactors, asTerms } from '../simplify/terms.ts'
import { countTerms, isInPlace } from './build.ts'

/** √a − b = (a − b²)/(√a + b), where less is left of a − b² than there is in a; used where √a is near to b. */
export function withConjugate(g: Graph, sum: SumNode): Node | undefined {
  const terms = termsOf(sum)
  if (countTerms(sum) !== 2) return undefined
  for (const t of terms) {
    const { coefficient, factors } = asFactors(peel(t.node))
    const [only] = factors
    if (factors.length !== 1 || !only!.exponent.equals(HALF) || !isInPlace(only!, sum)) continue
    const scale = t.coefficient.mul(coefficient)
    const rest = g.sum(
      terms.filter((o) => o !== t),
      sum.constant,
      sum.shape,
    )
    const b = g.scale(scale.inverse().neg(), rest)
    const a = written(g, peel(only!.node))
    const left = written(g, g.subtract(a, g.power(b, TWO)))
    if (countTerms(left) >= countTerms(a)) continue
    const better = g.scale(scale, g.divide(left, g.add(g.sqrt(only!.node), b)))
    const cancels = g.apply(lt, [g.apply(abs, [left]), g.multiply(b, g.apply(abs, [b]))])
    return where(g, cancels, better, sum)
  }
  return undefined
}

/** a² − b² = (a − b)·(a + b); 1 − b² is left as what is beside 1. */
export function withSquares(g: Graph, sum: SumNode): Node | undefined {
  const terms = termsOf(sum)
  const [first, second] = terms
  if (terms.length !== 2 || !isZero(sum.constant)) return undefined
  if (isPositive(first!.coefficient) === isPositive(second!.coefficient)) return undefined
  const [a, b] = terms.map((t) => rootOf(g, t, sum))
  if (!a || !b) return undefined
  const both = g.multiply(g.subtract(a, b), g.add(a, b))
  return isPositive(first!.coefficient) ? both : g.negate(both)
}

/** √|c·x| where that is c′·xⁿ. */
function rootOf(g: Graph, { coefficient, node }: Term, sum: SumNode): Node | undefined {
  const { coefficient: own, factors } = asFactors(node)
  const number = power(coefficient.mul(own).abs(), HALF)
  if (!number || !factors.every((f) => isInteger(f.exponent) && isEven(f.exponent) && isInPlace(f, sum)))
    return undefined
  return g.product(
    number,
    factors.map((f) => ({ ...f, exponent: f.exponent.mul(HALF) })),
    sum.shape.map((_, i) => i),
    sum.shape,
  )
}

/** Powers of sums multiplied out. */
function written(g: Graph, node: Node): Node {
  const { terms, constant } = asTerms(node)
  return g.sum(
    terms.map(({ coefficient, node: term }) => ({
      coefficient,
      node: (term.kind === 'product' && multiplyOut(g, term, undefined, MOST_TERMS)) || term,
    })),
    constant,
    node.shape,
  )
}
const MOST_TERMS = 8
