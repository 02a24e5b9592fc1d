import { type Rational, isOne } from '../base/rational.ts'
import { type Factor, factorsOf } from '../graph/graph.ts'
import { type EquationNode, type Node, isPureProduct } from '../graph/node.ts'
import { isNonzeroRange } from '../graph/range.ts'

/** A named product solved for one of its factors: f^exponent = name / (coefficient · rest). */
export interface Solution {
  readonly equation: EquationNode
  readonly exponent: Rational
  readonly coefficient: Rational
  /** The other factors, their labels those of f's axes. */
  readonly rest: readonly Factor[]
  /** The label that each axis of the equation has there. */
  readonly axes: readonly number[]
}

/** Of bodies with more factors nothing is said. */
const MOST_FACTORS = 8

/** What an equation says of each factor of its body. A factor must have all axes, and the others must not be zero. */
export function solutionsOf(equation: EquationNode): { factor: Node; solution: Solution }[] {
  const { body } = equation
  if (body.kind !== 'product' || !isPureProduct(body) || body.args.length > MOST_FACTORS) return []
  const factors = factorsOf(body)
  return factors.flatMap((f) => {
    const rest = factors.filter((h) => h !== f)
    if (f.labels.length !== body.shape.length || new Set(f.labels).size !== f.labels.length) return []
    if (f.node.args.length === 0 && f.node.kind !== 'product') return []
    if (!rest.every((h) => isNonzeroRange(h.node.range))) return []
    if (rest.length === 0 && isOne(f.exponent) && isOne(body.coefficient)) return []
    return [
      {
        factor: f.node,
        solution: {
          equation,
          exponent: f.exponent,
          coefficient: body.coefficient,
          rest: rest.map((h) => ({ ...h, labels: h.labels.map((l) => f.labels.indexOf(l)) })),
          axes: body.shape.map((_, axis) => f.labels.indexOf(axis)),
        },
      },
    ]
  })
}
