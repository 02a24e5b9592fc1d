/** Learns to learn sines of any amplitude and phase from ten points, in two steps, and tries it on sines that it has not seen. */
import { forward, init, initState, step } from './maml.net'

const [TASKS, POINTS, ROUNDS] = [16, 10, 2000]
let seed = 1
const uniform = (lo: number, hi: number): number => {
  // A linear congruential generator (Numerical Recipes).
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return lo + ((hi - lo) * seed) / 2 ** 32
}

/** Points of sines, ten that are known and ten others. */
function sines(count: number) {
  const data = {
    x: new Float64Array(count * POINTS),
    y: new Float64Array(count * POINTS),
    xnew: new Float64Array(count * POINTS),
    ynew: new Float64Array(count * POINTS),
  }
  for (let task = 0; task < count; task++) {
    const [amplitude, phase] = [uniform(0.5, 2), uniform(0, Math.PI)]
    for (let i = task * POINTS; i < (task + 1) * POINTS; i++) {
      data.x[i] = uniform(-3, 3)
      data.xnew[i] = uniform(-3, 3)
      data.y[i] = amplitude * Math.sin(data.x[i]! + phase)
      data.ynew[i] = amplitude * Math.sin(data.xnew[i]! + phase)
    }
  }
  return data
}

const params = init(1)
const state = initState()
const unseen = sines(200)
const off = (p: Float64Array): string =>
  Math.sqrt(p.reduce((sum, x, i) => sum + (x - unseen.ynew[i]!) ** 2, 0) / p.length).toFixed(2)
console.log(`a random start: off by ${off(forward(params, unseen).p)} after two steps`)
for (let round = 0; round < ROUNDS; round++)
  step(params, sines(TASKS), round < ROUNDS / 2 ? 0.01 : 0.002, state)
const { before, p } = forward(params, unseen)
console.log(`the start that was learned: off by ${off(before)}, after two steps by ${off(p)}`)
