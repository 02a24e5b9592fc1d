/** Positions that a batch gives, at known places and in recurrences. */
import { expect, test } from 'vitest'
import { differences } from '../support/direct/compared.ts'

test.each([
  [
    'added up where positions say',
    `dim N = 3, V = 3
batch B
input tok[N] : index(V)
param w, v[N]
c[0] = w
c[l] = c[l-1] + v[l] for l in 1..N
u[k] = sum(c[l] for l in 1..N where tok[l] == k) for k in 1..V
output u
loss J = logsumexp(u)`,
  ],
  [
    'one position of several',
    `dim N = 3, V = 4
batch B
input tok[N] : index(V)
param v[V], w
loss J = v[tok[1]]^2 / 10 + exp(w * v[tok[3]])`,
  ],
  [
    'ordered classes',
    `dim N = 3, V = 4
batch B
input tok[N] : index(V)
param w, v[V]
c[1] = v[1]
c[k] = c[k-1] + exp(v[k]) for k in 2..V-1
F[0] = 0
F[k] = sigmoid(c[k] - w) for k in 1..V-1
F[V] = 1
p[k] = F[k] - F[k-1] for k in 1..V
loss J = -log(p[tok[1]]) - sum(log(p[tok]))`,
  ],
  [
    'members by two indices',
    `dim N = 3, V = 4
batch B
input tok[N] : index(V)
param w, v[V]
h[0, k] = v[k] for k in 1..V
h[t, k] = tanh(w * h[t-1, k] + k / V) for t in 1..N, k in 1..V
output h
loss J = sum(h[t, tok[t]] for t in 1..N)^2 + h[2, tok[3]]`,
  ],
])('%s', async (_, source) => {
  const params: Record<string, number | number[]> = {
    w: 0.5,
    v: [1, 2, 3, 4].slice(0, source.includes('v[N]') ? 3 : 4),
  }
  const data = { tok: [0, 2, 0, 1, 1, 2] }
  for (const unrolled of [undefined, Infinity])
    for (const { what, relative } of await differences(source, { params, data }, undefined, unrolled))
      expect(relative, what).toBeLessThan(1e-12)
})
