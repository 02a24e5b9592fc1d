import type { Graph } from '../graph/graph.ts'
import type { Network } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { differentiate } from './reverse.ts'

/** ∂loss/∂param of one sample for every parameter of the network, in one sweep, not simplified. */
export function gradients(g: Graph, network: Network): Map<Symbol, Node> {
  const params = network.params.map((p) => g.symbol(p.symbol))
  const derivatives = differentiate(g, network.loss.node, params)
  return new Map(network.params.map((p, i) => [p.symbol, derivatives.get(params[i]!)!]))
}
