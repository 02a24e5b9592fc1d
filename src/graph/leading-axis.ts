/**
 * Nodes with one more axis, which comes first: what depends on certain leaves gets it. So a value of one sample becomes
 * that of a batch, and an equation at an index the tensor of all its members.
 */
import { bug } from '../base/bug.ts'
import type { Extent, Shape } from './extent.ts'
import { type Graph, formOf } from './graph.ts'
import { type ApplyNode, BATCH, type Node, type ProductNode, type SymbolNode } from './node.ts'
import { NodeMap } from './node-map.ts'
import { needsOf } from './traverse.ts'
import type { Factor } from './product.ts'

export class LeadingAxis {
  readonly graph: Graph
  /** None: nothing gets an axis. */
  readonly extent: Extent | undefined
  readonly #leaf: (node: Node) => Node | undefined
  readonly #image = new NodeMap<Node>()
  readonly #varying = new NodeMap<true>()

  /** @param leaf the image, with the axis, of a leaf that depends on it */
  constructor(graph: Graph, extent: Extent | undefined, leaf: (node: Node) => Node | undefined) {
    this.graph = graph
    this.extent = extent
    this.#leaf = leaf
  }

  /** Makes the image of a node whose arguments have theirs. */
  add(node: Node): void {
    const leaf = this.extent === undefined ? undefined : this.#leaf(node)
    if (leaf || needsOf(node).some((a) => this.varies(a))) this.#varying.set(node, true)
    this.#image.set(node, leaf ?? (this.varies(node) ? this.rebuild(node) : this.still(node)))
  }

  /** The image of what does not depend on the axis. */
  protected still(node: Node): Node {
    return node
  }

  varies(node: Node): boolean {
    return this.#varying.has(node)
  }

  /** With the axis where the node depends on it, and else without. */
  image(node: Node): Node {
    return this.#image.get(node)!
  }

  /** With the axis, whether the node depends on it or not. */
  stretched(node: Node): Node {
    const image = this.image(node)
    if (this.extent === undefined || this.varies(node)) return image
    return this.graph.broadcast(
      image,
      [this.extent, ...node.shape],
      node.shape.map((_, i) => i + 1),
    )
  }

  /** An operand of an elementwise node of `shape`: of its shape with the axis, or a scalar that sums stretch. */
  aligned(arg: Node, shape: Shape, varying: boolean): Node {
    const image = this.image(arg)
    if (!varying || (arg.shape.length === 0 && !this.varies(arg))) return image
    if (arg.shape.length === shape.length) return this.stretched(arg)
    return this.graph.broadcast(image, [this.extent!, ...shape], [0])
  }

  protected rebuild(node: Node): Node {
    const g = this.graph
    const varying = this.varies(node)
    const shape: Shape = varying ? [this.extent!, ...node.shape] : node.shape
    const shift = varying ? 1 : 0
    switch (node.kind) {
      case 'constant':
        return g.constant(node.value)
      case 'symbol':
        return g.symbol(node.symbol)
      case 'delta':
        return g.delta(node.extent)
      case 'basis':
        return g.basis(node.extent, node.index)
      case 'iota':
        return g.iota(node.extent)
      case 'bracket': {
        const { coefficients, multiples, offset } = formOf(node)
        const moved = multiples.map((m) => {
          const labels = m.labels.map((l) => l + shift)
          return { ...m, node: this.image(m.node), labels: this.varies(m.node) ? [0, ...labels] : labels }
        })
        return g.bracket(
          node.relation,
          { coefficients: varying ? [0, ...coefficients] : coefficients, multiples: moved, offset },
          shape,
        )
      }
      case 'equation':
        return g.equation(node.name, this.image(node.body), node.role)
      case 'sum':
        return g.sum(
          node.args.map((a, i) => ({
            node: this.aligned(a, node.shape, varying),
            coefficient: node.coefficients[i]!,
          })),
          node.constant,
          shape,
        )
      case 'product':
        return g.product(
          node.coefficient,
          this.#factors(node, shift),
          shape.map((_, i) => i),
          shape,
        )
      case 'scan': {
        const { scan, which } = node
        if (varying && [...scan.reads, ...scan.histories].some((r) => !this.varies(r.symbol)))
          return bug('an axis for what a recurrence alone depends on')
        const at = varying ? scan.axis + 1 : scan.axis
        return g.scan({
          ...scan,
          axis: at,
          index: g.symbol(scan.index.symbol) as SymbolNode,
          reads: scan.reads.map((r) => ({ ...r, symbol: this.image(r.symbol) as SymbolNode })),
          histories: scan.histories.map((h) => ({ ...h, symbol: this.image(h.symbol) as SymbolNode })),
          takes: scan.takes.map((t) => {
            const symbol = this.image(t.symbol) as SymbolNode
            if (!this.varies(t.symbol)) return { ...t, symbol, of: this.image(t.of) }
            return { ...t, symbol, of: this.stretched(t.of), axis: t.axis + 1 }
          }),
          bodies: scan.bodies.map((n) => (varying ? this.stretched(n) : this.image(n))),
          initial: scan.initial.map((n) => n && (varying ? this.stretched(n) : this.image(n))),
        })[which]!
      }
      case 'derivative':
        if (this.varies(node.by)) return bug('a derivative by what an index varies')
        return g.derivative(
          this.image(node.of),
          this.image(node.by),
          node.held.map((n) => this.image(n)),
        )
      case 'apply':
        return this.apply(node, shape)
    }
  }

  protected apply(node: ApplyNode, shape: Shape): Node {
    const g = this.graph
    const { op } = node
    const varying = this.varies(node)
    if (op.kind === 'pointwise')
      return g.stretch(
        g.apply(
          op,
          node.args.map((a) => this.aligned(a, node.shape, varying)),
        ),
        shape,
      )
    // The axis is one of many matrices; where the matrix has none, of many right-hand sides.
    if (op.kind === 'matrix') {
      const [a] = node.args as [Node]
      const many = this.varies(a) || a.shape.length > 2
      return g.matrix(op, ...node.args.map((n) => (varying && many ? this.stretched(n) : this.image(n))))
    }
    const shift = varying ? 1 : 0
    return g.reduce(
      op,
      this.image(node.args[0]!),
      node.axes.map((a) => (a === BATCH ? a : a + shift)),
      node.args[0]!.samples,
    )
  }

  #factors(node: ProductNode, shift: number): Factor[] {
    return node.args.map((a, i) => {
      const labels = node.labels[i]!.map((l) => l + shift)
      return {
        node: this.image(a),
        labels: this.varies(a) ? [0, ...labels] : labels,
        exponent: node.exponents[i]!,
      }
    })
  }
}
