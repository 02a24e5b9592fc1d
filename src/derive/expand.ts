import type { Graph } from '../graph/graph.ts'
import type { Equation, Network } from '../graph/network.ts'
import type { DerivativeNode, EquationNode, Node } from '../graph/node.ts'
import { topological, transform } from '../graph/traverse.ts'
import { differentiate } from './reverse.ts'

/** A derivative in simpler form, given further equations that it may be written with. It must hold at every point. */
export type Simplest = (node: Node, equations: readonly EquationNode[]) => Node

/**
 * The network with every derivative that the program writes put in its place, innermost first; the network itself where
 * there is none. What an inner derivative comes to is simplified before it is differentiated again: of a second
 * derivative the expression would otherwise grow with every order.
 */
export function expand(g: Graph, network: Network, simplest: Simplest): Network {
  const roots = [
    ...network.equations.map((e) => e.node as Node),
    ...network.outputs.map((o) => o.node),
    ...network.claims.flatMap((c) => [c.left, c.right]),
  ]
  const order = topological(roots)
  if (!order.some((n) => n.kind === 'derivative')) return network
  const equations: EquationNode[] = []
  const { image } = transform(g, roots, (rebuilt) => {
    if (rebuilt.kind === 'equation') equations.push(rebuilt)
    return rebuilt.kind === 'derivative' ? derivativeOf(g, rebuilt, simplest, equations.splice(0)) : rebuilt
  })
  const at = (node: Node): Node => image.get(node)!
  const equation = (e: Equation): Equation => ({ ...e, node: at(e.node) as EquationNode })
  return {
    ...network,
    equations: network.equations.map(equation),
    loss: equation(network.loss),
    outputs: network.outputs.map((o) => ({ ...o, node: at(o.node) })),
    claims: network.claims.map((c) => ({ ...c, left: at(c.left), right: at(c.right) })),
  }
}

function derivativeOf(
  g: Graph,
  { of, by }: DerivativeNode,
  simplest: Simplest,
  equations: readonly EquationNode[],
): Node {
  const derivative = withoutErrorTerms(g, differentiate(g, of, [by]).get(by)!)
  return withoutErrorTerms(g, simplest(derivative, equations))
}

/** Error terms are named after the loss: within a program's own derivatives there are none. */
const withoutErrorTerms = (g: Graph, node: Node): Node =>
  transform(g, [node], (rebuilt) =>
    rebuilt.kind === 'equation' && rebuilt.role === 'adjoint' ? rebuilt.body : rebuilt,
  ).roots[0]!
