/** Emitted modules under the compilers and bundlers that people have. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { format } from '../../src/emit/format.ts'
import { type Sketch, emitted, network } from './support.ts'
import { everyNth } from '../support/campaign.ts'

const SKETCHES: Record<string, Sketch> = {
  dense: {
    doc: 'A net.',
    docs: { W: 'The weights.' },
    params: { W: [3, 4], c: [] },
    inputs: { x: [4] },
    targets: { y: [3], weight: [] },
    outputs: { h: [4], p: [] },
    hypers: { lambda: 0.5 },
    batch: 'B',
  },
  single: {
    params: { W: [3, 4], c: [] },
    inputs: { x: [4], s: [] },
    targets: { y: [3] },
    outputs: { h: [4], p: [] },
  },
  fixed: { params: { W: [3] }, inputs: { x: [4] }, outputs: { h: [4] }, batch: 8 },
  open: {
    params: { W: [3] },
    inputs: { x: ['T', 'T'], z: ['2*U', 'T'], s: [] },
    targets: { y: ['U-1'] },
    outputs: { h: ['T'] },
    batch: 'B',
    dims: { T: 'T', U: 'U', 'n[1]': 2, 'n[2]': 3 },
  },
  family: {
    params: {
      'W[1]': [2],
      'W[2]': [2],
      'W[3]': [2],
      'W[4]': [2, 2],
      'b[1]': [],
      'b[2]': [],
      'V[1][1]': [2],
      'V[1][2]': [5],
      'V[2][1]': [3],
    },
    inputs: { 'x[1]': [2], 'x[2]': [2], 'x[3]': [2] },
    outputs: { 'a[4]': [2] },
    batch: 'B',
  },
  nothing: {},
  names: {
    params: {
      class: [2],
      'w₁': [],
      ['__proto__']: [2],
      init: [2],
      params: [],
      any: [2],
      undefined: [2],
      Float64Array: [2],
    },
    inputs: { data: [2], await: [] },
    outputs: { network: [2], ŷ: [] },
    hypers: { new: 1, rate: 2 },
    batch: 'loss',
  },
}

const directory = mkdtempSync(join(tmpdir(), 'emitted-'))
const strict = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  noUnusedLocals: false,
  isolatedModules: true,
  isolatedDeclarations: true,
  declaration: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  noPropertyAccessFromIndexSignature: true,
  target: 'ES2020',
  module: 'ESNext',
  moduleResolution: 'Bundler',
  lib: ['ES2020'],
  types: [],
  noEmit: true,
  // The library's own declarations are not ours.
  skipDefaultLibCheck: true,
}
/** What a user writes: the names of the contract with its types. */
const USE = `
import { type Data, type Hyper, type Inputs, type Outputs, type Params, backward, forward, init, loss, network, step, zeros } from './dense-f64.net'
const params: Params = init(1)
const inputs: Inputs = { x: new Float64Array(4) }
const data: Data = { ...inputs, y: new Float64Array(3), weight: new Float64Array(1) }
const hyper: Hyper = { lambda: 1 }
const outputs: Outputs = forward(params, inputs)
const numbers: number[] = [loss(params, data), loss(params, data, hyper), backward(params, data, zeros(), {}), step(params, data, 0.1, hyper)]
forward(params, inputs, outputs, hyper)
const rows: 3 = network.params.W.shape[0]
const start: 'glorot' = network.params.W.initialiser
// @ts-expect-error a scalar parameter is a number
params.c = new Float64Array(1)
// @ts-expect-error what does not exist
network.params.V
export const used: string = [numbers, rows, start].join()
`

/** A program with hyperparameters of all kinds. */
const GIVEN = `
dim N
input x[N]
param w
hyper l[2] = [1, 2], dt, eps = 1e-3, mask[N]
z = w * sum(mask * x) * dt + l[2]
loss J = z^2 + eps * w^2
`
const USE_GIVEN = `
import { type Hyper, backward, forward, init, loss, network, step, zeros } from './given.net'
const data = { x: new Float64Array(4) }
const hyper: Hyper = { dt: 0.1, mask: new Float64Array(4) }
const more: Hyper = { ...hyper, l: new Float64Array(2), eps: 0 }
const numbers: number[] = [loss(init(), data, more), backward(init(), data, zeros(), hyper), step(init(), data, 0.1, hyper)]
forward(init(), data, undefined, hyper)
// @ts-expect-error what has no default is given
export const none: Hyper = { dt: 1 }
// @ts-expect-error and so are all of them
loss(init(), data)
const none2: null = network.hyper.dt
const second: 2 = network.hyper.l[1]
export const used: string = [numbers, none2, second].join()
`

beforeAll(async () => {
  for (const target of ['ts', 'js'] as const) {
    mkdirSync(join(directory, target))
    for (const [id, sketch] of Object.entries(SKETCHES))
      for (const precision of ['f64', 'f32'] as const) {
        const { code, types, diagnostics } = emitted(network(sketch), {
          target,
          precision,
          filename: `${id}.net`,
        })
        expect(diagnostics).toEqual([])
        writeFileSync(join(directory, target, `${id}-${precision}.net.${target}`), code!)
        if (types !== undefined) writeFileSync(join(directory, target, `${id}-${precision}.net.d.ts`), types)
        if (target === 'ts' && precision === 'f64')
          writeFileSync(join(directory, target, `${id}-pretty.net.ts`), await format(code!, 'ts'))
      }
    writeFileSync(join(directory, target, 'use.ts'), USE)
    const given = compile(GIVEN, { filename: 'given.net', target })
    expect(given.diagnostics).toEqual([])
    writeFileSync(join(directory, target, `given.net.${target}`), given.code!)
    if (given.types !== undefined) writeFileSync(join(directory, target, 'given.net.d.ts'), given.types)
    writeFileSync(join(directory, target, 'use-given.ts'), USE_GIVEN)
  }
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: strict, include: ['ts/*.ts', 'js/*.ts'] }),
  )
})
afterAll(() => rmSync(directory, { recursive: true }))

describe('types', () => {
  test.each(everyNth(['typescript5', 'typescript', 'typescript7'], 3))('strict under %s', async (version) => {
    const tsc = fileURLToPath(new URL(`../../node_modules/${version}/bin/tsc`, import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', directory]).catch(
      (e: { stdout: string }) => e,
    )
    expect(stdout).toBe('')
  })
})

test('runs where making code from text is forbidden, and allocates nothing per call', async () => {
  const main = join(directory, 'js', 'main.mjs')
  writeFileSync(
    main,
    `
    import { init, step, backward, forward, loss, zeros } from './single-f64.net.js'
    try { new Function(''); console.log('code can be made from text') } catch {}
    const [params, grads, data, outputs] = [init(1), zeros(), { x: new Float64Array(4), s: 1, y: new Float64Array(3) }, { h: new Float64Array(4), p: 0 }]
    const run = (n) => { for (let i = 0; i < n; i++) { step(params, data, 0.1); backward(params, data, grads); forward(params, data, outputs); loss(params, data) } }
    run(20000)
    const before = process.memoryUsage().heapUsed
    run(20000)
    // A returned number may be boxed (16 bytes); the smallest object or array is more.
    const bytes = (process.memoryUsage().heapUsed - before) / 80000
    if (bytes > 24) console.log(bytes, 'bytes per call')
  `,
  )
  writeFileSync(join(directory, 'js', 'package.json'), '{ "type": "module" }')
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disallow-code-generation-from-strings',
    '--max-semi-space-size=64',
    // Code is optimised after so many calls, not after so much time.
    '--no-concurrent-recompilation',
    main,
  ])
  expect(stdout).toBe('')
})

test('what is not used is shaken off', async () => {
  const entry = join(directory, 'js', 'entry.js')
  writeFileSync(entry, `import { zeros } from './dense-f64.net.js'\nconsole.log(zeros())\n`)
  const bundle = await rolldown({ input: entry })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  expect(output[0].code).not.toMatch(/TypeError|RangeError|DataView|glorot/)
  expect(output[0].code.length).toBeLessThan(200)
})

test('prettier leaves its own layout alone, and a long text as it is', async () => {
  for (const sketch of Object.values(SKETCHES)) {
    const { code } = emitted(network(sketch), { target: 'ts' })
    const pretty = await format(code!, 'ts')
    expect(await format(pretty, 'ts')).toBe(pretty)
  }
  const long = `const a   = 1\n`.repeat(20_000)
  expect(await format(long, 'ts')).toBe(long)
})
