import { ONE, ZERO, isEven, isInteger, isMinusOne, isNegative, isOne, same } from '../../base/rational.ts'
import { type Graph, constantValue, factorsOf, isZeroNode, termsOf } from '../../graph/graph.ts'
import { type ApplyNode, type Node, type ProductNode, isPureProduct, peel } from '../../graph/node.ts'
import { isNegativeRange, isNonnegativeRange, isPositiveRange } from '../../graph/range.ts'
import { abs, max, select, sign } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import { asFactors, asTerms, widenTo, withFactors } from '../terms.ts'

const isSelect = (node: Node): node is ApplyNode => node.kind === 'apply' && node.op === select

/** What a comparison is for all values within the ranges of its sides, if that is known. */
function decided(node: Node): boolean | undefined {
  const value = constantValue(node)
  if (value) return !value.equals(0)
  if (node.kind !== 'apply' || node.op.kind !== 'pointwise' || !node.op.relation) return undefined
  const a = node.args[0]!.range
  const b = node.args[1]!.range
  if (node.args.every((x) => x.range.lo === x.range.hi)) {
    const [x, y] = [a.lo, b.lo]
    return { '<': x < y, '<=': x <= y, '>': x > y, '>=': x >= y, '=': x === y, '!=': x !== y }[
      node.op.relation
    ]
  }
  // Ranges say nothing of NaN, for which a comparison fails: constants only decide it.
  return undefined
}

/** Identical, or the same constant in every entry. */
function sameValue(a: Node, b: Node): boolean {
  const x = constantValue(a)
  const y = constantValue(b)
  return a === b || (x !== undefined && y !== undefined && same(x, y))
}

export const piecewise: readonly Rule[] = [
  {
    name: 'decided condition',
    zh: '条件已确定',
    on: 'select',
    law: 'where(true, u, v) = u',
    example: 'param a, b\nloss J = where(1 < 2, a, b)',
    rewrite: (node, { g }) => {
      const is = decided(node.args[0]!)
      return is === undefined ? undefined : g.stretch(widen(g, node.args[is ? 1 : 2]!, node), node.shape)
    },
  },
  {
    name: 'equal branches',
    zh: '分支相同',
    on: 'select',
    law: 'where(c, u, u) = u',
    example: 'param a, b\nloss J = where(a < b, a * b, b * a)',
    rewrite: (node, { g }) =>
      sameValue(node.args[1]!, node.args[2]!) ? widen(g, node.args[1]!, node) : undefined,
  },
  {
    name: 'same condition inside',
    zh: '内外条件相同',
    on: 'select',
    law: 'where(c, where(c, u, v), w) = where(c, u, w)',
    example: 'param a, b, c\nloss J = where(a < b, where(a < b, c, a), where(a < b, b, c * c))',
    rewrite: (node, { g }) => {
      const [c, u, v] = node.args as [Node, Node, Node]
      if (isSelect(u) && u.args[0] === c) return widen(g, g.apply(select, [c, u.args[1]!, v]), node)
      if (isSelect(v) && v.args[0] === c) return widen(g, g.apply(select, [c, u, v.args[2]!]), node)
      return undefined
    },
  },
  {
    name: 'sum of cases',
    zh: '分段函数之和',
    on: 'sum',
    law: 'where(c, u, v) + where(c, s, t) = where(c, u + s, v + t)',
    example: 'param a, b, c\nloss J = where(a < b, a, c) - 2 * where(a < b, c, b) + a',
    rewrite: (node, { g }) => {
      if (node.kind !== 'sum') return undefined
      const terms = termsOf(node)
      for (const t of terms) {
        if (!isSelect(t.node)) continue
        const same = terms.filter(
          (o) =>
            isSelect(o.node) &&
            o.node.args[0] === t.node.args[0] &&
            o.node.shape.length === t.node.shape.length,
        )
        if (same.length < 2) continue
        const branch = (i: number): Node =>
          g.sum(
            same.map((s) => ({ coefficient: s.coefficient, node: s.node.args[i]! })),
            ZERO,
            same.find((s) => s.node.args[i]!.shape.length > 0)?.node.shape ?? [],
          )
        const merged = widenTo(g, g.apply(select, [t.node.args[0]!, branch(1), branch(2)]), t.node.shape)
        return g.sum(
          [...terms.filter((o) => !same.includes(o)), { coefficient: ONE, node: merged }],
          node.constant,
          node.shape,
        )
      }
      return undefined
    },
  },
  {
    name: 'absolute value of a known sign',
    zh: '符号已知的绝对值',
    on: 'abs',
    law: '|u| = u for u ≥ 0',
    example: 'param a, b\nloss J = b * abs(exp(a)) + abs(-exp(a))',
    rewrite: (node, { g }) =>
      isNonnegativeRange(node.args[0]!.range)
        ? node.args[0]
        : node.args[0]!.range.hi <= 0
          ? g.negate(node.args[0]!)
          : undefined,
  },
  {
    name: 'absolute value of a negative',
    zh: '相反数的绝对值',
    on: 'abs',
    law: '|−u| = |u|',
    example: 'param a, b\nloss J = b * abs(-2 * a)',
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      return u.kind === 'product' && isPureProduct(u) && isNegative(u.coefficient)
        ? g.apply(abs, [g.negate(u)])
        : undefined
    },
  },
  {
    name: 'sign of a known sign',
    zh: '符号已知的符号函数',
    on: 'sign',
    law: 'sign u = 1 for u > 0',
    finite: true,
    example: 'param a, b\nloss J = b * sign(exp(a)) + a * sign(-exp(b))',
    rewrite: (node, { g }) =>
      isPositiveRange(node.args[0]!.range)
        ? g.full(ONE, node.shape)
        : isNegativeRange(node.args[0]!.range)
          ? g.full(ONE.neg(), node.shape)
          : undefined,
  },
  {
    name: 'modulus and sign',
    zh: '绝对值与符号',
    on: 'product',
    law: 'u·sign u = |u|, |u|ᵏ·sign u = u·|u|ᵏ⁻¹ for k = ±1',
    finite: true,
    example: 'param a, b\nloss J = b * a * sign(a) + abs(b) * sign(b) + a * sign(a - b) / abs(a - b)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const s of factors) {
        const u = peel(s.node)
        if (u.kind !== 'apply' || u.op !== sign || !isOne(s.exponent)) continue
        const others = factors.filter((h) => h !== s && h.labels.join() === s.labels.join())
        const f = others.find(
          (h) => (h.node === u.args[0] || peel(h.node) === u.args[0]) && h.exponent.compare(1) >= 0,
        )
        const m = others.find(
          (h) => isModulusOf(h.node, u.args[0]!) && (isOne(h.exponent) || isMinusOne(h.exponent)),
        )
        const other = f ?? m
        if (!other) continue
        return withFactors(g, node, [
          ...factors.filter((h) => h !== s && h !== other),
          { ...s, node: f ? g.apply(abs, [u.args[0]!]) : u.args[0]! },
          { ...other, exponent: other.exponent.sub(1) },
        ])
      }
      return undefined
    },
  },
  {
    name: 'even power of a modulus',
    zh: '绝对值的偶次幂',
    on: 'product',
    law: '|u|²ᵏ = u²ᵏ',
    example: 'param a, b\nloss J = b * abs(a - b)^2',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const f = factors.find((h) => isEven(h.exponent) && h.node.kind === 'apply' && h.node.op === abs)
      return (
        f &&
        withFactors(
          g,
          node,
          factors.map((h) => (h === f ? { ...f, node: f.node.args[0]! } : h)),
        )
      )
    },
  },
  {
    name: 'sign as a quotient',
    zh: '商为符号函数',
    on: 'product',
    law: 'u/|u| = sign u for u ≠ 0',
    finite: true,
    example: 'param a, b\nloss J = b * (a - b) / abs(a - b)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const m of factors) {
        if (!isMinusOne(m.exponent)) continue
        const f = factors.find(
          (h) => isOne(h.exponent) && isModulusOf(m.node, h.node) && h.labels.join() === m.labels.join(),
        )
        if (!f) continue
        return withFactors(g, node, [
          ...factors.filter((h) => h !== m && h !== f),
          { ...f, node: g.apply(sign, [f.node]) },
        ])
      }
      return undefined
    },
  },
  {
    name: 'root of a square',
    zh: '平方的根',
    on: 'product',
    law: '√(u²) = |u|, √(u²·v) = |u|·√v',
    example: 'param a, b\nloss J = b * sqrt((a - b)^2) + (a^2 * exp(b))^(3/2)',
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      const opened = rootOfSquare(c.g, node)
      return opened && ifShorter(c, node, opened)
    },
  },
  {
    name: 'zero where its maximum is',
    zh: '最大值为零处',
    on: 'select',
    law: 'where(u > 0, max(0, u)·v, 0) = max(0, u)·v',
    finite: true,
    example: 'param a, b\nm = max(0, a - b)\nloss J = where(a > b, m * b, 0)',
    rewrite: (node, { g }) => {
      const [c, u, v] = node.args as [Node, Node, Node]
      const zeroFirst = isZeroNode(u)
      if (zeroFirst === isZeroNode(v)) return undefined
      const value = zeroFirst ? v : u
      const vanishes = asFactors(value).factors.some((f) => {
        const w = f.exponent.compare(0) > 0 ? rectified(peel(f.node)) : undefined
        return w !== undefined && saysPositive(g, c, w) === !zeroFirst
      })
      return vanishes ? widen(g, value, node) : undefined
    },
  },
  ...['lt', 'le', 'gt', 'ge'].map((on): Rule => ({
    name: `sides of a comparison, ${on}`,
    zh: '整理比较的两边',
    on,
    law: 'm − y > 0 where m > y',
    reading: true,
    finite: true,
    example: `param a, b\nloss J = where(${on === 'lt' ? 'a - b < 0' : on === 'le' ? '1 - a * b <= 0' : on === 'gt' ? '1 - a > 0' : 'a - b >= 0'}, a, b)`,
    trial: true,
    rewrite: (node, c) => {
      const { g } = c
      const [a, b] = node.args as [Node, Node]
      if (node.kind !== 'apply' || node.op.kind !== 'pointwise' || (a.kind !== 'sum' && b.kind !== 'sum'))
        return undefined
      const shape = node.shape
      const { terms, constant } = asTerms(g.subtract(widen(g, a, node), widen(g, b, node)))
      const side = (sign: 1 | -1): Node =>
        g.sum(
          terms.flatMap((t) =>
            t.coefficient.compare(0) === sign ? [{ ...t, coefficient: t.coefficient.mul(sign) }] : [],
          ),
          constant.compare(0) === sign ? constant.mul(sign) : ZERO,
          shape,
        )
      return ifShorter(c, node, g.stretch(g.apply(node.op, [side(1), side(-1)]), shape))
    },
  })),
  ...['max', 'min'].map((on): Rule => ({
    name: `${on} of equals`,
    zh: '相等两数的最大或最小值',
    on,
    law: `${on}(u, u) = u`,
    example: `param a, b\nloss J = ${on}(a * b, b * a) + ${on}(2, 3)`,
    rewrite: (node, { g }) => {
      const [a, b] = node.args as [Node, Node]
      if (a === b) return a
      const x = constantValue(a)
      const y = constantValue(b)
      return x && y ? g.full((on === 'max') === x.compare(y) >= 0 ? x : y, node.shape) : undefined
    },
  })),
]

const isModulusOf = (n: Node, u: Node): boolean => {
  const m = peel(n)
  return m.kind === 'apply' && m.op === abs && (m.args[0] === u || m.args[0] === peel(u))
}

/** A product in which of (c·u²·v)ᵉ for a root e the even powers are taken out. */
export function rootOfSquare(g: Graph, node: ProductNode): Node | undefined {
  const factors = factorsOf(node)
  for (const f of factors) {
    const q = f.node
    if (isInteger(f.exponent) || q.kind !== 'product' || !isPureProduct(q)) continue
    const inner = factorsOf(q)
    const even = inner.filter((h) => isEven(h.exponent))
    if (even.length === 0) continue
    const rest = g.product(
      q.coefficient,
      inner.filter((h) => !even.includes(h)),
      q.shape.map((_, i) => i),
      q.shape,
    )
    return withFactors(g, node, [
      ...factors.filter((h) => h !== f),
      { ...f, node: rest },
      ...even.map((h) => ({
        node: isNonnegativeRange(h.node.range) ? h.node : g.apply(abs, [h.node]),
        labels: h.labels.map((l) => f.labels[l]!),
        exponent: h.exponent.mul(f.exponent),
      })),
    ])
  }
  return undefined
}

/** u of max(0, u). */
function rectified(node: Node): Node | undefined {
  if (node.kind !== 'apply' || node.op !== max) return undefined
  const [a, b] = node.args as [Node, Node]
  return isZeroNode(a) ? b : isZeroNode(b) ? a : undefined
}

/** Whether a condition says that w > 0 (or ≥ 0), or that it is not. */
function saysPositive(g: G, condition: Node, w: Node): boolean | undefined {
  if (condition.kind !== 'apply' || condition.op.kind !== 'pointwise') return undefined
  const { relation } = condition.op
  if (relation === undefined || relation === '=' || relation === '!=') return undefined
  const [a, b] = condition.args as [Node, Node]
  const [x, y] = [a, b].map((n) => (n.shape.length === w.shape.length ? n : g.broadcast(n, w.shape, []))) as [
    Node,
    Node,
  ]
  const more = relation === '>' || relation === '>='
  if (g.subtract(x, y) === w) return more
  return g.subtract(y, x) === w ? !more : undefined
}

type G = Parameters<Rule['rewrite']>[1]['g']
const widen = (g: G, node: Node, like: Node): Node => widenTo(g, node, like.shape)
