import { type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, isPureProduct, peel } from '../graph/node.ts'

/** Whether Aᵀ is A: as declared, or as it is made. */
export function isSymmetric(g: Graph, a: Node): boolean {
  const value = peel(a)
  if (value.shape.length !== 2) return false
  switch (value.kind) {
    case 'symbol':
      return value.symbol.assumptions.has('symmetric')
    case 'delta':
      return true
    case 'sum':
      return value.args.every((term) => term.shape.length === 0 || isSymmetric(g, term))
    case 'product':
      return (
        g.product(value.coefficient, factorsOf(value), [1, 0], value.shape) === value ||
        (isPureProduct(value) &&
          value.args.every((f, i) => value.labels[i]!.length === 0 || isSymmetric(g, f)))
      )
    default:
      return false
  }
}
