/** Files as streams of bytes, unpacked where they end in .gz. */
import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { codeOf, problems } from '../problem.ts'
import { wrong } from './problems.ts'

/** The ending that says what a file is, in small letters, without .gz. */
export const endingOf = (path: string): string =>
  /\.([a-z0-9]+)$/.exec(path.toLowerCase().replace(/\.gz$/, ''))?.[1] ?? ''

/** A file to read from, which exists and is no folder. */
export function opened(path: string): Readable {
  try {
    if (statSync(path).isDirectory()) throw problems.oneFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw wrong.noFile(path)
    throw codeOf(error) === '' ? error : problems.unreadable(path, error)
  }
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  if (!path.toLowerCase().endsWith('.gz')) return file
  const unpacked = createGunzip()
  file.on('error', (error) => unpacked.destroy(error))
  return file.pipe(unpacked)
}

/** What an error of a stream is to the user. */
export function streamProblem(path: string, error: unknown): unknown {
  const code = codeOf(error)
  if (code.startsWith('Z_')) return wrong.tensor(path, 'it is no whole .gz file')
  return code === '' ? error : problems.unreadable(path, error)
}

/** All of a text. */
export async function textOf(path: string): Promise<string> {
  const parts: Buffer[] = []
  try {
    for await (const part of opened(path)) parts.push(part as Buffer)
  } catch (error) {
    throw streamProblem(path, error)
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\ufeff/, '')
}

/** Takes so many bytes at a time from a stream. */
export class Bytes {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #path: string
  #left: Buffer = Buffer.alloc(0)
  taken = 0

  constructor(path: string) {
    this.#path = path
    this.#chunks = opened(path)[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Fewer where the file ends. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let length = 0
    while (length < count) {
      if (this.#left.length === 0) {
        let next: IteratorResult<Buffer>
        try {
          next = await this.#chunks.next()
        } catch (error) {
          throw streamProblem(this.#path, error)
        }
        if (next.done === true) break
        this.#left = next.value
      }
      const part = this.#left.subarray(0, count - length)
      this.#left = this.#left.subarray(part.length)
      parts.push(part)
      length += part.length
    }
    this.taken += length
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
