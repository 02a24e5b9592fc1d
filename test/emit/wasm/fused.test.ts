/** Sums of products by one instruction each, in an engine that knows it: within rounding of what others compute. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compile } from '../../../src/compile.ts'
import { folder } from '../../cli/support.ts'
import { brief } from '../../support/examples.ts'
import { KINDS } from '../c/kinds.ts'

/** (a, b, c) ↦ relaxed_madd(a, b, c), by hand (relaxed SIMD, "Binary format of instructions": 0xfd 0x105). */
const MADD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 3, 123, 123, 123, 0, 3, 2, 1, 0],
  ...[10, 14, 1, 12, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 26, 11],
)
/** What this engine, if it is an older one, must be asked for. */
const FLAGS = WebAssembly.validate(MADD) ? [] : ['--experimental-wasm-relaxed-simd']

const PROGRAMS = { ...KINDS, 'digits.net': brief('digits.net'), 'lstm.net': brief('lstm.net') }

/** Prints whether the fused binary is the one that is taken, and by how much parameters differ after steps from those of JavaScript. */
const MAIN = `
const [js, wasm] = [await import('./js.mjs'), await import('./wasm.mjs')]
const all = (v) => (typeof v === 'number' ? [v] : ArrayBuffer.isView(v) ? [...v] : Object.values(v).flatMap(all))
const B = 5
const values = (shapes, from) => {
  let n = from
  return Object.fromEntries(Object.entries(shapes).map(([name, { shape }]) => {
    const size = shape.reduce((p, e) => p * e, 1)
    const one = () => Math.sin(++n * 12.9898) * 0.6
    return [name, Float32Array.from({ length: B * size }, one)]
  }))
}
const data = { ...values(js.network.inputs, 0), ...values(js.network.targets, 99) }
const [a, b] = [js.init(1), wasm.init(1)]
for (let i = 0; i < 3; i++) { js.step(a, data, 0.1); wasm.step(b, data, 0.1) }
const [x, y] = [all(a), all(b)]
const scale = Math.max(...x.map(Math.abs))
console.log(JSON.stringify({ fused: globalThis.taken, error: Math.max(...x.map((v, i) => Math.abs(v - y[i]))) / scale }))
`

const source = (rows: number): string => `batch B
input x[${rows}]
target y[9]
param W[13, ${rows}], b[13], V[9, 13], c[9]
loss J = squarederror(V @ tanh(W @ x + b) + c, y)
`

function run(program: string, flags: readonly string[]): { fused: boolean; error: number } {
  const made = (target: 'js' | 'wasm'): string =>
    compile(program, { target, precision: 'f32', formulas: false }).code!
  const wasm = made('wasm').replace(
    'WebAssembly.validate(fused)',
    '(globalThis.taken = WebAssembly.validate(fused))',
  )
  const dir = folder({ 'main.mjs': MAIN, 'js.mjs': made('js'), 'wasm.mjs': wasm })
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, join(dir, 'main.mjs')], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as { fused: boolean; error: number }
}

test.each([21, 32, 300])('rows of %i: the same to rounding, with and without', (rows) => {
  const fused = run(source(rows), FLAGS)
  expect(fused).toMatchObject({ fused: true })
  expect(fused.error).toBeLessThan(2e-6)
  if (FLAGS.length === 0) return
  const plain = run(source(rows), [])
  expect(plain).toMatchObject({ fused: false })
  expect(plain.error).toBeLessThan(2e-6)
})

test('of programs of all kinds the other binary is one, of the same length, in both precisions', () => {
  const binaries: Record<string, string> = {}
  for (const [name, program] of Object.entries(PROGRAMS))
    for (const precision of ['f64', 'f32'] as const) {
      const { code } = compile(program, { target: 'wasm', precision, formulas: false })
      if (/\$products = /.test(code!)) binaries[`${name} ${precision}`] = code!
    }
  // Where there are matrix products there are sums.
  for (const name of ['odd f64', 'odd f32', 'digits.net f32', 'lstm.net f64'])
    expect(Object.keys(binaries)).toContain(name)
  const dir = folder({
    'main.mjs': `import { readFileSync } from 'node:fs'
const wrong = []
for (const [name, code] of Object.entries(JSON.parse(readFileSync(new URL('./codes.json', import.meta.url), 'utf8')))) {
  globalThis.lengths = undefined
  const seen = code.replace('WebAssembly.validate(fused)', '(globalThis.lengths = [fused.length, plain.length, WebAssembly.validate(fused)])[2]')
  await import('data:text/javascript,' + encodeURIComponent(seen))
  const [fused, plain, valid] = globalThis.lengths
  if (fused !== plain || !valid) wrong.push(name)
}
console.log(JSON.stringify(wrong))
`,
    'codes.json': JSON.stringify(binaries),
  })
  const { stdout } = spawnSync(process.execPath, [...FLAGS, join(dir, 'main.mjs')], { encoding: 'utf8' })
  expect(JSON.parse(stdout)).toEqual([])
})
