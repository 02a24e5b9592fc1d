import { ZERO } from '../base/rational.ts'
import { type Extent, type Shape, openExtent, sizeOf } from '../graph/extent.ts'
import { type Derived, type Network, valueNodes } from '../graph/network.ts'
import { type Node, type Symbol, peel } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { topological } from '../graph/traverse.ts'
import { type Scalars, positions, scalarise } from './scalarise.ts'

/** The scalars of a derived network, made once for all routines. */
export class StraightNetwork {
  readonly network: Network
  readonly scalars: Scalars
  readonly batch: Extent | undefined
  /** Undefined where there is none; then there are no gradients either. */
  readonly loss: Node | undefined
  readonly outputs: readonly {
    readonly name: string
    readonly shape: Shape
    readonly entries: readonly Node[]
  }[]
  readonly gradients: readonly { readonly symbol: Symbol; readonly entries: readonly Node[] }[]
  /** Scalar nodes that depend on data. */
  readonly varying = new NodeMap<true>()
  readonly names = new NodeMap<string>()

  constructor(derived: Derived) {
    const { network } = derived
    this.network = network
    this.batch =
      network.batch === undefined
        ? undefined
        : typeof network.batch === 'number'
          ? network.batch
          : openExtent(network.batch)
    const roots = [...valueNodes(network), ...derived.gradients.values()]
    const s = (this.scalars = scalarise(roots))
    this.loss = network.loss && s.entries(network.loss.node)[0]!
    this.outputs = network.outputs.map((o) => ({
      name: o.name,
      shape: o.node.shape,
      entries: s.entries(o.node),
    }))
    this.gradients = (network.loss ? network.wrt : []).map((symbol) => {
      const node = derived.gradients.get(symbol)
      return {
        symbol,
        entries: node
          ? s.entries(node)
          : Array.from({ length: sizeOf(symbol.shape)! }, () => s.graph.constant(ZERO)),
      }
    })
    for (const n of topological(roots)) {
      if (n.kind !== 'equation') continue
      s.entries(n).forEach((e, i) => {
        const value = peel(e)
        const at = positions(n.shape, i).map((p) => p + 1)
        if (n.name !== '' && !this.names.has(value))
          this.names.set(value, [n.role === 'adjoint' ? `delta_${n.name}` : n.name, ...at].join('_'))
      })
    }
    const all = [
      ...(this.loss ? [this.loss] : []),
      ...this.outputs.flatMap((o) => o.entries),
      ...this.gradients.flatMap((x) => x.entries),
    ]
    for (const n of reachable(all)) {
      if (n.samples !== undefined) this.varying.set(n, true)
    }
  }
}

/** All nodes that the roots need, by creation: arguments are older than their users. */
export function reachable(roots: readonly Node[]): Node[] {
  const found = new NodeMap<Node>()
  const work = [...roots]
  for (let n = work.pop(); n; n = work.pop()) {
    if (found.has(n)) continue
    found.set(n, n)
    for (const a of n.args) work.push(a)
  }
  return found.values()
}
