/** A formula by itself, of names that are given: no program declares them, and the library is all that it may call. */
import { assert } from '../base/bug.ts'
import { Diagnostics } from '../base/diagnostics.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Operator } from '../graph/operator.ts'
import type { Expression } from '../syntax/tree.ts'
import { evaluate } from './expression.ts'
import { Order } from './order.ts'
import { Plan } from './plan.ts'
import { PRELUDE, type Prelude } from './prelude.ts'
import { Scope } from './scope.ts'
import { contextOf } from './start.ts'

const NO_PLAN = new Plan([])

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
      plan: NO_PLAN,
      depth: 0,
      operator,
      fromPrelude: true,
    }
  },
  inside: PRELUDE.inside,
})

/** The value of a formula that stands in our own code: what is wrong with it is a bug. */
export function formula(
  graph: Graph,
  tree: Expression,
  locals: ReadonlyMap<string, Node>,
  operators: ReadonlyMap<string, Operator>,
): Node {
  const diagnostics = new Diagnostics()
  const ctx = contextOf({
    graph,
    diagnostics,
    scope: new Scope([]),
    prelude: withOperators(operators),
    batch: undefined,
    plan: NO_PLAN,
    demand: () => undefined,
    order: new Order(),
    define: ({ node }) => node,
  })
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
