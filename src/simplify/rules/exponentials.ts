import {
  MINUS_ONE,
  ONE,
  type Rational,
  TWO,
  ZERO,
  isNegative,
  isOne,
  isPositive,
  plus,
  same,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, constantValue, factorsOf, termsOf } from '../../graph/graph.ts'
import { type ApplyNode, type Node, isContraction, isPureProduct, peel } from '../../graph/node.ts'
import { isPositiveRange } from '../../graph/range.ts'
import { cosh, exp, log, lse, sigmoid, sinh, softplus, tanh } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import { asFactors, asTerms, splitAlong, withFactors } from '../terms.ts'

const is = (node: Node, name: string): node is ApplyNode => node.kind === 'apply' && node.op.name === name

/** exp(u) as seen through names: u. */
function exponentOf(node: Node): Node | undefined {
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
function onePlusExp(node: Node): Node | undefined {
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
function oneMinus(node: Node): Node | undefined {
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

/** Of u and −u the one that is written without a minus sign, or the first in canonical order. */
function plainer(u: Node, v: Node): Node {
  const minus = (n: Node): boolean => n.kind === 'product' && isNegative(n.coefficient)
  return minus(u) !== minus(v) ? (minus(u) ? v : u) : u.hash <= v.hash ? u : v
}

const negative = (g: Graph, u: Node): Node => g.negate(u)
const scaled = (g: Graph, e: Rational, u: Node): Node => g.scale(e, u)

/** f(u) for a factor u[labels], as a factor with the same labels. */
const like = (f: Factor, node: Node, exponent: Rational = ONE): Factor => ({
  node,
  labels: f.labels,
  exponent,
})

export const exponentials: readonly Rule[] = [
  {
    name: 'exponential of a logarithm',
    on: 'exp',
    law: 'exp(log u) = u',
    example: 'param a\nloss J = exp(log(a)) * 2',
    rewrite: (node) => {
      const u = peel(node.args[0]!)
      return is(u, 'log') ? u.args[0]! : undefined
    },
  },
  {
    name: 'exponential of zero',
    on: 'exp',
    law: 'exp 0 = 1',
    example: 'param a[3]\nloss J = sum(a * exp(a - a))',
    rewrite: (node, { g }) => (constantValue(node.args[0]!)?.equals(0) ? g.full(ONE, node.shape) : undefined),
  },
  {
    name: 'product of exponentials',
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
    on: 'log',
    law: 'log(exp u) = u',
    example: 'param a[3]\nu = exp(a)\nloss J = sum(log(u) * a)',
    rewrite: (node) => exponentOf(node.args[0]!),
  },
  {
    name: 'logarithm of a sum of exponentials',
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
    on: 'log',
    law: 'log σ(u) = −softplus(−u)',
    example: 'param a[3]\np = sigmoid(a)\nloss J = sum(log(p))',
    rewrite: (node, { g }) => {
      const u = peel(node.args[0]!)
      return is(u, 'sigmoid') ? g.negate(g.apply(softplus, [negative(g, u.args[0]!)])) : undefined
    },
  },
  {
    name: 'logarithm of the opposite sigmoid',
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
    on: 'log',
    law: 'log(u·v) = log u + log v for u, v > 0',
    example: 'param a[3]\nloss J = sum(log(2 * sigmoid(a) * exp(a)^(1/2)))',
    rewrite: (node, { g }) => {
      const { coefficient, factors } = asFactors(peel(node.args[0]!))
      if (
        factors.length === 0 ||
        !isPositive(coefficient) ||
        !isPureProduct(peel(node.args[0]!)) ||
        !factors.every((f) => isPositiveRange(f.node.range))
      )
        return undefined
      const simple = (n: Node): boolean =>
        exponentOf(n) !== undefined ||
        is(peel(n), 'sigmoid') ||
        sumOfExponentials(n) !== undefined ||
        onePlusExp(n) !== undefined
      if (!factors.some((f) => simple(f.node)) && !(factors.length === 1 && isOne(coefficient)))
        return undefined
      const axes = node.shape.map((_, i) => i)
      const logs = factors.map((f) =>
        g.product(
          f.exponent,
          [{ node: g.apply(log, [f.node]), labels: f.labels, exponent: ONE }],
          axes,
          node.shape,
        ),
      )
      if (!isOne(coefficient)) logs.push(g.apply(log, [g.constant(coefficient)]))
      return g.addAll(logs, node.shape)
    },
  },
  {
    name: 'logarithm of one',
    on: 'log',
    law: 'log 1 = 0',
    example: 'param a[3]\nloss J = sum(a * log(exp(a - a)))',
    rewrite: (node, { g }) =>
      constantValue(node.args[0]!)?.equals(1) ? g.full(ZERO, node.shape) : undefined,
  },
  {
    name: 'sigmoid',
    on: 'product',
    law: '1/(1 + exp u) = σ(−u)',
    example: 'param a[3]\nloss J = sum(a / (1 + exp(-2 * a))^2)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const f = factors.find((h) => !isPositive(h.exponent) && onePlusExp(h.node))
      if (!f) return undefined
      const s = g.apply(sigmoid, [negative(g, onePlusExp(f.node)!)])
      return withFactors(
        g,
        node,
        factors.map((h) => (h === f ? like(f, s, f.exponent.neg()) : h)),
      )
    },
  },
  {
    name: 'opposite sigmoid',
    on: 'product',
    law: 'exp(u)·σ(−u)ⁿ = σ(u)·σ(−u)ⁿ⁻¹ for n ≥ 1',
    example: 'param a[3]\nloss J = sum(exp(a) * sigmoid(-a)) + sum(exp(-a) * sigmoid(a)^3)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const f of factors) {
        const u = exponentOf(f.node)
        if (!u || !isOne(f.exponent) || f.node.kind === 'equation') continue
        const opposite = negative(g, u)
        const s = factors.find(
          (h) =>
            h.exponent.compare(1) >= 0 &&
            h.labels.join() === f.labels.join() &&
            is(peel(h.node), 'sigmoid') &&
            peel(h.node).args[0] === opposite,
        )
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
    name: 'sigmoid and its complement',
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
        const opposite = negative(g, u.args[0]!)
        const s = factors.find(
          (h) =>
            h.labels.join() === f.labels.join() &&
            is(peel(h.node), 'sigmoid') &&
            peel(h.node).args[0] === opposite,
        )
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
    on: 'sum',
    law: 'σ(−u) = 1 − σ(u), where terms then collect',
    reading: true,
    example: 'param a, y\nloss J = (1 - y) * sigmoid(a) - y * sigmoid(-a)',
    rewrite: (node, c) => {
      if (node.kind !== 'sum') return undefined
      const { g } = c
      const sigmoids = new Map<Node, Node>()
      for (const t of node.args)
        for (const f of asFactors(t).factors)
          if (is(peel(f.node), 'sigmoid')) sigmoids.set(peel(f.node).args[0]!, f.node)
      for (const [u, s] of sigmoids) {
        const opposite = sigmoids.get(negative(g, u))
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
    on: 'sum',
    law: '1 − σ(u) = σ(−u)',
    example: 'param a, y\nloss J = y * (1 - sigmoid(a))',
    rewrite: (node, c) => {
      if (node.kind !== 'sum') return undefined
      const { g } = c
      const terms = termsOf(node)
      const s = terms.find((t) => is(t.node, 'sigmoid') && t.coefficient.equals(node.constant.neg()))
      if (!s || s.node.kind !== 'apply') return undefined
      const complement = g.apply(sigmoid, [negative(g, s.node.args[0]!)])
      const others = terms.filter((t) => t !== s)
      return ifShorter(
        c,
        node,
        g.sum([...others, { coefficient: node.constant, node: complement }], ZERO, node.shape),
      )
    },
  },
  {
    name: 'hyperbolic functions',
    on: 'sum',
    law: 'exp u + exp(−u) = 2 cosh u, exp u − exp(−u) = 2 sinh u',
    example: 'param a\nloss J = (exp(a) + exp(-a)) * (exp(2 * a) - exp(-2 * a))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'sum') return undefined
      const terms = termsOf(node)
      for (const t of terms) {
        if (!is(t.node, 'exp')) continue
        const opposite = negative(g, t.node.args[0]!)
        const other = terms.find((o) => o !== t && is(o.node, 'exp') && o.node.args[0] === opposite)
        if (
          !other ||
          !(same(other.coefficient, t.coefficient) || same(other.coefficient, t.coefficient.neg()))
        )
          continue
        // Of u and −u the one without the minus sign, or the first in canonical order.
        const u = plainer(t.node.args[0]!, opposite)
        const even = same(other.coefficient, t.coefficient)
        const coefficient = u === t.node.args[0] ? t.coefficient : other.coefficient
        const merged = { coefficient: times(coefficient, TWO), node: g.apply(even ? cosh : sinh, [u]) }
        return g.sum([...terms.filter((o) => o !== t && o !== other), merged], node.constant, node.shape)
      }
      return undefined
    },
  },
  {
    name: 'hyperbolic tangent',
    on: 'product',
    law: 'sinh(u)/cosh(u) = tanh u',
    example: 'param a\nloss J = sinh(a) * a / cosh(a)^3',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const s of factors) {
        if (!is(peel(s.node), 'sinh') || s.exponent.compare(1) < 0) continue
        const c = factors.find(
          (h) =>
            h.exponent.compare(-1) <= 0 &&
            h.labels.join() === s.labels.join() &&
            is(peel(h.node), 'cosh') &&
            peel(h.node).args[0] === peel(s.node).args[0],
        )
        if (!c) continue
        const t = like(s, g.apply(tanh, [peel(s.node).args[0]!]))
        const rest = factors.map((h) =>
          h === s
            ? { ...s, exponent: plus(s.exponent, MINUS_ONE) }
            : h === c
              ? { ...c, exponent: plus(c.exponent, ONE) }
              : h,
        )
        return withFactors(g, node, [...rest, t])
      }
      return undefined
    },
  },
  {
    name: 'softplus of a negation',
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
            o.node.args[0] === negative(g, t.node.args[0]!) &&
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
]
