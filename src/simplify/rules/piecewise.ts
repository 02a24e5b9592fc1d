import { ZERO, isEven, isInteger } from '../../base/rational.ts'
import { type Graph, constantValue, factorsOf, isZeroNode } from '../../graph/graph.ts'
import { type Node, type ProductNode, isPureProduct, peel } from '../../graph/node.ts'
import { isNonnegativeRange } from '../../graph/range.ts'
import { abs, max } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { asFactors, asTerms, widenTo, withFactors } from '../terms.ts'

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
  row({
    name: 'equal branches',
    zh: '分支相同',
    law: 'where(c, u, u) = u',
    example: 'param a, b\nloss J = where(a < b, a * b, b * a)',
  }),
  row({
    name: 'same condition inside',
    zh: '内外条件相同',
    law: ['where(c, where(c, u, v), w) = where(c, u, w)', 'where(c, u, where(c, v, w)) = where(c, u, w)'],
    example: 'param a, b, c\nloss J = where(a < b, where(a < b, c, a), where(a < b, b, c * c))',
  }),
  row({
    name: 'sum of cases',
    zh: '分段函数之和',
    law: 'k * where(c, u, v) + m * where(c, s, t) = where(c, k * u + m * s, k * v + m * t)',
    example: 'param a, b, c\nloss J = where(a < b, a, c) - 2 * where(a < b, c, b) + a',
  }),
  row({
    name: 'absolute value of a known sign',
    zh: '符号已知的绝对值',
    law: ['abs(u) = u where u >= 0', 'abs(u) = -u where u <= 0'],
    example: 'param a, b\nloss J = b * abs(exp(a)) + abs(-exp(a))',
  }),
  row({
    name: 'absolute value of a negative',
    zh: '相反数的绝对值',
    law: 'abs(-u) = abs(u)',
    example: 'param a, b\nloss J = b * abs(-2 * a)',
  }),
  row({
    name: 'sign of a known sign',
    zh: '符号已知的符号函数',
    law: ['sign(u) = 1 where u > 0', 'sign(u) = -1 where u < 0'],
    finite: true,
    example: 'param a, b\nloss J = b * sign(exp(a)) + a * sign(-exp(b))',
  }),
  row({
    name: 'modulus and sign',
    zh: '绝对值与符号',
    law: ['u * sign(u) = abs(u)', 'abs(u) * sign(u) = u', 'sign(u) / abs(u) = u / abs(u)^2'],
    finite: true,
    named: true,
    example: 'param a, b\nloss J = b * a * sign(a) + abs(b) * sign(b) + a * sign(a - b) / abs(a - b)',
  }),
  row({
    name: 'even power of a modulus',
    zh: '绝对值的偶次幂',
    law: 'abs(u)^n = u^n where n : even',
    example: 'param a, b\nloss J = b * abs(a - b)^2',
  }),
  row({
    name: 'sign as a quotient',
    zh: '商为符号函数',
    law: 'u / abs(u) = sign(u)',
    finite: true,
    exact: true,
    named: true,
    example: 'param a, b\nloss J = b * (a - b) / abs(a - b)',
  }),
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
  row({
    name: 'max of equals',
    zh: '相等两数的最大或最小值',
    law: ['max(u, u) = u', 'max(m, n) = m where m >= n', 'max(m, n) = n where m < n'],
    example: 'param a, b\nloss J = max(a * b, b * a) + max(2, 3)',
  }),
  row({
    name: 'min of equals',
    zh: '相等两数的最大或最小值',
    law: ['min(u, u) = u', 'min(m, n) = m where m <= n', 'min(m, n) = n where m > n'],
    example: 'param a, b\nloss J = min(a * b, b * a) + min(2, 3)',
  }),
]

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
