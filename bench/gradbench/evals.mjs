// The evals of the suite: what prepares an input, and what is timed.
import { particle, saddle } from './nested.mjs'
import { program } from './programs.mjs'

/** Rows of numbers as one flat array. */
const flat = (rows) => Float64Array.from(rows.flat(Infinity))

/** Columns of numbers as one flat array. */
const turned = (rows) => flat(rows[0].map((_, j) => rows.map((row) => row[j])))

/** A flat array as rows of a length. */
const rows = (values, length) =>
  Array.from({ length: values.length / length }, (_, i) => values.subarray(i * length, (i + 1) * length))

/** The two functions of a program with a loss and parameters: its value, and its gradient as `output` writes it. */
const scalar = (value, gradient, prepare, output) => ({
  async [value](input, options) {
    return { ...(await prepare(input, options)), call: 'loss', output: (loss) => loss }
  },
  async [gradient](input, options) {
    return { ...(await prepare(input, options)), call: 'backward', output: (grads) => output(grads, input) }
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
    return { ...(await prepareOde(input, options)), call: 'forward', output: ({ yT }) => yT }
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
    const length = input.points[0].length
    return {
      ...(await prepareKmeans(input, options)),
      call: 'forward',
      output: ({ dir }) => rows(dir, length),
    }
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
  const repeated = (part) => Float64Array.from({ length: p * part.length }, (_, i) => part[i % part.length])
  return {
    call: 'forward',
    module: await program('ba', {}, options),
    data: { a: repeated([...cam, ...x, w]), seen: repeated(feat) },
  }
}
const ba = {
  async objective(input, options) {
    const problem = await prepareBa(input, { ...options, outputs: 'e, we' })
    const output = ({ e, we }) => ({
      reproj_error: { elements: e.subarray(0, 2), repeated: input.p },
      w_err: { element: we[0], repeated: input.p },
    })
    return { ...problem, output }
  },
  async jacobian(input, options) {
    const { n, m, p } = input
    // The values of a sparse matrix, row by row: of each observation two rows of 15, and one of the weight's own error. The program fills them.
    const vals = new Float64Array(31 * p)
    const [J, Jw] = [vals.subarray(0, 30 * p), vals.subarray(30 * p)]
    const problem = await prepareBa(input, { ...options, outputs: 'J, Jw' })
    const [rows, cols] = [new Int32Array(3 * p + 1), new Int32Array(31 * p)]
    const fill = () => {
      let at = 0
      let row = 0
      for (let i = 0; i < p; i++) {
        const [camera, point, weight] = [11 * (i % n), 11 * n + 3 * (i % m), 11 * n + 3 * m + i]
        for (let k = 0; k < 2; k++) {
          for (let c = 0; c < 11; c++) cols[at + c] = camera + c
          for (let c = 0; c < 3; c++) cols[at + 11 + c] = point + c
          cols[at + 14] = weight
          at += 15
          rows[++row] = at
        }
      }
      for (let i = 0; i < p; i++) {
        cols[at++] = 11 * n + 3 * m + i
        rows[++row] = at
      }
      return { rows, cols, vals }
    }
    // The suite looks at the first two rows and at the last entry.
    const sample = (list) => [...list.subarray(0, 30), list[list.length - 1]]
    return {
      ...problem,
      outputs: { J, Jw },
      after: {
        js: fill,
        c: nativeStructure({ n, m, p }),
        read: ({ J: first, Jw: last }, taken) => ({
          rows: taken(3 * p + 1, Int32Array),
          cols: taken(31 * p, Int32Array),
          vals: Float64Array.of(...first.subarray(0, 30), last[last.length - 1]),
        }),
      },
      output: (found) => ({ rows: sample(found.rows), cols: sample(found.cols), vals: sample(found.vals) }),
    }
  },
}

/** Where the entries of that matrix stand, in C. */
const nativeStructure = ({ n, m, p }) => `static int32_t *rows, *cols;
enum { N = ${n}, M = ${m}, P = ${p} };
static void prepare(void) {
  rows = calloc(3 * P + 1, sizeof *rows);
  cols = malloc(31 * P * sizeof *cols);
  double *vals = malloc(31 * P * sizeof *vals);
  outputs.J = vals;
  outputs.Jw = vals + 30 * P;
}
static void after(void) {
  int32_t at = 0, row = 0;
  for (int i = 0; i < P; i++) {
    const int32_t camera = 11 * (i % N), point = 11 * N + 3 * (i % M), weight = 11 * N + 3 * M + i;
    for (int k = 0; k < 2; k++) {
      for (int c = 0; c < 11; c++) cols[at + c] = camera + c;
      for (int c = 0; c < 3; c++) cols[at + 11 + c] = point + c;
      cols[at + 14] = weight;
      at += 15;
      rows[++row] = at;
    }
  }
  for (int i = 0; i < P; i++) {
    cols[at++] = 11 * N + 3 * M + i;
    rows[++row] = at;
  }
}
static void finish(void) {
  fwrite(rows, sizeof *rows, 3 * P + 1, file);
  fwrite(cols, sizeof *cols, 31 * P, file);
}
`

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
    p: turned(model.base_positions),
    w: turned(model.weights),
    seen: flat(points),
    a: corner(0),
    b: corner(1),
    c: corner(2),
    u: Float64Array.from(correspondences, (_, i) => (isSimple ? 1 : us[i][0])),
    v: Float64Array.from(correspondences, (_, i) => (isSimple ? 0 : us[i][1])),
  }
  const hyper = { mirror: model.is_mirrored ? -1 : 1 }
  return { call: 'forward', module, data, hyper, isSimple }
}
const ht = {
  async objective(input, options) {
    const problem = await prepareHt(input, { ...options, outputs: 'error' })
    return { ...problem, output: ({ error }) => error }
  },
  async jacobian(input, options) {
    const { isSimple, ...problem } = await prepareHt(input, options)
    // The first of the angles is the 0 that stands for none.
    const output = ({ Jθ, Jtheta = Jθ, Ju, Jv }) => {
      const entries = input.data.points.length * 3
      const columns = [...(isSimple ? [] : [Ju, Jv]), ...rows(Jtheta, entries).slice(1)]
      return Array.from({ length: entries }, (_, i) => columns.map((column) => column[i]))
    }
    return { ...problem, output }
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
