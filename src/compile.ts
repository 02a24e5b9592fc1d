/**
 * The whole compiler on one page. Every phase hands its result on through one door, `stage`, which verifies it where
 * that is asked for and shows it to whoever watches.
 */
import { CompilerBug, bug } from './base/bug.ts'
import { type Diagnostic, Diagnostics } from './base/diagnostics.ts'
import { report } from './base/messages.ts'
import { NumberTooLong } from './base/rational.ts'
import { Source, type Span } from './base/span.ts'
import { expand } from './derive/expand.ts'
import { generalFormulas } from './derive/general.ts'
import { gradients } from './derive/gradients.ts'
import { PRODUCTS, type ProductName, productOf } from './derive/functions.ts'
import { Unsupported } from './derive/indices.ts'
import { type Wanted, derivatives, symbolsCalled } from './derive/wanted.ts'
import { type Recurrent, recurrentGradients } from './derive/recurrences.ts'
import { emitC, hasEvenFamilies } from './emit/c/module.ts'
import { emitKernel } from './emit/kernel.ts'
import { wasmKernel } from './emit/wasm/kernel.ts'
import { type Emitted, type ModuleOptions, emitModule } from './emit/module.ts'
import type { Formulas as ModuleFormulas } from './emit/metadata.ts'
import { type Origin, type SourceMap, sourceMap } from './emit/source-map.ts'
import { emitOnnx } from './emit/onnx/module.ts'
import { emitPytorch } from './emit/pytorch/module.ts'
import { FUNCTIONS, type FunctionName } from './schedule/functions.ts'
import { openExtent } from './graph/extent.ts'
import { Graph } from './graph/graph.ts'
import { memberName } from './graph/member.ts'
import { type Derived, type Network, mainOf, ofLoss, openDims } from './graph/network.ts'
import { type EquationNode, type Node, type Symbol, isSource } from './graph/node.ts'
import { topological, valuesInOrder } from './graph/traverse.ts'
import { type Resolve, lower, parseWithImports } from './lower/index.ts'
import {
  type Formulas,
  type Line,
  formulaLines,
  formulas as formulasOf,
  latexLine,
  recurrentFormulas,
  toText,
  withTermNames,
} from './print/index.ts'
import {
  type Instruction,
  type Program as Loops,
  type Routine,
  calledOf,
  schedule,
} from './schedule/index.ts'
import { OPTIMIZERS, type OptimizerName, optimizer as optimizerOf } from './schedule/optimizers.ts'
import { PLAIN_TUNING, TUNING, type Tuning, WASM_TUNING } from './schedule/tuning.ts'
import {
  type Step,
  holdsAtLimits,
  identities,
  keepsDigits,
  shorter,
  simplification,
  simplify,
  specialise,
} from './simplify/index.ts'
import { attached, overflows, stabilised } from './stable/index.ts'
import { type Observe, type StageName, type Stages, rootsOf, valuesOf, verify, withRoots } from './stages.ts'

export interface AnalyseOptions {
  /** For places in diagnostics, and for the network's name where the program gives none. */
  readonly filename?: string | undefined
  /** Values of dims, over those in the program. */
  readonly dims?: Readonly<Record<string, number>> | ReadonlyMap<string, number> | undefined
  /** The batch axis, over the one in the program: its name, its length, or 'none'. */
  readonly batch?: string | number | undefined
  /** Finds the files that the program imports; without it an import is an error. */
  readonly resolve?: Resolve | undefined
  /** Checks the laws of the middle language behind every stage. */
  readonly verify?: boolean | undefined
  /** Sees the result of every stage. */
  readonly observe?: Observe | undefined
}

export type Target = 'ts' | 'js' | 'wasm' | 'c' | 'pytorch' | 'onnx'

/** How loops are shaped for a target, and whether it puts families into one array each. */
const TARGETS: Readonly<Record<Target, { readonly tuning: Tuning; readonly addresses: boolean }>> = {
  ts: { tuning: TUNING, addresses: false },
  js: { tuning: TUNING, addresses: false },
  wasm: { tuning: WASM_TUNING, addresses: true },
  c: { tuning: PLAIN_TUNING, addresses: true },
  pytorch: { tuning: PLAIN_TUNING, addresses: false },
  onnx: { tuning: PLAIN_TUNING, addresses: false },
}

export interface CompileOptions extends AnalyseOptions {
  /** `wasm`: JavaScript whose routines are WebAssembly, in one module; `c`: the code is C99, and beside it stands a header; `pytorch`: Python; `onnx`: JSON with models in base64. */
  readonly target?: Target | undefined
  readonly precision?: 'f64' | 'f32' | undefined
  /** Whether the code carries its formulas, as comments and in `network.formulas`; by default it does. */
  readonly formulas?: boolean | undefined
  /** Recurrences of fewer steps are written out, so that their members may differ and be computed without a loop. */
  readonly unrolled?: number | undefined
  /** Whether layers and steps in time that are alike become loops where that pays; by default they do. */
  readonly roll?: boolean | undefined
  /**
   * A recurrence keeps its states only once in so many steps (true: about the square root of their number), and each
   * segment is run again on the way back: less memory for one more forward pass.
   */
  readonly checkpoint?: boolean | number | undefined
  /**
   * What `backward` differentiates by: parameters, inputs, targets, hyperparameters, families of them; every parameter by default. `step` updates
   * the parameters among them.
   */
  readonly wrt?: readonly string[] | undefined
  /** Which functions the module has; `forward`, `loss`, `backward` and `step` by default, as far as the program has them. */
  readonly functions?: readonly FunctionName[] | undefined
  /** How `step` changes parameters; gradient descent by default. The others keep a state, which `initState` makes. */
  readonly optimizer?: OptimizerName | undefined
}

/** What programs in JavaScript may get wrong; a value that means nothing is told and not replaced. */
export function areValid(
  { target, precision, checkpoint, optimizer, functions, wrt, resolve }: CompileOptions,
  diagnostics: Diagnostics,
): boolean {
  const check = (name: string, value: unknown, allowed: string, isAllowed: boolean): void => {
    if (value !== undefined && !isAllowed)
      report(
        diagnostics,
        'bad-option',
        { option: name },
        {
          name,
          allowed,
          found: typeof value === 'object' ? 'an object' : String(value),
        },
      )
  }
  check(
    'target',
    target,
    'ts, js, wasm, c, pytorch or onnx',
    typeof target === 'string' && Object.hasOwn(TARGETS, target),
  )
  check('precision', precision, 'f64 or f32', precision === 'f64' || precision === 'f32')
  check(
    'optimizer',
    optimizer,
    OPTIMIZERS.join(', '),
    OPTIMIZERS.some((name) => name === optimizer),
  )
  const isList = (value: unknown, allowed?: readonly string[]): boolean =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((x: unknown) => typeof x === 'string' && (allowed?.includes(x) ?? true))
  check('functions', functions, `a list of ${FUNCTIONS.join(', ')}`, isList(functions, FUNCTIONS))
  check('resolve', resolve, 'a function of a path and a file name', typeof resolve === 'function')
  check('wrt', wrt, 'a list of names', isList(wrt))
  const isLength = Number.isInteger(checkpoint) && (checkpoint as number) >= 1
  const allowed = 'true, false, or a whole number of steps of at least 1'
  check('checkpoint', checkpoint, allowed, typeof checkpoint === 'boolean' || isLength)
  return !diagnostics.hasErrors
}

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
}

interface Outcome {
  readonly source: Source
  readonly diagnostics: readonly Diagnostic[]
}

export interface Analysed extends Outcome {
  readonly graph: Graph
  /** Undefined where the program has errors. */
  readonly mathematics: Mathematics | undefined
  /** Where a depth is open, the error terms and gradients for a general index, instead. */
  readonly recurrent: Recurrent | undefined
}

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

/** Text → module. Synchronous; never throws on a program, however wrong it is: what is wrong stands in the diagnostics. */
export function compile(text: string, options: CompileOptions = {}): Compiled {
  const run = new Run(text, options)
  if (!areValid(options, run.diagnostics)) return { ...NOTHING, ...run.outcome }
  return toCompiled(run, options, () => {
    const graph = new Graph()
    const mathematics = begin(run, graph, options)
    return mathematics && { graph, mathematics }
  })
}

function begin(run: Run, graph: Graph, options: CompileOptions): Mathematics | undefined {
  const lowered = toNetwork(run, graph, stepsWrittenOut(options))
  const network = lowered && asked(lowered, options, run.diagnostics)
  return network && toMathematics(run, graph, network)
}

/** The first half of `compile`, which targets, precisions and optimizers have in common. */
export function prepare(text: string, options: CompileOptions = {}): Analysed {
  const run = new Run(text, options)
  const graph = new Graph()
  const mathematics = run.guarded(() => begin(run, graph, options))
  return { graph, mathematics, recurrent: undefined, ...run.outcome }
}

/** The same from what was analysed already: of the loss by every parameter, and with the same dims and batch. */
export function compileAnalysed(analysed: Analysed, options: CompileOptions = {}): Compiled {
  const { source, graph, mathematics } = analysed
  const run = new Run(source.text, options)
  run.blamed = (mathematics && mainOf(mathematics.written.network)?.span) ?? run.blamed
  return toCompiled(run, options, () => mathematics && { graph, mathematics })
}

interface Start {
  readonly graph: Graph
  readonly mathematics: Mathematics
}

function toCompiled(run: Run, options: CompileOptions, start: () => Start | undefined): Compiled {
  const made = run.guarded(() => {
    if (isOfGraph(options)) return toGraph(run, options, start)
    const loops = toLoops(run, options, start)
    const emitted = loops && toModule(run, loops, options)
    if (!emitted) return undefined
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

/**
 * Text → derivatives in simplest form: of the loss by every parameter, or what is asked for. Never throws on a program.
 *
 * @param options.recurrences whether formulas for a general depth will do; otherwise an open depth is an error
 * @param options.kept recurrences of at least so many steps have formulas for a general index too, where there is notation for it
 */
export function analyse(text: string, options: AnalyseOptions & Wanted & General = {}): Analysed {
  if (options.recurrences && options.kept !== undefined) {
    const general = analysed(text, options, options.kept)
    // What has no recurrence is the same either way.
    if (general.recurrent || (general.mathematics && !hasLists(general.mathematics))) return general
    if (general.diagnostics.some((d) => d.code === 'members-unreadable')) return general
  }
  const found = analysed(text, options)
  if (!options.recurrences || found.mathematics || found.recurrent) return found
  // What has no general member by its text may be a recurrence of the graph.
  const other = analysed(text, options, Infinity)
  const isKnown = other.diagnostics.some((d) => d.code === 'no-recurrence')
  const isBetter = errorsIn(other) < errorsIn(found)
  return other.recurrent || other.mathematics || isKnown || isBetter ? other : found
}

const errorsIn = ({ diagnostics }: Outcome): number =>
  diagnostics.filter(({ severity }) => severity === 'error').length

function analysed(text: string, options: AnalyseOptions & Wanted & General, scans?: number): Analysed {
  const run = new Run(text, options)
  const wanted = options.of === undefined && options.wrt === undefined ? undefined : options
  const graph = new Graph()
  const made = run.guarded(() => {
    const network = toNetwork(run, graph, scans)
    if (network?.loss && options.recurrences && openDepth(network))
      return { recurrent: toRecurrences(run, graph, network, wanted) }
    const mathematics = network && toMathematics(run, graph, network, wanted)
    if (!mathematics || scans === undefined || !recursIn(network)) return { mathematics }
    const refused = (reason: string): void => {
      const members = membersOf(network)
      if (members > MOST_READ) report(run.diagnostics, 'members-unreadable', run.blamed, { reason, members })
      else report(run.diagnostics, 'no-recurrence', run.blamed, { reason })
    }
    return { recurrent: toGeneral(graph, mathematics, refused) }
  })
  return { graph, mathematics: made?.mathematics, recurrent: made?.recurrent, ...run.outcome }
}

/** A simplest form, what it was made from, and whether every rule that made it holds at limits too. */
interface Simplest {
  readonly derived: Derived
  readonly from: Derived
  readonly atLimits: boolean
}

/** Recurrences of fewer steps are written out. */
const FEW_STEPS = 12

/** States are kept now and then only of steps that are written out; what goes forward along a direction goes through these too. */
const stepsWrittenOut = ({ unrolled, checkpoint, target, functions }: CompileOptions): number =>
  unrolled ??
  (checkpoint || isOfGraph({ target }) || functions?.some((f) => f === 'jvp' || f === 'hvp')
    ? Infinity
    : FEW_STEPS)

function toNetwork(run: Run, graph: Graph, scans?: number): Network | undefined {
  const { filename, options } = run
  const { program } = run.stage('parse', () =>
    parseWithImports(run.text, { filename, resolve: options.resolve, diagnostics: run.diagnostics }),
  )
  return run.stage('lower', () =>
    lower(graph, program, {
      filename,
      diagnostics: run.diagnostics,
      dims: givenDims(options),
      scans,
      ...batchOf(options),
    }),
  )
}

function toMathematics(run: Run, graph: Graph, network: Network, wanted?: Wanted): Mathematics | undefined {
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
  const simplest = (from: Derived, use?: typeof holdsAtLimits): Simplest => {
    const { roots, steps, refused } = simplify(rootsOf(from), use)
    noneRefused(run, refused)
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
  const notation = network.loss ? [] : network.equations.filter(({ node }) => writesDerivative(node))
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
function toGeneral(
  graph: Graph,
  { written, expanded }: Mathematics,
  refused: (reason: string) => void,
): Recurrent | undefined {
  const scans = valuesInOrder(written.network.equations.map((e) => e.node)).filter((n) => n.kind === 'scan')
  const inSteps = topological(scans.flatMap(({ scan }) => scan.bodies)).some((n) => n.kind === 'derivative')
  try {
    return generalFormulas(graph, inSteps ? { ...written, network: expanded } : written)
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error
    return void refused(error.message)
  }
}

/** Rules that the gate had to stop are mistakes of ours. */
function noneRefused(run: Run, refused: readonly Step[]): void {
  if (run.options.verify && refused.length > 0)
    bug(`wrong rules: ${refused.map((step) => step.rule.name).join(', ')}`)
}

/** What code is made from: loops for running, and formulas as texts. The network is the program's. */
interface Runnable {
  readonly network: Network
  readonly loops: Stages['schedule']
  readonly carried: Carried
}

/** No graph outlives this but the network: of a long program graphs are the largest part, and the text the next one. */
function toLoops(run: Run, options: CompileOptions, start: () => Start | undefined): Runnable | undefined {
  const special = toSpecial(run, options, start)
  if (!special) return undefined
  const { precision = 'f64', roll, checkpoint = false, target = 'ts', optimizer = 'sgd' } = options
  const { tuning, addresses } = TARGETS[target]
  const shaped = (rolled: boolean | undefined): Loops => {
    const [first, ...others] = special.parts.map(({ derived, suffix, product }, i) => {
      const loops = schedule(derived, {
        precision,
        roll: rolled,
        checkpoint: checkpoint === false ? undefined : checkpoint,
        tuning,
        optimizer: optimizerOf(optimizer),
        suffix,
      })
      const own = loops.routines.filter(({ name }) => i === 0 || product || name !== 'forward')
      const called = (r: Routine): Routine =>
        product ? { ...r, product } : suffix === undefined || r.name === 'forward' ? r : { ...r, suffix }
      return { ...loops, routines: own.map(called) }
    })
    return { ...first!, routines: [first!, ...others].flatMap(({ routines }) => routines) }
  }
  const loops = run.stage('schedule', () => {
    const first = shaped(roll)
    return withFunctions(!addresses || hasEvenFamilies(first) ? first : shaped(false), options)
  })
  return { network: special.network, loops, carried: special.carried }
}

/** Of targets with loops of their own: what they are handed is made of the graph. */
export const isOfGraph = ({ target }: Pick<CompileOptions, 'target'>): boolean =>
  target === 'pytorch' || target === 'onnx'

function toGraph(
  run: Run,
  options: CompileOptions,
  start: () => Start | undefined,
): (Emitted & { readonly network: Network }) | undefined {
  const started = start()
  if (!started || !areThere(started.mathematics.written.network, options, run.diagnostics)) return undefined
  const { named, network, carried } = toNamed(run, options, started)
  const emitted = run.stage('emit', () =>
    options.target === 'onnx'
      ? emitOnnx(named, run.diagnostics, { precision: options.precision ?? 'f64' })
      : emitPytorch(named, run.diagnostics, {
          filename: run.filename,
          comment: (param) => carried.comment?.(param, '') ?? [],
        }),
  )
  return emitted && { ...emitted, network }
}

/** What routines are made of: the network as one of several losses sees it, or a product with a vector. */
interface Part {
  readonly derived: Derived
  readonly suffix?: string | undefined
  readonly product?: ProductName
}

/** The forms for running. Loops make graphs of their own: of this one only what they start from stays in memory. */
function toSpecial(
  run: Run,
  options: CompileOptions,
  start: () => Start | undefined,
): (Omit<Runnable, 'loops'> & { readonly parts: readonly Part[] }) | undefined {
  const started = start()
  if (!started) return undefined
  const { functions = [] } = options
  const { graph, mathematics } = started
  const { network } = mathematics.written
  if (!areThere(network, options, run.diagnostics)) return undefined
  const objectives = network.losses ?? []
  const suffixes = objectives.length > 1 ? objectives.map(({ loss }) => loss.name) : [undefined]
  const all = suffixes.map((_, i) =>
    i === 0 ? mathematics : toMathematics(run, graph, ofLoss(network, objectives[i]!)),
  )
  const parts: Part[] = []
  const carried: [suffix: string | undefined, Carried][] = []
  let first: Derived | undefined
  for (const [i, one] of all.entries()) {
    if (!one) return undefined
    const { named, carried: own } = toNamed(run, options, { graph, mathematics: one })
    carried.push([suffixes[i], own])
    first ??= named
    const derived = run.stage('specialise', () =>
      withRoots(named, specialise(graph, rootsOf(named), valuesOf(named))),
    )
    parts.push({ derived, suffix: suffixes[i] })
  }
  for (const product of PRODUCTS.filter((name) => functions.includes(name)))
    parts.push({ derived: toProduct(run, graph, first!.network, product), product })
  return { network, parts, carried: together(carried) }
}

/** In forms that lose no digits, with the names that formulas give to its terms. */
function toNamed(
  run: Run,
  { formulas = true }: CompileOptions,
  { graph, mathematics }: Start,
): { readonly named: Derived; readonly network: Network; readonly carried: Carried } {
  const { written, simplified } = mathematics
  // Before specialising: formulas are printed from what people write, softmax and not shifted exponentials.
  const found = formulas ? readable(run, graph, mathematics) : undefined
  const carried = found ? carriedFormulas(found) : {}
  const stable = toStable(run, graph, simplified)
  const named = withRoots(stable, withTermNames(graph, written, rootsOf(stable)))
  return { named, network: written.network, carried }
}

/** A product with a vector, in forms for running: of values that lose no digits. */
function toProduct(run: Run, graph: Graph, network: Network, name: ProductName): Derived {
  const made: Derived = { network: productOf(graph, network, name), gradients: new Map() }
  const roots = valuesOf(made)
  const found = simplify(graph, attached(graph, roots), topological(roots).filter(isSource), keepsDigits)
  noneRefused(run, found.refused)
  return withRoots(made, specialise(graph, found.roots, found.roots))
}

/** The formulas of all losses, whose gradients are told apart by the loss where there are several. */
function together(all: readonly (readonly [suffix: string | undefined, Carried])[]): Carried {
  const [first, ...others] = all
  if (!first) return {}
  if (others.length === 0) return first[1]
  const named = all.flatMap(([suffix, { formulas }]) =>
    [...(formulas?.gradients ?? [])].map(([name, latex]) => [`${suffix} ${name}`, latex] as const),
  )
  if (!first[1].formulas) return {}
  return {
    formulas: {
      equations: first[1].formulas.equations,
      errorTerms: all.flatMap(([suffix, { formulas }]) =>
        [...(formulas?.errorTerms ?? [])].map(([name, latex]) => [`${suffix} ${name}`, latex] as const),
      ),
      gradients: named,
    },
    comment: (param, routine) => {
      const own = all.find(([suffix]) => suffix !== undefined && routine.endsWith(suffix))
      return own?.[1].comment?.(param, routine) ?? []
    },
  }
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

/** Whether the program has the functions that are asked for, and the target has them too; what is not there is told. */
function areThere(
  network: Network,
  { functions, target = 'ts', wrt, optimizer }: CompileOptions,
  diagnostics: Diagnostics,
): boolean {
  const before = diagnostics.hasErrors
  const none = (name: string, reason: string): void =>
    report(diagnostics, 'no-such-function', { option: 'functions' }, { name, reason })
  for (const name of functions ?? []) {
    if (!network.loss && name !== 'forward' && name !== 'jvp' && name !== 'vjp')
      none(name, 'which is of a loss, and the program has none')
    else if ((name === 'jvp' || name === 'vjp') && network.outputs.length === 0)
      none(name, 'which is of outputs, and the program has none')
    else if (name === 'hvp' && (network.losses ?? []).length > 1)
      none(name, 'which is of one loss, and the program has several')
    else if ((name === 'jvp' || name === 'hvp') && recursIn(network))
      none(name, 'which goes through recurrences of known lengths only')
    else if (
      [...network.data, ...network.params].some(({ symbol }) => symbol.list !== undefined) &&
      PRODUCTS.some((p) => p === name)
    )
      none(name, 'which takes no lists of any length')
  }
  const lacks = (what: string): void =>
    report(diagnostics, 'target-lacks', { option: 'target' }, { target, what })
  if (target !== 'ts' && target !== 'js') {
    const isOfParams =
      network.wrt.length === network.params.length && network.wrt.every(({ role }) => role === 'param')
    if ((network.losses ?? []).length > 1) lacks('programs with several losses')
    else if (network.loss && !isOfParams) lacks('gradients by other than all parameters')
    if (functions?.some((name) => PRODUCTS.some((p) => p === name))) lacks('jvp, vjp and hvp')
  }
  if (wrt && optimizer !== undefined && optimizer !== 'sgd')
    report(diagnostics, 'state-of-some', { option: 'wrt' }, { optimizer })
  if (!network.loss && optimizer !== undefined && optimizer !== 'sgd')
    none('step', 'which an optimizer is for: there is no loss')
  return before || !diagnostics.hasErrors
}

/** The network with what `backward` is asked to differentiate by. */
function asked(network: Network, { wrt }: CompileOptions, diagnostics: Diagnostics): Network | undefined {
  if (wrt === undefined) return network
  if (!network.loss)
    return void report(
      diagnostics,
      'nothing-to-differentiate-by',
      { option: 'wrt' },
      { reason: 'the program has no loss' },
    )
  if (network.losses && network.losses.length > 1)
    return void report(
      diagnostics,
      'nothing-to-differentiate-by',
      { option: 'wrt' },
      { reason: 'a program with several losses says so itself: loss J = … for W1, b1' },
    )
  const found = symbolsCalled(network, wrt, diagnostics)
  return found && { ...network, wrt: found }
}

/** The loss and the outputs in forms that lose no digits, and their derivatives; the same where they are so already. */
function toStable(run: Run, graph: Graph, simplified: Derived): Derived {
  return run.stage('stabilise', () => {
    const values = valuesOf(simplified)
    const isParameter = ({ role }: Symbol): boolean => role === 'param'
    const forms = stabilised(graph, values, isParameter)
    const isSame = (nodes: readonly (Node | undefined)[]): boolean => nodes.every((n, i) => n === values[i])
    const simplest = (roots: readonly Node[]): readonly Node[] => {
      const equations = topological(roots).filter(isSource)
      const found = simplify(graph, attached(graph, roots), equations, keepsDigits)
      noneRefused(run, found.refused)
      return found.roots
    }
    const isStable = isSame(forms) || isSame(simplest(forms))
    if (isStable && !overflows(graph, [...simplified.gradients.values()], isParameter)) return simplified
    const { network } = withRoots({ ...simplified, gradients: new Map() }, forms)
    const derived = { network, gradients: gradients(graph, network) }
    return withRoots(derived, simplest(rootsOf(derived)))
  })
}

function toModule(
  run: Run,
  { loops, carried }: Runnable,
  { target = 'ts', checkpoint = false }: CompileOptions,
): Emitted | undefined {
  const { filename, diagnostics } = run
  if (checkpoint !== false && loops.segment === undefined) report(diagnostics, 'no-checkpoint', run.blamed)
  return run.stage('emit', () =>
    target === 'c'
      ? emitC(loops, diagnostics, { filename, ...carried })
      : target === 'wasm'
        ? emitModule(loops, wasmKernel, diagnostics, { target: 'js', filename, ...carried })
        : emitModule(loops, emitKernel, diagnostics, {
            target: target === 'js' ? 'js' : 'ts',
            filename,
            openFamilies: true,
            ...carried,
          }),
  )
}

type Carried = Pick<ModuleOptions, 'formulas' | 'comment'>

/** The formulas for people: of recurrences for a general index, where there are such. */
function readable({ text, options }: Run, graph: Graph, mathematics: Mathematics): Formulas | undefined {
  const { written } = mathematics
  if (!recursIn(written.network)) return formulasOf(graph, written)
  if (!hasOpenLength(written.network)) {
    const general = toGeneral(graph, mathematics, () => undefined)
    return general && recurrentFormulas(graph, general)
  }
  const found = analyse(text, { ...options, observe: undefined, recurrences: true })
  return found.recurrent && recurrentFormulas(found.graph, found.recurrent)
}

/** Whether a value of the network is a recurrence. */
const recursIn = ({ equations }: Network): boolean =>
  valuesInOrder(equations.map((e) => e.node)).some((n) => n.kind === 'scan')

/** Formulas of more members than these nobody reads, and to write them takes minutes. */
const MOST_READ = 2000

/** How many members the recurrences of known length have, with those within their steps. */
function membersOf({ equations }: Network): number {
  const inside = (roots: readonly Node[]): number => {
    const scans = new Set(valuesInOrder(roots).flatMap((n) => (n.kind === 'scan' ? [n.scan] : [])))
    let members = 0
    for (const { length, families, bodies } of scans)
      if (typeof length === 'number') members += length * Math.max(families.length, inside(bodies))
    return members
  }
  return inside(equations.map((e) => e.node))
}

/** Whether the length of a recurrence is open. */
const hasOpenLength = ({ equations }: Network): boolean =>
  valuesInOrder(equations.map((e) => e.node)).some(
    (n) => n.kind === 'scan' && typeof n.scan.length !== 'number',
  )

/** Whether families from outside stand as lists, which they do by their members otherwise. */
const hasLists = ({ written: { network } }: Mathematics): boolean =>
  [...network.data, ...network.params].some(({ symbol }) => symbol.list !== undefined)

/** The formulas as a module carries them: LaTeX in `network.formulas`, text above the code of each gradient. */
function carriedFormulas(found: Formulas): Carried {
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

/** One program on its way. */
class Run {
  readonly text: string
  readonly options: AnalyseOptions
  readonly filename: string
  readonly diagnostics = new Diagnostics()
  /** Where a diagnostic points to that has no better place. */
  blamed: Span = { start: 0, end: 0 }
  #doing: StageName = 'parse'

  constructor(text: string, options: AnalyseOptions) {
    this.text = text
    this.options = options
    this.filename = options.filename ?? 'network.net'
  }

  /** The door behind every phase. A phase without a result has reported why. */
  stage<S extends StageName, R extends Stages[S] | undefined>(name: S, phase: () => R): R {
    this.#doing = name
    const result = phase()
    if (result !== undefined && this.options.verify) verify(name, result)
    if (result !== undefined) this.options.observe?.(name, result)
    return result
  }

  /** The result; undefined, with a diagnostic, where a number grows too long, or where we have made a mistake. */
  guarded<T>(work: () => T | undefined): T | undefined {
    try {
      const result = work()
      return this.diagnostics.hasErrors ? undefined : result
    } catch (error) {
      if (error instanceof NumberTooLong) report(this.diagnostics, 'number-too-long', this.blamed)
      else report(this.diagnostics, 'internal-error', this.blamed, { stage: this.#doing, what: told(error) })
      return undefined
    }
  }

  get source(): Source {
    return new Source(this.filename, this.text)
  }

  get outcome(): Outcome {
    return { source: this.source, diagnostics: this.diagnostics.toArray() }
  }
}

/**
 * Whether entries of parameters depend on one another by what is assumed of them. A loss that was simplified by that must
 * not be differentiated: entries change one at a time.
 */
const constrained = ({ params }: Network): boolean =>
  params.some(({ symbol }) => symbol.assumptions.size > 0 && !symbol.assumptions.has('positive'))

const told = (error: unknown): string =>
  error instanceof CompilerBug
    ? error.message
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error)

/** The values of dims that are given. */
export const givenDims = ({ dims = {} }: AnalyseOptions): ReadonlyMap<string, number> =>
  new Map(dims instanceof Map ? dims : Object.entries(dims))

const batchOf = ({ batch }: AnalyseOptions): { batch?: string | number } =>
  batch === undefined ? {} : { batch }
