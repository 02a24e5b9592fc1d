// A step of W6 (1024-1024-1024-10, relu, softmax + cross-entropy) and of LeNet-5, batches of 128, singles, WebAssembly: by several threads beside one.
// Results compared first, to the last bit; then interleaved medians of wall time, and the least times. Build first. usage: node bench/threads.mjs [--threads 2] [--rounds 60]
import { loadavg } from 'node:os'
import { compile } from '../dist/src/index.js'
import { LENET } from './lenet-by-hand.mjs'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
const [threads, rounds] = [option('threads', 2), option('rounds', 60)]
const B = 128

const PROGRAMS = {
  W6: `batch B
input x[1024]
target y : index(10)
param W0[1024, 1024], b0[1024], W1[1024, 1024], b1[1024], W2[10, 1024], b2[10]
loss J = crossentropy(softmax(W2 @ relu(W1 @ relu(W0 @ x + b0) + b1) + b2), y)
`,
  LeNet: LENET,
}

let state = 7
const random = () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5
const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1]
const timed = (work) => {
  const before = performance.now()
  work()
  return performance.now() - before
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  const made = async (threads) => {
    const { code } = compile(program, { target: 'wasm', precision: 'f32', formulas: false, threads })
    return await import(`data:text/javascript,${encodeURIComponent(code)}`)
  }
  const [one, several] = [await made(false), await made(true)]
  const count = await several.parallel(threads)
  const data = {
    x: Float32Array.from({ length: B * (name === 'W6' ? 1024 : 784) }, random),
    y: Int32Array.from({ length: B }, (_, i) => i % 10),
  }
  const [a, b] = [one.init(1), several.init(1)]
  for (let i = 0; i < 5; i++)
    if (one.step(a, data, 0.1) !== several.step(b, data, 0.1)) throw new Error(`${name}: losses differ`)
  for (const key of Object.keys(a))
    if (!a[key].every((v, i) => Object.is(v, b[key][i]))) throw new Error(`${name}: ${key} differs`)
  const times = [[], []]
  for (let round = 0; round < rounds; round++) {
    times[0].push(timed(() => one.step(a, data, 1e-6)))
    times[1].push(timed(() => several.step(b, data, 1e-6)))
  }
  const [alone, together] = times.map(median)
  const [least, leastTogether] = times.map((t) => Math.min(...t))
  console.log(
    `${name}: one thread ${alone.toFixed(1)} ms, ${count} threads ${together.toFixed(1)} ms: ${(alone / together).toFixed(2)} × (least times ${least.toFixed(1)} and ${leastTogether.toFixed(1)}: ${(least / leastTogether).toFixed(2)} ×; load of the machine ${loadavg()[0].toFixed(1)})`,
  )
  await several.parallel(1)
}
