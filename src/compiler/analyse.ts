/** Text → mathematics: the derivatives in simplest form, for a general index where a depth is open. */
import { report } from '../base/messages.ts'
import type { Span } from '../base/span.ts'
import { expand } from '../derive/expand.ts'
import { generalFormulas } from '../derive/general.ts'
import { gradients } from '../derive/gradients.ts'
import { namedDerivatives } from '../derive/named.ts'
import { Unsupported } from '../derive/indices.ts'
import { recurrentGradients } from '../derive/recurrences.ts'
import type { Recurrent } from '../derive/recurrent.ts'
import { jacobians } from '../derive/transitions.ts'
import { type Wanted, derivatives, spelt } from '../derive/wanted.ts'
import { Graph } from '../graph/graph.ts'
import { memberParts } from '../graph/member.ts'
import { type Derived, type Network, mainOf, ofLossAlone, openDims } from '../graph/network.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import { topological, valuesInOrder } from '../graph/traverse.ts'
import { lower, parseWithImports } from '../lower/index.ts'
import { holdsAtLimits, identities, shorter, simplification, simplify } from '../simplify/index.ts'
import { withShorterTerms } from '../simplify/general-terms.ts'
import { rootsOf, withRoots } from '../stages.ts'
import { type AnalyseOptions, type Outcome, Run, batchOf, givenDims, noneRefused } from './run.ts'

/** A program's mathematics, of one sample. */
export interface Mathematics {
  /** The equations and claims as they are written, the gradients simplified: what formulas are printed from. */
  readonly written: Derived
  /** The program with the derivatives that it writes put in their places, not simplified. */
  readonly expanded: Network
  /** Derivatives in the program taken, loss and outputs simplified too: what code is made from. */
  readonly simplified: Derived
}

interface General {
  readonly recurrences?: boolean
  readonly kept?: number | undefined
  /** Whether every derivative that the program writes gets a name of its own, and what it is of too. */
  readonly named?: boolean
}

export interface Analysed extends Outcome {
  readonly graph: Graph
  /** Undefined where the program has errors. */
  readonly mathematics: Mathematics | undefined
  /** Where a depth is open, the error terms and gradients for a general index, instead. */
  readonly recurrent: Recurrent | undefined
}

/**
 * Text → derivatives in simplest form: of the loss by every parameter, or what is asked for. Never throws on a program.
 *
 * @param options.recurrences whether formulas for a general depth will do; otherwise an open depth is an error
 * @param options.kept recurrences of at least so many steps have formulas for a general index too, where there is notation for it
 * @param options.named whether derivatives in the program get names of their own
 */
export function analyse(text: string, options: AnalyseOptions & Wanted & General = {}): Analysed {
  const { recurrences, kept = Infinity } = options
  if (!recurrences) return analysed(text, options)
  const found = analysed(text, options, kept)
  // What has no recurrence is the same either way.
  const isGeneral = found.recurrent !== undefined || (found.mathematics && isOfMembers(found.mathematics))
  if (isGeneral || found.diagnostics.some((d) => d.code === 'members-unreadable')) return found
  // Members written out, where the lengths are known.
  const members = analysed(text, { ...options, recurrences: false })
  if (members.mathematics) return members
  const codes = (outcome: Outcome): string[] => outcome.diagnostics.map(({ code }) => code)
  const isOpen = codes(found).includes('no-recurrence') || codes(members).includes('open-depth')
  return isOpen || errorsIn(found) < errorsIn(members) ? found : members
}

const errorsIn = ({ diagnostics }: Outcome): number =>
  diagnostics.filter(({ severity }) => severity === 'error').length

function analysed(text: string, options: AnalyseOptions & Wanted & General, scans?: number): Analysed {
  const run = new Run(text, options)
  const wanted = options.of === undefined && options.wrt === undefined ? undefined : options
  const graph = new Graph()
  const made = run.guarded(() => {
    const lowered = toNetwork(run, graph, scans)
    const network = options.named && lowered ? namedDerivatives(graph, lowered) : lowered
    if (network?.loss && options.recurrences && openDepth(network))
      return { recurrent: toRecurrences(run, graph, network, wanted) }
    const isGeneral = network !== undefined && scans !== undefined && recursIn(network)
    const member = isGeneral ? memberAsked(network, wanted) : undefined
    const mathematics =
      network &&
      toMathematics(run, graph, member ? { ...network, wrt: [] } : network, member ? undefined : wanted)
    if (!mathematics || !isGeneral) return { mathematics }
    const refused = (reason: string): void => {
      const members = membersOf(network)
      if (members > MOST_READ) report(run.diagnostics, 'members-unreadable', run.blamed, { reason, members })
      else report(run.diagnostics, 'no-recurrence', run.blamed, { reason })
    }
    const recurrent = toGeneral(graph, mathematics, refused)
    if (!recurrent || !member) return { recurrent }
    const simplest = (roots: readonly Node[], equations: readonly EquationNode[]): readonly Node[] => {
      const found = simplify(graph, roots, equations)
      noneRefused(run, found.refused)
      return found.roots
    }
    try {
      return { recurrent: jacobians(graph, recurrent.network, simplest, run.diagnostics, member) }
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error
      return void refused(error.message)
    }
  })
  return { graph, mathematics: made?.mathematics, recurrent: made?.recurrent, ...run.outcome }
}

/** What is differentiated, where it is a member of a recurrence at a general index, as it is spelt, and by what. */
function memberAsked({ equations }: Network, wanted: Wanted | undefined): Wanted | undefined {
  const of = wanted?.of === undefined ? undefined : spelt(wanted.of)
  const family = of === undefined ? undefined : memberParts(of)?.family
  const isMember = family !== undefined && equations.every(({ name }) => name !== of)
  return isMember && equations.some(({ name }) => name === family) ? { ...wanted, of } : undefined
}

/** A simplest form, what it was made from, and whether every rule that made it holds at limits too. */
interface Simplest {
  readonly derived: Derived
  readonly from: Derived
  readonly atLimits: boolean
}

/** @param scans from how many steps on a recurrence is a value of the graph */
export function toNetwork(run: Run, graph: Graph, scans?: number): Network | undefined {
  const { filename, options } = run
  const { program } = run.stage('parse', () =>
    parseWithImports(run.text, { filename, resolve: options.resolve, diagnostics: run.diagnostics }),
  )
  return run.stage('lower', () => {
    const network = lower(graph, program, {
      filename,
      diagnostics: run.diagnostics,
      dims: givenDims(options),
      scans,
      ...batchOf(options),
    })
    const loss = options.loss?.normalize('NFC')
    const own = network?.losses?.find((l) => l.loss.name === loss)
    return network && own ? ofLossAlone(network, own) : network
  })
}

export function toMathematics(
  run: Run,
  graph: Graph,
  network: Network,
  wanted?: Wanted,
): Mathematics | undefined {
  const open = openDepth(network)
  if (open) return void report(run.diagnostics, 'open-depth', open.span, { dim: open.dim })
  run.blamed = mainOf(network)?.span ?? run.blamed
  const raw = run.stage('derive', () => {
    const expanded = expand(graph, network, identities(graph))
    const found = wanted ? derivatives(graph, expanded, wanted, run.diagnostics) : gradients(graph, expanded)
    return found && { network: expanded, gradients: found }
  })
  if (!raw) return undefined
  // Loss, outputs and gradients at once, so that what they share stays shared.
  const equations = raw.network.equations.map(({ node }) => node)
  const simplify = simplification(graph, equations)
  let curtailed = false
  const simplest = (from: Derived, use?: typeof holdsAtLimits): Simplest => {
    const { roots, steps, refused, curtailed: cut } = simplify(rootsOf(from), use)
    noneRefused(run, refused)
    curtailed ||= cut
    // The steps themselves are let go of: they hold all that there was in between.
    return {
      derived: withRoots(from, roots),
      from,
      atLimits: steps.every(({ rule }) => holdsAtLimits(rule)),
    }
  }
  const shortest = (): Simplest => {
    const first = simplest(raw)
    const { network: simpler, gradients: found } = first.derived
    if (wanted || simpler.loss?.node === raw.network.loss?.node || constrained(network)) return first
    // The loss itself became simpler: its derivative may be shorter than the simplified derivative of what was written.
    const second = simplest({ ...first.derived, gradients: gradients(graph, simpler) })
    return shorter([...found.values()], [...second.derived.gradients.values()]) ? first : second
  }
  let formulas = raw as Derived
  const of = wanted?.of?.normalize('NFC')
  const root = (from: Network): EquationNode | undefined =>
    (from.equations.find(({ name }) => name === of) ?? from.loss)?.node
  let differentiated = root(raw.network)
  const simplified = run.stage('simplify', () => {
    const reading = shortest()
    formulas = reading.derived
    differentiated = root(reading.from.network)
    // For running the same, unless a rule took part that is for reading only.
    return reading.atLimits ? reading.derived : simplest(reading.from, holdsAtLimits).derived
  })
  if (curtailed) report(run.diagnostics, 'curtailed', run.blamed, {})
  const notation = network.equations.filter(({ node }) => writesDerivative(node))
  const forms = raw.network.equations.filter(({ name }) => notation.some((e) => e.name === name))
  const { roots: simpler } = simplify(forms.map(({ node }) => node))
  const taken = new Map(forms.map(({ name }, i) => [name, simpler[i]!] as const))
  const general = network.general.flatMap((c) => [
    c,
    ...[...c.sums.values()].map((s) => ({ left: s.node, right: s.node })),
  ])
  const claims = [...network.claims, ...raw.network.claims, ...general].flatMap((c) => [c.left, c.right])
  graph.keep([
    ...rootsOf({ network, gradients: formulas.gradients }),
    ...network.equations.map(({ node }) => node),
    ...equations,
    ...rootsOf(simplified),
    ...claims,
    ...(differentiated ? [differentiated] : []),
    ...taken.values(),
  ])
  const written = { network, gradients: formulas.gradients, differentiated, taken }
  return { written, expanded: raw.network, simplified }
}

/** Whether a derivative stands in an equation itself, and not only behind another name. */
const writesDerivative = (equation: EquationNode): boolean =>
  topological([equation.body], (n) => n.kind === 'equation').some((n) => n.kind === 'derivative')

/** A dim that leaves the range of a block or family open, and where. */
function openDepth(network: Network): { readonly dim: string; readonly span: Span } | undefined {
  const dim = openDims(network)[0]
  if (dim === undefined) return undefined
  const main = network.recurrences[0]?.equations[0] ?? mainOf(network)
  return { dim, span: main?.span ?? { start: 0, end: 0 } }
}

/** Formulas for a general depth; there is no code of it. */
function toRecurrences(
  run: Run,
  graph: Graph,
  network: Network,
  wanted: Wanted | undefined,
): Recurrent | undefined {
  run.blamed = network.loss!.span
  const simplest = (roots: readonly Node[], equations: readonly EquationNode[]): readonly Node[] => {
    const found = simplify(graph, roots, equations)
    noneRefused(run, found.refused)
    return found.roots
  }
  return recurrentGradients(graph, network, simplest, run.diagnostics, wanted)
}

/**
 * The same of recurrences that are values of the graph; undefined where there is no notation for them, with the reason. Steps that write
 * derivatives are shown with what these come to, as those of the gradients are.
 */
export function toGeneral(
  graph: Graph,
  { written, expanded }: Mathematics,
  refused: (reason: string) => void,
): Recurrent | undefined {
  const scans = valuesInOrder(written.network.equations.map((e) => e.node)).filter((n) => n.kind === 'scan')
  const inSteps = topological(scans.flatMap(({ scan }) => scan.bodies)).some((n) => n.kind === 'derivative')
  try {
    return withShorterTerms(
      graph,
      generalFormulas(graph, inSteps ? { ...written, network: expanded } : written),
    )
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error
    return void refused(error.message)
  }
}

/** Whether a value of the network is a recurrence. */
export const recursIn = ({ equations }: Network): boolean =>
  valuesInOrder(equations.map((e) => e.node)).some((n) => n.kind === 'scan')

/** Formulas of more members than these nobody reads, and to write them takes minutes. */
export const MOST_READ = 2000

/** How many members the recurrences of known length have, with those within their steps. */
export function membersOf({ equations }: Network): number {
  const inside = (roots: readonly Node[]): number => {
    const scans = new Set(valuesInOrder(roots).flatMap((n) => (n.kind === 'scan' ? [n.scan] : [])))
    let members = 0
    for (const { length, families, bodies } of scans)
      if (typeof length === 'number') members += length * Math.max(families.length, inside(bodies))
    return members
  }
  return inside(equations.map((e) => e.node))
}

/** Whether families from outside, and claims, are of members by number, as they are where members are written out. */
const isOfMembers = ({ written: { network } }: Mathematics): boolean =>
  network.general.length === 0 &&
  [...network.data, ...network.params].every(({ symbol }) => symbol.list === undefined)

/**
 * Whether entries of parameters depend on one another by what is assumed of them. A loss that was simplified by that must
 * not be differentiated: entries change one at a time.
 */
const constrained = ({ params }: Network): boolean =>
  params.some(({ symbol }) => symbol.assumptions.size > 0 && !symbol.assumptions.has('positive'))
