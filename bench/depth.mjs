// Deep networks, unrolled against loops over their steps: seconds and peak memory of compiling, the size of the module, the
// numbers in its workspace, and microseconds per step. Checkpoints keep the states of a recurrence only between segments.
// Build first. usage: node bench/depth.mjs [--only RNN] [--seconds 1]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const seconds = Number(option('seconds', '1'))

const rnn = (T) => `dim T = ${T}, D = 8, H = 16
param W[H, D], U[H, H], b[H], V[1, H]
input x[t][D] for t in 1..T
target y[1]
h[0] = zeros(H)
for t in 1..T { h[t] = tanh(W @ x[t] + U @ h[t-1] + b) }
o = V @ h[T]
loss E = squarederror(o, y)
`
const scalar = (T) => `dim T = ${T}
param w, b
input x
target y
z[0] = x
for t in 1..T { z[t] = tanh(w * z[t-1] + b) }
loss E = squarederror(z[T], y)
`
const mlp = (L, D) => `dim L = ${L}, D = ${D}
batch B
param W[l][D, D] for l in 1..L
param b[l][D] for l in 1..L
input x[D]
target y[D]
a[0] = x
for l in 1..L { a[l] = tanh(W[l] @ a[l-1] + b[l]) }
loss E = squarederror(a[L], y)
`
const workloads = [
  ['10 layers of 64, batch 64', mlp(10, 64)],
  ['50 layers of 16, batch 64', mlp(50, 16)],
  ['RNN, T = 12', rnn(12)],
  ['RNN, T = 200', rnn(200)],
  ['RNN, T = 2000', rnn(2000)],
  ['scalars, 200 steps', scalar(200)],
  ['scalars, 20000 steps', scalar(20000)],
]
const kinds = { unrolled: { unrolled: 1e9 }, loops: {}, checkpoints: { checkpoint: true } }

/** In a process of its own, for its peak memory. */
async function measure(source, options) {
  const { compile } = await import('../dist/src/index.js')
  const start = performance.now()
  const { code, diagnostics } = compile(source, { target: 'js', formulas: false, ...options })
  const compiling = (performance.now() - start) / 1000
  if (code === undefined) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  const peak = process.resourceUsage().maxRSS / 1024
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  let n = 0
  const like = (shape) => Float64Array.from({ length: shape }, () => Math.sin(++n) * 0.5)
  const size = (text, name) => Number(new RegExp(`${name} = (\\d+)`).exec(text)[1])
  const B = source.includes('batch B') ? 64 : 1
  const data = source.startsWith('dim T')
    ? source.includes('x[t]')
      ? { x: Array.from({ length: size(source, 'T') }, () => like(size(source, 'D'))), y: like(1) }
      : { x: 0.3, y: 0.1 }
    : { x: like(B * size(source, 'D')), y: like(B * size(source, 'D')) }
  const params = module.init(1)
  const loss = module.step(params, data, 1e-3)
  let steps = 0
  const end = performance.now() + seconds * 1000
  const from = performance.now()
  while (performance.now() < end || steps < 3) {
    module.step(params, data, 1e-6)
    steps++
  }
  const step = ((performance.now() - from) * 1000) / steps
  /** The longest that each array of the workspace becomes. */
  const slots = new Map()
  for (const [, slot, text] of code.matchAll(
    /(\$scratch\d+) = (?:\/\*.*?\*\/ )?new Float\d\dArray\(([^)]*)\)/g,
  )) {
    const length = text.split(' * ').reduce((p, f) => p * (f === 'B' ? B : Number(f)), 1)
    slots.set(slot, Math.max(slots.get(slot) ?? 0, length))
  }
  const numbers = [...slots.values()].reduce((a, b) => a + b, 0)
  return { compiling, peak, size: code.length / 1e3, numbers, step, loss }
}

const asked = option('measure')
if (asked !== undefined) {
  const [source, options] = JSON.parse(asked)
  console.log(JSON.stringify(await measure(source, options)))
} else {
  console.log('                                          seconds  peak MB  module KB  workspace    µs/step')
  for (const [name, source] of workloads) {
    if (!name.includes(option('only', ''))) continue
    const losses = []
    for (const [kind, options] of Object.entries(kinds)) {
      const args = ['--stack-size=4000', fileURLToPath(import.meta.url), '--seconds', String(seconds)]
      const run = spawnSync(process.execPath, [...args, '--measure', JSON.stringify([source, options])], {
        encoding: 'utf8',
      })
      if (run.status !== 0) throw new Error(run.stderr)
      const { compiling, peak, size, numbers, step, loss } = JSON.parse(run.stdout)
      losses.push(loss)
      console.log(
        [
          name.padEnd(27),
          kind.padEnd(12),
          compiling.toFixed(2).padStart(9),
          peak.toFixed(0).padStart(8),
          size.toFixed(1).padStart(10),
          String(numbers).padStart(10),
          step.toFixed(1).padStart(10),
        ].join(' '),
      )
    }
    if (losses.some((x) => Math.abs(x - losses[0]) > 1e-12 * Math.abs(losses[0])))
      throw new Error(`${name}: losses differ, ${losses.join(', ')}`)
  }
}
