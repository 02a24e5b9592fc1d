import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { log, lse } from '../../ops/index.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { splitAlong } from '../terms.ts'

/** log Σ exp(w) = rest + logsumexp(varying). */
function logOfSum(g: Graph, w: Node, axes: readonly number[]): Node {
  const { varying, rest } = splitAlong(g, w, axes)
  const shape = w.shape.filter((_, i) => !axes.includes(i))
  const parts = [
    ...(varying ? [g.reduce(lse, varying, axes)] : [g.apply(log, [g.count(w.shape, axes)])]),
    ...(rest ? [rest] : []),
  ]
  return g.addAll(
    parts.map((p) => (p.shape.length === shape.length ? p : g.stretch(p, shape))),
    shape,
  )
}

export const exponentials: readonly Rule[] = [
  row({
    name: 'exponential of a logarithm',
    zh: '对数的指数',
    law: 'exp(log(u)) = u',
    example: 'param a\nloss J = exp(log(a)) * 2',
  }),
  row({
    name: 'exponential of a softplus',
    zh: 'softplus 的指数',
    law: ['exp(softplus(u)) = 1 + exp(u)', 'exp(-softplus(u)) = sigmoid(-u)'],
    example: 'param a, b\nloss J = b * exp(softplus(a)) + exp(-softplus(b))',
  }),
  row({
    name: 'exponential of zero',
    zh: '零的指数',
    law: 'exp(0) = 1',
    example: 'param a[3]\nloss J = sum(a * exp(a - a))',
  }),
  row({
    name: 'product of exponentials',
    zh: '指数之积',
    law: ['exp(u)^n = exp(n * u)', 'exp(u) * exp(v)^n = exp(u + n * v)'],
    example: 'param a[3], b\nloss J = sum(exp(a) * exp(b) / exp(2 * a))',
  }),
  row({
    // With an exponential beside it, the quotient is a softmax: exp(z − lse z), which cannot overflow.
    name: 'normalised exponential',
    zh: '归一化的指数',
    law: 'exp(u) / sum(exp(z)) = exp(u - logsumexp(z))',
    named: true,
    example: 'param a[2, 3], c[2, 3]\nu = exp(a) / sum(exp(a), axis=1)\nloss J = sum(c * u)',
  }),
  row({
    name: 'sum of a softmax',
    zh: 'softmax 之和为 1',
    law: 'sum(exp(z - logsumexp(z))) = 1',
    example: 'param a[3], b\nloss J = b * sum(exp(a - logsumexp(a)))',
  }),
  {
    name: 'shift of logsumexp',
    zh: 'logsumexp 的平移',
    on: 'lse',
    law: 'logsumexp(z + c) = logsumexp(z) + c',
    example: 'param a[3], b\nloss J = logsumexp(a + 2 * b + 1)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'apply') return undefined
      const { rest } = splitAlong(g, node.args[0]!, node.axes)
      return rest ? logOfSum(g, node.args[0]!, node.axes) : undefined
    },
  },
  row({
    name: 'logarithm of an exponential',
    zh: '指数的对数',
    law: 'log(exp(u)) = u',
    example: 'param a[3]\nu = exp(a)\nloss J = sum(log(u) * a)',
  }),
  row({
    name: 'logarithm of a sum of exponentials',
    zh: '指数之和的对数',
    law: 'log(sum(exp(z))) = logsumexp(z)',
    example: 'param a[3], b\nloss J = log(sum(exp(a + b)))',
  }),
  row({
    name: 'logarithm of a sigmoid',
    zh: 'S 型函数的对数',
    law: 'log(sigmoid(u)) = -softplus(-u)',
    example: 'param a[3]\np = sigmoid(a)\nloss J = sum(log(p))',
  }),
  row({
    name: 'logarithm of the opposite sigmoid',
    zh: '反向 S 型函数的对数',
    law: 'log(1 - sigmoid(u)) = -softplus(u)',
    example: 'param a[3]\np = sigmoid(a)\nloss J = sum(log(1 - p))',
  }),
  row({
    name: 'softplus',
    zh: 'softplus 的定义',
    law: 'log(1 + exp(u)) = softplus(u)',
    example: 'param a[3]\nloss J = sum(log(1 + exp(a)))',
  }),
  row({
    // Only where a part has a logarithm that is simpler: a log of a product costs less than a sum of logs.
    name: 'logarithm of a product',
    zh: '积的对数',
    law: [
      'log(exp(u)^n * v) = n * u + log(v)',
      'log(sigmoid(u)^n * v) = n * log(sigmoid(u)) + log(v)',
      'log((1 - sigmoid(u))^n * v) = n * log(1 - sigmoid(u)) + log(v)',
      'log((1 + exp(u))^n * v) = n * log(1 + exp(u)) + log(v)',
      'log(sum(exp(z))^n * v) = n * log(sum(exp(z))) + log(v)',
      'log(u^n) = n * log(u) where u > 0',
      'log(u^n) = n * log(u) where n : odd',
      'log(u^n) = n * log(u) where n : fraction',
    ],
    example: 'param a[3], b[3]\nloss J = sum(log(2 * sigmoid(a) * exp(a)^(1/2))) + sum(log(b^3 * exp(a)))',
  }),
  row({
    name: 'logarithm of one',
    zh: '1 的对数',
    law: 'log(1) = 0',
    example: 'param a[3]\nloss J = sum(a * log(exp(a - a)))',
  }),
]
