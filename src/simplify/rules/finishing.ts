import { ONE } from '../../base/rational.ts'
import { type Term, termsOf } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { ifShorter } from '../ask.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { asFactors } from '../terms.ts'
import { commonFactor } from './algebra.ts'

const MOST_TERMS = 24

/**
 * What comes last, by itself: what some of the terms share may hide what all of them do, and what they have in common
 * with others. After it nothing is multiplied out again: Horner's form is what it leaves.
 */
export const finishing: readonly Rule[] = [
  {
    name: 'common factor of some terms',
    zh: '部分项提取公因式',
    on: 'sum',
    law: 'a·b + a·c + d = a·(b + c) + d',
    example: 'param a, b, c\nloss J = exp(a) * b + exp(a) * c + b * c + 1',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || node.args.length > MOST_TERMS) return undefined
      const terms = termsOf(node)
      const factors = new Map<Node, Term[]>()
      for (const t of terms)
        for (const f of new Set(asFactors(t.node).factors.map((h) => h.node)))
          factors.set(f, [...(factors.get(f) ?? []), t])
      const groups = new Map(
        [...factors.values()].map((group) => [group.map((t) => t.node.id).join(), group]),
      )
      let best: Node | undefined
      for (const group of groups.values()) {
        const joined = group.length > 1 ? commonFactor(c.g, group, node.shape) : undefined
        if (!joined) continue
        const rest = terms.filter((t) => !group.includes(t))
        const sum = c.g.sum([...rest, { coefficient: ONE, node: joined }], node.constant, node.shape)
        const shorter = ifShorter(c, best ?? node, sum)
        if (shorter) best = shorter
      }
      return best
    },
  },
  row({
    // The logarithm of a probability that is 0 in doubles is −∞: code goes on with the softplus.
    name: 'logarithm of a named sigmoid',
    zh: '已命名 S 型函数的对数',
    law: 'softplus(u) = -log(sigmoid(-u))',
    finite: true,
    trial: true,
    example: 'param a, b\np = sigmoid(a * b)\nloss J = softplus(-a * b) * p',
  }),
]
