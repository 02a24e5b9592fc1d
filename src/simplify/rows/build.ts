/** The right side of a law with what its names stand for. */
import { ONE, type Rational } from '../../base/rational.ts'
import type { Extent, Shape } from '../../graph/extent.ts'
import { type Graph, constantValue, factorsOf, termsOf } from '../../graph/graph.ts'
import { type Node, isContraction } from '../../graph/node.ts'
import { pow } from '../../ops/index.ts'

/** A value, and the labels of its axes. */
export interface Bound {
  readonly node: Node
  readonly at: readonly number[]
}

/** What the names of a law stand for: a list, for there are few. */
export class Bindings {
  readonly #name: string
  readonly #value: Bound | Rational
  readonly #others: Bindings | undefined

  private constructor(name: string, value: Bound | Rational, others: Bindings | undefined) {
    this.#name = name
    this.#value = value
    this.#others = others
  }

  static readonly NONE = new Bindings('', ONE, undefined)

  with(name: string, value: Bound | Rational): Bindings {
    return new Bindings(name, value, this)
  }

  get(name: string): Bound | Rational | undefined {
    return this.#name === name ? this.#value : this.#others?.get(name)
  }
}

export const isBound = (value: Bound | Rational | undefined): value is Bound =>
  value !== undefined && 'node' in value

/** Where something stands: the labels of the axes that it has, each once, and their extents. */
export interface Space {
  readonly labels: readonly number[]
  readonly shape: Shape
}

const axesOf = (shape: Shape): number[] => shape.map((_, i) => i)

/** A value stretched over a space; a scalar stays one. Undefined where it has an axis that the space has not. */
function placed(g: Graph, { node, at }: Bound, { labels, shape }: Space): Node | undefined {
  if (at.length === 0 || (at.length === labels.length && at.every((l, i) => l === labels[i]))) return node
  const places = at.map((l) => labels.indexOf(l))
  if (places.includes(-1) || new Set(labels).size < labels.length) return undefined
  return g.product(ONE, [{ node, labels: places, exponent: ONE }], axesOf(shape), shape)
}

/** The value of a side in a space: with all of its axes, or a scalar. Undefined where a name does not fit there. */
export function build(g: Graph, side: Node, bindings: Bindings, space: Space): Node | undefined {
  const made = new Map<Node, Node | undefined>()
  const of = (node: Node): Node | undefined => {
    if (!made.has(node)) made.set(node, make(node))
    return made.get(node)
  }
  const all = (nodes: readonly Node[]): readonly Node[] | undefined => {
    const values = nodes.map(of)
    return values.includes(undefined) ? undefined : (values as readonly Node[])
  }
  const shapeOf = (nodes: readonly Node[]): Shape =>
    nodes.some((n) => n.shape.length > 0) ? space.shape : []

  function make(node: Node): Node | undefined {
    switch (node.kind) {
      case 'constant':
        return g.constant(node.value)
      case 'symbol': {
        if (node.symbol.role === 'constant') return g.symbol(node.symbol)
        const bound = bindings.get(node.symbol.name)
        if (bound === undefined) return undefined
        return isBound(bound) ? placed(g, bound, space) : g.constant(bound)
      }
      case 'equation': {
        const body = of(node.body)
        return body && g.equation(node.name, body)
      }
      case 'sum': {
        const args = all(node.args)
        const terms = termsOf(node)
        return (
          args &&
          g.sum(
            terms.map((t, i) => ({ ...t, node: args[i]! })),
            node.constant,
            shapeOf(args),
          )
        )
      }
      case 'product': {
        if (isContraction(node)) return overAxes(node)
        const args = all(node.args)
        const factors = factorsOf(node)
        return (
          args &&
          g.withFactors(
            node.coefficient,
            factors.map((f, i) => ({ node: args[i]!, exponent: f.exponent })),
            shapeOf(args),
          )
        )
      }
      case 'apply': {
        if (node.op.kind === 'reduction') return overAxes(node)
        const args = all(node.args)
        if (!args || node.op.kind !== 'pointwise') return undefined
        const exponent = node.op === pow ? constantValue(args[1]!) : undefined
        if (exponent) return g.power(args[0]!, exponent)
        const value = g.apply(node.op, args)
        return value.shape.length === 0 ? value : g.stretch(value, space.shape)
      }
      default:
        return undefined
    }
  }

  /** A sum or a reduction over the axes that its tensors have and the space has not. */
  function overAxes(node: Node): Node | undefined {
    const tensor = namesOf(node)
      .map((name) => bindings.get(name))
      .find((b) => isBound(b) && b.at.some((l) => !space.labels.includes(l)))
    if (!isBound(tensor)) return undefined
    const extents = new Map<number, Extent>()
    space.labels.forEach((l, i) => extents.set(l, space.shape[i]!))
    tensor.at.forEach((l, i) => extents.set(l, tensor.node.shape[i]!))
    // The tensor's own order, so that it stays what it is.
    const labels = [...new Set([...tensor.at, ...(node.args.length > 1 ? space.labels : [])])]
    const inner = { labels, shape: labels.map((l) => extents.get(l)!) }
    const axes = labels.flatMap((l, axis) => (space.labels.includes(l) ? [] : [axis]))
    const args = node.args.map((a) => build(g, a, bindings, inner))
    if (args.includes(undefined)) return undefined
    const kept = labels.filter((l) => space.labels.includes(l))
    const wide = (args as Node[]).map((a) => (a.shape.length === 0 ? g.broadcast(a, inner.shape, []) : a))
    const value =
      node.kind === 'apply'
        ? g.reduce(node.op, wide[0]!, axes)
        : g.sumOver(
            g.withFactors(
              ONE,
              wide.map((a, i) => ({
                node: a,
                exponent: factorsOf(node as Node & { kind: 'product' })[i]!.exponent,
              })),
              inner.shape,
            ),
            axes,
          )
    return placed(g, { node: value, at: kept }, space)
  }

  return of(side)
}

function namesOf(root: Node): string[] {
  return root.kind === 'symbol' ? [root.symbol.name] : root.args.flatMap(namesOf)
}
