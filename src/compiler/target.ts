import type { Diagnostics } from '../base/diagnostics.ts'
import type { ModuleOptions, Emitted } from '../emit/module.ts'
import type { OfLoss } from '../graph/network.ts'
import type { Program as Loops } from '../schedule/index.ts'
import type { Precision } from '../schedule/program.ts'
import type { Tuning } from '../schedule/tuning.ts'

export type TargetName = 'ts' | 'js' | 'wasm' | 'c' | 'pytorch' | 'onnx'

/** The formulas that a module carries. */
export type Carried = Pick<ModuleOptions, 'formulas' | 'comment'>

/** Code in which loops are written out. */
export interface LoopTarget {
  readonly of: 'loops'
  /** How loops are shaped for it. */
  readonly tuning: Tuning
  readonly emit: (
    loops: Loops,
    diagnostics: Diagnostics,
    options: Carried & { readonly filename: string },
  ) => Emitted | undefined
}

/** Code for a library that has loops of its own: what it is handed is the graph. */
export interface GraphTarget {
  readonly of: 'graph'
  readonly emit: (
    losses: readonly OfLoss[],
    diagnostics: Diagnostics,
    options: Carried & { readonly filename: string; readonly precision: Precision },
  ) => Emitted | undefined
}

export type Target = LoopTarget | GraphTarget
/** Those that a compiler has. */
export type Targets = Readonly<Partial<Record<TargetName, Target>>>
