import { ONE, type Rational, ZERO, isInteger, isOne, isPositive } from '../../base/rational.ts'
import { type Factor, type Graph, constantValue, factorsOf } from '../../graph/graph.ts'
import { type ApplyNode, type Node, isContraction, isPureProduct, peel } from '../../graph/node.ts'
import { isPositiveRange } from '../../graph/range.ts'
import { exp, log, lse, sigmoid, softplus } from '../../ops/index.ts'
import type { Rule } from '../rule.ts'
import { asFactors, asTerms, splitAlong, withFactors } from '../terms.ts'

export const is = (node: Node, name: string): node is ApplyNode =>
  node.kind === 'apply' && node.op.name === name

/** exp(u) as seen through names: u. */
export function exponentOf(node: Node): Node | undefined {
  const value = peel(node)
  return is(value, 'exp') ? value.args[0]! : undefined
}

/** Σ over axes of exp(w), as seen through names: w and the axes. */
function sumOfExponentials(node: Node): { exponent: Node; axes: number[] } | undefined {
  const value = peel(node)
  if (
    value.kind !== 'product' ||
    !isContraction(value) ||
    value.args.length !== 1 ||
    !isOne(value.exponents[0]!)
  )
    return undefined
  const labels = value.labels[0]!
  const rank = value.shape.length
  const exponent = exponentOf(value.args[0]!)
  if (
    !exponent ||
    new Set(labels).size !== labels.length ||
    value.args[0]!.shape.length !== exponent.shape.length
  )
    return undefined
  const kept = labels.filter((l) => l < rank)
  if (kept.some((l, i) => l !== i)) return undefined
  return { exponent, axes: labels.flatMap((l, axis) => (l >= rank ? [axis] : [])) }
}

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

/** 1 + exp(u), as seen through names: u. */
export function onePlusExp(node: Node): Node | undefined {
  const value = peel(node)
  if (
    value.kind !== 'sum' ||
    !isOne(value.constant) ||
    value.args.length !== 1 ||
    !isOne(value.coefficients[0]!)
  )
    return undefined
  return exponentOf(value.args[0]!)
}

/** 1 − x, as seen through names: x. */
export function oneMinus(node: Node): Node | undefined {
  const value = peel(node)
  if (
    value.kind !== 'sum' ||
    !isOne(value.constant) ||
    value.args.length !== 1 ||
    !value.coefficients[0]!.equals(-1)
  )
    return undefined
  return value.args[0]!
}

const scaled = (g: Graph, e: Rational, u: Node): Node => g.scale(e, u)

const isEven = (r: Rational): boolean => isInteger(r.div(2))

/** f(u) for a factor u[labels], as a factor with the same labels. */
export const like = (f: Factor, node: Node, exponent: Rational = ONE): Factor => ({
  node,
  labels: f.labels,
  exponent,
})

export const exponentials: readonly Rule[] = [
  {
    name: 'exponential of a logarithm',
    zh: '对数的指数',
    on: 'exp',
    law: 'exp(log u) = u',
    example: 'param a\nloss J = exp(log(a)) * 2',
    rewrite: (node) => {
      const u = peel(node.args[0]!)
      return is(u, 'log') ? u.args[0]! : undefined
    },
  },
  {
    name: 'exponential of a softplus',
    zh: 'softplus 的指数',
    on: 'exp',
    law: 'exp(softplus u) = 1 + exp u, exp(−softplus u) = σ(−u)',
    example: 'param a, b\nloss J = b * exp(softplus(a)) + exp(-softplus(b))',
    rewrite: (node, { g }) => {
      const u = peel(node.args[0]!)
      const opposite = u.kind === 'product' && u.args.length === 1 && u.coefficient.equals(-1)
      const inner = opposite && isOne(u.exponents[0]!) && isPureProduct(u) ? peel(u.args[0]!) : u
      if (!is(inner, 'softplus') || inner.shape.length !== node.shape.length) return undefined
      const v = inner.args[0]!
      return opposite
        ? g.apply(sigmoid, [g.negate(v)])
        : g.sum([{ coefficient: ONE, node: g.apply(exp, [v]) }], ONE, node.shape)
    },
  },
  {
    name: 'exponential of zero',
    zh: '零的指数',
    on: 'exp',
    law: 'exp 0 = 1',
    example: 'param a[3]\nloss J = sum(a * exp(a - a))',
    rewrite: (node, { g }) => (constantValue(node.args[0]!)?.equals(0) ? g.full(ONE, node.shape) : undefined),
  },
  {
    name: 'product of exponentials',
    zh: '指数之积',
    on: 'product',
    law: 'exp u · exp v = exp(u + v)',
    example: 'param a[3], b\nloss J = sum(exp(a) * exp(b) / exp(2 * a))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const candidates = factors.filter((f) => exponentOf(f.node))
      const anonymous = candidates.filter((f) => f.node.kind !== 'equation')
      for (const a of anonymous) {
        const u = exponentOf(a.node)!
        if (!isOne(a.exponent))
          return withFactors(
            g,
            node,
            factors.map((f) => (f === a ? like(a, g.apply(exp, [scaled(g, a.exponent, u)])) : f)),
          )
        // The other one may lack axes: it is stretched.
        const b = candidates.find(
          (f) =>
            f !== a &&
            f.labels.every((l) => a.labels.includes(l)) &&
            new Set(a.labels).size === a.labels.length,
        )
        if (!b) continue
        const v = g.product(
          b.exponent,
          [{ node: exponentOf(b.node)!, labels: b.labels.map((l) => a.labels.indexOf(l)), exponent: ONE }],
          a.labels.map((_, i) => i),
          a.node.shape,
        )
        return withFactors(
          g,
          node,
          factors.filter((f) => f !== b).map((f) => (f === a ? like(a, g.apply(exp, [g.add(u, v)])) : f)),
        )
      }
      return undefined
    },
  },
  {
    // With an exponential beside it, the quotient is a softmax: exp(z − lse z), which cannot overflow.
    name: 'normalised exponential',
    zh: '归一化的指数',
    on: 'product',
    law: 'exp u / Σ exp z = exp(u − logsumexp z)',
    example: 'param a[2, 3], c[2, 3]\nu = exp(a) / sum(exp(a), axis=1)\nloss J = sum(c * u)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const sum = factors.find((f) => !isPositive(f.exponent) && sumOfExponentials(f.node))
      if (
        !sum ||
        !factors.some((f) => f !== sum && exponentOf(f.node) && sum.labels.every((l) => f.labels.includes(l)))
      )
        return undefined
      const { exponent, axes } = sumOfExponentials(sum.node)!
      const merged = g.apply(exp, [scaled(g, sum.exponent, logOfSum(g, exponent, axes))])
      return withFactors(
        g,
        node,
        factors.map((f) => (f === sum ? like(sum, merged) : f)),
      )
    },
  },
  {
    name: 'sum of a softmax',
    zh: 'softmax 之和为 1',
    on: 'product',
    law: 'Σ exp(z − logsumexp z) = 1',
    example: 'param a[3], b\nloss J = b * sum(exp(a - logsumexp(a)))',
    rewrite: (node, c) => {
      const sum = node.kind === 'product' ? sumOfExponentials(node) : undefined
      if (!sum) return undefined
      const { g } = c
      const { rest } = splitAlong(g, sum.exponent, sum.axes)
      if (
        !rest ||
        !asTerms(rest).terms.some((t) => asFactors(t.node).factors.some((f) => is(peel(f.node), 'lse')))
      )
        return undefined
      const total = c.simplest(logOfSum(g, sum.exponent, sum.axes))
      return total && constantValue(total) ? g.apply(exp, [total]) : undefined
    },
  },
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
  {
    name: 'logarithm of an exponential',
    zh: '指数的对数',
    on: 'log',
    law: 'log(exp u) = u',
    example: 'param a[3]\nu = exp(a)\nloss J = sum(log(u) * a)',
    rewrite: (node) => exponentOf(node.args[0]!),
  },
  {
    name: 'logarithm of a sum of exponentials',
    zh: '指数之和的对数',
    on: 'log',
    law: 'log Σ exp z = logsumexp z',
    example: 'param a[3], b\nloss J = log(sum(exp(a + b)))',
    rewrite: (node, { g }) => {
      const sum = sumOfExponentials(node.args[0]!)
      return sum ? logOfSum(g, sum.exponent, sum.axes) : undefined
    },
  },
  {
    name: 'logarithm of a sigmoid',
    zh: 'S 型函数的对数',
    on: 'log',
    law: 'log σ(u) = −softplus(−u)',
    example: 'param a[3]\np = sigmoid(a)\nloss J = sum(log(p))',
    rewrite: (node, { g }) => {
      const u = peel(node.args[0]!)
      return is(u, 'sigmoid') ? g.negate(g.apply(softplus, [g.negate(u.args[0]!)])) : undefined
    },
  },
  {
    name: 'logarithm of the opposite sigmoid',
    zh: '反向 S 型函数的对数',
    on: 'log',
    law: 'log(1 − σ(u)) = −softplus(u)',
    example: 'param a[3]\np = sigmoid(a)\nloss J = sum(log(1 - p))',
    rewrite: (node, { g }) => {
      const a = oneMinus(node.args[0]!)
      const u = a ? peel(a) : undefined
      return u && is(u, 'sigmoid') ? g.negate(g.apply(softplus, [u.args[0]!])) : undefined
    },
  },
  {
    name: 'softplus',
    zh: 'softplus 的定义',
    on: 'log',
    law: 'log(1 + exp u) = softplus u',
    example: 'param a[3]\nloss J = sum(log(1 + exp(a)))',
    rewrite: (node, { g }) => {
      const u = onePlusExp(node.args[0]!)
      return u ? g.apply(softplus, [u]) : undefined
    },
  },
  {
    // Only where a part has a logarithm that is simpler: a log of a product costs less than a sum of logs.
    name: 'logarithm of a product',
    zh: '积的对数',
    on: 'log',
    law: 'log(u·v) = log u + log v for u > 0',
    example: 'param a[3], b[3]\nloss J = sum(log(2 * sigmoid(a) * exp(a)^(1/2))) + sum(log(b^3 * exp(a)))',
    rewrite: (node, { g }) => {
      const u = peel(node.args[0]!)
      if (u.kind !== 'product' || !isPureProduct(u)) return undefined
      const factors = factorsOf(u)
      const unknown = factors.filter((f) => !isPositiveRange(f.node.range))
      // The logarithm of the rest is defined where that of the whole is: one factor, but for an even power, is positive there.
      const single = unknown.length === 1 && isPositive(u.coefficient) && !isEven(unknown[0]!.exponent)
      const rest = single ? [] : unknown
      const positive = factors.filter((f) => !rest.includes(f))
      const simple = (n: Node): boolean =>
        exponentOf(n) !== undefined ||
        is(peel(n), 'sigmoid') ||
        is(peel(oneMinus(n) ?? n), 'sigmoid') ||
        sumOfExponentials(n) !== undefined ||
        onePlusExp(n) !== undefined
      if (rest.length === 0 && !isPositive(u.coefficient)) return undefined
      if (
        !positive.some((f) => simple(f.node)) &&
        !(positive.length === 1 && isOne(u.coefficient) && rest.length === 0)
      )
        return undefined
      const axes = node.shape.map((_, i) => i)
      const logs = positive.map((f) =>
        g.product(
          f.exponent,
          [{ node: g.apply(log, [f.node]), labels: f.labels, exponent: ONE }],
          axes,
          node.shape,
        ),
      )
      if (rest.length > 0) logs.push(g.apply(log, [withFactors(g, u, rest)]))
      else if (!isOne(u.coefficient)) logs.push(g.apply(log, [g.constant(u.coefficient)]))
      return g.addAll(logs, node.shape)
    },
  },
  {
    name: 'logarithm of one',
    zh: '1 的对数',
    on: 'log',
    law: 'log 1 = 0',
    example: 'param a[3]\nloss J = sum(a * log(exp(a - a)))',
    rewrite: (node, { g }) =>
      constantValue(node.args[0]!)?.equals(1) ? g.full(ZERO, node.shape) : undefined,
  },
]
