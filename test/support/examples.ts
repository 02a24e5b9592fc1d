/** The programs in examples/. */
import { readFileSync, readdirSync } from 'node:fs'

export const folder = new URL('../../examples/', import.meta.url)

export const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8')

/** All of them, by their files. */
export const all = readdirSync(folder).filter((file) => file.endsWith('.net'))

/** Those of a known depth: they have code and gradients by name. The others have dims without values, and recurrences. */
export const closed = all.filter((file) => !/^dim [^=]*$/m.test(read(file)))
