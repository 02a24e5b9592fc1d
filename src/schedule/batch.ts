import { bug } from '../base/bug.ts'
import { MINUS_ONE, ONE, type Rational, ZERO, isOne, times } from '../base/rational.ts'
import { type Extent, type Shape, openExtent } from '../graph/extent.ts'
import { Graph, formOf } from '../graph/graph.ts'
import type { Derived } from '../graph/network.ts'
import { type Node, type ProductNode, type Symbol, isContraction } from '../graph/node.ts'
import type { Factor } from '../graph/product.ts'
import { NodeMap } from '../graph/node-map.ts'
import { countUses, topological } from '../graph/traverse.ts'
import { shiftedLogSumExp } from '../ops/index.ts'
import { associated } from '../simplify/index.ts'

/** What the routines compute: over the whole batch, in a graph of its own. */
export interface Batched {
  readonly graph: Graph
  /** The length of the batch axis, which data and what depends on them carry first; none without a batch. */
  readonly batch: Extent | undefined
  /** The objective: the mean of the loss over the batch. */
  readonly loss: Node
  /** In the order of the params. */
  readonly gradients: readonly { readonly symbol: Symbol; readonly node: Node }[]
  /** Each with the batch axis first. */
  readonly outputs: readonly { readonly name: string; readonly node: Node }[]
}

/** Per sample → over the batch. What depends on data gets a leading axis; the loss and the gradients are means. */
export function batch(derived: Derived): Batched {
  const { network } = derived
  const extent =
    network.batch === undefined
      ? undefined
      : typeof network.batch === 'number'
        ? network.batch
        : openExtent(network.batch)
  const gradients = network.params.map((p) => ({ symbol: p.symbol, node: derived.gradients.get(p.symbol) }))
  const roots = [
    network.loss.node,
    ...network.outputs.map((o) => o.node),
    ...gradients.flatMap((x) => x.node ?? []),
  ]
  const b = new Batcher(extent, countUses(roots))
  for (const node of topological(roots)) b.add(node)
  const values = [b.mean(network.loss.node), ...network.outputs.map((o) => b.stretched(o.node))]
  const means = gradients.map(({ symbol, node }) => (node ? b.mean(node) : b.graph.full(ZERO, symbol.shape)))
  // A mean over the batch is one more factor and one more sum: the cheapest order may be another.
  const [loss, ...rest] =
    extent === undefined ? [...values, ...means] : associated(b.graph, [...values, ...means], values)
  return {
    graph: b.graph,
    batch: extent,
    loss: loss!,
    outputs: network.outputs.map(({ name }, i) => ({ name, node: rest[i]! })),
    gradients: gradients.map(({ symbol }, i) => ({ symbol, node: rest[network.outputs.length + i]! })),
  }
}

class Batcher {
  readonly graph = new Graph()
  readonly extent: Extent | undefined
  readonly #image = new NodeMap<Node>()
  /** The nodes (per sample) that depend on data. */
  readonly #varying = new Set<Node>()

  /** How many users a node (per sample) has: what has several is one value, and stays one. */
  readonly #uses: NodeMap<number>

  constructor(extent: Extent | undefined, uses: NodeMap<number>) {
    this.extent = extent
    this.#uses = uses
  }

  add(node: Node): void {
    const { extent } = this
    const data = node.kind === 'symbol' && (node.symbol.role === 'input' || node.symbol.role === 'target')
    if (extent !== undefined && (data || node.args.some((a) => this.#varying.has(a)))) this.#varying.add(node)
    this.#image.set(node, this.#rebuild(node))
  }

  #shape(node: Node): Shape {
    return this.#varying.has(node) ? [this.extent!, ...node.shape] : node.shape
  }

  /** The image with the batch axis, whether it depends on it or not. */
  stretched(node: Node): Node {
    const image = this.#image.get(node)!
    if (this.extent === undefined || this.#varying.has(node)) return image
    return this.graph.broadcast(
      image,
      [this.extent, ...node.shape],
      node.shape.map((_, i) => i + 1),
    )
  }

  #rebuild(node: Node): Node {
    const g = this.graph
    const varying = this.#varying.has(node)
    const shape = this.#shape(node)
    const image = (n: Node): Node => this.#image.get(n)!
    const shift = varying ? 1 : 0
    switch (node.kind) {
      case 'constant':
        return g.constant(node.value)
      case 'symbol':
        return g.symbol(varying ? { ...node.symbol, shape } : node.symbol)
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
          return { ...m, node: image(m.node), labels: this.#varying.has(m.node) ? [0, ...labels] : labels }
        })
        return g.bracket(
          node.relation,
          { coefficients: varying ? [0, ...coefficients] : coefficients, multiples: moved, offset },
          shape,
        )
      }
      case 'equation':
        return g.equation(node.name, image(node.body), node.role)
      case 'sum':
        return g.sum(
          node.args.map((a, i) => ({
            node: this.#aligned(a, node.shape, varying),
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
      case 'derivative':
        return bug('a derivative that is not taken')
      case 'apply': {
        const { op } = node
        if (op.kind === 'pointwise')
          return g.stretch(
            g.apply(
              op,
              node.args.map((a) => this.#aligned(a, node.shape, varying)),
            ),
            shape,
          )
        // The batch is an axis of many matrices; where the matrix has none, of many right-hand sides.
        if (op.kind === 'matrix') {
          const [a] = node.args as [Node]
          const many = this.#varying.has(a) || a.shape.length > 2
          return g.matrix(op, ...node.args.map((n) => (varying && many ? this.stretched(n) : image(n))))
        }
        const axes = node.axes.map((a) => a + shift)
        if (op.kind === 'reduction' && op.picks === undefined)
          // The simplifier has done so before it hands on; here for graphs that come straight from elsewhere.
          return shiftedLogSumExp(g, image(node.args[0]!), axes)
        return g.reduce(op, image(node.args[0]!), axes)
      }
    }
  }

  /** An operand of an elementwise node of `shape` per sample: of the batched shape, or a scalar that sums stretch. */
  #aligned(arg: Node, shape: Shape, varying: boolean): Node {
    const image = this.#image.get(arg)!
    if (!varying || (arg.shape.length === 0 && !this.#varying.has(arg))) return image
    if (arg.shape.length === shape.length) return this.stretched(arg)
    return this.graph.broadcast(image, [this.extent!, ...shape], [0])
  }

  #factors(node: ProductNode, shift: number): Factor[] {
    return node.args.map((a, i) => {
      const labels = node.labels[i]!.map((l) => l + shift)
      return {
        node: this.#image.get(a)!,
        labels: this.#varying.has(a) ? [0, ...labels] : labels,
        exponent: node.exponents[i]!,
      }
    })
  }

  /** 1/B Σ over the batch: linear, so terms that do not depend on data stay as they are. */
  mean(node: Node): Node {
    if (this.extent === undefined || !this.#varying.has(node)) return this.#image.get(node)!
    const g = this.graph
    const { extent } = this
    const result: { node: Node; coefficient: Rational }[] = []
    // Names at the top are looked through: a sum over the batch inside would store what it adds up.
    const work: { node: Node; coefficient: Rational }[] = [{ node, coefficient: ONE }]
    const add = (n: Node, coefficient: Rational): void => void result.push({ node: n, coefficient })
    let constant = ZERO
    while (work.length > 0) {
      const { node: n, coefficient } = work.pop()!
      if (!this.#varying.has(n)) add(this.#aligned(n, node.shape, false), coefficient)
      else if (n.kind === 'equation' && n.role === 'adjoint' && !this.#shared(n) && !this.#addsUp(n.body))
        work.push({ node: n.body, coefficient })
      else if (
        n.kind === 'sum' &&
        n.shape.length === node.shape.length &&
        !this.#shared(n) &&
        !this.#addsUp(n)
      ) {
        constant = constant.add(times(coefficient, n.constant))
        n.args.forEach((a, i) => work.push({ node: a, coefficient: times(coefficient, n.coefficients[i]!) }))
      } else {
        const count: Factor = { node: g.extent(extent), labels: [], exponent: MINUS_ONE }
        const rank = node.shape.length
        const all = node.shape.map((_, i) => i + 1)
        const labels = n.shape.length === rank ? [0, ...all] : [0]
        const factors = this.#flat(n, labels, rank + 1)
        add(g.product(factors.coefficient, [...factors.factors, count], all, node.shape), coefficient)
      }
    }
    return g.sum(result, constant, node.shape)
  }

  #shared(n: Node): boolean {
    return (this.#uses.get(n) ?? 0) > 1
  }

  /** A sum of what stands in memory, entry by entry: its terms are added before the batch is summed, in one loop. */
  #addsUp(n: Node): boolean {
    const whole = (a: Node): boolean =>
      a.kind !== 'product' ||
      (!isContraction(a) && a.labels.every((l) => l.length === 0 || l.length === a.shape.length))
    return n.kind === 'sum' && n.constant.equals(0) && n.args.every((a) => this.#varying.has(a) && whole(a))
  }

  /**
   * A product's factors, and those of a contraction inside it that spans all axes: Σ over the batch and over its own
   * labels is one sum. A smaller contraction stays a value of its own, computed once for all entries.
   */
  #flat(
    original: Node,
    labels: readonly number[],
    free: number,
  ): { coefficient: Rational; factors: Factor[] } {
    const n = this.#image.get(original)!
    let fresh = free
    const inside = (p: ProductNode, outer: readonly number[]): Factor[] => {
      const names = p.extents.map((_, l) => (l < p.shape.length ? outer[l]! : fresh++))
      return p.args.map((a, i) => ({
        node: a,
        labels: p.labels[i]!.map((l) => names[l]!),
        exponent: p.exponents[i]!,
      }))
    }
    // Dissolved into this sum, a value that others need too would be computed twice: behind a name it stays whole.
    const whole = (x: Node): Node =>
      x.kind === 'product' || x.kind === 'sum' ? this.graph.equation('', x) : x
    if (this.#shared(original))
      return { coefficient: ONE, factors: [{ node: whole(n), labels, exponent: ONE }] }
    const kept = new Set(original.args.filter((a) => this.#shared(a)).map((a) => this.#image.get(a)!))
    if (n.kind !== 'product') return { coefficient: ONE, factors: [{ node: n, labels, exponent: ONE }] }
    const spans = (f: Factor): boolean =>
      f.node.kind === 'product' &&
      isContraction(f.node) &&
      !kept.has(f.node) &&
      isOne(f.exponent) &&
      labels.every((l) => f.labels.includes(l))
    const factors = isContraction(n)
      ? inside(n, labels)
      : inside(n, labels).flatMap((f) => (spans(f) ? inside(f.node as ProductNode, f.labels) : [f]))
    return { coefficient: n.coefficient, factors }
  }
}
