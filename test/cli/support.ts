/** The built command, run as a user runs it, in folders of its own. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const command = join(root, 'dist/src/cli/main.js')

/** Whether the process that wrote this file is at work still. */
function held(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8') || process.pid), 0)
    return true
  } catch {
    return false
  }
}

/** Builds the project where its sources are newer: the tests are about what ships. One worker builds, others wait. */
async function upToDate(): Promise<void> {
  const newest = (folder: string): number =>
    Math.max(
      ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (file) => statSync(join(root, folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0,
      ),
    )
  const stale = (): boolean => newest('src') > (statSync(command, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  const lock = join(root, 'dist/.building')
  while (stale()) {
    mkdirSync(join(root, 'dist'), { recursive: true })
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
    } catch {
      // Of a run that was killed there is only the file.
      if (!held(lock)) rmSync(lock, { force: true })
      await new Promise((resolve) => setTimeout(resolve, 200))
      continue
    }
    try {
      const { status, stdout } = spawnSync('npm', ['run', '--silent', 'build'], {
        cwd: root,
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(`the project does not build:\n${stdout}`)
    } finally {
      rmSync(lock, { force: true })
    }
  }
}
await upToDate()

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
export function chainrule(cwd: string, args: readonly string[], input: string | Uint8Array = ''): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd,
    input,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined },
    maxBuffer: 1 << 28,
  })
  const shown = stdout + stderr
  if (/^ {4}at .*[:(]|node:internal|UnhandledPromise/m.test(shown))
    throw new Error(`a stack trace:\n${shown}`)
  return { status, out: stdout, err: stderr }
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
