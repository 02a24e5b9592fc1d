import { isMinusOne, isOne } from '../base/rational.ts'
import { type Node, peel } from '../graph/node.ts'
import { lse } from './reductions.ts'

/** exp(z − logsumexp z), as seen through names: z and the axes that the entries sum to 1 over. */
export function softmaxArgument(node: Node): { z: Node; axes: readonly number[] } | undefined {
  if (node.kind !== 'apply' || node.op.name !== 'exp') return undefined
  const u = node.args[0]!
  if (u.kind !== 'sum' || u.args.length !== 2 || !u.constant.equals(0)) return undefined
  for (const i of [0, 1]) {
    const z = u.args[1 - i]!
    if (!isMinusOne(u.coefficients[i]!) || !isOne(u.coefficients[1 - i]!)) continue
    // The logsumexp is a scalar, or stretched along its axes by a product.
    const term = u.args[i]!
    const l = peel(term.kind === 'product' && term.args.length === 1 ? term.args[0]! : term)
    if (l.kind !== 'apply' || l.op !== lse || (l.args[0] !== z && peel(l.args[0]!) !== peel(z))) continue
    const kept = z.shape.map((_, axis) => axis).filter((axis) => !l.axes.includes(axis))
    const labels = term.kind === 'product' ? term.labels[0]! : []
    if (labels.length === kept.length && labels.every((label, k) => label === kept[k]))
      return { z, axes: l.axes }
  }
  return undefined
}
