import { peel } from '../graph/node.ts'
import type { Batched } from './batch.ts'
import type { RoutineName } from './program.ts'
import type { Outside } from './storage.ts'
import type { Goal } from './updates.ts'

/** What a routine leaves behind: outputs, or gradients (of a step, which takes them from the params). */
export function goalsOf(name: RoutineName, batched: Batched, outside: Outside): Goal[] {
  if (name === 'loss') return []
  if (name === 'forward')
    return batched.outputs.map((o) => ({ node: peel(o.node), to: outside.output(o.name, o.node.shape) }))
  // Of a step, which updates parameters, whatever else is differentiated by.
  const gradients =
    name === 'step' ? batched.gradients.filter(({ symbol }) => symbol.role === 'param') : batched.gradients
  return gradients.map(({ symbol, node }) => ({
    node: peel(node),
    to: outside.gradient(symbol),
    symbol,
  }))
}
