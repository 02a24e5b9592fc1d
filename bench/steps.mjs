// One step (forward, backward, update) of what the compiler emits beside the same by hand: same process, same weights and
// data, interleaved, results compared. Build first. usage: node bench/steps.mjs [--precision f64|f32] [--only W4] [--seconds 2]
import { compile } from '../dist/src/index.js'
import * as hand from './handwritten.mjs'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const precision = option('precision', 'f64')
const only = option('only', '')
const seconds = Number(option('seconds', '2'))
const Real = precision === 'f64' ? Float64Array : Float32Array

const mlp3 = `input x[4]\ntarget y[3] : onehot\nparam W1[16, 4], b1[16], W2[16, 16], b2[16], W3[3, 16], b3[3]\nh1 = tanh(W1 @ x + b1)\nh2 = tanh(W2 @ h1 + b2)\np = softmax(W3 @ h2 + b3)\nloss J = crossentropy(p, y)\n`
const mlp4 = `input x[784]\ntarget y[10] : onehot\nparam W1[128, 784], b1[128], W2[10, 128], b2[10]\nh = relu(W1 @ x + b1)\np = softmax(W2 @ h + b2)\nloss J = crossentropy(p, y)\n`

let state = 7
const random = () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5
const array = (n) => Real.from({ length: n }, random)
const onehot = (B, K) => Real.from({ length: B * K }, (_, i) => (i % K === Math.floor(i / K) % K ? 1 : 0))

const workloads = [
  [
    'W1',
    `input x[2]\ntarget t\nparam W1[2, 2], W2[1, 2]\nh = sigmoid(W1 @ x)\nyhat = sigmoid(W2 @ h)\nloss E = sum((yhat - t)^2) / 2\n`,
    () => ({ x: array(2), t: random() }),
    { 'by hand, unrolled': hand.w1() },
  ],
  [
    'W2',
    `input x\ntarget y\nparam w1, b1, w2, b2\na = sigmoid(w1 * x + b1)\nb = sigmoid(w2 * a + b2)\nloss J = (y - b)^2 / 2\n`,
    () => ({ x: random(), y: random() }),
    { 'by hand, unrolled': hand.w2() },
  ],
  ['W3·1', mlp3, () => ({ x: array(4), y: onehot(1, 3) }), { 'by hand, loops': hand.w3(1, Real) }],
  [
    'W3·32',
    `batch B\n${mlp3}`,
    () => ({ x: array(32 * 4), y: onehot(32, 3) }),
    { 'by hand, loops': hand.w3(32, Real) },
  ],
  ['W4·1', mlp4, () => ({ x: array(784), y: onehot(1, 10) }), { 'by hand, loops': hand.w4(1, Real, false) }],
  [
    'W4·32',
    `batch B\n${mlp4}`,
    () => ({ x: array(32 * 784), y: onehot(32, 10) }),
    { 'by hand, loops': hand.w4(32, Real, false), 'by hand, tiles': hand.w4(32, Real, true) },
  ],
  [
    'W4·128',
    `batch B\n${mlp4}`,
    () => ({ x: array(128 * 784), y: onehot(128, 10) }),
    { 'by hand, loops': hand.w4(128, Real, false), 'by hand, tiles': hand.w4(128, Real, true) },
  ],
]

for (const [name, text, make, others] of workloads) {
  if (!name.startsWith(only)) continue
  const { code, diagnostics } = compile(text, { target: 'js', precision, formulas: false })
  if (!code) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  const data = make()
  const runs = Object.entries({ emitted: module.step, ...others }).map(([label, step]) => ({
    label,
    step,
    params: module.init(1),
    best: Infinity,
    loss: 0,
  }))
  // The same number of steps from the same start must end at the same loss.
  for (const r of runs) for (let i = 0; i < 10; i++) r.loss = r.step(r.params, data, 0.01)
  for (const r of runs) {
    const error = Math.abs(r.loss - runs[0].loss) / Math.max(1e-3, Math.abs(r.loss))
    if (!(error < (precision === 'f64' ? 1e-9 : 1e-3)))
      throw new Error(`${name}, ${r.label}: loss ${r.loss}, not ${runs[0].loss}`)
  }
  let turns = 1
  const time = ({ step, params }) => {
    const start = performance.now()
    for (let i = 0; i < turns; i++) step(params, data, 1e-4)
    return (performance.now() - start) / turns
  }
  for (let spent = 0; spent < 20;) {
    spent = time(runs[0]) * turns
    if (spent < 20) turns *= 2
  }
  const until = performance.now() + seconds * 1000 * runs.length
  while (performance.now() < until) for (const r of runs) r.best = Math.min(r.best, time(r))
  const [emitted, ...rest] = runs
  console.log(
    `${name.padEnd(7)} ${precision}  emitted ${us(emitted.best)}  ${rest.map((r) => `${r.label} ${us(r.best)} (${(emitted.best / r.best).toFixed(2)} ×)`).join('  ')}`,
  )
}

function us(ms) {
  const v = ms * 1000
  return `${v < 10 ? v.toFixed(3) : v.toFixed(0)} µs`
}
