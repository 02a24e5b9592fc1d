/**
 * Three bodies follow one another along a figure of eight (Chenciner, Montgomery, Annals of Mathematics 152, 2000; initial values of Simó): a step of
 * velocity Verlet is two half kicks by the force, and a drift between.
 */
import { forward } from './bodies.net'

const PERIOD = 6.32591398
const STEPS = 20_000
const m = Float64Array.of(1, 1, 1)
const [x1, y1, u, v] = [0.97000436, -0.24308753, 0.93240737, 0.86473146]
const start = Float64Array.of(x1, y1, 0, -x1, -y1, 0, 0, 0, 0)
const x = start.slice()
const speed = Float64Array.of(u / 2, v / 2, 0, u / 2, v / 2, 0, -u, -v, 0)

const at = { E: 0, F: new Float64Array(9) }
const energy = (): number => forward({ x, m }, at).E + speed.reduce((sum, s) => sum + (s * s) / 2, 0)
const before = energy()
const h = PERIOD / STEPS
for (let step = 0; step < STEPS; step++) {
  for (let i = 0; i < 9; i++) x[i]! += h * (speed[i]! += (h / 2) * at.F[i]!)
  forward({ x, m }, at)
  for (let i = 0; i < 9; i++) speed[i]! += (h / 2) * at.F[i]!
}
const off = Math.max(...x.map((now, i) => Math.abs(now - start[i]!)))
console.log(`after a period all are back, but for ${off.toExponential(0)}`)
console.log(`the energy ${before.toFixed(6)} has changed by ${Math.abs(energy() - before).toExponential(0)}`)
