/** Programs in which samples of a batch have to do with one another: what is judged of them is the batch as a whole. */
import type { Graph } from '../graph/graph.ts'
import type { Derived } from '../graph/network.ts'
import { BATCH, type EquationNode, type Node } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { batchsum } from '../ops/index.ts'

/** Whether something is a statistic of the batch, so that one sample alone has no value. */
export const isCoupled = (roots: readonly Node[]): boolean =>
  topological(roots).some((n) => n.kind === 'apply' && n.axes[0] === BATCH)

/** The same with the objective, the mean of the loss over the batch, as the loss, and with means of the gradients. */
export function ofWholeBatch(g: Graph, { network, gradients, ...rest }: Derived): Derived {
  const mean = (node: Node): Node =>
    node.samples === undefined ? node : g.divide(g.reduce(batchsum, node, [BATCH]), g.extent(node.samples))
  const { loss } = network
  return {
    ...rest,
    network: loss
      ? { ...network, loss: { ...loss, node: g.equation(loss.name, mean(loss.node)) as EquationNode } }
      : network,
    gradients: new Map([...gradients].map(([symbol, node]) => [symbol, mean(node)])),
  }
}
