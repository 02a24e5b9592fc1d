import type { Pointwise } from '../graph/operator.ts'
import { eq, ge, gt, le, lt, ne } from '../ops/index.ts'
import type { ComparisonOperator } from '../syntax/tree.ts'

/** What a comparison is in the graph. */
export const RELATIONS: Readonly<Record<ComparisonOperator, Pointwise>> = {
  '<': lt,
  '<=': le,
  '>': gt,
  '>=': ge,
  '==': eq,
  '!=': ne,
}
