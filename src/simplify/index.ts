import { isAtomic } from '../derive/reverse.ts'
import type { Graph } from '../graph/graph.ts'
import { type EquationNode, type Node, isAdjoint, isPureProduct, isSource } from '../graph/node.ts'
import { countUses, topological, transform, valuesInOrder } from '../graph/traverse.ts'
import { isPromising } from './ask.ts'
import { neededNames } from './circles.ts'
import { readingCost } from './cost.ts'
import type { Rule, Step } from './rule.ts'
import { assumptions } from './rules/assumptions.ts'
import { finishing } from './rules/finishing.ts'
import { rules } from './rules/index.ts'
import { names } from './rules/names.ts'
import { Simplifier, type Work } from './simplifier.ts'
import { type Stepwise, replaced } from './stepwise.ts'

export { associated } from './association.ts'
export { readingCost } from './cost.ts'
export { rules } from './rules/index.ts'
export { specialise, withSharedExponentials } from './specialise.ts'
export type { Rule, Step } from './rule.ts'
export { Replay, type Rewrite, type Stepwise, replaced } from './stepwise.ts'

export interface Simplified {
  readonly roots: readonly Node[]
  /** What was rewritten, in order. */
  readonly steps: readonly Step[]
  /** What a rule would have rewritten into something of another value: none, unless a rule is wrong. */
  readonly refused: readonly Step[]
  /** How many nodes were looked at. */
  readonly work: number
  /** How many laws were looked for at them, one by one. */
  readonly tried: number
  /** Whether the budget was used up, so that a form may be longer than it would be. */
  readonly curtailed: boolean
}

/** Passes until nothing changes; more than a few would mean rules that undo one another. */
const MOST_PASSES = 8

/** Whether a rule holds at limits too, where something is infinite or a fraction is 0/0: what is run must keep these. */
export const holdsAtLimits = (rule: Rule): boolean => !rule.finite

/**
 * Whether a rule may be used on the derivatives of stable forms: what is for reading only, or writes a value in terms of a named
 * one (e⁻ᶻ as J·eᶻ), brings back what these forms avoid.
 */
export const keepsDigits = (rule: Rule): boolean =>
  holdsAtLimits(rule) && !rule.reading && !names.includes(rule)

/**
 * The roots in simplest form. The equations of the program keep their names: a value that equals the body of one of
 * `equations` is written as that equation. An adjoint stays a name where it is shared and that is shorter; else it
 * becomes part of its users.
 */
export const simplify = (
  g: Graph,
  roots: readonly Node[],
  equations: readonly EquationNode[] = [],
  use?: (rule: Rule) => boolean,
  allowed?: Work,
): Simplified => simplification(g, equations, allowed)(roots, use)

const all = (): boolean => true

/**
 * The same for one list of roots after another, with what was found of each expression remembered. It holds as long as the
 * graph keeps its nodes.
 */
export function simplification(
  g: Graph,
  equations: readonly EquationNode[],
  allowed?: Work,
): (roots: readonly Node[], use?: (rule: Rule) => boolean) => Simplified {
  const { program, named } = programOf(g, equations)
  const known = new Map<(rule: Rule) => boolean, Simplifier>()
  return (roots, use = all) => {
    const simplifier = known.get(use) ?? new Simplifier(g, rules.filter(use), named, allowed)
    known.set(use, simplifier)
    const settled = settle(g, roots, simplifier)
    const called = new Map(topological(settled).flatMap((n) => (isSource(n) ? [[n, n] as const] : [])))
    const finisher = new Simplifier(g, finishing.filter(use), called)
    const finished = settled.map((root) => simplifier.called(finisher.simplify(root)))
    const phases = [program, simplifier, finisher]
    const steps = phases.flatMap((s) => s.steps)
    const refused = phases.flatMap((s) => s.refused)
    // What the other rules would take apart again is left undone: simplifying twice must change nothing.
    const stands =
      finished.every((root, i) => root === settled[i]) ||
      settle(g, finished, simplifier).every((root, i) => simplifier.called(root) === finished[i])
    const simplest = stands ? finished : settled.map((root) => simplifier.called(root))
    const [work, tried] = [
      phases.reduce((sum, s) => sum + s.work, 0),
      phases.reduce((sum, s) => sum + s.tried, 0),
    ]
    return { roots: simplest, steps, refused, work, tried, curtailed: phases.some((s) => s.curtailed) }
  }
}

/** First the program alone, so that every name is known before the first gradient is looked at. */
function programOf(
  g: Graph,
  equations: readonly EquationNode[],
): { readonly program: Simplifier; readonly named: ReadonlyMap<Node, Node> } {
  const program = new Simplifier(
    g,
    rules.filter((rule) => !rule.reading && holdsAtLimits(rule)),
  )
  return { program, named: new Map(withSteps(equations).map((e) => [e, program.simplify(e)])) }
}

/** The equations, before them those in the steps of recurrences that they are made of. */
function withSteps(equations: readonly EquationNode[]): EquationNode[] {
  const inSteps = valuesInOrder(equations).flatMap((n) => (n.kind === 'scan' ? [...n.scan.inside] : []))
  return [...new Set([...inSteps.filter(isSource), ...equations])]
}

/** Passes over all roots until nothing changes. */
function settle(g: Graph, roots: readonly Node[], simplifier: Simplifier): readonly Node[] {
  let current = [...roots]
  let tried = false
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const next = dissolve(g, current, steady(current, usedOnce(current))).map((root) =>
      simplifier.simplify(root),
    )
    if (tried && next.every((root, i) => root === current[i])) break
    const shorter = steady(next, shorterInline(g, next, simplifier))
    // Where nothing was put into its users, these have been looked at.
    tried = shorter.size === 0
    current = dissolve(g, next, shorter)
  }
  return current
}

/** What the derivatives in a program may be simplified with: beyond it they stay as they are taken, which is longer. */
const MOST_WORK = 12_000
const WORK_OF_A_NODE = 20

/**
 * Simplest forms one after another, sharing what is known of the equations. By identities alone: what a program assumes
 * of its data is a fact about their values, and not of how things change with them, so that it must not be used on
 * what is still to be differentiated.
 */
export function identities(g: Graph): {
  simplest: (node: Node, equations?: readonly EquationNode[]) => Node
  shorter: (a: Node, b: Node) => Node
} {
  const simplifier = new Simplifier(
    g,
    rules.filter((rule) => !assumptions.includes(rule)),
    new Map(),
    { left: MOST_WORK + WORK_OF_A_NODE * g.size },
  )
  return {
    simplest: (node, equations = []) => {
      for (const e of equations) simplifier.simplify(e)
      return simplifier.called(simplifier.simplify(node))
    },
    shorter: (a, b) => (readingCost(b) < readingCost(a) ? b : a),
  }
}

/** The same one expression after another, for derivations: error terms are names that stay. */
export function stepwise(g: Graph, equations: readonly EquationNode[]): Stepwise {
  const simplifier = new Simplifier(g, rules, programOf(g, equations).named)
  const finisher = new Simplifier(g, finishing, new Map(equations.map((e) => [e, e])))
  const settled = (node: Node): Node => {
    let current = node
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      const next = simplifier.simplify(current)
      if (next === current) break
      current = next
    }
    return current
  }
  return {
    phases: [simplifier, finisher],
    called: (node) => simplifier.called(node),
    simplest: (root) => {
      const simple = settled(root)
      const finished = simplifier.called(finisher.simplify(simple))
      return settled(finished) === finished ? finished : simplifier.called(simple)
    },
  }
}

/** Whether the formulas of `a`, error terms included, are together no longer than those of `b`. */
export function shorter(a: readonly Node[], b: readonly Node[]): boolean {
  const length = (roots: readonly Node[]): number =>
    [...formulasOf(roots)].reduce((sum, formula) => sum + readingCost(formula), 0)
  return length(a) <= length(b)
}

/** What is printed after an equals sign: the roots, and the bodies of the error terms. */
function formulasOf(roots: readonly Node[]): Set<Node> {
  const adjoints = topological(roots).filter(isAdjoint)
  return new Set([...roots.map((r) => (isAdjoint(r) ? r.body : r)), ...adjoints.map((e) => e.body)])
}

/** Most operations of a derivative by a part of an equation that is written where it is used: several times, and once. */
const SHORT = 1
const SHORT_DIFFERENCE = 2
const SHORT_ONCE = 3

/**
 * Adjoints that are no more than another name, or that one formula of the same shape uses once; of those by a part of an
 * equation, which has no name in the program, also short ones.
 */
function usedOnce(roots: readonly Node[]): Set<Node> {
  const order = topological(roots)
  const uses = countUses(roots, order)
  const kept = new Set<Node>()
  // A factor of an outer product or of a contraction meets many entries: there the name saves work and reads better.
  for (const node of order) {
    if (node.kind !== 'product') continue
    for (const a of node.args)
      if (isAdjoint(a) && node.extents.length > a.shape.length && readingCost(a.body) > 1) kept.add(a)
  }
  // A product of tensors would be multiplied out for every entry that it meets.
  const isOneTensor = (n: Node): boolean =>
    !isPureProduct(n) || n.args.filter((a) => a.shape.length > 0).length <= 1
  const members = membersIn(order)
  const isShort = ({ of, body }: EquationNode, once: boolean): boolean =>
    !isSource(of!) &&
    isOneTensor(body) &&
    readingCost(body) <= (once ? SHORT_ONCE : body.kind === 'sum' ? SHORT_DIFFERENCE : SHORT)
  return new Set(
    order.filter(isAdjoint).filter((e) => {
      if (members.has(e)) return false
      const once = uses.get(e)! <= 1
      return isAtomic(e.body) || (once && !kept.has(e)) || isShort(e, once)
    }),
  )
}

/** Without the names that recurrences need. */
function steady(roots: readonly Node[], gone: ReadonlySet<Node>): Set<Node> {
  const needed = gone.size === 0 ? gone : neededNames(topological(roots), gone)
  return new Set([...gone].filter((n) => !needed.has(n)))
}

/** What recurrences define: by its name a step says what it has sent to others. */
const membersIn = (order: readonly Node[]): Set<Node> =>
  new Set(order.flatMap((n) => (n.kind === 'scan' ? n.scan.bodies : [])))

/** The roots with these adjoints' bodies in their places. */
function dissolve(g: Graph, roots: readonly Node[], gone: ReadonlySet<Node>): Node[] {
  if (gone.size === 0) return [...roots]
  return transform(g, roots, (rebuilt, original) =>
    gone.has(original) && rebuilt.kind === 'equation' ? rebuilt.body : rebuilt,
  )
}

/** The adjoints that stand in a formula, not counting what stands in the formulas of other names. */
function adjointsIn(formula: Node): { found: Set<EquationNode>; size: number } {
  const found = new Set<EquationNode>()
  const seen = new Set<Node>()
  const stack = [formula]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (seen.has(node)) continue
    seen.add(node)
    if (isAdjoint(node)) found.add(node)
    if (node.kind !== 'equation') stack.push(...node.args)
  }
  return { found, size: seen.size }
}

/** Most formulas that a shared adjoint is tried in, and their greatest length: beyond it, it is shared for good. */
const MOST_USERS = 4
const LONGEST_FORMULA = 200
/** The reading cost of all of these formulas together: in longer ones a name is worth having. */
const LONGEST_TRIAL = 64

/**
 * Shared adjoints whose users become shorter than the name was worth: −y/p goes into p·(…), where p cancels. Tried
 * formula by formula, so the cost is linear in the graph.
 */
function shorterInline(g: Graph, roots: readonly Node[], simplifier: Simplifier): Set<Node> {
  const order = topological(roots)
  const members = membersIn(order)
  const adjoints = order.filter(isAdjoint).filter((e) => !members.has(e))
  const users = new Map<EquationNode, Set<Node>>()
  const tooLong = new Set<EquationNode>()
  for (const formula of formulasOf(roots)) {
    const { found, size } = adjointsIn(formula)
    for (const e of found) {
      if (members.has(e)) continue
      if (size > LONGEST_FORMULA) tooLong.add(e)
      if (!users.has(e)) users.set(e, new Set())
      users.get(e)!.add(formula)
    }
  }
  const inTerms = new Set(adjoints.map((e) => e.body))
  const gone = new Set<Node>()
  const touched = new Set<Node>()
  // From the loss on: what a name hides is seen by those that are made of it.
  for (const e of adjoints) {
    const formulasOf = users.get(e)
    if (!formulasOf) continue
    const isWithinOne = formulasOf.size === 1 && inTerms.has([...formulasOf][0]!) && !roots.includes(e)
    // A formula takes part in one trial a pass: the next pass sees what came of it.
    if (
      tooLong.has(e) ||
      formulasOf.size > MOST_USERS ||
      [...formulasOf].some((f) => touched.has(f)) ||
      touched.has(e.body)
    )
      continue
    if (!isShorterInline(g, e, [...formulasOf], isWithinOne, simplifier)) continue
    gone.add(e)
    for (const f of formulasOf) touched.add(f)
    touched.add(e.body)
  }
  return gone
}

/** Operations of a formula that is simplified with any body in place of a name: together they may be an equation's. */
const SHORT_FORMULA = 8

/**
 * Whether the formulas are shorter with the body of `e` in place of its name, which then needs no formula. Where the two
 * are long and have no name in common there is nothing to cancel or to collect, and what substituting makes of it is what
 * it comes to.
 */
function isShorterInline(
  g: Graph,
  e: EquationNode,
  formulas: readonly Node[],
  isWithinOne: boolean,
  simplifier: Simplifier,
): boolean {
  const own = namesIn(e.body)
  const before = formulas.reduce((sum, f) => sum + readingCost(f), readingCost(e.body))
  const inlined = formulas.map((f) => replaced(g, f, new Map([[e, e.body]])))
  const meets = formulas.map(
    (f, i) => readingCost(inlined[i]!) <= SHORT_FORMULA || [...namesIn(f)].some((name) => own.has(name)),
  )
  // In the formula of one other error term that is as long with it, it is a line less.
  const most = isWithinOne && meets[0] ? before : before - 1
  const first = inlined.reduce((sum, f) => sum + readingCost(f), 0)
  if (before > LONGEST_TRIAL || !isPromising(first, before)) return false
  let after = inlined.reduce((sum, f, i) => sum + (meets[i] ? 0 : readingCost(f)), 0)
  for (const [i, f] of inlined.entries()) {
    if (after > most) return false
    if (meets[i]) after += readingCost(simplifier.simplify(f))
  }
  return after <= most
}

/** The symbols and the equations that a formula mentions. */
const namesIn = (formula: Node): Set<Node> =>
  new Set(
    topological([formula], (n) => n.kind === 'equation').filter(
      (n) => n.kind === 'equation' || n.kind === 'symbol',
    ),
  )
