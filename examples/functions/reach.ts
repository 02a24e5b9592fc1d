/**
 * The UR5 reaches for points: angles of its six joints by which the tool is there, by damped least squares (Wampler 1986). The damping keeps steps short
 * where det J is near 0.
 */
import { leastSquares } from './levenberg-marquardt.ts'
import { forward } from './ur5.net'

let q: Float64Array = Float64Array.of(0.3, -1.2, 1.4, -0.6, 1, 0)
for (const target of [
  [-0.6, -0.2, 0.3],
  [-0.4, 0.4, 0.5],
  [0.2, 0.5, 0.1],
  [0.1, 0.1, 0.9],
]) {
  const missed = (q: Float64Array) => {
    const { p, J } = forward({ q })
    return { r: p.map((x, i) => x - target[i]!), J: J.subarray(0, 3 * 6) }
  }
  q = leastSquares(missed, q)
  const off = Math.hypot(...missed(q).r)
  const { s } = forward({ q })
  console.log(
    `(${target.join(', ')}): off by ${off < 1e-9 ? 'less than 1e-9' : off} m, det J = ${s.toFixed(4)}`,
  )
}
