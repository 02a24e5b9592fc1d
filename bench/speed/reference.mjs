/** Loss, gradient and outputs in doubles by the plainest loops there are: what every peer is held against before it is timed. */
import { shaped } from './workloads.mjs'

const acts = {
  tanh: [Math.tanh, (a) => 1 - a * a],
  relu: [(z) => (z > 0 ? z : 0), (a) => (a > 0 ? 1 : 0)],
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (a) => a * (1 - a)],
}

/** Calls back for each use of a weight of a layer: which weight, for which output, of which input. */
function eachUse({ dense, conv, size, from, inputs, to }, use) {
  if (dense) for (let o = 0; o < dense; o++) for (let i = 0; i < inputs; i++) use(o * inputs + i, o, i)
  if (!conv) return
  const [maps, side] = from
  const positions = to[1]
  for (let o = 0; o < conv; o++)
    for (let c = 0; c < maps; c++)
      for (let u = 0; u < size; u++)
        for (let v = 0; v < size; v++)
          for (let i = 0; i < positions; i++)
            for (let j = 0; j < positions; j++)
              use(
                ((o * maps + c) * size + u) * size + v,
                (o * positions + i) * positions + j,
                (c * side + i + u) * side + j + v,
              )
}

/** The input that is the greatest of each window. */
function greatest({ pool, from, to }, a) {
  const [maps, side] = from
  const out = to[1]
  const at = new Int32Array(maps * out * out)
  for (let c = 0; c < maps; c++)
    for (let i = 0; i < out; i++)
      for (let j = 0; j < out; j++) {
        let best = -1
        for (let u = 0; u < pool; u++)
          for (let v = 0; v < pool; v++) {
            const p = (c * side + pool * i + u) * side + pool * j + v
            if (best < 0 || a[p] > a[best]) best = p
          }
        at[(c * out + i) * out + j] = best
      }
  return at
}

/** The outputs of one sample, and of every layer what it read and gave. */
function run(layers, theta, x) {
  let a = x
  return layers.map((l) => {
    const z = new Float64Array(l.outputs)
    const per = l.outputs / (l.biases || 1)
    const places = l.pool ? greatest(l, a) : undefined
    if (places) places.forEach((p, o) => (z[o] = a[p]))
    else {
      const read = a
      eachUse(l, (w, o, i) => (z[o] += theta[l.at + w] * read[i]))
    }
    for (let o = 0; l.biases && o < l.outputs; o++) z[o] += theta[l.at + l.weights + Math.floor(o / per)]
    if (l.act) z.forEach((v, o) => (z[o] = acts[l.act][0](v)))
    const done = { read: a, gave: z, places }
    a = z
    return done
  })
}

export function reference(workload, theta, { x, y }) {
  const layers = shaped(workload)
  const { batch } = workload
  const [inputs, outputs] = [x.length / batch, y.length / batch]
  const gradient = new Float64Array(theta.length)
  let loss = 0
  for (let s = 0; s < batch; s++) {
    const passed = run(layers, theta, x.subarray(s * inputs, (s + 1) * inputs))
    const out = passed.at(-1).gave
    const wanted = y.subarray(s * outputs, (s + 1) * outputs)
    let delta = out.map((o, k) => (o - wanted[k]) / batch)
    if (workload.loss === 'squares') loss += out.reduce((t, o, k) => t + (o - wanted[k]) ** 2 / 2 / batch, 0)
    else {
      const top = Math.max(...out)
      const sum = out.reduce((t, o) => t + Math.exp(o - top), 0)
      delta = out.map((o, k) => (Math.exp(o - top) / sum - wanted[k]) / batch)
      loss += out.reduce((t, o, k) => t + (wanted[k] * (Math.log(sum) + top - o)) / batch, 0)
    }
    for (let k = layers.length - 1; k >= 0; k--) {
      const l = layers[k]
      const { read, gave, places } = passed[k]
      if (l.act) delta = delta.map((d, o) => d * acts[l.act][1](gave[o]))
      const at = delta
      const back = new Float64Array(l.inputs)
      const per = l.outputs / (l.biases || 1)
      if (places) places.forEach((p, o) => (back[p] += delta[o]))
      else
        eachUse(l, (w, o, i) => {
          gradient[l.at + w] += at[o] * read[i]
          back[i] += at[o] * theta[l.at + w]
        })
      for (let o = 0; l.biases && o < l.outputs; o++)
        gradient[l.at + l.weights + Math.floor(o / per)] += delta[o]
      delta = back
    }
  }
  return { loss, gradient }
}

/** The greatest difference of a parameter's gradient, relative to its greatest entry. */
export function difference(workload, gradient, right) {
  let worst = 0
  for (const l of shaped(workload))
    for (const [from, length] of [
      [l.at, l.weights],
      [l.at + l.weights, l.biases],
    ]) {
      let [scale, off] = [0, 0]
      for (let i = from; i < from + length; i++) {
        scale = Math.max(scale, Math.abs(right[i]))
        const d = Math.abs(gradient[i] - right[i])
        off = Number.isNaN(d) ? Infinity : Math.max(off, d)
      }
      worst = Math.max(worst, scale > 0 ? off / scale : off)
    }
  return worst
}

/** What the network gives for one sample. */
export const outputs = (workload, theta, x) => run(shaped(workload), theta, x).at(-1).gave
