/** A formula by itself, of names that are given: no program declares them, and the library is all that it may call. */
import { assert } from '../base/bug.ts'
import { Diagnostics } from '../base/diagnostics.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Operator } from '../graph/operator.ts'
import type { Expression } from '../syntax/tree.ts'
import type { Context } from './context.ts'
import { MOST_EXPANDED, evaluate } from './expression.ts'
import { MOST_MEMBERS } from './families.ts'
import { expand } from './calls.ts'
import { PRELUDE, type Prelude } from './prelude.ts'
import { Roots } from './roots.ts'
import { Scope } from './scope.ts'

/** The library with further operators, by their names. */
const withOperators = (operators: ReadonlyMap<string, Operator>): Prelude => ({
  has: (name) => operators.has(name) || PRELUDE.has(name),
  get(name) {
    const operator = operators.get(name)
    if (operator?.kind !== 'pointwise') return PRELUDE.get(name)
    const parameters = Array.from({ length: operator.arity }, (_, i) => ({
      name: `x${i}`,
      span: { start: 0, end: 0 },
    }))
    return {
      name,
      parameters,
      body: undefined,
      results: 1,
      scope: undefined,
      depth: 0,
      operator,
      fromPrelude: true,
    }
  },
})

/** The value of a formula that stands in our own code: what is wrong with it is a bug. */
export function formula(
  graph: Graph,
  tree: Expression,
  locals: ReadonlyMap<string, Node>,
  operators: ReadonlyMap<string, Operator>,
): Node {
  const diagnostics = new Diagnostics()
  const ctx: Context = {
    graph,
    diagnostics,
    scope: new Scope([]),
    prelude: withOperators(operators),
    batch: undefined,
    bad: new Set(),
    calls: new Map(),
    orders: new Map(),
    left: { trees: MOST_EXPANDED, members: MOST_MEMBERS },
    expand,
    openIndices: [],
    roots: new Roots(),
    places: new Map(),
  }
  const here = { name: 'law', span: tree.span }
  const node = evaluate(ctx, { locals, prelude: here, site: here }, tree)
  assert(
    node !== undefined,
    `a formula has no value: ${diagnostics
      .toArray()
      .map((d) => d.message)
      .join('; ')}`,
  )
  return node
}
