// A step of LeNet-5 (a convolution of 6, a pool, one of 16, a pool, three layers; a batch of 32) as it is emitted, beside the same loops by
// hand: gradients compared first, then interleaved medians of CPU time. Build first. usage: node bench/lenet.mjs [--precision f64|f32] [--rounds 15]
import { compile } from '../dist/src/index.js'
import { LENET, lenet } from './lenet-by-hand.mjs'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const precision = option('precision', 'f64')
const rounds = Number(option('rounds', '15'))
const Real = precision === 'f64' ? Float64Array : Float32Array
const B = 32

const { code, diagnostics } = compile(LENET, { target: 'js', precision, formulas: false })
if (!code) throw new Error(diagnostics.map((d) => d.message).join('\n'))
const emitted = await import(`data:text/javascript,${encodeURIComponent(code)}`)

let state = 7
const random = () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5
const data = {
  x: Real.from({ length: B * 784 }, random),
  y: Int32Array.from({ length: B }, (_, i) => i % 10),
}
const params = () => {
  const made = emitted.init(1)
  for (const v of Object.values(made)) if (!v.some((e) => e !== 0)) v.fill(0.01)
  return made
}

// The same change of every entry.
const byHand = lenet(B, Real)
const start = params()
const [one, other] = [params(), params()]
emitted.step(one, data, 1)
byHand(other, data, 1)
for (const name of Object.keys(start)) {
  const changes = start[name].map((v, i) => v - other[name][i])
  const scale = changes.reduce((m, c) => Math.max(m, Math.abs(c)), 0)
  const error = changes.reduce((m, c, i) => Math.max(m, Math.abs(c - (start[name][i] - one[name][i]))), 0)
  if (!(error <= (precision === 'f64' ? 1e-9 : 2e-3) * scale))
    throw new Error(`${name}: gradients differ by ${error}, of ${scale}`)
}

const runs = [
  { label: 'emitted', step: emitted.step, times: [] },
  { label: 'by hand', step: byHand, times: [] },
].map((r) => ({ ...r, params: params() }))
for (let round = -3; round < rounds; round++)
  for (const r of runs) {
    const before = process.cpuUsage().user
    for (let k = 0; k < 4; k++) r.step(r.params, data, 1e-3)
    if (round >= 0) r.times.push((process.cpuUsage().user - before) / 4000)
  }
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]
const [mine, hand] = runs.map((r) => median(r.times))
console.log(
  `LeNet-5, 32 samples, ${precision}: emitted ${mine.toFixed(1)} ms, by hand ${hand.toFixed(1)} ms (${(mine / hand).toFixed(2)} ×)`,
)
