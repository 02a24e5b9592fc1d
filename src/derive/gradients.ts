import type { Graph } from '../graph/graph.ts'
import type { Network } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { differentiate } from './reverse.ts'

/** ∂loss/∂v of one sample by all that the network asks for, in one sweep, not simplified; none without a loss. */
export function gradients(g: Graph, network: Network): Map<Symbol, Node> {
  if (!network.loss) return new Map()
  const by = network.wrt.map((symbol) => g.symbol(symbol))
  const derivatives = differentiate(g, network.loss.node, by)
  return new Map(network.wrt.map((symbol, i) => [symbol, derivatives.get(by[i]!)!]))
}
