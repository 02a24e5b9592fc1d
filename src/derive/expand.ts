import { bug } from '../base/bug.ts'
import { ONE } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import type { Equation, Network } from '../graph/network.ts'
import { type DerivativeNode, type EquationNode, type Node } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { replaced, topological } from '../graph/traverse.ts'
import { Contractions, entries, hessianProduct } from './contractions.ts'
import { pushforward } from './forward.ts'
import { differentiate, withoutErrorTerms } from './reverse.ts'
import { isCoupled } from './whole-batch.ts'

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
  if (!topological(roots).some((n) => n.kind === 'derivative')) return network
  const expansion = new Expansion(g, forms)
  const at = (node: Node): Node => expansion.of(node)
  const equation = (e: Equation): Equation => ({ ...e, node: at(e.node) as EquationNode })
  return {
    ...network,
    equations: network.equations.map(equation),
    loss: network.loss && equation(network.loss),
    outputs: network.outputs.map((o) => ({ ...o, node: at(o.node) })),
    claims: network.claims.map((c) => ({ ...c, left: at(c.left), right: at(c.right) })),
  }
}

/** A tensor of more than so many times as many entries as what it is differentiated by is differentiated forward. */
const FORWARD_FROM = 4

class Expansion {
  readonly #g: Graph
  readonly #forms: Simplest
  readonly #image = new NodeMap<Node>()
  readonly #contractions: Contractions
  /** Equations that the simplifier has not seen. */
  #equations: EquationNode[] = []

  constructor(g: Graph, forms: Simplest) {
    this.#g = g
    this.#forms = forms
    this.#contractions = new Contractions(g, {
      of: (node) => this.of(node),
      forward: (derivative, seed) =>
        this.#taken(derivative, (f, x, isLeaf) => pushforward(g, f, x, seed, isLeaf)),
      backward: (derivative, seed) =>
        this.#taken(derivative, (f, x, isLeaf) => differentiate(g, f, [x], { seed, isLeaf }).get(x)!),
    })
  }

  /** What stands for a node. A derivative is taken when it is asked for: where only products with it are, it is not formed. */
  of(root: Node): Node {
    for (const node of topological([root], (n) => this.#image.has(n))) {
      if (this.#image.has(node) || node.kind === 'derivative') continue
      const image = this.#contractions.taken(node) ?? this.#rebuilt(node)
      if (image.kind === 'equation') this.#equations.push(image)
      this.#image.set(node, image)
    }
    return this.#at(root)
  }

  #rebuilt(node: Node): Node {
    return node.args.length === 0
      ? node
      : this.#g.rebuild(
          node,
          node.args.map((a) => this.#at(a)),
        )
  }

  #at(node: Node): Node {
    let image = this.#image.get(node)
    if (!image) {
      if (node.kind !== 'derivative') return bug('an argument after its user')
      this.#image.set(node, (image = this.#whole(node)))
    }
    return image
  }

  /** ∂of/∂by with all its entries, the axes of `of` first. */
  #whole(derivative: DerivativeNode): Node {
    const g = this.#g
    const { of, by } = derivative
    const product = hessianProduct(g, derivative)
    if (product) return this.of(product)
    // Of what samples have to do with one another only the sweep backward is that of one sample.
    const isForward =
      !isCoupled([of]) && of.shape.length > 0 && FORWARD_FROM * entries(by.shape) <= entries(of.shape)
    if (!isForward)
      return this.#taken(derivative, (f, x, isLeaf) => differentiate(g, f, [x], { isLeaf }).get(x)!)
    return this.#taken(derivative, (f, x, isLeaf) => {
      const rank = x.shape.length
      const axes = x.shape.map((_, i) => i)
      const identity = g.product(
        ONE,
        axes.map((i) => ({ node: g.delta(x.shape[i]!), labels: [i, rank + i], exponent: ONE })),
        [...axes, ...axes.map((i) => rank + i)],
        [...x.shape, ...x.shape],
      )
      const tangents = pushforward(g, f, x, identity, isLeaf)
      return rank === 0 ? tangents : g.transpose(tangents, [...f.shape.map((_, i) => rank + i), ...axes])
    })
  }

  #taken(derivative: DerivativeNode, sweep: Sweep): Node {
    const g = this.#g
    const { of } = derivative
    const names = [derivative.by, ...derivative.held]
    const equations = names.filter((n) => n.kind === 'equation')
    const isLeafThere = (n: Node): boolean => names.includes(n)
    if (equations.length === 0 || !topological([of], isLeafThere).some((n) => n.kind === 'derivative')) {
      const [by, ...held] = names.map((n) => this.#at(n))
      return this.#swept(this.#at(of), by!, held, sweep)
    }
    // What derivatives inside come to may be written without these names, or with them: they are taken where these stand for themselves.
    const own = new Map<Node, Node>(equations.map((e) => [e, standIn(g, e)]))
    const [f, ...those] = replaced(g, [of], own).concat(names.map((n) => own.get(n) ?? n))
    const [by, ...held] = those.map((n) => this.of(n))
    const found = this.#swept(this.of(f!), by!, held, sweep)
    return replaced(g, [found], new Map([...own].map(([e, symbol]) => [symbol, this.of(e)])))[0]!
  }

  #swept(f: Node, x: Node, held: readonly Node[], sweep: Sweep): Node {
    const { simplest, shorter } = this.#forms
    const g = this.#g
    const isLeaf = (n: Node): boolean => held.includes(n)
    const take = (n: Node): Node =>
      withoutErrorTerms(g, simplest(withoutErrorTerms(g, sweep(n, x, isLeaf)), []))
    // What is differentiated may have become simpler, and then its derivative too, but not in every case. (By an
    // equation it is taken as written: simplifying can write more with that name.)
    const simpler = simplest(f, this.#equations)
    this.#equations = []
    const isWritten = [x, ...held].every((n) => n.kind === 'symbol')
    return simpler !== f && isWritten ? shorter(take(simpler), take(f)) : take(f)
  }
}

/** A sweep for a derivative of `f` by `x`, in which leaves do not change. */
type Sweep = (f: Node, x: Node, isLeaf: (node: Node) => boolean) => Node

/** A symbol in the place of an equation that what is below it says nothing of. */
const standIn = (g: Graph, { name, shape, samples, id }: EquationNode): Node =>
  g.symbol({ name: `${name}~${id}`, role: 'member', shape, assumptions: new Set(), samples })
