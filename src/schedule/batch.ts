import { MINUS_ONE, ONE, type Rational, ZERO, isOne, isZero, times } from '../base/rational.ts'
import { type Extent, type Shape, openExtent } from '../graph/extent.ts'
import { Graph } from '../graph/graph.ts'
import { LeadingAxis } from '../graph/leading-axis.ts'
import { type Derived, lossNodes, valueNodes } from '../graph/network.ts'
import {
  type ApplyNode,
  BATCH,
  type Node,
  type ProductNode,
  type Symbol,
  isContraction,
  peel,
} from '../graph/node.ts'
import type { Factor } from '../graph/product.ts'
import type { NodeMap } from '../graph/node-map.ts'
import { countUses, topological } from '../graph/traverse.ts'
import { shiftedLogSumExp } from '../ops/index.ts'
import { associated } from '../simplify/index.ts'

/** What the routines compute: over the whole batch, in a graph of its own. */
export interface Batched {
  readonly graph: Graph
  /** The length of the batch axis, which data and what depends on them carry first; none without a batch. */
  readonly batch: Extent | undefined
  /** The objective, where there is one: the mean of the loss over the batch. */
  readonly loss: Node | undefined
  /** In the order of `network.wrt`; of data that differ from sample to sample with the batch axis first. */
  readonly gradients: readonly { readonly symbol: Symbol; readonly node: Node }[]
  /** Each with the batch axis first, unless it is of all samples together. */
  readonly outputs: readonly { readonly name: string; readonly node: Node }[]
}

/** Per sample → over the batch. What is another value for each sample gets a leading axis; the loss and the gradients are means. */
export function batch(derived: Derived): Batched {
  const { network } = derived
  const extent =
    network.batch === undefined
      ? undefined
      : typeof network.batch === 'number'
        ? network.batch
        : openExtent(network.batch)
  const gradients = network.loss
    ? network.wrt.map((symbol) => ({ symbol, node: derived.gradients.get(symbol) }))
    : []
  const roots = [...valueNodes(network), ...gradients.flatMap((x) => x.node ?? [])]
  const b = new Batcher(extent, countUses(roots))
  for (const node of topological(roots)) b.add(node)
  const values = [
    ...lossNodes(network).map((node) => b.mean(node)),
    ...network.outputs.map(({ node, over }) => (over ? b.over(node, over) : b.stretched(node))),
  ]
  const means = gradients.map(({ symbol, node }) => b.gradient(symbol, node))
  // A mean over the batch is one more factor and one more sum: the cheapest order may be another.
  const all = [...values, ...means]
  const made = extent === undefined ? all : associated(b.graph, all, values)
  const rest = network.loss ? made.slice(1) : made
  return {
    graph: b.graph,
    batch: extent,
    loss: network.loss && made[0],
    outputs: network.outputs.map(({ name }, i) => ({ name, node: rest[i]! })),
    gradients: gradients.map(({ symbol }, i) => ({
      symbol: symbol.samples === undefined ? symbol : batched(symbol, symbol.samples),
      node: rest[network.outputs.length + i]!,
    })),
  }
}

/** Of all samples: their axis comes first. */
const batched = (symbol: Symbol, samples: Extent): Symbol => ({
  ...symbol,
  shape: [samples, ...symbol.shape],
  samples: undefined,
  list: symbol.list && { ...symbol.list, axis: symbol.list.axis + 1 },
})

/** A term of a mean: a number and factors that are equal for all samples, times the mean of a node. */
interface Meant {
  readonly node: Node
  readonly coefficient: Rational
  readonly outside: readonly Factor[]
}

class Batcher extends LeadingAxis {
  /** How many users a node (per sample) has: what has several is one value, and stays one. */
  readonly #uses: NodeMap<number>

  constructor(extent: Extent | undefined, uses: NodeMap<number>) {
    const graph = new Graph()
    super(graph, extent, (node) =>
      node.kind === 'symbol' && node.samples !== undefined
        ? graph.symbol(batched(node.symbol, node.samples))
        : undefined,
    )
    this.#uses = uses
  }

  override varies(node: Node): boolean {
    return node.samples !== undefined
  }

  /** In the graph of the batch. */
  protected override still(node: Node): Node {
    return this.rebuild(node)
  }

  protected override apply(node: ApplyNode, shape: Shape): Node {
    const { op } = node
    if (node.axes[0] === BATCH) {
      const [arg] = node.args as [Node]
      const axes = node.axes.map((axis) => axis + 1)
      return op.kind === 'reduction' && op.adds
        ? this.graph.sumOver(this.image(arg), axes)
        : this.graph.reduce(op, this.image(arg), axes)
    }
    if (op.kind !== 'reduction' || op.picks !== undefined) return super.apply(node, shape)
    // The simplifier has done so before it hands on; here for graphs that come straight from elsewhere.
    const [arg] = node.args as [Node]
    return shiftedLogSumExp(
      this.graph,
      this.image(arg),
      node.axes.map((a) => (this.varies(node) ? a + 1 : a)),
    )
  }

  /** Of all samples together. */
  over(node: Node, over: 'mean' | 'sum'): Node {
    const mean = this.mean(node)
    return over === 'mean' || this.extent === undefined
      ? mean
      : this.graph.multiply(this.graph.extent(this.extent), mean)
  }

  /** The gradient of the objective: the mean over the samples, and by what is a sample's own its part of that mean. */
  gradient({ samples, shape }: Symbol, node: Node | undefined): Node {
    const g = this.graph
    const whole = samples === undefined ? shape : [samples, ...shape]
    if (!node) return g.full(ZERO, whole)
    if (samples === undefined || this.extent === undefined) return this.mean(node)
    return g.divide(this.stretched(node), g.extent(this.extent))
  }

  /** 1/B Σ over the batch: linear, so terms that do not depend on data stay as they are. */
  mean(node: Node): Node {
    if (this.extent === undefined || !this.varies(node)) return this.image(node)
    const g = this.graph
    const { extent } = this
    const result: { node: Node; coefficient: Rational }[] = []
    // Names at the top are looked through: a sum over the batch inside would store what it adds up.
    const work: Meant[] = [{ node, coefficient: ONE, outside: [] }]
    const rank = node.shape.length
    const axes = node.shape.map((_, i) => i)
    const add = (n: Node, { coefficient, outside }: Meant): void => {
      const own: Factor = { node: n, labels: n.shape.length === 0 ? [] : axes, exponent: ONE }
      const all = outside.length === 0 ? n : g.product(ONE, [...outside, own], axes, node.shape)
      result.push({ node: all, coefficient })
    }
    let constant = ZERO
    while (work.length > 0) {
      const next = work.pop()!
      const { node: n, coefficient, outside } = next
      const inside = n.shape.length === rank && !this.#shared(n) && !this.#addsUp(n)
      const linear = inside ? this.#linear(n) : undefined
      if (!this.varies(n)) add(this.aligned(n, node.shape, false), next)
      else if (n.kind === 'equation' && n.role === 'adjoint' && !this.#shared(n) && !this.#addsUp(n.body))
        work.push({ ...next, node: n.body })
      else if (linear)
        work.push({
          node: linear.node,
          coefficient: times(coefficient, linear.coefficient),
          outside: [...outside, ...linear.outside],
        })
      else if (n.kind === 'sum' && inside && (outside.length === 0 || isZero(n.constant))) {
        constant = constant.add(times(coefficient, n.constant))
        n.args.forEach((a, i) =>
          work.push({ ...next, node: a, coefficient: times(coefficient, n.coefficients[i]!) }),
        )
      } else {
        const count: Factor = { node: g.extent(extent), labels: [], exponent: MINUS_ONE }
        const all = node.shape.map((_, i) => i + 1)
        const labels = n.shape.length === rank ? [0, ...all] : [0]
        const factors = this.#flat(n, labels, rank + 1)
        add(g.product(factors.coefficient, [...factors.factors, count], all, node.shape), next)
      }
    }
    return g.sum(result, constant, node.shape)
  }

  /** A product in which all but a sum is equal for all samples: that sum, and what it is multiplied with. */
  #linear(n: Node): Meant | undefined {
    if (n.kind !== 'product' || isContraction(n)) return undefined
    const varying = n.args.map((_, i) => i).filter((i) => this.varies(n.args[i]!))
    const [only] = varying
    if (varying.length !== 1 || !isOne(n.exponents[only!]!)) return undefined
    const sum = n.args[only!]!
    const whole =
      n.labels[only!]!.length === n.shape.length && n.labels[only!]!.every((l, axis) => l === axis)
    if (!whole || peel(sum).kind !== 'sum' || this.#shared(sum)) return undefined
    const outside = n.args.flatMap((a, i) =>
      i === only ? [] : [{ node: this.image(a), labels: n.labels[i]!, exponent: n.exponents[i]! }],
    )
    return { node: sum, coefficient: n.coefficient, outside }
  }

  #shared(n: Node): boolean {
    return (this.#uses.get(n) ?? 0) > 1
  }

  /** A sum of what stands in memory, entry by entry: its terms are added before the batch is summed, in one loop. */
  #addsUp(n: Node): boolean {
    const whole = (a: Node): boolean =>
      a.kind !== 'product' ||
      (!isContraction(a) && a.labels.every((l) => l.length === 0 || l.length === a.shape.length))
    return n.kind === 'sum' && n.constant.equals(0) && n.args.every((a) => this.varies(a) && whole(a))
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
    const n = this.image(original)
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
    const kept = new Set(original.args.filter((a) => this.#shared(a)).map((a) => this.image(a)))
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
