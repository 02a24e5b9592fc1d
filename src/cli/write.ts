/**
 * Outputs, replaced all at once or not at all: each is written beside its place and moved there. All of it is
 * synchronous, so that a signal (which Node delivers to a handler between turns of its loop) finds either the old or the new.
 */
import {
  closeSync,
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
import { constants } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { codeOf, problems } from './problem.ts'

/** A file as it is to be. */
export interface Output {
  readonly path: string
  readonly text: string
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
  try {
    if (!statSync(path).isFile()) throw problems.notAFile(path)
    return readFileSync(path)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') {
      if (lstatSync(path, { throwIfNoEntry: false })) throw problems.deadLink(path)
      return undefined
    }
    throw code === '' ? error : problems.system('read', path, error)
  }
}

/** How an output compares with what stands there. Throws a Problem where a file that is not ours is in its place. */
export function freshness({ path, text }: Output, isOurs: (text: string) => boolean): Freshness {
  const before = existing(path)
  if (before === undefined) return 'missing'
  if (before.equals(Buffer.from(text))) return 'up to date'
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
  const from = join(dirname(to), `.${basename(to).slice(0, 100)}.${process.pid}.tmp`)
  const before = existing(path)
  try {
    writeTemporary(from, text, before && statSync(to).mode)
  } catch (error) {
    rmSync(from, { force: true })
    throw codeOf(error) === '' ? error : problems.system('write', path, error)
  }
  return { from, to, before, done: false }
}

/** Where a path leads, its folder made: a link to a file stays a link, and what it points to is replaced. */
function target(path: string): string {
  const folder = dirname(path)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw problems.system('make the folder', folder, error)
  }
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? realpathSync(path) : path
}

function writeTemporary(path: string, text: string | Buffer, mode: number | undefined): void {
  const file = openSync(path, 'w')
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
    throw problems.system('write', move.to, error)
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
