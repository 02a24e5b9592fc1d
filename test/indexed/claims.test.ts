/** Claims with indices: one for each of their values. */
import { expect, test } from 'vitest'
import { judgeClaims } from '../../src/claims.ts'
import { analyse } from '../../src/compile.ts'

const LAYERS = `dim L = 3
dim n[0..L] = 3, 2, 4, 2
input x[n[0]]
target y[n[L]]
param W[l][n[l], n[l-1]] for l in 1..L
param b[l][n[l]] for l in 1..L
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1] + b[l]
  a[l] = sigmoid(z[l])
}
loss E = squarederror(a[L], y)
`

const said = async (claim: string): Promise<string[]> => {
  const { graph, mathematics } = analyse(`${LAYERS}${claim}\n`, { filename: 'layers.net' })
  return (await judgeClaims(graph, mathematics!)).map(({ at, verdict }) => `${at}: ${verdict}`)
}

test.each([
  "claim d(E, z[l]) = (W[l+1].T @ d(E, z[l+1])) * sigmoid'(z[l]) for l in 1..L-1",
  "claim d(E, z[l]) = (a[l] - y) * sigmoid'(z[l]) for l in L..L",
  'claim d(E, b[l]) = d(E, z[l]) for l in 1..L',
  'claim d(E, W[l]) = outer(d(E, z[l]), a[l-1]) for l in L..1',
])('an equation of backpropagation is proved: %s', async (claim) => {
  const all = await said(claim)
  expect(all.length).toBeGreaterThan(0)
  for (const one of all) expect(one).toMatch(/^l = [123]: proved$/)
})

test.each([
  'claim d(E, z[l]) = W[l+1].T @ d(E, z[l+1]) for l in 1..L-1',
  'claim d(E, W[l]) = outer(d(E, z[l]), a[l-1]) * 2 for l in 1..L',
  "claim d(E, b[l]) = d(E, z[l]) * sigmoid'(z[l]) for l in 1..L",
])('a wrong one is refuted: %s', async (claim) => {
  const all = await said(claim)
  expect(all.length).toBeGreaterThan(0)
  for (const one of all) expect(one).toMatch(/^l = [123]: refuted$/)
})
