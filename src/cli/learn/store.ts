/**
 * Samples as rows of doubles, to be read in any order: in memory as long as they have room there, then in a file of the system's
 * folder for such, of which nothing is left when the process ends.
 */
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROWS = 1024

export class Store {
  readonly width: number
  readonly #room: number
  readonly #blocks: Float64Array[] = []
  #block: Float64Array
  #held = 0
  #file: number | undefined
  #folder: string | undefined
  readonly #hash = createHash('sha256')
  readonly #row: Float64Array
  count = 0

  /** @param room how many bytes may stay in memory */
  constructor(width: number, room: number) {
    this.width = width
    this.#room = room
    this.#block = new Float64Array(ROWS * width)
    this.#row = new Float64Array(width)
  }

  /** Whether the samples are on disk. */
  get isOnDisk(): boolean {
    return this.#file !== undefined
  }

  add(row: Float64Array): void {
    this.#block.set(row, this.#held * this.width)
    this.count++
    if (++this.#held === ROWS) this.#flush()
  }

  /** After the last row: a text that is another one for other samples. */
  finish(): string {
    if (this.#held > 0) this.#flush()
    this.#block = new Float64Array(0)
    return this.#hash.digest('hex').slice(0, 32)
  }

  #flush(): void {
    const rows = this.#block.subarray(0, this.#held * this.width)
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)
    this.#hash.update(bytes)
    const size = ROWS * this.width * 8
    if (this.#file === undefined && (this.#blocks.length + 1) * size <= this.#room)
      this.#blocks.push(rows.slice())
    else {
      this.#file ??= this.#spill()
      write(this.#file, bytes)
    }
    this.#held = 0
  }

  /** What is in memory so far goes to the file too. */
  #spill(): number {
    this.#folder = mkdtempSync(join(tmpdir(), 'chainrule-samples-'))
    const path = join(this.#folder, 'samples')
    const file = openSync(path, 'w+')
    try {
      // An open file without a name goes when the process does, however it ends.
      rmSync(this.#folder, { recursive: true })
      this.#folder = undefined
    } catch {
      // Where that is not possible it is removed at the end.
    }
    for (const block of this.#blocks) write(file, new Uint8Array(block.buffer))
    this.#blocks.length = 0
    return file
  }

  /** A row, in an array that the next call fills again. */
  row(index: number): Float64Array {
    const { width } = this
    if (this.#file === undefined) {
      const block = this.#blocks[Math.floor(index / ROWS)]!
      const at = (index % ROWS) * width
      return block.subarray(at, at + width)
    }
    const bytes = new Uint8Array(this.#row.buffer)
    for (let done = 0; done < bytes.length;)
      done += readSync(this.#file, bytes, done, bytes.length - done, index * width * 8 + done)
    return this.#row
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }
}

function write(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}
