import { type Rational, toNumber } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import type { Symbol } from '../graph/node.ts'
import type { Pointwise } from '../graph/operator.ts'
import type { Buffer, Program } from '../schedule/program.ts'
import { type Workspace, layOut } from '../schedule/workspace.ts'
import type { Frame } from './contract.ts'
import { extentExpression } from './extents.ts'
import { matrixHelpers } from './matrices.ts'
import { writing } from './operators.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Statement,
  assign,
  binary,
  constant,
  construct,
  member,
  name,
  num,
  variable,
  when,
} from './tree.ts'

/** What all routines of a module share: helpers, which are written once, and the workspace. */
export class ModuleParts {
  readonly program: Program
  readonly frame: Frame
  readonly workspace: Workspace
  readonly #functions: Statement[] = []
  readonly #written = new Map<string, string>()
  readonly #helpers = new Map<string, FunctionDeclaration>()
  readonly #matrices = new Set<string>()
  #gradients: string | undefined
  readonly #slots = new Map<number, string>()
  readonly #panels = new Map<string, { size: Extent; array: string }>()
  #panelled: string | undefined
  readonly #tables = new Map<Symbol, string>()

  constructor(program: Program, frame: Frame) {
    this.program = program
    this.frame = frame
    this.workspace = layOut(program.routines)
  }

  /** The name of a function with this body: of several routines that do the same, the first has written it. */
  function(wish: string, declared: Omit<FunctionDeclaration, 'kind' | 'name'>): string {
    const { text, origins } = this.frame.printed({ kind: 'function', name: '$', ...declared })
    let id = this.#written.get(text)
    if (id === undefined) {
      this.#written.set(text, (id = this.frame.names.fresh(wish)))
      this.#functions.push({
        kind: 'printed',
        text: text.replace('function $(', () => `function ${id}(`),
        origins,
      })
    }
    return id
  }

  /** The name of a pointwise operator's helper, which the module then has. */
  helper(op: Pointwise): FunctionDeclaration {
    const { helper } = writing(op)
    this.#helpers.set(helper!.name, helper!)
    return helper!
  }

  /** The module's own gradients, for a step that goes through `backward`. */
  ownGradients(): string {
    return (this.#gradients ??= this.frame.names.fresh('$grads'))
  }

  matrix(op: string): void {
    this.#matrices.add(op)
  }

  /** The module's array of known numbers. */
  table({ symbol }: Buffer): string {
    let id = this.#tables.get(symbol!)
    if (id === undefined) this.#tables.set(symbol!, (id = this.frame.names.fresh('$table')))
    return id
  }

  /** The module's array behind a scratch buffer. */
  slot(buffer: Buffer): ScratchArray {
    const index = this.workspace.places.get(buffer)!
    const { size, kind } = this.workspace.slots[index]!
    const array = this.array(index)
    if (kind === 'panel') {
      const key = `p${index + 1}`
      this.#panels.set(key, { size, array })
      this.#panelled ??= this.frame.names.fresh('$panels')
      return { place: member(name(this.#panelled), key), size, array, panel: true }
    }
    let id = this.#slots.get(index)
    if (id === undefined) this.#slots.set(index, (id = this.frame.names.fresh(`$scratch${index + 1}`)))
    return { place: name(id), size, array, panel: false }
  }

  array(slot: number): string {
    const { kind } = this.workspace.slots[slot]!
    if (kind === 'whole') return 'Int32Array'
    return kind === 'double' || kind === 'panel' ? 'Float64Array' : arrayOf(this.program.precision)
  }

  /**
   * Fields of one object that never changes: an engine that compiles as it runs takes an array in a field that is written once for
   * a constant, with its address and its length, which makes inner loops a third faster (V8).
   */
  #panelsDeclared(id: string): Statement[] {
    const panels = [...this.#panels]
    const known = panels.filter(([, { size }]) => typeof size === 'number')
    const type = panels.map(
      ([key, { size, array }]) => `${key}${typeof size === 'number' ? '' : '?'}: ${array}`,
    )
    const fields = known.map(([key, { size, array }]) => ({
      key,
      value: construct(array, num(size as number)),
    }))
    return [constant(id, { kind: 'object', fields }, `{ ${type.join('; ')} }`)]
  }

  declarations(): Statement[] {
    const slots = [...this.#slots].sort(([a], [b]) => a - b)
    return [
      ...[...this.#helpers.values()],
      ...matrixHelpers(this.#matrices),
      ...this.#functions,
      ...(this.#gradients === undefined
        ? []
        : [variable(this.#gradients, undefined, 'ReturnType<typeof zeros> | undefined')]),
      ...[...this.#tables].map(([{ entries }, id]) => {
        return constant(id, construct(arrayOf(this.program.precision), numbers(entries!)))
      }),
      ...(this.#panelled === undefined ? [] : this.#panelsDeclared(this.#panelled)),
      ...slots.map(([index, id]): Statement => {
        const { size } = this.workspace.slots[index]!
        return typeof size === 'number'
          ? constant(id, construct(this.array(index), num(size)))
          : variable(id, construct(this.array(index), num(0)))
      }),
    ]
  }
}

/** An array of the module that scratch buffers stand in. */
export interface ScratchArray {
  readonly place: Expression
  readonly size: Extent
  readonly array: string
  readonly panel: boolean
}

export const arrayOf = (precision: Program['precision']): string =>
  precision === 'f64' ? 'Float64Array' : 'Float32Array'

/** A list of known numbers. */
export const numbers = (values: readonly Rational[]): Expression => ({
  kind: 'array',
  items: values.map((value) => num(toNumber(value))),
})

/** Makes a slot at least as long as this call needs it: `if ($s.length < B * 4) $s = new Float64Array(B * 4)`. */
export function grow(slot: ScratchArray, dim: (name: string) => Expression): Statement[] {
  if (typeof slot.size === 'number') return []
  const size = extentExpression(slot.size, dim)
  const short = binary('<', member(slot.place, 'length'), size)
  const test = slot.panel ? binary('||', binary('===', slot.place, name('undefined')), short) : short
  return [when(test, [assign(slot.place, construct(slot.array, size))])]
}
