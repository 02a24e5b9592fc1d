import { MINUS_ONE, ONE, ZERO } from '../base/rational.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import type { Claim } from '../graph/network.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import { topological, transform } from '../graph/traverse.ts'
import { canonical, polynomial } from './canonical.ts'
import { type Forms, entryOf, isConditional, vanishes } from './cases.ts'
import { conditionsOf, follow } from './domains.ts'
import { rules, simplify } from './index.ts'
import { joining } from './joining.ts'
import { cleared } from './matrix-proofs.ts'
import { regions } from './regions.ts'
import { followModuloPrimes } from './residues/signs.ts'
import { vanishesModuloPrimes } from './residues/vanishing.ts'
import type { Rule } from './rule.ts'
import { Simplifier } from './simplifier.ts'

/**
 * Whether the rules show that two values are equal, ties included, and defined at the same places, but for single points; a
 * scalar on the right stands for every entry. `written` are both sides with their derivatives as notation: where what is
 * differentiated has no value, nothing is claimed.
 */
export function proves(
  g: Graph,
  left: Node,
  right: Node,
  equations: readonly EquationNode[],
  written: Pick<Claim, 'left' | 'right' | 'domain'> = {
    left,
    right,
    domain: { left: [], right: [], differentiated: [] },
  },
): boolean {
  const whole = g.broadcast(right, left.shape, right.shape.length === 0 ? [] : left.shape.map((_, i) => i))
  const difference = g.sum(
    [
      { coefficient: ONE, node: left },
      { coefficient: MINUS_ONE, node: whole },
    ],
    ZERO,
    left.shape,
  )
  const conditions = conditionsOf(g, [written.left, written.right]).map((n) => entryOf(g, writtenOut(g, n)))
  return areEqual(g, left, whole, difference, equations, conditions) && areDefinedAlike(g, written)
}

function areEqual(
  g: Graph,
  left: Node,
  right: Node,
  difference: Node,
  equations: readonly EquationNode[],
  conditions: readonly Node[],
): boolean {
  const expand = new Simplifier(g, polynomial)
  if (vanishesWithin(g, entryOf(g, writtenOut(g, difference)), conditions, (n) => expand.simplify(n)))
    return true
  const [a, b, zero] = simplify(g, [left, right, difference], equations).roots
  if (a === b || isZeroNode(zero!)) return true
  // Written out, and multiplied out: a name hides what it stands for, and what is shortest need not be unique.
  const open = writtenOut(g, difference)
  const [plain, defined] = [polynomial, canonical].map((rules) => new Simplifier(g, rules)) as [
    Simplifier,
    Simplifier,
  ]
  const equalsZero = (node: Node): boolean => [plain, defined].some((s) => isZeroNode(s.simplify(node)))
  const forms: Forms = { expanded: (node) => plain.simplify(node), equalsZero }
  if (equalsZero(open) || vanishes(g, open, forms) || vanishesCleared(g, open, defined)) return true
  if (!topological([open]).some(isConditional)) return false
  // Where sums over axes stand around the cases: what they are of is joined first.
  return isZeroNode(new Simplifier(g, [...joining, byCases(forms), ...rules]).simplify(open))
}

/** Whether an expression of scalars is zero in every part of a domain. */
function vanishesWithin(
  g: Graph,
  node: Node,
  conditions: readonly Node[],
  expanded: (node: Node) => Node,
): boolean {
  const everywhere = vanishesModuloPrimes(node)
  if (everywhere !== false) return everywhere === true
  const parts = regions(g, conditions, expanded)
  return parts.length > 0 && parts.every((positive) => vanishesModuloPrimes(node, positive) === true)
}

/** Products with this many matrices that are inverted are tried. */
const MOST_CLEARED = 12

/** Whether a sum of products of matrices is zero once it is multiplied by what is inverted in it. */
function vanishesCleared(g: Graph, node: Node, defined: Simplifier): boolean {
  let queue = [defined.simplify(node)]
  for (let left = MOST_CLEARED; queue.length > 0;) {
    const [first, ...others] = queue
    queue = others
    for (const product of cleared(g, first!)) {
      if (left-- === 0) return false
      const simplest = defined.simplify(product)
      if (isZeroNode(simplest)) return true
      queue.push(simplest)
    }
  }
  return false
}

/** A sum that is zero in every case. */
const byCases = (forms: Forms): Rule => ({
  name: 'zero in every case',
  zh: '各情形均为零',
  on: 'sum',
  law: 'max(u, v) + min(u, v) − u − v = 0',
  example: 'param a, b\nloss J = max(a, b) + min(a, b) - a - b',
  rewrite: (node, { g }) => (vanishes(g, node, forms) ? g.full(ZERO, node.shape) : undefined),
})

/** Whether both have a value at the same places, of those at which what is differentiated has one. */
function areDefinedAlike(
  g: Graph,
  { left, right, domain }: Pick<Claim, 'left' | 'right' | 'domain'>,
): boolean {
  const inside = topological([left, right]).flatMap((n) => (n.kind === 'derivative' ? [n.of] : []))
  const plain = new Simplifier(g, polynomial)
  const simplest = (node: Node): Node =>
    topological([node]).some((n) => n.kind === 'derivative') ? node : plain.simplify(writtenOut(g, node))
  const allowed = [...conditionsOf(g, inside), ...domain.differentiated]
  const l = [...conditionsOf(g, [left]), ...domain.left]
  const r = [...conditionsOf(g, [right]), ...domain.right]
  const scalar = (nodes: readonly Node[]): Node[] => nodes.map((n) => entryOf(g, writtenOut(g, n)))
  const all = (wanted: readonly Node[], known: readonly Node[]): boolean =>
    followModuloPrimes(scalar(wanted), scalar(known)) || follow(g, wanted, known, simplest)
  return all(r, [...l, ...allowed]) && all(l, [...r, ...allowed])
}

/** Without names. */
export const writtenOut = (g: Graph, node: Node): Node =>
  transform(g, [node], (rebuilt) => (rebuilt.kind === 'equation' ? rebuilt.body : rebuilt))[0]!
