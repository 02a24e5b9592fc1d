/**
 * Whether an expression of scalars is zero by the laws of the field operations, of rational powers of positive numbers,
 * exponentials, logarithms, sines, cosines and arctangents: it is evaluated modulo primes near 2⁶¹ at random points of
 * algebraically independent quantities, with all others made from these by the laws. What is no zero is one at such a point with a
 * probability of at most (degree of the expression)/2⁶¹ (Schwartz 1980, Zippel 1979); degrees are counted, and what
 * could be mistaken with a probability of more than 2⁻¹⁰⁰ is not decided.
 */
import type { Node } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import { suitableFields } from './constants.ts'
import { logDegree } from './degree.ts'
import { Lanes, Undecidable } from './lanes.ts'
import { Reader } from './reader.ts'

/** Steps that one decision may take, all points together. */
const BUDGET = 150_000
/** Points beyond the number of functions, at which relations among these are found. */
const MORE_POINTS = 8
/** What may be wrong by chance is so with a probability of 2⁻¹⁰⁰; moduli have so many bits. */
const CERTAINTY = 100
const MODULUS_BITS = 61
/** Expressions of a degree of more than 2 to that power are not decided. */
const LARGEST_DEGREE = 56
/** A sign that divides the points is seen on either side up to a chance of (1 − 2⁻ʰ)^(32·2ʰ) = e⁻³². */
const POINTS_OF_A_PART = 32
const MOST_HIDDEN = 3

/**
 * True where an expression is zero wherever it is defined and all of `positive` are. False: it is not, or by no law
 * that is known here. Undefined: it is too large, or has functions in it that are not known.
 */
export function vanishesModuloPrimes(root: Node, positive: readonly Node[] = []): boolean | undefined {
  const order = topological([...positive, root])
  const functions = new Set(order.flatMap((n) => (n.kind === 'apply' ? [n.args[0]!] : []))).size
  try {
    const fields = suitableFields(order)
    const lanes = new Lanes(functions + MORE_POINTS, 'residues', BUDGET, fields)
    const reader = new Reader(lanes)
    for (const condition of positive) reader.require(reader.read(condition))
    const value = reader.read(root)
    const isZero = (v: readonly bigint[]): boolean =>
      v[value] === 0n && reader.equalities.every(([a, b]) => v[a] === v[b])
    const { hidden, roots, drawn } = reader
    // Twice the degree of the roots: of the norm, and because as many times fewer points are looked at.
    const degree = logDegree(root, drawn) + 2 * roots
    if (degree > LARGEST_DEGREE || hidden > MOST_HIDDEN) return undefined
    const certain = Math.ceil(CERTAINTY / (MODULUS_BITS - degree))
    return lanes.holds(isZero, Math.max(certain, hidden === 0 ? 0 : POINTS_OF_A_PART * 2 ** hidden))
  } catch (error) {
    if (error instanceof Undecidable) return undefined
    throw error
  }
}
