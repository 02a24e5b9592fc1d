/**
 * The whole compiler on one page. Every phase hands its result on through one door, `stage`, which verifies it where
 * that is asked for and shows it to whoever watches.
 */

import { bug } from '../base/bug.ts'
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import type { Formulas as ModuleFormulas } from '../emit/metadata.ts'
import type { Emitted } from '../emit/module.ts'
import { type Origin, type SourceMap, sourceMap } from '../emit/source-map.ts'
import { Graph } from '../graph/graph.ts'
import { type Network, mainOf } from '../graph/network.ts'
import {
  type Instruction,
  type Program as Loops,
  type Routine,
  calledOf,
  schedule,
} from '../schedule/index.ts'
import { optimizer as optimizerOf } from '../schedule/optimizers.ts'
import { countWrittenOut, mostScalarsOf } from '../schedule/size.ts'
import type { Tuning } from '../schedule/tuning.ts'
import { type Stages, rootsOf } from '../stages.ts'
import { type Analysed, recursIn, toMathematics, toNetwork } from './analyse.ts'
import { type CompileOptions, type Settings, areValid, asked } from './options.ts'
import { type Outcome, Run } from './run.ts'
import { type Start, toLosses, toSpecial } from './running.ts'
import type { Carried, GraphTarget, LoopTarget, Targets } from './target.ts'

export interface Compiled extends Outcome {
  /** The module in the emitter's own layout (prettier is asynchronous: see `format`); undefined where there are errors. */
  readonly code: string | undefined
  /** The declarations (.d.ts) beside JavaScript. */
  readonly types: string | undefined
  /** The header (.h) beside C. */
  readonly header: string | undefined
  /** Of TypeScript and JavaScript the source map: by lines of this layout, forward and backward passes and updates. */
  readonly map: SourceMap | undefined
  /** What the map is made of. */
  readonly origins: readonly Origin[] | undefined
  /** The program as the compiler understood it; undefined where it has errors. */
  readonly network: Network | undefined
  /** In LaTeX; undefined where the code carries none. */
  readonly formulas: ModuleFormulas | undefined
}

/** Text → code, for the targets that it has. */
export interface Compiler {
  /** Synchronous; never throws on a program, however wrong it is: what is wrong stands in the diagnostics. */
  compile(text: string, options?: CompileOptions): Compiled
  /** The first half of `compile`, which targets, precisions and optimizers have in common. */
  prepare(text: string, options?: CompileOptions): Analysed
  /** The second half: of the loss by every parameter, and with the same dims and batch. */
  compileAnalysed(analysed: Analysed, options?: CompileOptions): Compiled
  /** All but what the second half alone reads. */
  firstHalf(options: CompileOptions): CompileOptions
  /** Whether the options mean something; what does not is told. */
  areValid(options: CompileOptions, diagnostics: Diagnostics): boolean
}

export function compiler(targets: Targets): Compiler {
  const settled = (options: CompileOptions): Settings => ({
    ...options,
    to: targets[options.target ?? 'ts'] ?? bug(`no target ${options.target}`),
    targets,
  })
  const isValid = (options: CompileOptions, diagnostics: Diagnostics): boolean =>
    areValid(options, diagnostics, targets)
  return {
    compile: (text, options = {}) => {
      const run = new Run(text, options)
      if (!isValid(options, run.diagnostics)) return { ...NOTHING, ...run.outcome }
      const settings = settled(options)
      return toCompiled(run, settings, () => begin(run, settings))
    },
    prepare: (text, options = {}) => {
      const run = new Run(text, options)
      const started = run.guarded(() => begin(run, settled(options)))
      const { graph = new Graph(), mathematics } = started ?? {}
      return { graph, mathematics, recurrent: undefined, ...run.outcome }
    },
    compileAnalysed: ({ source, graph, mathematics }, options = {}) => {
      const run = new Run(source.text, options)
      run.blamed = (mathematics && mainOf(mathematics.written.network)?.span) ?? run.blamed
      return toCompiled(run, settled(options), () => mathematics && { graph, mathematics })
    },
    firstHalf: (options) => firstHalf(settled(options)),
    areValid: isValid,
  }
}

/** Who asks for segments asks for loops. */
function begin(run: Run, settings: Settings): Start | undefined {
  const { unrolled, checkpoint, to } = settings
  if (unrolled !== undefined) return started(run, settings, unrolled)
  if (to.of === 'graph') return started(run, settings, Infinity)
  return checkpoint ? started(run, settings, FEWEST_STEPS) : smallest(run, settings, to.tuning)
}

/** @param scans from how many steps on a recurrence is a value of the graph */
function started(run: Run, settings: Settings, scans: number): Start | undefined {
  const graph = new Graph()
  const lowered = toNetwork(run, graph, scans)
  return lowered && differentiated(run, settings, { graph, lowered })
}

function differentiated(
  run: Run,
  settings: Settings,
  { graph, lowered }: { readonly graph: Graph; readonly lowered: Network },
): Start | undefined {
  const network = asked(lowered, settings, run.diagnostics)
  const mathematics = network && toMathematics(run, graph, network)
  return mathematics && { graph, mathematics }
}

/** Written out, gradients may come to fewer operations than the steps of a loop: what is not near the limit is not tried. */
const NEAR = 2

/** With recurrences as loops, or with their steps written out where these are so few operations that code without loops is faster. */
function smallest(run: Run, settings: Settings, tuning: Tuning): Start | undefined {
  const graph = new Graph()
  const first = run.trial()
  const lowered = toNetwork(first.run, graph, FEWEST_STEPS)
  const kept = lowered && first.run.guarded(() => differentiated(first.run, settings, { graph, lowered }))
  const most = kept && recursIn(lowered) ? mostScalarsOf(lowered.batch, tuning) : 0
  if (kept && countWrittenOut(rootsOf(kept.mathematics.simplified)) <= NEAR * most) {
    const second = run.trial()
    const found = second.run.guarded(() => started(second.run, settings, Infinity))
    // A mistake of ours is told, not passed over for the other form.
    if (second.run.failed || (found && countWrittenOut(rootsOf(found.mathematics.simplified)) <= most)) {
      second.take()
      return found
    }
  }
  first.take()
  return kept
}

function firstHalf({ to: _to, targets: _targets, target, checkpoint, ...options }: Settings): CompileOptions {
  const { precision: _p, formulas: _f, optimizer: _o, threads: _h, ...others } = options
  // These say which recurrences are written out.
  return { ...others, checkpoint: checkpoint ? true : undefined, target: target === 'js' ? 'ts' : target }
}

function toCompiled(run: Run, settings: Settings, start: () => Start | undefined): Compiled {
  const { to, threads = false } = settings
  const made = run.guarded(() => {
    if (to.of === 'graph') {
      if (threads) report(run.diagnostics, 'no-threads', run.blamed)
      return toGraph(run, settings, to, start)
    }
    const loops = toLoops(run, settings, to, start)
    const emitted = loops && toModule(run, loops, to)
    if (!emitted) return undefined
    if (threads && !emitted.sharing) report(run.diagnostics, 'no-threads', run.blamed)
    const { origins } = emitted
    const map = origins && sourceMap(run.source, origins, linesIn(emitted.code))
    return { ...emitted, map, network: loops.network, formulas: loops.carried.formulas }
  })
  return { ...NOTHING, ...made, ...run.outcome }
}

/** How many lines a text has. */
export const linesIn = (text: string): number => text.split('\n').length

const NOTHING = {
  code: undefined,
  types: undefined,
  header: undefined,
  map: undefined,
  origins: undefined,
  network: undefined,
  formulas: undefined,
}

/** A single step is no loop. */
const FEWEST_STEPS = 2

/** What code is made from: loops for running, and formulas as texts. The network is the program's. */
interface Runnable {
  readonly network: Network
  readonly loops: Stages['schedule']
  readonly carried: Carried
}

/** No graph outlives this but the network: of a long program graphs are the largest part, and the text the next one. */
function toLoops(
  run: Run,
  settings: Settings,
  { tuning }: LoopTarget,
  start: () => Start | undefined,
): Runnable | undefined {
  const special = toSpecial(run, settings, start)
  if (!special) return undefined
  const { precision = 'f64', checkpoint = false, optimizer = 'sgd', threads = false } = settings
  const loops = run.stage('schedule', () => {
    const [first, ...others] = special.parts.map(({ derived, suffix, product }, i) => {
      const loops = schedule(derived, {
        precision,
        runsAgain: checkpoint !== false,
        tuning,
        optimizer: optimizerOf(optimizer),
        suffix,
      })
      const own = loops.routines.filter(({ name }) => i === 0 || product || name !== 'forward')
      const called = (r: Routine): Routine =>
        product ? { ...r, product, suffix } : r.name === 'forward' ? r : { ...r, suffix }
      return { ...loops, routines: own.map(called) }
    })
    const all = [first!, ...others].flatMap(({ routines }) => routines)
    const shared = threads ? { threads: tuning.shareFrom } : {}
    return withFunctions({ ...first!, routines: all, ...shared }, settings)
  })
  return { network: special.network, loops, carried: special.carried }
}

function toGraph(
  run: Run,
  settings: Settings,
  to: GraphTarget,
  start: () => Start | undefined,
): (Emitted & { readonly network: Network }) | undefined {
  const started = start()
  const { filename, diagnostics } = run
  const found = started && toLosses(run, settings, started)
  if (!found) return undefined
  const { network, losses, carried } = found
  const { precision = 'f64' } = settings
  const emitted = run.stage('emit', () => to.emit(losses, diagnostics, { ...carried, filename, precision }))
  return emitted && { ...emitted, network }
}

/** The routines that are asked for; one that another calls stays, and is not exported. */
function withFunctions(loops: Loops, { functions }: CompileOptions): Loops {
  if (!functions) return loops
  const isAsked = (r: Routine): boolean => functions.includes(r.product ?? r.name)
  const called = new Set(
    loops.routines.flatMap((r) => (isAsked(r) && callsBackward(r.body) ? [`backward${r.suffix ?? ''}`] : [])),
  )
  return {
    ...loops,
    routines: loops.routines.flatMap((r) =>
      isAsked(r) ? [r] : called.has(calledOf(r)) ? [{ ...r, inner: true }] : [],
    ),
  }
}

const callsBackward = (body: readonly Instruction[]): boolean =>
  body.some((i) => i.kind === 'backward' || ('body' in i && callsBackward(i.body)))

function toModule(run: Run, { loops, carried }: Runnable, to: LoopTarget): Emitted | undefined {
  const { filename, diagnostics } = run
  return run.stage('emit', () => to.emit(loops, diagnostics, { ...carried, filename }))
}
