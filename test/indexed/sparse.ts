/** Programs of which only parts of a table, or of what is compared, have a gradient. */
import { type Random, random } from '../../src/base/random.ts'
import type { Point, Values } from '../support/direct/index.ts'

export interface Sparse {
  readonly name: string
  readonly source: string
}

/** Tables of V rows. */
export const lookUps = (V: number): Sparse[] =>
  [
    [
      'a bag of words',
      `input tok[T] : index(V)\nparam E[V, D], w[D]\nloss J = tanh(dot(w, mean(E[tok], axis=1)))`,
    ],
    [
      'a bag of words, by index',
      `input tok[T] : index(V)\nparam E[V, D], w[D]\nloss J = tanh(dot(w, sum(E[tok[t]] for t in 1..T)))`,
    ],
    [
      'a bag of words for each sample',
      `batch B\ninput tok[T] : index(V)\ntarget y : index(K)\nparam E[V, D], W[K, D]\nloss J = crossentropy(softmax(W @ mean(E[tok], axis=1)), y)`,
    ],
    [
      'some words of a bag',
      `batch B\ninput tok[T] : index(V)\nparam E[V, D], w[D]\nloss J = tanh(dot(w, sum(E[tok[t]] for t in 1..T where t > 2)))`,
    ],
    ['a unit vector', `input tok : index(V)\nparam E[V, D], w[D]\nloss J = tanh(dot(w, onehot(tok, V) @ E))`],
    [
      'a unit vector for each sample',
      `batch B\ninput tok : index(V)\nparam E[V, D], w[D]\nloss J = tanh(dot(w, onehot(tok, V) @ E))`,
    ],
    [
      'a layer over words',
      `batch B\ninput tok[T] : index(V)\nparam E[V, D], U[D, D], w[D]\nh[t] = tanh(U @ E[tok[t]] + t / T) for t in 1..T\nloss J = dot(w, mean(h, axis=1))^2`,
    ],
    [
      'two tables',
      `batch B\ninput tok[T] : index(V)\ninput user : index(V)\nparam E[V, D], P[V, D], w[D]\nloss J = tanh(dot(w, sum(E[tok[t]] for t in 1..T)) * dot(w, P[user]))`,
    ],
    [
      'tables that meet',
      `batch B\ninput a : index(V)\ninput c[T] : index(V)\ninput s[T]\nparam E[V, D], C[V, D]\nloss J = -sum(log(sigmoid(s[t] * dot(E[a], C[c[t]]))) for t in 1..T)`,
    ],
    [
      'rows that are squared',
      `batch B\ninput tok[T] : index(V)\nparam E[V, D], w[D]\nloss J = sin(dot(w, mean(E[tok]^2, axis=1)))`,
    ],
    [
      'pairs of rows of one table',
      `batch B\ninput a : index(V)\ninput c : index(V)\nparam E[V, D]\nloss J = log(1 + exp(dot(E[a], E[c])))`,
    ],
    ['biases', `batch B\ninput tok : index(V)\ninput x\nparam b[V], w\nloss J = (w * x + b[tok])^2`],
    [
      'edges of a graph',
      `input src[T] : index(V)\ninput dst[T] : index(V)\nparam h[V, D], W[D, D]\nz[t] = tanh(W @ (h[src[t]] - h[dst[t]])) for t in 1..T\nloss J = sum(z^2)`,
    ],
  ].map(([name, text]) => ({ name: name!, source: `dim V = ${V}, D = 3, T = 5, K = 4\n${text!}\n` }))

/** What touches every row, as it must. */
export const dense = (V: number): Sparse[] =>
  [
    [
      'tied weights',
      `batch B\ninput tok[T] : index(V)\ntarget y : index(V)\nparam E[V, D], U[D, D]\nh = tanh(U @ mean(E[tok], axis=1))\nloss J = crossentropy(softmax(E @ h), y)`,
    ],
    [
      'a penalty',
      `hyper lambda = 0.1\nbatch B\ninput tok[T] : index(V)\nparam E[V, D], w[D]\nloss J = sin(dot(w, mean(E[tok]^2, axis=1))) + lambda * sum(E^2)`,
    ],
    [
      'a constant slope',
      `input tok[T] : index(V)\nparam E[V, D], w[D]\nloss J = sin(dot(w, mean(E[tok], axis=1))) + sum(E) / 7`,
    ],
    [
      'messages that are added up',
      `input src[T] : index(V)\ninput dst[T] : index(V)\nparam h[V, D], W[D, D]\nm[n] = sum(W @ h[src[t]] for t in 1..T where dst[t] == n) for n in 1..V\nloss J = sum(tanh(m + h)^2)\noutput m`,
    ],
    [
      'counts',
      `input dst[T] : index(V)\nparam a[V]\nc[n] = sum(1 for t in 1..T where dst[t] == n) for n in 1..V\nloss J = sum(c * a^2)\noutput c`,
    ],
  ].map(([name, text]) => ({ name: name!, source: `dim V = ${V}, D = 3, T = 5, K = 4\n${text!}\n` }))

/** Least and greatest entries, of K. */
export const extremes = (K: number): Sparse[] =>
  [
    [
      'nearest centres',
      `input x[N, D]\nparam c[K, D]\nloss J = sum(min(sum((x[i] - c[k])^2) for k in 1..K) for i in 1..N)`,
    ],
    [
      'nearest centres, by sample',
      `batch B\ninput x[D]\nparam c[K, D]\nloss J = min(sum((x - c[k])^2) for k in 1..K)`,
    ],
    ['a maximum of units', `batch B\ninput x[D]\nparam W[K, D], b[K]\nloss J = tanh(max(W @ x + b))`],
    [
      'pooling over time',
      `batch B\ninput x[N, D]\nparam W[K, D], w[K]\nz[i] = W @ x[i] for i in 1..N\nloss J = dot(w, max(z, axis=1))^2`,
    ],
    [
      'a least of greatest',
      `input x[N, D]\nparam c[K, D]\nloss J = min(max(x[i, d] * c[k, d] for k in 1..K, d in 1..D) for i in 1..N)`,
    ],
    ['a range', `batch B\ninput x[D]\nparam W[K, D]\ns = W @ x\nloss J = (max(s) - min(s))^2`],
  ].map(([name, text]) => ({ name: name!, source: `dim K = ${K}, D = 3, N = 4\n${text!}\n` }))

/** Pools, of which not all is compared: what they are of has a gradient too. */
export const pools: readonly Sparse[] = (
  [
    [
      'pooling of windows',
      `dim P = N / 2\nbatch B\ninput x[N, N]\nparam K1[D, 3, 3], w[D, P, P]\nz[c, i, j] = sum(K1[c, u, v] * x[i+u-2, j+v-2] for u in 1..3, v in 1..3 where i+u > 2 and i+u < N+2 and j+v > 2 and j+v < N+2) for c in 1..D, i in 1..N, j in 1..N\np[c, i, j] = max(relu(z[c, 2*i+u, 2*j+v]) for u in -1..0, v in -1..0) for c in 1..D, i in 1..P, j in 1..P\nloss J = sum(w * p)^2`,
    ],
    [
      'hinges',
      `batch B\ninput x[D]\ntarget y : index(K)\nparam W[K, D]\ns = W @ x\nloss J = relu(1 + max(s[k] - 2 * s[y] for k in 1..K))`,
    ],
  ] as const
).map(([name, text]) => ({ name, source: `dim K = 5, D = 2, N = 4\n${text}\n` }))

/** Data and params for a program of these, some rows several times. */
export function pointOf(source: string, seed: number, batch = 4): Point {
  const r = random(`sparse ${seed}`)
  const dims = new Map<string, number>()
  for (const [, list] of source.matchAll(/^dim (.*)$/gmu))
    for (const [, name, value] of list!.matchAll(/(\w+) = ([^,]+)/gu))
      dims.set(name!, Number(value) || dims.get('N')! / 2)
  const B = /^batch B/mu.test(source) ? batch : undefined
  const fields = (kind: string): [string, number[], string | undefined][] =>
    [...source.matchAll(new RegExp(`^(?:${kind}) (.*?)(?: : index\\((\\w+)\\))?$`, 'gmu'))].flatMap(
      ([, list, of]) =>
        [...list!.matchAll(/(\w+)(?:\[([^\]]*)\])?/gu)].map(
          ([, name, axes]): [string, number[], string | undefined] => [
            name!,
            (axes ?? '')
              .split(', ')
              .filter(Boolean)
              .map((a) => dims.get(a) ?? Number(a)),
            of,
          ],
        ),
    )
  const values = (shape: readonly number[], one: () => number): Values =>
    shape.length === 0 ? one() : Array.from({ length: shape.reduce((p, e) => p * e, 1) }, one)
  const real = (x: Random) => (): number => x.integer(-1000, 1000) / 1000
  return {
    params: Object.fromEntries(fields('param').map(([name, shape]) => [name, values(shape, real(r))])),
    data: Object.fromEntries(
      fields('input|target').map(([name, shape, of]) => [
        name,
        values(
          B === undefined ? shape : [B, ...shape],
          // Few rows, so that some come again.
          of === undefined ? real(r) : () => r.integer(0, Math.min(4, dims.get(of)!) - 1),
        ),
      ]),
    ),
    ...(source.includes('hyper') ? { hyper: { lambda: 0.1 } } : {}),
  }
}
