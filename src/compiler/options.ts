/** What is asked of a compilation, and whether that makes sense. */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { PRODUCTS } from '../derive/functions.ts'
import { symbolsCalled } from '../derive/wanted.ts'
import type { Declaration, Network } from '../graph/network.ts'
import { FUNCTIONS, type FunctionName } from '../schedule/functions.ts'
import { OPTIMIZERS, type OptimizerName } from '../schedule/optimizers.ts'
import type { AnalyseOptions } from './run.ts'
import type { Target, TargetName, Targets } from './target.ts'

export interface CompileOptions extends AnalyseOptions {
  /** `wasm`: JavaScript whose routines are WebAssembly, in one module; `c`: the code is C99, and beside it stands a header; `pytorch`: Python; `onnx`: JSON with models in base64. */
  readonly target?: TargetName | undefined
  readonly precision?: 'f64' | 'f32' | undefined
  /** Whether the code carries its formulas, as comments and in `network.formulas`; by default it does. */
  readonly formulas?: boolean | undefined
  /** Recurrences of fewer steps are written out; by default, those of networks that are so small that code without loops is faster. */
  readonly unrolled?: number | undefined
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
  /** Of WebAssembly: whether several threads may run a call; the module's `parallel(n)` starts them. */
  readonly threads?: boolean | undefined
}

/** With the target that is meant, of those that there are. */
export interface Settings extends CompileOptions {
  readonly to: Target
  readonly targets: Targets
}

/** What programs in JavaScript may get wrong; a value that means nothing is told and not replaced. */
export function areValid(
  { target, precision, checkpoint, optimizer, functions, wrt, resolve, threads }: CompileOptions,
  diagnostics: Diagnostics,
  targets: Targets,
): boolean {
  const names = Object.keys(targets)
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
    [names.slice(0, -1).join(', '), ...names.slice(-1)].join(' or '),
    typeof target === 'string' && Object.hasOwn(targets, target),
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
  check('threads', threads, 'true or false', typeof threads === 'boolean')
  const isLength = Number.isInteger(checkpoint) && (checkpoint as number) >= 1
  const allowed = 'true, false, or a whole number of steps of at least 1'
  check('checkpoint', checkpoint, allowed, typeof checkpoint === 'boolean' || isLength)
  return !diagnostics.hasErrors
}

/** Whether the program has the functions that are asked for, and the target has them too; what is not there is told. */
export function areThere(
  network: Network,
  { functions, target = 'ts', to, targets, wrt, optimizer }: Settings,
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
    else if (filledBy(network, name).some(({ symbol }) => symbol.list !== undefined))
      none(name, 'which fills no lists of any length')
  }
  if (to.of === 'graph') {
    const able = Object.keys(targets).filter((name) => targets[name as TargetName]?.of === 'loops')
    const lacks = (what: string): void =>
      report(diagnostics, 'target-lacks', { option: 'target' }, { target, what, able })
    if (functions?.some((name) => PRODUCTS.some((p) => p === name))) lacks('jvp, vjp and hvp')
  }
  if (wrt && optimizer !== undefined && optimizer !== 'sgd')
    report(diagnostics, 'state-of-some', { option: 'wrt' }, { optimizer })
  if (!network.loss && optimizer !== undefined && optimizer !== 'sgd')
    none('step', 'which an optimizer is for: there is no loss')
  return before || !diagnostics.hasErrors
}

/** What a product has a derivative by, and fills an array with. */
function filledBy({ params, data }: Network, name: FunctionName): readonly Declaration[] {
  if (name === 'hvp') return params
  return name === 'vjp' ? [...params, ...data.filter(({ role }) => role === 'input')] : []
}

/** The network with what `backward` is asked to differentiate by. */
export function asked(
  network: Network,
  { wrt }: CompileOptions,
  diagnostics: Diagnostics,
): Network | undefined {
  if (wrt === undefined) return network
  if (!network.loss)
    return void report(
      diagnostics,
      'nothing-to-differentiate-by',
      { option: 'wrt' },
      { reason: 'the program has no loss' },
    )
  const found = symbolsCalled(network, wrt, diagnostics)
  if (!found) return undefined
  // Each of several losses is differentiated by what is asked for, of parameters by those that it trains.
  const losses = network.losses?.map((l) => ({
    ...l,
    wrt: found.filter((s) => s.role !== 'param' || l.params.includes(s)),
  }))
  const idle = losses?.find((l) => l.wrt.length === 0)
  if (idle)
    return void report(
      diagnostics,
      'nothing-to-differentiate-by',
      { option: 'wrt' },
      { reason: `the loss ${idle.loss.name} trains none of these` },
    )
  return { ...network, wrt: losses?.[0]!.wrt ?? found, ...(losses ? { losses } : {}) }
}
