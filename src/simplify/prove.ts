import { MINUS_ONE, ONE, ZERO } from '../base/rational.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import { transform } from '../graph/traverse.ts'
import { canonical, polynomial } from './canonical.ts'
import { simplify } from './index.ts'
import { Simplifier } from './simplifier.ts'

/** Whether the rules show that two values are equal; a scalar on the right stands for every entry. */
export function proves(g: Graph, left: Node, right: Node, equations: readonly EquationNode[]): boolean {
  const whole = g.broadcast(right, left.shape, right.shape.length === 0 ? [] : left.shape.map((_, i) => i))
  const difference = g.sum(
    [
      { coefficient: ONE, node: left },
      { coefficient: MINUS_ONE, node: whole },
    ],
    ZERO,
    left.shape,
  )
  const [a, b, zero] = simplify(g, [left, whole, difference], equations).roots
  if (a === b || isZeroNode(zero!)) return true
  // Written out, and multiplied out: a name hides what it stands for, and what is shortest need not be unique.
  const open = writtenOut(g, difference)
  return [polynomial, canonical].some((rules) => isZeroNode(new Simplifier(g, rules).simplify(open)))
}

/** Without names. */
export const writtenOut = (g: Graph, node: Node): Node =>
  transform(g, [node], (rebuilt) => (rebuilt.kind === 'equation' ? rebuilt.body : rebuilt))[0]!
