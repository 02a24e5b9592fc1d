/** The built command as a process of its own, for what is about processes: signals, streams, several at once. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The file that Node runs. */
export const command = join(root, 'dist/src/cli/main.js')

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
