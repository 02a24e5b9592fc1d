import { type Extent, type Shape, SCALAR } from '../graph/extent.ts'
import type { Node, Role, Symbol, SymbolNode } from '../graph/node.ts'
import { peel } from '../graph/node.ts'
import { bug } from '../base/bug.ts'
import type { Buffer, Storage, Whole } from './program.ts'

const STORAGE: Readonly<Partial<Record<Role, Storage>>> = {
  input: 'input',
  target: 'target',
  param: 'param',
  hyper: 'hyper',
  dim: 'dim',
  constant: 'table',
}

/** The buffers outside, one object for each place whichever routine looks at it. */
export class Outside {
  readonly #symbols = new Map<string, Buffer>()
  readonly #gradients = new Map<string, Buffer>()
  readonly #outputs = new Map<string, Buffer>()
  readonly #state = new Map<string, Buffer>()
  readonly rate: Buffer = { name: 'rate', storage: 'rate', symbol: undefined, shape: SCALAR }

  /** Where a symbol stands, the members of a list first. */
  whole(node: SymbolNode): Whole & { readonly order?: readonly number[] } {
    const { list } = node.symbol
    const buffer = this.symbol(node)
    if (!list) return { buffer, at: [] }
    const { axis } = list
    return { buffer, at: [], order: [axis, ...node.shape.map((_, i) => i).filter((i) => i !== axis)] }
  }

  symbol(node: SymbolNode): Buffer {
    const { name, role } = node.symbol
    const key = `${role}:${name}`
    let buffer = this.#symbols.get(key)
    if (!buffer)
      this.#symbols.set(
        key,
        (buffer = {
          name,
          storage: STORAGE[role] ?? bug(`${name} stands nowhere`),
          symbol: node.symbol,
          shape: node.shape,
          ...listed(node.symbol, STORAGE[role]!),
        }),
      )
    return buffer
  }

  gradient(symbol: Symbol): Buffer {
    const key = symbol.name
    let buffer = this.#gradients.get(key)
    if (!buffer)
      this.#gradients.set(
        key,
        (buffer = {
          name: `d_${symbol.name}`,
          storage: 'gradient',
          symbol,
          shape: symbol.shape,
          ...listed(symbol, 'gradient'),
        }),
      )
    return buffer
  }

  /** A number of the optimizer's state. */
  state(name: string): Buffer {
    let buffer = this.#state.get(name)
    if (!buffer)
      this.#state.set(name, (buffer = { name, storage: 'state', symbol: undefined, shape: SCALAR }))
    return buffer
  }

  /** What the optimizer keeps of a param under that name. */
  moment(name: string, symbol: Symbol, param: Buffer): Buffer {
    const key = `${name} ${symbol.name}`
    let buffer = this.#state.get(key)
    if (!buffer) {
      const { member } = param
      buffer = { name, storage: 'state', symbol, shape: param.shape }
      if (member) buffer = { ...buffer, member: { ...member, name, storage: 'state' } }
      this.#state.set(key, buffer)
    }
    return buffer
  }

  output(name: string, shape: Shape): Buffer {
    let buffer = this.#outputs.get(name)
    if (!buffer) this.#outputs.set(name, (buffer = { name, storage: 'output', symbol: undefined, shape }))
    return buffer
  }
}

/** A list is an array for each member. */
function listed(symbol: Symbol, storage: Storage): Partial<Pick<Buffer, 'shape' | 'member'>> {
  const { name, shape, list } = symbol
  if (!list) return {}
  const inner = shape.filter((_, i) => i !== list.axis)
  return { shape: [shape[list.axis]!, ...inner], member: { name, storage, symbol, shape: inner } }
}

/** What the source calls a node: wishes for the names of buffers. */
export function nameNodes(order: readonly Node[]): Map<Node, string> {
  const names = new Map<Node, string>()
  for (const n of order) {
    if (n.kind !== 'equation' || n.name === '') continue
    const value = peel(n)
    if (!names.has(value)) names.set(value, n.role === 'adjoint' ? `delta_${n.name}` : n.name)
  }
  return names
}

export const isBatch = (e: Extent | undefined, batch: Extent | undefined): boolean =>
  batch !== undefined && e === batch
