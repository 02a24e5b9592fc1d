import {
  HALF,
  ONE,
  type Rational,
  TWO,
  ZERO,
  isInteger,
  isNegative,
  isOne,
  isZero,
  plus,
  rationalKey,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, type Term, factorsOf, termsOf } from '../../graph/graph.ts'
import { type Node, type SumNode, isContraction, isPureProduct, peel } from '../../graph/node.ts'
import { isNonnegativeRange } from '../../graph/range.ts'
import { ifShorter } from '../ask.ts'
import { flattened, nodeOf } from '../einsum.ts'
import type { Rule } from '../rule.ts'
import { asFactors, asTerms, independentOf, isSumOfOne, oppositeSum, withFactors } from '../terms.ts'
import { MOST_EXPANDED, multiplyOut } from './cancelling.ts'
import { overLeastDenominator } from './factoring.ts'

const sameBase = (a: Factor, b: Factor): boolean =>
  a.node === b.node &&
  a.labels.join() === b.labels.join() &&
  isNegative(a.exponent) === isNegative(b.exponent) &&
  isInteger(plus(a.exponent, b.exponent.neg()))

/** The powers that all terms share: of each base the least. Each once, though a term may hold it twice. */
function sharedFactors(terms: readonly Term[]): Factor[] {
  const [first = [], ...others] = terms.map((t) => asFactors(t.node).factors)
  return first.flatMap((f, i) => {
    if (first.findIndex((h) => sameBase(f, h)) !== i) return []
    const powers = others.map((list) => list.find((h) => sameBase(f, h))?.exponent)
    if (powers.includes(undefined)) return []
    const least = (powers as Rational[]).reduce((a, b) => (a.abs().compare(b.abs()) <= 0 ? a : b), f.exponent)
    return [{ ...f, exponent: least }]
  })
}

/** √x·1/√x without 1/√x is √x: the exponent belongs to the factor. */
function divideBy(g: Graph, term: Node, shared: readonly Factor[], shape: Node['shape']): Node {
  const { coefficient, factors } = asFactors(term)
  const powers = new Map(shared.map((s) => [factors.find((f) => sameBase(s, f))!, s.exponent]))
  return g.product(
    coefficient,
    factors.flatMap((f) => {
      const power = powers.get(f)
      const exponent = power ? plus(f.exponent, power.neg()) : f.exponent
      return exponent.equals(0) ? [] : [{ ...f, exponent }]
    }),
    shape.map((_, i) => i),
    shape,
  )
}

/** The axes along which a tensor is not merely stretched. */
function dependsOn(node: Node): number[] {
  return node.shape.map((_, axis) => axis).filter((axis) => !independentOf(node, [axis]))
}

/** a·b + a·c as a·(b + c), of terms that stand in a sum of this shape. */
export function commonFactor(g: Graph, terms: readonly Term[], shape: Node['shape']): Node | undefined {
  const shared = sharedFactors(terms)
  if (shared.length === 0) return undefined
  const quotients = terms.map((t) => ({ ...t, node: divideBy(g, t.node, shared, shape) }))
  // xaᵀ + ybᵀ with a shared factor in x and a only would leave a sum of things of different shapes.
  const axes = quotients.map((q) => dependsOn(q.node))
  const kept = [...new Set(axes.flat())].sort((a, b) => a - b)
  if (!axes.some((list) => list.length === kept.length)) return undefined
  // Of avᵀ + bvᵀ a and b are left, which have one axis.
  const narrow = (node: Node): Node =>
    node.shape.length === kept.length || node.shape.length === 0 || node.kind !== 'product'
      ? node
      : g.restrict(node, kept)
  const inner = g.sum(
    quotients.map((q) => ({ ...q, node: narrow(q.node) })),
    ZERO,
    kept.map((axis) => shape[axis]!),
  )
  const own = shape.map((_, i) => i)
  return g.product(ONE, [...shared, { node: inner, labels: kept, exponent: ONE }], own, shape)
}

/** A sum of sums of products as one sum of products, multiplied out. */
function spread(g: Graph, node: Node): Node {
  const { coefficient, factors } = asFactors(node)
  const opened = factors.map((f) => {
    const flat = f.node.kind === 'product' && isOne(f.exponent) ? flattened(g, f.node) : undefined
    const whole = flat && nodeOf(g, flat)
    const sum = whole?.kind === 'product' ? multiplyOut(g, whole) : undefined
    return sum ? { ...f, node: sum } : f
  })
  const axes = node.shape.map((_, i) => i)
  return opened.every((f, i) => f === factors[i]) ? node : g.product(coefficient, opened, axes, node.shape)
}

/** What u + v and u − v have in common: their two terms but for the signs; undefined of other sums. */
function twoTerms({ args, coefficients, constant }: SumNode): string | undefined {
  if (args.length + (isZero(constant) ? 0 : 1) !== 2) return undefined
  return [
    ...args.map((a, i) => `${rationalKey(coefficients[i]!.abs())}·${a.id}`),
    rationalKey(constant.abs()),
  ].join()
}

const pairs = <T>(list: readonly T[]): (readonly [T, T])[] =>
  list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const))

export const algebra: readonly Rule[] = [
  {
    name: 'clear a denominator',
    zh: '消去分母',
    on: 'product',
    law: 'b/(1 + a/b) = b²/(b + a)',
    example: 'param a, b\nloss J = a / ((1 + a^2 / b) * b)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const s of factors) {
        if (s.node.kind !== 'sum' || !(isNegative(s.exponent) || !isInteger(s.exponent))) continue
        for (const f of factors) {
          if (f === s || f.node.shape.length > 0) continue
          const below = s.node.args.flatMap((t) =>
            asFactors(t).factors.flatMap((h) =>
              h.node === f.node && isNegative(h.exponent) ? [h.exponent] : [],
            ),
          )
          if (below.length === 0 || !(isInteger(s.exponent) || isNonnegativeRange(f.node.range))) continue
          // (S·fʲ)ᵉ·fᵏ⁻ᵉʲ
          const j = below.reduce((a, b) => (a.compare(b) <= 0 ? a : b)).neg()
          const power = c.g.power(f.node, j)
          const cleared = c.g.sum(
            [
              ...termsOf(s.node).map((t) => ({ ...t, node: c.g.multiply(t.node, power) })),
              { coefficient: s.node.constant, node: power },
            ],
            ZERO,
            s.node.shape,
          )
          const shorter = ifShorter(
            c,
            node,
            withFactors(c.g, node, [
              ...factors.filter((h) => h !== s && h !== f),
              { ...s, node: cleared },
              { ...f, exponent: plus(f.exponent, times(s.exponent, j).neg()) },
            ]),
          )
          if (shorter) return shorter
        }
      }
      return undefined
    },
  },
  {
    name: 'fractions in a factor',
    zh: '因子通分后约分',
    on: 'product',
    law: '(1 + x/r)/(x + r) = 1/r',
    finite: true,
    example: 'param x\nr = sqrt(x^2 + 1)\nloss J = (1 + x / r) / (x + r)',
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const sums = factors.filter((f) => f.node.kind === 'sum' && isInteger(f.exponent))
      if (sums.length < 2) return undefined
      for (const f of sums) {
        const { terms, constant } = asTerms(f.node)
        // Worth a look only where another sum stands on the other side of the bar.
        if (
          terms.length > MOST_EXPANDED ||
          !sums.some((h) => isNegative(h.exponent) !== isNegative(f.exponent))
        )
          continue
        const joined = overLeastDenominator(c.g, terms, constant, f.node.shape)
        const shorter =
          joined &&
          ifShorter(
            c,
            node,
            withFactors(
              c.g,
              node,
              factors.map((h) => (h === f ? { ...f, node: joined } : h)),
            ),
          )
        if (shorter) return shorter
      }
      return undefined
    },
  },
  {
    // Pairs are found by their terms: of a product of many factors a pattern would try every two.
    name: 'difference of squares',
    zh: '平方差',
    on: 'product',
    law: '(u − v)·(u + v) = u² − v²',
    reading: true,
    finite: true,
    example: 'param x, y\nloss J = y / ((1 - x) * (1 + x))',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const alike = new Map<string, Factor[]>()
      for (const f of factors) {
        const terms = f.node.kind === 'sum' && isInteger(f.exponent) ? twoTerms(f.node) : undefined
        if (!terms) continue
        const key = `${terms} ${rationalKey(f.exponent)} ${f.labels.join()}`
        alike.set(key, [...(alike.get(key) ?? []), f])
      }
      for (const [f, h] of [...alike.values()].flatMap(pairs)) {
        const half = (other: Node): Node => c.g.scale(HALF, other)
        const [u, v] = [half(c.g.add(f.node, h.node)), half(c.g.subtract(f.node, h.node))]
        const squares = c.g.subtract(c.g.power(u, TWO), c.g.power(v, TWO))
        const rest = factors.filter((o) => o !== f && o !== h)
        const shorter = ifShorter(
          c,
          node,
          withFactors(c.g, node, [...rest, { ...f, node: c.g.stretch(squares, f.node.shape) }]),
        )
        if (shorter) return shorter
      }
      return undefined
    },
  },
  {
    name: 'multiply out a contraction',
    zh: '展开矩阵乘积',
    on: 'product',
    law: '(a − b)ᵀc = aᵀc − bᵀc, where a part is then known',
    example: 'param a[3], b[3]\nk = dot(a, b) / sum(a^2)\nloss J = exp(dot(b - k * a, a)) * k',
    trial: true,
    rewrite: (node, c) =>
      node.kind === 'product' && isContraction(node) && node.args.length > 1 && node.args.length <= 3
        ? ifShorter(c, node, multiplyOut(c.g, node))
        : undefined,
  },
  {
    name: 'common coefficient',
    zh: '提取公共系数',
    on: 'sum',
    law: '½a − ½b = ½(a − b)',
    example: 'param a, b\nloss J = exp(a) / 2 - exp(b) / 2',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum') return undefined
      const all = [...node.coefficients, ...(node.constant.equals(0) ? [] : [node.constant])]
      const size = all[0]!.abs()
      if (isOne(size) || all.some((r) => !r.abs().equals(size))) return undefined
      const inner = c.g.sum(
        termsOf(node).map((t) => ({ ...t, coefficient: t.coefficient.div(size) })),
        node.constant.div(size),
        node.shape,
      )
      return ifShorter(c, node, c.g.withFactors(size, [{ node: inner, exponent: ONE }], node.shape))
    },
  },
  {
    name: 'multiply out',
    zh: '展开',
    on: 'sum',
    law: 'a·(b + c) + d = a·b + a·c + d, where terms then collect',
    example: 'param a, b\nloss J = a * (1 - b) + b * (a - 1)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || node.args.length > MOST_EXPANDED) return undefined
      const terms = termsOf(node)
      const expanded = terms.map((t) => (t.node.kind === 'product' ? multiplyOut(c.g, t.node) : undefined))
      if (expanded.every((e) => e === undefined)) return undefined
      return ifShorter(
        c,
        node,
        c.g.sum(
          terms.map((t, i) => ({ coefficient: t.coefficient, node: expanded[i] ?? t.node })),
          node.constant,
          node.shape,
        ),
      )
    },
  },
  {
    name: 'common factor',
    zh: '提取公因式',
    on: 'sum',
    law: 'a·b + a·c = a·(b + c)',
    example: 'param a, b, c\nloss J = exp(a) * b + exp(a) * c',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || node.args.length > MOST_EXPANDED) return undefined
      const terms = termsOf(node)
      return node.constant.equals(0) ? ifShorter(c, node, commonFactor(c.g, terms, node.shape)) : undefined
    },
  },
  {
    name: 'sum of a sum',
    zh: '和的求和',
    on: 'product',
    law: 'Σ(a + b) = Σa + Σb, where a part is then known',
    example: 'param a[3], b\ntarget y[3] : simplex, q[3] : simplex\nloss J = b * sum(a + y - 2 * q)',
    trial: true,
    rewrite: (node, c) => {
      if (!isSumOfOne(node)) return undefined
      const sum = peel(node.args[0]!)
      if (sum.kind !== 'sum' || sum.args.length > MOST_EXPANDED) return undefined
      const { g } = c
      const over = (a: Node): Node =>
        withFactors(g, node, [
          { node: a, labels: a.shape.length === 0 ? [] : node.labels[0]!, exponent: ONE },
        ])
      const parts = termsOf(sum).map((t) => ({ coefficient: t.coefficient, node: over(t.node) }))
      if (!sum.constant.equals(0)) parts.push({ coefficient: sum.constant, node: over(g.constant(ONE)) })
      const summed = ifShorter(c, node, g.sum(parts, ZERO, node.shape))
      if (summed) return summed
      // ΣᵢΣⱼ(aⱼ·bᵢ + cⱼ): what is summed over first may be known once the sums are exchanged.
      const exchanged = parts.map((t) => ({ ...t, node: spread(g, t.node) }))
      return exchanged.every((t, i) => t.node === parts[i]!.node)
        ? undefined
        : ifShorter(c, node, g.sum(exchanged, ZERO, node.shape))
    },
  },
  {
    name: 'minus of a negative sum',
    zh: '负号相消',
    on: 'product',
    law: '−(−a − b) = a + b',
    example: 'param a, b\nloss J = -exp(a) * (-a - b)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || !isNegative(node.coefficient) || !isPureProduct(node)) return undefined
      const factors = factorsOf(node)
      const f = factors.find(
        (h) =>
          h.node.kind === 'sum' &&
          isOne(h.exponent) &&
          h.node.constant.compare(0) <= 0 &&
          h.node.coefficients.every(isNegative),
      )
      if (f?.node.kind !== 'sum') return undefined
      const sum = oppositeSum(g, f.node)
      return withFactors(
        g,
        node,
        factors.map((h) => (h === f ? { ...h, node: sum } : h)),
        node.coefficient.neg(),
      )
    },
  },
]
