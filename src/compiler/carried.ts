/** The formulas that a module carries: LaTeX in `network.formulas`, text above the code of each gradient. */
import { openExtent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { memberName } from '../graph/member.ts'
import { type Network, valueNodes } from '../graph/network.ts'
import { valuesInOrder } from '../graph/traverse.ts'
import {
  type Formulas,
  type Line,
  formulaLines,
  formulas as formulasOf,
  latexLine,
  recurrentFormulas,
  toText,
} from '../print/index.ts'
import { MOST_READ, type Mathematics, analyse, membersOf, recursIn, toGeneral } from './analyse.ts'
import { FUNCTIONS } from '../schedule/functions.ts'
import type { Run } from './run.ts'
import type { Carried } from './target.ts'

/** Values in all steps of which a module carries the formulas, one by one: of more, nobody reads them. */
const MOST_WRITTEN_OUT = 500

/** The formulas for people: of recurrences for a general index, where there are such. */
export function readable(
  { text, options }: Run,
  graph: Graph,
  mathematics: Mathematics,
): Formulas | undefined {
  const { written } = mathematics
  if (!recursIn(written.network)) return formulasOf(graph, written)
  const { filename, dims, batch, resolve } = options
  const asked = { filename, dims, batch, resolve }
  if (!hasOpenLength(written.network)) {
    const general = toGeneral(graph, mathematics, () => undefined)
    if (general) return recurrentFormulas(graph, general)
    // Where there is no notation for a general index, of each member, if that can be read.
    const { network } = written
    const isShort = membersOf(network) <= MOST_READ && valuesOfAllSteps(network) <= MOST_WRITTEN_OUT
    const members = isShort ? analyse(text, asked) : undefined
    return members?.mathematics && formulasOf(members.graph, members.mathematics.written)
  }
  const found = analyse(text, { ...asked, recurrences: true })
  return found.recurrent && recurrentFormulas(found.graph, found.recurrent)
}

/** The values in the steps of recurrences, each as often as there are steps. */
const valuesOfAllSteps = (network: Network): number =>
  [...new Set(valuesInOrder(valueNodes(network)).flatMap((n) => (n.kind === 'scan' ? [n.scan] : [])))].reduce(
    (sum, { length, inside }) => sum + inside.size * Number(length),
    0,
  )

/** Whether the length of a recurrence is open. */
const hasOpenLength = ({ equations }: Network): boolean =>
  valuesInOrder(equations.map((e) => e.node)).some(
    (n) => n.kind === 'scan' && typeof n.scan.length !== 'number',
  )

/** The formulas as a module carries them: LaTeX in `network.formulas`, text above the code of each gradient. */
export function carriedFormulas(found: Formulas): Carried {
  const latex = (lines: readonly Line[]): [string, string][] =>
    lines.map((line) => [line.name === '' ? toText(line.left) : line.name, latexLine(line)])
  const comments = commentsOf(found)
  return {
    formulas: {
      equations: latex(found.forward),
      errorTerms: found.errorTerms.map((line) => [toText(line.left), latexLine(line)]),
      gradients: latex(found.gradients),
    },
    comment: ({ name, list }) => comments.get(list ? memberName(name, [openExtent(list.index)]) : name) ?? [],
  }
}

/** The lines above the code of each gradient: all of the formulas that the emitter holds on to. An error term stands above the first one that mentions it. */
function commentsOf(found: Formulas): Map<string, readonly string[]> {
  const said = new Set<string>()
  const fresh = (line: string): boolean => !said.has(line) && said.add(line) !== undefined
  return new Map(found.gradients.map(({ name }) => [name, formulaLines(found, name).filter(fresh)]))
}

/** The formulas of all losses, whose gradients are told apart by the loss where there are several. */
export function together(
  { losses = [] }: Network,
  all: readonly (readonly [suffix: string | undefined, Carried])[],
): Carried {
  const [first, ...others] = all
  if (!first) return {}
  if (others.length === 0) return first[1]
  const withLoss = (lines: Iterable<readonly [string, string]> = [], i: number) =>
    [...lines].map(([name, latex]) => [`${losses[i]!.loss.name} ${name}`, latex] as const)
  if (!first[1].formulas) return {}
  return {
    formulas: {
      equations: first[1].formulas.equations,
      errorTerms: all.flatMap(([, { formulas }], i) => withLoss(formulas?.errorTerms, i)),
      gradients: all.flatMap(([, { formulas }], i) => withLoss(formulas?.gradients, i)),
    },
    comment: (param, routine) => {
      const own = all.find(([suffix]) => FUNCTIONS.some((name) => name + suffix === routine))
      return own?.[1].comment?.(param, routine) ?? []
    },
  }
}
