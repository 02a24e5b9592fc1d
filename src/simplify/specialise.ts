import { ONE, ZERO, isOne } from '../base/rational.ts'
import { type Graph, constantValue, factorsOf } from '../graph/graph.ts'
import type { ApplyNode, Node } from '../graph/node.ts'
import { peel } from '../graph/node.ts'
import { eq, exp, log, reducemax, select } from '../ops/index.ts'
import { stretchBack } from '../ops/reductions.ts'
import type { Rule } from './rule.ts'
import { Simplifier } from './simplifier.ts'
import { solveRules } from './solves.ts'
import { asFactors, splitAlong, withFactors } from './terms.ts'

const isLse = (node: Node): node is ApplyNode => node.kind === 'apply' && node.op.name === 'lse'

/** The parts of a shifted log-sum-exp: m = max z, e = exp(z − m), s = Σ e. */
function shifted(g: Graph, z: Node, axes: readonly number[]): { m: Node; e: Node; s: Node } {
  const m = g.reduce(reducemax, z, axes)
  const e = g.apply(exp, [g.subtract(z, stretchBack(g, m, z, axes))])
  return { m, e, s: g.sumOver(e, axes) }
}

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

/**
 * How machines compute what people write as one thing: the last phase before loops, for running only. Softmaxes are
 * found first: they are known by the log-sum-exp that the second group takes apart.
 */
export const softmaxRules: readonly Rule[] = [
  {
    name: 'softmax by shifted exponentials',
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
        const { e, s } = shifted(g, z, l.axes)
        const softmax = g.broadcast(g.power(g.divide(e, stretchBack(g, s, e, l.axes)), k), u.shape, view)
        return constantValue(left)?.equals(0) ? softmax : g.multiply(softmax, g.apply(exp, [left]))
      }
      return undefined
    },
  },
]

export const shiftRules: readonly Rule[] = [
  {
    name: 'shifted logsumexp',
    on: 'lse',
    law: 'logsumexp z = m + log Σ exp(z − m), m = max z',
    example: 'param a[3]\nloss J = logsumexp(a)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'apply') return undefined
      const { m, s } = shifted(g, node.args[0]!, node.axes)
      return g.add(m, g.apply(log, [s]))
    },
  },
]

/** Whether a value can be infinite at ordinary data: a logarithm, or a sum with one in it, as seen through names. */
function mayBeInfinite(node: Node): boolean {
  const value = peel(node)
  if (value.kind === 'sum')
    return value.args.some((a) => asFactors(a).factors.some((f) => isLogarithm(f.node)))
  return isLogarithm(value)
}
const isLogarithm = (node: Node): boolean => {
  const value = peel(node)
  return value.kind === 'apply' && ['log', 'lse', 'softplus'].includes(value.op.name)
}

/** Entries of a target that are 0 do not count, even where what they weigh is infinite (a masked class, log 0). */
export const zeroRules: readonly Rule[] = [
  {
    name: 'zero times a logarithm',
    on: 'product',
    law: 'y·u = y·where(y = 0, 0, u) for a target y and a logarithm u',
    example: 'target y[3]\nparam a[3]\nloss J = sum(y * log(exp(a) + 1))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const y = factors.find(
        (f) => f.node.kind === 'symbol' && f.node.symbol.role === 'target' && isOne(f.exponent),
      )
      const inside = factors.filter(
        (f) => y && f !== y && mayBeInfinite(f.node) && f.labels.every((l) => y.labels.includes(l)),
      )
      if (!y || inside.length === 0 || new Set(y.labels).size !== y.labels.length) return undefined
      const axes = y.labels.map((_, i) => i)
      const weighed = g.product(
        ONE,
        inside.map((f) => ({ ...f, labels: f.labels.map((l) => y.labels.indexOf(l)) })),
        axes,
        y.node.shape,
      )
      const guarded = g.apply(select, [g.apply(eq, [y.node, g.constant(ZERO)]), g.constant(ZERO), weighed])
      return withFactors(g, node, [
        ...factors.filter((f) => !inside.includes(f)),
        { node: guarded, labels: y.labels, exponent: ONE },
      ])
    },
  },
]

/** The roots as they are to be computed: no log-sum-exp and no softmax is left, only shifted sums. */
export function specialise(g: Graph, roots: readonly Node[]): readonly Node[] {
  return [zeroRules, softmaxRules, shiftRules, solveRules].reduce<readonly Node[]>((nodes, rules) => {
    const simplifier = new Simplifier(g, rules)
    return nodes.map((node) => simplifier.simplify(node))
  }, roots)
}
