/** Which operators stand in an expression, as bits, of those that laws mention. */
import { type Node, isContraction, isPureProduct, peel } from '../../graph/node.ts'

/** A sum and a contraction are looked for like operators. */
export const SUM = 1
const CONTRACTION = 2
const bits = new Map<string, number>([
  ['sum', SUM],
  ['contraction', CONTRACTION],
])

/** Operators that laws mention are counted from the first; beyond what a number has bits for, some share one. */
function bitOf(name: string): number {
  let bit = bits.get(name)
  if (bit === undefined) bits.set(name, (bit = 1 << (bits.size % 31)))
  return bit
}

export const bitsOf = (operators: readonly string[]): number =>
  operators.reduce((all, name) => all | bitOf(name), 0)

/** What a node is by itself. */
function headOf(node: Node): number {
  if (node.kind === 'apply') return bits.get(node.op.name) ?? 0
  return node.kind === 'sum' ? SUM : isContraction(node) ? CONTRACTION : 0
}

const below = new WeakMap<Node, number>()

/** The operators in an expression, and behind the names in it. */
export function operatorsIn(root: Node): number {
  const ready = below.get(root)
  if (ready !== undefined) return ready
  const stack = [root]
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!
    const missing = node.args.filter((a) => !below.has(a))
    if (missing.length > 0) {
      stack.push(...missing)
      continue
    }
    stack.pop()
    let own = headOf(node)
    for (const a of node.args) own |= below.get(a)!
    below.set(node, own)
  }
  return below.get(root)!
}

const parts = new WeakMap<Node, number>()

/** What the factors of a product are, or those of the terms of a sum, or the arguments of an operator, behind their names. */
export function outermost(node: Node): number {
  const ready = parts.get(node)
  if (ready !== undefined) return ready
  let all = 0
  for (const a of node.args) {
    const value = peel(a)
    all |= headOf(value)
    if (isPureProduct(value)) for (const f of value.args) all |= headOf(peel(f))
  }
  parts.set(node, all)
  return all
}
