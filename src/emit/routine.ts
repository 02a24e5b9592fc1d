/**
 * What the schedule hands to the frame of the module: the inner code of one exported function. The frame declares,
 * before the statements of a routine and after all checks,
 *
 * - `const names.value(symbol)` for every symbol of `reads`: a typed array, or a number for a scalar, an open dim, a
 *   hyperparameter (its default put in) and the batch;
 * - `const names.gradient(param)` in `backward`, `const names.output(output)` in `forward` for every tensor to fill;
 * - `const <buffer name>` for every buffer of `scratch`, from a workspace that all routines of the module share
 *   (contents undefined; it grows with the batch and is never given back).
 *
 * A scalar to fill is a property, not an array: `places.gradient(symbol)`, `places.output(name)` and `places.param(symbol)`
 * are the expressions to assign to. The frame returns `result`, and the outputs from `forward`.
 */
import type { Extent } from '../graph/extent.ts'
import type { Symbol } from '../graph/node.ts'
import type { Expression, FunctionDeclaration, Statement } from './tree.ts'

export type RoutineName = 'forward' | 'loss' | 'backward' | 'step'

/** A typed array that a routine needs while it runs: of the module's precision, or of whole numbers. */
export interface Scratch {
  /** The variable, from `names.fresh`. Buffers of equal names in several routines are one buffer, of the largest size. */
  readonly name: string
  /** Its length is their product; the batch is the open extent of its name. */
  readonly extents: readonly Extent[]
  readonly integer?: boolean
}

export interface Routine {
  readonly statements: readonly Statement[]
  /** The symbols that the statements read, open dims and the batch among them (role `dim`). */
  readonly reads: Iterable<Symbol>
  readonly scratch: readonly Scratch[]
  /** Functions at the top of the module that the statements call; equal names are the same function. Names begin with `$`. */
  readonly helpers: readonly FunctionDeclaration[]
  /** The value of the loss; none for `forward`. */
  readonly result?: Expression | undefined
}

/** Where a scalar result goes. */
export interface Places {
  /** `grads.b` in `backward`. */
  gradient(param: Symbol): Expression
  /** `params.b` in `step`. */
  param(param: Symbol): Expression
  /** `outputs.p` in `forward`. */
  output(name: string): Expression
}
