import { ZERO } from '../base/rational.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import { type EquationNode, type Node } from '../graph/node.ts'
import { transform } from '../graph/traverse.ts'
import { simplify } from './index.ts'

/** Whether the rules show that two values are equal; a scalar on the right stands for every entry. */
export function proves(g: Graph, left: Node, right: Node, equations: readonly EquationNode[]): boolean {
  const whole = g.broadcast(right, left.shape, right.shape.length === 0 ? [] : left.shape.map((_, i) => i))
  const same = (a: Node, b: Node, names: readonly EquationNode[]): boolean => {
    const [x, y, difference] = simplify(
      g,
      [
        a,
        b,
        g.sum(
          [
            { coefficient: ZERO.add(1), node: a },
            { coefficient: ZERO.sub(1), node: b },
          ],
          ZERO,
          a.shape,
        ),
      ],
      names,
    ).roots
    return x === y || isZeroNode(difference!)
  }
  // With the program's names, and written out: a name hides what it stands for.
  return same(left, whole, equations) || same(writtenOut(g, left), writtenOut(g, whole), [])
}

/** Without names. */
export const writtenOut = (g: Graph, node: Node): Node =>
  transform(g, [node], (rebuilt) => (rebuilt.kind === 'equation' ? rebuilt.body : rebuilt)).roots[0]!
