/** Recurrences in recurrences that are long both ways, compared with themselves at known lengths, where every member is written out. */
import { describe, expect, it } from 'vitest'
import { expectSameAt } from '../support/lengths.ts'

const GRIDS: Readonly<Record<string, string>> = {
  'a soft alignment': `
    dim N, M
    input x[N], y[M]
    param w
    c[0, 0] = 0
    c[i, 0] = 5 for i in 1..N
    c[0, j] = 5 for j in 1..M
    c[i, j] = (w*x[i] - y[j])^2 - logsumexp([-c[i-1, j], -c[i, j-1], -c[i-1, j-1]]) for i in 1..N, j in 1..M
    loss J = c[N, M]`,
  'sides with a corner of their own, and all of it': `
    dim N, M
    input p[N], q[M]
    x[i, j] = sin(p[i] + 2*q[j]) for i in 1..N, j in 1..M
    param w, v
    c[i, 0] = w * i for i in 0..N
    c[0, j] = v / j for j in 1..M
    c[i, j] = sin(c[i-1, j] * w) + 0.5 * c[i, j-1] * x[i, j] + c[i-1, j-1] * v for i in 1..N, j in 1..M
    loss J = c[N, M] + sum(c^2)`,
  'a network over two axes, with a batch': `
    dim N, M
    batch B
    input p[i][2] for i in 1..N
    input q[j][2] for j in 1..M
    target y
    x[i, j] = p[i] * q[j] for i in 1..N, j in 1..M
    param A[3, 3], C[3, 3], D[3, 2], r[3]
    h[0, j] = zeros(3) for j in 1..M
    h[i, 0] = zeros(3) for i in 1..N
    h[i, j] = tanh(A @ h[i-1, j] + C @ h[i, j-1] + D @ x[i, j]) for i in 1..N, j in 1..M
    loss J = (dot(r, h[N, M]) - y)^2`,
  'the next index back, with values beside it': `
    dim N, M
    input p[N], q[M]
    x[i, j] = sin(p[i] + 2*q[j]) for i in 1..N, j in 1..M
    param a, b, c
    h[0, j] = a * j for j in 1..M
    for i in 1..N {
      h[i, 0] = b
      for j in 1..M {
        z[i, j] = where(j < M, h[i-1, j+1], 0) * c + h[i, j-1] * x[i, j]
        g[i, j] = sigmoid(z[i, j] * a)
        h[i, j] = g[i, j] * tanh(z[i, j]) + where(j > 1, h[i-1, j-1], 0.1)
      }
    }
    loss J = sum(h[N, j] for j in 1..M) + sum(g)`,
  'from the last corner, the second index first': `
    dim N, M
    input p[N], q[M]
    x[i, j] = sin(p[i] + 2*q[j]) for i in 1..N, j in 1..M
    param a, b
    c[i, M+1] = a for i in 1..N+1
    c[N+1, j] = b * j for j in 1..M
    c[i, j] = tanh(a * c[i+1, j] + b * c[i, j+1] * x[i, j] + c[i+1, j+1]) for j in M..1, i in N..1
    loss J = c[1, 1] + sum(c[i, 1] * x[i, 1] for i in 1..N)`,
  'without sides, by conditions': `
    dim N, M
    input p[N], q[M]
    x[i, j] = sin(p[i] + 2*q[j]) for i in 1..N, j in 1..M
    param a, b
    c[i, j] = x[i, j] * a + where(i > 1, sin(c[i-1, j]), 0) + b * where(j > 1, c[i, j-1], 0.3) for i in 1..N, j in 1..M
    loss J = c[N, M]^2 + mean(c)`,
  'three kinds of gaps': `
    dim N, M
    input a[N], b[M]
    s[i, j] = a[i] * b[j] for i in 1..N, j in 1..M
    param o, e
    m[0, 0] = 0
    p[0, 0] = -3
    q[0, 0] = -3
    for i in 1..N {
      m[i, 0] = -3
      p[i, 0] = o + e * i
      q[i, 0] = -3
    }
    for j in 1..M {
      m[0, j] = -3
      p[0, j] = -3
      q[0, j] = o + e * j
    }
    for i in 1..N, j in 1..M {
      m[i, j] = s[i, j] + logsumexp([m[i-1, j-1], p[i-1, j-1], q[i-1, j-1]])
      p[i, j] = logsumexp([m[i-1, j] + o, p[i-1, j] + e])
      q[i, j] = logsumexp([m[i, j-1] + o, q[i, j-1] + e])
    }
    loss J = -logsumexp([m[N, M], p[N, M], q[N, M]])`,
  'three indices': `
    dim N, M, K
    input p[N], q[M], r[K]
    x[i, j, k] = sin(p[i] + 2*q[j]) * r[k] for i in 1..N, j in 1..M, k in 1..K
    param a, b, c
    h[i, j, k] = tanh(x[i, j, k] + a * where(i > 1, h[i-1, j, k], 0.2) + b * where(j > 1, h[i, j-1, k], 0) + c * where(k > 1, h[i, j, k-1], 0.1)) for i in 1..N, j in 1..M, k in 1..K
    loss J = h[N, M, K] + sum(h^2)`,
  'two steps back': `
    dim N, M
    input p[N], q[M]
    x[i, j] = sin(p[i] + 2*q[j]) for i in 1..N, j in 1..M
    param a, b
    u[0, j] = a for j in 1..M
    u[-1, j] = b * j for j in 1..M
    u[i, 0] = a for i in 1..N
    u[i, -1] = b for i in 1..N
    u[i, j] = 0.5 * u[i-1, j] - 0.2 * u[i-2, j] + a * u[i, j-1] * u[i, j-2] + x[i, j] for i in 1..N, j in 1..M
    loss J = u[N, M]^2 + u[N, 1]`,
}

const LENGTHS = [
  { N: 2, M: 4, K: 2 },
  { N: 3, M: 2, K: 3 },
]

describe('grids of any size', () => {
  for (const [what, source] of Object.entries(GRIDS))
    it(`${what}: gives what the members written out give`, async () => {
      expect(await expectSameAt(source, LENGTHS)).toBe(true)
    })
})
