import { MINUS_ONE, ONE, type Rational, TWO, ZERO, isOne, plus } from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../../graph/graph.ts'
import { type ApplyNode, type Node, isPureProduct, peel } from '../../graph/node.ts'
import { erfc, expminushalfsquare, expminussquare, phi, sechsquare, sigmoid } from '../../ops/index.ts'
import type { Rule } from '../rule.ts'
import { asFactors, withFactors } from '../terms.ts'
import { sigmoidSlope } from './parts.ts'

/*
 * Differences that cancel although what they are is known without a difference: 1 − σ(u), 1 − tanh²(u). Formulas keep
 * them, for they are short and in terms of values that have names.
 */

const is = (node: Node, name: string): node is ApplyNode => node.kind === 'apply' && node.op.name === name

/** A term without a factor, and the factor. */
interface Quotient {
  readonly factor: Factor
  readonly others: readonly Factor[]
}

/** The factors f(u)^n of a term, as seen through names, each with what the term is without it. */
function quotients(term: Node, name: string, n: Rational): Quotient[] {
  const value = peel(term)
  const { coefficient, factors } = asFactors(value.kind === 'product' && isPureProduct(value) ? value : term)
  if (!isOne(coefficient)) return []
  return factors.flatMap((factor) => {
    const rest = factor.exponent.sub(n)
    if (!is(peel(factor.node), name) || rest.compare(0) < 0) return []
    const others = factors.filter((f) => f !== factor)
    return [{ factor, others: rest.equals(0) ? others : [...others, { ...factor, exponent: rest }] }]
  })
}

/** Whether a term is f(u) or a product with it, as seen through names. */
function mentions(term: Node, name: string): boolean {
  const value = peel(term)
  return is(value, name) || (value.kind === 'product' && value.args.some((a) => is(peel(a), name)))
}

/** Σ with T + sign·T·f(u)ⁿ → T·complement(u), for any T that stands there with and without the factor. */
function complementIn(
  g: Graph,
  node: Node,
  name: string,
  n: Rational,
  complement: (u: Node) => Node,
  sign = MINUS_ONE,
): Node | undefined {
  if (node.kind !== 'sum' || !node.args.some((a) => mentions(a, name))) return undefined
  const terms = termsOf(node)
  const axes = node.shape.map((_, i) => i)
  for (const t of terms) {
    for (const { factor, others } of quotients(t.node, name, n)) {
      const opposite = t.coefficient.mul(sign)
      const without = g.product(ONE, others, axes, node.shape)
      const alike = (a: Node): boolean =>
        peel(a) === without ||
        (a.shape.length < node.shape.length && g.broadcast(a, node.shape, []) === without)
      const constant = others.length === 0 && node.constant.equals(opposite)
      const whole = constant ? undefined : terms.find((o) => o.coefficient.equals(opposite) && alike(o.node))
      if (!constant && !whole) continue
      const made = { ...factor, node: complement((peel(factor.node) as ApplyNode).args[0]!), exponent: ONE }
      return g.sum(
        [
          ...terms.filter((o) => o !== t && o !== whole),
          { coefficient: opposite, node: g.product(ONE, [...others, made], axes, node.shape) },
        ],
        constant ? ZERO : node.constant,
        node.shape,
      )
    }
  }
  return undefined
}

/** σ + T·σ = σ·(1 + T), as in the slope of u·σ(u): the rounding of σ is not in two terms that nearly cancel. */
function bracketed(g: Graph, sum: Node): Node | undefined {
  if (sum.kind !== 'sum' || sum.args.length !== 2 || !sum.constant.equals(0)) return undefined
  const terms = termsOf(sum)
  const alone = terms.find((t) => is(peel(t.node), 'sigmoid'))
  const other = terms.find((t) => t !== alone)
  if (!alone || !other) return undefined
  const quotient = quotients(other.node, 'sigmoid', ONE).find((q) => peel(q.factor.node) === peel(alone.node))
  if (!quotient || quotient.others.length === 0) return undefined
  const axes = sum.shape.map((_, i) => i)
  const rest = { coefficient: other.coefficient, node: g.product(ONE, quotient.others, axes, sum.shape) }
  return g.multiply(alone.node, g.sum([rest], alone.coefficient, sum.shape))
}

export const complementRules: readonly Rule[] = [
  {
    name: 'complement of a sigmoid',
    zh: 'S 型函数的补',
    on: 'sum',
    law: '1 − σ(u) = σ(−u)',
    example:
      'param a[3], b\nloss J = sum(b * (1 - sigmoid(a)) + a - a * sigmoid(a)^2 + b * (sigmoid(a) + a * sigmoid(a) - a * sigmoid(a)^2))',
    rewrite: (node, { g }) => {
      const sum = complementIn(g, node, 'sigmoid', ONE, (u) => g.apply(sigmoid, [g.negate(u)]))
      return sum && (bracketed(g, sum) ?? sum)
    },
  },
  {
    name: 'complement of a squared tanh',
    zh: '双曲正切平方的补',
    on: 'sum',
    law: '1 − tanh²(u) = sech²(u)',
    example: 'param a[3], b\nloss J = sum(b * (1 - tanh(a)^2))',
    rewrite: (node, { g }) => complementIn(g, node, 'tanh', TWO, (u) => g.apply(sechsquare, [u])),
  },
  {
    name: 'complement of erf',
    zh: '误差函数的补',
    on: 'sum',
    law: '1 − erf(u) = erfc(u), 1 + erf(u) = erfc(−u)',
    example: 'param a[3], b\nloss J = sum(b * (1 - erf(a)) + a^2 + a^2 * erf(a))',
    rewrite: (node, { g }) =>
      complementIn(g, node, 'erf', ONE, (u) => g.apply(erfc, [u])) ??
      complementIn(g, node, 'erf', ONE, (u) => g.apply(erfc, [g.negate(u)]), ONE),
  },
  {
    name: 'normal distribution',
    zh: '正态分布函数',
    on: 'erfc',
    law: 'erfc(−u/√2) = 2·Φ(u)',
    example: 'param a[3]\nloss J = sum(a * (1 - erf(-a / sqrt(2))))',
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      if (u.kind !== 'product' || !isPureProduct(u)) return undefined
      const root = factorsOf(u).find(
        (f) => f.node.kind === 'constant' && f.node.value.equals(2) && f.exponent.equals(-0.5),
      )
      const rest =
        root &&
        withFactors(
          g,
          u,
          factorsOf(u).filter((f) => f.node !== root.node),
          u.coefficient.neg(),
        )
      return rest && g.scale(TWO, g.apply(phi, [rest]))
    },
  },
  {
    name: 'slope of a sigmoid',
    zh: 'S 型函数的导数',
    on: 'product',
    law: 'σ(u)·σ(−u) = t/(1 + t)², t = exp(−|u|)',
    example: 'param a[3], b\nloss J = sum(b * sigmoid(a)^2 * sigmoid(-a))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const a of factors) {
        const s = peel(a.node)
        if (!is(s, 'sigmoid') || a.exponent.compare(1) < 0) continue
        const opposite = g.negate(s.args[0]!)
        const b = factors.find((f) => {
          const other = peel(f.node)
          return (
            is(other, 'sigmoid') &&
            other.args[0] === opposite &&
            f.exponent.compare(1) >= 0 &&
            f.labels.join() === a.labels.join()
          )
        })
        if (!b) continue
        return withFactors(g, node, [
          ...factors.map((f) => (f === a || f === b ? { ...f, exponent: plus(f.exponent, MINUS_ONE) } : f)),
          { ...a, node: sigmoidSlope(g, s.args[0]!), exponent: ONE },
        ])
      }
      return undefined
    },
  },
  {
    name: 'exponential of a square',
    zh: '平方的指数',
    on: 'exp',
    law: 'exp(−u²) and exp(−½u²), with u² as it is and not rounded',
    example: 'param a[3]\nloss J = sum(exp(-a^2 / 2)) + sum(exp(-(2 * a)^2))',
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      if (u.kind !== 'product' || !isPureProduct(u) || u.args.length !== 1 || !u.exponents[0]!.equals(2))
        return undefined
      // −k·x² = −(√k·x)², where √k is a power of 2; others would be rounded in their turn.
      const k = u.coefficient.neg()
      const op =
        k.equals(1) || k.equals(4)
          ? expminussquare
          : k.equals(0.5) || k.equals(2)
            ? expminushalfsquare
            : undefined
      if (!op) return undefined
      const base = g.product(
        ONE,
        [{ node: u.args[0]!, labels: u.labels[0]!, exponent: ONE }],
        u.shape.map((_, i) => i),
        u.shape,
      )
      return g.apply(op, [k.compare(1) > 0 ? g.scale(TWO, base) : base])
    },
  },
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
        if (!is(s, 'sigmoid')) continue
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
