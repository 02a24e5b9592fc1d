import {
  MINUS_ONE,
  ONE,
  TWO,
  ZERO,
  HALF,
  isNegative,
  isOne,
  isPositive,
  plus,
  same,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../../graph/graph.ts'
import { type Node, peel } from '../../graph/node.ts'
import { cosh, sinh, tanh } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import { withFactors } from '../terms.ts'
import { is, like } from './exponentials.ts'

/** Of u and −u the one that is written without a minus sign, or the first in canonical order. */
function plainer(u: Node, v: Node): Node {
  const minus = (n: Node): boolean => n.kind === 'product' && isNegative(n.coefficient)
  return minus(u) !== minus(v) ? (minus(u) ? v : u) : u.hash <= v.hash ? u : v
}

/** The factor σ(−u) beside a factor σ(u), as seen through names. */
const oppositeOf = (g: Graph, factors: readonly Factor[], s: Factor): Factor | undefined =>
  factors.find(
    (h) =>
      isPositive(h.exponent) &&
      h.labels.join() === s.labels.join() &&
      is(peel(h.node), 'sigmoid') &&
      peel(h.node).args[0] === g.negate(peel(s.node).args[0]!),
  )

export const hyperbolic: readonly Rule[] = [
  {
    name: 'hyperbolic functions',
    zh: '双曲函数',
    on: 'sum',
    law: 'exp u + exp(−u) = 2 cosh u, exp u − exp(−u) = 2 sinh u',
    example: 'param a\nloss J = (exp(a) + exp(-a)) * (exp(2 * a) - exp(-2 * a))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'sum') return undefined
      const terms = termsOf(node)
      for (const t of terms) {
        if (!is(t.node, 'exp')) continue
        const opposite = g.negate(t.node.args[0]!)
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
    zh: '双曲正切',
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
    name: 'hyperbolic tangent of a sigmoid',
    zh: '用双曲正切表示 S 型函数',
    on: 'sum',
    law: '2·σ(u) − 1 = tanh(u/2)',
    example: 'param a, b\nloss J = b * (2 * sigmoid(2 * a) - 1)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum') return undefined
      const { g } = c
      const terms = termsOf(node)
      const s = terms.find((t) => is(t.node, 'sigmoid') && t.coefficient.equals(node.constant.mul(-2)))
      if (!s) return undefined
      const half = g.apply(tanh, [g.scale(HALF, s.node.args[0]!)])
      const others = terms.filter((t) => t !== s)
      const rest = [...others, { coefficient: node.constant.neg(), node: half }]
      return ifShorter(c, node, g.sum(rest, ZERO, node.shape))
    },
  },
  {
    name: 'slope of a hyperbolic tangent',
    zh: '双曲正切的导数',
    on: 'product',
    law: '4·σ(u)·σ(−u) = 1 − tanh²(u/2)',
    reading: true,
    example: 'param a, b\nloss J = 4 * b * sigmoid(2 * a) * sigmoid(-2 * a)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const { g } = c
      const factors = factorsOf(node)
      for (const s of factors) {
        if (!is(s.node, 'sigmoid') || !isPositive(s.exponent)) continue
        const t = oppositeOf(g, factors, s)
        if (!t || !isOne(s.exponent) || !isOne(t.exponent)) continue
        const half = g.scale(HALF, plainer(s.node.args[0]!, peel(t.node).args[0]!))
        const square = g.power(g.apply(tanh, [half]), TWO)
        const slope = g.sum([{ coefficient: MINUS_ONE, node: square }], ONE, square.shape)
        const rest = factors.filter((h) => h !== s && h !== t)
        return ifShorter(c, node, withFactors(g, node, [...rest, like(s, slope)], node.coefficient.div(4)))
      }
      return undefined
    },
  },
]
