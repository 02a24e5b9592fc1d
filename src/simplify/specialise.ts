/**
 * How machines compute what people write as one thing: the last phase before loops, for running only. Formulas, printed
 * from the graph before, keep the short forms; the values are the same, with the digits that the short forms would lose.
 */
import { type Rational, isNegative } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Operator } from '../graph/operator.ts'
import { topological } from '../graph/traverse.ts'
import {
  cos,
  det,
  erf,
  erfc,
  growsExponentially,
  lse,
  sechsquare,
  sigmoid,
  softplus,
  tanh,
} from '../ops/index.ts'
import { associated } from './association.ts'
import { withDiagonals } from './diagonals.ts'
import { withPartialProducts } from './partials.ts'
import { cofactorRules } from './cofactors.ts'
import type { Rule } from './rule.ts'
import { withAbsorbingZeros } from './running/absorbing.ts'
import { complementRules, errorRules } from './running/complements.ts'
import { normRules } from './running/norms.ts'
import { partRules, sharedTanhRules, tanhRules } from './running/parts.ts'
import { withRunningPowers } from './running/powers.ts'
import { logSoftmaxRules, sharingRules, shiftRules, softmaxRules } from './running/softmax.ts'
import { withoutPoles } from './running/poles.ts'
import { weights, zeroRules } from './running/zeros.ts'
import { Simplifier } from './simplifier.ts'
import { solveRules } from './solves.ts'

/** Rules that are applied together, to graphs in which there is a node that they have something to do with. */
export interface RunningGroup {
  readonly title: string
  readonly rules: readonly Rule[]
  readonly concerns: (node: Node) => boolean
}

const applies = (...ops: readonly Operator[]): RunningGroup['concerns'] => {
  const set = new Set(ops)
  return (n) => n.kind === 'apply' && set.has(n.op)
}
const hasExponent = (holds: (exponent: Rational) => boolean): RunningGroup['concerns'] => {
  return (n) => n.kind === 'product' && n.exponents.some(holds)
}
const isLogarithm = (n: Node): boolean => n.kind === 'apply' && n.op.logarithm === true
const isExponential = (n: Node): boolean =>
  n.kind === 'apply' && n.op.kind === 'pointwise' && growsExponentially(n.op)
const isDivision = hasExponent(isNegative)
const isRoot = hasExponent((e) => e.d !== 1n)

/** In their order: what one group recognises, a later one takes apart. */
export const runningGroups = (roots: readonly Node[], sharesTanh = false): readonly RunningGroup[] => [
  { title: 'zeros', rules: zeroRules, concerns: (n) => isDivision(n) || isLogarithm(n) },
  {
    title: 'complements',
    rules: complementRules,
    concerns: (n) => isExponential(n) || applies(sigmoid, tanh, erf, erfc, cos)(n),
  },
  { title: 'errors', rules: errorRules(probabilities(roots)), concerns: applies(sigmoid) },
  { title: 'softmaxes', rules: softmaxRules, concerns: applies(lse) },
  { title: 'logarithms of softmaxes', rules: logSoftmaxRules, concerns: applies(lse) },
  { title: 'shifts', rules: shiftRules, concerns: applies(lse) },
  { title: 'parts', rules: partRules, concerns: applies(sigmoid, softplus) },
  sharesTanh
    ? { title: 'tanh by exponentials', rules: sharedTanhRules, concerns: applies(tanh, sechsquare) }
    : { title: 'slopes of tanh', rules: tanhRules, concerns: applies(sechsquare) },
  { title: 'norms', rules: normRules, concerns: isRoot },
  { title: 'cofactors', rules: cofactorRules, concerns: applies(det) },
  { title: 'solving', rules: solveRules, concerns: (n) => n.kind === 'apply' && n.op.kind === 'matrix' },
]

/** Whether a target is declared to be in [0, 1], or weighs a logarithm. */
function probabilities(roots: readonly Node[]): (target: Node) => boolean {
  const weighing = weights(roots)
  return (target) => (target.range.lo >= 0 && target.range.hi <= 1) || weighing.has(target)
}

const applied = (g: Graph, nodes: readonly Node[], rules: readonly Rule[]): readonly Node[] => {
  const simplifier = new Simplifier(g, rules)
  return nodes.map((node) => simplifier.simplify(node))
}

/**
 * The roots as they are to be computed: no log-sum-exp and no softmax is left, only shifted sums.
 *
 * @param program those among them that are the program's own values, and not derivatives that we made
 * @param sharesTanh whether tanh is computed from the exponential that its slope needs
 */
export function specialise(
  g: Graph,
  roots: readonly Node[],
  program: readonly Node[] = [],
  sharesTanh = false,
): readonly Node[] {
  let nodes = roots
  let order = topological(nodes)
  const values = (): readonly Node[] => program.map((node) => nodes[roots.indexOf(node)]!)
  for (const { title, rules, concerns } of runningGroups(roots, sharesTanh)) {
    if (order.some(concerns)) {
      nodes = applied(g, nodes, rules)
      order = topological(nodes)
    }
    // Zeros that are known to have a limit have been met by it.
    if (title === 'zeros')
      order = topological((nodes = withAbsorbingZeros(g, withoutPoles(g, nodes, values()))))
  }
  nodes = withDiagonals(g, nodes)
  return withRunningPowers(g, withPartialProducts(g, associated(g, nodes, values())))
}

/** The roots with the exponentials of softmaxes and log-sum-exps computed once, and no other change: to count operations. */
export const withSharedExponentials = (g: Graph, roots: readonly Node[]): readonly Node[] =>
  sharingRules.reduce((nodes, rules) => applied(g, nodes, rules), roots)
