import type { Span } from '../base/span.ts'
import type { Extent } from '../graph/extent.ts'
import type { Node } from '../graph/node.ts'
import type {
  DataDeclaration,
  Equation,
  GeneralClaim,
  HyperDeclaration,
  ParamDeclaration,
  Recurrence,
} from '../graph/network.ts'
import type { LossStatement, OutputStatement } from '../syntax/tree.ts'

/** What the declarations of a program collect. */
export interface Declarations {
  readonly dims: Map<string, Extent>
  readonly data: DataDeclaration[]
  readonly params: ParamDeclaration[]
  readonly hypers: HyperDeclaration[]
}

/** What the statements leave. */
export interface Parts extends Declarations {
  readonly equations: Equation[]
  /** Those of them that are declared as constants. */
  readonly constants: Set<Node>
  /** All loss statements, each with its equation where that has a value. */
  readonly losses: { readonly statement: LossStatement; readonly equation: Equation | undefined }[]
  readonly outputs: OutputStatement[]
  readonly claims: GeneralClaim[]
  readonly recurrences: Recurrence[]
  network: { readonly name: string; readonly span: Span; readonly doc: string | undefined } | undefined
  batch: { readonly name: string; readonly span: Span } | undefined
  /** Something in the file has no known value, so that nothing can be said of what is missing. */
  incomplete: boolean
}
