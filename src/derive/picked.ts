/** Entries of values at positions of an index, Σₙ [n = t]·f(h)ₙ, as what they are made of there, f(h[t]). */
import { ONE } from '../base/rational.ts'
import { type Extent, addExtents, extentText, multiplyExtents } from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, type SymbolNode, isSource } from '../graph/node.ts'
import { positionOf } from '../graph/scan.ts'
import { topological } from '../graph/traverse.ts'

/** What is asked of what is picked from. */
export interface Picking {
  /** The member of a symbol that has all of them along its first axis; undefined of other symbols. */
  readonly member: (symbol: SymbolNode, position: Extent) => Node | undefined
  /** Whether a position is on an axis, as far as that is known. */
  readonly isOn: (position: Extent, extent: Extent) => boolean
}

export class Picked {
  readonly #g: Graph
  readonly #picking: Picking
  readonly #images = new Map<Node, Node>()
  readonly #at = new Map<string, Node>()

  constructor(g: Graph, picking: Picking) {
    this.#g = g
    this.#picking = picking
  }

  of(root: Node): Node {
    const g = this.#g
    for (const n of topological([root], (m) => this.#images.has(m))) {
      if (this.#images.has(n)) continue
      const args = n.args.map((a) => this.#images.get(a)!)
      const rebuilt = args.every((a, i) => a === n.args[i]) ? n : g.rebuild(n, args)
      this.#images.set(n, rebuilt.kind === 'product' ? this.#product(rebuilt) : rebuilt)
    }
    return this.#images.get(root)!
  }

  /** Without labels that are summed over at one position alone. */
  #product(n: ProductNode): Node {
    const g = this.#g
    const rank = n.shape.length
    let factors = factorsOf(n)
    const positions = new Map<number, Extent>()
    for (let isNew = true; isNew;) {
      isNew = false
      for (const f of factors) {
        const found = this.#fixes(f, positions)
        if (!found || found.label < rank) continue
        positions.set(found.label, found.at)
        factors = factors.filter((other) => other !== f)
        isNew = true
        break
      }
    }
    if (positions.size === 0) return n
    for (const [label, at] of positions)
      if (!this.#picking.isOn(at, n.extents[label]!)) return g.full(ONE.sub(ONE), n.shape)
    const picked = factors.map((f): Factor => {
      let { node, labels } = f
      for (const [label, at] of positions)
        for (let axis = labels.indexOf(label); axis >= 0; axis = labels.indexOf(label)) {
          node = this.#entry(node, axis, at)
          labels = labels.filter((_, i) => i !== axis)
        }
      return { ...f, node, labels }
    })
    return g.product(
      n.coefficient,
      picked,
      n.shape.map((_, i) => i),
      n.shape,
    )
  }

  /** A label that a bracket leaves one position: by itself, or by another one. */
  #fixes(
    { node, labels }: Factor,
    known: ReadonlyMap<number, Extent>,
  ): { label: number; at: Extent } | undefined {
    if (node.kind !== 'bracket' && node.kind !== 'basis') return undefined
    const own = positionOf(node)
    if (own !== undefined && !known.has(labels[0]!)) return { label: labels[0]!, at: own }
    if (node.kind !== 'bracket' || node.relation !== '=' || labels.length !== 2 || node.args.length > 0)
      return undefined
    const other = labels.findIndex((l) => known.has(l))
    const free = 1 - other
    if (other < 0 || known.has(labels[free]!) || Math.abs(node.coefficients[free]!) !== 1) return undefined
    const rest = addExtents(
      multiplyExtents(node.coefficients[other]!, known.get(labels[other]!)!),
      node.offset,
    )
    return { label: labels[free]!, at: multiplyExtents(-node.coefficients[free]!, rest) }
  }

  /** A value at a position along an axis. */
  #entry(node: Node, axis: number, at: Extent): Node {
    const key = `${node.id} ${axis} ${extentText(at)}`
    const known = this.#at.get(key)
    if (known) return known
    const entry = this.#made(node, axis, at)
    this.#at.set(key, entry)
    return entry
  }

  #made(node: Node, axis: number, at: Extent): Node {
    const g = this.#g
    const shape = node.shape.filter((_, i) => i !== axis)
    const plain = (): Node =>
      typeof at === 'number' ? g.element(node, axis, at) : g.at(node, axis, g.extent(at))
    const part = (a: Node): Node => (a.shape.length === 0 ? a : this.#entry(a, axis, at))
    if (isSource(node)) return this.#entry(node.body, axis, at)
    switch (node.kind) {
      case 'symbol':
        return (axis === 0 ? this.#picking.member(node, at) : undefined) ?? plain()
      case 'iota':
        return g.extent(addExtents(at, 1))
      case 'sum':
        return g.sum(
          node.args.map((a, i) => ({ node: part(a), coefficient: node.coefficients[i]! })),
          node.constant,
          shape,
        )
      case 'apply': {
        if (node.op.kind === 'pointwise') return g.stretch(g.apply(node.op, node.args.map(part)), shape)
        const [arg] = node.args as [Node]
        if (node.op.kind !== 'reduction' || arg.shape.length === node.shape.length) return plain()
        const kept = arg.shape.map((_, i) => i).filter((i) => !node.axes.includes(i))
        const own = kept[axis]!
        const axes = node.axes.map((i) => (i > own ? i - 1 : i))
        return g.reduce(node.op, this.#entry(arg, own, at), axes, arg.samples)
      }
      case 'product': {
        // The normal form of an entry has what it is an entry of whole.
        if (isEntry(node)) return plain()
        const found = g.scale(node.coefficient, g.picked(factorsOf(node), node.shape, axis, g.extent(at), 0))
        const isDone = found.kind !== 'product' || (isEntry(found) && found.args.includes(node))
        return isDone ? found : this.#product(found)
      }
      default:
        return plain()
    }
  }
}

/** Whether a product picks one entry at known positions. */
const isEntry = (n: Node): boolean =>
  n.kind === 'product' && n.args.filter((a) => a.kind !== 'basis').length === 1 && n.args.length > 1
