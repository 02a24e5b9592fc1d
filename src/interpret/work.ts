import { isOne } from '../base/rational.ts'
import type { Node } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { type Dims, lengthOf } from './evaluate.ts'
import { sizeOfShape } from './tensor.ts'

/** What an elementary function costs, in multiplications: in big numbers, and in doubles. */
const FUNCTION = 200
export const FUNCTION_IN_DOUBLES = 5

/** How many numbers the values of the roots and of all that they are made of take together. */
export function spaceOf(roots: readonly Node[], dims?: Dims): number {
  return topological(roots).reduce(
    (space, node) => space + sizeOfShape(node.shape.map((e) => lengthOf(e, dims))),
    0,
  )
}

/** About how many multiplications an evaluation of the roots takes, in big numbers if not said otherwise: what budgets are counted in. */
export const workOf = (roots: readonly Node[], dims?: Dims, cost = FUNCTION): number =>
  counted(roots, () => false, dims, cost)

function counted(
  roots: readonly Node[],
  isKnown: (node: Node) => boolean,
  dims: Dims | undefined,
  cost: number,
): number {
  let work = 0
  for (const node of topological(roots, isKnown)) {
    if (isKnown(node)) continue
    const lengths = (node.kind === 'product' ? node.extents : node.shape).map((e) => lengthOf(e, dims))
    const size = sizeOfShape(lengths)
    if (node.kind === 'sum') work += size * node.args.length
    else if (node.kind === 'product')
      work += size * node.args.length + node.exponents.filter((e) => !isOne(e)).length * size * 10
    else if (node.kind === 'derivative') {
      // Once more, from what it is taken by and what is held on.
      const { of, by, held } = node
      const directions = sizeOfShape(by.shape.map((e) => lengthOf(e, dims)))
      work += counted([of], (n) => n === by || held.includes(n), dims, cost) * (1 + directions)
    }
    if (node.kind === 'apply') {
      const inner = node.args.reduce(
        (most, a) => Math.max(most, sizeOfShape(a.shape.map((e) => lengthOf(e, dims)))),
        1,
      )
      const rows =
        node.op.kind === 'matrix' ? lengthOf(node.args[0]!.shape[node.args[0]!.shape.length - 1]!, dims) : 0
      work += node.op.kind === 'matrix' ? inner * rows * 4 : inner * (node.op.cost > 2 ? cost : 2)
    }
  }
  return work
}
