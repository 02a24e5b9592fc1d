import type { Words } from '../base/language.ts'
import { type Rational, ZERO, isMinusOne, isOne, rational } from '../base/rational.ts'
import { type Graph, termsOf } from '../graph/graph.ts'
import { type Node, peel } from '../graph/node.ts'
import { abs, exp, log } from './elementary.ts'
import { le, where } from './piecewise.ts'
import { lse, reducemax, stretchBack } from './reductions.ts'

/** log Σ exp z = m + log s in parts that do not overflow: d = z − m, e = exp d, s = Σ e. */
export interface Shifted {
  readonly m: Node
  readonly d: Node
  readonly e: Node
  readonly s: Node
}

/** The greatest double: what is beyond is infinite. */
export const GREATEST = rational(BigInt(Number.MAX_VALUE))

/** x, or another number where it is infinite. */
export const finite = (g: Graph, x: Node, otherwise: Rational = ZERO): Node =>
  where(
    g,
    g.apply(le, [x.range.lo >= 0 ? x : g.apply(abs, [x]), g.constant(GREATEST)]),
    x,
    g.constant(otherwise),
  )

/**
 * The shift is by the greatest entry (Blanchard, Higham, Higham 2021), or by nothing where that is infinite: ∞ − ∞ is
 * no number, and a log-sum-exp of masked entries only, −∞ each, is −∞.
 */
export function shifted(g: Graph, z: Node, axes: readonly number[]): Shifted {
  return shiftedBy(g, whole(g, z), axes)
}

/** Without the shift, as it is written: to count operations. */
export function unshifted(g: Graph, z: Node, axes: readonly number[]): Shifted {
  const d = whole(g, z)
  const e = g.apply(exp, [d])
  return { m: g.constant(ZERO), d, e, s: g.sumOver(e, axes) }
}

/** A sum is computed once, and not dissolved into the sums that it is a term of. */
const whole = (g: Graph, z: Node): Node => (z.kind === 'sum' ? g.equation('', z) : z)

function shiftedBy(g: Graph, z: Node, axes: readonly number[]): Shifted {
  const m = finite(g, g.reduce(reducemax, z, axes))
  // Behind a name the difference is taken first: z − (m + log s) would round m + log s to the size of m.
  const d = g.equation('', g.subtract(z, stretchBack(g, m, z, axes)))
  const e = g.apply(exp, [d])
  return { m, d, e, s: g.sumOver(e, axes) }
}

/** log Σ exp z by its parts. */
export function shiftedLogSumExp(g: Graph, z: Node, axes: readonly number[], split = shifted): Node {
  const { m, s } = split(g, z, axes)
  return g.add(m, g.apply(log, [s]))
}

/** What the softmax is called: it is no operator, but read as one. */
export const SOFTMAX_CALLED: Words = { en: 'the softmax', zh: 'softmax 函数' }

/** exp(z − logsumexp z) along axes. */
export const softmax = (g: Graph, z: Node, axes: readonly number[]): Node =>
  g.apply(exp, [g.subtract(z, stretchBack(g, g.reduce(lse, z, axes), z, axes))])

/** What the softmax is of that a node is as it stands, or `through` names, z a sum too: z and the axes. */
export function softmaxIn(
  g: Graph,
  node: Node,
  through: (n: Node) => Node = (n) => n,
): { z: Node; axes: readonly number[] } | undefined {
  const value = through(node)
  if (value.kind !== 'apply' || value.op !== exp) return undefined
  const u = through(value.args[0]!)
  if (u.kind !== 'sum') return undefined
  const terms = termsOf(u)
  for (const t of terms) {
    const inner = t.node.kind === 'product' && t.node.args.length === 1 ? t.node.args[0]! : t.node
    const l = through(inner)
    if (!isMinusOne(t.coefficient) || l.kind !== 'apply' || l.op !== lse) continue
    const z = l.args[0]!
    const { axes } = l
    if (z.shape.length !== u.shape.length || (t.node !== inner && t.node !== stretchBack(g, inner, u, axes)))
      continue
    const others = g.sum(
      terms.filter((o) => o !== t),
      u.constant,
      u.shape,
    )
    if (through(others) === through(z)) return { z, axes }
  }
  return undefined
}

/** exp(z − logsumexp z), as seen through names: z and the axes that the entries sum to 1 over. */
export function softmaxArgument(node: Node): { z: Node; axes: readonly number[] } | undefined {
  if (node.kind !== 'apply' || node.op !== exp) return undefined
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
