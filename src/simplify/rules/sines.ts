import { ONE, TWO, isInteger, isOne } from '../../base/rational.ts'
import { type Graph, type Term, factorsOf, termsOf } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { isNonnegativeRange } from '../../graph/range.ts'
import { cos, sin } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import { asFactors, withFactors } from '../terms.ts'

/** sin²u or cos²u as a factor: the other one, and the rest of the term. */
function squaredSine(g: Graph, t: Term): { other: Node; rest: Node } | undefined {
  const { factors } = asFactors(t.node)
  const f = factors.find(
    (h) => h.node.kind === 'apply' && (h.node.op === sin || h.node.op === cos) && h.exponent.equals(2),
  )
  if (f?.node.kind !== 'apply') return undefined
  const axes = t.node.shape.map((_, i) => i)
  const put = (node: Node): Node =>
    g.product(ONE, [...factors.filter((h) => h !== f), { ...f, node }], axes, t.node.shape)
  return {
    other: put(g.apply(f.node.op === sin ? cos : sin, [f.node.args[0]!])),
    rest: g.product(
      ONE,
      factors.filter((h) => h !== f),
      axes,
      t.node.shape,
    ),
  }
}

export const sinesAndRoots: readonly Rule[] = [
  {
    name: 'Pythagoras',
    zh: '平方关系',
    on: 'sum',
    law: 'sin²u + cos²u = 1, 1 − cos²u = sin²u',
    example: 'param a, b\nloss J = b * sin(a)^2 + b * cos(a)^2 + exp(b) * (1 - cos(b)^2)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum') return undefined
      const terms = termsOf(node)
      for (const t of terms) {
        const square = squaredSine(c.g, t)
        if (!square) continue
        // sin² with cos² is the rest; a multiple of the rest takes the place of the one by the other.
        const candidate = c.g.sum(
          [
            ...terms.filter((o) => o !== t),
            { coefficient: t.coefficient, node: square.rest },
            { coefficient: t.coefficient.neg(), node: square.other },
          ],
          node.constant,
          node.shape,
        )
        const shorter = ifShorter(c, node, candidate)
        if (shorter) return shorter
      }
      return undefined
    },
  },
  {
    name: 'double angle',
    zh: '二倍角公式',
    on: 'product',
    law: '2·sin u·cos u = sin 2u',
    example: 'param a, b\nloss J = 2 * b * sin(a) * cos(a)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const f of factors) {
        if (f.node.kind !== 'apply' || f.node.op !== sin || !isOne(f.exponent)) continue
        const other = c.g.apply(cos, [f.node.args[0]!])
        const h = factors.find(
          (o) => o.node === other && isOne(o.exponent) && o.labels.join() === f.labels.join(),
        )
        if (!h) continue
        const both = c.g.apply(sin, [c.g.scale(TWO, f.node.args[0]!)])
        return ifShorter(
          c,
          node,
          withFactors(
            c.g,
            node,
            [...factors.filter((o) => o !== f && o !== h), { ...f, node: both }],
            node.coefficient.div(2),
          ),
        )
      }
      return undefined
    },
  },
  {
    name: 'product of roots',
    zh: '根式之积',
    on: 'product',
    law: '√u·√v = √(u·v) for u, v ≥ 0',
    example: 'param a\nloss J = a / (sqrt(2) * sqrt(pi))',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const f of factors) {
        if (isInteger(f.exponent) || !isNonnegativeRange(f.node.range)) continue
        const same = factors.filter(
          (h) =>
            h.exponent.equals(f.exponent) &&
            h.labels.join() === f.labels.join() &&
            isNonnegativeRange(h.node.range),
        )
        if (same.length < 2) continue
        const joined = c.g.multiply(...same.map((h) => h.node))
        return ifShorter(
          c,
          node,
          withFactors(c.g, node, [...factors.filter((h) => !same.includes(h)), { ...f, node: joined }]),
        )
      }
      return undefined
    },
  },
]
