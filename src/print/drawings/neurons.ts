import { isOne } from '../../base/rational.ts'
import { sameShape } from '../../graph/extent.ts'
import type { Network } from '../../graph/network.ts'
import type { Node, ProductNode } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import { type BoxKind, type Drawing, Sketch } from './drawing.ts'
import { EntryNames, positions } from '../expressions/entry-names.ts'
import { namesOf } from '../formulas/formulas.ts'
import { toText } from '../layout/text.ts'

/** Beyond these a drawing of neurons is a drawing of lines. */
const MOST_NEURONS = 32
const MOST_WEIGHTS = 96

/**
 * The neurons that make the outputs, with a weight on each edge: entries of vectors are neurons, and a parameter times
 * an entry is an edge. z and σ(z) are one neuron. Undefined where the network is large, or is not made of vectors.
 */
export function neuronDrawing(network: Network): Drawing | undefined {
  const neurons = new Neurons(network)
  const outputs = network.outputs.map(({ node }) => node)
  for (const node of topological(outputs)) if (!neurons.add(node)) return undefined
  const { boxes, arrows } = neurons.sketch
  return boxes.length === 0 || boxes.length > MOST_NEURONS || arrows.length > MOST_WEIGHTS
    ? undefined
    : { title: network.name, round: true, direction: 'right', groups: [], boxes, arrows }
}

/** A layer's neurons, and how they are called. */
interface Layer {
  readonly name: string
  readonly shape: readonly number[]
  readonly ids: readonly string[]
  /** Data stay neurons of their own, whatever is made of them. */
  readonly isData: boolean
}

class Neurons {
  readonly sketch = new Sketch()
  readonly #layers = new Map<Node, Layer>()
  readonly #entries: EntryNames
  readonly #outputs: ReadonlySet<Node>
  readonly #users = new Map<Node, number>()

  constructor(network: Network) {
    this.#entries = new EntryNames(namesOf(network), network)
    this.#outputs = new Set(network.outputs.map(({ node }) => node))
    for (const { node } of network.equations)
      for (const leaf of leavesOf(node)) this.#users.set(leaf, (this.#users.get(leaf) ?? 0) + 1)
  }

  /** Draws what a node adds; false where it is nothing that has neurons. */
  add(node: Node): boolean {
    if (node.kind === 'symbol' && node.symbol.role === 'input')
      return this.#layer(node, node.symbol.name, 'input')
    if (node.kind !== 'equation') return true
    const below = leavesOf(node).flatMap((leaf) => this.#layers.get(leaf) ?? [])
    const weights = topological([node.body], (n) => n.kind === 'equation').filter(
      (n): n is ProductNode =>
        n.kind === 'product' && sameShape(n.shape, node.shape) && this.#weighted(n) !== undefined,
    )
    const kind = this.#outputs.has(node) ? 'output' : 'value'
    const [only] = below
    if (below.length === 1 && weights.length === 0 && this.#isSame(node, only!))
      return this.#rename(node, node.name, only!, kind)
    if (!this.#layer(node, node.name, kind)) return false
    const layer = this.#layers.get(node)!
    const drawn = new Set<Layer>()
    for (const product of weights) drawn.add(this.#connect(product, layer))
    for (const from of below) if (!drawn.has(from)) this.#wire(from, layer)
    return true
  }

  /** Whether an equation is the same neurons as what it is made of: a function of them, entry by entry. */
  #isSame(node: Node, from: Layer): boolean {
    const source = [...this.#layers].find(([, layer]) => layer === from)![0]
    return !from.isData && sameShape(node.shape, from.shape) && this.#users.get(source) === 1
  }

  #rename(node: Node, name: string, { ids, shape }: Layer, kind: BoxKind): boolean {
    positions(shape).forEach((at, i) => {
      const place = this.sketch.boxes.findIndex(({ id }) => id === ids[i])
      const line = toText(this.#entries.of(name, shape, at))
      this.sketch.boxes[place] = { ...this.sketch.boxes[place]!, lines: [line], kind }
    })
    this.#layers.set(node, { name, shape, ids, isData: false })
    return true
  }

  #layer(node: Node, name: string, kind: BoxKind): boolean {
    if (node.shape.length > 1 || node.shape.some((n) => typeof n !== 'number' || n > MOST_NEURONS))
      return false
    const shape = node.shape as readonly number[]
    const ids = positions(shape).map((at) =>
      this.sketch.box(kind, [toText(this.#entries.of(name, shape, at))]),
    )
    this.#layers.set(node, { name, shape, ids, isData: kind === 'input' })
    return true
  }

  /** The neurons that a value is, or is a function of, entry by entry. */
  #layerOf(value: Node): Layer | undefined {
    let at = value
    for (;;) {
      const layer = this.#layers.get(at)
      if (layer) return layer
      if (at.kind !== 'apply' || at.op.kind !== 'pointwise') return undefined
      const varying = at.args.filter((a) => a.kind !== 'constant')
      const [only] = varying
      if (!only || varying.length > 1 || !sameShape(only.shape, at.shape)) return undefined
      at = only
    }
  }

  /** Of a parameter times a layer: the places of the two among the factors. */
  #weighted(node: ProductNode): { readonly weight: number; readonly layer: number } | undefined {
    const layer = node.args.findIndex((a) => this.#layerOf(a) !== undefined)
    const weight = node.args.findIndex((a) => a.kind === 'symbol' && a.symbol.role === 'param')
    if (layer < 0 || weight < 0 || node.args.length !== 2 || !node.exponents.every(isOne)) return undefined
    const known = [...node.shape.keys(), ...node.labels[layer]!]
    return node.shape.length <= 1 && node.labels[weight]!.every((l) => known.includes(l))
      ? { weight, layer }
      : undefined
  }

  /** The edges of a product, each with its weight. */
  #connect(node: ProductNode, to: Layer): Layer {
    const { weight, layer } = this.#weighted(node)!
    const from = this.#layerOf(node.args[layer]!)!
    const { symbol } = node.args[weight] as Node & { kind: 'symbol' }
    const extents = node.extents as readonly number[]
    for (const index of positions(extents)) {
      const at = (labels: readonly number[]): number[] => labels.map((l) => index[l]!)
      const own = at(node.shape.map((_, axis) => axis))
      const label = toText(
        this.#entries.of(symbol.name, symbol.shape as readonly number[], at(node.labels[weight]!)),
      )
      const source = from.ids[at(node.labels[layer]!)[0] ?? 0]!
      for (const target of own.length > 0 ? [to.ids[own[0]!]!] : to.ids)
        this.sketch.arrow(source, target, { label })
    }
    return from
  }

  /** Without weights: entry by entry where there are as many, else each to each. */
  #wire(from: Layer, to: Layer): void {
    from.ids.forEach((source, i) => {
      for (const target of from.ids.length === to.ids.length ? [to.ids[i]!] : to.ids)
        this.sketch.arrow(source, target)
    })
  }
}

/** What an equation's right side names. */
const leavesOf = (equation: Node): Node[] =>
  topological([equation], (n) => n.kind === 'equation' && n !== equation).filter(
    (n) => n !== equation && (n.kind === 'equation' || n.kind === 'symbol'),
  )
