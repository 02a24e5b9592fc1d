/**
 * Outputs, replaced all at once or not at all: each is written beside its place and moved there. All of it is
 * synchronous, so that a signal (which Node delivers to a handler between turns of its loop) finds either the old or the new.
 */
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { randomUUID } from 'node:crypto'
import { constants } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { codeOf, problems } from './problem.ts'

/** A file as it is to be. */
export interface Output {
  readonly path: string
  readonly text: string | Uint8Array
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Work that no signal cuts in the middle: one that comes meanwhile ends the process after it, and any other at once. */
export async function uncut<T>(work: () => T): Promise<T> {
  const end = (signal: (typeof SIGNALS)[number]): never => process.exit(128 + constants.signals[signal])
  for (const signal of SIGNALS) process.on(signal, end)
  try {
    return work()
  } finally {
    // The turn of the loop in which it is heard.
    await setImmediate()
    for (const signal of SIGNALS) process.off(signal, end)
  }
}

export type Freshness = 'missing' | 'out of date' | 'up to date'

/** What stands at a path now; undefined where nothing does. Throws a Problem where it is no file or cannot be read. */
function existing(path: string): Buffer | undefined {
  for (;;) {
    try {
      if (!statSync(path).isFile()) throw problems.notAFile(path)
      return readFileSync(path)
    } catch (error) {
      const code = codeOf(error)
      // A part of the path that is a file is told where the folder is to be made.
      if (code === 'ENOTDIR') return undefined
      if (code !== 'ENOENT') throw code === '' ? error : problems.unreadable(path, error)
    }
    const entry = lstatSync(path, { throwIfNoEntry: false })
    if (entry === undefined) return undefined
    if (entry.isSymbolicLink() && !existsSync(path)) throw problems.deadLink(path)
    // Another process has just made it: now it can be read.
  }
}

/** How an output compares with what stands there. Throws a Problem where a file that is not ours is in its place. */
export function freshness({ path, text }: Output, isOurs: (text: string) => boolean): Freshness {
  const before = existing(path)
  if (before === undefined) return 'missing'
  if (before.equals(Buffer.from(text as string))) return 'up to date'
  if (!isOurs(before.toString())) throw problems.notOurs(path)
  return 'out of date'
}

/** Writes the outputs that differ from what stands there: all of them or, where that fails, none. Their paths. */
export function replace(outputs: readonly Output[], isOurs: (text: string) => boolean): string[] {
  const stale = outputs.filter((output) => freshness(output, isOurs) !== 'up to date')
  const moves: Move[] = []
  try {
    for (const output of stale) moves.push(prepare(output))
    for (const move of moves) carryOut(move)
  } catch (error) {
    for (const move of moves.reverse()) undo(move)
    throw error
  }
  return stale.map(({ path }) => path)
}

interface Move {
  readonly from: string
  readonly to: string
  readonly before: Buffer | undefined
  done: boolean
}

/** The new text in a file beside its place. */
function prepare({ path, text }: Output): Move {
  const to = target(path)
  const from = join(dirname(to), `.${basename(to).slice(0, 100)}.${randomUUID().slice(0, 8)}.tmp`)
  const before = existing(path)
  try {
    writeTemporary(from, text, before && statSync(to).mode)
  } catch (error) {
    rmSync(from, { force: true })
    throw codeOf(error) === '' ? error : problems.unwritable(path, dirname(to), error)
  }
  return { from, to, before, done: false }
}

/** Where a path leads, its folder made: a link to a file stays a link, and what it points to is replaced. */
function target(path: string): string {
  makeFolder(path, dirname(path))
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? realpathSync(path) : path
}

/** One by one: the recursive call of Node does not come back from a file system in which folders cannot be made. */
function makeFolder(path: string, folder: string): void {
  const missing: string[] = []
  let there = folder
  while (!existsSync(there) && dirname(there) !== there) {
    missing.push(there)
    there = dirname(there)
  }
  if (!statSync(there).isDirectory()) throw problems.noFolder(there)
  for (const part of missing.reverse()) {
    try {
      mkdirSync(part)
    } catch (error) {
      // Another process may have made it meanwhile.
      if (codeOf(error) !== 'EEXIST') throw problems.unwritable(path, there, error)
    }
  }
}

function writeTemporary(path: string, text: string | Uint8Array, mode: number | undefined): void {
  const file = openSync(path, 'wx')
  try {
    const bytes = Buffer.from(text as string)
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    if (mode !== undefined) fchmodSync(file, mode & 0o777)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function carryOut(move: Move): void {
  try {
    renameSync(move.from, move.to)
    move.done = true
  } catch (error) {
    throw problems.unwritable(move.to, dirname(move.to), error)
  }
}

/** As it was before; what fails here as well is left, the first error tells. */
function undo({ from, to, before, done }: Move): void {
  try {
    if (!done) rmSync(from, { force: true })
    else if (before === undefined) rmSync(to, { force: true })
    else {
      writeTemporary(from, before, statSync(to).mode)
      renameSync(from, to)
    }
  } catch {
    return
  }
}
