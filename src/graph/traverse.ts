import type { Graph } from './graph.ts'
import type { Node } from './node.ts'

/** All nodes that the roots need, arguments before their users. Iterative: depth costs no stack. */
export function topological(roots: Iterable<Node>): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  // The path to the current node, and how many arguments of each node on it are done: no object per visit.
  const path: Node[] = []
  const done: number[] = []
  for (const root of roots) {
    if (seen.has(root)) continue
    seen.add(root)
    path.push(root)
    done.push(0)
    while (path.length > 0) {
      const top = path.length - 1
      const node = path[top]!
      const { args } = node
      let next = done[top]!
      while (next < args.length && seen.has(args[next]!)) next++
      if (next === args.length) {
        order.push(node)
        path.pop()
        done.pop()
      } else {
        const arg = args[next]!
        done[top] = next + 1
        seen.add(arg)
        path.push(arg)
        done.push(0)
      }
    }
  }
  return order
}

/** How many distinct users each node has among the nodes that the roots need; a root counts as one use. */
export function countUses(roots: readonly Node[]): Map<Node, number> {
  const uses = new Map<Node, number>()
  const add = (n: Node): void => void uses.set(n, (uses.get(n) ?? 0) + 1)
  for (const { args } of topological(roots)) {
    if (args.length > 8) new Set(args).forEach(add)
    else args.forEach((arg, i) => args.indexOf(arg) === i && add(arg))
  }
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
