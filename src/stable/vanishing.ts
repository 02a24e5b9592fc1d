/** Functions that are 0 at 0, in whatever words: their quotients by their argument have a limit there. */
import { MINUS_ONE, ONE, type Rational, ZERO, isOne, isZero, plus } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import { type ApplyNode, type Node, peel } from '../graph/node.ts'
import type { Pointwise } from '../graph/operator.ts'
import { exp, expm1, log, log1p, vanishesAt0 } from '../ops/index.ts'
import { shiftedBy } from './build.ts'

/** A function that is 0 at 0, its argument, and a number: constant + op(t). */
export interface Vanishing {
  readonly op: Pointwise
  readonly t: Node
  readonly constant: Rational
  /** Of log1p(u − 1): log u. */
  readonly log?: Node
}

/** e^t is expm1(t) + 1, log u is log1p(u − 1). */
export function beyondConstant(g: Graph, { op, args }: ApplyNode): Vanishing | undefined {
  if (op.kind !== 'pointwise') return undefined
  const t = args[0]!
  if (op === exp) return { op: expm1, t, constant: ONE }
  if (op === log) return { op: log1p, t: shiftedBy(g, t, MINUS_ONE), constant: ZERO, log: g.apply(op, args) }
  return vanishesAt0(op) ? { op, t, constant: ZERO } : undefined
}

/** A value that is op(t) and nothing else: e^t − 1 as well. */
export function vanishing(g: Graph, node: Node): Vanishing | undefined {
  const value = peel(node)
  const isSum = value.kind === 'sum'
  if (isSum && (value.args.length !== 1 || !isOne(value.coefficients[0]!))) return undefined
  const inner = isSum ? peel(value.args[0]!) : value
  const found = inner.kind === 'apply' ? beyondConstant(g, inner) : undefined
  return found && isZero(plus(found.constant, isSum ? value.constant : ZERO)) ? found : undefined
}
