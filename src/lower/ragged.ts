/**
 * Axes whose length depends on an index, those of parts such as h[1..t-1] and of the rows of triangles. While a formula is read they are
 * axes like others, of the extent t − 1. Before the index becomes an axis itself they become as long as they can be; what stands beyond
 * their length is then left out wherever something is summed, or reduced, along them.
 */
import { ONE, isInteger, isNegative, isOne } from '../base/rational.ts'
import type { Span } from '../base/span.ts'
import { type Extent, type Shape, addExtents, dimsOf, openExtent } from '../graph/extent.ts'
import { type Factor, type Graph, formOf } from '../graph/graph.ts'
import { type Node, type ProductNode, peel } from '../graph/node.ts'
import { isStructure } from '../graph/subscripts.ts'
import { replaced, valuesInOrder } from '../graph/traverse.ts'
import { log, reducemin, select } from '../ops/index.ts'
import { type Context, type Env, complain } from './context.ts'
import { type Bound, type Linear, combine, constantForm, extentForm, formExtent } from './domain.ts'
import type { Boxed } from './families.ts'
import { greatest } from './indices.ts'

/**
 * A formula without axes whose length depends on some indices; undefined where it cannot do without, which is reported. `own`: it may have such
 * axes itself, along which it is 0 then beyond their length.
 */
export function withoutRagged(
  ctx: Context,
  env: Env,
  root: Node,
  bounds: readonly Bound[],
  span: Span,
  own = false,
): Node | undefined {
  if (bounds.length === 0) return root
  const ragged = new Ragged(ctx.graph, env, bounds)
  if (!valuesInOrder([root]).some((n) => ragged.isIn(n))) return root
  return ragged.boxed(root, own) ?? complain(ctx, env, 'part-of-many-lengths', span, {})
}

/** The lengths of axes, where they depend on indices. */
export const lengthsOf = (shape: Shape, bounds: readonly Bound[]): (Extent | undefined)[] => {
  const names = new Set(bounds.map((b) => b.name))
  return shape.map((e) => (dimsOf(e).some((name) => names.has(name)) ? e : undefined))
}

/** Names of the axes of a value, which come behind so many of indices, and where along them there is nothing. */
export function beyond(lengths: readonly (Extent | undefined)[], rank: number): NonNullable<Boxed['part']> {
  const names = lengths.map((_, axis) => `@${rank + axis}`)
  const missing = lengths.flatMap((e, axis): Linear[][] => {
    if (e === undefined) return []
    const position = { terms: new Map([[names[axis]!, 1]]), constant: -1 }
    return [[combine(position, extentForm(e), -1)]]
  })
  return { names, missing }
}

/** A part of an axis from one position to another one, as the program counts them from `from` on. */
export interface Cut {
  readonly axis: number
  readonly from: Extent
  readonly first: Linear
  readonly last: Linear
}

/** What is left of a tensor by a cut: an axis whose length may depend on indices. */
export function cut(g: Graph, node: Node, { axis, from, first, last }: Cut): Node {
  const extent = formExtent(combine(combine(last, first, -1), constantForm(1)), () => true)!
  const start = formExtent(first, () => true)!
  return extent === node.shape[axis] ? node : g.part(node, axis, extent, addExtents(start, from, -1))
}

class Ragged {
  readonly #g: Graph
  readonly #env: Env
  readonly #names: ReadonlySet<string>
  readonly #image = new Map<Node, Node>()

  constructor(g: Graph, env: Env, bounds: readonly Bound[]) {
    this.#g = g
    this.#env = env
    this.#names = new Set(bounds.map((b) => b.name))
    // The length of such an axis as a number is made of the indices themselves.
    for (const { name, symbol } of bounds) this.#image.set(g.extent(openExtent(name)), symbol)
  }

  #depends(e: Extent): boolean {
    return typeof e !== 'number' && dimsOf(e).some((name) => this.#names.has(name))
  }

  isIn(n: Node): boolean {
    return this.#image.has(n) || this.#extentsOf(n).some((e) => this.#depends(e))
  }

  #extentsOf(n: Node): Shape {
    if (n.kind === 'product') return n.extents
    return n.kind === 'bracket' ? [...n.shape, n.offset] : n.shape
  }

  /** Undefined where something in it has no notation for such axes, or it has one itself. */
  boxed(root: Node, own: boolean): Node | undefined {
    const odd = root.shape.flatMap((e, axis) => (this.#depends(e) ? [axis] : []))
    if (odd.length > 0 && !own) return undefined
    for (const n of valuesInOrder([root])) {
      if (this.#image.has(n)) continue
      const args = n.args.map((a) => this.#image.get(a) ?? a)
      const isSame = args.every((a, i) => a === n.args[i]) && !this.isIn(n)
      const made = isSame ? n : this.#rebuilt(n, args)
      if (!made) return undefined
      this.#image.set(n, made)
    }
    return this.#within(this.#image.get(root)!, root.shape, odd, this.#g.number(0))
  }

  /** As long as an axis can be. */
  #wide(e: Extent): Extent | undefined {
    return this.#depends(e) ? greatest(this.#env, extentForm(e)) : e
  }

  /** An extent as a number of the formula. */
  #number(e: Extent): Node {
    return replaced(this.#g, [this.#g.extent(e)], this.#image)[0]!
  }

  #rebuilt(n: Node, args: readonly Node[]): Node | undefined {
    const g = this.#g
    const widened = n.shape.map((e) => this.#wide(e))
    if (widened.includes(undefined)) return undefined
    const shape = widened as Shape
    switch (n.kind) {
      case 'delta':
        return g.delta(shape[0]!)
      case 'basis':
        return g.basis(shape[0]!, n.index)
      case 'iota':
        return g.iota(shape[0]!)
      case 'bracket': {
        const form = formOf(n, args)
        if (!this.#depends(form.offset)) return g.bracket(n.relation, form, shape)
        const away = { node: this.#number(form.offset), coefficient: 1, labels: [] }
        return g.bracket(n.relation, { ...form, multiples: [...form.multiples, away], offset: 0 }, shape)
      }
      case 'equation': {
        const odd = n.shape.flatMap((e, axis) => (this.#depends(e) ? [axis] : []))
        return g.equation(n.name, this.#within(args[0]!, n.shape, odd, g.number(0)), n.role, n.of)
      }
      case 'sum':
        return g.sum(
          args.map((node, i) => ({ node, coefficient: n.coefficients[i]! })),
          n.constant,
          shape,
        )
      case 'product':
        return this.#product(n, args, shape)
      case 'apply': {
        if (n.op.kind === 'pointwise') return g.stretch(g.apply(n.op, args), shape)
        if (n.op.kind !== 'reduction') return undefined
        const [before] = n.args as [Node]
        const nothing = g.apply(log, [g.number(0)])
        const odd = n.axes.filter((axis) => axis >= 0 && this.#depends(before.shape[axis]!))
        const within = this.#within(
          args[0]!,
          before.shape,
          odd,
          n.op === reducemin ? g.negate(nothing) : nothing,
        )
        return g.reduce(n.op, within, n.axes, n.args[0]!.samples)
      }
      default:
        return undefined
    }
  }

  #product(n: ProductNode, args: readonly Node[], shape: Shape): Node | undefined {
    const g = this.#g
    const { labels, exponents, extents, coefficient } = n
    const summed = new Set(extents.flatMap((e, l) => (l >= shape.length && this.#depends(e) ? [l] : [])))
    if ([...summed].some((l) => this.#wide(extents[l]!) === undefined)) return undefined
    const left = new Set(summed)
    const factors = args.map((node, i): Factor => {
      const own = labels[i]!
      const exponent = exponents[i]!
      const odd = own.flatMap((l, axis) => (summed.has(l) ? [axis] : []))
      // What has a value beyond the length may be multiplied by 0 there.
      if (odd.length === 0 || (hasValues(node) && !isNegative(exponent)))
        return { node, labels: own, exponent }
      const value = isOne(exponent) ? node : g.power(node, exponent)
      for (const axis of odd) left.delete(own[axis]!)
      return {
        node: this.#within(
          value,
          own.map((l) => extents[l]!),
          odd,
          g.number(0),
        ),
        labels: own,
        exponent: ONE,
      }
    })
    const masks = [...left].map((l) => ({ node: this.#mask(extents[l]!), labels: [l], exponent: ONE }))
    return g.product(
      coefficient,
      [...factors, ...masks],
      shape.map((_, i) => i),
      shape,
    )
  }

  /** 1 at the positions of an axis that are within its length. */
  #mask(e: Extent): Node {
    return this.#g.bracket(
      '>=',
      {
        coefficients: [-1],
        multiples: [{ node: this.#number(addExtents(e, -1)), coefficient: 1, labels: [] }],
        offset: 0,
      },
      [this.#wide(e)!],
    )
  }

  /** A tensor with something else beyond the length of some axes; `before` is its shape as it was. */
  #within(node: Node, before: Shape, axes: readonly number[], otherwise: Node): Node {
    if (axes.length === 0) return node
    const g = this.#g
    const masks = axes.map((axis) => ({ node: this.#mask(before[axis]!), labels: [axis], exponent: ONE }))
    const { shape } = node
    const labels = shape.map((_, i) => i)
    const passes = g.product(
      ONE,
      masks,
      axes,
      axes.map((axis) => shape[axis]!),
    )
    const wide = axes.length === shape.length ? passes : g.broadcast(passes, shape, axes)
    return labels.length === 0 ? node : g.stretch(g.apply(select, [wide, node, otherwise]), shape)
  }
}

/** Whether a node is made of numbers from outside by sums and products alone: it is finite where they are. */
function hasValues(root: Node): boolean {
  const work = [root]
  for (let n = work.pop(); n; n = work.pop()) {
    const value = peel(n)
    if (value.kind === 'symbol' || value.kind === 'constant' || value.kind === 'iota' || isStructure(value))
      continue
    const isPower = value.kind === 'product' && value.exponents.every((e) => isInteger(e) && !isNegative(e))
    if (value.kind !== 'sum' && !isPower) return false
    work.push(...value.args)
  }
  return true
}
