/** The programs in examples/. */
import { readFileSync, readdirSync } from 'node:fs'
import { LONG } from './campaign.ts'

const folder = new URL('../../examples/', import.meta.url)

export const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8')

/** All of them, by their files. */
export const all = readdirSync(folder).filter((file) => file.endsWith('.net'))

/** Those of a known depth: they have code and gradients by name. The others have dims without values, and recurrences. */
export const closed = all.filter((file) => !/^dim [^=]*$/m.test(read(file)))

const TURNS = 3

/**
 * For what goes through every value of a program: blocks of known length have three turns, but in the long campaign. The
 * first, the last and one between are all that differ.
 */
export function brief(file: string): string {
  const source = read(file)
  if (LONG) return source
  const ends = (pattern: RegExp): string[] => [...source.matchAll(pattern)].map((found) => found[1]!)
  const depths = new Set(ends(/\bfor [^\n]*\.\.([\p{L}_]+)/gu))
  // Lists of lengths have as many as they have.
  for (const listed of ends(/^dim [^\n]*\.\.([\p{L}_]+)\]/gmu)) depths.delete(listed)
  return source.replace(/^(dim ([\p{L}_]+) = )(\d+)/gmu, (whole, before: string, name: string, length) =>
    depths.has(name) ? before + String(Math.min(TURNS, Number(length))) : (whole as string),
  )
}
