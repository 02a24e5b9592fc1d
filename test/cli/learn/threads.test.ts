/** Training by several threads: the same files. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chainrule, folder } from '../support.ts'

const NET = `batch B
input x[64]
target y : onehot
param W[150, 64], b[150] = zeros, V[5, 150], c[5] = zeros
p = softmax(V @ tanh(W @ x + b) + c)
output p
loss J = crossentropy(p, y)
`.replace('y : onehot', 'y[5] : onehot')

const table = (): string => {
  const names = Array.from({ length: 64 }, (_, k) => `x${k + 1}`)
  const rows = Array.from({ length: 150 }, (_, i) =>
    [...names.map((_name, k) => Math.sin(i * (k + 1)).toFixed(4)), i % 5].join(),
  )
  return `${names.join()},y\n${rows.join('\n')}\n`
}

const TRAIN = ['train', 'n.net', '--data', 'n.csv', '--epochs', '3', '--precision', 'f32', '--batch', '40']

test('comes to the same bytes by any number of threads, in one go or in two', async () => {
  const files = async (...runs: readonly (readonly string[])[]): Promise<Buffer> => {
    const dir = folder({ 'n.net': NET, 'n.csv': table() })
    for (const extra of runs) {
      const { status, err } = await chainrule(dir, [...TRAIN, ...extra])
      expect({ status, err }).toMatchObject({ status: 0 })
      if (extra.includes('--threads')) expect(err).toContain(`; ${extra.at(-1)} threads\n`)
      expect(err).not.toContain('no-threads')
    }
    return readFileSync(join(dir, 'n.safetensors'))
  }
  const once = await files([])
  expect((await files(['--threads', '2'])).equals(once)).toBe(true)
  expect((await files(['--threads', '3'])).equals(once)).toBe(true)
  const parts = await files(['--epochs', '1', '--threads', '2'], ['--resume', '--threads', '4'])
  expect(parts.equals(once)).toBe(true)
})

test('what has nothing to share says so', async () => {
  const small = NET.replace('W[150, 64], b[150]', 'W[4, 64], b[4]').replace('V[5, 150]', 'V[5, 4]')
  const dir = folder({ 'n.net': small, 'n.csv': table() })
  const short = TRAIN.map((word) => (word === '3' ? '1' : word))
  const script = await chainrule(dir, [...short, '--threads', '2'])
  expect([script.status, script.err]).toEqual([
    0,
    expect.stringContaining('runs in JavaScript, on one thread'),
  ])
  const wasm = await chainrule(dir, [...short, '--threads', '2', '--target', 'wasm'])
  expect([wasm.status, wasm.err]).toEqual([
    0,
    expect.stringContaining('Nothing here is shared among threads'),
  ])
  const both = await chainrule(dir, [...short, '--threads', '2', '--target', 'js'])
  expect([both.status, both.err]).toEqual([2, expect.stringContaining('Threads run steps in WebAssembly')])
})
