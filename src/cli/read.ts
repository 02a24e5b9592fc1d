/** Programs from files and from standard input, as text. */
import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nearest } from '../base/spelling.ts'
import { Source } from '../base/span.ts'
import { type Problem, codeOf, problems } from './problem.ts'
import { streams } from './streams.ts'

/** As a file argument: standard input. */
export const STDIN = '-'

/** More bytes than any program within the limits of the language has; the rest is not even read. */
const MOST_BYTES = 32 * 1024 * 1024
const CHUNK = 1 << 16

/** The program in a file, or in standard input for `-`. Throws a Problem where it cannot be read as text. */
export function readSource(path: string): Source {
  const name = path === STDIN ? '<stdin>' : path
  return new Source(name, decode(name, path === STDIN ? readAll(name, streams.input) : readPath(path)))
}

function readPath(path: string): Buffer {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    if (fstatSync(file).isDirectory()) throw problems.oneFile(path)
    return readAll(path, file)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') throw noSuchFile(path)
    throw code === '' ? error : problems.unreadable(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Names the file of the same folder that may have been meant. */
export function noSuchFile(path: string): Problem {
  const folder = dirname(path)
  let there: string[]
  try {
    there = readdirSync(folder)
  } catch {
    return problems.noSuchFile(path, undefined)
  }
  const name = basename(path)
  const near = there.includes(`${name}.net`) ? `${name}.net` : nearest(name, there)
  return problems.noSuchFile(path, near === undefined ? undefined : join(folder, near))
}

/** All bytes of an open file, which may be a pipe or a device: its size is not known beforehand. */
function readAll(name: string, file: number): Buffer {
  const chunks: Buffer[] = []
  for (let total = 0; ;) {
    const chunk = Buffer.allocUnsafe(CHUNK)
    const length = readChunk(name, file, chunk)
    if (length === 0) return Buffer.concat(chunks)
    total += length
    if (total > MOST_BYTES) throw problems.tooLong(name, MOST_BYTES)
    chunks.push(chunk.subarray(0, length))
  }
}

function readChunk(name: string, file: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(file, chunk)
    } catch (error) {
      const code = codeOf(error)
      // Standard input may be a terminal or pipe that does not block: there is nothing to read yet.
      if (code === 'EAGAIN') waitALittle()
      else if (code === 'EOF') return 0
      else throw code === '' ? error : problems.unreadable(name, error)
    }
  }
}

/** Five milliseconds: there is nothing else to do meanwhile. */
export const waitALittle = (): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}

/** The text of UTF-8 bytes; a byte-order mark stays, the lexer knows it. */
function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // What was replaced is where the bytes differ from those of the text that was understood.
    const understood = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
    let at = 0
    while (at < bytes.length && bytes[at] === understood[at]) at++
    const line = bytes.subarray(0, at).reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 1)
    throw problems.notUtf8(name, line, at + 1)
  }
}
