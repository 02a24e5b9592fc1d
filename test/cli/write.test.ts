/** Outputs are replaced all at once or not at all, whichever system call fails. */
import * as fs from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Output, freshness, replace } from '../../src/cli/write.ts'
import { command } from './process.ts'
import { GOOD, filesIn, folder } from './support.ts'

/** `left` calls still succeed; then one fails. */
const fault = vi.hoisted(() => ({ left: Infinity, calls: 0, code: 'ENOSPC', unseen: 0 }))

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  const failing = <F extends (...args: never[]) => unknown>(f: F): F =>
    ((...args: Parameters<F>) => {
      fault.calls++
      if (fault.left-- === 0) throw Object.assign(new Error(fault.code), { code: fault.code })
      return f(...args)
    }) as F
  const { openSync, writeSync, fsyncSync, renameSync, mkdirSync, fchmodSync } = real
  const wrapped = { openSync, writeSync, fsyncSync, renameSync, mkdirSync, fchmodSync }
  /** So many looks at a path see nothing there, as before another process made it. */
  const statSync = ((...args: Parameters<typeof fs.statSync>) => {
    if (fault.unseen-- > 0) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    return real.statSync(...args)
  }) as typeof fs.statSync
  return {
    ...real,
    statSync,
    ...Object.fromEntries(Object.entries(wrapped).map(([name, f]) => [name, failing(f as never)])),
  }
})

afterEach(() => {
  Object.assign(fault, { left: Infinity, code: 'ENOSPC', unseen: 0 })
})

const isOurs = (text: string): boolean => text.startsWith('ours')

describe('any system call may fail', () => {
  const pair = (dir: string): Output[] => [
    { path: join(dir, 'a.js'), text: 'ours new a' },
    { path: join(dir, 'a.d.ts'), text: 'ours new d' },
  ]

  test.each([
    ['both are new', {}],
    ['both are there', { 'a.js': 'ours old a', 'a.d.ts': 'ours old d' }],
    ['one is there', { 'a.d.ts': 'ours old d' }],
  ])('%s', (_, before) => {
    const whole = folder(before)
    fault.calls = 0
    replace(pair(whole), isOurs)
    const count = fault.calls
    expect(filesIn(whole)).toEqual(['a.d.ts', 'a.js'])
    expect(count).toBeGreaterThan(6)
    for (let k = 0; k < count; k++) {
      const dir = folder(before)
      fault.left = k
      expect(() => replace(pair(dir), isOurs), `call ${k}`).toThrow('the disk is full')
      fault.left = Infinity
      const after = Object.fromEntries(
        filesIn(dir).map((file) => [file, fs.readFileSync(join(dir, file), 'utf8')]),
      )
      expect(after, `after call ${k} failed`).toEqual(before)
    }
  })
})

test.each([
  ['EACCES', 'the folder `DIR` is read-only'],
  ['EPERM', 'the folder `DIR` is read-only'],
  ['EROFS', 'the folder `DIR` is on a read-only file system'],
  ['EDQUOT', 'the disk quota is used up'],
])('%s says what is wrong with the folder', (code, reason) => {
  const dir = folder()
  for (const path of [join(dir, 'a.js'), join(dir, 'new/a.js')]) {
    Object.assign(fault, { code, left: 0 })
    expect(() => replace([{ path, text: 'ours' }], isOurs)).toThrow(
      `Cannot write \`${path}\`: ${reason.replace('DIR', dir)}.`,
    )
  }
})

test('a file that another process makes meanwhile is no dangling link', () => {
  const dir = folder({ 'a.js': 'ours' })
  const output = { path: join(dir, 'a.js'), text: 'ours' }
  fault.unseen = 1
  expect(freshness(output, isOurs)).toBe('up to date')
})

test('processes that build into one folder at once all succeed', async () => {
  const names = Array.from({ length: 4 }, (_, i) => `n${i}.net`)
  const dir = folder(Object.fromEntries(names.map((name) => [name, GOOD])))
  const outputs = names.flatMap((name) => [`out/deep/${name}.d.ts`, `out/deep/${name}.js`])
  const args = ['build', '*.net', '--out', 'out/deep', '--target', 'js']
  const all = Array.from(
    { length: 8 },
    () =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [command, ...args], { cwd: dir, stdio: 'pipe' })
        let said = ''
        child.stderr.on('data', (data: Buffer) => (said += data.toString()))
        child.on('close', (status) => resolve(status === 0 ? 0 : said))
      }),
  )
  expect(await Promise.all(all)).toEqual(Array(8).fill(0))
  expect(filesIn(join(dir, 'out')).map((file) => `out/${file}`)).toEqual(outputs.sort())
})

test('what is up to date is not touched', () => {
  const dir = folder({ 'a.js': 'ours', 'b.js': 'ours old' })
  const past = new Date(2000, 1, 1)
  fs.utimesSync(join(dir, 'a.js'), past, past)
  const outputs = [
    { path: join(dir, 'a.js'), text: 'ours' },
    { path: join(dir, 'b.js'), text: 'ours new' },
  ]
  expect(outputs.map((output) => freshness(output, isOurs))).toEqual(['up to date', 'out of date'])
  expect(replace(outputs, isOurs)).toEqual([join(dir, 'b.js')])
  expect(fs.statSync(join(dir, 'a.js')).mtime).toEqual(past)
})

test('a file of someone else stops all before anything is written', () => {
  const dir = folder({ 'b.js': 'theirs' })
  const outputs = ['a.js', 'b.js'].map((name) => ({ path: join(dir, name), text: 'ours' }))
  expect(() => replace(outputs, isOurs)).toThrow('does not carry the header')
  expect(filesIn(dir)).toEqual(['b.js'])
})

describe('a build that is stopped', () => {
  /** Loaded before the command: sends it a signal when one of its functions has been called so often. */
  const STOP = `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const [place, signal, calls] = process.env.STOP.split(' ')
    const [name, stream] = { rename: ['renameSync'], say: ['writeSync', 2], print: ['writeSync', 1] }[place]
    const original = fs[name]
    let left = Number(calls)
    fs[name] = function (...args) {
      const result = original.apply(this, args)
      if ((stream === undefined || args[0] === stream) && --left === 0) process.kill(process.pid, signal)
      return result
    }
    syncBuiltinESMExports()
  `
  function stopped(dir: string, args: readonly string[], where: string): string | number | null {
    const preload = join(folder({ 'stop.mjs': STOP }), 'stop.mjs')
    const { status, signal } = spawnSync(process.execPath, ['--import', preload, command, 'build', ...args], {
      cwd: dir,
      env: { ...process.env, STOP: where },
    })
    return signal ?? status
  }
  const names = Array.from({ length: 40 }, (_, i) => `n${i}.net`)

  test.each([
    ['SIGKILL between files', 'say SIGKILL 4', 'SIGKILL'],
    ['SIGKILL while a file is replaced', 'rename SIGKILL 4', 'SIGKILL'],
    ['SIGINT between files', 'say SIGINT 4', 'SIGINT'],
    // It is heard after that, and the status says so.
    ['SIGINT while a file is replaced', 'rename SIGINT 4', 130],
  ] as const)('%s: files are whole', (_, where, end) => {
    const dir = folder(Object.fromEntries(names.map((name) => [name, GOOD])))
    expect(stopped(dir, ['*.net'], where)).toBe(end)
    const outputs = filesIn(dir).filter((file) => file.endsWith('.ts'))
    expect(outputs.length).toBeGreaterThanOrEqual(3)
    expect(outputs.length).toBeLessThan(names.length)
    const sizes = new Set(outputs.map((file) => fs.statSync(join(dir, file)).size))
    // The file names differ in their digits, and so does the header.
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(20)
    if (end !== 'SIGKILL') expect(filesIn(dir).filter((file) => file.endsWith('.tmp'))).toEqual([])
  })

  test('stops while it is busy', () => {
    const steps = Array.from({ length: 400 }, (_, i) => `z${i + 1} = tanh(w * z${i} + b)`)
    const source = ['param w, b', 'input z0', 'target y', ...steps, 'loss E = (z400 - y)^2'].join('\n')
    const dir = folder({ 'long.net': source })
    // What parsing made is printed; all that comes after it is one turn of the loop.
    expect(stopped(dir, ['long.net', '--dump', 'parse'], 'print SIGINT 1')).toBe('SIGINT')
    expect(filesIn(dir)).toEqual(['long.net'])
  })
})
