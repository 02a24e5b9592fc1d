import type { Extent } from '../graph/extent.ts'
import { Graph } from '../graph/graph.ts'
import { type Derived, type Network, valueNodes } from '../graph/network.ts'
import { isCoupled } from '../derive/whole-batch.ts'
import type { Symbol } from '../graph/node.ts'
import { topological, valuesInOrder } from '../graph/traverse.ts'
import { batch } from './batch.ts'
import { bounded } from './bounds.ts'
import { contract } from './contract.ts'
import { fuse } from './fuse.ts'
import { type Optimizer, hasState, optimizer as optimizerOf } from './optimizers.ts'
import type { Precision, Program, Routine, RoutineName } from './program.ts'
import { loopRoutine } from './routine.ts'
import { countScalars } from './scalarise.ts'
import { mostScalarsOf } from './size.ts'
import { isLong, split } from './split.ts'
import { Outside } from './storage.ts'
import { tidy } from './tidy.ts'
import { tile } from './tile.ts'
import { TUNING, type Tuning } from './tuning.ts'
import { summedInSteps } from './summed.ts'
import { stepThroughBackward } from './updates.ts'
import { straightRoutine } from './straight.ts'
import { StraightNetwork } from './straight-network.ts'

/** `auto` asks the size model; tests ask for one or the other. */
export type Mode = 'auto' | 'scalars' | 'loops'

export interface ScheduleOptions {
  readonly precision: Precision
  readonly mode?: Mode | undefined
  readonly tuning?: Tuning | undefined
  /** By what equations `step` changes parameters; gradient descent where none is given. */
  readonly optimizer?: Optimizer | undefined
  /** Of several losses: whose, behind the names of its routines. */
  readonly suffix?: string | undefined
  /** Recurrences whose steps are recurrences keep nothing of these: their steps are run again on the way back. */
  readonly runsAgain?: boolean | undefined
}

/**
 * Without a loss there is `forward` alone. Straight-line programs that are long share code: their step is a call of `backward` and the
 * updates.
 */
function routines(
  { loss, wrt }: Network,
  tuning: Tuning,
  make: (name: RoutineName) => Routine,
  throughBackward: () => Routine,
): Routine[] {
  if (!loss) return [split(make('forward'), tuning)]
  const made = (['forward', 'loss', 'backward'] as const).map(make)
  const long = made.some((r) => r.name === 'backward' && isLong(r))
  return [...made, long && isOfParams(wrt) ? throughBackward() : make('step')].map((r) => split(r, tuning))
}

/** Graphs per sample → the loops of the four routines. */
export function schedule(derived: Derived, options: ScheduleOptions): Program {
  const { precision, mode = 'auto', tuning = TUNING, runsAgain = false } = options
  const { network } = derived
  const optimizer = (network.loss && options.optimizer) ?? optimizerOf('sgd')
  const outside = new Outside()
  const learned = network.wrt.filter(({ role }) => role === 'param')
  const program = (extent: Extent | undefined, made: readonly Routine[]): Program => ({
    network,
    precision,
    batch: extent,
    routines: made,
    optimizer,
  })
  const straight = (): Program => {
    const net = new StraightNetwork(derived)
    const made = routines(
      network,
      tuning,
      (name) => straightRoutine(name, net, outside, optimizer),
      () => stepThroughBackward(learned, new Graph(), outside, optimizer, options.suffix),
    )
    return program(net.batch, made)
  }
  const roots = [...valueNodes(network), ...derived.gradients.values()]
  // Recurrences of the graph are loops already, and lists are looked at by loops.
  const loops = valuesInOrder(roots).some(
    (n) => n.kind === 'scan' || (n.kind === 'symbol' && n.symbol.list !== undefined),
  )
  const isLarge = loops || sizeOf(derived, tuning) === 'large'
  if (mode === 'scalars' || (mode === 'auto' && !isLarge)) return straight()
  const batched = runsAgain ? summedInSteps(batch(derived)) : batch(derived)
  const throughBackward = (): Routine =>
    stepThroughBackward(learned, batched.graph, outside, optimizer, options.suffix)
  const looped = (name: RoutineName): Routine => {
    const isAlone = !isOfParams(network.wrt)
    if (name === 'step' && !isAlone && hasState(optimizer)) return throughBackward()
    return improve(loopRoutine(name, batched, outside, tuning, runsAgain), tuning)
  }
  const made = routines(network, tuning, looped, () => looped('step'))
  return program(batched.batch, made)
}

/** What a step can take from `backward` with gradients of the module's own, which are shaped as parameters. */
const isOfParams = (wrt: readonly Symbol[]): boolean => wrt.every(({ role }) => role === 'param')

function improve(r: Routine, tuning: Tuning): Routine {
  const tidied = tidy({ ...r, body: contract(fuse(r.body, tuning)) })
  return { ...tidied, body: tile(bounded(tidied.body), tuning) }
}

/**
 * Whether a network is small, or made of scalars anyway, however many: chains of scalar equations. What needs all samples of a batch before it
 * goes on with one of them is computed in loops, and counts as large.
 */
function sizeOf(derived: Derived, tuning: Tuning): 'small' | 'scalars' | 'large' {
  const { network, gradients } = derived
  const roots = [...valueNodes(network), ...gradients.values()]
  if (isCoupled(roots)) return 'large'
  const { batch: samples, wrt, outputs } = network
  // A gradient by what is a sample's own, and an output of all samples, are loops over the batch of their own.
  if (samples !== undefined && (wrt.some((s) => s.samples !== undefined) || outputs.some((o) => o.over)))
    return 'large'
  const order = topological(roots)
  const count = countScalars(order)
  if (count <= mostScalarsOf(network.batch, tuning, count / order.length)) return 'small'
  return count <= 2 * order.length ? 'scalars' : 'large'
}

export * from './program.ts'
