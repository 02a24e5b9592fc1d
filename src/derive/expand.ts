import { bug } from '../base/bug.ts'
import { ONE } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import type { Equation, Network } from '../graph/network.ts'
import type { DerivativeNode, EquationNode, Node } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { topological } from '../graph/traverse.ts'
import { Contractions, entries } from './contractions.ts'
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
      forward: ({ of, by }, seed) => this.#taken(of, by, (f, x) => pushforward(g, f, x, seed)),
      backward: ({ of, by }, seed) =>
        this.#taken(of, by, (f, x) => differentiate(g, f, [x], { seed }).get(x)!),
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
  #whole({ of, by }: DerivativeNode): Node {
    const g = this.#g
    // Of what samples have to do with one another only the sweep backward is that of one sample.
    const isForward =
      !isCoupled([of]) && of.shape.length > 0 && FORWARD_FROM * entries(by.shape) <= entries(of.shape)
    if (!isForward) return this.#taken(of, by, (f, x) => differentiate(g, f, [x]).get(x)!)
    return this.#taken(of, by, (f, x) => {
      const rank = x.shape.length
      const axes = x.shape.map((_, i) => i)
      const identity = g.product(
        ONE,
        axes.map((i) => ({ node: g.delta(x.shape[i]!), labels: [i, rank + i], exponent: ONE })),
        [...axes, ...axes.map((i) => rank + i)],
        [...x.shape, ...x.shape],
      )
      const tangents = pushforward(g, f, x, identity)
      return rank === 0 ? tangents : g.transpose(tangents, [...f.shape.map((_, i) => rank + i), ...axes])
    })
  }

  #taken(of: Node, by: Node, derivative: (f: Node, x: Node) => Node): Node {
    const { simplest, shorter } = this.#forms
    const g = this.#g
    const f = this.#at(of)
    const x = this.#at(by)
    const take = (n: Node): Node => withoutErrorTerms(g, simplest(withoutErrorTerms(g, derivative(n, x)), []))
    // What is differentiated may have become simpler, and then its derivative too, but not in every case. (By an
    // equation it is taken as written: simplifying can write more with that name.)
    const simpler = simplest(f, this.#equations)
    this.#equations = []
    return simpler !== f && x.kind === 'symbol' ? shorter(take(simpler), take(f)) : take(f)
  }
}
