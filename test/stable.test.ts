/**
 * Spellings that lose digits or come to no number as they are written, over their whole ranges: the code has the values and the
 * derivatives of the program in high precision.
 */
import { describe, expect, it } from 'vitest'
import { loadCode } from './compile/support.ts'
import { type Row, type Result, compare, exactly, found, run } from './support/precision.ts'

const everywhere = [-750, -40, -1e-3, 1e-9, 1e-5, 0.8, 5, 750]
const positive = everywhere.filter((x) => x > 0)
/** Of what has digits only as far as doubles reach. */
const moderate = everywhere.filter((x) => Math.abs(x) <= 40)

/** Functions of x by kinds, and where they are tried. */
const functions: Record<string, readonly (readonly [string, readonly number[]])[]> = {
  'one minus something': [
    ['1 - cos(x)', moderate],
    ['1 - exp(-x^2)', moderate],
    ['sqrt(1 + x^2) - 1', everywhere],
    ['1 - sigmoid(x)^2', everywhere],
    ['(1 - sigmoid(x))^2 / sigmoid(x)', moderate],
    ['1 - 1 / (1 + exp(x))', everywhere],
    ['cosh(x) - 1', moderate],
  ],
  'limits of quotients': [
    ['(1 - cos(x)) / x^2', moderate],
    ['x / (exp(x) - 1)', everywhere],
    ['x * exp(x) / (exp(x) - 1)', everywhere],
    ['tanh(x) / x', everywhere],
    ['atan(x) / x', everywhere],
    ['(exp(x) - 1 - x) / x^2', moderate],
    ['(sin(x) - x) / x^3', moderate],
    ['(1 - exp(-x^2)) / x^2', moderate],
    ['1 / x - 1 / (exp(x) - 1)', everywhere],
    ['1 / tanh(x) - 1 / x', everywhere],
    ['x / sinh(x)', everywhere],
    ['x / tanh(x)', everywhere],
  ],
  'quotients of exponentials': [
    ['exp(x) / (exp(x) + 1)', everywhere],
    ['exp(x) / (1 + exp(x))^2', [-750, -40, -0.8, 0.8, 5, 750]],
    ['(exp(x) - exp(-x)) / (exp(x) + exp(-x))', everywhere],
    ['1 / cosh(x)', everywhere],
    ['1 / (exp(x) + exp(-x))', everywhere],
    ['exp(-x^2 / 2) / (1 + erf(x / sqrt(2)))', [-5, -0.3, 0.3, 5, 20]],
    ['(1 + exp(-x))^(-3)', everywhere],
    ['x * sigmoid(x) * exp(-x)', everywhere],
  ],
  logarithms: [
    ['log(cosh(x))', everywhere],
    ['log(1 - tanh(x)^2)', everywhere],
    ['log(sigmoid(x) * (1 - sigmoid(x)))', everywhere],
    ['log(1 + tanh(x))', everywhere],
    ['log(sigmoid(x + 1) - sigmoid(x))', everywhere],
    ['log(tanh(x + 1) - tanh(x))', everywhere],
    ['log((1 + erf(x / sqrt(2))) / 2)', [-20, -5, -1e-9, 0.3, 5]],
    ['log(1 - erf(x))', [-5, -1e-9, 0.3, 5, 20]],
    ['log(softplus(x))', everywhere],
    ['softplus(x) - x', everywhere],
    ['log(1 + x^2)', everywhere],
  ],
  'logarithms of positive numbers': [
    ['log(1 - exp(-x))', positive],
    ['log(exp(x) - 1)', positive],
    ['log(x) / (x - 1)', [1e-9, 0.3, 1 + 1e-9, 5, 800]],
    ['(x - 1) / log(x)', [1e-9, 0.3, 1 + 1e-9, 5, 800]],
    ['log(sinh(x))', positive],
    ['log(tanh(x))', positive],
    ['log(sqrt(x^2 + 1) + x)', positive],
    ['1 - x^0.001', positive],
  ],
}

/** A function by itself, and twice it by a name. */
const spellings = (text: string, kind: string): readonly [string, number][] => {
  const sign = kind === 'logarithms of positive numbers' ? ' : positive' : ''
  return [
    [`param x${sign}\nloss J = ${text}`, 1],
    [`param x${sign}\nh = ${text}\nloss J = 2 * h`, 2],
  ]
}

const LEAST = 1e-17

describe.each(Object.entries(functions))('%s', (kind, rows) => {
  it.each(rows)('%s', async (text, points) => {
    const [[first]] = spellings(text, kind) as [[string, number]]
    const wanted = points.map((x) => exactly({ what: text, source: first, params: { x } }))
    for (const [source, times] of spellings(text, kind)) {
      const module = await loadCode(found({ what: text, source, params: {} }).code)
      points.forEach((x, i) => {
        const { loss, grads } = wanted[i]!
        const result = run(module, { what: text, source, params: { x } }, 'f64')
        const all = { loss: times * loss, grads: { x: [times * grads.x![0]!] } }
        compare(result, all, 1e-11, LEAST, 0)
      })
    }
  })
})

interface Case extends Row {
  readonly wanted?: Result
}

const named = (
  what: string,
  source: string,
  params: Row['params'],
  data?: Row['data'],
  wanted?: Result,
): Case => ({
  what,
  source,
  params,
  ...(data ? { data } : {}),
  ...(wanted ? { wanted } : {}),
})

const cases: readonly Case[] = [
  named(
    'a share of exponentials that have a name',
    'param z[3]\ninput v[3]\ne = exp(z)\ns = e / sum(e)\nloss J = dot(s, v)^2',
    { z: [700, 701, -900] },
    { v: [1, -2, 3] },
  ),
  named(
    'a gate of two exponentials',
    'param a, b\nA = exp(a)\nB = exp(b)\ng = B / (A + B)\nloss J = g^2 - 3 * g',
    { a: 900, b: 898 },
  ),
  named(
    'a logarithm of a weighted sum of exponentials',
    'param z[3]\ninput w[3]\nloss J = log(dot(w, exp(z)))',
    { z: [800, 801, -700] },
    { w: [0.5, 2, 3] },
  ),
  named(
    'a mixture of three normal distributions with named weights',
    'param m[3], a[3], s : positive\ninput x\np = softmax(a)\nq = exp(-(x - m)^2 / (2 * s^2)) / s\nloss J = -log(sum(p * q))',
    { m: [60, -50, 3], a: [0, 1, -1], s: 0.5 },
    { x: 100 },
  ),
  named(
    'the probability of a class that is asked for by a product',
    'param z[3]\ntarget y[3]\np = softmax(z)\npt = dot(y, p)\nloss J = -(1 - pt)^2 * log(pt)',
    { z: [30, -20, 0] },
    { y: [1, 0, 0] },
  ),
  named(
    'focal loss by the probability of what is right',
    'param z\ntarget y : binary\np = sigmoid(z)\npt = y * p + (1 - y) * (1 - p)\nloss J = -(1 - pt)^(3/2) * log(pt)',
    { z: 30 },
    { y: 1 },
  ),
  named(
    'x·log(x/q) of a share that is 0',
    'param q[3] : positive\ninput x[3]\nloss J = sum(x * log(x / q))',
    { q: [0.5, 0.25, 0.25] },
    { x: [0, 0.5, 0.5] },
    {
      loss: Math.log(2),
      grads: { q: [0, -2, -2] },
    },
  ),
  named(
    'a power of 0',
    'param p\ninput x[2] : nonnegative\nloss J = sum(x^p)',
    { p: 2 },
    { x: [0, 3] },
    {
      loss: 9,
      grads: { p: [9 * Math.log(3)] },
    },
  ),
  named(
    'a distance of 0 to the sine of it',
    'param a[2], b[2]\nd = sqrt(sum((a - b)^2))\nloss J = sin(d) + d^3',
    { a: [1, 2], b: [1, 2] },
    undefined,
    {
      loss: 0,
      grads: { a: [0, 0], b: [0, 0] },
    },
  ),
  named(
    'a branch that is not taken behind a name and a matrix',
    'param W[2, 2], b[2]\ninput x[2], m[2]\nh = log(W @ x + b)\nv = where(m > 0, h, 0)\nloss J = sum(v^2)',
    {
      W: [
        [1, 0],
        [0, -1],
      ],
      b: [0, 0],
    } as unknown as Row['params'],
    { x: [Math.E, 5], m: [1, 0] },
    { loss: 1, grads: { W: [2, (2 * 5) / Math.E, 0, 0], b: [2 / Math.E, 0] } },
  ),
  named(
    'a row that is all masked',
    'param S[2, 2]\ninput M[2, 2], V[2]\nA = softmax(S + M)\nloss J = sum((A @ V)^2)',
    {
      S: [
        [1, 2],
        [3, 4],
      ],
    } as unknown as Row['params'],
    {
      M: [
        [-Infinity, -Infinity],
        [-Infinity, 0],
      ],
      V: [1, 2],
    } as unknown as Row['data'],
    { loss: 4, grads: { S: [0, 0, 0, 0] } },
  ),
  named(
    'a mask of zeros and ones by its logarithm',
    'param S[2, 2]\ninput M[2, 2], V[2]\nA = softmax(S + log(M))\nloss J = sum(A @ V)',
    {
      S: [
        [1, 800],
        [3, 4],
      ],
    } as unknown as Row['params'],
    {
      M: [
        [0, 0],
        [1, 0],
      ],
      V: [1, 2],
    } as unknown as Row['data'],
    { loss: 1, grads: { S: [0, 0, 0, 0] } },
  ),
  named(
    'a mask times a quotient',
    'param w\ninput m[3], x[3]\nu = 1 / (w * x)\nloss J = sum(m * u)',
    { w: 2 },
    { m: [0, 1, 1], x: [0, 1, 2] },
    { loss: 0.75, grads: { w: [-0.375] } },
  ),
  named(
    'a power of a negative number in a branch that is not taken',
    'param a, b\ninput t[3]\nr = (t - a)^b\nloss J = sum(where(t > a, r, 0))',
    { a: 1, b: 0.5 },
    { t: [0, 1, 2] },
    { loss: 1, grads: { a: [-0.5], b: [0] } },
  ),
  named(
    'an angle where the denominator is 0',
    'param x, y\nloss J = atan(2 * y / x)',
    { x: 0, y: 3 },
    undefined,
    {
      loss: Math.PI / 2,
      grads: { x: [-1 / 6], y: [0] },
    },
  ),
]

describe('named parts, masks and zeros', () => {
  it.each(cases.map((row) => [row.what, row] as const))('%s', async (_what, row) => {
    const { code } = found(row)
    compare(run(await loadCode(code), row, 'f64'), exactly(row), 1e-11, LEAST, 0)
  })
})

describe('what is stable already', () => {
  it.each([
    'param z[3]\ntarget y[3] : onehot\nloss J = crossentropy(softmax(z), y)',
    'param z\ntarget y : binary\nloss J = binarycrossentropy(sigmoid(z), y)',
    'param W[2, 3], b[2]\ninput x[3]\ntarget y[2]\nloss J = mse(tanh(W @ x + b), y)',
  ])('is left as it is: %s', (source) => {
    const stages = new Map<string, unknown>()
    found({ what: source, source, params: {} }, (stage, result) => void stages.set(stage, result))
    expect(stages.get('stabilise')).toBe(stages.get('simplify'))
  })
})
