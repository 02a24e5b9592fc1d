/** The command, run within this process as a user runs it, in folders of its own. */
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { run } from '../../src/cli/command.ts'
import { streams } from '../../src/cli/streams.ts'

export interface Result {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** A new folder with these files. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'chainrule-test-'))
  folders.push(path)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

/** Runs the command in a folder. Whatever happens, no stack trace and no promise may show. */
export async function chainrule(
  cwd: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Result> {
  const ends = folder({ input, output: '', error: '' })
  const end = (name: string): string => join(ends, name)
  const [own, before] = [{ ...streams }, process.cwd()]
  const opened = {
    input: openSync(end('input'), 'r'),
    output: openSync(end('output'), 'w'),
    error: openSync(end('error'), 'w'),
  }
  let status: number
  try {
    process.chdir(cwd)
    Object.assign(streams, opened)
    status = await run(args)
  } finally {
    Object.assign(streams, own)
    process.chdir(before)
    for (const descriptor of Object.values(opened)) closeSync(descriptor)
  }
  const [out, err] = [readFileSync(end('output'), 'utf8'), readFileSync(end('error'), 'utf8')]
  if (/^ {4}at .*[:(]|node:internal|UnhandledPromise/m.test(out + err))
    throw new Error(`a stack trace:\n${out}${err}`)
  return { status, out, err }
}

/** The files below a folder, sorted. */
export const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(path.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()

/** A small program without errors. */
export const GOOD = 'input x\ntarget y\nparam w\nloss J = (w * x - y)^2\n'
/** The same with one. */
export const BROKEN = 'input x\ntarget y\nparam w\nloss J = (v * x - y)^2\n'
