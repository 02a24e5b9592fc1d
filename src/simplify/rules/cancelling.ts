import { ONE, isInteger, isNegative, isOne, isPositive, times } from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../../graph/graph.ts'
import { type Node, type ProductNode } from '../../graph/node.ts'
import { ifShorter } from '../ask.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { asFactors, asTerms, withFactors } from '../terms.ts'

/** More terms than this are never multiplied out: what is meant to become simpler must not first explode. */
export const MOST_EXPANDED = 24

/** Product of sums → sum of products, for the sums that stand as plain factors; undefined if there is none. */
export function multiplyOut(
  g: Graph,
  node: ProductNode,
  chosen: (sum: Node) => boolean = () => true,
  most = MOST_EXPANDED,
  views = false,
): Node | undefined {
  const factors = factorsOf(node)
  const isPlainSum = (f: Factor): boolean =>
    f.node.kind === 'sum' &&
    chosen(f.node) &&
    isInteger(f.exponent) &&
    isPositive(f.exponent) &&
    f.exponent.compare(4) <= 0
  const sums = factors.filter(isPlainSum)
  if (sums.length === 0) return undefined
  // A multiple of a sum is in normal form; a view or a sum of one is another matter.
  const [only] = sums
  if (factors.length === 1 && isOne(only!.exponent) && (!views || isIdentity(only!, node))) return undefined
  let parts: { coefficient: typeof ONE; factors: Factor[] }[] = [
    { coefficient: node.coefficient, factors: factors.filter((f) => !sums.includes(f)) },
  ]
  for (const s of sums) {
    const { terms, constant } = asTerms(s.node)
    for (let n = 0; n < s.exponent.valueOf(); n++) {
      if (parts.length * (terms.length + 1) > most) return undefined
      parts = parts.flatMap((p) => [
        ...terms.map((t) => ({
          coefficient: times(p.coefficient, t.coefficient),
          factors: [
            ...p.factors,
            { node: t.node, labels: t.node.shape.length === 0 ? [] : s.labels, exponent: ONE },
          ],
        })),
        ...(constant.equals(0) ? [] : [{ coefficient: times(p.coefficient, constant), factors: p.factors }]),
      ])
    }
  }
  return g.addAll(
    parts.map((p) => withFactors(g, node, p.factors, p.coefficient)),
    node.shape,
  )
}

const isIdentity = (f: Factor, node: ProductNode): boolean =>
  f.labels.length === node.shape.length &&
  node.extents.length === node.shape.length &&
  f.labels.every((l, i) => l === i)

/** The sums with a term that a factor outside them cancels. */
function cancelling(node: ProductNode): Set<Node> {
  const outside = new Map<Node, boolean>()
  node.args.forEach((a, i) => outside.set(a, isNegative(node.exponents[i]!)))
  const cancels = (f: Factor): boolean =>
    outside.has(f.node) && outside.get(f.node) !== isNegative(f.exponent)
  return new Set(
    node.args.filter(
      (sum) => sum.kind === 'sum' && sum.args.some((term) => asFactors(term).factors.some(cancels)),
    ),
  )
}

/** What makes factors vanish: before anything else changes how they look. */
export const cancellation: readonly Rule[] = [
  row({
    name: 'cancel',
    zh: '约分',
    law: 'x^m * x^n = x^(m + n) where m > 0, n < 0',
    named: true,
    example: 'param a[3], b[3]\np = sigmoid(a)\nloss J = sum(b * p / (p * p))',
  }),
  {
    name: 'multiply out to cancel',
    zh: '展开后约分',
    on: 'product',
    law: 'x·(u/x + v) = u + x·v',
    example: 'param a, y\np = sigmoid(a)\nloss J = p * (y / p + a)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const sums = cancelling(node)
      return sums.size > 0
        ? ifShorter(
            c,
            node,
            multiplyOut(c.g, node, (sum) => sums.has(sum)),
          )
        : undefined
    },
  },
]
