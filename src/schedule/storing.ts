import { ONE } from '../base/rational.ts'
import type { Extent, Shape } from '../graph/extent.ts'
import type { ApplyNode, Node, ProductNode, SumNode, SymbolNode } from '../graph/node.ts'
import { Accumulating } from './accumulate.ts'
import { type Builder, type Kept, type Known, axisName, placesIn } from './builder.ts'
import { type Nest, isMask } from '../graph/subscripts.ts'
import { accumulated, byCreation, isScattered, leadingAxes, operandOf, placeOf } from './keep.ts'
import type { Buffer, Combine, Subscript, Whole } from './program.ts'
import { isBatch } from './storage.ts'
import { fixed } from './subscripts.ts'

/** Computes nodes that are kept and leaves them in their places, by the instructions of one builder. */
export class Storing {
  readonly builder: Builder
  readonly #kept: Known
  readonly #outside: (n: SymbolNode) => Whole
  readonly #batch: Extent | undefined

  constructor(builder: Builder, kept: Known, outside: (n: SymbolNode) => Whole, batch: Extent | undefined) {
    this.builder = builder
    this.#kept = kept
    this.#outside = outside
    this.#batch = batch
  }

  readonly loops = (shape: Shape, inside: (at: Subscript[]) => void): void => {
    const first = isBatch(shape[0], this.#batch)
    this.builder.loops(
      shape.map((_, i) => (first && i === 0 ? 'b' : axisName(first ? i - 1 : i))),
      shape,
      inside,
    )
  }

  store(n: Node): void {
    const { builder } = this
    const kept = this.#kept.get(n)!
    if (n.kind === 'apply' && n.op.kind === 'matrix' && kept.kind === 'buffer') return this.#matrix(n, kept)
    if (n.kind === 'sum' && kept.kind === 'buffer' && isScattered(n)) return this.#scatter(n, kept)
    const order = kept.kind === 'buffer' ? kept.order : undefined
    const shape = keptShape(n)
    const nest = kept.kind === 'buffer' ? accumulated(n) : undefined
    if (nest) return this.#accumulate(n as ProductNode, nest, kept as Whole, order)
    if (isMask(n)) return this.#picked(n, kept as Whole)
    this.loops(order ? order.map((a) => shape[a]!) : shape, (stored) => {
      const at: Subscript[] = [...stored]
      order?.forEach((a, k) => (at[a] = stored[k]!))
      const value = builder.define(n, at)
      if (kept.kind === 'local') builder.put({ kind: 'define', local: kept.local, value, mutable: false })
      else
        builder.put({
          kind: 'store',
          buffer: kept.buffer,
          at: [...kept.at, ...stored],
          combine: 'set',
          value,
        })
    })
  }

  /** The positions that a mask picks. */
  #picked(n: ApplyNode, kept: Whole): void {
    this.loops(keptShape(n).slice(0, -1), (at) =>
      this.builder.positions(n, at).forEach((value, k) =>
        this.builder.put({
          kind: 'store',
          buffer: kept.buffer,
          at: [...kept.at, ...at, fixed(k)],
          combine: 'set',
          value,
        }),
      ),
    )
  }

  /** The terms that have no place of their own by loops, then each of the others where it stands. */
  #scatter(n: SumNode, kept: Kept & { kind: 'buffer' }): void {
    const { builder } = this
    const axes = n.shape.map((_, axis) => axis)
    const places = n.args.map(placeOf)
    const fixed = axes.filter((axis) => places.some((place) => place?.[axis] !== undefined))
    const over = (some: readonly number[], at: Subscript[], inside: (at: Subscript[]) => void): void =>
      this.loops(
        some.map((axis) => n.shape[axis]!),
        (subscripts) => {
          const here = [...at]
          some.forEach((axis, k) => (here[axis] = subscripts[k]!))
          inside(here)
        },
      )
    const put = (at: readonly Subscript[], combine: Combine, terms: readonly number[]): void =>
      builder.put({
        kind: 'store',
        buffer: kept.buffer,
        at: [...kept.at, ...(kept.order ?? axes).map((axis) => at[axis]!)],
        combine,
        value: builder.terms(n, terms, combine === 'set', at),
      })
    const all = n.args.map((_, i) => i)
    over(
      axes.filter((axis) => !fixed.includes(axis)),
      [],
      (outer) => {
        const loose = all.filter((i) => places[i] === undefined)
        over(fixed, outer, (at) => put(at, 'set', loose))
        for (const i of byCreation(n.args)) {
          const place = places[i]
          if (place === undefined) continue
          const at = [...outer]
          for (const axis of fixed) {
            const offset = place[axis]
            if (offset !== undefined) at[axis] = { variable: undefined, offset }
          }
          over(
            fixed.filter((axis) => place[axis] === undefined),
            at,
            (whole) => put(whole, 'add', [i]),
          )
        }
      },
    )
  }

  /** Adds a value to what stands at a place, entry by entry or each of its terms where it belongs. */
  add(n: Node, { buffer, at }: Whole): void {
    const nest = accumulated(n)
    if (nest) {
      const axes = n.shape.map((_, axis) => axis)
      const term = { node: n as ProductNode, nest, axes, coefficient: ONE, scales: [], shape: n.shape }
      return new Accumulating(this).add(
        term,
        { buffer, at: (position) => [...at, ...position] },
        'add',
        undefined,
      )
    }
    this.loops(n.shape, (p) =>
      this.builder.put({
        kind: 'store',
        buffer,
        at: [...at, ...p],
        combine: 'add',
        value: this.builder.value(n, p),
      }),
    )
  }

  #accumulate(n: ProductNode, nest: Nest, { buffer, at }: Whole, order: readonly number[] | undefined): void {
    const axes = n.shape.map((_, axis) => (order ? order.indexOf(axis) : axis))
    const shape = order ? order.map((axis) => n.shape[axis]!) : n.shape
    const term = { node: n, nest, axes, coefficient: ONE, scales: [], shape }
    new Accumulating(this).store(term, { buffer, at: (position) => [...at, ...position] })
  }

  #matrix(n: ApplyNode, kept: Whole): void {
    const { op } = n
    if (op.kind !== 'matrix') return
    const leading = leadingAxes(n)
    const operands = n.args.map((a) => {
      const { node, axes } = operandOf(a, leading)
      if (isMask(node)) return { whole: { buffer: this.#spread(node), at: [] }, axes }
      const place = this.#kept.get(node)
      if (place?.kind !== 'buffer') return { whole: this.#outside(node as SymbolNode), axes }
      const { order, ...rest } = place
      return { whole: order ? { ...rest, order: order.slice(0, axes.length) } : rest, axes }
    })
    this.loops(n.shape.slice(0, leading), (at) =>
      this.builder.put({
        kind: 'matrix',
        op,
        from: operands.map(({ whole, axes }) => ({
          buffer: whole.buffer,
          at: [
            ...whole.at,
            ...placesIn(
              whole,
              axes.map((a) => at[a]!),
            ),
          ],
        })),
        to: { buffer: kept.buffer, at: [...kept.at, ...at] },
      }),
    )
  }

  /** The entries of a mask, of which only positions are kept. */
  #spread(mask: Node): Buffer {
    const buffer: Buffer = { name: 'mask$', storage: 'scratch', symbol: undefined, shape: mask.shape }
    this.loops(mask.shape, (at) =>
      this.builder.put({
        kind: 'store',
        buffer,
        at: [...at],
        combine: 'set',
        value: this.builder.value(mask, at),
      }),
    )
    return buffer
  }
}

/** The shape of what is kept of a node: of a mask, in the place of its axes, the positions along them. */
export const keptShape = (n: Node): Shape =>
  isMask(n) ? [...n.shape.filter((_, i) => !n.axes.includes(i)), n.axes.length] : n.shape
