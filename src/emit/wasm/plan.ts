/**
 * Where everything stands in the memory of a module of WebAssembly, in bytes. What is of known size has an address that is known; what depends on open
 * lengths follows behind all else, one after the other, at addresses that each call computes and hands over.
 */
import { bug } from '../../base/bug.ts'
import { toNumber } from '../../base/rational.ts'
import { type Memory, type Register, type Type, slotType } from '../../code/code.ts'
import { type Place, SIZE } from '../../code/lower.ts'
import { type Extent, multiplyExtents } from '../../graph/extent.ts'
import type { Symbol } from '../../graph/node.ts'
import type { Buffer, Program } from '../../schedule/program.ts'
import { type Workspace, layOut } from '../../schedule/workspace.ts'
import { type Fields } from '../fields.ts'
import { type MemoryField, MemoryLayout } from '../memory-layout.ts'
import { float } from './binary.ts'
import { type Control, controlAt, controlBytes } from './threads.ts'

/** Where arrays begin. */
const ALIGNMENT = 64
export const aligned = (n: number): number => Math.ceil(n / ALIGNMENT) * ALIGNMENT

/** An array whose address a call computes. */
export interface OpenArray {
  readonly memory: Memory
  readonly register: Register
  readonly bytes: Extent
}

const register = (name: string, type: Type = 'i32'): Register => ({ name, type, mutable: false })

export class Plan {
  readonly layout: MemoryLayout
  /** Where the parameters stand, and their gradients. */
  readonly params = register('params')
  readonly grads = register('grads')
  /** Where the moments of the optimizer stand, by their names. */
  readonly moments = new Map<string, Register>()
  /** Fields of parameters of known size, from the start of their block. */
  readonly fields = new Map<Memory, number>()
  readonly block: number
  readonly open: OpenArray[] = []
  readonly data: { readonly at: number; readonly bytes: readonly number[] }[] = []
  readonly #program: Program
  readonly #workspace: Workspace
  readonly #static = new Map<Memory, number>()
  readonly #registers = new Map<Memory, Register>()
  readonly #slots = new Map<number, Memory>()
  readonly #tables = new Map<Symbol, Memory>()
  #room: Memory | undefined
  #roomBytes: Extent = 0
  #end = ALIGNMENT
  /** Parameters, gradients, and a step's own gradients, where the caller's arrays are elsewhere. */
  readonly spare: {
    readonly params: number
    readonly grads: number
    readonly own: number
    readonly moments: ReadonlyMap<string, number>
  }

  constructor(program: Program, fields: Fields) {
    this.#program = program
    this.#workspace = layOut(program.routines)
    this.layout = new MemoryLayout(program, fields)
    let size = 0
    for (const f of this.layout.params) {
      if (typeof f.size !== 'number') continue
      this.fields.set(f.memory, size)
      size += f.size * SIZE[f.memory.type]
      if (!f.memory.single) size = Math.ceil(size / 16) * 16
    }
    this.block = aligned(size)
    const moments = new Map<string, number>()
    this.spare = { params: this.#take(size), grads: this.#take(size), own: this.#take(size), moments }
    for (const name of this.layout.moments.keys()) {
      this.moments.set(name, register(name))
      moments.set(name, this.#take(size))
    }
    for (const memory of this.layout.stateNumbers.values()) this.#put(memory, 1)
    for (const f of [
      ...this.layout.inputs,
      ...this.layout.targets,
      ...this.layout.outputs,
      ...this.layout.hypers,
      ...this.layout.beside,
    ])
      this.#put(f.memory, f.size)
    // What belongs to parameters of open lengths stands where data do.
    for (const { memory, size } of this.layout.params)
      if (typeof size !== 'number')
        for (const own of [memory, this.layout.gradientOf(memory), ...this.momentsOf(memory).values()])
          this.#put(own, size)
  }

  /** What the optimizer keeps of a parameter, by name. */
  momentsOf(param: Memory): Map<string, Memory> {
    return new Map([...this.layout.moments].map(([name, all]) => [name, all.get(param)!]))
  }

  /** The first address behind everything of known size. */
  get end(): number {
    return this.#end
  }

  #take(bytes: number): number {
    const at = this.#end
    this.#end += aligned(bytes)
    return at
  }

  /** Room for what threads tell one another. */
  control(arguments_: number): Control {
    return (this.#control ??= controlAt(this.#take(controlBytes(arguments_))))
  }
  #control: Control | undefined

  #put(memory: Memory, entries: Extent): void {
    const bytes = multiplyExtents(entries, SIZE[memory.type])
    if (typeof bytes === 'number') this.#static.set(memory, this.#take(bytes))
    else {
      const at = register(memory.name)
      this.#registers.set(memory, at)
      this.open.push({ memory, register: at, bytes })
    }
  }

  place(buffer: Buffer): Place {
    if (buffer.storage === 'scratch') return { memory: this.#slot(buffer), offset: 0 }
    if (buffer.storage === 'table') return { memory: this.#table(buffer.symbol!), offset: 0 }
    return this.layout.place(buffer)
  }

  #slot(buffer: Buffer): Memory {
    const index = this.#workspace.places.get(buffer) ?? bug(`${buffer.name} has no place in the workspace`)
    let memory = this.#slots.get(index)
    if (!memory) {
      const { size, kind } = this.#workspace.slots[index]!
      memory = {
        storage: 'scratch',
        name: buffer.name.replaceAll('$', ''),
        type: slotType(kind, this.#program.precision),
        single: false,
      }
      this.#slots.set(index, memory)
      this.#put(memory, size)
    }
    return memory
  }

  #table(symbol: Symbol): Memory {
    let memory = this.#tables.get(symbol)
    if (!memory) {
      const type = this.#program.precision
      const entries = symbol.entries!
      memory = { storage: 'table', name: 'table', type, single: false }
      this.#tables.set(symbol, memory)
      this.#put(memory, entries.length)
      this.data.push({
        at: this.#static.get(memory)!,
        bytes: entries.flatMap((v) => float(toNumber(v), type)),
      })
    }
    return memory
  }

  /** An array of doubles that matrix operators work in; they never do at once. */
  room(needs: Extent): Place {
    if (!this.#room) {
      this.#room = { storage: 'scratch', name: 'matrix', type: 'f64', single: false }
      this.#roomBytes = 0
    }
    const bytes = multiplyExtents(needs, 8)
    if (typeof bytes !== 'number' || typeof this.#roomBytes !== 'number' || bytes > this.#roomBytes) {
      // One for each size that is asked for: the last is where it is longest, or where lengths are open.
      this.#roomBytes = bytes
      this.#room = { ...this.#room }
      this.#put(this.#room, needs)
    }
    return { memory: this.#room, offset: 0 }
  }

  base(memory: Memory): { readonly register: Register | undefined; readonly offset: number } {
    const open = this.#registers.get(memory)
    if (open) return { register: open, offset: 0 }
    if (memory.storage === 'param') return { register: this.params, offset: this.fields.get(memory)! }
    const param = memory.storage === 'gradient' ? this.layout.paramOf(memory) : undefined
    if (param) return { register: this.grads, offset: this.fields.get(param)! }
    if (memory.storage === 'state' && !this.#static.has(memory)) {
      const { name, param } = this.layout.stateOf(memory)
      return { register: this.moments.get(name)!, offset: this.fields.get(param!)! }
    }
    return { register: undefined, offset: this.#static.get(memory) ?? bug(`${memory.name} stands nowhere`) }
  }

  /** The fields that hold what a call hands over. */
  fieldsOf(which: 'inputs' | 'data'): readonly MemoryField[] {
    return which === 'inputs' ? this.layout.inputs : [...this.layout.inputs, ...this.layout.targets]
  }
}
