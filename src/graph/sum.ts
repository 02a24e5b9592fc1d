import { ONE, type Rational, ZERO, isOne, isZero, plus, times } from '../base/rational.ts'
import type { Shape } from './extent.ts'
import type { Graph } from './graph.ts'
import { type Node, isPureProduct } from './node.ts'
import { sortShort } from './sort.ts'

export interface Term {
  readonly coefficient: Rational
  readonly node: Node
}

/** A nested sum is dissolved up to this number of terms (cf. MOST_FACTORS of products). */
const MOST_TERMS = 256

const isScaledSum = (n: Node): boolean =>
  n.kind === 'product' &&
  isPureProduct(n) &&
  n.args.length === 1 &&
  n.args[0]!.kind === 'sum' &&
  isOne(n.exponents[0]!) &&
  n.labels[0]!.length === n.shape.length &&
  n.labels[0]!.every((l, i) => l === i)

/** The normal form of Σ terms + constant of the given shape; terms have that shape or are scalars. */
export function normalSum(g: Graph, terms: readonly Term[], constant: Rational, shape: Shape): Node {
  // One term is a multiple: −(y − ŷ) keeps the sign that it is written with.
  if (terms.length === 1 && isZero(constant) && terms[0]!.node.shape.length === shape.length)
    return g.scale(terms[0]!.coefficient, terms[0]!.node)
  const collected = new Map<Node, Rational>()
  const work: Term[] = [...terms].reverse()
  while (work.length > 0) {
    const { coefficient, node } = work.pop()!
    if (isZero(coefficient)) continue
    if (node.kind === 'constant') constant = plus(constant, times(coefficient, node.value))
    else if (node.kind === 'sum' && node.args.length + work.length + collected.size <= MOST_TERMS) {
      constant = plus(constant, times(coefficient, node.constant))
      for (let i = node.args.length - 1; i >= 0; i--)
        work.push({ coefficient: times(coefficient, node.coefficients[i]!), node: node.args[i]! })
    } else if (
      node.kind === 'product' &&
      isPureProduct(node) &&
      node.shape.length > 0 &&
      node.labels.every((l) => l.length === 0)
    ) {
      // A scalar stretched over the shape: sums stretch scalars by themselves.
      const scalar = g.product(
        ONE,
        node.args.map((a, i) => ({ node: a, labels: [], exponent: node.exponents[i]! })),
        [],
        [],
      )
      work.push({ coefficient: times(coefficient, node.coefficient), node: scalar })
    } else if (node.kind === 'product' && isScaledSum(node))
      work.push({ coefficient: times(coefficient, node.coefficient), node: node.args[0]! })
    else if (node.kind === 'product' && !isOne(node.coefficient)) {
      work.push({ coefficient: times(coefficient, node.coefficient), node: g.withCoefficient(node, ONE) })
    } else collected.set(node, plus(collected.get(node) ?? ZERO, coefficient))
  }
  const list: Term[] = []
  for (const [node, coefficient] of collected) if (!isZero(coefficient)) list.push({ node, coefficient })
  if (list.length === 0) return g.full(constant, shape)
  if (list.every((t) => t.node.shape.length < shape.length))
    return g.broadcast(normalSum(g, list, constant, []), shape, [])
  if (list.length === 1 && isZero(constant)) return g.scale(list[0]!.coefficient, list[0]!.node)
  return g.internSum(sortShort(list, canonical), constant, shape)
}

/** The order of terms. */
const canonical = (a: Term, b: Term): number => a.node.hash - b.node.hash || a.node.id - b.node.id
