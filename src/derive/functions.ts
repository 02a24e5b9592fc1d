/**
 * Products of the Jacobian and the Hessian with vectors, as functions of their own: a network without a loss, whose further inputs are the
 * vectors. J·v is one sweep forward, u·J one backward, H·v the gradient of the slope along v (Pearlmutter, Neural Computation 6, 1994).
 */
import type { Graph } from '../graph/graph.ts'
import type { DataDeclaration, Declaration, Network, Output, ParamDeclaration } from '../graph/network.ts'
import { type Node, type Symbol, isWholeNumbers } from '../graph/node.ts'
import { pushforwards } from './forward.ts'
import { differentiate } from './reverse.ts'

export const PRODUCTS = ['jvp', 'vjp', 'hvp'] as const
export type ProductName = (typeof PRODUCTS)[number]

/** The objects of a call in which the vectors stand, and what it fills: a symbol of theirs is called `dparams.W`. */
export const vectorName = (object: string, name: string): string => `${object}.${name}`

/** Data that change little by little, and so have derivatives. */
const isSmooth = ({ symbol }: DataDeclaration): boolean => !isWholeNumbers(symbol)

const smoothInputs = (network: Network): readonly DataDeclaration[] =>
  network.data.filter((d) => d.role === 'input' && isSmooth(d))

/**
 * The network whose outputs a product fills. Inputs beside those of `network` are the vectors that it is multiplied with.
 *
 * @param trained the parameters by which the Hessian is
 */
export function productOf(
  g: Graph,
  network: Network,
  name: ProductName,
  trained: readonly ParamDeclaration[] = network.params,
): Network {
  switch (name) {
    case 'jvp':
      return jvp(g, network)
    case 'vjp':
      return vjp(g, network)
    case 'hvp':
      return hvp(g, network, trained)
  }
}

/** A datum like another one, in an object of its own. */
function vector(object: string, { symbol, span }: Declaration, samples = symbol.samples): DataDeclaration {
  const { shape, list } = symbol
  const own: Symbol = {
    name: vectorName(object, symbol.name),
    role: 'input',
    shape,
    assumptions: new Set(),
    samples,
    list,
  }
  return { symbol: own, role: 'input', doc: undefined, span }
}

const withOutputs = (
  network: Network,
  vectors: readonly DataDeclaration[],
  outputs: readonly Output[],
): Network => ({
  ...network,
  data: [...network.data, ...vectors],
  loss: undefined,
  wrt: [],
  outputs,
  equations: network.equations,
  claims: [],
})

/** What changes, along vectors of its own. */
function directions(
  g: Graph,
  moving: readonly Declaration[],
  vectors: readonly DataDeclaration[],
): Map<Node, Node> {
  return new Map(moving.map(({ symbol }, i) => [g.symbol(symbol), g.symbol(vectors[i]!.symbol)]))
}

function jvp(g: Graph, network: Network): Network {
  const inputs = smoothInputs(network)
  const moving = [...network.params, ...inputs]
  const vectors = [
    ...network.params.map((p) => vector('dparams', p)),
    ...inputs.map((d) => vector('dinputs', d)),
  ]
  const roots = network.outputs.map(({ node }) => node)
  const slopes = pushforwards(g, roots, directions(g, moving, vectors))
  return withOutputs(network, vectors, [
    ...network.outputs,
    ...network.outputs.map(({ name }, i) => ({ name: vectorName('doutputs', name), node: slopes[i]! })),
  ])
}

/** Σ u·y over all outputs, differentiated: of what samples share the sum over them. */
function vjp(g: Graph, network: Network): Network {
  const samples = network.data.find(({ symbol }) => symbol.samples !== undefined)?.symbol.samples
  const cotangents = network.outputs.map(({ name, node }) =>
    vector(
      'cotangents',
      {
        symbol: { name, role: 'input', shape: node.shape, assumptions: new Set() },
        doc: undefined,
        span: network.equations[0]!.span,
      },
      samples,
    ),
  )
  const terms = network.outputs.map(({ node }, i) =>
    g.sumOver(
      g.multiply(g.symbol(cotangents[i]!.symbol), node),
      node.shape.map((_, axis) => axis),
    ),
  )
  const by = [...network.params, ...smoothInputs(network)]
  const found = differentiate(
    g,
    g.addAll(terms, []),
    by.map(({ symbol }) => g.symbol(symbol)),
  )
  return withOutputs(
    network,
    cotangents,
    by.map(({ symbol }) => ({
      name: vectorName('grads', symbol.name),
      node: found.get(g.symbol(symbol))!,
      over: symbol.samples === undefined ? ('sum' as const) : undefined,
    })),
  )
}

/** Of the objective, the mean over the batch. */
function hvp(g: Graph, network: Network, trained: readonly ParamDeclaration[]): Network {
  const vectors = trained.map((p) => vector('v', p))
  const [slope] = pushforwards(g, [network.loss!.node], directions(g, trained, vectors))
  const found = differentiate(
    g,
    slope!,
    trained.map(({ symbol }) => g.symbol(symbol)),
  )
  return withOutputs(
    network,
    vectors,
    trained.map(({ symbol }) => ({
      name: vectorName('out', symbol.name),
      node: found.get(g.symbol(symbol))!,
      over: 'mean' as const,
    })),
  )
}
