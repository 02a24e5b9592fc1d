/** What is done with the branches of a case. */
import { ZERO, isOne } from '../../base/rational.ts'
import { type Graph, factorsOf, isZeroNode } from '../../graph/graph.ts'
import { type ApplyNode, type EquationNode, type Node, isPureProduct } from '../../graph/node.ts'
import { select } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { asFactors, asTerms, widenTo, withFactors } from '../terms.ts'
import { multiplyOut } from './cancelling.ts'

const isSelect = (node: Node): node is ApplyNode => node.kind === 'apply' && node.op === select

/** What a named value is where its condition holds, or where it does not: a sum as far as it can be written as one. */
function branchOf(g: Graph, { body }: EquationNode, condition: Node, position: 1 | 2): Node | undefined {
  const { coefficient, factors } = asFactors(body)
  const f = factors.find((h) => isSelect(h.node) && h.node.args[0] === condition && isOne(h.exponent))
  if (!f) return undefined
  const branch = f.node.args[position]!
  const value = g.product(
    coefficient,
    factors.map((h) =>
      h === f ? { ...h, node: branch, labels: branch.shape.map((_, i) => h.labels[i]!) } : h,
    ),
    body.shape.map((_, i) => i),
    body.shape,
  )
  return value.kind === 'product' ? (multiplyOut(g, value) ?? value) : value
}

/** The terms of a value in terms of `name`, where that is `known`: t = q·(name − the rest of it) for each t = q·(a term of it). */
function* inTermsOf(g: Graph, value: Node, name: Node, known: Node): Generator<Node> {
  for (const t of asTerms(value).terms)
    for (const own of asTerms(known).terms) {
      const whole = asFactors(t.node)
      const part = asFactors(own.node)
      let left = whole.factors
      const all = part.factors.every((f) => {
        const h = left.find((o) => o.node === f.node && o.exponent.equals(f.exponent))
        left = left.filter((o) => o !== h)
        return h !== undefined
      })
      if (!all || part.factors.length === 0) continue
      const quotient = g.product(
        whole.coefficient.mul(t.coefficient).div(part.coefficient.mul(own.coefficient)),
        left,
        value.shape.map((_, i) => i),
        value.shape,
      )
      const difference = g.subtract(name, known)
      const opened = g.multiply(quotient, difference)
      yield g.add(value, opened.kind === 'product' ? (multiplyOut(g, opened) ?? opened) : opened)
    }
}

export const branches: readonly Rule[] = [
  row({
    // A factor that is infinite or NaN where its branch is not taken must not meet the zero.
    name: 'factor into the branch',
    zh: '因子移入分支',
    law: [
      'where(c, u, 0) * v = where(c, u * v, 0) where v : varying',
      'where(c, 0, u) * v = where(c, 0, u * v) where v : varying',
    ],
    exact: true,
    example: 'param a[3], b[3]\nloss J = sum(where(a < b, a, 0) * b * exp(a))',
  }),
  {
    name: 'vector into the branch',
    zh: '向量移入分支',
    on: 'product',
    law: 'where(c, 1, 0)·v = where(c, v, 0) for a scalar condition',
    example: 'param a[3], b\nloss J = sum(tanh(where(b > 0, 1, 0) * 2 * exp(a)))',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product' || !isPureProduct(node)) return undefined
      const { g } = c
      const factors = factorsOf(node)
      const f = factors.find((h) => isSelect(h.node) && h.labels.length === 0 && isOne(h.exponent))
      if (!f || !f.node.args.slice(1).some(isZeroNode)) return undefined
      const rest = withFactors(
        g,
        node,
        factors.filter((h) => h !== f),
      )
      const [condition, u, v] = f.node.args as [Node, Node, Node]
      const branches = [u, v].map((b) => (isZeroNode(b) ? g.constant(ZERO) : g.multiply(b, rest)))
      return ifShorter(c, node, g.apply(select, [condition, ...branches]))
    },
  },
  row({
    name: 'number out of a branch',
    zh: '数移出分支',
    law: [
      'where(c, u^n * v, 0) = u^n * where(c, v, 0) where u : fixed',
      'where(c, 0, u^n * v) = u^n * where(c, 0, v) where u : fixed',
      'where(c, u^n, 0) = u^n * where(c, 1, 0) where u : fixed',
      'where(c, 0, u^n) = u^n * where(c, 0, 1) where u : fixed',
    ],
    example: 'dim n\nparam a[n], b[n]\nloss J = sum(where(a < b, a * b / n, 0))',
  }),
  {
    name: 'branch of a named value',
    zh: '用已命名的值表示分支',
    on: 'select',
    law: 'where(c, u, a·eᶻ) = where(c, u, f + a) where the program says f = where(c, v, a·eᶻ − a)',
    reading: true,
    finite: true,
    example: 'param a, z\nf = where(z > 0, z, a * (exp(z) - 1))\nloss J = where(z > 0, 1, a * exp(z)) * f',
    trial: true,
    rewrite: (node, c) => {
      const { g } = c
      const [condition, ...branches] = node.args as [Node, Node, Node]
      for (const f of c.named(condition, node))
        for (const position of [1, 2] as const) {
          const value = branches[position - 1]!
          const known = branchOf(g, f, condition, position)
          if (!known || value.shape.length !== known.shape.length) continue
          for (const other of inTermsOf(g, value, f, known)) {
            const chosen = position === 1 ? [condition, other, branches[1]] : [condition, branches[0], other]
            const shorter = ifShorter(c, node, widenTo(g, g.apply(select, chosen), node.shape))
            if (shorter) return shorter
          }
        }
      return undefined
    },
  },
]
