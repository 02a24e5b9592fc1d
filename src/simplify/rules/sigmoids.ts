import { MINUS_ONE, ONE, isOne } from '../../base/rational.ts'
import { type Node, peel } from '../../graph/node.ts'
import { sigmoid } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { asFactors, oppositeSum } from '../terms.ts'

const isSigmoid = (node: Node): boolean => node.kind === 'apply' && node.op === sigmoid

export const sigmoids: readonly Rule[] = [
  row({
    name: 'sigmoid',
    zh: 'S 型函数的定义',
    law: '1/(1 + exp(u)) = sigmoid(-u)',
    named: true,
    example: 'param a[3]\nloss J = sum(a / (1 + exp(-2 * a))^2)',
  }),
  row({
    name: 'opposite sigmoid',
    zh: '反向 S 型函数',
    law: 'exp(u) * sigmoid(-u) = sigmoid(u)',
    example: 'param a[3]\nloss J = sum(exp(a) * sigmoid(-a)) + sum(exp(-a) * sigmoid(a)^3)',
  }),
  row({
    name: 'quotient by two exponentials',
    zh: '除以两个指数之和',
    law: 'exp(u) / (exp(u) + exp(v)) = sigmoid(u - v)',
    finite: true,
    trial: true,
    named: true,
    example: 'param a, b, c\nloss J = c * exp(a) / (2 * exp(a) + 2 * exp(b))',
  }),
  row({
    name: 'odds',
    zh: '几率',
    law: ['sigmoid(u) / sigmoid(-u) = exp(u)', 'sigmoid(u) / (1 - sigmoid(u)) = exp(u)'],
    reading: true,
    finite: true,
    trial: true,
    example: 'param a, b\np = sigmoid(a)\nloss J = b * p / (1 - p) + exp(b * sigmoid(-b) / sigmoid(b))',
  }),
  row({
    name: 'sigmoid and its complement',
    zh: 'S 型函数与其补',
    law: [
      'sigmoid(-u) / (1 - sigmoid(u)) = 1',
      'sigmoid(-u) * (1 + exp(u)) = 1',
      '(1 - sigmoid(u)) * (1 + exp(u)) = 1',
    ],
    example: 'param a, b\np = sigmoid(a)\nloss J = b * sigmoid(-a) / (1 - p)^2',
  }),
  {
    name: 'opposite sigmoids in a sum',
    zh: '和中的反向 S 型函数',
    on: 'sum',
    law: 'σ(−u) = 1 − σ(u), where terms then collect',
    reading: true,
    example: 'param a, y\nloss J = (1 - y) * sigmoid(a) - y * sigmoid(-a)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum') return undefined
      const { g } = c
      const sigmoids = new Map<Node, Node>()
      for (const t of node.args)
        for (const f of asFactors(t).factors)
          if (isSigmoid(peel(f.node))) sigmoids.set(peel(f.node).args[0]!, f.node)
      for (const [u, s] of sigmoids) {
        const opposite = sigmoids.get(g.negate(u))
        if (!opposite || s.kind === 'equation') continue
        const complement = g.sum([{ coefficient: MINUS_ONE, node: opposite }], ONE, opposite.shape)
        const terms = node.args.map((t, i) => {
          const { coefficient, factors } = asFactors(t)
          const replaced = factors.map((f) => (f.node === s ? { ...f, node: complement } : f))
          const axes = t.shape.map((_, k) => k)
          return { coefficient: node.coefficients[i]!, node: g.product(coefficient, replaced, axes, t.shape) }
        })
        const shorter = ifShorter(c, node, g.sum(terms, node.constant, node.shape))
        if (shorter) return shorter
      }
      return undefined
    },
  },
  row({
    // A name for σ(u) is worth keeping; written out, the complement is one function less.
    name: 'complement of a sigmoid',
    zh: 'S 型函数的补',
    law: '1 - sigmoid(u) = sigmoid(-u)',
    trial: true,
    example: 'param a, y\nloss J = y * (1 - sigmoid(a))',
  }),
  row({
    name: 'softplus of a negation',
    zh: '相反数的 softplus',
    law: 'softplus(u) - softplus(-u) = u',
    reading: true,
    example: 'param a\nloss J = softplus(a) - softplus(-a)',
  }),
  {
    // That hyperparameters which scale a value are not 0 is taken for granted, as in a book.
    name: 'complement of a named multiple',
    zh: '已命名倍数的补',
    on: 'sigmoid',
    law: 'σ(−u) = 1 − f/k where the program says f = k·σ(u), k ≠ 0',
    reading: true,
    finite: true,
    example: 'input k : positive\nparam a, b\nf = k * sigmoid(a * b + 1)\nloss J = f * sigmoid(-a * b - 1)',
    trial: true,
    rewrite: (node, c) => {
      const { g } = c
      const u = node.args[0]!
      const opposite = g.apply(sigmoid, [u.kind === 'sum' ? oppositeSum(g, u) : g.negate(u)])
      for (const { equation, exponent, coefficient, rest, axes, mayVanish } of c.solutions(opposite, node)) {
        const inPlace = axes.every((axis, i) => axis === i) && axes.length === node.shape.length
        const granted = mayVanish.every((f) => f.node.kind === 'symbol' && f.node.symbol.role === 'hyper')
        if (!isOne(exponent) || !inPlace || !granted) continue
        const own = node.shape.map((_, i) => i)
        const ratio = g.product(
          coefficient.inverse(),
          [
            { node: equation, labels: own, exponent: ONE },
            ...rest.map((f) => ({ ...f, exponent: f.exponent.neg() })),
          ],
          own,
          node.shape,
        )
        const shorter = ifShorter(c, node, g.sum([{ coefficient: MINUS_ONE, node: ratio }], ONE, node.shape))
        if (shorter) return shorter
      }
      return undefined
    },
  },
]
