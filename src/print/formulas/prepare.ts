import type { Graph } from '../../graph/graph.ts'
import { NodeMap } from '../../graph/node-map.ts'
import { type EquationNode, type Node, type Symbol, isAdjoint, isSource } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import { readingCost } from '../../simplify/index.ts'

/** A scalar error term is written out where the whole formula then has at most so many operations. */
const MOST_OPERATIONS = 12

type Gradients = ReadonlyMap<Symbol, Node>

/** The nodes of formulas and of the error terms in them, arguments first; equations of the program are leaves. */
export const formulaNodes = (roots: Iterable<Node>): Node[] => topological(roots, isSource)

/**
 * The gradients as they are to be printed: scalar error terms stand written out in the formulas that stay short with
 * them. Linear: costs are added up before anything is made.
 */
export function prepare(g: Graph, gradients: Gradients): Map<Symbol, Node> {
  const added = new NodeMap<number>()
  const kept = new NodeMap<Node>()
  const written = new NodeMap<Node>()
  const formula = (n: Node): Node => written.get(n) ?? kept.get(n)!
  for (const n of formulaNodes(gradients.values())) {
    const open = isAdjoint(n) && n.shape.length === 0
    const leaf: boolean = isSource(n)
    const inner = leaf || (isAdjoint(n) && !open) ? [] : n.args
    // What the error terms under it add to its own cost, and whether all of it is short.
    const more = Math.min(
      inner.reduce((sum, a) => sum + added.get(a)! + (isAdjoint(n) ? readingCost(a) : 0), 0),
      Number.MAX_SAFE_INTEGER / 2,
    )
    added.set(n, more)
    const short = readingCost(n) + more <= MOST_OPERATIONS && inner.every((a) => written.has(a))
    const rebuilt = leaf
      ? n
      : isAdjoint(n)
        ? g.equation(n.name, formula(n.body), 'adjoint', n.of)
        : rebuild(g, n, (a) => kept.get(a)!)
    kept.set(n, rebuilt)
    if (short)
      written.set(
        n,
        open
          ? written.get((n as EquationNode).body)!
          : isAdjoint(n) || leaf
            ? rebuilt
            : rebuild(g, n, (a) => written.get(a)!),
      )
  }
  // A gradient that is an error term is called so.
  const terms = new NodeMap<Node>()
  const roots = [...gradients].map(([symbol, n]): [Symbol, Node] => [symbol, formula(n)])
  for (const n of formulaNodes(roots.map(([, n]) => n))) if (isAdjoint(n)) terms.set(n.body, n)
  return new Map(roots.map(([symbol, n]) => [symbol, terms.get(n) ?? n]))
}

const rebuild = (g: Graph, n: Node, image: (a: Node) => Node): Node =>
  n.args.length === 0 ? n : g.rebuild(n, n.args.map(image))
