/** A generator learns to draw from a normal distribution, mean 3 and deviation 0.5, from a judge that learns to tell its numbers from drawn ones. */
import { init, stepLD, stepLG } from './gan.net'

const [MEAN, DEVIATION, BATCH] = [3, 0.5, 128]
let seed = 1
// A linear congruential generator (Numerical Recipes), and the method of Box and Muller.
const uniform = (): number => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) + 1) / 2 ** 32
const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
const drawn = (mean: number, deviation: number): Float64Array =>
  Float64Array.from({ length: BATCH }, () => mean + deviation * normal())

const params = init(1)
let [scale, shift] = [0, 0]
const [ROUNDS, LAST] = [6000, 2000]
for (let round = 0; round < ROUNDS; round++) {
  const data = { x: drawn(MEAN, DEVIATION), z: drawn(0, 1) }
  stepLD(params, data, 0.1)
  stepLG(params, data, 0.02)
  // Both go around the equilibrium: the mean of where they are is there (as in Gidel and others 2018).
  if (round < ROUNDS - LAST) continue
  scale += Math.abs(params.scale) / LAST
  shift += params.shift / LAST
}
console.log(`mean ${shift.toFixed(1)}, deviation ${scale.toFixed(1)}`)
