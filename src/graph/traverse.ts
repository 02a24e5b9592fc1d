import type { Graph } from './graph.ts'
import type { Node } from './node.ts'

/** All nodes that the roots need, arguments before their users. Iterative: depth costs no stack. */
export function topological(roots: Iterable<Node>): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: { node: Node; next: number }[] = []
  for (const root of roots) {
    if (seen.has(root)) continue
    seen.add(root)
    stack.push({ node: root, next: 0 })
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const arg = top.node.args[top.next++]
      if (arg === undefined) {
        order.push(top.node)
        stack.pop()
      } else if (!seen.has(arg)) {
        seen.add(arg)
        stack.push({ node: arg, next: 0 })
      }
    }
  }
  return order
}

/** How many distinct users each node has among the nodes that the roots need; a root counts as one use. */
export function countUses(roots: readonly Node[]): Map<Node, number> {
  const uses = new Map<Node, number>()
  const add = (n: Node): void => void uses.set(n, (uses.get(n) ?? 0) + 1)
  for (const node of topological(roots)) for (const arg of new Set(node.args)) add(arg)
  for (const root of new Set(roots)) add(root)
  return uses
}

/**
 * The roots with every node replaced, arguments first. `change` sees a node rebuilt from replaced arguments, and
 * the original; it returns the replacement.
 */
export function transform(
  g: Graph,
  roots: readonly Node[],
  change: (rebuilt: Node, original: Node) => Node,
): { roots: Node[]; image: Map<Node, Node> } {
  const image = new Map<Node, Node>()
  for (const node of topological(roots)) {
    const rebuilt =
      node.args.length === 0
        ? node
        : g.rebuild(
            node,
            node.args.map((a) => image.get(a)!),
          )
    image.set(node, change(rebuilt, node))
  }
  return { roots: roots.map((r) => image.get(r)!), image }
}
