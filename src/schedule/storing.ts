import type { Extent, Shape } from '../graph/extent.ts'
import type { ApplyNode, Node, SymbolNode } from '../graph/node.ts'
import { type Builder, type Known, axisName } from './builder.ts'
import { leadingAxes, operandOf } from './keep.ts'
import type { Buffer, Subscript, Whole } from './program.ts'
import { isBatch } from './storage.ts'

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
    const order = kept.kind === 'buffer' ? kept.order : undefined
    const shape = keptShape(n)
    this.loops(order ? order.map((a) => shape[a]!) : shape, (stored) => {
      const at: Subscript[] = [...stored]
      order?.forEach((a, k) => (at[a] = stored[k]!))
      const value = isMask(n) ? builder.position(n as ApplyNode, at) : builder.define(n, at)
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

  #matrix(n: ApplyNode, kept: Whole): void {
    const { op } = n
    if (op.kind !== 'matrix') return
    const leading = leadingAxes(n)
    const operands = n.args.map((a) => {
      const { node, axes } = operandOf(a, leading)
      if (isMask(node)) return { whole: { buffer: this.#spread(node), at: [] }, axes }
      const place = this.#kept.get(node)
      return { whole: place?.kind === 'buffer' ? place : this.#outside(node as SymbolNode), axes }
    })
    this.loops(n.shape.slice(0, leading), (at) =>
      this.builder.put({
        kind: 'matrix',
        op,
        from: operands.map(({ whole, axes }) => ({
          buffer: whole.buffer,
          at: [...whole.at, ...axes.map((a) => at[a]!)],
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

export const isMask = (n: Node): boolean => n.kind === 'apply' && n.op.kind === 'mask'
/** The shape of what is kept of a node: of a mask the position, without its axes. */
export const keptShape = (n: Node): Shape =>
  n.kind === 'apply' && n.op.kind === 'mask' ? n.shape.filter((_, i) => !n.axes.includes(i)) : n.shape
