/** Which columns of a table fill which inputs and targets of a network. */
import { nearest } from '../../base/spelling.ts'
import { type Field, type Leaf, leaves } from '../../emit/fields.ts'
import { type Extent, extentText, openExtent } from '../../graph/extent.ts'
import type { Network } from '../../graph/network.ts'
import { wrong } from './problems.ts'
import type { Column, Table } from './table.ts'
import type { Mapping } from './mapping.ts'
import { overWindow } from './window.ts'

/** One input or target, or a member of a family of them, and the columns that it is made of. */
export interface Part {
  readonly name: string
  readonly field: string
  readonly path: readonly number[]
  readonly role: 'input' | 'target'
  /** Of one sample. */
  readonly shape: readonly Extent[]
  /** Their places in the table. */
  readonly columns: readonly number[]
  /** Of classes: how many there may be, and whether each becomes a vector with one 1; numbers have none. */
  readonly classes: { readonly most: Extent; readonly onehot: boolean } | undefined
  /** Whether the module takes whole numbers. */
  readonly whole: boolean
  /** Of a list of any length how many members it has, each of the shape; a cell holds all of them. */
  readonly members: Extent | undefined
}

/** `x=a,b;y="with, comma"` */
export function mappingOf(text: string): Mapping {
  const found = new Map<string, readonly string[]>()
  for (const part of split(text, ';')) {
    if (part.trim() === '') continue
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim().normalize('NFC')
    const columns = split(part.slice(at + 1), ',')
      .map(unquoted)
      .filter((c) => c !== '')
    if (at < 1 || name === '' || columns.length === 0) throw wrong.badMap(part)
    found.set(name, columns)
  }
  if (found.size === 0) throw wrong.badMap(text)
  return found
}

const split = (text: string, mark: string): string[] =>
  text.match(new RegExp(`(?:"[^"]*"|[^"${mark}])+`, 'gu')) ?? []
const unquoted = (text: string): string =>
  text
    .trim()
    .replace(/^"(.*)"$/u, '$1')
    .normalize('NFC')

/** All inputs, and the targets where they are `wanted`, each with its columns. */
export function partsOf(
  network: Network,
  fields: { readonly inputs: readonly Field[]; readonly targets: readonly Field[] },
  table: Pick<Table, 'columns'>,
  mapping: Mapping,
  wanted: 'all' | 'inputs',
): Part[] {
  const groups = [
    ...fields.inputs.map((field) => ({ field, role: 'input' as const })),
    ...fields.targets.map((field) => ({ field, role: 'target' as const })),
  ]
  const every = groups.flatMap(({ field, role }) =>
    [...leaves(field.item)].map(({ leaf, path }) => ({ field: field.name, role, leaf, path })),
  )
  const names = [...new Set([...every.map((p) => p.leaf.name), ...groups.map((g) => g.field.name)])]
  for (const name of mapping.keys())
    if (!names.includes(name)) throw wrong.noField(name, nearest(name, names), names)
  const columns = table.columns.map((c) => c.name)
  // What all samples share stands in no row.
  const parts = every.filter(({ role, leaf }) => leaf.batched && (wanted === 'all' || role === 'input'))
  return parts.map(({ field, role, leaf, path }) => {
    const { name } = leaf
    const shape = leaf.shape.slice(1)
    const symbol = network.data.find((d) => d.symbol.name === name)!.symbol
    const said = mapping.get(name)
    const found = said
      ? said.flatMap((column) => chosen(column, columns))
      : (called(name, columns, leaf.members === undefined ? sizeOf(shape) : undefined) ?? undefined)
    if (found === undefined)
      throw wrong.unmapped(
        name,
        shape.length === 0 ? 'a number' : shape.map((e) => extentText(e)).join(' × '),
        columns,
        suggestion(
          parts.map((p) => p.leaf),
          network,
          table.columns,
        ),
      )
    return {
      name,
      field,
      path,
      role,
      shape,
      columns: found,
      classes: classesOf(symbol, shape, leaf, found, table.columns),
      whole: leaf.end !== undefined,
      members: leaf.members,
    }
  })
}

/** Columns by one name, by a range `first..last`, or by a pattern with stars. */
function chosen(text: string, columns: readonly string[]): number[] {
  const exact = columns.indexOf(text)
  if (exact >= 0) return [exact]
  const [, from, to] = /^(.+?)\.\.(.+)$/u.exec(text) ?? []
  if (from !== undefined) {
    const [a, b] = [from.trim(), to!.trim()].map((name) => {
      const at = columns.indexOf(name)
      if (at < 0) throw wrong.noColumn(name, nearest(name, columns), columns)
      return at
    }) as [number, number]
    return a <= b
      ? Array.from({ length: b - a + 1 }, (_, i) => a + i)
      : Array.from({ length: a - b + 1 }, (_, i) => a - i)
  }
  if (text.includes('*')) {
    const pieces = text.split('*')
    const found = columns.flatMap((name, i) => (matches(name, pieces) ? [i] : []))
    if (found.length > 0) return found
  }
  throw wrong.noColumn(text, nearest(text, columns), columns)
}

/** Whether a name is made of these pieces in this order, with anything between them. */
function matches(name: string, pieces: readonly string[]): boolean {
  let at = 0
  for (const [i, piece] of pieces.entries()) {
    const found = i === pieces.length - 1 ? name.length - piece.length : name.indexOf(piece, at)
    if (found < at || (i === 0 && found !== 0) || !name.startsWith(piece, found)) return false
    at = found + piece.length
  }
  return true
}

/** The column of that name, or those called x1, x2, … up to its size. */
function called(name: string, columns: readonly string[], size: number | undefined): number[] | undefined {
  const own = columns.indexOf(name)
  if (own >= 0) return [own]
  for (const spelled of [
    (i: number) => `${name}${i}`,
    (i: number) => `${name}_${i}`,
    (i: number) => `${name}[${i}]`,
    (i: number) => `${name}.${i}`,
  ])
    for (const from of [1, 0]) {
      const found: number[] = []
      for (let at = columns.indexOf(spelled(from)); at >= 0 && found.length !== size;) {
        found.push(at)
        at = columns.indexOf(spelled(from + found.length))
      }
      if (found.length > 0 && (size === undefined || found.length === size)) return found
    }
  return undefined
}

export const sizeOf = (shape: readonly Extent[]): number | undefined =>
  shape.reduce<number | undefined>(
    (size, e) => (size === undefined || typeof e !== 'number' ? undefined : size * e),
    1,
  )

/** Columns of classes and not of numbers: of what is onehot, where there is one for each vector; of indices; of what is 0 or 1. */
function classesOf(
  symbol: Network['data'][number]['symbol'],
  shape: readonly Extent[],
  { end, members }: Leaf,
  found: readonly number[],
  columns: readonly Column[],
): Part['classes'] {
  if (symbol.indexes !== undefined) return { most: end!, onehot: false }
  const cells = found.reduce((sum, i) => sum + (columns[i]!.width ?? 1), 0)
  if (symbol.assumptions.has('onehot')) {
    // Of lists cells hold names, for what is in them is not seen before they are read.
    if (members !== undefined) return { most: shape.at(-1)!, onehot: true }
    const vectors = sizeOf(shape.slice(0, -1))
    return cells === vectors ? { most: shape.at(-1)!, onehot: true } : undefined
  }
  return symbol.assumptions.has('binary') && shape.length === 0 && cells === 1
    ? { most: 2, onehot: false }
    : undefined
}

/** A map that would fit, where inputs of known size come first and one column for the target last. */
function suggestion(
  parts: readonly Leaf[],
  network: Network,
  columns: readonly Column[],
): string | undefined {
  const quotedName = (i: number): string => {
    const { name } = columns[i]!
    return /[;,="*]|\.\./u.test(name) ? `"${name}"` : name
  }
  let at = 0
  const said = parts.map((leaf) => {
    const { symbol } = network.data.find((d) => d.symbol.name === leaf.name)!
    const shape = leaf.shape.slice(1)
    const isClass = symbol.assumptions.has('onehot')
    const size = isClass ? sizeOf(shape.slice(0, -1)) : sizeOf(shape)
    const last = parts.at(-1) === leaf
    const count = size ?? (last ? 1 : parts.length === 2 ? columns.length - 1 : 1)
    const from = at
    at += count
    if (at > columns.length) return ''
    return `${leaf.name}=${count > 3 ? `${quotedName(from)}..${quotedName(at - 1)}` : Array.from({ length: count }, (_, i) => quotedName(from + i)).join(',')}`
  })
  return at <= columns.length && said.every((part) => part !== '') ? said.join(';') : undefined
}

/**
 * The lengths of open dims that columns say: of an axis by itself, by how many numbers a sample has.
 *
 * @param entries how many numbers there are, or of classes how many classes, for each part
 */
export function dimsSaid(
  parts: readonly Part[],
  entries: (part: Part) => number | undefined,
  known: ReadonlyMap<string, number>,
): Map<string, number> {
  const dims = new Map(known)
  const length = (e: Extent): number | undefined =>
    typeof e === 'number' ? e : openExtent(e.text) === e ? dims.get(e.text) : undefined
  const say = (e: Extent, value: number | undefined): void => {
    if (typeof e === 'number' || value === undefined || !Number.isInteger(value)) return
    if (openExtent(e.text) === e && !dims.has(e.text)) dims.set(e.text, value)
  }
  for (const part of parts) {
    const count = entries(part)
    if (part.classes) {
      say(part.classes.most, count)
      continue
    }
    const open = part.shape.filter((e) => length(e) === undefined)
    const rest = part.shape.reduce<number>((p, e) => p * (length(e) ?? 1), 1)
    if (open.length === 1 && count !== undefined) say(open[0]!, count / rest)
  }
  return dims
}

/** What is called how, for the file of parameters. */
export const mapOf = (parts: readonly Part[], table: Pick<Table, 'columns'>): Record<string, string[]> =>
  Object.fromEntries(parts.map((p) => [p.name, p.columns.map((i) => table.columns[i]!.name)]))

export const columnNames = ({ columns }: Pick<Part, 'columns'>, table: Pick<Table, 'columns'>): string[] =>
  columns.map((i) => table.columns[i]!.name)

/** A map as it is said, of windows of rows where samples are such. */
export function windowedMap(
  mapping: Mapping,
  window: number | undefined,
  { network }: { readonly network: Network },
  rows: Pick<Table, 'columns'>,
): Mapping {
  if (window === undefined) return mapping
  const inputs = network.data.filter((d) => d.role === 'input').map((d) => d.symbol.name)
  const names = rows.columns.map((c) => c.name)
  return overWindow(mapping, window, inputs, (column) =>
    column.includes('@') ? [column] : chosen(column, names).map((i) => names[i]!),
  )
}
