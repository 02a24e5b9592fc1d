/**
 * Whether some scalars are positive wherever some others are, because a product of these with the one is a square. Signs are
 * modelled by which numbers are squares modulo a prime, and which products always are is linear algebra over two elements.
 */
import type { Node } from '../../graph/node.ts'
import { isNonnegativeRange } from '../../graph/range.ts'
import { topological } from '../../graph/traverse.ts'
import { suitableFields } from './constants.ts'
import { Lanes, Undecidable } from './lanes.ts'
import { Reader } from './reader.ts'

const BUDGET = 150_000
/** Points beyond the number of values: what holds at all of them by chance does so once in 2⁴⁰ times. */
const MORE_POINTS = 40
/** Primes at which the sign of a constant factor shows: −23 may be a square modulo one of them, and hardly modulo all. */
const PRIMES = 32

/**
 * Whether all of `wanted` are positive wherever all of `known` are, up to single points. What roots and logarithms in any of
 * these are of must be among the same list: it is not asked again.
 */
export function followModuloPrimes(wanted: readonly Node[], known: readonly Node[]): boolean {
  const given = known.filter((n) => !isNonnegativeRange(n.range))
  const asked = wanted.filter((n) => !isNonnegativeRange(n.range) && !given.includes(n))
  // What stands within another one first: then points at which that one has a value are those at which it is positive.
  const order = topological(asked).filter((n) => asked.includes(n))
  return order.every((node) => {
    try {
      return follows(node, given)
    } catch (error) {
      if (error instanceof Undecidable) return false
      throw error
    }
  })
}

function follows(node: Node, known: readonly Node[]): boolean {
  const lanes = new Lanes(
    known.length + MORE_POINTS,
    'signs',
    BUDGET,
    suitableFields(topological([node, ...known])),
  )
  const reader = new Reader(lanes)
  const values = known.map((n) => reader.read(n))
  const value = reader.read(node)
  const signs = (v: number): bigint =>
    lanes.column(v).reduce((bits, x) => (bits << 1n) | (lanes.field.isPositive(x) ? 0n : 1n), 0n)
  const used = dependence(signs(value), values.map(signs))
  if (!used) return false
  return lanes.holds(
    (v, f) =>
      used.filter((i) => !f.isPositive(v[values[i]!]!)).length % 2 === (f.isPositive(v[value]!) ? 0 : 1) &&
      reader.equalities.every(([a, b]) => v[a] === v[b]),
    PRIMES,
  )
}

/** Which of the vectors over two elements add up to one. */
function dependence(target: bigint, vectors: readonly bigint[]): number[] | undefined {
  const rows: { vector: bigint; parts: bigint }[] = []
  const reduced = (vector: bigint, parts: bigint): { vector: bigint; parts: bigint } => {
    for (const row of rows)
      if ((vector ^ row.vector) < vector) {
        vector ^= row.vector
        parts ^= row.parts
      }
    return { vector, parts }
  }
  for (const [i, vector] of vectors.entries()) {
    const rest = reduced(vector, 1n << BigInt(i))
    if (rest.vector === 0n) continue
    rows.push(rest)
    rows.sort((a, b) => (a.vector < b.vector ? 1 : -1))
  }
  const { vector, parts } = reduced(target, 0n)
  return vector === 0n ? vectors.flatMap((_, i) => ((parts >> BigInt(i)) & 1n ? [i] : [])) : undefined
}
