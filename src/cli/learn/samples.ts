/** Rows of a table → samples: numbers and classes, checked, as the network's inputs and targets take them. */
import type { Fieldful, Numbers } from '../../modules.ts'
import { Classes } from './classes.ts'
import { type Part, columnNames, dimsSaid, sizeOf } from './columns.ts'
import { MOST_WRONG, wrong } from './problems.ts'
import { Store } from './store.ts'
import type { Cell, Table } from './table.ts'

export interface ReadOptions {
  readonly missing: 'error' | 'skip'
  /** Bytes of memory for samples. */
  readonly room: number
  readonly dims: ReadonlyMap<string, number>
  /** Classes that are known already, by the names of inputs and targets. */
  readonly classes?: Readonly<Record<string, readonly string[]>> | undefined
}

/** A part with its place in a row of the store. */
export interface Encoded extends Part {
  readonly at: number
  /** How many numbers the store has of it; of classes, of each their number. */
  readonly stored: number
  /** How many numbers the module takes. */
  readonly size: number
  readonly names: readonly string[] | undefined
}

export interface Samples {
  readonly parts: readonly Encoded[]
  readonly store: Store
  readonly dims: ReadonlyMap<string, number>
  /** Of the numbers: what goes on must have the same. */
  readonly hash: string
  readonly skipped: number
  /** Samples by their numbers → the object that the module takes. */
  fill(indices: ArrayLike<number>, buffers: Buffers): Fieldful
}

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?', '-'])
const isMissing = (cell: Cell): boolean =>
  cell === undefined ||
  cell === null ||
  (typeof cell === 'number' && Number.isNaN(cell)) ||
  (typeof cell === 'string' && MISSING.has(cell.trim().toLowerCase()))

/** What is wrong with a cell, as a sentence without its place. */
class Wrong extends Error {
  readonly missing: boolean
  constructor(message: string, missing = false) {
    super(message)
    this.missing = missing
  }
}

function numberIn(cell: unknown): number {
  const value =
    typeof cell === 'number' ? cell : typeof cell === 'boolean' ? Number(cell) : Number(String(cell).trim())
  if (typeof cell === 'string' && cell.trim() === '') throw new Wrong('it is empty', true)
  if (Number.isFinite(value)) return value
  const comma = typeof cell === 'string' && /^\s*[+-]?\d+,\d+\s*$/.test(cell)
  throw new Wrong(`\`${String(cell)}\` is no number${comma ? ' (decimals stand behind a point)' : ''}`)
}

const isList = (cell: Cell): cell is ArrayLike<unknown> => typeof cell === 'object' && cell !== null

/** How many numbers, or classes, the cells of a part hold in the first row. */
async function countsIn(table: Table, parts: readonly Part[]): Promise<Map<Part, number>> {
  for await (const { cells } of table.rows())
    return new Map(
      parts.map((part) => [
        part,
        part.columns.reduce((sum, i) => {
          const cell = cells[i]
          return sum + (isList(cell!) ? cell.length : 1)
        }, 0),
      ]),
    )
  throw wrong.noRows(table.path)
}

/** Reads all of a table once. What does not fit is told with its line. */
export async function readSamples(
  table: Table,
  parts: readonly Part[],
  { missing, room, dims: known, classes: given = {} }: ReadOptions,
): Promise<Samples> {
  const counts = await countsIn(table, parts)
  let at = 0
  const places = parts.map((part) => {
    const stored = counts.get(part)!
    const place = { part, at, stored }
    at += stored
    return place
  })
  const lengthOf = (e: Part['shape'][number]): number | undefined =>
    typeof e === 'number' ? e : known.get(e.text)
  const classes = new Map<Part, Classes>()
  for (const { part } of places)
    if (part.classes) classes.set(part, new Classes(part.name, lengthOf(part.classes.most), given[part.name]))

  const store = new Store(at, room)
  const row = new Float64Array(at)
  const sentences: string[] = []
  let skipped = 0
  let empty = false
  const read = (cells: readonly Cell[], place: string): void => {
    for (const { part, at: start, stored } of places) {
      let next = start
      const put = (cell: unknown, column: string): void => {
        if (next === start + stored)
          throw new Wrong(`column \`${column}\` has more entries than in the first row`)
        if (isMissing(cell as Cell)) throw new Wrong(`column \`${column}\` is empty`, true)
        const own = classes.get(part)
        try {
          row[next++] = own ? own.number(nameOf(cell), `${place}, column ${column}`) : numberIn(cell)
        } catch (error) {
          if (!(error instanceof Wrong)) throw error
          const hint =
            part.role === 'target' && typeof cell === 'string' && /\p{L}/u.test(cell)
              ? ` (of names of classes write ${part.name} : onehot, or : index(K))`
              : ''
          throw new Wrong(`column \`${column}\`: ${error.message}${hint}`, error.missing)
        }
      }
      for (const i of part.columns) {
        const cell = cells[i]
        const { name } = table.columns[i]!
        if (isList(cell)) for (let k = 0; k < cell.length; k++) put(cell[k], name)
        else put(cell, name)
      }
      if (next < start + stored) throw new Wrong(`\`${part.name}\` has fewer entries than in the first row`)
    }
  }
  for await (const { place, cells } of table.rows()) {
    try {
      read(cells, place)
      store.add(row)
    } catch (error) {
      if (!(error instanceof Wrong)) throw error
      if (error.missing && missing === 'skip') {
        skipped++
        continue
      }
      empty ||= error.missing
      sentences.push(`${place}, ${error.message}`)
      if (sentences.length === MOST_WRONG) break
    }
  }
  if (sentences.length > 0) throw wrong.cells(table.path, sentences, sentences.length === MOST_WRONG, empty)
  if (store.count === 0) throw skipped > 0 ? wrong.allSkipped(table.path) : wrong.noRows(table.path)
  const hash = store.finish()

  const settled = new Map([...classes].map(([part, own]) => [part, own.settled()]))
  for (const [part, own] of classes)
    if (part.role === 'target' && given[part.name] === undefined && own.names.length === 1)
      throw wrong.oneClass(part.name, own.names[0]!)
  const dims = dimsSaid(parts, (part) => settled.get(part)?.names.length ?? counts.get(part), known)
  const encoded = places.map(({ part, at: start, stored }): Encoded => {
    const shape = part.shape.map((e) => (typeof e === 'number' ? e : dims.get(e.text)))
    const size = shape.every((e) => e !== undefined) ? sizeOf(shape) : undefined
    if (size === undefined)
      throw wrong.openShape(
        part.name,
        part.shape.map((e) => (typeof e === 'number' ? e : e.text)).join(' × '),
      )
    const wanted = part.classes?.onehot ? size / shape.at(-1)! : size
    if (wanted !== stored) throw wrong.misfit(part.name, wanted, stored, columnNames(part, table))
    return { ...part, at: start, stored, size, names: settled.get(part)?.names }
  })
  const remap = new Map(encoded.map((e, i) => [e, settled.get(places[i]!.part)?.places]))
  return {
    parts: encoded,
    store,
    dims,
    hash,
    skipped,
    fill: (indices, buffers) => {
      for (let k = 0; k < indices.length; k++) {
        const values = store.row(indices[k]!)
        for (const part of encoded) {
          const to = buffers.of(part, indices.length)
          const order = remap.get(part)
          const from = k * part.size
          if (order && part.classes!.onehot) {
            const length = part.size / part.stored
            to.fill(0, from, from + part.size)
            for (let j = 0; j < part.stored; j++) to[from + j * length + order[values[part.at + j]!]!] = 1
          } else if (order) for (let j = 0; j < part.stored; j++) to[from + j] = order[values[part.at + j]!]!
          else {
            const { shift, scale } = buffers.scaling(part)
            for (let j = 0; j < part.stored; j++)
              to[from + j] = (values[part.at + j]! - (shift?.[j] ?? 0)) / (scale?.[j] ?? 1)
          }
        }
      }
      return buffers.object(indices.length)
    },
  }
}

const nameOf = (cell: unknown): string =>
  typeof cell === 'string' ? cell.trim() : typeof cell === 'boolean' ? String(Number(cell)) : String(cell)

/** How numbers are moved and shrunk before the network sees them: (v − shift) / scale, entry by entry. */
export interface Scaling {
  readonly shift?: readonly number[] | undefined
  readonly scale?: readonly number[] | undefined
}

type Values = Float64Array | Float32Array | Int32Array

/** Arrays for batches, made once for each length. */
export class Buffers {
  readonly #parts: readonly Encoded[]
  readonly #real: typeof Float64Array | typeof Float32Array
  readonly #scalings: ReadonlyMap<string, Scaling>
  readonly #made = new Map<number, { arrays: Map<Encoded, Values>; object: Fieldful }>()

  constructor(parts: readonly Encoded[], precision: 'f64' | 'f32', scalings: ReadonlyMap<string, Scaling>) {
    this.#parts = parts
    this.#real = precision === 'f64' ? Float64Array : Float32Array
    this.#scalings = scalings
  }

  #of(count: number): { arrays: Map<Encoded, Values>; object: Fieldful } {
    let made = this.#made.get(count)
    if (!made) {
      const arrays = new Map<Encoded, Values>()
      const object: Record<string, Numbers | Numbers[]> = {}
      for (const part of this.#parts) {
        const array = part.whole ? new Int32Array(count * part.size) : new this.#real(count * part.size)
        arrays.set(part, array)
        put(object, part, array)
      }
      this.#made.set(count, (made = { arrays, object }))
    }
    return made
  }

  of(part: Encoded, count: number): Values {
    return this.#of(count).arrays.get(part)!
  }

  object(count: number): Fieldful {
    return this.#of(count).object
  }

  scaling({ name }: Encoded): Scaling {
    return this.#scalings.get(name) ?? {}
  }
}

/** Puts an array where the module looks for it: `x`, or `x[2]` of a family. */
function put(object: Record<string, Numbers | Numbers[]>, { field, path }: Encoded, array: Values): void {
  if (path.length === 0) {
    object[field] = array
    return
  }
  let list = (object[field] ??= []) as Numbers[]
  path.slice(0, -1).forEach((i) => (list = (list[i] ??= [] as never) as unknown as Numbers[]))
  list[path.at(-1)!] = array
}
