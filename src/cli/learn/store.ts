/**
 * Samples as rows of doubles, of one width or of several, to be read in any order: in memory as long as they have room there, then in a file of the system's
 * folder for such, of which nothing is left when the process ends.
 */
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROWS = 1024

export class Store {
  readonly #room: number
  /** What is in memory, of so many rows each. */
  readonly #blocks: Float64Array[] = []
  /** Where each row begins, in numbers from the first one on; and where the last one ends. */
  readonly #begins: number[] = [0]
  #block = new Float64Array(ROWS)
  /** Numbers in the block that is filled, and in memory all in all. */
  #held = 0
  #kept = 0
  #file: number | undefined
  #folder: string | undefined
  readonly #hash = createHash('sha256')
  #row = new Float64Array(0)

  /** @param room how many bytes may stay in memory */
  constructor(room: number) {
    this.#room = room
  }

  get count(): number {
    return this.#begins.length - 1
  }

  /** Whether the samples are on disk. */
  get isOnDisk(): boolean {
    return this.#file !== undefined
  }

  add(row: Float64Array): void {
    const held = this.#held + row.length
    if (held > this.#block.length) {
      const larger = new Float64Array(2 * held)
      larger.set(this.#block)
      this.#block = larger
    }
    this.#block.set(row, this.#held)
    this.#held = held
    this.#begins.push(this.#begins.at(-1)! + row.length)
    if (this.count % ROWS === 0) this.#flush()
  }

  /** After the last row: a text that is another one for other samples. */
  finish(): string {
    if (this.#held > 0) this.#flush()
    this.#block = new Float64Array(0)
    return this.#hash.digest('hex').slice(0, 32)
  }

  #flush(): void {
    const rows = this.#block.subarray(0, this.#held)
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)
    this.#hash.update(bytes)
    if (this.#file === undefined && this.#kept + bytes.length <= this.#room) {
      this.#blocks.push(rows.slice())
      this.#kept += bytes.length
    } else {
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
    const from = this.#begins[index]!
    const width = this.#begins[index + 1]! - from
    if (this.#file === undefined) {
      const block = Math.floor(index / ROWS)
      const at = from - this.#begins[block * ROWS]!
      return this.#blocks[block]!.subarray(at, at + width)
    }
    if (this.#row.length < width) this.#row = new Float64Array(2 * width)
    const bytes = new Uint8Array(this.#row.buffer, 0, 8 * width)
    for (let done = 0; done < bytes.length;)
      done += readSync(this.#file, bytes, done, bytes.length - done, 8 * from + done)
    return this.#row.subarray(0, width)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }
}

function write(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}
