/** Newton's method with steps by conjugate gradients (Nocedal, Wright, Numerical Optimization, algorithm 7.1): Hessian times vector, and no Hessian. */

export interface Problem {
  loss(w: Float64Array): number
  /** Fills the gradient. */
  gradient(w: Float64Array, g: Float64Array): void
  /** Fills the product of the Hessian with a vector. */
  hessian(w: Float64Array, v: Float64Array, out: Float64Array): void
}

export function newtonCG(
  { loss, gradient, hessian }: Problem,
  start: Float64Array,
  within = 1e-10,
): Float64Array {
  const w = start.slice()
  const [g, Hd] = [new Float64Array(w.length), new Float64Array(w.length)]
  for (let step = 0; step < 200; step++) {
    gradient(w, g)
    const size = Math.sqrt(dot(g, g))
    if (size <= within) break
    const s = new Float64Array(w.length)
    const r = g.slice()
    const d = r.map((x) => -x)
    while (Math.sqrt(dot(r, r)) > Math.min(0.5, Math.sqrt(size)) * size) {
      hessian(w, d, Hd)
      const curvature = dot(d, Hd)
      if (curvature <= 0) {
        // The way down leads along d as far as one likes: the search along the line says how far.
        if (s.every((x) => x === 0)) s.set(d)
        break
      }
      const before = dot(r, r)
      const α = before / curvature
      for (let i = 0; i < w.length; i++) {
        s[i]! += α * d[i]!
        r[i]! += α * Hd[i]!
      }
      const β = dot(r, r) / before
      for (let i = 0; i < w.length; i++) d[i] = β * d[i]! - r[i]!
    }
    const [here, slope] = [loss(w), dot(g, s)]
    const moved = (t: number): Float64Array => w.map((x, i) => x + t * s[i]!)
    let t = 1
    while (t > 1e-12 && !(loss(moved(t)) <= here + 1e-4 * t * slope + 1e-14 * Math.abs(here))) t /= 2
    w.set(moved(t))
  }
  return w
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
