/** Rows of a table → samples: numbers and classes, checked, as the network's inputs and targets take them. */
import type { Fieldful } from '../../modules.ts'
import type { Buffers, Values, Encoded } from './buffers.ts'
import { Wrong, isList, isMissing, nameOf, numberIn } from './cells.ts'
import { Classes } from './classes.ts'
import { type Part, columnNames, dimsSaid, sizeOf } from './columns.ts'
import { MOST_WRONG, wrong } from './problems.ts'
import { Row } from './row.ts'
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

export interface Samples {
  readonly parts: readonly Encoded[]
  readonly store: Store
  readonly dims: ReadonlyMap<string, number>
  /** Of the numbers: what goes on must have the same. */
  readonly hash: string
  readonly skipped: number
  /** The same for samples whose lists have the same lengths: only these make a batch. */
  readonly kind: (index: number) => number
  /** What the store has of a part of a sample, of a list all members, in an array that the next call fills again. */
  of(part: Encoded, index: number): Float64Array
  /** Samples of one kind, by their numbers → the object that the module takes. */
  fill(indices: ArrayLike<number>, buffers: Buffers): Fieldful
}

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
  const lengthOf = (e: Part['shape'][number]): number | undefined =>
    typeof e === 'number' ? e : known.get(e.text)
  // Of a list how many numbers, or classes, each member has; all else has as many as in the first row.
  const widths = new Map(
    parts.map((part) => [part, part.members === undefined ? counts.get(part)! : widthOf(part, lengthOf)]),
  )
  const classes = classesOf(parts, table, (part) => lengthOf(part.classes!.most), given)

  const store = new Store(room)
  const row = new Row()
  const lengths: number[][] = []
  const kinds = new Map<string, number>()
  const kindOf: number[] = []
  const sentences: string[] = []
  let skipped = 0
  let empty = false
  const read = (cells: readonly Cell[], place: string): void => {
    row.clear()
    for (const part of parts) {
      const isOpen = part.members !== undefined
      const width = widths.get(part)!
      // Letters are what they are, blanks among them.
      const { alphabet } = table.columns[part.columns[0]!]!
      let count = 0
      const put = (cell: unknown, column: string): void => {
        if (!isOpen && count === width)
          throw new Wrong(`column \`${column}\` has more entries than in the first row`)
        if (alphabet === undefined && isMissing(cell as Cell))
          throw new Wrong(`column \`${column}\` is empty`, true)
        const own = classes.get(part)
        count++
        try {
          row.add(
            own
              ? own.number(alphabet === undefined ? nameOf(cell) : String(cell), `${place}, column ${column}`)
              : numberIn(cell),
          )
        } catch (error) {
          if (!(error instanceof Wrong)) throw error
          const hint =
            part.role === 'target' && typeof cell === 'string' && /\p{L}/u.test(cell)
              ? ` (of names of classes write ${part.name} : onehot, or : index(K))`
              : ''
          throw new Wrong(`column \`${column}\`: ${error.message}${hint}`, error.missing)
        }
      }
      row.begin()
      for (const i of part.columns) {
        const cell = cells[i]
        const { name } = table.columns[i]!
        if (isList(cell)) for (let k = 0; k < cell.length; k++) put(cell[k], name)
        else put(cell, name)
      }
      if (!isOpen && count < width)
        throw new Wrong(`\`${part.name}\` has fewer entries than in the first row`)
      if (isOpen && (count === 0 || count % width !== 0))
        throw new Wrong(
          width === 1
            ? `the list \`${part.name}\` is empty`
            : `the list \`${part.name}\` has ${count} numbers, and each of its members has ${width}`,
        )
    }
    sameLengths(parts, (part) => row.lengths[parts.indexOf(part)]! / widths.get(part)!)
  }
  for await (const { place, cells } of table.rows()) {
    try {
      read(cells, place)
      store.add(row.values)
      const key = row.lengths.join()
      let kind = kinds.get(key)
      if (kind === undefined) {
        kinds.set(key, (kind = lengths.length))
        lengths.push([...row.lengths])
      }
      kindOf.push(kind)
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

  const settledOf = new Map([...new Set(classes.values())].map((own) => [own, own.settled()]))
  const settled = new Map([...classes].map(([part, own]) => [part, settledOf.get(own)!]))
  for (const [part, own] of classes)
    if (part.role === 'target' && given[part.name] === undefined && own.names.length === 1)
      throw wrong.oneClass(part.name, own.names[0]!)
  const dims = dimsSaid(
    parts,
    (part) => settled.get(part)?.names.length ?? (part.members === undefined ? counts.get(part) : undefined),
    known,
  )
  const encoded = parts.map((part): Encoded => {
    const shape = part.shape.map((e) => (typeof e === 'number' ? e : dims.get(e.text)))
    const size = shape.every((e) => e !== undefined) ? sizeOf(shape) : undefined
    if (size === undefined) throw openShape(part)
    const stored = widths.get(part)!
    const wanted = part.classes?.onehot ? size / shape.at(-1)! : size
    if (wanted !== stored) throw wrong.misfit(part.name, wanted, stored, columnNames(part, table))
    return { ...part, stored, size, names: settled.get(part)?.names }
  })
  const orders = new Map(encoded.map((e, i) => [e, settled.get(parts[i]!)?.places]))
  const places = lengths.map((own) => {
    let at = 0
    return new Map(encoded.map((part, i) => [part, { at: (at += own[i]!) - own[i]!, count: own[i]! }]))
  })
  const open = encoded.filter((part) => part.members !== undefined)
  const membersOf = places.map(
    (own) => new Map(open.map((part) => [part, own.get(part)!.count / part.stored])),
  )
  return {
    parts: encoded,
    store,
    dims,
    hash,
    skipped,
    kind: (index) => kindOf[index]!,
    of: (part, index) => {
      const { at, count } = places[kindOf[index]!]!.get(part)!
      return store.row(index).subarray(at, at + count)
    },
    fill: (indices, buffers) => {
      const kind = kindOf[indices[0]!]!
      const object = buffers.use(indices.length, membersOf[kind]!)
      for (let k = 0; k < indices.length; k++) {
        const values = store.row(indices[k]!)
        for (const part of encoded) {
          const { at } = places[kind]!.get(part)!
          buffers
            .of(part)
            .forEach((to, m) =>
              encode(part, values, at + m * part.stored, to, k, orders.get(part), buffers.scaling(part)),
            )
        }
      }
      return object
    },
  }
}

const openShape = (part: Part): Error =>
  wrong.openShape(part.name, part.shape.map((e) => (typeof e === 'number' ? e : e.text)).join(' × '))

/** How many numbers, or classes, a member of a list has. */
function widthOf(part: Part, lengthOf: (e: Part['shape'][number]) => number | undefined): number {
  const shape = (part.classes?.onehot ? part.shape.slice(0, -1) : part.shape).map(lengthOf)
  if (shape.some((e) => e === undefined)) throw openShape(part)
  return sizeOf(shape as number[])!
}

/** The tables of names; columns of one alphabet have one together. */
function classesOf(
  parts: readonly Part[],
  table: Table,
  most: (part: Part) => number | undefined,
  given: Readonly<Record<string, readonly string[]>>,
): Map<Part, Classes> {
  const shared = new Map<string, Classes>()
  const found = new Map<Part, Classes>()
  for (const part of parts) {
    if (!part.classes) continue
    const alphabet = table.columns[part.columns[0]!]?.alphabet
    const before = alphabet === undefined ? undefined : shared.get(alphabet)
    const own = before ?? new Classes(part.name, most(part), given[part.name])
    if (alphabet !== undefined) shared.set(alphabet, own)
    found.set(part, own)
  }
  return found
}

/** Lists along one range have as many members in each sample. */
function sameLengths(parts: readonly Part[], membersOf: (part: Part) => number): void {
  const first = new Map<string, Part>()
  for (const part of parts) {
    if (part.members === undefined) continue
    const range = typeof part.members === 'number' ? String(part.members) : part.members.text
    const other = first.get(range) ?? part
    first.set(range, other)
    if (membersOf(part) !== membersOf(other))
      throw new Wrong(
        `the list \`${other.name}\` has ${membersOf(other)} members and \`${part.name}\` has ${membersOf(part)}`,
      )
  }
}

/** What the store has of a part, or of a member, as the module takes it: sample `k` of an array. */
function encode(
  part: Encoded,
  values: Float64Array,
  at: number,
  to: Values,
  k: number,
  order: readonly number[] | undefined,
  {
    shift,
    scale,
  }: { readonly shift?: readonly number[] | undefined; readonly scale?: readonly number[] | undefined },
): void {
  const from = k * part.size
  if (order && part.classes!.onehot) {
    const length = part.size / part.stored
    to.fill(0, from, from + part.size)
    for (let j = 0; j < part.stored; j++) to[from + j * length + order[values[at + j]!]!] = 1
  } else if (order) for (let j = 0; j < part.stored; j++) to[from + j] = order[values[at + j]!]!
  else
    for (let j = 0; j < part.stored; j++)
      to[from + j] = (values[at + j]! - (shift?.[j] ?? 0)) / (scale?.[j] ?? 1)
}
