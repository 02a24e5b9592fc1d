import type { Diagnostics } from '../base/diagnostics.ts'
import type { Extent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import type { Context } from './context.ts'
import { expand } from './calls.ts'
import { applied } from './layers.ts'
import { MOST_EXPANDED, evaluate } from './expression.ts'
import { MOST_MEMBERS } from './families.ts'
import type { Plan } from './plan.ts'
import type { Prelude } from './prelude.ts'
import { Roots } from './roots.ts'
import type { Scope } from './scope.ts'

/** What a lowering starts with. */
export interface Start extends Pick<Context, 'demand' | 'order' | 'define'> {
  readonly graph: Graph
  readonly diagnostics: Diagnostics
  readonly scope: Scope
  readonly prelude: Prelude
  readonly plan: Plan
  readonly batch: Extent | undefined
}

export function contextOf(start: Start): Context {
  return {
    ...start,
    bad: new Set(),
    calls: new Map(),
    orders: new Map(),
    left: { trees: MOST_EXPANDED, members: MOST_MEMBERS },
    expand,
    applied,
    refused: new Set(),
    scans: [],
    openIndices: [],
    sums: new Map(),
    roots: new Roots(),
    places: new Map(),
    evaluate: (ctx, env, tree) => {
      const value = (): ReturnType<typeof evaluate> => evaluate(ctx, env, tree)
      return env.indices?.length ? ctx.roots.without(value) : value()
    },
  }
}
