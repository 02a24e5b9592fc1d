import { MINUS_ONE, ONE, ZERO } from '../base/rational.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import type { Claim } from '../graph/network.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import { topological, transform } from '../graph/traverse.ts'
import { min } from '../ops/index.ts'
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
import { Simplifier, type Work } from './simplifier.ts'

/** Nodes and terms that the rules may look at for one claim; what takes more is not proved by them. */
const MOST_WORK = 8_000

/** What is claimed as it is written, with derivatives as notation: where what is differentiated has no value, nothing is claimed. */
type Written = Pick<Claim, 'left' | 'right' | 'domain'>

export const proofWork = (): Work => ({ left: MOST_WORK })

/**
 * Whether the rules show that two values are equal, ties included, and defined at the same places, but for single points; a
 * scalar on the right stands for every entry.
 */
export function proves(
  g: Graph,
  left: Node,
  right: Node,
  equations: readonly EquationNode[],
  written: Written = { left, right, domain: { left: [], right: [], differentiated: [] } },
  work: Work = proofWork(),
): boolean {
  const [lhs, rhs] = transform(g, [left, right], (n) => (isOnlyEntry(n) ? g.full(ONE, n.shape) : n))
  if (lhs !== left || rhs !== right) return proves(g, lhs!, rhs!, equations, written, work)
  const whole = g.broadcast(right, left.shape, right.shape.length === 0 ? [] : left.shape.map((_, i) => i))
  const difference = g.sum(
    [
      { coefficient: ONE, node: left },
      { coefficient: MINUS_ONE, node: whole },
    ],
    ZERO,
    left.shape,
  )
  const forms = formsOf(g, work)
  const conditions = conditionsOf(g, [written.left, written.right]).map((n) => entryOf(g, writtenOut(g, n)))
  const isEqual =
    vanishesWithin(g, entryOf(g, writtenOut(g, difference)), conditions, forms) ||
    isSameSimplified(g, [left, whole, difference], equations, work) ||
    vanishesByRules(g, writtenOut(g, difference), forms, work)
  return isEqual && areDefinedAlike(g, written, forms)
}

/** Of an axis of one entry this one is also the sum over it. */
const isOnlyEntry = (n: Node): boolean => n.kind === 'basis' && n.extent === 1

/** Written out, and multiplied out: a name hides what it stands for, and what is shortest need not be unique. */
interface Expanded extends Forms {
  readonly defined: Simplifier
}

function formsOf(g: Graph, work: Work): Expanded {
  const plain = new Simplifier(g, polynomial, new Map(), work)
  const defined = new Simplifier(g, canonical, new Map(), work)
  return {
    defined,
    expanded: (node) => plain.simplify(node),
    equalsZero: (node, positive = []) =>
      (node.shape.length === 0 && vanishesModuloPrimes(node, positive) === true) ||
      [plain, defined].some((s) => isZeroNode(s.simplify(node))),
  }
}

function isSameSimplified(
  g: Graph,
  sides: readonly Node[],
  equations: readonly EquationNode[],
  work: Work,
): boolean {
  const [a, b, zero] = simplify(g, sides, equations, undefined, work).roots
  return a === b || isZeroNode(zero!)
}

function vanishesByRules(g: Graph, open: Node, forms: Expanded, work: Work): boolean {
  if (forms.equalsZero(open) || vanishes(g, open, forms) || vanishesCleared(g, open, forms.defined))
    return true
  if (!topological([open]).some(isConditional)) return false
  // Where sums over axes stand around the cases: what they are of is joined first.
  const joined = new Simplifier(g, [...joining, byCases(forms), ...rules], new Map(), work)
  return isZeroNode(joined.simplify(open))
}

/** Whether an expression of scalars is zero in every part of a domain. */
function vanishesWithin(g: Graph, node: Node, conditions: readonly Node[], { expanded }: Forms): boolean {
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
function areDefinedAlike(g: Graph, { left, right, domain }: Written, forms: Forms): boolean {
  const inside = topological([left, right]).flatMap((n) => (n.kind === 'derivative' ? [n.of] : []))
  const simplest = (node: Node): Node =>
    topological([node]).some((n) => n.kind === 'derivative') ? node : forms.expanded(writtenOut(g, node))
  const allowed = [...conditionsOf(g, inside), ...domain.differentiated]
  const l = [...conditionsOf(g, [left]), ...domain.left]
  const r = [...conditionsOf(g, [right]), ...domain.right]
  const scalar = (node: Node): Node => entryOf(g, writtenOut(g, node))
  // Never negative, in every case: a root in the case in which it has a value.
  const isNever = (node: Node): boolean => vanishes(g, g.apply(min, [node, g.constant(ZERO)]), forms)
  const all = (wanted: readonly Node[], known: readonly Node[]): boolean =>
    followModuloPrimes(wanted.map(scalar), known.map(scalar)) ||
    wanted.every((node) => isNever(scalar(node)) || follow(g, [node], known, simplest))
  return all(r, [...l, ...allowed]) && all(l, [...r, ...allowed])
}

/** Without names. */
export const writtenOut = (g: Graph, node: Node): Node =>
  transform(g, [node], (rebuilt) => (rebuilt.kind === 'equation' ? rebuilt.body : rebuilt))[0]!
