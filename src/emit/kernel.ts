import { type Program, calledOf } from '../schedule/program.ts'
import type { Frame, Kernel } from './contract.ts'
import { ModuleParts } from './parts.ts'
import { RoutineWriter } from './writer.ts'

/** Loops → program tree. */
export function emitKernel(program: Program, frame: Frame): Kernel {
  const module = new ModuleParts(program, frame)
  const bodies = new Map(
    program.routines.map((r) => [calledOf(r), new RoutineWriter(module, calledOf(r)).routine(r)]),
  )
  return { declarations: module.declarations(), bodies }
}

export type { Frame, Kernel } from './contract.ts'
