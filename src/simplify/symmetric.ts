import { type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, isPureProduct, peel } from '../graph/node.ts'
import { inv } from '../ops/index.ts'

/** How deep a value is looked into. */
const DEEPEST = 4

/** Whether Aᵀ is A: as declared, or as it is made. */
export function isSymmetric(g: Graph, a: Node, depth = DEEPEST): boolean {
  const value = peel(a)
  const { shape } = value
  if (shape.length !== 2 || shape[0] !== shape[1] || depth === 0) return false
  switch (value.kind) {
    case 'symbol':
      return value.symbol.assumptions.has('symmetric')
    case 'delta':
      return true
    case 'apply':
      return value.op === inv && isSymmetric(g, value.args[0]!, depth - 1)
    case 'sum':
      return value.args.every((term) => term.shape.length === 0 || isSymmetric(g, term, depth - 1))
    case 'product':
      // XᵀX: with its axes exchanged it is the same product.
      return (
        g.product(value.coefficient, factorsOf(value), [1, 0], shape) === value ||
        (isPureProduct(value) &&
          value.args.every((f, i) => value.labels[i]!.length === 0 || isSymmetric(g, f, depth - 1)))
      )
    default:
      return false
  }
}
