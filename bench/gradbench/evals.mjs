// The evals of the suite: what prepares an input, and what is timed.
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

export const evals = { hello, lse, llsq, det, ode, kmeans, gmm }
