import type { Graph } from '../graph/graph.ts'
import type { Equation, Network } from '../graph/network.ts'
import type { DerivativeNode, EquationNode, Node } from '../graph/node.ts'
import { topological, transform } from '../graph/traverse.ts'
import { differentiate, withoutErrorTerms } from './reverse.ts'

/** Simpler forms, given further equations that they may be written with. They must be equal at every point. */
export interface Simplest {
  readonly simplest: (node: Node, equations: readonly EquationNode[]) => Node
  /** The shorter one to read. */
  readonly shorter: (a: Node, b: Node) => Node
}

/**
 * The network with every derivative that the program writes put in its place, innermost first; the network itself where
 * there is none. What an inner derivative comes to is simplified before it is differentiated again: of a second
 * derivative the expression would otherwise grow with every order.
 */
export function expand(g: Graph, network: Network, forms: Simplest): Network {
  const roots = [
    ...network.equations.map((e) => e.node as Node),
    ...network.outputs.map((o) => o.node),
    ...network.claims.flatMap((c) => [c.left, c.right]),
  ]
  const order = topological(roots)
  if (!order.some((n) => n.kind === 'derivative')) return network
  const equations: EquationNode[] = []
  const images = transform(g, roots, (rebuilt) => {
    if (rebuilt.kind === 'equation') equations.push(rebuilt)
    return rebuilt.kind === 'derivative' ? derivativeOf(g, rebuilt, forms, equations.splice(0)) : rebuilt
  })
  const image = new Map(roots.map((root, i) => [root, images[i]!]))
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
  { simplest, shorter }: Simplest,
  equations: readonly EquationNode[],
): Node {
  const take = (f: Node): Node =>
    withoutErrorTerms(g, simplest(withoutErrorTerms(g, differentiate(g, f, [by]).get(by)!), []))
  // What is differentiated may have become simpler, and then its derivative too, but not in every case. (By an
  // equation it is taken as written: simplifying can write more with that name.)
  const simpler = simplest(of, equations)
  return simpler !== of && by.kind === 'symbol' ? shorter(take(simpler), take(of)) : take(of)
}
