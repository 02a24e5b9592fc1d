import { MINUS_ONE, ONE } from '../../base/rational.ts'
import { termsOf } from '../../graph/graph.ts'
import { type ApplyNode, type Node, peel } from '../../graph/node.ts'
import { sigmoid } from '../../ops/index.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { SIDES } from './parts.ts'

/*
 * Differences that cancel although what they are is known without a difference: 1 − σ(u), 1 − tanh²(u). Formulas keep
 * them, for they are short and in terms of values that have names.
 */

const isSigmoid = (node: Node): node is ApplyNode => node.kind === 'apply' && node.op === sigmoid

export const complementRules: readonly Rule[] = [
  row({
    name: 'complement of a sigmoid',
    zh: 'S 型函数的补',
    law: ['1 - sigmoid(u) = sigmoid(-u)', 'k * sigmoid(u) + v * sigmoid(u) = (k + v) * sigmoid(u)'],
    named: true,
    example:
      'param a[3], b\nloss J = sum(b * (1 - sigmoid(a)) + a - a * sigmoid(a)^2 + b * (sigmoid(a) + a * sigmoid(a) - a * sigmoid(a)^2))',
  }),
  row({
    name: 'complement of a squared tanh',
    zh: '双曲正切平方的补',
    law: '1 - tanh(u)^2 = sechsquare(u)',
    named: true,
    example: 'param a[3], b\nloss J = sum(b * (1 - tanh(a)^2))',
  }),
  row({
    name: 'complement of erf',
    zh: '误差函数的补',
    law: ['1 - erf(u) = erfc(u)', '1 + erf(u) = erfc(-u)'],
    named: true,
    example: 'param a[3], b\nloss J = sum(b * (1 - erf(a)) + a^2 + a^2 * erf(a))',
  }),
  row({
    name: 'normal distribution',
    zh: '正态分布函数',
    law: 'erfc(-u / sqrt(2)) = 2 * phi(u)',
    example: 'param a[3]\nloss J = sum(a * (1 - erf(-a / sqrt(2))))',
  }),
  row({
    name: 'difference of exponentials',
    zh: '指数函数之差',
    law: 'exp(u) - exp(v) = expdifference(u, v)',
    named: true,
    example: 'param a, b\nloss J = (exp(a) - exp(b)) * a',
  }),
  row({
    name: 'difference of cosines',
    zh: '余弦之差',
    law: 'cos(u) - cos(v) = -2 * sin((u + v) / 2) * sin((u - v) / 2)',
    named: true,
    example: 'param a, b\nloss J = (cos(a) - cos(b)) * a',
  }),
  row({
    name: 'slope of a sigmoid',
    zh: 'S 型函数的导数',
    law: 'sigmoid(u) * sigmoid(-u) = large * small where u : upright',
    named: true,
    parts: SIDES,
    example: 'param a[3], b\nloss J = sum(b * sigmoid(a)^2 * sigmoid(-a))',
  }),
  row({
    name: 'exponential of a square',
    zh: '平方的指数',
    law: [
      'exp(-u^2) = expminussquare(u)',
      'exp(-4 * u^2) = expminussquare(2 * u)',
      'exp(-u^2 / 2) = expminushalfsquare(u)',
      'exp(-2 * u^2) = expminushalfsquare(2 * u)',
    ],
    example: 'param a[3]\nloss J = sum(exp(-a^2 / 2)) + sum(exp(-(2 * a)^2))',
  }),
]

/**
 * Targets that are probabilities: where p is nearly y, the difference of a sigmoid to it cancels. (Other targets are
 * numbers that have been measured, and p − y is what it says.)
 */
export const errorRules = (isProbability: (target: Node) => boolean): readonly Rule[] => [
  {
    name: 'error of a sigmoid',
    zh: 'S 型函数的误差',
    on: 'sum',
    law: 'σ(u) − y = (1 − y)·σ(u) − y·σ(−u) for a target y that is a probability',
    example: 'param a[3]\ntarget y[3] : binary\nloss J = sum(a * (sigmoid(a) - y))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'sum') return undefined
      const terms = termsOf(node)
      for (const p of terms) {
        const s = peel(p.node)
        if (!isSigmoid(s)) continue
        const y = terms.find(
          ({ node: n, coefficient }) =>
            n.kind === 'symbol' &&
            n.symbol.role === 'target' &&
            isProbability(n) &&
            coefficient.equals(p.coefficient.neg()),
        )
        if (!y) continue
        const opposite = g.apply(sigmoid, [g.negate(s.args[0]!)])
        const rest = g.sum([{ coefficient: MINUS_ONE, node: y.node }], ONE, y.node.shape)
        return g.sum(
          [
            ...terms.filter((t) => t !== p && t !== y),
            { coefficient: p.coefficient, node: g.multiply(rest, p.node) },
            { coefficient: y.coefficient, node: g.multiply(y.node, opposite) },
          ],
          node.constant,
          node.shape,
        )
      }
      return undefined
    },
  },
]
