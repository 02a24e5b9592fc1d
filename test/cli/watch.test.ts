/** `build --watch`, a process of its own: what is edited, broken, renamed, taken away, and made again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { command } from './process.ts'
import { BROKEN, GOOD, filesIn, folder } from './support.ts'

const running: ChildProcess[] = []
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')))

/** A watching command: what it says can be waited for, in order. */
class Watching {
  readonly child: ChildProcess
  #said = ''
  #waiting: { readonly text: string; readonly found: () => void } | undefined

  constructor(cwd: string, ...args: string[]) {
    this.child = spawn(process.execPath, [command, 'build', ...args, '--watch'], { cwd })
    running.push(this.child)
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
      this.#look()
    })
  }

  /** Resolves once it says this; what it said before is returned, and not looked at again. */
  says(text: string): Promise<string> {
    return new Promise((resolve) => {
      const found = (): void => {
        const end = this.#said.indexOf(text) + text.length
        const said = this.#said.slice(0, end)
        this.#said = this.#said.slice(end)
        resolve(said)
      }
      this.#waiting = { text, found }
      this.#look()
    })
  }

  #look(): void {
    const waiting = this.#waiting
    if (!waiting || !this.#said.includes(waiting.text)) return
    this.#waiting = undefined
    waiting.found()
  }

  async ends(signal: NodeJS.Signals): Promise<unknown> {
    const ended = new Promise((resolve) => this.child.once('exit', (code, by) => resolve(by ?? code)))
    this.child.kill(signal)
    return ended
  }
}

const other = GOOD.replace('w * x', '2 * w * x')

test('edits, errors, renames, deletions, new files and folders', async () => {
  const dir = folder({ 'src/a.net': GOOD, 'src/b.net': GOOD })
  const watching = new Watching(dir, 'src/**/*.net')
  await watching.says('watching 2 programs\n')
  expect(filesIn(dir)).toEqual(['src/a.net', 'src/a.net.ts', 'src/b.net', 'src/b.net.ts'])

  // An edit builds that program, and no other.
  writeFileSync(join(dir, 'src/a.net'), other)
  expect(await watching.says('a.net.ts\n')).toBe('wrote src/a.net.ts\n')

  // An error leaves the output, and is over when it is mended.
  const before = readFileSync(join(dir, 'src/b.net.ts'), 'utf8')
  writeFileSync(join(dir, 'src/b.net'), BROKEN)
  await watching.says('Nothing is called `v`')
  expect(readFileSync(join(dir, 'src/b.net.ts'), 'utf8')).toBe(before)
  writeFileSync(join(dir, 'src/b.net'), GOOD)
  await watching.says('src/b.net is as it was built before\n')

  // As editors save: a new file in the place of the old one.
  writeFileSync(join(dir, 'src/.b.tmp'), other)
  renameSync(join(dir, 'src/.b.tmp'), join(dir, 'src/b.net'))
  expect(await watching.says('b.net.ts\n')).toBe('wrote src/b.net.ts\n')

  // In which order the two halves of a rename are told is not said.
  renameSync(join(dir, 'src/b.net'), join(dir, 'src/c.net'))
  const said = await watching.says('src/b.net is gone; what was written for it stays')
  if (!said.includes('wrote src/c.net.ts')) await watching.says('wrote src/c.net.ts\n')

  mkdirSync(join(dir, 'src/deep/er'), { recursive: true })
  writeFileSync(join(dir, 'src/deep/er/d.net'), GOOD)
  await watching.says('wrote src/deep/er/d.net.ts\n')
  rmSync(join(dir, 'src/deep'), { recursive: true })
  await watching.says('src/deep/er/d.net is gone')
  mkdirSync(join(dir, 'src/deep'))
  writeFileSync(join(dir, 'src/deep/d.net'), GOOD)
  await watching.says('wrote src/deep/d.net.ts\n')

  // All of them may go.
  for (const name of ['a', 'c', 'deep/d']) rmSync(join(dir, `src/${name}.net`))
  await watching.says('No .net file matches `src/**/*.net`.')
  writeFileSync(join(dir, 'src/e.net'), GOOD)
  await watching.says('wrote src/e.net.ts\n')
  expect(await watching.ends('SIGTERM')).toBe('SIGTERM')
})

test('a config that changes, and breaks', async () => {
  const config = (text: string): void => writeFileSync(join(dir, 'chainrule.config.json'), text)
  const dir = folder({ 'chainrule.config.json': '{ "target": "js" }', 'a.net': GOOD })
  const watching = new Watching(dir)
  await watching.says('watching 1 program\n')
  config('{ "target": "rust" }')
  await watching.says('target must be ts, js, mjs, wasm, auto, c')
  config('{ "target": "mjs" }')
  await watching.says('wrote a.net.mjs\n')
  expect(filesIn(dir)).toContain('a.net.d.mts')
})

test('a named file that goes and comes', async () => {
  const dir = folder({ 'a.net': GOOD, 'b.net': GOOD })
  const watching = new Watching(dir, 'a.net', 'b.net')
  await watching.says('watching 2 programs\n')
  rmSync(join(dir, 'a.net'))
  await watching.says('a.net is gone')
  writeFileSync(join(dir, 'b.net'), other)
  await watching.says('wrote b.net.ts\n')
  writeFileSync(join(dir, 'a.net'), other)
  await watching.says('wrote a.net.ts\n')
})

test('what a program imports is watched too, also what is missing', async () => {
  const main = GOOD.replace(/^/, 'import { f } from "./lib/f.net"\n').replace('w * x', 'f(w * x)')
  const dir = folder({ 'a.net': main, 'lib/g.net': 'fn f(v) = v' })
  const watching = new Watching(dir, 'a.net')
  await watching.says('import-not-found')
  await watching.says('watching 1 program\n')
  writeFileSync(join(dir, 'lib/f.net'), 'fn f(v) = 3 * v\n')
  await watching.says('wrote a.net.ts')
  writeFileSync(join(dir, 'lib/f.net'), 'fn f(v) = 7 * v\n')
  await watching.says('wrote a.net.ts')
  expect(readFileSync(join(dir, 'a.net.ts'), 'utf8')).toContain('7 *')
})
