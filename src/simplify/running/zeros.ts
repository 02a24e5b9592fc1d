import { ONE, type Rational, ZERO, isNegative, isOne, isPositive } from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../../graph/graph.ts'
import { type Node, type ProductNode, isPureProduct, peel } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import { abs, exp, select, unlessZero } from '../../ops/index.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { asFactors, withFactors } from '../terms.ts'

/*
 * Values at which a formula as it is written would compute 0·∞ or 0/0. Where the expression has a limit, code takes it;
 * where a slope has several (a norm at 0), it takes the least of them, which is 0.
 */

const isLogarithm = (node: Node): boolean => {
  const value = peel(node)
  return value.kind === 'apply' && value.op.logarithm === true
}

/** Whether a value can be infinite at ordinary data: a logarithm, or a sum with one in it, as seen through names. */
function mayBeInfinite(node: Node): boolean {
  const value = peel(node)
  return value.kind === 'sum'
    ? value.args.some((a) => asFactors(a).factors.some((f) => isLogarithm(f.node)))
    : isLogarithm(value)
}

/** Whether a value is made of a target alone: y, 1 − y. */
function isTarget(node: Node): boolean {
  const symbol = node.kind === 'sum' && node.args.length === 1 ? node.args[0]! : node
  return symbol.kind === 'symbol' && symbol.symbol.role === 'target'
}

/** The targets that weigh logarithms in these formulas. */
export function weights(roots: readonly Node[]): Set<Node> {
  const found = new Set<Node>()
  for (const node of topological(roots))
    if (node.kind === 'product' && node.args.some(mayBeInfinite))
      for (const a of node.args.filter(isTarget)) found.add(a.kind === 'sum' ? a.args[0]! : a)
  return found
}

const termsIn = (node: Node): readonly Node[] => (node.kind === 'sum' ? node.args : [node])

/** Whether a logit, which is −∞ for a masked class, stands in both. */
const sharesTerm = (a: Node, b: Node): boolean =>
  termsIn(a).some((t) => !asFactors(t).factors.some((f) => isLogarithm(f.node)) && termsIn(b).includes(t))

const distinct = (labels: readonly number[]): boolean => new Set(labels).size === labels.length

/** where(x = 0, at0, u), the axes of u found among those of x. */
function unlessFactorZero(g: Graph, x: Factor, at0: Rational, u: Factor): Factor {
  const inner = g.product(
    ONE,
    [{ node: u.node, labels: u.labels.map((l) => x.labels.indexOf(l)), exponent: ONE }],
    x.labels.map((_, i) => i),
    x.node.shape,
  )
  return {
    node: g.stretch(unlessZero(g, x.node, at0, inner), x.node.shape),
    labels: x.labels,
    exponent: u.exponent,
  }
}

const isGuarded = (node: Node): boolean => node.kind === 'apply' && node.op === select

/** The product with these factors in the place of others. */
const replaced = (
  g: Graph,
  node: ProductNode,
  by: ReadonlyMap<Factor, Factor>,
  factors: readonly Factor[],
): Node =>
  withFactors(
    g,
    node,
    factors.map((f) => by.get(f) ?? f),
  )

/** |x|, a root of Σ x² or of x², or these themselves, as seen through names: x, and the power of ‖x‖ that it is. */
export function normOf(node: Node): { x: Node; degree: number } | undefined {
  const value = peel(node)
  if (value.kind === 'apply' && value.op === abs) return { x: value.args[0]!, degree: 1 }
  if (value.kind !== 'product' || value.args.length !== 1 || !isPositive(value.coefficient)) return undefined
  const exponent = value.exponents[0]!
  if (exponent.equals(2)) return distinct(value.labels[0]!) ? { x: value.args[0]!, degree: 2 } : undefined
  const inside = exponent.equals(0.5) ? normOf(value.args[0]!) : undefined
  return inside && { ...inside, degree: inside.degree / 2 }
}

/** The order of the zero that a value has at least where x is 0. */
function order(node: Node, x: Node, depth = 8): number {
  const value = peel(node)
  if (value === x) return 1
  if (depth === 0) return 0
  if (value.kind === 'product')
    return value.args.reduce(
      (sum, a, i) =>
        isPositive(value.exponents[i]!) ? sum + value.exponents[i]!.valueOf() * order(a, x, depth - 1) : sum,
      0,
    )
  if (value.kind === 'sum' && value.constant.equals(0))
    return value.args.reduce((least, a) => Math.min(least, order(a, x, depth - 1)), Infinity)
  return 0
}

export const zeroRules: readonly Rule[] = [
  {
    name: 'weight of a masked entry',
    zh: '被屏蔽项的权重',
    on: 'product',
    law: 'eᵘ·v = eᵘ·where(eᵘ = 0, 0, v) for a v in which a term of u stands: a logit of −∞ has no weight',
    example: 'param a[3]\ninput m[3]\nu = logsoftmax(a + m)\nloss J = sum(exp(u) * u)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const x of factors) {
        if (!isPositive(x.exponent) || !distinct(x.labels)) continue
        const value = peel(x.node)
        const exponent = value.kind === 'apply' && value.op === exp ? peel(value.args[0]!) : undefined
        if (!exponent || !mayBeInfinite(exponent)) continue
        const u = factors.find(
          (f) =>
            f !== x &&
            isOne(f.exponent) &&
            f.labels.join() === x.labels.join() &&
            sharesTerm(peel(f.node), exponent),
        )
        if (u) return replaced(g, node, new Map([[u, unlessFactorZero(g, x, ZERO, u)]]), factors)
      }
      return undefined
    },
  },
  row({
    name: 'removable zero',
    zh: '可去的零',
    law: 'x^m * x^n = x^(m + n) where m > 0, n < 0, m : integer, n : integer',
    named: true,
    example: 'param a[3], b[3]\nloss J = sum(b * a / a)',
  }),
  {
    name: 'direction of zero',
    zh: '零向量的方向',
    on: 'product',
    law: 'x/‖x‖ = x/where(‖x‖ = 0, 1, ‖x‖): 0 at 0, the least subgradient',
    example: 'param a[3], b[3]\nf = norm(a)\nloss J = sum(b * a) / f',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || !isPureProduct(node)) return undefined
      const factors = factorsOf(node)
      for (const f of factors) {
        const norm = isNegative(f.exponent) && !isGuarded(f.node) ? normOf(f.node) : undefined
        if (!norm) continue
        const zero = factors.reduce(
          (sum, h) =>
            isPositive(h.exponent) ? sum + h.exponent.valueOf() * order(h.node, peel(norm.x)) : sum,
          0,
        )
        // Where the zero below is of a higher order the value is infinite indeed.
        if (zero + norm.degree * f.exponent.valueOf() < 0) continue
        // A root as a whole: it is computed without its square.
        const isRoot = f.exponent.d === 2n
        const base = isRoot ? g.sqrt(f.node) : f.node
        const guarded = g.stretch(unlessZero(g, base, ONE, base), base.shape)
        const exponent = isRoot ? f.exponent.mul(2) : f.exponent
        return replaced(g, node, new Map([[f, { ...f, node: guarded, exponent }]]), factors)
      }
      return undefined
    },
  },
]
