/** Powers whose exponents are no numbers: x^n, x^(n − 1). */
import { ONE, type Rational, ZERO, isNegative, isZero, plus } from '../../base/rational.ts'
import { type Factor, type Graph, type Term, factorsOf, termsOf } from '../../graph/graph.ts'
import { type ApplyNode, type Node } from '../../graph/node.ts'
import { isNonzeroRange } from '../../graph/range.ts'
import { pow } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { asFactors, withFactors } from '../terms.ts'
import { commonFactor } from './algebra.ts'

const MOST_TERMS = 24

const isPower = (n: Node): n is ApplyNode => n.kind === 'apply' && n.op === pow

/** x^(s + k) as x^s and k. */
function split(g: Graph, f: Factor): { symbolic: Factor; base: Factor; number: Rational } | undefined {
  if (!isPower(f.node)) return undefined
  const [x, exponent] = f.node.args as [Node, Node]
  const number = exponent.kind === 'sum' ? exponent.constant : ZERO
  const rest = exponent.kind === 'sum' ? g.sum(termsOf(exponent), ZERO, exponent.shape) : exponent
  return {
    symbolic: { ...f, node: g.stretch(g.apply(pow, [x, rest]), f.node.shape) },
    base: { node: x, labels: x.shape.length === 0 ? [] : f.labels, exponent: ONE },
    number,
  }
}

/** Whether a base divided by meets as much of itself, or cannot be 0. */
const cancels = (base: Factor, by: Rational, factors: readonly Factor[]): boolean =>
  asFactors(base.node).factors.every((b) => {
    const exponent = b.exponent.mul(by)
    return (
      !isNegative(exponent) ||
      isNonzeroRange(b.node.range) ||
      factors.some((f) => f.node === b.node && f.exponent.compare(exponent.neg()) >= 0)
    )
  })

export const powers: readonly Rule[] = [
  {
    name: 'number in an exponent',
    zh: '指数中的数',
    on: 'product',
    law: 'x·x^(n−1) = xⁿ',
    finite: true,
    example: 'input x : positive\nparam a, n\nloss J = a * x * n * x^(n - 1)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const f of factors) {
        const parts = f.exponent.equals(1) ? split(c.g, f) : undefined
        if (!parts || isZero(parts.number) || !cancels(parts.base, parts.number, factors)) continue
        const { symbolic, base, number } = parts
        const others = factors.filter((h) => h !== f)
        const shorter = ifShorter(
          c,
          node,
          withFactors(c.g, node, [...others, symbolic, { ...base, exponent: number }]),
        )
        if (shorter) return shorter
      }
      return undefined
    },
  },
  row({
    // √(x²) is |x|: a root of x is defined for x ≥ 0 alone.
    name: 'power and a number of its base',
    zh: '幂与其底数相乘',
    law: [
      'x^u * x^n = x^(u + n)',
      '(x^m)^u * x^n = (x^m)^(u + n / m) where m : fraction',
      '(x^m)^u * x^n = (x^m)^(u + n / m) where x >= 0',
    ],
    finite: true,
    trial: true,
    example: 'param x[3], n\nloss J = n * norm(x)^(n - 1) / norm(x)',
  }),
  row({
    name: 'product of powers',
    zh: '幂之积',
    law: 'x^u * x^v = x^(u + v) where x > 0',
    finite: true,
    trial: true,
    example: 'input x : positive\nparam m, n\nloss J = m * x^m * x^n',
  }),
  {
    name: 'common power',
    zh: '提取公共的幂',
    on: 'sum',
    law: 'xⁿ·a + x^(n−1)·b = x^(n−1)·(x·a + b)',
    finite: true,
    example: 'input x : positive\nparam a, b, n\nloss J = x^n * a + x^(n - 1) * b',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || !isZero(node.constant) || node.args.length > MOST_TERMS) return undefined
      const { g } = c
      const all = termsOf(node).map((t) => ({ ...t, ...asFactors(t.node), scale: t.coefficient }))
      for (const first of all[0]!.factors) {
        const like = split(g, first)
        if (!like) continue
        const parts = all.map(({ factors }) => {
          const f = factors.find((h) => split(g, h)?.symbolic.node === like.symbolic.node)
          return f && { f, number: split(g, f)!.number }
        })
        if (parts.some((p) => p === undefined)) continue
        const least = parts.reduce((a, p) => (p!.number.compare(a) < 0 ? p!.number : a), like.number)
        const lowest = parts.find((p) => p!.number.equals(least))!.f
        const terms = all.map(({ coefficient, factors, scale }, i): Term => {
          const { f, number } = parts[i]!
          const more = { ...like.base, labels: like.base.node.shape.length === 0 ? [] : f.labels }
          const others = factors.filter((h) => h !== f)
          const own = node.shape.map((_, axis) => axis)
          return {
            coefficient: scale,
            node: g.product(
              coefficient,
              [...others, { ...lowest, labels: f.labels }, { ...more, exponent: plus(number, least.neg()) }],
              own,
              node.shape,
            ),
          }
        })
        const shorter = ifShorter(c, node, commonFactor(g, terms, node.shape))
        if (shorter) return shorter
      }
      return undefined
    },
  },
  row({
    name: 'difference of logarithms',
    zh: '对数之差',
    law: 'log(u) - log(v) = log(u / v)',
    finite: true,
    trial: true,
    exact: true,
    example: 'input u : positive, v : positive\nparam a\nloss J = a * (log(u) - log(v))',
  }),
]
