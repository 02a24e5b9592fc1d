/**
 * The parts of a domain in which what it is bounded by has one sign: where a product is positive its factors are all positive, or two
 * of them are not, … Linear arithmetic says which of these can be: (1 + u)/(1 − u) > 0 means 1 + u > 0 and 1 − u > 0.
 */
import { isEven, isInteger, isNegative } from '../base/rational.ts'
import { type Graph, constantValue } from '../graph/graph.ts'
import { type Node, isPureProduct } from '../graph/node.ts'
import { isNegativeRange, isPositiveRange } from '../graph/range.ts'
import { Facts, type Sign } from './facts.ts'
import { commonFactor } from './rules/algebra.ts'
import { overLeastDenominator } from './rules/factoring.ts'
import { asFactors, asTerms, oppositeSum } from './terms.ts'

/** With more parts than this nothing is said. */
const MOST_REGIONS = 8

/** A product that is positive: its factors, and whether an odd number of them is negative for other reasons. */
interface Condition {
  readonly factors: readonly Node[]
  readonly negative: boolean
}

/**
 * Of each part of the domain in which all conditions are positive: what is positive there. Nothing where there are too many
 * parts, or none.
 */
export function regions(
  g: Graph,
  conditions: readonly Node[],
  expanded: (node: Node) => Node,
): readonly (readonly Node[])[] {
  const known = new Set<Node>()
  const squared = new Set<Node>()
  const open = conditions.map((c) => conditionOf(g, c, { known, squared }))
  const found: Node[][] = []
  const opposite = (n: Node): Node => (n.kind === 'sum' ? oppositeSum(g, n) : g.negate(n))
  const stack = [{ facts: new Facts(g), positive: [...known] }]
  for (let parts = 1; stack.length > 0;) {
    const { facts, positive } = stack.pop()!
    let isPossible = true
    let next: Node | undefined
    for (const { factors, negative } of open) {
      const signs = factors.map((f) => facts.sign(expanded(f)))
      const isOdd = signs.filter((s) => s === -1).length % 2 === (negative ? 0 : 1)
      next ??= factors[signs.indexOf(undefined)]
      if (!signs.includes(undefined) && isOdd) isPossible = false
    }
    if (!isPossible) continue
    const assumed = (f: Node, sign: Sign): void => {
      const more = facts.assume(expanded(f), sign, f)
      if (more) stack.push({ facts: more.facts, positive: [...positive, sign > 0 ? f : opposite(f)] })
    }
    if (next) {
      // One that stands alone has the sign that it must have.
      const alone = open.find(({ factors }) => factors.length === 1 && factors[0] === next)
      if (!alone || alone.negative) assumed(next, -1)
      if (!alone || !alone.negative) assumed(next, 1)
      if (++parts > MOST_REGIONS * 4 || stack.length > MOST_REGIONS) return []
      continue
    }
    for (const f of squared) {
      const s = facts.sign(expanded(f))
      if (s) positive.push(s > 0 ? f : opposite(f))
    }
    found.push(positive)
  }
  return found
}

/** What the sign of a value is the product of; values that are always positive go to `known`, bases of even powers to `squared`. */
function conditionOf(g: Graph, root: Node, seen: { known: Set<Node>; squared: Set<Node> }): Condition {
  const factors: Node[] = []
  let negative = false
  const stack = [root]
  while (stack.length > 0) {
    const node = stack.pop()!
    const value = constantValue(node)
    if (value ? isNegative(value) : isNegativeRange(node.range)) negative = !negative
    if (value) continue
    if (isPositiveRange(node.range)) {
      if (node.kind !== 'symbol') seen.known.add(node)
    } else if (node.kind === 'product' && isPureProduct(node)) {
      if (isNegative(node.coefficient)) negative = !negative
      const rest: Node[] = []
      const halves: Node[] = []
      for (const { node: base, exponent } of asFactors(node).factors) {
        if (!isInteger(exponent)) continue
        if (isEven(exponent)) {
          if (!isEven(exponent.div(2))) halves.push(base)
        } else if (base.kind === 'sum' || isPositiveRange(base.range)) stack.push(base)
        else rest.push(base)
      }
      if (halves.length > 0) seen.squared.add(halves.reduce((product, base) => g.multiply(product, base)))
      // Several that are no sums go together, as linear arithmetic knows only products of them.
      if (rest.length > 0) factors.push(rest.reduce((product, base) => g.multiply(product, base)))
    } else {
      const product = node.kind === 'sum' ? asProduct(g, node) : undefined
      if (product) stack.push(product)
      else factors.push(node)
    }
  }
  return { factors, negative }
}

/** A sum as a product: over its denominator, or with what its terms have in common in front. */
function asProduct(g: Graph, sum: Node & { kind: 'sum' }): Node | undefined {
  const { terms, constant } = asTerms(sum)
  const joined = overLeastDenominator(g, terms, constant, sum.shape, (f) => isNegative(f.exponent))
  if (joined?.kind === 'product') return joined
  return constant.equals(0) ? commonFactor(g, terms, sum.shape) : undefined
}
