/**
 * Whether an expression of scalars is zero by the laws of the field operations, of rational powers of positive numbers,
 * exponentials, logarithms, sines, cosines and arctangents: it is evaluated modulo primes near 2⁶¹ at random points of
 * algebraically independent quantities, with all others made from these by the laws. What is no zero is one at such a point with a
 * probability of at most (degree of the expression)/2⁶¹ (Schwartz 1980, Zippel 1979); degrees are counted, and what
 * could be mistaken with a probability of more than 2⁻¹⁰⁰ is not decided.
 */
import { isInteger } from '../../base/rational.ts'
import type { Node } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import { Lanes, Undecidable } from './lanes.ts'
import { Reader } from './reader.ts'

/** Steps that one decision may take, all points together. */
const BUDGET = 250_000
/** Points beyond the number of functions, and further ones when all of these agree. */
const MORE_POINTS = 8
const FURTHER_POINTS = 8
/** A sign that divides the points is seen on either side up to a chance of (1 − 2⁻ʰ)^(32·2ʰ) = e⁻³². */
const POINTS_OF_A_PART = 32
const MOST_HIDDEN = 3
/** Expressions of a degree of more than 2 to that power are not decided. */
const LARGEST_DEGREE = 50
/** Exponentials and points of angles are powers of what is drawn, up to this one. */
const DRAWN_DEGREE = 2 ** 12

/**
 * True where an expression is zero wherever it is defined and all of `positive` are. False: it is not, or by no law
 * that is known here. Undefined: it is too large, or has functions in it that are not known.
 */
export function vanishesModuloPrimes(root: Node, positive: readonly Node[] = []): boolean | undefined {
  const order = topological([...positive, root])
  const functions = order.filter((n) => n.kind === 'apply').length
  const lanes = new Lanes(functions + MORE_POINTS, 'residues', BUDGET)
  try {
    const reader = new Reader(lanes)
    for (const condition of positive) reader.require(reader.read(condition))
    const value = reader.read(root)
    if (degree(root) > LARGEST_DEGREE) return undefined
    const isZero = (v: readonly bigint[]): boolean =>
      v[value] === 0n && reader.equalities.every(([a, b]) => v[a] === v[b])
    if (reader.hidden > MOST_HIDDEN) return undefined
    const more = reader.hidden === 0 ? FURTHER_POINTS : POINTS_OF_A_PART * 2 ** reader.hidden
    return lanes.holds(isZero, more)
  } catch (error) {
    if (error instanceof Undecidable) return undefined
    throw error
  }
}

/**
 * log₂ of a bound of the degree in what is drawn, of numerator and denominator: of the norm, where there are roots. As many times
 * fewer points are looked at as roots can have signs.
 */
function degree(root: Node): number {
  const found = new Map<Node, number>()
  let roots = 0
  for (const node of topological([root])) {
    const parts = node.args.map((a) => found.get(a)!)
    if (node.kind === 'product')
      for (const e of node.exponents) if (!isInteger(e)) roots += Math.log2(Number(e.d))
    const weights = node.kind === 'product' ? node.exponents.map((e) => Number(e.n)) : []
    const [own, other] = node.kind === 'apply' ? [DRAWN_DEGREE, 4] : [1, 1]
    found.set(node, Math.log2(parts.reduce((sum, d, i) => sum + (weights[i] ?? other) * 2 ** d, own)))
  }
  return found.get(root)! + 2 * roots
}

