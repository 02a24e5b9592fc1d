import type { Operator } from '../graph/operator.ts'
import { cholesky } from './cholesky.ts'
import { elementary } from './elementary.ts'
import { erfc } from './erfc.ts'
import { gammas } from './gamma.ts'
import { inverses } from './inverses.ts'
import { matrices } from './matrices.ts'
import { piecewise } from './piecewise.ts'
import { reductions } from './reductions.ts'

/** Every operator by its name; all that a phase knows of an operator is in its record. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  [...elementary, erfc, ...inverses, ...gammas, ...piecewise, ...reductions, ...matrices, cholesky].map(
    (op) => [op.name, op],
  ),
)

export * from './abstract.ts'
export * from './adjugate.ts'
export * from './cholesky.ts'
export * from './elementary.ts'
export { erfc } from './erfc.ts'
export * from './gamma.ts'
export * from './inverses.ts'
export * from './matrices.ts'
export * from './piecewise.ts'
export * from './reductions.ts'
export * from './remainders.ts'
export * from './running.ts'
export * from './softmax.ts'
