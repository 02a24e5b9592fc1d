import type { Derived } from '../graph/network.ts'
import { batch } from './batch.ts'
import type { Precision, Program, RoutineName } from './program.ts'
import { loopRoutine } from './routine.ts'
import { Outside } from './storage.ts'

export interface ScheduleOptions {
  readonly precision: Precision
}

const ROUTINES: readonly RoutineName[] = ['forward', 'loss', 'backward', 'step']

/** Graphs per sample → the loops of the four routines. */
export function schedule(derived: Derived, options: ScheduleOptions): Program {
  const batched = batch(derived)
  const outside = new Outside()
  return {
    network: derived.network,
    precision: options.precision,
    batch: batched.batch,
    routines: ROUTINES.map(name => loopRoutine(name, batched, outside)),
  }
}

export * from './program.ts'
