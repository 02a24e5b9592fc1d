/** Which operators stand in an expression, as bits, of those that laws mention. */
import type { Node } from '../../graph/node.ts'

const bits = new Map<string, number>([['contraction', 1]])
const known = new WeakMap<Node, number>()

/** Operators that laws mention are counted from the first; beyond what a number has bits for, some share one. */
function bitOf(name: string): number {
  let bit = bits.get(name)
  if (bit === undefined) bits.set(name, (bit = 1 << (bits.size % 31)))
  return bit
}

export const bitsOf = (operators: readonly string[]): number =>
  operators.reduce((all, name) => all | bitOf(name), 0)

/** The operators in an expression, and behind the names in it. */
export function operatorsIn(root: Node): number {
  const ready = known.get(root)
  if (ready !== undefined) return ready
  const stack = [root]
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!
    const missing = node.args.filter((a) => !known.has(a))
    if (missing.length > 0) {
      stack.push(...missing)
      continue
    }
    stack.pop()
    const own = node.kind === 'apply' ? (bits.get(node.op.name) ?? 0) : 0
    known.set(
      node,
      node.args.reduce((all, a) => all | known.get(a)!, own),
    )
  }
  return known.get(root)!
}
