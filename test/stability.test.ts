/**
 * Values at which formulas as people write them overflow, cancel, or come to 0·∞ and 0/0: loss and gradient, as the evaluator
 * computes them in doubles and as emitted code does in both precisions, are those of high precision.
 */
import { describe, it } from 'vitest'
import { loadCode } from './compile/support.ts'
import { emitted } from './schedule/built.ts'
import { type Row, UNIT, compare, evaluated, exactly, found, run, tensorsOf } from './support/precision.ts'

const signs = (...sizes: number[]): number[] => sizes.flatMap((z) => [z, -z])

/** The same function in several spellings: what is right is computed once. */
const spelled = (texts: readonly string[], row: Row): Row[] => {
  const wanted = exactly({ ...row, source: row.source + texts[0]! })
  return texts.map((text) => ({
    ...row,
    what: `${text.replaceAll('\n', '; ')} ${row.what}`,
    source: row.source + text,
    wanted,
  }))
}

const binary: Row[] = signs(5, 20, 40, 800).flatMap((z) =>
  [0, 1].flatMap((y) =>
    spelled(
      ['target y : binary', 'target y'].flatMap((target) => [
        `${target}\nloss J = binarycrossentropy(sigmoid(z), y)`,
        `${target}\np = sigmoid(z)\nloss J = -(y * log(p) + (1 - y) * log(1 - p))`,
        `${target}\np = 1 / (1 + exp(-z))\nloss J = -y * log(p) - (1 - y) * log(1 - p)`,
        `${target}\nloss J = y * softplus(-z) + (1 - y) * softplus(z)`,
      ]),
      { what: `with y = ${y} at z = ${z}`, source: 'param z\n', params: { z }, data: { y } },
    ),
  ),
)

const onehot = (n: number, k: number): number[] => Array.from({ length: n }, (_, i) => (i === k ? 1 : 0))
const logits = [[100, 0, 0, 0], [800, 0, 0], onehot(10, 0).map((_, i) => 1000 * i), [1, 2, 3]]
const softmax: Row[] = logits.flatMap((z) =>
  [0, z.length - 1].flatMap((k) =>
    spelled(
      [
        'loss J = crossentropy(softmax(z), y)',
        'loss J = -sum(y * logsoftmax(z))',
        'loss J = -sum(y * log(exp(z) / sum(exp(z))))',
      ],
      {
        what: `class ${k + 1} at ${z.join()}`,
        source: `param z[${z.length}]\ntarget y[${z.length}] : onehot\n`,
        params: { z },
        data: { y: onehot(z.length, k) },
        absolute: UNIT,
      },
    ),
  ),
)

const rows = [
  [1, 2, 3],
  [1000, 2000, 3000],
]
const zeros = [0, 0, 0, 0, 0, 0]
const sums: Row[] = [
  {
    what: 'the sum of softmaxes has no slope',
    source: 'param z[2, 3]\nloss J = sum(softmax(z))',
    params: { z: rows },
    wanted: { loss: 2, grads: { z: zeros } },
  },
  {
    what: 'the sum of exponentials of log-softmax has no slope',
    source: 'param z[2, 3]\nloss J = sum(exp(logsoftmax(z)))',
    params: { z: rows },
    wanted: { loss: 2, grads: { z: zeros } },
  },
  {
    what: 'the sum of log-softmax',
    source: 'param z[2, 3]\nloss J = sum(logsoftmax(z))',
    params: { z: rows },
    absolute: 4 * UNIT,
  },
  {
    what: 'the entropy of a softmax',
    source: 'param z[3]\np = softmax(z)\nloss J = -sum(p * log(p))',
    params: { z: [1, 3, 50] },
    absolute: UNIT,
  },
]

const masked: Row[] = ['crossentropy(softmax(z + m), y)', '-sum(y * logsoftmax(z + m))'].map((text) => {
  // As if the second class were not there.
  const { loss, grads } = exactly({
    what: '',
    source: `param z[2]\ntarget y[2] : onehot\nloss J = ${text.replace(' + m', '')}`,
    params: { z: [0.5, -2] },
    data: { y: [0, 1] },
  })
  return {
    what: `a masked class: ${text}`,
    source: `param z[3]\ninput m[3]\ntarget y[3] : onehot\nloss J = ${text}`,
    params: { z: [0.5, 3, -2] },
    data: { m: [0, -Infinity, 0], y: [0, 0, 1] },
    wanted: { loss, grads: { z: [grads.z![0]!, 0, grads.z![1]!] } },
  }
})

/** Entropies and the like of masked classes, which are as if these were not there. */
const maskedEntropies: Row[] = [
  '-sum(softmax(z + m) * log(softmax(z + m)))',
  '-sum(softmax(z + m) * logsoftmax(z + m))',
  'sum(softmax(z + m) * logsoftmax(z + m))^2',
].flatMap((text) =>
  [
    [0.5, -2],
    [30, -30],
  ].map(([a, b]): Row => {
    const { loss, grads } = exactly({
      what: '',
      source: `param z[2]\nloss J = ${text.replaceAll(' + m', '')}`,
      params: { z: [a!, b!] },
    })
    return {
      what: `${text} at ${a}, ${b} and a masked class`,
      source: `param z[3]\ninput m[3]\nloss J = ${text}`,
      params: { z: [a!, 3, b!] },
      data: { m: [0, -Infinity, 0] },
      wanted: { loss, grads: { z: [grads.z![0]!, 0, grads.z![1]!] } },
      absolute: UNIT,
    }
  }),
)

const slopes: Row[] = [
  ['sigmoid(z)', signs(0, 0.5, 20, 40, 700)],
  ['tanh(z)', signs(0, 1e-9, 0.9, 20, 40, 300)],
  ['z * sigmoid(z)', signs(1, 40, 700)],
  ['silu(z)', signs(1, 40, 700)],
  ['gelu(z)', signs(1, 5, 30)],
  ['elu(z)', signs(1e-9, 40, 800)],
  ['selu(z)', signs(1e-9, 40, 800)],
  ['softplus(z)', signs(1, 40, 700)],
  ['log(sigmoid(z))', signs(1, 40, 700)],
  ['log(1 - sigmoid(z))', signs(1, 40, 700)],
  ['log(1 + exp(z))', signs(1, 40, 700)],
  ['1 - tanh(z)^2', signs(0.5, 20, 40, 300)],
  ['1 - erf(z)', signs(0.5, 3, 20)],
  ['log1p(z)', [1e-20, -1e-20, 1e300]],
  ['expm1(z)', [1e-20, -1e-20, -800, 700]],
].flatMap(([text, points]) =>
  (points as number[]).map((z) => ({
    what: `${text as string} at ${z}`,
    source: `param z\nloss J = ${text as string}`,
    params: { z },
  })),
)

const norm = (what: string, z: readonly number[]): Row => ({
  what,
  source: 'param z[3]\nloss J = norm(z)',
  params: { z },
})
const limits: Row[] = [
  norm('norm of large numbers', [3e200, 4e200, 0]),
  norm('norm of small numbers', [3e-200, 4e-200, 0]),
  norm('norm of ordinary numbers', [1, -2, 3]),
  {
    what: 'norm at 0 has the slope 0',
    source: 'param z[3]\nloss J = norm(z)',
    params: { z: [0, 0, 0] },
    wanted: { loss: 0, grads: { z: [0, 0, 0] } },
  },
  {
    what: 'norms of rows at 0, behind a product',
    source: 'param W[2, 2]\ninput x[2]\nh = W @ x\nloss J = norm(h) + 3 * norm(W)',
    params: {
      W: [
        [0, 0],
        [0, 0],
      ],
    },
    data: { x: [1, 2] },
    wanted: { loss: 0, grads: { W: [0, 0, 0, 0] } },
  },
  {
    what: 'sqrt(z²) at 0',
    source: 'param z\nloss J = sqrt(z^2)',
    params: { z: 0 },
    wanted: { loss: 0, grads: { z: [0] } },
  },
  {
    what: 'cross-entropy of a probability of 0 that is not asked for',
    source: 'param p[3]\ntarget y[3]\nloss J = -sum(y * log(p))',
    params: { p: [0, 0.25, 0.75] },
    data: { y: [0, 1, 0] },
    wanted: { loss: Math.log(4), grads: { p: [0, -4, 0] } },
  },
  {
    what: 'binary cross-entropy of certain probabilities',
    source: 'param p[2]\ntarget y[2]\nloss J = binarycrossentropy(p, y)',
    params: { p: [0, 1] },
    data: { y: [0, 1] },
    wanted: { loss: 0, grads: { p: [1, -1] } },
  },
  {
    what: 'x·log x at 0',
    source: 'param x[2]\nloss J = sum(x * log(x))',
    params: { x: [0, 1] },
    wanted: { loss: 0, grads: { x: [-Infinity, 1] } },
  },
  {
    what: 'log-sum-exp of masked entries only',
    source: 'param z\ninput m[2]\nloss J = z * exp(logsumexp(m))',
    params: { z: 3 },
    data: { m: [-Infinity, -Infinity] },
    wanted: { loss: 0, grads: { z: [0] } },
  },
]

const branches: Row[] = [
  {
    what: 'a branch that is not taken: log of a negative number',
    source: 'param z[2]\nloss J = sum(where(z > 0, log(z), 0))',
    params: { z: [-1, 2] },
    wanted: { loss: Math.LN2, grads: { z: [0, 0.5] } },
  },
  {
    what: 'a branch that is not taken: 1/0 and an overflow',
    source: 'param z[2]\nloss J = sum(where(z > 0, 1 / z, z * exp(z * z)))',
    params: { z: [2, 0] },
    wanted: { loss: 0.5, grads: { z: [-0.25, 1] } },
  },
  {
    what: 'a branch that is not taken: sqrt of 0, scaled',
    source: 'param z\ninput x\nloss J = x * where(z > 0, sqrt(z), 0)',
    params: { z: 0 },
    data: { x: 3 },
    wanted: { loss: 0, grads: { z: [0] } },
  },
  {
    what: 'a branch that is not taken beside an infinity',
    source: 'param z\nloss J = where(z > 500, z, exp(z)) + elu(z)',
    params: { z: 800 },
    wanted: { loss: 1600, grads: { z: [2] } },
  },
  {
    what: 'a branch that is not taken: a rotation by nothing, its axis an infinity away from the branch',
    source: `param r[3]
input D[3]
t = norm(r)
n = r / t
y = where(t > 0, D * cos(t) + cross(n, D) * sin(t) + n * (dot(n, D) * (1 - cos(t))), D + cross(r, D))
loss J = y[1] / y[3]`,
    params: { r: [0, 0, 0] },
    data: { D: [1, 2, 5] },
    wanted: { loss: 0.2, grads: { r: [-0.08, 1.04, -0.4] } },
  },
]

const tables: Record<string, readonly Row[]> = {
  'binary cross-entropy': binary,
  'softmax cross-entropy': softmax,
  'sums over softmaxes': sums,
  'masked classes': masked,
  'entropies of masked classes': maskedEntropies,
  slopes,
  limits,
  branches,
}

describe.each(Object.entries(tables))('%s', (_title, table) => {
  it.each(table.map((row) => [row.what, row] as const))('%s', async (_what, row) => {
    const wanted = exactly(row)
    const { special, code } = found(row)
    const absolute = row.absolute ?? 0
    compare(evaluated(special, tensorsOf(row)), wanted, 1e-15, absolute, 0)
    compare(run(await loadCode(code), row, 'f64'), wanted, 1e-15, absolute, 0)
    // Arrays of single precision hold no more; what they cannot hold is not given to them.
    const fits = [...tensorsOf(row).values()].every((t) =>
      t.data.every((x) => x === 0 || !Number.isFinite(x) || (Math.abs(x) < 1e30 && Math.abs(x) > 1e-30)),
    )
    if (!fits) return
    const single = await loadCode(emitted(special, { precision: 'f32' }))
    compare(run(single, row, 'f32'), wanted, 2 ** -22, absolute * 2 ** 29, 2 ** -148)
  })
})
