/**
 * Where what is outside of the routines stands, for targets that address memory. A tensor is flat and row-major; a family is one array, its members one after the
 * other. Parameters are of known size.
 */
import { bug } from '../base/bug.ts'
import { type Extent, addExtents, multiplyExtents } from '../graph/extent.ts'
import type { Memory, MemoryStorage, Real, Type } from '../code/code.ts'
import type { Place } from '../code/lower.ts'
import { numbersOf } from '../schedule/optimizers.ts'
import { type Buffer, type Program, calledOf } from '../schedule/program.ts'
import { sizeExtent } from '../schedule/workspace.ts'
import { vectorName } from '../derive/functions.ts'
import {
  type Field,
  type Fields,
  type Leaf,
  gradientFields,
  isFamily,
  leaves,
  type VectorObject,
} from './fields.ts'
import { CNames } from './c/names.ts'
import { vectorsOf } from './products.ts'

/** A field of a struct. */
export interface MemoryField {
  readonly name: string
  readonly field: Field
  readonly memory: Memory
  readonly size: Extent
  /** Members with where they begin; one for what is no family. */
  readonly parts: readonly { readonly leaf: Leaf; readonly offset: Extent }[]
}

/** An object of vectors of a product, with where they stand. */
export interface MemoryObject extends Omit<VectorObject, 'fields'> {
  readonly fields: readonly MemoryField[]
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
  /**
   * What `backward` fills where gradients are by other than parameters too. Gradients by parameters stand as the parameters do, and are
   * their fields here.
   */
  readonly grads: readonly MemoryField[] | undefined
  /** The objects of products between their data and their hyperparameters, by what these are called. */
  readonly products: ReadonlyMap<string, readonly MemoryObject[]>
  /** Where the vectors of products stand, by the names of their symbols and outputs. */
  readonly #vectors = new Map<string, Place>()
  readonly #shared = new Map<string, Memory>()
  readonly #places = new Map<string, { readonly offset: Extent; readonly field: MemoryField }>()
  readonly #gradients = new Map<Memory, Memory>()
  readonly #others: readonly MemoryField[]
  readonly #sole: readonly MemoryField[] | undefined
  readonly #objectives: ReadonlyMap<string, readonly MemoryField[] | undefined>
  /** The numbers of the optimizer's state, by name: doubles. */
  readonly stateNumbers = new Map<string, Memory>()
  /** What it keeps of each parameter, by name. */
  readonly moments = new Map<string, ReadonlyMap<Memory, Memory>>()

  /** @param names of the fields of data, which stand beside the lengths of open dims */
  constructor(
    { network, precision, optimizer, routines }: Program,
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
    const wanted = network.loss && gradientFields(network, fields)
    const others = (wanted ?? []).filter((f) => !fields.params.includes(f))
    const beside = new CNames()
    for (const { name } of this.params) beside.fresh(name)
    this.#others = group(others, 'gradient', beside)
    this.grads = others.length > 0 ? this.#gradientsBy(wanted!) : undefined
    this.#objectives = new Map(
      (network.losses ?? []).map(({ suffix, wrt }) => {
        const own = gradientFields({ ...network, wrt, losses: [] }, fields)
        return [suffix, own && this.#gradientsBy(own)] as const
      }),
    )
    this.#sole = wanted && this.#gradientsBy(wanted)
    this.products = new Map(
      routines.flatMap((r) =>
        r.product
          ? [[calledOf(r), vectorsOf(r, network, fields).map((v) => this.#object(v, precision))] as const]
          : [],
      ),
    )
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

  #gradientsBy(wanted: readonly Field[]): MemoryField[] {
    const known = [...this.params, ...this.#others]
    return wanted.map((f) => known.find(({ field }) => field === f)!)
  }

  /** What `backward` fills, of one of several losses; undefined where that is all parameters, and nothing else. */
  filledBy(suffix: string | undefined): readonly MemoryField[] | undefined {
    return suffix === undefined ? this.#sole : this.#objectives.get(suffix)
  }

  #object({ object, fields, ...rest }: VectorObject, precision: Real): MemoryObject {
    if (object === 'outputs') return { object, ...rest, fields: this.outputs }
    const names = new CNames()
    const own = fields.map((f): MemoryField => {
      const made = this.#laid(f, rest.filled ? 'output' : 'input', precision, names)
      const name = vectorName(object, f.name)
      // Products of several losses may take the same vector: they are not called at once.
      const memory = this.#shared.get(name) ?? { ...made.memory, name }
      this.#shared.set(name, memory)
      for (const { leaf, offset } of made.parts)
        this.#vectors.set(vectorName(object, leaf.name), { memory, offset })
      return { ...made, memory }
    })
    return { object, ...rest, fields: own }
  }

  #field(field: Field, storage: MemoryStorage, precision: Real, names: CNames): MemoryField {
    const made = this.#laid(field, storage, precision, names)
    for (const { leaf, offset } of made.parts)
      this.#places.set(`${storage} ${leaf.name}`, { offset, field: made })
    return made
  }

  #laid(field: Field, storage: MemoryStorage, precision: Real, names: CNames): MemoryField {
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
    return { name: names.fresh(field.name), field, memory, size, parts }
  }

  /** The parameter whose gradient this is; nothing where it is one by something else. */
  paramOf(gradient: Memory): Memory | undefined {
    return [...this.#gradients].find(([, g]) => g === gradient)?.[0]
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
    const vector = storage === 'input' || storage === 'output' ? this.#vectors.get(name) : undefined
    if (vector) return vector
    const { offset, field } = this.#found(storage, name) ?? bug(`there is no place for ${storage} ${name}`)
    return { memory: (storage === 'gradient' && this.#gradients.get(field.memory)) || field.memory, offset }
  }

  #found(storage: Buffer['storage'], name: string): { offset: Extent; field: MemoryField } | undefined {
    const own = this.#places.get(`${storage} ${name}`)
    const isLikeParam = storage === 'gradient' || storage === 'state'
    return own ?? (isLikeParam ? this.#places.get(`param ${name}`) : undefined)
  }

  /** The object of a call in which an array stands; `data` is what the routine calls its inputs and targets. */
  holder(memory: Memory, data: 'inputs' | 'data'): string {
    for (const objects of this.products.values())
      for (const { object, fields } of objects)
        if (object !== 'outputs' && fields.some((f) => f.memory === memory)) return object
    switch (memory.storage) {
      case 'param':
        return 'params'
      case 'gradient':
        return 'grads'
      case 'input':
      case 'target':
        return data
      case 'output':
        return 'outputs'
      default:
        return bug(`${memory.name} stands in no object`)
    }
  }

  /** All that stands by itself beside the four objects and hyperparameters: gradients by data, and vectors of products. */
  get beside(): readonly MemoryField[] {
    const vectors = [...this.products.values()].flat().filter(({ object }) => object !== 'outputs')
    const own = new Map(vectors.flatMap(({ fields }) => fields).map((f) => [f.memory, f]))
    return [...this.#others, ...own.values()]
  }

  /** The field that an array of the caller's is. */
  fieldOf(memory: Memory): MemoryField {
    const param = memory.storage === 'gradient' ? this.paramOf(memory) : undefined
    const wanted = param ?? memory
    const all = [this.params, this.inputs, this.targets, this.outputs, this.hypers, this.beside]
    return all.flat().find((f) => f.memory === wanted) ?? bug(`no field ${memory.name}`)
  }
}
