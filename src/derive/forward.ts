import { bug } from '../base/bug.ts'
import { MINUS_ONE, ONE, type Rational, ZERO, plus, times } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  BATCH,
  type Node,
  type ProductNode,
  type Scan,
  type SymbolNode,
  isContraction,
} from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { valuesInOrder } from '../graph/traverse.ts'
import { batchsum } from '../ops/index.ts'
import { Prefixed, beyondZeros } from './prefixed.ts'
import { readsAsTakes, withFamilies } from './scans.ts'

/**
 * Forward-mode differentiation, graph → graph (Griewank, Walther, Evaluating Derivatives, chapter 3): how `f` changes where
 * `by` changes by `seed`, Σ ∂f/∂by · seed. Further axes of the seed, before those of `by`, are as many directions; the result
 * has them before the axes of f. It costs a small multiple of f for each direction.
 */
export const pushforward = (
  g: Graph,
  f: Node,
  by: Node,
  seed: Node,
  isLeaf?: (node: Node) => boolean,
): Node => pushforwards(g, [f], new Map([[by, seed]]), isLeaf)[0]!

/** The same of several values, where several others change at once; all seeds have the same further axes. What is a leaf does not change. */
export function pushforwards(
  g: Graph,
  roots: readonly Node[],
  seeds: ReadonlyMap<Node, Node>,
  isLeaf: (node: Node) => boolean = () => false,
): Node[] {
  const [first] = seeds
  const prefix = first ? first[1].shape.slice(0, first[1].shape.length - first[0].shape.length) : []
  const sweep = new Tangents(g, prefix)
  for (const [by, seed] of seeds) sweep.known.set(by, seed)
  sweep.run(roots, (n) => seeds.has(n) || isLeaf(n))
  return roots.map((f) => sweep.of(f))
}

class Tangents extends Prefixed {
  /** Of what moves. */
  readonly known = new NodeMap<Node>()
  readonly #families = new Map<Scan, readonly Node[] | undefined>()

  of(node: Node): Node {
    return this.known.get(node) ?? this.g.full(ZERO, [...this.prefix, ...node.shape])
  }

  run(roots: readonly Node[], isLeaf: (node: Node) => boolean): void {
    const { g, known } = this
    for (const node of valuesInOrder(roots, isLeaf)) {
      if (isLeaf(node) || known.has(node)) continue
      if (node.kind === 'scan') {
        const tangent = this.#scan(node.scan)?.[node.which]
        if (tangent) known.set(node, tangent)
        continue
      }
      const moving = node.args.map((arg) => known.get(arg))
      const parts =
        node.kind === 'product'
          ? this.product(node, moving)
          : moving.flatMap((tangent, position) => (tangent ? [this.push(node, position, tangent)] : []))
      if (parts.length > 0) known.set(node, g.addAll(parts, [...this.prefix, ...node.shape]))
    }
  }

  /** The tangents of the families of a recurrence: a recurrence in the same direction, whose steps see what its steps see. */
  #scan(scan: Scan): readonly Node[] | undefined {
    if (this.#families.has(scan)) return this.#families.get(scan)
    const { g, known, prefix } = this
    const rank = prefix.length
    const moving = scan.outside.flatMap((n) => known.get(n) ?? [])
    let families: readonly Node[] | undefined
    if (moving.length > 0) {
      const unique = `${scan.hash.toString(36)}:${moving.map((n) => n.hash.toString(36)).join()}`
      const samples = [...moving, ...[...scan.reads, ...scan.histories].map((r) => r.symbol)].find(
        (n) => n.samples !== undefined,
      )
      const dotted = ({ symbol }: SymbolNode, samplesOf: Node | undefined): SymbolNode => {
        const { name, shape } = symbol
        return g.symbol({
          name: `${name}˙~${unique}`,
          role: 'member',
          shape: [...prefix, ...shape],
          assumptions: new Set(),
          samples: samplesOf?.samples,
        }) as SymbolNode
      }
      // Steps of two recurrences may have values in common, and have tangents of their own.
      const forget = (): void => {
        for (const n of scan.inside) known.set(n, undefined)
      }
      forget()
      const reads = scan.reads.map((r) => {
        const symbol = dotted(r.symbol, samples)
        known.set(r.symbol, symbol)
        return { ...r, symbol }
      })
      const histories = scan.histories.map((h) => {
        const symbol = dotted(h.symbol, samples)
        known.set(h.symbol, symbol)
        return { ...h, symbol }
      })
      const takes = scan.takes.flatMap((t) => {
        const of = known.get(t.of)
        if (!of) return []
        const symbol = dotted(t.symbol, of)
        known.set(t.symbol, symbol)
        return [{ ...t, symbol, of, axis: rank + t.axis }]
      })
      this.run(scan.bodies, (n) => !scan.inside.has(n))
      const own = withFamilies(
        g,
        scan,
        scan.bodies.map((n) => this.of(n)),
      )
      families = g.scan({
        ...scan,
        axis: rank + scan.axis,
        families: scan.families.map(({ name, given }) => ({ name: `${name}˙`, given })),
        reads,
        histories,
        takes: [...scan.takes, ...readsAsTakes(g, scan), ...takes, ...own.takes],
        initial: scan.initial.map((n) => n && this.of(n)),
        bodies: own.nodes,
      })
      forget()
    }
    this.#families.set(scan, families)
    return families
  }

  /** The part of the tangent of a sum, an application or a name that comes from its argument at `position`. */
  push(node: Node, position: number, tangent: Node): Node {
    switch (node.kind) {
      case 'equation':
        return tangent
      case 'sum':
        return this.stretched(this.g.scale(node.coefficients[position]!, tangent), node.shape)
      case 'apply':
        return this.#apply(node, position, tangent)
      default:
        return bug(`a ${node.kind} has no arguments`)
    }
  }

  /**
   * Of c·Σ Π xⱼ^eⱼ: c·eᵢ·Σ xᵢ^(eᵢ−1)·ẋᵢ Π_{j≠i} xⱼ^eⱼ for each factor that moves. Factors along the same axes are one product
   * that moves, so that the sum over the others is taken once.
   */
  product(node: ProductNode, moving: readonly (Node | undefined)[]): Node[] {
    const own = factorsOf(node)
    const groups = new Map<string, number[]>()
    own.forEach(({ labels }, i) => {
      if (!moving[i]) return
      const key = isContraction(node) ? [...labels].sort((a, b) => a - b).join() : ''
      groups.set(key, [...(groups.get(key) ?? []), i])
    })
    const out = node.shape.map((_, i) => i)
    const change = (
      i: number,
      among: readonly Factor[],
      labels: readonly number[],
      coefficient: Rational,
    ): Node => {
      const { exponent, labels: axes } = own[i]!
      const factors = among.map((f) => (f === own[i] ? { ...f, exponent: plus(exponent, MINUS_ONE) } : f))
      return this.contract(
        [...factors, this.factor(moving[i]!, axes)],
        labels,
        labels.map((l) => node.extents[l]!),
        times(coefficient, exponent),
      )
    }
    return [...groups.values()].flatMap((group) => {
      if (!isContraction(node) || group.length === 1)
        return group.map((i) => change(i, own, out, node.coefficient))
      const labels = [...new Set(own[group[0]!]!.labels)]
      const together = group.map((i) => own[i]!)
      const sum = this.g.addAll(
        group.map((i) => change(i, together, labels, ONE)),
        [...this.prefix, ...labels.map((l) => node.extents[l]!)],
      )
      const others = own.filter((f) => !together.includes(f))
      return [this.contract([...others, this.factor(sum, labels)], out, node.shape, node.coefficient)]
    })
  }

  #apply(node: ApplyNode, position: number, tangent: Node): Node {
    const { g } = this
    const { op } = node
    const arg = node.args[position]!
    const axes = node.shape.map((_, i) => i)
    const inner = arg.shape.map((_, i) => i)
    if (op.kind === 'pointwise') {
      // Entry by entry a change goes up by the same factor that an adjoint goes down by.
      if (op.pull) {
        const at = node.args.map((a) => this.underPrefix(a))
        const { pull } = op
        return beyondZeros(g, this.stretched(tangent, node.shape), (rest) =>
          pull(g, at, this.underPrefix(node), rest, position),
        )
      }
      const slope = op.slope!(g, node.args, node, position)
      const all = { node: slope, labels: slope.shape.length === 0 ? [] : axes, exponent: ONE }
      return this.contract([this.factor(tangent, inner.length === 0 ? [] : axes), all], axes, node.shape)
    }
    if (op.kind === 'reduction') {
      const slope = op.pull(g, arg, node, g.full(ONE, arg.shape), node.axes)
      const out = inner.filter((i) => !node.axes.includes(i))
      const own = this.contract(
        [this.factor(tangent, inner), { node: slope, labels: inner, exponent: ONE }],
        out,
        node.shape,
      )
      return node.axes[0] === BATCH ? g.reduce(batchsum, own, [BATCH], arg.samples) : own
    }
    if (op.kind === 'mask') return g.full(ZERO, [...this.prefix, ...node.shape])
    return op.push ? op.push(g, arg, node, tangent, position) : bug(`the derivative of ${op.name}`)
  }
}
