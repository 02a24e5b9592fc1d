/**
 * How machines compute what people write as one thing: the last phase before loops, for running only. Formulas, printed
 * from the graph before, keep the short forms; the values are the same, with the digits that the short forms would lose.
 */
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Rule } from './rule.ts'
import { complementRules, errorRules } from './running/complements.ts'
import { normRules } from './running/norms.ts'
import { partRules } from './running/parts.ts'
import { logSoftmaxRules, sharingRules, shiftRules, softmaxRules } from './running/softmax.ts'
import { weights, zeroRules } from './running/zeros.ts'
import { Simplifier } from './simplifier.ts'
import { solveRules } from './solves.ts'

/** For formulas. In their order: what one group recognises, a later one takes apart. */
export const runningRules = (
  roots: readonly Node[],
): readonly (readonly [title: string, rules: readonly Rule[]])[] => [
  ['zeros', zeroRules],
  ['complements', complementRules],
  ['errors', errorRules(probabilities(roots))],
  ['softmaxes', softmaxRules],
  ['logarithms of softmaxes', logSoftmaxRules],
  ['shifts', shiftRules],
  ['parts', partRules],
  ['norms', normRules],
  ['solving', solveRules],
]

/** Whether a target is declared to be in [0, 1], or weighs a logarithm. */
function probabilities(roots: readonly Node[]): (target: Node) => boolean {
  const weighing = weights(roots)
  return (target) => (target.range.lo >= 0 && target.range.hi <= 1) || weighing.has(target)
}

const applied = (g: Graph, roots: readonly Node[], groups: readonly (readonly Rule[])[]): readonly Node[] =>
  groups.reduce<readonly Node[]>((nodes, rules) => {
    const simplifier = new Simplifier(g, rules)
    return nodes.map((node) => simplifier.simplify(node))
  }, roots)

/** The roots as they are to be computed: no log-sum-exp and no softmax is left, only shifted sums. */
export const specialise = (g: Graph, roots: readonly Node[]): readonly Node[] =>
  applied(
    g,
    roots,
    runningRules(roots).map(([, rules]) => rules),
  )

/** The roots with the exponentials of softmaxes and log-sum-exps computed once, and no other change: to count operations. */
export const withSharedExponentials = (g: Graph, roots: readonly Node[]): readonly Node[] =>
  applied(g, roots, sharingRules)
