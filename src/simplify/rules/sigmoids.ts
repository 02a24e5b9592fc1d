import {
  MINUS_ONE,
  ONE,
  type Rational,
  ZERO,
  isInteger,
  isNegative,
  isOne,
  isPositive,
  isZero,
  plus,
  power,
  same,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../../graph/graph.ts'
import { type Node, peel } from '../../graph/node.ts'
import { exp, sigmoid } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import { asFactors, oppositeSum, withFactors } from '../terms.ts'
import { exponentOf, is, like, oneMinus, onePlusExp } from './exponentials.ts'

/** The factor σ(u) that stands on the same axes as another factor. */
const sigmoidBeside = (factors: readonly Factor[], { labels }: Factor, u: Node): Factor | undefined =>
  factors.find(
    (h) => h.labels.join() === labels.join() && is(peel(h.node), 'sigmoid') && peel(h.node).args[0] === u,
  )

/** c·(exp u + exp v), as seen through names. */
function twoExponentials(node: Node): { coefficient: Rational; exponents: [Node, Node] } | undefined {
  const sum = peel(node)
  if (sum.kind !== 'sum' || sum.args.length !== 2 || !isZero(sum.constant)) return undefined
  const [u, v] = sum.args.map(exponentOf)
  const [coefficient, other] = sum.coefficients as [Rational, Rational]
  return u && v && same(coefficient, other) ? { coefficient, exponents: [u, v] } : undefined
}

/** u of σ(−u) or of 1 − σ(u), as seen through names. */
function complementOfSigmoid(g: Graph, node: Node): Node | undefined {
  const value = peel(node)
  if (is(value, 'sigmoid')) return g.negate(value.args[0]!)
  const s = oneMinus(node)
  const inner = s && peel(s)
  return inner && is(inner, 'sigmoid') ? inner.args[0]! : undefined
}

export const sigmoids: readonly Rule[] = [
  {
    name: 'sigmoid',
    zh: 'S 型函数的定义',
    on: 'product',
    law: '1/(1 + exp u) = σ(−u)',
    example: 'param a[3]\nloss J = sum(a / (1 + exp(-2 * a))^2)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const f = factors.find((h) => !isPositive(h.exponent) && onePlusExp(h.node))
      if (!f) return undefined
      const s = g.apply(sigmoid, [g.negate(onePlusExp(f.node)!)])
      return withFactors(
        g,
        node,
        factors.map((h) => (h === f ? like(f, s, f.exponent.neg()) : h)),
      )
    },
  },
  {
    name: 'opposite sigmoid',
    zh: '反向 S 型函数',
    on: 'product',
    law: 'exp(u)·σ(−u)ⁿ = σ(u)·σ(−u)ⁿ⁻¹ for n ≥ 1',
    example: 'param a[3]\nloss J = sum(exp(a) * sigmoid(-a)) + sum(exp(-a) * sigmoid(a)^3)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const f of factors) {
        const u = exponentOf(f.node)
        if (!u || !isOne(f.exponent) || f.node.kind === 'equation') continue
        const whole = factors.filter((h) => h.exponent.compare(1) >= 0)
        const s = sigmoidBeside(whole, f, g.negate(u))
        if (s)
          return withFactors(
            g,
            node,
            factors.flatMap((h) => {
              if (h === f) return [like(f, g.apply(sigmoid, [u]))]
              return h === s ? [like(s, s.node, plus(s.exponent, MINUS_ONE))] : [h]
            }),
          )
      }
      return undefined
    },
  },
  {
    name: 'quotient by two exponentials',
    zh: '除以两个指数之和',
    on: 'product',
    law: 'exp u/(exp u + exp v) = σ(u − v)',
    finite: true,
    example: 'param a, b, c\nloss J = c * exp(a) / (2 * exp(a) + 2 * exp(b))',
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const { g } = c
      const factors = factorsOf(node)
      if (!factors.some((f) => exponentOf(f.node))) return undefined
      for (const f of factors) {
        const pair = isNegative(f.exponent) && isInteger(f.exponent) ? twoExponentials(f.node) : undefined
        if (!pair) continue
        for (const [u, v] of [pair.exponents, [...pair.exponents].reverse()] as [Node, Node][]) {
          // exp u + exp v is exp v/σ(v − u).
          const s = g.apply(sigmoid, [g.subtract(v, u)])
          const candidate = withFactors(
            g,
            node,
            [
              ...factors.filter((h) => h !== f),
              like(f, g.apply(exp, [g.scale(f.exponent, v)])),
              like(f, g.stretch(s, f.node.shape), f.exponent.neg()),
            ],
            times(node.coefficient, power(pair.coefficient, f.exponent)!),
          )
          const shorter = ifShorter(c, node, candidate)
          if (shorter) return shorter
        }
      }
      return undefined
    },
  },
  {
    name: 'odds',
    zh: '几率',
    on: 'product',
    law: 'σ(u)/σ(−u) = σ(u)/(1 − σ(u)) = exp u',
    reading: true,
    finite: true,
    example: 'param a, b\np = sigmoid(a)\nloss J = b * p / (1 - p) + exp(b * sigmoid(-b) / sigmoid(b))',
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const { g } = c
      const factors = factorsOf(node)
      for (const f of factors) {
        if (!isNegative(f.exponent)) continue
        const u = complementOfSigmoid(g, f.node)
        const s =
          u &&
          sigmoidBeside(
            factors.filter((h) => isPositive(h.exponent)),
            f,
            u,
          )
        if (!s) continue
        const count = s.exponent.compare(f.exponent.neg()) < 0 ? s.exponent : f.exponent.neg()
        const odds = like(f, g.stretch(g.apply(exp, [g.scale(count, u)]), f.node.shape))
        const candidate = withFactors(g, node, [
          ...factors.filter((h) => h !== s && h !== f),
          { ...s, exponent: plus(s.exponent, count.neg()) },
          { ...f, exponent: plus(f.exponent, count) },
          odds,
        ])
        const shorter = ifShorter(c, node, candidate)
        if (shorter) return shorter
      }
      return undefined
    },
  },
  {
    name: 'sigmoid and its complement',
    zh: 'S 型函数与其补',
    on: 'product',
    law: 'σ(−u)/(1 − σ(u)) = 1',
    example: 'param a, b\np = sigmoid(a)\nloss J = b * sigmoid(-a) / (1 - p)^2',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const f of factors) {
        const a = oneMinus(f.node)
        const u = a ? peel(a) : undefined
        if (!u || !is(u, 'sigmoid')) continue
        const s = sigmoidBeside(factors, f, g.negate(u.args[0]!))
        if (s)
          return withFactors(
            g,
            node,
            factors.map((h) => (h === s ? { ...s, node: f.node } : h)),
          )
      }
      return undefined
    },
  },
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
          if (is(peel(f.node), 'sigmoid')) sigmoids.set(peel(f.node).args[0]!, f.node)
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
  {
    // A name for σ(u) is worth keeping; written out, the complement is one function less.
    name: 'complement of a sigmoid',
    zh: 'S 型函数的补',
    on: 'sum',
    law: '1 − σ(u) = σ(−u)',
    example: 'param a, y\nloss J = y * (1 - sigmoid(a))',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum') return undefined
      const { g } = c
      const terms = termsOf(node)
      const s = terms.find((t) => is(t.node, 'sigmoid') && t.coefficient.equals(node.constant.neg()))
      if (!s || s.node.kind !== 'apply') return undefined
      const complement = g.apply(sigmoid, [g.negate(s.node.args[0]!)])
      const others = terms.filter((t) => t !== s)
      return ifShorter(
        c,
        node,
        g.sum([...others, { coefficient: node.constant, node: complement }], ZERO, node.shape),
      )
    },
  },
  {
    name: 'softplus of a negation',
    zh: '相反数的 softplus',
    on: 'sum',
    law: 'softplus(−u) = softplus(u) − u, where both stand in a sum',
    reading: true,
    example: 'param a\nloss J = softplus(a) - softplus(-a)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'sum') return undefined
      const own = node.args.map((a, i) => ({ node: a, coefficient: node.coefficients[i]! }))
      for (const t of own) {
        if (!is(t.node, 'softplus')) continue
        const opposite = own.find(
          (o) =>
            is(o.node, 'softplus') &&
            o.node.args[0] === g.negate(t.node.args[0]!) &&
            o.coefficient.equals(t.coefficient.neg()),
        )
        if (opposite)
          return g.sum(
            [
              ...own.filter((o) => o !== t && o !== opposite),
              { node: t.node.args[0]!, coefficient: t.coefficient },
            ],
            node.constant,
            node.shape,
          )
      }
      return undefined
    },
  },
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
