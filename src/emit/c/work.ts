/** The memory that routines work in: a struct where its size is known, else memory of a size that a function tells. */
import { bug } from '../../base/bug.ts'
import { type Memory, slotType } from '../../code/code.ts'
import type { Place } from '../../code/lower.ts'
import { type Extent, addExtents } from '../../graph/extent.ts'
import type { Buffer, Instruction, Program } from '../../schedule/program.ts'
import { type Workspace, layOut } from '../../schedule/workspace.ts'
import type { MemoryField } from '../memory-layout.ts'
import { extentText } from './extents.ts'
import { CNames } from './names.ts'
import { TYPE } from './print.ts'

interface Slot {
  readonly memory: Memory
  readonly field: string
  readonly size: Extent
}

const callsBackward = (i: Instruction): boolean => i.kind === 'backward'

export class WorkMemory {
  readonly #program: Program
  readonly #workspace: Workspace
  readonly #slots = new Map<number, Slot>()
  readonly #bySlot = new Map<Memory, Slot>()
  readonly #fields = new CNames()
  /** The array of doubles that matrix operators work in; they never do at once. */
  #room: Memory | undefined
  readonly #rooms = new Set<Extent>()
  readonly #hasGradients: boolean
  /** Those of open lengths. */
  readonly #params: readonly MemoryField[]

  /** @param params what gradients of a step's own are like */
  constructor(program: Program, params: readonly MemoryField[]) {
    this.#program = program
    this.#params = params.filter(({ size }) => typeof size !== 'number')
    this.#workspace = layOut(program.routines)
    this.#hasGradients = program.routines.some((r) => r.body.some(callsBackward))
    if (this.#hasGradients) this.#fields.fresh('gradients')
  }

  memory(buffer: Buffer): Memory {
    const index = this.#workspace.places.get(buffer) ?? bug(`${buffer.name} has no place in the workspace`)
    let slot = this.#slots.get(index)
    if (!slot) {
      const { size, kind } = this.#workspace.slots[index]!
      const name = buffer.name.replaceAll('$', '')
      const memory: Memory = {
        storage: 'scratch',
        name,
        type: slotType(kind, this.#program.precision),
        single: false,
      }
      slot = { memory, field: this.#fields.fresh(name), size }
      this.#slots.set(index, slot)
      this.#bySlot.set(memory, slot)
    }
    return slot.memory
  }

  room(size: Extent, needs: (n: Extent) => Extent): Place {
    this.#room ??= { storage: 'scratch', name: 'matrix', type: 'f64', single: false }
    this.#rooms.add(needs(size))
    return { memory: this.#room, offset: 0 }
  }

  get #all(): readonly Slot[] {
    const slots = [...this.#slots.values()]
    if (!this.#room) return slots
    // As long as the longest one that is known, and all the others.
    let known = 0
    let size: Extent = 0
    for (const needed of this.#rooms)
      if (typeof needed === 'number') known = Math.max(known, needed)
      else size = addExtents(size, needed)
    const slot: Slot = { memory: this.#room, field: 'matrix_room', size: addExtents(size, known) }
    this.#bySlot.set(this.#room, slot)
    return [...slots, slot]
  }

  get isEmpty(): boolean {
    return this.#all.length === 0 && !this.#hasGradients
  }

  get isOpen(): boolean {
    const own = this.#hasGradients && this.#params.length > 0
    return own || this.#all.some(({ size }) => typeof size !== 'number')
  }

  has(memory: Memory): boolean {
    return this.#bySlot.has(memory)
  }

  access(memory: Memory): string {
    const slot = this.#bySlot.get(memory) ?? bug(`${memory.name} is not in the workspace`)
    return this.isOpen ? `slots.${slot.field}` : `work->${slot.field}`
  }

  /** Where a step keeps the gradients that it computes first. */
  gradients(): string {
    return this.isOpen ? 'slots.gradients' : '&work->gradients'
  }

  /** In a routine: finds the arrays in the memory that it is handed. */
  open(prefix: string, lengths: readonly string[]): string[] {
    return [`  const ${prefix}_slots slots = ${prefix}_carve(${['work', ...lengths].join(', ')});`]
  }

  /** For the header. */
  struct(prefix: string): string {
    const fields = this.#all.map(
      ({ memory, field, size }) => `  ${TYPE[memory.type]} ${field}[${String(size)}];`,
    )
    if (this.#hasGradients) fields.unshift(`  ${prefix}_params gradients;`)
    return `typedef struct {\n${fields.join('\n')}\n} ${prefix}_workspace;`
  }

  /** For the source: how memory of an open size is divided. */
  declarations(
    prefix: string,
    lengths: readonly { readonly name: string; readonly field: string }[],
  ): string[] {
    if (!this.isOpen) return []
    const spelled = new Map(lengths.map(({ name, field }) => [name, field]))
    const slot = (type: string, field: string, size: Extent) => ({
      type,
      field,
      bytes: `sizeof(${type}) * (size_t)(${extentText(size, (dim) => spelled.get(dim)!)})`,
    })
    const slots = this.#all.map(({ memory, field, size }) => slot(TYPE[memory.type], field, size))
    const own = this.#hasGradients
      ? this.#params.map((f) => ({ f, field: this.#fields.fresh(`gradients_${f.name}`) }))
      : []
    slots.push(...own.map(({ f, field }) => slot(TYPE[f.memory.type], field, f.size)))
    if (this.#hasGradients)
      slots.push({ type: `${prefix}_params`, field: 'gradients', bytes: `sizeof(${prefix}_params)` })
    const parameters = lengths.map(({ field }) => `ptrdiff_t ${field}`)
    const names = lengths.map(({ field }) => field)
    const unused = names.map((field) => `  (void)${field};\n`).join('')
    return [
      `typedef struct {\n${slots.map(({ type, field }) => `  ${type} *${field};`).join('\n')}\n} ${prefix}_slots;`,
      `/* A multiple of 64 bytes, so that arrays begin where wide vectors are read fastest. */\nstatic size_t ${prefix}_padded(size_t bytes) { return (bytes + 63) / 64 * 64; }`,
      `/* Divides memory into arrays. */\nstatic ${prefix}_slots ${prefix}_carve(${['char *memory', ...parameters].join(', ')}) {\n  ${prefix}_slots slots;\n${slots
        .map(
          ({ type, field, bytes }, i) =>
            `  slots.${field} = (${type} *)(void *)memory;\n${i === slots.length - 1 ? '' : `  memory += ${prefix}_padded(${bytes});\n`}`,
        )
        .join(
          '',
        )}${own.map(({ f, field }) => `  slots.gradients->${f.name} = slots.${field};\n`).join('')}${unused}  return slots;\n}`,
      `${this.sizePrototype(prefix, names)} {\n${unused}  return ${slots.map(({ bytes }) => `${prefix}_padded(${bytes})`).join('\n    + ')};\n}`,
    ]
  }

  sizePrototype(prefix: string, names: readonly string[]): string {
    return `size_t ${prefix}_workspace_size(${names.map((n) => `ptrdiff_t ${n}`).join(', ') || 'void'})`
  }
}
