// The evals of the suite: what prepares an input, and what is timed.
import { particle, saddle } from './nested.mjs'
import { program } from './programs.mjs'

/** Rows of numbers as one flat array. */
const flat = (rows) => Float64Array.from(rows.flat(Infinity))

/** A flat array as rows of a length. */
const rows = (values, length) =>
  Array.from({ length: values.length / length }, (_, i) => values.subarray(i * length, (i + 1) * length))

/** The two functions of a program with a loss and parameters: its value, and its gradient as `shape` writes it. */
const scalar = (value, gradient, prepare, shape) => ({
  async [value](input, options) {
    const { module, params, data, hyper } = await prepare(input, options)
    return () => module.loss(params, data, hyper)
  },
  async [gradient](input, options) {
    const { module, params, data, hyper, dims } = await prepare(input, options)
    const grads = module.zeros()
    return () => {
      module.backward(params, data, grads, hyper)
      return shape(grads, input, dims)
    }
  },
})

const hello = scalar(
  'square',
  'double',
  async (x, options) => ({ module: await program('hello', {}, options), params: { x }, data: {} }),
  (grads) => grads.x,
)

const lse = scalar(
  'primal',
  'gradient',
  async ({ x }, options) => ({
    module: await program('lse', { N: x.length }, options),
    params: { x: flat(x) },
    data: {},
  }),
  (grads) => grads.x,
)

const llsq = scalar(
  'primal',
  'gradient',
  async ({ x, n }, options) => ({
    module: await program('llsq', { N: n, M: x.length }, options),
    params: { x: flat(x) },
    data: {},
  }),
  (grads) => grads.x,
)

const det = scalar(
  'primal',
  'gradient',
  async ({ A, ell }, options) => ({
    module: await program('det', { L: ell }, options),
    params: { A: flat(A) },
    data: {},
  }),
  (grads) => grads.A,
)

const prepareOde = async ({ x, s }, options) => ({
  module: await program('ode', { N: x.length, S: s }, options),
  params: { x: flat(x) },
  data: {},
})
const ode = {
  ...scalar('value', 'gradient', prepareOde, (grads) => grads.x),
  async primal(input, options) {
    const { module, params, data } = await prepareOde(input, options)
    const outputs = module.forward(params, data)
    return () => module.forward(params, data, outputs).yT
  },
}

const prepareKmeans = async ({ points, centroids }, options) => ({
  module: await program('kmeans', { N: points.length, K: centroids.length, D: points[0].length }, options),
  params: { c: flat(centroids) },
  data: { p: flat(points) },
})
const kmeans = {
  ...scalar('cost', 'gradient', prepareKmeans, (grads) => grads.c),
  async dir(input, options) {
    const { module, params, data } = await prepareKmeans(input, options)
    const outputs = module.forward(params, data)
    return () => rows(module.forward(params, data, outputs).dir, input.points[0].length)
  },
}

/** The places of the suite's lower triangles, column by column, in a matrix of D × D. */
const below = (D) =>
  Array.from({ length: D }, (_, j) => Array.from({ length: D - j - 1 }, (_, i) => (j + 1 + i) * D + j)).flat()

const gmm = scalar(
  'objective',
  'jacobian',
  async ({ d, k, n, x, m, gamma, alpha, mu, q, l }, options) => {
    const places = below(d)
    const full = new Float64Array(k * d * d)
    l.forEach((entries, c) => places.forEach((place, i) => (full[c * d * d + place] = entries[i])))
    return {
      module: await program('gmm', { D: d, K: k, N: n }, options),
      params: { alpha: flat(alpha), mu: flat(mu), q: flat(q), l: full },
      data: { x: flat(x) },
      hyper: { m, gamma },
    }
  },
  ({ alpha, mu, q, l }, { d }) => {
    const places = below(d)
    return {
      alpha,
      mu: rows(mu, d),
      q: rows(q, d),
      l: rows(l, d * d).map((matrix) => places.map((place) => matrix[place])),
    }
  },
)

/** P observations of the same camera and point: inputs repeated, as the suite wants them, and evaluated one by one. */
const prepareBa = async ({ p, cam, x, w, feat }, options) => {
  const module = await program('ba', {}, options)
  const repeated = (part) => Float64Array.from({ length: p * part.length }, (_, i) => part[i % part.length])
  const data = {
    r: repeated(cam.slice(0, 3)),
    C: repeated(cam.slice(3, 6)),
    f: repeated(cam.slice(6, 7)),
    u: repeated(cam.slice(7, 9)),
    k: repeated(cam.slice(9, 11)),
    X: repeated(x),
    w: repeated([w]),
    seen: repeated(feat),
  }
  return { module, data, outputs: module.forward(data) }
}
const ba = {
  async objective(input, options) {
    const { module, data, outputs } = await prepareBa(input, { ...options, outputs: 'e, we' })
    return () => {
      const { e, we } = module.forward(data, outputs)
      return {
        reproj_error: { elements: e.subarray(0, 2), repeated: input.p },
        w_err: { element: we[0], repeated: input.p },
      }
    }
  },
  async jacobian(input, options) {
    const { module, data, outputs } = await prepareBa(input, options)
    const { n, m, p } = input
    // Per observation two rows of 15, and one of the weight's own error; the blocks of a row are in the order of `parts`.
    const parts = [
      ['Jr', 3],
      ['JC', 3],
      ['Jf', 1],
      ['Ju', 2],
      ['Jk', 2],
      ['JX', 3],
      ['Jw', 1],
    ]
    const [nonzero, size] = [2 * 15 * p + p, 3 * p + 1]
    const [rows, cols, vals] = [new Int32Array(size), new Int32Array(nonzero), new Float64Array(nonzero)]
    return () => {
      const found = module.forward(data, outputs)
      const blocks = parts.map(([name, width]) => ({ values: found[name], width }))
      let at = 0
      let row = 0
      for (let i = 0; i < p; i++) {
        const [camera, point, weight] = [11 * (i % n), 11 * n + 3 * (i % m), 11 * n + 3 * m + i]
        for (let k = 0; k < 2; k++) {
          for (let c = 0; c < 11; c++) cols[at + c] = camera + c
          for (let c = 0; c < 3; c++) cols[at + 11 + c] = point + c
          cols[at + 14] = weight
          for (const { values, width } of blocks)
            for (let c = (2 * i + k) * width, end = c + width; c < end; c++) vals[at++] = values[c]
          rows[++row] = at
        }
      }
      for (let i = 0; i < p; i++) {
        cols[at] = 11 * n + 3 * m + i
        vals[at++] = -2 * data.w[i]
        rows[++row] = at
      }
      // The suite looks at the first two rows and at the last entry.
      const sample = (list) => [...list.subarray(0, 30), list[list.length - 1]]
      return { rows: sample(rows), cols: sample(cols), vals: sample(vals) }
    }
  },
}

/** The bones from the wrist to each bone, the wrist first; what is missing is `bones`, which does not move. */
function chainsOf(parents) {
  const chains = parents.map((_, i) => {
    const chain = []
    for (let bone = i; bone >= 0; bone = parents[bone]) chain.unshift(bone)
    return chain
  })
  const longest = Math.max(...chains.map((chain) => chain.length))
  return chains.map((chain) => [...chain, ...Array(longest - chain.length).fill(parents.length)])
}

/** Which angle each bone turns by around x, z and y: five fingers of four bones, the first two of the hand are fixed. 0 is none. */
function turnsOf(bones) {
  const turns = Array.from({ length: bones }, () => [0, 0, 0])
  let next = 7
  for (let finger = 0; finger < 5; finger++)
    for (let joint = 0; joint < 3; joint++) {
      const turn = turns[2 + 4 * finger + joint]
      turn[0] = next++
      if (joint === 0) turn[1] = next++
    }
  return turns
}

const prepareHt = async ({ theta, data: { model, correspondences, points }, us }, options) => {
  const bones = model.bone_count
  const chain = chainsOf(model.parents)
  const isSimple = us.length === 0
  const corner = (k) => Int32Array.from(correspondences, (at) => (isSimple ? at : model.triangles[at][k]))
  const module = await program('ht', { N: bones, K: chain[0].length }, options)
  const data = {
    θ: flat([0, theta]),
    turns: Int32Array.from(turnsOf(bones).flat()),
    chain: Int32Array.from(chain.flat()),
    rest: flat(model.base_relatives),
    back: flat(model.inverse_base_absolutes),
    p: flat(model.base_positions),
    w: flat(model.weights),
    seen: flat(points),
    a: corner(0),
    b: corner(1),
    c: corner(2),
    u: Float64Array.from(correspondences, (_, i) => (isSimple ? 1 : us[i][0])),
    v: Float64Array.from(correspondences, (_, i) => (isSimple ? 0 : us[i][1])),
  }
  const hyper = { mirror: model.is_mirrored ? -1 : 1 }
  return { module, data, hyper, isSimple, outputs: module.forward(data, undefined, hyper) }
}
const ht = {
  async objective(input, options) {
    const { module, data, hyper, outputs } = await prepareHt(input, { ...options, outputs: 'error' })
    return () => module.forward(data, outputs, hyper).error
  },
  async jacobian(input, options) {
    const { module, data, hyper, outputs, isSimple } = await prepareHt(input, options)
    const { Jθ, Ju, Jv } = outputs
    // The first column is by the 0 that stands for no angle; what every run fills is allocated once.
    if (isSimple) {
      const found = rows(Jθ, 27).map((row) => row.subarray(1))
      return () => {
        module.forward(data, outputs, hyper)
        return found
      }
    }
    const found = rows(new Float64Array(28 * Ju.length), 28)
    const angles = rows(Jθ, 27).map((row) => row.subarray(1))
    return () => {
      module.forward(data, outputs, hyper)
      for (let i = 0; i < found.length; i++) {
        const row = found[i]
        row[0] = Ju[i]
        row[1] = Jv[i]
        row.set(angles[i], 2)
      }
      return found
    }
  },
}

const lstm = scalar(
  'objective',
  'jacobian',
  async ({ main_params, extra_params, state, sequence }, options) => {
    const [L, B] = [main_params.length / 2, extra_params[0].length]
    const every = (list, start) => flat(list.filter((_, i) => i % 2 === start))
    const [win, wout, bout] = extra_params.map((row) => flat(row))
    return {
      module: await program('lstm', { L, B }, options),
      params: { W: every(main_params, 0), b: every(main_params, 1), win, wout, bout },
      data: { x: flat(sequence), h0: every(state, 0), c0: every(state, 1) },
    }
  },
  ({ W, b, win, wout, bout }, { main_params }) => {
    const size = main_params[0].length
    const layers = rows(W, size).flatMap((weights, l) => [
      ...weights,
      ...b.subarray(l * size, (l + 1) * size),
    ])
    return [...layers, ...win, ...wout, ...bout]
  },
)

export const evals = {
  particle,
  saddle,
  lstm,
  hello,
  ba,
  ht,
  lse,
  llsq,
  det,
  ode,
  kmeans,
  gmm,
}
