import type { Extent } from '../graph/extent.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import { type Node, isSource } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { differentiate } from './reverse.ts'

/** A value that the derivation stops at: an equation, a part of one that has an error term, what is differentiated by. */
export interface Point {
  readonly node: Node
  /** Stands for ∂loss/∂node, the axes of the loss first; of the loss it is 1. */
  readonly seed: Node
  /** From where the loss comes back to it; none of the loss itself. */
  readonly uses: readonly Use[]
}

/** One point in the formula of another, with no point between them. */
export interface Use {
  readonly user: Node
  /** What the user sends back, with its seed in it; not simplified. */
  readonly sent: Node
  /** ∂user/∂node, where both are scalars; not simplified. */
  readonly slope: Node | undefined
}

export interface Backward {
  /** From the loss to what is asked for. */
  readonly points: readonly Point[]
  readonly isPoint: (node: Node) => boolean
}

/**
 * Reverse mode point by point: the adjoint of a value is the sum of what its users send back. One sweep through the
 * formula of each point, so that the cost is that of the gradient itself, however many paths there are.
 *
 * @param loss what is differentiated; of a tensor adjoints are Jacobians, its axes first
 * @param cuts parts of equations that are points too, by the equations in which they stand
 * @param wanted what is differentiated by: symbols and equations
 * @param held what does not change
 */
export function backward(
  g: Graph,
  loss: Node,
  cuts: ReadonlyMap<Node, string>,
  wanted: readonly Node[],
  held: readonly Node[] = [],
): Backward {
  const order = topological([loss], (n) => held.includes(n))
  const targets = new Set(wanted)
  const isPoint = (n: Node): boolean =>
    targets.has(n) || cuts.has(n) || n === loss || isSource(n) || held.includes(n)
  const relevant = new Set<Node>()
  for (const n of order) if (targets.has(n) || n.args.some((a) => relevant.has(a))) relevant.add(n)

  // What a sample sends back is its own, also to what all share.
  const samples = order.find((n) => n.samples !== undefined)?.samples
  const uses = new Map<Node, Use[]>()
  const points: Point[] = []
  for (const node of order.reverse()) {
    if (!relevant.has(node) || !isPoint(node)) continue
    const seed = node === loss ? g.number(1) : standIn(g, loss, node, cuts.get(node), samples)
    points.push({ node, seed, uses: uses.get(node) ?? [] })
    // Nothing that is asked for is under it, but for itself.
    if (!node.args.some((a) => relevant.has(a))) continue
    const value = formulaOf(node)
    const isLeaf = (n: Node): boolean => n !== node && isPoint(n)
    const leaves = topological([value], isLeaf).filter((n) => isLeaf(n) && relevant.has(n))
    const sent = differentiate(g, value, leaves, node === loss ? { isLeaf } : { isLeaf, seed })
    const slopes = node.shape.length === 0 ? differentiate(g, value, leaves, { isLeaf }) : undefined
    for (const leaf of leaves) {
      if (isZeroNode(sent.get(leaf)!)) continue
      const slope = leaf.shape.length === 0 ? slopes?.get(leaf) : undefined
      const use = { user: node, sent: sent.get(leaf)!, slope }
      const known = uses.get(leaf)
      if (known) known.push(use)
      else uses.set(leaf, [use])
    }
  }
  return { points, isPoint }
}

/** What a point is made of. */
export const formulaOf = (node: Node): Node => (node.kind === 'equation' ? node.body : node)

/** An adjoint whose formula is not looked into; in the order of factors it stands where the error term of its equation does. */
function standIn(
  g: Graph,
  loss: Node,
  node: Node,
  equation: string | undefined,
  samples: Extent | undefined,
): Node {
  const name =
    equation ?? (node.kind === 'equation' ? node.name : node.kind === 'symbol' ? node.symbol.name : '')
  const symbol = g.symbol({
    name: `∂${loss.id}/∂${node.id}`,
    role: 'adjoint',
    shape: [...loss.shape, ...node.shape],
    assumptions: new Set(),
    samples,
  })
  return g.equation(name, symbol, 'adjoint', node)
}
