import { isMinusOne, isNegative, isOne } from '../base/rational.ts'
import type { Words } from '../base/language.ts'
import { type Node, type ProductNode, isContraction } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { SOFTMAX_CALLED, exp, lse, softmaxArgument } from '../ops/index.ts'

/** A rule of calculus by which a local derivative was found; `operator` is the derivative in an operator's record. */
export type Reason =
  | {
      readonly kind: 'identity' | 'sum' | 'linear' | 'matrix' | 'power' | 'product' | 'quotient' | 'chain'
    }
  | { readonly kind: 'operator'; readonly called: Words }

/**
 * The rules that give the derivative of `value` by `leaf`, which stands somewhere in it, from the outside inwards: one
 * for each kind of node on the way. What is linear is said only where there is nothing else to say.
 *
 * @param isLeaf what is taken as a variable of its own
 */
export function reasonsOf(value: Node, leaf: Node, isLeaf: (node: Node) => boolean): Reason[] {
  if (value === leaf) return [{ kind: 'identity' }]
  const on = new Set([leaf])
  const way: Node[] = []
  for (const node of topological([value], (n) => n !== value && isLeaf(n)))
    if (node !== leaf && !(node !== value && isLeaf(node)) && node.args.some((a) => on.has(a))) {
      on.add(node)
      way.push(node)
    }
  const curved: Reason[] = []
  const flat: Reason[] = []
  let inner = false
  for (const node of softened(way.reverse())) {
    const softmax = softmaxArgument(node)
    const reason: Reason | undefined =
      softmax && on.has(softmax.z)
        ? { kind: 'operator', called: SOFTMAX_CALLED }
        : node.kind === 'apply'
          ? { kind: 'operator', called: node.op.called }
          : node.kind === 'product'
            ? ofProduct(node, on)
            : undefined
    if (reason === undefined || reason.kind === 'matrix' || reason.kind === 'linear') {
      const plain =
        node.kind === 'sum' && node.coefficients.every((c, i) => isOne(c) || !on.has(node.args[i]!))
      flat.push(reason ?? { kind: plain ? 'sum' : 'linear' })
      continue
    }
    curved.push(reason)
    const argument = softmax ? softmax.z : node.args.find((a) => on.has(a))
    inner ||= argument !== leaf
  }
  if (curved.length > 0) {
    const named = distinct(isSoftmax(way) ? [{ kind: 'operator', called: SOFTMAX_CALLED }] : curved)
    return inner || named.length > 1 ? [...named, { kind: 'chain' }] : named
  }
  const strongest = (['matrix', 'linear', 'sum'] as const).find((kind) => flat.some((r) => r.kind === kind))
  return [{ kind: strongest ?? 'linear' }]
}

/** Without what a softmax is made of: its exponential stands for it. */
function softened(way: readonly Node[]): Node[] {
  const inside = new Set<Node>()
  for (const node of way) {
    const softmax = softmaxArgument(node)
    if (softmax)
      for (const n of topological([node], (m) => m === softmax.z))
        if (n !== node && n !== softmax.z) inside.add(n)
  }
  return way.filter((node) => !inside.has(node))
}

/** exp(u + v − logsumexp(u + v)), whose sum is no node of its own: nothing else is on the way. */
const isSoftmax = (way: readonly Node[]): boolean => {
  const operators = way.flatMap((n) => (n.kind === 'apply' ? [n.op] : []))
  return operators.length === 2 && operators.includes(exp) && operators.includes(lse)
}

/** c·Σ Π xᵢ^eᵢ by those of its factors that depend on the variable. */
function ofProduct(node: ProductNode, on: ReadonlySet<Node>): Reason {
  const moving = node.args.flatMap((a, i) => (on.has(a) ? [node.exponents[i]!] : []))
  if (moving.length > 1) return { kind: moving.some(isNegative) ? 'quotient' : 'product' }
  if (!isOne(moving[0]!)) {
    const divided = node.args.length > 1 && isMinusOne(moving[0]!)
    return { kind: divided ? 'quotient' : 'power' }
  }
  return { kind: isContraction(node) && node.args.length > 1 ? 'matrix' : 'linear' }
}

function distinct(reasons: readonly Reason[]): Reason[] {
  const key = (r: Reason): string => (r.kind === 'operator' ? r.called.en : r.kind)
  return [...new Map(reasons.map((r) => [key(r), r])).values()]
}
