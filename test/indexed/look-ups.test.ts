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
])('%s', async (_, source) => {
  const params: Record<string, number | number[]> = {
    w: 0.5,
    v: [1, 2, 3, 4].slice(0, source.includes('v[N]') ? 3 : 4),
  }
  const data = { tok: [0, 2, 0, 1, 1, 2] }
  for (const { what, relative } of await differences(source, { params, data }))
    expect(relative, what).toBeLessThan(1e-12)
})
