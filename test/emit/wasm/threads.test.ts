/** Several threads: the same bits as one, whatever they are doing meanwhile. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Diagnostics } from '../../../src/base/diagnostics.ts'
import { compile } from '../../../src/compile.ts'
import { emitModule } from '../../../src/emit/module.ts'
import { wasmKernel } from '../../../src/emit/wasm/kernel.ts'
import type { Program } from '../../../src/schedule/index.ts'
import { folder } from '../../cli/support.ts'
import { type Module, load } from '../../schedule/built.ts'
import { randomFamilies } from '../../schedule/random-families.ts'
import { compileShared } from '../../support/analysed.ts'
import { LONG, seeds } from '../../support/campaign.ts'
import { brief, closed } from '../../support/examples.ts'
import { given } from '../c/given.ts'
import { resultsOf } from '../c/in-javascript.ts'
import { KINDS } from '../c/kinds.ts'

interface Threaded extends Module {
  parallel(threads?: number): Promise<number>
}

let modules = 0
/** Each text is a module of its own, equal ones too. */
const imported = async (code: string): Promise<Threaded> =>
  (await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(`${code}\n// ${modules++}`)}`
  )) as Threaded

/** A program in which every loop that can be shared is, however short. */
function sharing(name: string, source: string, precision: 'f64' | 'f32') {
  let program: Program | undefined
  const { code: alone } = compileShared(source, {
    filename: name,
    target: 'wasm',
    precision,
    formulas: false,
    observe: (stage, result) => {
      if (stage === 'schedule') program = result as Program
    },
  })
  const { code, sharing: isShared } = emitModule({ ...program!, threads: 1 }, wasmKernel, new Diagnostics(), {
    target: 'js',
    filename: name,
  })!
  return { alone: alone!, code, network: program!.network, isShared: isShared! }
}

const TOLERANCE = { f64: 1e-12, f32: 2e-6 }

async function same(name: string, source: string, precision: 'f64' | 'f32'): Promise<boolean> {
  const { alone, code, network, isShared } = sharing(name, source, precision)
  const values = given(network, precision)
  const want = resultsOf(load(alone), network, values)
  const m = await imported(code)
  const one = resultsOf(m, network, values)
  for (const what of ['loss', 'forward', 'backward', 'step'] as const)
    one[what].forEach((x, i) => {
      const y = want[what][i]!
      if (!(Object.is(x, y) || Math.abs(x - y) <= TOLERANCE[precision] * Math.max(1, Math.abs(y))))
        throw new Error(`${name} ${what}[${i}]: ${x}, without threads ${y}\n${source}`)
    })
  for (const threads of isShared ? [2, 3] : []) {
    expect(await m.parallel(threads)).toBe(threads)
    for (let again = 0; again < 3; again++) expect(resultsOf(m, network, values)).toEqual(one)
  }
  expect(await m.parallel(1)).toBe(1)
  return isShared
}

describe('every loop that can be shared is', () => {
  for (const precision of ['f64', 'f32'] as const) {
    const examples = closed.filter((_, i) => LONG || i % 3 === (precision === 'f64' ? 0 : 1))
    test.each(examples)(`%s ${precision}`, async (file) => void (await same(file, brief(file), precision)))
    test.each(Object.entries(KINDS))(`%s ${precision}`, async (name, source) => {
      const isShared = await same(name, source, precision)
      if (name === 'odd' || name === 'windows') expect(isShared).toBe(true)
    })
    test.each(seeds(2, 1))(
      `families %i ${precision}`,
      async (i) => void (await same(`families ${i}`, randomFamilies(`t ${i}`), precision)),
    )
  }

  test('in recurrences too, within each step', async () => {
    const source = `dim T = 14
batch B
input x[6]
target y
param W[9, 6], U[9, 9], b[9], v[9]
h[0] = zeros(9)
h[t] = tanh(W @ x + U @ h[t-1] + b) for t in 1..T
loss J = (dot(v, h[T]) - y)^2
`
    expect(await same('recurrence', source, 'f64')).toBe(true)
  })
})

const WIDE = `batch B
input x[200]
target y : index(10)
param W[300, 200], b[300], V[10, 300]
loss J = crossentropy(softmax(V @ relu(W @ x + b)), y)
`
const { code: wide, types } = compile(WIDE, { target: 'wasm', precision: 'f32', threads: true })

const batch = (count: number) => ({
  x: Float32Array.from({ length: 200 * count }, (_, i) => Math.sin(i)),
  y: Int32Array.from({ length: count }, (_, i) => i % 10),
})

describe('a module', () => {
  test('of another width of threads at each turn, with pauses in which they fall asleep', async () => {
    const { code: plain } = compile(WIDE, { target: 'wasm', precision: 'f32' })
    const [m, one] = [await imported(wide!), load(plain!)]
    const [params, expected] = [m.init(1), one.init(1)]
    for (const threads of [2, 1, 4, 3]) {
      expect(await m.parallel(threads)).toBe(threads)
      for (let turn = 0; turn < 30; turn++) {
        const data = batch(1 + ((turn * 7) % 40))
        expect(m.step(params, data, 0.1)).toBe(one.step(expected, data, 0.1))
        if (turn % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      }
      for (const [name, values] of Object.entries(params)) expect(values).toEqual(expected[name])
    }
    await m.parallel(1)
  })

  test('whose memory grows has the same views as before', async () => {
    const m = await imported(wide!)
    const { code: plain } = compile(WIDE, { target: 'wasm', precision: 'f32' })
    const one = load(plain!)
    const [params, expected] = [m.init(1), one.init(1)]
    const W = params['W']
    await m.parallel(2)
    const large = batch(8_000)
    expect(m.step(params, large, 0.1)).toBe(one.step(expected, large, 0.1))
    expect(params['W']).toBe(W)
    expect(W).toEqual(expected['W'])
    const next = batch(5)
    expect(m.step(params, next, 0.1)).toBe(one.step(expected, next, 0.1))
    await m.parallel(1)
  })

  test('says how many threads there are', async () => {
    const m = await imported(wide!)
    expect(types).toMatch(/export declare function parallel\(threads\?: number\): Promise<number>;/)
    for (const wrong of [0, -1, 1.5, NaN, '2' as unknown as number])
      expect(() => m.parallel(wrong)).toThrow(/threads is .*; it must be a whole number of at least 1/)
    expect(await m.parallel()).toBeGreaterThanOrEqual(1)
    const globals = globalThis as { crossOriginIsolated?: boolean }
    globals.crossOriginIsolated = false
    try {
      expect(await m.parallel(2)).toBe(1)
    } finally {
      delete globals.crossOriginIsolated
    }
  })

  test('of several losses shares the loops of each', async () => {
    const source = `batch B
input z[64], x[64]
param G[64, 64], D[200, 64], d[200]
f = G @ z
r = dot(d, relu(D @ x))
q = dot(d, relu(D @ f))
loss LD = mean((r - 1)^2) + mean((q + 1)^2) for D, d
loss LG = mean((q - 1)^2) for G
`
    type Steps = Record<'stepLD' | 'stepLG', Module['step']> & Threaded
    const made = async (threads: boolean): Promise<Steps> =>
      (await imported(compile(source, { target: 'wasm', threads }).code!)) as Steps
    const [one, m] = [await made(false), await made(true)]
    expect(await m.parallel(2)).toBe(2)
    const [expected, params] = [one.init(1), m.init(1)]
    const values = (shift: number) => Float64Array.from({ length: 64 * 20 }, (_, i) => Math.sin(i + shift))
    const data = { z: values(0), x: values(1) }
    for (let turn = 0; turn < 5; turn++)
      for (const step of ['stepLD', 'stepLG'] as const)
        expect(m[step](params, data, 0.01)).toBe(one[step](expected, data, 0.01))
    for (const [name, own] of Object.entries(params)) expect(own).toEqual(expected[name])
    await m.parallel(1)
  })

  test('without anything to share says so, and runs', async () => {
    const { code, diagnostics } = compile('input x\nparam w\nloss J = (w*x - 1)^2\n', {
      target: 'wasm',
      threads: true,
    })
    expect(diagnostics.map((d) => d.code)).toEqual(['no-threads'])
    const m = await imported(code!)
    expect(await m.parallel(4)).toBe(1)
    expect(m.loss({ w: 3 }, { x: 2 })).toBe(25)
    expect(compile(WIDE, { target: 'js', threads: true }).diagnostics.map((d) => d.code)).toEqual([
      'no-threads',
    ])
    expect(compile(WIDE, { threads: 2 as unknown as boolean }).diagnostics[0]?.code).toBe('bad-option')
  })
})

/** Runs lines of JavaScript after the module, as a program of its own. */
function run(lines: string): { status: number | null; out: string } {
  const dir = folder({ 'wide.mjs': wide!, 'package.json': '{}' })
  writeFileSync(join(dir, 'main.mjs'), lines)
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dir, 'main.mjs')], {
    encoding: 'utf8',
  })
  return { status, out: stdout + stderr }
}

const STEPS = `
const { init, step, parallel } = await import('./wide.mjs')
const data = { x: Float32Array.from({ length: 200 * 20 }, (_, i) => Math.sin(i)), y: Int32Array.from({ length: 20 }, (_, i) => i % 10) }
const losses = (params) => Array.from({ length: 20 }, () => step(params, data, 0.1)).join()
const alone = losses(init(1))
const threads = await parallel(2)
console.log(threads, losses(init(1)) === alone)
`

test('a program ends although its threads sleep', () => {
  expect(run(STEPS)).toEqual({ status: 0, out: '2 true\n' })
})

test('in a worker of Node', () => {
  const program = `import { Worker } from 'node:worker_threads'
new Worker(new URL('./in-worker.mjs', import.meta.url))`
  const dir = folder({ 'wide.mjs': wide!, 'package.json': '{}', 'main.mjs': program, 'in-worker.mjs': STEPS })
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dir, 'main.mjs')], {
    encoding: 'utf8',
  })
  expect({ status, out: stdout + stderr }).toEqual({ status: 0, out: '2 true\n' })
})

/** What a page has: workers from blobs, whose messages are events; and a thread that may not sleep. */
const PAGE = `
import { resolveObjectURL } from 'node:buffer'
import * as node from 'node:worker_threads'
delete process.getBuiltinModule
globalThis.crossOriginIsolated = true
globalThis.Worker = class {
  constructor(url) {
    const queue = []
    this.postMessage = (message) => queue.push(message)
    resolveObjectURL(url).text().then((text) => {
      const page = "const { parentPort } = require('node:worker_threads')\\ndelete process.getBuiltinModule\\nglobalThis.postMessage = (m) => parentPort.postMessage(m)\\nparentPort.on('message', (data) => globalThis.onmessage({ data }))\\n"
      const worker = new node.Worker(page + text, { eval: true })
      worker.on('message', (data) => this.onmessage({ data }))
      worker.unref()
      queue.forEach((message) => worker.postMessage(message))
    })
  }
}
const ticks = setInterval(() => 0, 100)
Atomics.wait = () => { throw new TypeError('Atomics.wait cannot be called in this context') }
${STEPS}
clearInterval(ticks)
`

test('in a page: workers from blobs, and a thread that may not sleep', () => {
  expect(run(PAGE)).toEqual({ status: 0, out: '2 true\n' })
  const notIsolated = PAGE.replace('crossOriginIsolated = true', 'crossOriginIsolated = false')
  expect(run(notIsolated)).toEqual({ status: 0, out: '1 true\n' })
  const refused = PAGE.replace('const queue = []', "throw new Error('a policy of the page refuses workers')")
  expect(run(refused)).toEqual({ status: 0, out: '1 true\n' })
})
