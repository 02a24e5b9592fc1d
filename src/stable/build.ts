/** Short names for what the forms are built with. */
import { HALF, MINUS_ONE, ONE, type Rational, TWO, ZERO, isOne, isZero } from '../base/rational.ts'
import { type Factor, type Graph, constantValue } from '../graph/graph.ts'
import type { ApplyNode, Node } from '../graph/node.ts'
import type { Pointwise } from '../graph/operator.ts'
import { isPositiveRange } from '../graph/range.ts'
import { exp, gt, sigmoid, softplus, where } from '../ops/index.ts'
import { asTerms } from '../simplify/terms.ts'

export const isApply = (node: Node, op: Pointwise): node is ApplyNode =>
  node.kind === 'apply' && node.op === op

export const isNumberOne = (node: Node): boolean => {
  const value = constantValue(node)
  return value !== undefined && isOne(value)
}

/** Whether a factor has the axes of its product, in their order: it is multiplied entry by entry. */
export const isInPlace = ({ labels }: Factor, { shape }: Node): boolean =>
  labels.length === shape.length && labels.every((l, i) => l === i)

/** How many terms a sum has, its number among them. */
export function countTerms(node: Node): number {
  const { terms, constant } = asTerms(node)
  return terms.length + (isZero(constant) ? 0 : 1)
}

/** coefficient·node + constant */
export const shiftedBy = (g: Graph, node: Node, constant: Rational, coefficient: Rational = ONE): Node =>
  g.sum([{ coefficient, node }], constant, node.shape)

export const zero = (g: Graph): Node => g.constant(ZERO)
export const one = (g: Graph): Node => g.constant(ONE)

/** u where x > 0, else v; one of them where the range of x tells. */
export const whereAbove0 = (g: Graph, x: Node, u: Node, v: Node): Node =>
  isPositiveRange(x.range) ? u : x.range.hi <= 0 ? v : where(g, g.apply(gt, [x, g.constant(ZERO)]), u, v)

export const half = (g: Graph, node: Node): Node => g.scale(HALF, node)
export const square = (g: Graph, node: Node): Node => g.power(node, TWO)

/** e^u; where u is v − softplus(v), or −softplus(v), the sigmoid that it is. */
export function exponential(g: Graph, u: Node): Node {
  const { terms, constant } = asTerms(u)
  for (const t of terms) {
    if (t.node.kind !== 'apply' || t.node.op !== softplus || !t.coefficient.equals(MINUS_ONE)) continue
    const v = t.node.args[0]!
    const rest = g.sum(
      terms.filter((o) => o !== t),
      constant,
      u.shape,
    )
    if (constantValue(rest)?.equals(ZERO)) return g.stretch(g.apply(sigmoid, [g.negate(v)]), u.shape)
    if (rest === v) return g.apply(sigmoid, [v])
  }
  return g.apply(exp, [u])
}
