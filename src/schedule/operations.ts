import { type Rational, isInteger, isMinusOne, isNegative, isOne, isZero } from '../base/rational.ts'
import type { Field } from '../graph/field.ts'
import type { Node, ProductNode, SumNode } from '../graph/node.ts'
import type { Operator } from '../graph/operator.ts'
import { topological } from '../graph/traverse.ts'
import { countScalars, scalarise } from './scalarise.ts'

/** Beyond this many the tensors are not taken apart. */
const MOST = 200_000

/**
 * The operations on numbers that one evaluation of the roots takes, what is equal computed once: additions,
 * multiplications, divisions, calls of elementary functions and choices; signs and numbers are free, and a function of the
 * table counts as what it is defined by (σ is an exponential, an addition and a division). Undefined where an extent is
 * open, for matrix operators, and for networks that are too large.
 */
export function operations(roots: readonly Node[]): number | undefined {
  if (countScalars(topological(roots)) > MOST) return undefined
  const { entries } = scalarise(roots)
  return topological(roots.flatMap((root) => entries(root))).reduce((sum, node) => sum + own(node), 0)
}

function own(node: Node): number {
  switch (node.kind) {
    case 'sum':
      return sumOperations(node)
    case 'product':
      return productOperations(node)
    case 'apply':
      return definitionOperations(node.op)
    default:
      return 0
  }
}

/** Σ cᵢ·xᵢ + c */
export const sumOperations = ({
  coefficients,
  constant,
}: Pick<SumNode, 'coefficients' | 'constant'>): number =>
  coefficients.length -
  (isZero(constant) ? 1 : 0) +
  coefficients.filter((c) => !isOne(c) && !isMinusOne(c)).length

/** c·Π xᵢ^eᵢ */
export function productOperations({
  coefficient,
  exponents,
}: Pick<ProductNode, 'coefficient' | 'exponents'>): number {
  const divisors = exponents.filter(isNegative).length
  const multiplied = exponents.length - divisors + (isOne(coefficient) || isMinusOne(coefficient) ? 0 : 1)
  return (
    Math.max(0, multiplied - 1) + divisors + exponents.reduce((sum, e) => sum + powerOperations(e.abs()), 0)
  )
}

/** x² is a multiplication, √x a call, and so is any other power. */
const powerOperations = (e: Rational): number =>
  isOne(e) ? 0 : isInteger(e) && e.compare(4) <= 0 ? e.valueOf() - 1 : 1

const known = new WeakMap<Operator, number>()

/** The operations of a definition, counted by evaluating it in a number system that counts. */
function definitionOperations(op: Operator): number {
  let count = known.get(op)
  if (count === undefined) {
    count = 0
    const one = (): number => (count!++, 1)
    const counting: Field<number> = {
      rational: () => 1,
      number: () => 1,
      add: one,
      subtract: one,
      multiply: one,
      divide: one,
      power: one,
      call: one,
      negate: () => 1,
      select: (_relation, _a, _b, then) => (one(), then()),
    }
    if (op.kind === 'pointwise' && op.abstract) count = 1
    else if (op.kind === 'pointwise') op.meaning(counting, ...new Array<number>(op.arity).fill(1))
    known.set(op, count)
  }
  return count
}
