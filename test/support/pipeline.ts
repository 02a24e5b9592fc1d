import { gradients } from '../../src/derive/gradients.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Derived, Network } from '../../src/graph/network.ts'
import { lower } from '../../src/lower/index.ts'
import { simplify } from '../../src/simplify/index.ts'
import { parse } from '../../src/syntax/parse.ts'

export interface Stages {
  readonly graph: Graph
  readonly network: Network
  /** Gradients as the calculus makes them, and as the simplifier leaves them. */
  readonly raw: Derived
  readonly simple: Derived
}

/** A program through the phases up to its simplified gradients. Throws with the first error's sentence where it has one. */
export function stagesOf(source: string): Stages {
  const { program, diagnostics } = parse(source)
  const graph = new Graph()
  const network = lower(graph, program, { filename: 'random.net', diagnostics })
  if (!network) {
    const error = diagnostics.toArray().find((d) => d.severity === 'error')
    throw new Error(
      `${error?.code}: ${error?.message} at ${source.slice(error?.span.start, error?.span.end)}`,
    )
  }
  const raw = gradients(graph, network)
  const { roots } = simplify(
    graph,
    [...raw.values()],
    network.equations.map((e) => e.node),
  )
  return {
    graph,
    network,
    raw: { network, gradients: raw },
    simple: { network, gradients: new Map([...raw.keys()].map((symbol, i) => [symbol, roots[i]!])) },
  }
}
