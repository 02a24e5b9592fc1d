/** What comes out does not depend on the order in which nodes were made. */
import { expect, test } from 'vitest'
import { random } from '../../src/base/random.ts'
import { gradients } from '../../src/derive/gradients.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Equation, Network } from '../../src/graph/network.ts'
import type { EquationNode, Node } from '../../src/graph/node.ts'
import { reindex } from '../../src/graph/reindex.ts'
import { topological } from '../../src/graph/traverse.ts'
import { simplify, specialise } from '../../src/simplify/index.ts'
import { lowered } from '../lower/lowered.ts'
import { seeds } from '../support/campaign.ts'
import { randomNetwork } from '../support/random-network.ts'

/** The same network in a graph in which its nodes were made in another order, among others. */
function remade(network: Network, seed: string): { graph: Graph; network: Network } {
  const graph = new Graph()
  const copied = (node: Node): Node =>
    reindex(graph, [node], 'no index', 0, (n) =>
      n.kind === 'constant' ? graph.constant(n.value) : undefined,
    )[0]!
  const nodes = topological([network.loss!.node, ...network.equations.map((e) => e.node)])
  const rng = random(seed)
  const places = new Map(nodes.map((node) => [node, rng.uniform()]))
  for (const node of nodes.sort((a, b) => places.get(a)! - places.get(b)!)) graph.negate(copied(node))
  const equation = (e: Equation): Equation => ({ ...e, node: copied(e.node) as EquationNode })
  return {
    graph,
    network: {
      ...network,
      equations: network.equations.map(equation),
      loss: equation(network.loss!),
      outputs: network.outputs.map((o) => ({ ...o, node: copied(o.node) })),
    },
  }
}

/** Hashes of the structure of what is simplified, for reading and for running. */
function made({ graph, network }: { graph: Graph; network: Network }): number[] {
  const raw = [
    network.loss!.node,
    ...network.outputs.map((o) => o.node),
    ...gradients(graph, network).values(),
  ]
  const { roots } = simplify(
    graph,
    raw,
    network.equations.map((e) => e.node),
  )
  return [...roots, ...specialise(graph, roots)].map((node) => node.hash)
}

test.each(seeds(8, 1))('random network %i', (seed) => {
  const { source, name } = randomNetwork(seed, { size: 3 + (seed % 5), families: false })
  const { graph, network } = lowered(source)
  expect(made(remade(network!, `order ${seed}`)), `${name}\n${source}`).toEqual(
    made({ graph, network: network! }),
  )
})
