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

/** Where a file is written before it takes its place. Always of the same name: what a process that was killed leaves behind is used again. */
function beside(path: string): { readonly to: string; readonly temporary: string } {
  mkdirSync(dirname(path), { recursive: true })
  const to = statSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path
  return { to, temporary: join(dirname(to), `.${basename(to).slice(0, 100)}.tmp`) }
}

/** A file that is written bit by bit, and takes its place when it is whole. */
export class Growing {
  readonly #path: string
  readonly #to: string
  readonly #temporary: string
  readonly #file: number

  constructor(path: string) {
    this.#path = path
    try {
      const { to, temporary } = beside(path)
      this.#to = to
      this.#temporary = temporary
      this.#file = openSync(temporary, 'w')
    } catch (error) {
      throw codeOf(error) === '' ? error : problems.unwritable(path, dirname(path), error)
    }
  }

  add(part: string | Uint8Array): void {
    const bytes = Buffer.from(part as string)
    this.#guarded(() => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at)
    })
  }

  /** @param durable whether it must be on the disk itself, and not only safe from the end of this process */
  finish(durable = true): void {
    this.#guarded(() => {
      if (durable) fsyncSync(this.#file)
      closeSync(this.#file)
      renameSync(this.#temporary, this.#to)
    })
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      rmSync(this.#temporary, { force: true })
      throw codeOf(error) === '' ? error : problems.unwritable(this.#path, dirname(this.#path), error)
    }
  }
}

/** @param durable as of `Growing` */
export function overwrite(path: string, bytes: Uint8Array, durable = false): void {
  const file = new Growing(path)
  file.add(bytes)
  file.finish(durable)
}
