import type { Batched } from '../batch.ts'
import type { Precision, Routine, RoutineName } from '../program.ts'
import type { Outside } from '../storage.ts'
import type { Tuning } from '../tuning.ts'
import { plan } from './plan.ts'
import { problemOf } from './problem.ts'
import { Standing } from './standing.ts'
import { Writing } from './writing.ts'

/**
 * A routine in which layers, or steps in time, that are alike are loops; undefined where none are that pay. The network
 * comes unrolled. Members that do the same, each in its turn, are found by what they compute: they form a class, a system
 * of uniform recurrences (Karp, Miller, Winograd 1967), and classes are put in order as statements in loops are.
 */
export function rolledRoutine(
  name: RoutineName,
  batched: Batched,
  outside: Outside,
  precision: Precision,
  tuning: Tuning,
  checkpoint?: number | true,
): Routine | undefined {
  const problem = problemOf(name, batched, outside, tuning)
  const steps = problem && plan(problem.all, problem.needs, tuning.rollFrom)
  if (!steps) return undefined
  const standing = new Standing(problem, steps, outside, precision, checkpoint)
  return new Writing(problem, steps, standing, tuning).routine()
}
