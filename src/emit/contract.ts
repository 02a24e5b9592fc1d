/** What the module's frame and the kernels inside it ask of one another. */
import type { Symbol } from '../graph/node.ts'
import type { Buffer } from '../schedule/program.ts'
import type { Names } from './names.ts'
import type { OriginOf } from './origins.ts'
import type { Expression, FunctionDeclaration, Statement } from './tree.ts'

/** What the module's frame tells the kernels, which stand inside its functions. */
export interface Frame {
  /** The module's scope, with all names that the frame itself gives taken: exports, function parameters, interfaces. */
  readonly names: Names
  /**
   * Where a buffer outside is found within a routine: `params.W1`, `data.x`, `grads.W[0]`, `outputs.yhat`, `rate`, the
   * const that holds an open dim's length. A number (rank 0) is read and assigned at the same place.
   */
  readonly place: (buffer: Buffer, routine: string) => Expression
  /** The name of the const that holds the length of an open dim (the batch too) within a routine. */
  readonly extent: (dim: string, routine: string) => Expression
  /** Lines for the comment above the code of a param's gradient. */
  readonly comment: (param: Symbol, routine: string) => readonly string[]
  /** Where the program says what a register or a buffer of this name holds. */
  readonly origin: OriginOf
  /** A function of the module as text already: long programs are cut into many, and a tree is much larger than its text. */
  readonly printed: (declaration: FunctionDeclaration) => Statement & { kind: 'printed' }
}

export interface Kernel {
  /** For the module's level: helper functions and the workspace. */
  readonly declarations: readonly Statement[]
  /** The body of each routine after the frame's checks; a routine with a result ends in `return`. */
  readonly bodies: ReadonlyMap<string, readonly Statement[]>
  /** A function of the module through which `init` and `zeros` hand what they have made. */
  readonly adopt?: string
  /** Whether threads share something of it. */
  readonly sharing?: boolean
}
