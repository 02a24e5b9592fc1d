import { HALF, MINUS_ONE, ONE, TWO, ZERO } from '../../base/rational.ts'
import { type Graph, factorsOf } from '../../graph/graph.ts'
import { type Node, type ProductNode, isContraction, peel } from '../../graph/node.ts'
import { abs, finite, gt, reducemax, stretchBack, where } from '../../ops/index.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { withFactors } from '../terms.ts'
import { normOf } from './zeros.ts'

/** The norm over the axes that `sum`, Σ x², sums over, by entries of at most 1: no square overflows or vanishes. */
function scaledNorm(g: Graph, sum: ProductNode): Node {
  const x = sum.args[0]!
  const labels = sum.labels[0]!
  const axes = labels.flatMap((l, axis) => (l >= sum.shape.length ? [axis] : []))
  const greatest = g.reduce(reducemax, g.apply(abs, [x]), axes)
  // Of nothing but zeros, and of infinities, the entries are what they are.
  const m = finite(g, where(g, g.apply(gt, [greatest, g.constant(ZERO)]), greatest, g.constant(ONE)), ONE)
  const scaled = g.equation('', g.multiply(x, g.power(stretchBack(g, m, x, axes), MINUS_ONE)))
  return g.equation('', g.multiply(m, g.power(g.sumOver(g.power(scaled, TWO), axes), HALF)))
}

/** A sum of squares that nothing has scaled: names without letters are this phase's own. */
const isBare = (sum: Node): sum is ProductNode =>
  sum.kind === 'product' &&
  isContraction(sum) &&
  !(sum.args[0]!.kind === 'equation' && sum.args[0]!.name === '') &&
  // The axes that stay are in their order.
  sum.labels[0]!.filter((l) => l < sum.shape.length).every((l, i) => l === i)

export const normRules: readonly Rule[] = [
  {
    name: 'scaled norm',
    zh: '缩放后的范数',
    on: 'product',
    law: '√(Σx²) = m·√(Σ(x/m)²), m = max |x|',
    example: 'param a[3], b[2, 3]\nloss J = norm(a) + sum(a^2)^(3/2) + sum(sum(b^2, axis=2)^(-1/2))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const root = factors.find((f) => {
        const sum = peel(f.node)
        return f.exponent.d === 2n && normOf(sum)?.degree === 2 && isBare(sum)
      })
      if (!root) return undefined
      const norm = {
        ...root,
        node: scaledNorm(g, peel(root.node) as ProductNode),
        exponent: root.exponent.mul(2),
      }
      return withFactors(
        g,
        node,
        factors.map((f) => (f === root ? norm : f)),
      )
    },
  },
  row({
    name: 'root of a square',
    zh: '平方的根',
    law: '(k * u^2)^p = k^p * abs(u)^(2 * p) where k > 0, p : half',
    named: true,
    example: 'param a[3], b\nloss J = sum(b * sqrt(9 * a^2)) + sum((2 * a^2)^(3/2))',
  }),
]
