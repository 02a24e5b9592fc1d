/** Files that are replaced again and again: whatever happens meanwhile, there is the old one or the new one. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { codeOf, problems } from '../problem.ts'

/** @param durable whether it must be on the disk itself, and not only safe from the end of this process */
export function overwrite(path: string, bytes: Uint8Array, durable = false): void {
  const folder = dirname(path)
  let temporary: string | undefined
  try {
    mkdirSync(folder, { recursive: true })
    const to = statSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path
    // Always of the same name: one that is left behind by a process that was killed is used again.
    temporary = join(dirname(to), `.${basename(to).slice(0, 100)}.tmp`)
    const file = openSync(temporary, 'w')
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
      if (durable) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, to)
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true })
    throw codeOf(error) === '' ? error : problems.unwritable(path, folder, error)
  }
}
