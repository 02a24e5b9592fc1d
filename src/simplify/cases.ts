/**
 * Proofs by cases: of an expression entry by entry with comparisons, moduli, signs, maxima and minima in it. Each is decided by the
 * sign of a difference; signs are assumed one after another, −, 0 and +, as far as linear arithmetic finds them possible
 * together, and what is left in each case has no cases.
 */
import { ONE, ZERO, isNegative, isOne, isPositive, isZero } from '../base/rational.ts'
import { type Graph, constantValue, isZeroNode, termsOf } from '../graph/graph.ts'
import { type ApplyNode, type Assumption, type Node, type SumNode, isPureProduct } from '../graph/node.ts'
import { isNonnegativeRange, isPositiveRange } from '../graph/range.ts'
import { topological, transform } from '../graph/traverse.ts'
import { abs, exp, log, max, min, select, sign } from '../ops/index.ts'
import { Facts, type Sign } from './facts.ts'
import { commonFactor } from './rules/algebra.ts'
import { asFactors } from './terms.ts'

/** More cases than this are not looked at. */
const MOST_CASES = 400

/** How values are looked at: multiplied out, so that differences are sums; and whether one without cases is 0. */
export interface Forms {
  readonly expanded: (node: Node) => Node
  readonly equalsZero: (node: Node, positive?: readonly Node[]) => boolean
}

/** Whether a value is 0 in every case. */
export function vanishes(g: Graph, node: Node, { expanded, equalsZero }: Forms): boolean {
  const root = entryOf(g, node)
  if (!topological([root]).some(isConditional)) return false
  let left = MOST_CASES
  const stack = [{ value: root, facts: new Facts(g) }]
  while (stack.length > 0) {
    if (left-- === 0) return false
    const { value, facts } = stack.pop()!
    const settled = expanded(settle(g, expanded(value), facts))
    if (isZeroNode(settled) || isUndefined(settled)) continue
    const open = topological([settled]).find(isConditional) as ApplyNode | undefined
    if (!open) {
      if (!equalsZero(settled, facts.positive)) return false
      continue
    }
    const split = facts.undecided(difference(g, open))
    for (const side of [-1, 0, 1] as const) {
      const assumed = facts.assume(split, side, settled)
      if (assumed) stack.push(assumed)
    }
  }
  return true
}

/** One entry of a tensor as an expression of scalars: what is no function of entries is a number of which nothing else is known. */
export function entryOf(g: Graph, node: Node, labels: readonly number[] = node.shape.map((_, i) => i)): Node {
  const entry = (n: Node, own: readonly number[]): Node => entryOf(g, n, n.shape.length === 0 ? [] : own)
  if (node.kind === 'sum')
    return g.sum(
      node.args.map((a, i) => ({ coefficient: node.coefficients[i]!, node: entry(a, labels) })),
      node.constant,
      [],
    )
  if (node.kind === 'product' && isPureProduct(node))
    return g.withFactors(
      node.coefficient,
      node.args.map((a, i) => ({
        node: entry(
          a,
          node.labels[i]!.map((l) => labels[l]!),
        ),
        exponent: node.exponents[i]!,
      })),
      [],
    )
  if (node.kind === 'apply' && node.op.kind === 'pointwise')
    return g.apply(
      node.op,
      node.args.map((a) => entry(a, labels)),
    )
  if (node.shape.length === 0 && node.args.length === 0) return node
  const { range } = node
  const assumptions = new Set<Assumption>(
    isPositiveRange(range) ? ['positive'] : isNonnegativeRange(range) ? ['nonnegative'] : [],
  )
  return g.symbol({
    name: `entry ${node.id} ${labels.join()}`,
    role: 'input',
    shape: [],
    assumptions,
    samples: node.samples,
  })
}

/** What is decided by a sign: a comparison, a choice, the greater or the less of two, a modulus, a sign. */
export const isConditional = (n: Node): n is ApplyNode =>
  n.kind === 'apply' &&
  n.op.kind === 'pointwise' &&
  (n.op.relation !== undefined || [select, max, min, abs, sign].includes(n.op))

/** Whose sign decides it: of a difference what its terms have in common as a factor. */
function difference(g: Graph, { op, args }: ApplyNode): Node {
  const [u, v] = args as [Node, Node]
  if (args.length === 2 && op !== select) return compared(g, u, v) ?? factored(g, g.subtract(u, v))
  const sides = u.kind === 'sum' ? opposed(g, u) : undefined
  return (sides && compared(g, ...sides)) ?? factored(g, u)
}

function factored(g: Graph, value: Node): Node {
  if (value.kind !== 'sum' || !isZero(value.constant)) return value
  return commonFactor(g, termsOf(value), []) ?? value
}

/** A difference of two terms as these. */
function opposed(g: Graph, sum: SumNode): [Node, Node] | undefined {
  const parts = termsOf(sum).map((t) => ({ ...t, node: g.scale(t.coefficient.abs(), t.node) }))
  if (!isZero(sum.constant)) parts.push({ coefficient: sum.constant, node: g.constant(sum.constant.abs()) })
  const [a, b] = parts
  if (parts.length !== 2 || isNegative(a!.coefficient) === isNegative(b!.coefficient)) return undefined
  return isNegative(a!.coefficient) ? [b!.node, a!.node] : [a!.node, b!.node]
}

/** What has the sign of u − v because the same increasing function, or the logarithm, of both is compared. */
function compared(g: Graph, u: Node, v: Node): Node | undefined {
  if (u.kind === 'apply' && v.kind === 'apply' && u.op === v.op && u.op.increasing)
    return factored(g, g.subtract(u.args[0]!, v.args[0]!))
  const [a, b] = [logarithmOf(g, u), logarithmOf(g, v)]
  return a && b ? factored(g, g.subtract(a, b)) : undefined
}

/** The logarithm of a product of exponentials and a positive number, written out. */
function logarithmOf(g: Graph, node: Node): Node | undefined {
  const { coefficient, factors } = asFactors(node)
  if (!isPositive(coefficient) || factors.some((f) => f.node.kind !== 'apply' || f.node.op !== exp))
    return undefined
  const terms = factors.map((f) => ({ coefficient: f.exponent, node: f.node.args[0]! }))
  if (!isOne(coefficient)) terms.push({ coefficient: ONE, node: g.apply(log, [g.constant(coefficient)]) })
  return g.sum(terms, ZERO, [])
}

const HOLDS: Readonly<Record<string, (s: Sign) => boolean>> = {
  '<': (s) => s < 0,
  '<=': (s) => s <= 0,
  '>': (s) => s > 0,
  '>=': (s) => s >= 0,
  '=': (s) => s === 0,
  '!=': (s) => s !== 0,
}

/** The value with everything in its place that the facts decide. */
function settle(g: Graph, root: Node, facts: Facts): Node {
  return transform(g, [root], (node) => {
    if (!isConditional(node)) return node
    const s = facts.sign(difference(g, node))
    if (s === undefined) return node
    const [u, v, w] = node.args as [Node, Node, Node]
    switch (node.op) {
      case select:
        return s !== 0 ? v : w
      case max:
        return s >= 0 ? u : v
      case min:
        return s <= 0 ? u : v
      case abs:
        return s >= 0 ? u : g.negate(u)
      case sign:
        return g.number(s)
      default: {
        const relation = node.op.kind === 'pointwise' ? node.op.relation : undefined
        return relation ? g.number(HOLDS[relation]!(s) ? 1 : 0) : node
      }
    }
  })[0]!
}

/** Whether something is divided by zero, or is the logarithm of zero: there nothing is to be proved. */
const isUndefined = (root: Node): boolean =>
  topological([root]).some(
    (n) =>
      (n.kind === 'product' && n.args.some((a, i) => isZeroNode(a) && isNegative(n.exponents[i]!))) ||
      (n.kind === 'apply' && n.op === log && constantValue(n.args[0]!)?.equals(0)),
  )
