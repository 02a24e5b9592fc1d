import { ONE, type Rational, ZERO } from '../../base/rational.ts'
import { constantValue, termsOf } from '../../graph/graph.ts'
import { type ApplyNode, type Node, type SumNode, peel } from '../../graph/node.ts'
import { exp, log, lse, select, shifted, shiftedLogSumExp, unlessZero, unshifted } from '../../ops/index.ts'
import { stretchBack } from '../../ops/reductions.ts'
import type { Rule } from '../rule.ts'
import { splitAlong } from '../terms.ts'

const isLse = (node: Node): node is ApplyNode => node.kind === 'apply' && node.op === lse

/** Where the axes of z stand in the sum that its log-sum-exp `term` is a part of: the softmax may be transposed. */
function placement(term: Node, z: Node, axes: readonly number[]): number[] | undefined {
  const kept = z.shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const labels = term.kind === 'product' ? term.labels[0]! : kept
  if (labels.length !== kept.length) return undefined
  const free = z.shape.map((_, i) => i).filter((i) => !labels.includes(i))
  return z.shape.map((_, axis) =>
    axes.includes(axis) ? free[axes.indexOf(axis)]! : labels[kept.indexOf(axis)]!,
  )
}

/** Whether z stands in a sum, some multiple of it, or, dissolved in it, this one. */
function holds(sum: SumNode, z: Node, multiple: Rational): boolean {
  if (sum.args.some((a) => peel(a) === peel(z))) return true
  return (
    z.kind === 'sum' &&
    termsOf(z).every(({ node, coefficient }) => {
      const at = sum.args.indexOf(node)
      return at >= 0 && sum.coefficients[at]!.equals(coefficient.mul(multiple))
    })
  )
}

/** Whether data are added to what the exponentials are of: −∞ there masks an entry, and a row of such has no weights, all 0. */
function isMaskable(z: Node): boolean {
  const value = peel(z)
  return value.kind === 'sum' && value.args.some(isMask)
}
function isMask(term: Node): boolean {
  const value = peel(term)
  if (value.kind === 'product') return value.args.some(isMask)
  if (value.kind === 'apply')
    return value.op === select || (value.op.logarithm === true && value.args.some(isMask))
  return value.kind === 'symbol' && (value.symbol.role === 'input' || value.symbol.role === 'target')
}

/** Softmaxes are known by the log-sum-exp that they hold, then their logarithms; what is left of it comes last. */
const softmaxes = (split: typeof shifted): readonly Rule[] => [
  {
    name: 'softmax by shifted exponentials',
    zh: '平移指数计算 softmax',
    on: 'exp',
    law: 'exp(z − logsumexp z) = exp(z − m)/Σ exp(z − m), m = max z',
    finite: true,
    example: 'param a[2, 3], b[2]\nloss J = sum(a * softmax(a)) + sum(b * logsumexp(a))',
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      if (u.kind !== 'sum') return undefined
      for (const [i, term] of u.args.entries()) {
        const value = term.kind === 'product' && term.args.length === 1 ? term.args[0]! : term
        const l = peel(value)
        if (!isLse(l)) continue
        const z = l.args[0]!
        if (z.shape.length !== u.shape.length) continue
        const view = placement(term, z, l.axes)
        if (!view || view.some((at, axis) => u.shape[at] !== z.shape[axis])) continue
        // exp(k·(z − lse z) + c), the rest c being the same along the axes: softmaxᵏ · exp c.
        const k = u.coefficients[i]!.neg()
        const left = g.sum(
          [
            { coefficient: ONE, node: u },
            { coefficient: k.neg(), node: g.broadcast(z, u.shape, view) },
            { coefficient: k, node: term },
          ],
          ZERO,
          u.shape,
        )
        if (
          !constantValue(left) &&
          splitAlong(
            g,
            left,
            l.axes.map((axis) => view[axis]!),
          ).varying
        )
          continue
        const { e, s } = split(g, z, l.axes)
        const total = isMaskable(z) ? unlessZero(g, s, ONE, s) : s
        const softmax = g.broadcast(g.power(g.divide(e, stretchBack(g, total, e, l.axes)), k), u.shape, view)
        return constantValue(left)?.equals(0) ? softmax : g.multiply(softmax, g.apply(exp, [left]))
      }
      return undefined
    },
  },
]

const logarithms = (split: typeof shifted): readonly Rule[] => [
  {
    // m + log s has the size of m: of a loss near 0 its rounding would be all that is left.
    name: 'logarithm of a softmax by shifted exponentials',
    zh: '平移指数计算 softmax 的对数',
    on: 'sum',
    law: 'z − logsumexp z = (z − m) − log Σ exp(z − m)',
    example: 'param a[2, 3], b[2, 3]\nloss J = sum(b * (a - 2 * logsoftmax(a)))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'sum') return undefined
      for (const [i, term] of node.args.entries()) {
        const l = peel(term.kind === 'product' && term.args.length === 1 ? term.args[0]! : term)
        if (!isLse(l)) continue
        const z = l.args[0]!
        const k = node.coefficients[i]!
        // The whole of −k·z need not stand there: what is left of z stays.
        if (!holds(node, z, k.neg()) || placement(term, z, l.axes)?.some((at, axis) => at !== axis)) continue
        const { d, s } = split(g, z, l.axes)
        return g.sum(
          [
            ...termsOf(node).filter((_, at) => at !== i),
            { coefficient: k, node: z },
            { coefficient: k.neg(), node: d },
            { coefficient: k, node: stretchBack(g, g.apply(log, [s]), z, l.axes) },
          ],
          node.constant,
          node.shape,
        )
      }
      return undefined
    },
  },
]

const sums = (split: typeof shifted): readonly Rule[] => [
  {
    name: 'shifted logsumexp',
    zh: '平移的 logsumexp',
    on: 'lse',
    law: 'logsumexp z = m + log Σ exp(z − m), m = max z',
    example: 'param a[3]\nloss J = logsumexp(a)',
    rewrite: (node, { g }) =>
      node.kind === 'apply' ? shiftedLogSumExp(g, node.args[0]!, node.axes, split) : undefined,
  },
]

export const softmaxRules = softmaxes(shifted)
export const logSoftmaxRules = logarithms(shifted)
export const shiftRules = sums(shifted)

/** The same as it is written, without the shift: to count what formulas take. */
export const sharingRules: readonly (readonly Rule[])[] = [softmaxes, logarithms, sums].map((of) =>
  of(unshifted),
)
