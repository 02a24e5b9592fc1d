import { ONE } from '../../base/rational.ts'
import type { Factor, Graph } from '../../graph/graph.ts'
import { type Node, type ProductNode } from '../../graph/node.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { oriented } from '../symmetric.ts'
import { isSumOfOne } from '../terms.ts'

/** Facts that the program declares: entries that sum to 1, entries that are 0 or 1. */
export const assumptions: readonly Rule[] = [
  {
    name: 'entries sum to one',
    zh: '分量之和为 1',
    on: 'product',
    law: 'Σₖ yₖ = 1 for a distribution y',
    example: 'param a\ntarget y[2, 3] : simplex\nloss J = a * sum(y)',
    rewrite: (node, { g }) => {
      if (!isSumOfOne(node)) return undefined
      const y = node.args[0]!
      if (y.kind !== 'symbol' || !(y.symbol.assumptions.has('onehot') || y.symbol.assumptions.has('simplex')))
        return undefined
      const labels = node.labels[0]!
      const last = labels[labels.length - 1]!
      if (last < node.shape.length || labels.filter((l) => l === last).length > 1) return undefined
      const ones = g.full(ONE, y.shape.slice(0, -1))
      return withoutLabel(g, node, { node: ones, labels: labels.slice(0, -1), exponent: ONE }, last)
    },
  },
  {
    name: 'symmetric matrix',
    zh: '对称矩阵',
    on: 'product',
    law: 'Bᵀ = B for a symmetric B',
    example: 'param a[3], b[3]\ninput S[3, 3] : symmetric\nloss J = a @ S @ b + a @ S.T @ b',
    rewrite: (node, { g }) => (node.kind === 'product' ? oriented(g, node) : undefined),
  },
  row({
    name: 'power of zero or one',
    zh: '0 与 1 的幂',
    law: 'y^n = y where n > 0, y : binary',
    example: 'param a[3]\ntarget y[3] : onehot\nloss J = sum(a * y^2)',
  }),
]

/** The contraction with its one factor replaced and one summed label gone for good. */
function withoutLabel(g: Graph, node: ProductNode, factor: Factor, gone: number): Node {
  const rank = node.shape.length
  const others = node.extents
    .slice(rank)
    .flatMap((extent, i) =>
      rank + i === gone ? [] : [{ node: g.full(ONE, [extent]), labels: [rank + i], exponent: ONE }],
    )
  return g.product(
    node.coefficient,
    [factor, ...others],
    node.shape.map((_, i) => i),
    node.shape,
  )
}
