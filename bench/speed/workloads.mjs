/**
 * The workloads: networks as layers, the program of each, and its data. A layer is `{ dense: outputs }`, `{ conv: maps, size }` (valid
 * positions, stride 1) or `{ pool: side }` (the greatest of each window); `act` follows the first two. Parameters of a layer are its weights,
 * [out, in] or [maps, in, size, size], and its biases, in this order in one flat array, for all peers. The loss is that of a sample, its mean the objective.
 */

const mlp = (sizes, acts) => sizes.map((dense, i) => ({ dense, act: acts[i] ?? acts[acts.length - 1] }))
const tanh3 = [{ dense: 16, act: 'tanh' }, { dense: 16, act: 'tanh' }, { dense: 3 }]
const relu2 = [{ dense: 128, act: 'relu' }, { dense: 10 }]
const softmax = { loss: 'crossentropy', bias: true }

export const workloads = [
  {
    name: 'W1',
    about: '2-2-1, sigmoid, squared error, no biases',
    input: [2],
    batch: 1,
    layers: mlp([2, 1], ['sigmoid']),
    loss: 'squares',
    bias: false,
  },
  {
    name: 'W2',
    about: '1-1-1, sigmoid, squared error',
    input: [1],
    batch: 1,
    layers: mlp([1, 1], ['sigmoid']),
    loss: 'squares',
    bias: true,
  },
  { name: 'W3·1', about: '4-16-16-3, tanh, softmax', input: [4], batch: 1, layers: tanh3, ...softmax },
  { name: 'W3·32', about: 'the same, a batch of 32', input: [4], batch: 32, layers: tanh3, ...softmax },
  { name: 'W4·1', about: '784-128-10, relu, softmax', input: [784], batch: 1, layers: relu2, ...softmax },
  { name: 'W4·32', about: 'the same, a batch of 32', input: [784], batch: 32, layers: relu2, ...softmax },
  { name: 'W4·128', about: 'the same, a batch of 128', input: [784], batch: 128, layers: relu2, ...softmax },
  {
    name: 'W5',
    about: '10 layers of 256, tanh, squared error, a batch of 64',
    input: [256],
    batch: 64,
    layers: mlp(Array(10).fill(256), ['tanh']),
    loss: 'squares',
    bias: true,
  },
  {
    name: 'W6',
    about: '1024-1024-1024-10, relu, softmax, a batch of 128',
    input: [1024],
    batch: 128,
    layers: [{ dense: 1024, act: 'relu' }, { dense: 1024, act: 'relu' }, { dense: 10 }],
    ...softmax,
  },
  {
    name: 'LeNet',
    about: 'LeNet-5: 5 × 5 convolutions of 6 and 16, pools, 120-84-10, a batch of 32',
    input: [1, 28, 28],
    batch: 32,
    layers: [
      { conv: 6, size: 5, act: 'relu' },
      { pool: 2 },
      { conv: 16, size: 5, act: 'relu' },
      { pool: 2 },
      { dense: 120, act: 'relu' },
      { dense: 84, act: 'relu' },
      { dense: 10 },
    ],
    ...softmax,
  },
]

/** What learns the digits: two convolutions and a linear map to ten logits, as in examples/digits.net. */
export const digitsNetwork = {
  name: 'digits',
  about: '3 × 3 convolutions of 12 and 32, a pool between them, ten logits, a batch of 16',
  input: [1, 14, 14],
  batch: 16,
  layers: [
    { conv: 12, size: 3, act: 'relu' },
    { pool: 2 },
    { conv: 32, size: 3, act: 'relu' },
    { dense: 10 },
  ],
  ...softmax,
}

const count = (shape) => shape.reduce((a, b) => a * b, 1)

/** The layers with what they read and give, [maps, side, side] or [length], and where their parameters begin. */
export function shaped({ input, layers, bias }) {
  let [from, at] = [input, 0]
  return layers.map((layer) => {
    const [maps, side] = from
    let [to, weights, biases] = [from, 0, 0]
    if (layer.dense) [to, weights, biases] = [[layer.dense], layer.dense * count(from), layer.dense]
    if (layer.conv) {
      const positions = side - layer.size + 1
      to = [layer.conv, positions, positions]
      ;[weights, biases] = [layer.conv * maps * layer.size ** 2, layer.conv]
    }
    if (layer.pool) to = [maps, side / layer.pool, side / layer.pool]
    if (!bias) biases = 0
    const made = { ...layer, from, to, inputs: count(from), outputs: count(to), weights, biases, at }
    from = to
    at += weights + biases
    return made
  })
}

export const learned = (workload) => shaped(workload).reduce((n, l) => n + l.weights + l.biases, 0)

/** Multiplications and additions of a step's matrix products and convolutions: forward, back to what is read, and to the weights. */
export function operations(workload) {
  return shaped(workload).reduce((sum, l, i) => {
    const uses = l.conv ? l.weights * l.to[1] * l.to[2] : l.weights
    return sum + 2 * workload.batch * uses * (i > 0 ? 3 : 2)
  }, 0)
}

/** The program: parameters of layer k are Wk and bk. */
export function program(workload) {
  const layers = shaped(workload)
  const [maps, side] = workload.input
  const classes = workload.loss === 'crossentropy'
  const last = layers.at(-1).outputs
  const lines = [
    ...(workload.batch > 1 ? ['batch B'] : []),
    workload.input.length === 3 ? `input x[${maps}, ${side}, ${side}]` : `input x[${maps}]`,
    `target y[${last}]${classes ? ' : onehot' : ''}`,
  ]
  let a = 'x'
  layers.forEach((l, k) => {
    if (l.pool) lines.push(`a${k} = maxpool(${a}, ${l.pool})`)
    else {
      const biases = l.biases ? `, b${k}[${l.biases}]` : ''
      let z
      if (l.conv) {
        lines.push(`param W${k}[${l.conv}, ${l.from[0]}, ${l.size}, ${l.size}]${biases}`)
        z = `conv2d(${a}, W${k}${l.biases ? `, bias=b${k}` : ''})`
      } else {
        lines.push(`param W${k}[${[l.dense, ...l.from].join(', ')}]${biases}`)
        if (l.from.length === 3) lines.push(`s${k}[o] = sum(W${k}[o] * ${a}) for o in 1..${l.dense}`)
        z = l.from.length === 3 ? `s${k}` : `W${k} @ ${a}`
        if (l.biases) z = `${z} + b${k}`
      }
      lines.push(`a${k} = ${l.act ? `${l.act}(${z})` : z}`)
    }
    a = `a${k}`
  })
  lines.push(classes ? `loss J = crossentropy(softmax(${a}), y)` : `loss J = sum((${a} - y)^2) / 2`)
  return `${lines.join('\n')}\n`
}

/** Numbers in [0, 1), the same everywhere (mulberry32). */
export function random(seed) {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Parameters to start from, single precision in doubles. */
export function parameters(workload, seed = 12345) {
  const next = random(seed)
  const theta = new Float64Array(learned(workload))
  for (const l of shaped(workload)) {
    const scale = Math.sqrt((l.act === 'relu' ? 6 : 3) / (l.conv ? l.from[0] * l.size ** 2 : l.inputs))
    for (let i = 0; i < l.weights; i++) theta[l.at + i] = Math.fround((2 * next() - 1) * scale)
    for (let i = 0; i < l.biases; i++) theta[l.at + l.weights + i] = Math.fround((2 * next() - 1) * 0.1)
  }
  return theta
}

/** A batch of data: inputs in [−1, 1), targets one-hot or in [0, 1). */
export function data(workload) {
  const next = random(54321)
  const outputs = shaped(workload).at(-1).outputs
  const x = Float64Array.from({ length: workload.batch * count(workload.input) }, () =>
    Math.fround(2 * next() - 1),
  )
  const y = new Float64Array(workload.batch * outputs)
  if (workload.loss === 'squares') y.forEach((_, i) => (y[i] = Math.fround(next())))
  else for (let s = 0; s < workload.batch; s++) y[s * outputs + Math.floor(next() * outputs)] = 1
  return { x, y }
}
