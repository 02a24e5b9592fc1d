// The evals in which a derivative is taken of what takes derivatives itself: optimisers on this side, derivatives from the emitted code. Of the two
// letters of a function the first says how the outer derivative is taken, forward or in reverse; the inner one is a closed form either way.
import { least } from './descent.mjs'
import { program } from './programs.mjs'

const vector = (...values) => Float64Array.from(values)

/** The four functions of an eval; `run` is given whether the outer derivative goes in reverse. */
const variants = (prepare) =>
  Object.fromEntries(
    ['ff', 'fr', 'rf', 'rr'].map((name) => [
      name,
      async (input) => ({ run: await prepare(input, name.startsWith('r')), output: (found) => found }),
    ]),
  )

// ——— a particle, and the place of a charge that makes it land at the origin

async function prepareParticle({ w: start }, inReverse) {
  const { forward, jvp, vjp } = await program(
    'particle',
    {},
    { target: 'js', functions: ['forward', 'jvp', 'vjp'] },
  )
  const landing = await program('landing', {}, { target: 'js', functions: ['forward', 'jvp', 'vjp'] })
  const state = () => ({ next_x: vector(0, 8), next_v: vector(0.75, 0) })

  /** All states, the last one where the particle is below the ground before its speed changes. */
  const trajectory = (w) => {
    const states = [state()]
    for (;;) {
      const { next_x: x, next_v: v } = states[states.length - 1]
      const next = forward({ x, v, w })
      states.push(next)
      if (next.next_x[1] <= 0) return states
    }
  }
  const ends = (states) => ({ x: states[states.length - 1].next_x, v: states[states.length - 2].next_v })
  const value = ([w]) => landing.forward(ends(trajectory(w))).at

  /** The change of each state along w, beside the states. */
  const forwardSlope = ([w]) => {
    let [now, along] = [state(), { next_x: vector(0, 0), next_v: vector(0, 0) }]
    for (;;) {
      const [next, change] = [state(), state()]
      const { next_x: x, next_v: v } = now
      jvp({ x, v, w }, { x: along.next_x, v: along.next_v, w: 1 }, next, change)
      if (next.next_x[1] <= 0) {
        const [at, slope] = [{ at: 0 }, { at: 0 }]
        landing.jvp({ x: next.next_x, v }, { x: change.next_x, v: along.next_v }, at, slope)
        return vector(slope.at)
      }
      ;[now, along] = [next, change]
    }
  }

  /** Back through the states. */
  const reverseSlope = ([w]) => {
    const states = trajectory(w)
    const last = { x: vector(0, 0), v: vector(0, 0) }
    landing.vjp(ends(states), { at: 1 }, last)
    const sent = { x: last.x, v: vector(0, 0), w: 0 }
    const own = last.v
    let slope = 0
    for (let k = states.length - 2; k >= 0; k--) {
      const { next_x: x, next_v: v } = states[k]
      const cotangents = { next_x: Float64Array.from(sent.x), next_v: Float64Array.from(sent.v) }
      vjp({ x, v, w }, cotangents, sent)
      slope += sent.w
      // The speed of the last state but one is also what the landing sees.
      if (k === states.length - 2) sent.v = sent.v.map((s, i) => s + own[i])
    }
    return vector(slope)
  }

  const f = { value, gradient: inReverse ? reverseSlope : forwardSlope }
  return () => least(f, vector(start))[0]
}

// ——— a saddle point

async function prepareSaddle({ start }, inReverse) {
  const { loss, backward, hvp, zeros } = await program(
    'saddle',
    {},
    { target: 'js', functions: ['loss', 'backward', 'hvp'] },
  )
  const origin = Float64Array.from(start)
  const slopes = zeros()
  const slope = (name) => (p, q) => {
    backward({ p, q }, {}, slopes)
    return slopes[name].slice()
  }
  const [byP, byQ] = [slope('p'), slope('q')]

  /** Where f(p, ·) is greatest. */
  const greatest = (p, taken) =>
    least({ value: (q) => -loss({ p, q }, {}), gradient: (q) => byQ(p, q).map((s) => -s) }, origin, taken)
  const product = (p, q, v) => {
    const out = zeros()
    hvp({ p, q }, {}, v, out)
    return out
  }

  /** The change of the steps along p, for each direction. */
  const forwardSlope = (p) =>
    p.map((_, direction) => {
      const along = p.map((_, i) => (i === direction ? 1 : 0))
      let change = vector(0, 0)
      const q = greatest(p, (from, rate) => {
        const { q: bent } = product(p, from, { p: along, q: change })
        change = change.map((c, i) => c + rate * bent[i])
      })
      const [sp, sq] = [byP(p, q), byQ(p, q)]
      return along.reduce((sum, a, i) => sum + a * sp[i] + change[i] * sq[i], 0)
    })

  /** Back through the steps. */
  const reverseSlope = (p) => {
    const steps = []
    const q = greatest(p, (from, rate) => void steps.push({ from, rate }))
    const found = byP(p, q)
    let sent = byQ(p, q)
    for (const { from, rate } of steps.reverse()) {
      const bent = product(p, from, { p: vector(0, 0), q: sent })
      found.forEach((_, i) => (found[i] += rate * bent.p[i]))
      sent = sent.map((s, i) => s + rate * bent.q[i])
    }
    return found
  }

  const outer = {
    value: (p) => loss({ p, q: greatest(p) }, {}),
    gradient: inReverse ? reverseSlope : forwardSlope,
  }
  return () => {
    const p = least(outer, origin)
    return [...p, ...greatest(p)]
  }
}

export const particle = variants(prepareParticle)
export const saddle = variants(prepareSaddle)
