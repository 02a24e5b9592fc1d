/** Cells of a table as numbers, or as names of classes. */
import type { Cell } from './table.ts'

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?', '-'])
export const isMissing = (cell: Cell): boolean =>
  cell === undefined ||
  cell === null ||
  (typeof cell === 'number' && Number.isNaN(cell)) ||
  (typeof cell === 'string' && MISSING.has(cell.trim().toLowerCase()))

/** What is wrong with a cell, as a sentence without its place. */
export class Wrong extends Error {
  readonly missing: boolean
  constructor(message: string, missing = false) {
    super(message)
    this.missing = missing
  }
}

export function numberIn(cell: unknown): number {
  const value =
    typeof cell === 'number' ? cell : typeof cell === 'boolean' ? Number(cell) : Number(String(cell).trim())
  if (typeof cell === 'string' && cell.trim() === '') throw new Wrong('it is empty', true)
  if (Number.isFinite(value)) return value
  const comma = typeof cell === 'string' && /^\s*[+-]?\d+,\d+\s*$/.test(cell)
  throw new Wrong(`\`${String(cell)}\` is no number${comma ? ' (decimals stand behind a point)' : ''}`)
}

export const isList = (cell: Cell): cell is ArrayLike<unknown> => typeof cell === 'object' && cell !== null

export const nameOf = (cell: unknown): string =>
  typeof cell === 'string' ? cell.trim() : typeof cell === 'boolean' ? String(Number(cell)) : String(cell)
