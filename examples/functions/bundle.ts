/**
 * Bundle adjustment: four cameras look at a dozen points; where all of them are is found from what the cameras see. The program gives a residual and
 * its Jacobian of 2 × 15 for each observation; here they are put in their places.
 */
import { forward } from './camera.net'
import { leastSquares, type Residuals } from './levenberg-marquardt.ts'

const [CAMERAS, POINTS] = [4, 12]
const [OF_CAMERA, OF_POINT] = [6, 3] // what is unknown: rotation and position, and a point
const FIXED = [1000, 320, 240, -0.1, 0.02] // focal length, principal point, distortion: a camera that is calibrated
const UNKNOWN = CAMERAS * OF_CAMERA + POINTS * OF_POINT
const observations = Array.from(
  { length: CAMERAS * POINTS },
  (_, k) => [k % CAMERAS, Math.floor(k / CAMERAS)] as const,
)
/** Where among the unknowns the parameters of an observation stand. */
const placesOf = ([camera, point]: readonly [number, number]): [own: number, place: number][] => [
  ...Array.from({ length: OF_CAMERA }, (_, i): [number, number] => [i, camera * OF_CAMERA + i]),
  ...Array.from({ length: OF_POINT }, (_, i): [number, number] => [
    11 + i,
    CAMERAS * OF_CAMERA + point * OF_POINT + i,
  ]),
]

function observed(b: Float64Array, seen: Float64Array): { e: Float64Array; J: Float64Array } {
  const a = new Float64Array(15 * observations.length)
  for (const [k, observation] of observations.entries()) {
    for (const [own, place] of placesOf(observation)) a[15 * k + own] = b[place]!
    a.set(FIXED, 15 * k + OF_CAMERA)
    a[15 * k + 14] = 1
  }
  return forward({ a, seen })
}

function residuals(b: Float64Array, seen: Float64Array): Residuals {
  const { e, J } = observed(b, seen)
  const dense = new Float64Array(e.length * UNKNOWN)
  for (const [k, observation] of observations.entries())
    for (const row of [0, 1])
      for (const [own, place] of placesOf(observation))
        dense[(2 * k + row) * UNKNOWN + place] = J[(2 * k + row) * 15 + own]!
  return { r: e, J: dense }
}

const truth = Float64Array.from({ length: UNKNOWN }, (_, i) => {
  if (i >= CAMERAS * OF_CAMERA) return Math.sin(7 * i) + (i % 3 === 2 ? 6 : 0)
  const [camera, part] = [Math.floor(i / OF_CAMERA), i % OF_CAMERA]
  return part < 3 ? 0.1 * Math.sin(3 * i) : part === 3 ? camera - 1.5 : 0.2 * Math.cos(5 * i)
})
const seen = observed(truth, new Float64Array(2 * observations.length)).e
const rms = (b: Float64Array): number =>
  Math.sqrt(observed(b, seen).e.reduce((sum, x) => sum + x * x, 0) / observations.length)

const guess = truth.map((x, i) => x + 0.05 * Math.sin(11 * i))
const found = leastSquares((b) => residuals(b, seen), guess, { steps: 50, within: 1e-12 })
console.log(`${observations.length} observations, ${UNKNOWN} unknowns`)
console.log(
  `reprojection error at first ${rms(guess).toFixed(1)} pixels, then ${rms(found) < 1e-6 ? 'less than 1e-6' : rms(found)}`,
)
