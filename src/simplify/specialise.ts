import { ONE, ZERO } from '../base/rational.ts'
import { type Graph, constantValue } from '../graph/graph.ts'
import type { ApplyNode, Node } from '../graph/node.ts'
import { peel } from '../graph/node.ts'
import { exp, log, reducemax } from '../ops/index.ts'
import { stretchBack } from '../ops/reductions.ts'
import type { Rule } from './rule.ts'
import { Simplifier } from './simplifier.ts'
import { splitAlong } from './terms.ts'

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

/** The roots as they are to be computed: no log-sum-exp and no softmax is left, only shifted sums. */
export function specialise(g: Graph, roots: readonly Node[]): readonly Node[] {
  return [softmaxRules, shiftRules].reduce<readonly Node[]>((nodes, rules) => {
    const simplifier = new Simplifier(g, rules)
    return nodes.map((node) => simplifier.simplify(node))
  }, roots)
}
