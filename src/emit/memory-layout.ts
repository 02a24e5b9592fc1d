/**
 * Where what is outside of the routines stands, for targets that address memory. A tensor is flat and row-major; a family is one array, its members one after the
 * other. Parameters are of known size.
 */
import { bug } from '../base/bug.ts'
import { type Extent, addExtents, multiplyExtents } from '../graph/extent.ts'
import type { Memory, MemoryStorage, Real, Type } from '../code/code.ts'
import type { Place } from '../code/lower.ts'
import { numbersOf } from '../schedule/optimizers.ts'
import type { Buffer, Members, Program } from '../schedule/program.ts'
import { sizeExtent } from '../schedule/workspace.ts'
import { type Field, type Fields, type Leaf, isFamily, leaves } from './fields.ts'
import { CNames } from './c/names.ts'

/** A field of a struct. */
export interface MemoryField {
  readonly name: string
  readonly field: Field
  readonly memory: Memory
  readonly size: Extent
  /** Members with where they begin; one for what is no family. */
  readonly parts: readonly { readonly leaf: Leaf; readonly offset: Extent }[]
}

/** The entries of a leaf, of a list all of its members. */
export const sizeOfLeaf = ({ shape, members = 1 }: Leaf): Extent =>
  multiplyExtents(sizeExtent(shape), members)

export class MemoryLayout {
  readonly params: readonly MemoryField[]
  readonly inputs: readonly MemoryField[]
  readonly targets: readonly MemoryField[]
  readonly outputs: readonly MemoryField[]
  readonly hypers: readonly MemoryField[]
  readonly #places = new Map<string, { readonly offset: Extent; readonly field: MemoryField }>()
  readonly #gradients = new Map<Memory, Memory>()
  /** The numbers of the optimizer's state, by name: doubles. */
  readonly stateNumbers = new Map<string, Memory>()
  /** What it keeps of each parameter, by name. */
  readonly moments = new Map<string, ReadonlyMap<Memory, Memory>>()

  /** @param names of the fields of data, which stand beside the lengths of open dims */
  constructor(
    { network, precision, optimizer }: Pick<Program, 'network' | 'precision' | 'optimizer'>,
    fields: Fields,
    names: CNames = new CNames(),
  ) {
    const group = (list: readonly Field[], storage: MemoryStorage, scope: CNames): MemoryField[] =>
      list.map((f) => this.#field(f, storage, precision, scope))
    this.params = group(fields.params, 'param', new CNames())
    this.inputs = group(fields.inputs, 'input', names)
    this.targets = group(fields.targets, 'target', names)
    this.outputs = group(fields.outputs, 'output', new CNames())
    this.hypers = group(
      network.hypers.map(({ symbol, doc, span }) => ({
        name: symbol.name,
        doc,
        item: { name: symbol.name, shape: symbol.shape, batched: false, doc, span },
      })),
      'hyper',
      new CNames(),
    )
    for (const { memory } of this.params) this.#gradients.set(memory, { ...memory, storage: 'gradient' })
    for (const name of numbersOf(optimizer))
      this.stateNumbers.set(name, { storage: 'state', name, type: 'f64', single: true })
    for (const { name } of optimizer.moments)
      this.moments.set(
        name,
        new Map(
          this.params.map(({ memory }) => [
            memory,
            { ...memory, storage: 'state', name: `${name}_${memory.name}` },
          ]),
        ),
      )
  }

  #field(field: Field, storage: MemoryStorage, precision: Real, names: CNames): MemoryField {
    const parts: { leaf: Leaf; offset: Extent }[] = []
    let size: Extent = 0
    for (const { leaf } of leaves(field.item)) {
      parts.push({ leaf, offset: size })
      size = addExtents(size, sizeOfLeaf(leaf))
    }
    const { leaf } = parts[0]!
    const type: Type = leaf.end === undefined ? precision : 'i32'
    const single = !isFamily(field.item) && leaf.shape.length === 0 && leaf.members === undefined
    const memory: Memory = { storage, name: field.name, type, single }
    const made: MemoryField = { name: names.fresh(field.name), field, memory, size, parts }
    for (const { leaf: l, offset } of parts) this.#places.set(`${storage} ${l.name}`, { offset, field: made })
    return made
  }

  paramOf(gradient: Memory): Memory {
    return [...this.#gradients].find(([, g]) => g === gradient)![0]
  }

  gradientOf(param: Memory): Memory {
    return this.#gradients.get(param)!
  }

  /** Of a number of the state, or of a moment: which one, and of which parameter. */
  stateOf(memory: Memory): { readonly name: string; readonly param: Memory | undefined } {
    for (const [name, m] of this.stateNumbers) if (m === memory) return { name, param: undefined }
    for (const [name, all] of this.moments)
      for (const [param, m] of all) if (m === memory) return { name, param }
    return bug(`the state has no ${memory.name}`)
  }

  /** Where a buffer of the caller's stands. */
  place(buffer: Buffer): Place {
    const { storage } = buffer
    if (storage === 'state') {
      const { name, symbol } = buffer
      if (!symbol) return { memory: this.stateNumbers.get(name)!, offset: 0 }
      const { offset, field } = this.#places.get(`param ${symbol.name}`)!
      return { memory: this.moments.get(name)!.get(field.memory)!, offset }
    }
    const name = buffer.symbol?.name ?? buffer.name
    const found =
      this.#places.get(`${storage === 'gradient' ? 'param' : storage} ${name}`) ??
      bug(`there is no place for ${storage} ${name}`)
    const { offset, field } = found
    return { memory: storage === 'gradient' ? this.#gradients.get(field.memory)! : field.memory, offset }
  }

  /** How far apart the members of a family are that a loop goes through; undefined where that is not always the same. */
  apart({ first, index, falls }: Members, length: Extent): Extent | undefined {
    const storage = first.storage === 'gradient' || first.storage === 'state' ? 'param' : first.storage
    const { field } = this.#places.get(`${storage} ${first.symbol?.name ?? first.name}`)!
    const name = first.symbol?.name ?? first.name
    const all = [...leaves(field.field.item)]
    const paths = new Map(all.map(({ path }, i) => [path.join(), field.parts[i]!.offset]))
    const { path: start, leaf: own } = all.find(({ leaf }) => leaf.name === name)!
    if (own.members !== undefined) return sizeExtent(own.shape)
    const at = (turn: number): Extent | undefined =>
      paths.get(start.map((i, k) => (k === index ? i + (falls ? -turn : turn) : i)).join())
    if (typeof length !== 'number') return undefined
    let distance: Extent | undefined
    for (let turn = 1; turn < length; turn++) {
      const [before, here] = [at(turn - 1), at(turn)]
      if (before === undefined || here === undefined) return undefined
      const step = falls ? addExtents(before, here, -1) : addExtents(here, before, -1)
      if (distance !== undefined && distance !== step) return undefined
      distance = step
    }
    return distance ?? 0
  }
}
