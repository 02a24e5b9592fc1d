import type { Numbers, Relation } from './field.ts'

/** A number system that an evaluation runs in. */
export interface System<T> extends Numbers<T> {
  /** Whether operators use what their records give for doubles (`kernel`) instead of the definition (`meaning`). */
  readonly kernels: boolean
}

/** Whether a comparison holds, from an order that is false where either side is NaN. */
export function holds<T>(
  relation: Relation,
  a: T,
  b: T,
  less: (a: T, b: T) => boolean,
  equal: (a: T, b: T) => boolean,
): boolean {
  switch (relation) {
    case '<':
      return less(a, b)
    case '<=':
      return less(a, b) || equal(a, b)
    case '>':
      return less(b, a)
    case '>=':
      return less(b, a) || equal(a, b)
    case '=':
      return equal(a, b)
    case '!=':
      // As for doubles: NaN is unequal to everything. (The other comparisons with NaN do not hold.)
      return !equal(a, b)
  }
}
