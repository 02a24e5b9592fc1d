import type { Graph } from './graph.ts'
import type { Node } from './node.ts'
import { NodeMap } from './node-map.ts'

/** By the ids of nodes: the last traversal that saw one. Kept between traversals, so that short ones stay short. */
let marks = new Uint32Array(1024)
let traversals = 0
const NONE: readonly Node[] = []

/**
 * All nodes that the roots need, arguments before their users; what is under a leaf is not looked at. Iterative: depth
 * costs no stack.
 */
export function topological(roots: Iterable<Node>, isLeaf?: (node: Node) => boolean): Node[] {
  return ordered(roots, isLeaf ? (node) => (isLeaf(node) ? NONE : node.args) : (node) => node.args)
}

/** What a value is made of: of a recurrence what its steps take from outside, and not what they do. */
export const needsOf = (node: Node): readonly Node[] => (node.kind === 'scan' ? node.scan.outside : node.args)

/** Like `topological`, of values: what stands within the steps of recurrences is no value, and left out. */
export function valuesInOrder(roots: Iterable<Node>, isLeaf?: (node: Node) => boolean): Node[] {
  return ordered(roots, isLeaf ? (node) => (isLeaf(node) ? NONE : needsOf(node)) : needsOf)
}

function ordered(roots: Iterable<Node>, argsOf: (node: Node) => readonly Node[]): Node[] {
  const order: Node[] = []
  const mark = ++traversals
  // The path to the current node, and how many arguments of each node on it are done: no object per visit.
  const path: Node[] = []
  const done: number[] = []
  for (const root of [...roots]) {
    if (root.id >= marks.length) marks = longer(marks, root.id)
    if (marks[root.id] === mark) continue
    marks[root.id] = mark
    path.push(root)
    done.push(0)
    while (path.length > 0) {
      const top = path.length - 1
      const node = path[top]!
      const args = argsOf(node)
      let next = done[top]!
      // Arguments are older than their users: there is a mark for each.
      while (next < args.length && marks[args[next]!.id] === mark) next++
      if (next === args.length) {
        order.push(node)
        path.pop()
        done.pop()
      } else {
        const arg = args[next]!
        done[top] = next + 1
        marks[arg.id] = mark
        path.push(arg)
        done.push(0)
      }
    }
  }
  return order
}

/** With room for `index`, and so much more that growing costs little. */
function longer(list: Uint32Array, index: number): Uint32Array<ArrayBuffer> {
  const result = new Uint32Array(2 * index)
  result.set(list)
  return result
}

/** How many distinct users each node has among the nodes that the roots need; a root counts as one use. */
export function countUses(
  roots: readonly Node[],
  order: readonly Node[] = topological(roots),
): NodeMap<number> {
  const uses = new NodeMap<number>()
  const add = (n: Node): void => void uses.set(n, (uses.get(n) ?? 0) + 1)
  for (const { args } of order) {
    if (args.length > 8) new Set(args).forEach(add)
    else for (let i = 0; i < args.length; i++) if (args.indexOf(args[i]!) === i) add(args[i]!)
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
): Node[] {
  const image = new NodeMap<Node>()
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
  return roots.map((r) => image.get(r)!)
}

/** The roots with other nodes in the places of some. */
export function replaced(g: Graph, roots: readonly Node[], by: ReadonlyMap<Node, Node>): Node[] {
  const image = new NodeMap<Node>()
  for (const node of topological(roots, (n) => by.has(n))) {
    const other = by.get(node)
    image.set(
      node,
      other ??
        (node.args.length === 0
          ? node
          : g.rebuild(
              node,
              node.args.map((a) => image.get(a)!),
            )),
    )
  }
  return roots.map((r) => image.get(r)!)
}
