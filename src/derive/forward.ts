import { bug } from '../base/bug.ts'
import { MINUS_ONE, ONE, type Rational, ZERO, plus, times } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type ApplyNode, BATCH, type Node, type ProductNode, isContraction } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { topological } from '../graph/traverse.ts'
import { batchsum } from '../ops/index.ts'
import { Prefixed, beyondZeros } from './prefixed.ts'

/**
 * Forward-mode differentiation, graph → graph (Griewank, Walther, Evaluating Derivatives, chapter 3): how `f` changes where
 * `by` changes by `seed`, Σ ∂f/∂by · seed. Further axes of the seed, before those of `by`, are as many directions; the result
 * has them before the axes of f. It costs a small multiple of f for each direction.
 */
export const pushforward = (g: Graph, f: Node, by: Node, seed: Node): Node =>
  pushforwards(g, [f], new Map([[by, seed]]))[0]!

/** The same of several values, where several others change at once; all seeds have the same further axes. */
export function pushforwards(g: Graph, roots: readonly Node[], seeds: ReadonlyMap<Node, Node>): Node[] {
  const [first] = seeds
  const prefix = first ? first[1].shape.slice(0, first[1].shape.length - first[0].shape.length) : []
  const sweep = new Tangents(g, prefix)
  const tangents = new NodeMap<Node>()
  for (const [by, seed] of seeds) tangents.set(by, seed)
  for (const node of topological(roots, (n) => seeds.has(n))) {
    if (seeds.has(node)) continue
    const moving = node.args.map((arg) => tangents.get(arg))
    const parts =
      node.kind === 'product'
        ? sweep.product(node, moving)
        : moving.flatMap((tangent, position) => (tangent ? [sweep.push(node, position, tangent)] : []))
    if (parts.length > 0) tangents.set(node, g.addAll(parts, [...sweep.prefix, ...node.shape]))
  }
  return roots.map((f) => tangents.get(f) ?? g.full(ZERO, [...sweep.prefix, ...f.shape]))
}

class Tangents extends Prefixed {
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
