/** The program with names for the derivatives in it, as whoever derives them one by one would write it: g = ∂E/∂x, H = ∂g/∂x. */
import type { Graph } from '../graph/graph.ts'
import type { Equation, Network } from '../graph/network.ts'
import { type DerivativeNode, type EquationNode, type Node, isSource } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { topological, valuesInOrder } from '../graph/traverse.ts'

/** An equation that is a derivative of another one, or of the program's data. */
export interface NamedDerivative {
  readonly name: string
  readonly derivative: DerivativeNode
}

/** Those that the program writes, in the order of its equations; all of them, once they have names. */
export const derivativesIn = (network: Network): NamedDerivative[] =>
  network.equations.flatMap(({ name, node: { body } }) =>
    body.kind === 'derivative' ? [{ name, derivative: body }] : [],
  )

/**
 * The program with an equation for each derivative in it, and for what it is of where that has no name: f₁, f₂, … and their derivatives
 * g₁, g₂, …, whichever of these names are free. What recurrences do within their steps stays as it is.
 */
export function namedDerivatives(g: Graph, network: Network): Network {
  const isFree = freeNames(network)
  const image = new NodeMap<Node>()
  const at = (node: Node): Node => image.get(node)!
  let made: EquationNode[] = []
  const counts = { f: 0, g: 0 }
  const named = (letter: 'f' | 'g', body: Node): EquationNode => {
    let name: string
    do name = `${letter}${++counts[letter]}`
    while (!isFree(name))
    const equation = g.equation(name, body) as EquationNode
    made.push(equation)
    return equation
  }
  const own = new Set<Node>(network.equations.map(({ node }) => node.body))
  const values = new Set(valuesInOrder(network.equations.map(({ node }) => node)))
  const imageOf = (node: Node): Node => {
    if (node.args.length === 0) return node
    if (node.kind !== 'derivative' || !values.has(node)) return g.rebuild(node, node.args.map(at))
    const [of, ...others] = node.args.map(at)
    const f = isSource(of!) || of!.kind === 'symbol' ? of! : named('f', of!)
    const taken = g.rebuild(node, [f, ...others])
    return own.has(node) ? taken : named('g', taken)
  }
  const equations = network.equations.flatMap((e): Equation[] => {
    made = []
    for (const node of topological([e.node], (n) => image.has(n)))
      if (!image.has(node)) image.set(node, imageOf(node))
    const { span } = e
    return [
      ...made.map((node): Equation => ({ name: node.name, node, span, doc: undefined })),
      { ...e, node: at(e.node) as EquationNode },
    ]
  })
  return {
    ...network,
    equations,
    loss: network.loss && equations.at(-1),
    outputs: network.outputs.map((o) => ({ ...o, node: image.get(o.node) ?? o.node })),
  }
}

function freeNames({ equations, params, data, hypers, dims }: Network): (name: string) => boolean {
  const names = new Set([
    ...equations.map(({ name }) => name),
    ...[...params, ...data, ...hypers].map(({ symbol }) => symbol.name),
    ...dims.keys(),
  ])
  return (name) => !names.has(name)
}
