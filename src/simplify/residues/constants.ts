import { type Rational, isInteger } from '../../base/rational.ts'
import type { Node } from '../../graph/node.ts'
import { Lanes, Undecidable } from './lanes.ts'
import { FIELDS, type PrimeField } from './prime-field.ts'
import { Reader } from './reader.ts'

/** Steps that the constants may take at one prime. */
const BUDGET = 400

/**
 * The primes at which all constants of some nodes (arguments first) have values: √19 has one where 19 is a square. Throws
 * `Undecidable` where there is none.
 */
export function suitableFields(order: readonly Node[]): readonly PrimeField[] {
  const constants = new Set<Node>()
  const roots: (readonly [Node, Rational])[] = []
  const inner: Node[] = []
  for (const node of order) {
    if (node.kind === 'product')
      node.args.forEach((a, i) => {
        if (constants.has(a) && !isInteger(node.exponents[i]!)) roots.push([a, node.exponents[i]!])
      })
    if (node.kind !== 'constant' && (node.args.length === 0 || !node.args.every((a) => constants.has(a))))
      continue
    constants.add(node)
    if (node.kind === 'apply') inner.push(node)
  }
  if (inner.length + roots.length === 0) return FIELDS
  const fields = FIELDS.filter((field) => {
    try {
      const reader = new Reader(new Lanes(1, 'constants', BUDGET, [field]))
      for (const [node, exponent] of roots) reader.raised(reader.read(node), exponent)
      for (const node of inner) reader.read(node)
      return true
    } catch (error) {
      if (error instanceof Undecidable) return false
      throw error
    }
  })
  if (fields.length === 0) throw new Undecidable()
  return fields
}
