/** Recurrences in recurrences that are long both ways, compared with themselves at known lengths, where every member is written out. */
import { describe, expect, it } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { checkDepths } from '../../src/depths.ts'
import { imported } from '../../src/modules.ts'
import { recurrentFormulas, textDocument } from '../../src/print/index.ts'
import { seeds } from '../support/campaign.ts'
import { compiled, expectSame, expectSameAt } from '../support/lengths.ts'
import { randomRecurrence } from '../support/random-recurrences.ts'

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

/** Steps that need all members before them. */
const HISTORIES: Readonly<Record<string, string>> = {
  'an equation of Volterra': `
    dim T
    input x[T]
    param a, b
    h[t] = tanh(b * x[t] + sum(a^(t-s) * h[s] for s in 1..t-1)) for t in 1..T
    loss J = h[T]^2 + sum(h)`,
  'a renewal, with first members that are learned': `
    dim T
    input x[T]
    target y[T]
    param r, c
    i[0] = exp(c)
    i[t] = x[t] * sum(exp(-r * s) * i[t-s] for s in 1..t) for t in 1..T
    loss J = sum((i[t] - y[t])^2 for t in 1..T)`,
  'attention to what was before, with a batch': `
    dim T, D = 2
    batch B
    input x[t][D] for t in 1..T
    target y[D]
    param Q[D, D], V[D, D], h0[D]
    h[0] = h0
    for t in 1..T {
      q[t] = Q @ x[t]
      w[t] = sum(exp(dot(h[s], q[t])) for s in 0..t-1)
      h[t] = tanh(V @ x[t] + sum(exp(dot(h[s], q[t])) * h[s] for s in 0..t-1) / w[t])
    }
    loss J = squarederror(h[T], y)`,
  'as many steps back as there are, beside the last one': `
    dim T, P = 3
    input x[T]
    param f[P], u
    z[t] = x[t] + sum(f[k] * z[t-k] for k in 1..P where k < t) + where(t > 1, sin(z[t-1]) * u, 0) for t in 1..T
    loss J = z[T]^2`,
  'from the end, the greatest and a sum of logarithms': `
    dim T
    input x[T]
    param a, b
    v[T] = a
    v[t] = x[t] + b * max(v[s] * sin(s + t) for s in t+1..T) + logsumexp(v[s] - s * x[t] for s in t+1..T) for t in T-1..1
    loss J = v[1]`,
  'two families, each of all of the other': `
    dim T
    input x[T]
    param a, b
    g[0] = b
    h[0] = a
    for t in 1..T {
      g[t] = tanh(sum(h[s] * x[t] for s in 0..t-1) * a)
      h[t] = g[t] + b * mean(g[s]^2 for s in 0..t-1)
    }
    loss J = h[T] + g[T] * a`,
  'rows of a grid': `
    dim N, M
    input p[N], q[M]
    param a, b
    c[0, j] = a * q[j] for j in 1..M
    c[i, j] = sin(p[i] * q[j]) + b * sum(c[k, j] / (i - k) for k in 0..i-1) + where(j > 1, c[i, j-1] * a, 0) for i in 1..N, j in 1..M
    loss J = c[N, M]^2 + c[N, 1]`,
}

const LENGTHS = [
  { N: 2, M: 4, K: 2, T: 5 },
  { N: 3, M: 2, K: 3, T: 3 },
]

describe('grids of any size', () => {
  for (const [what, source] of Object.entries(GRIDS))
    it(`${what}: gives what the members written out give`, async () => {
      expect(await expectSameAt(source, LENGTHS)).toBe(true)
    })
})

describe('all earlier members', () => {
  for (const [what, source] of Object.entries(HISTORIES))
    it(`${what}: gives what the members written out give`, async () => {
      expect(await expectSameAt(source, LENGTHS)).toBe(true)
    })
})

const formulasOf = (source: string) => {
  const { graph, recurrent, diagnostics } = analyse(source, { recurrences: true, kept: 2 })
  expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
  return { recurrent: recurrent!, text: textDocument(recurrentFormulas(graph, recurrent!)) }
}

describe('formulas of steps that need all earlier ones', () => {
  const sources = {
    'a sum with powers': ['tanh(b * x[t] + sum(a^(t-s) * h[s] for s in 0..t-1))', 'h[T]^2 + sum(h)'],
    'a square, and both indices': [
      'tanh(a * x[t] + sum(h[s]^2 * sin(s + t) for s in 0..t-1))',
      '(h[T] - 1)^2',
    ],
    'a function of each': ['tanh(a * x[t] + sum(a * sin(h[s]) for s in 0..t-1))', 'h[T]^2'],
  }
  const program = ([body, loss]: readonly string[]): string => `
    dim T
    input x[T]
    param a, b
    h[0] = b
    h[t] = ${body!} for t in 1..T
    loss J = ${loss!}`
  for (const [what, parts] of Object.entries(sources))
    it(`${what}: are the gradients of the steps written out`, () => {
      const { recurrent, text } = formulasOf(program(parts))
      const checks = checkDepths(program(parts), {}, recurrent)
      expect(checks.length).toBeGreaterThan(2)
      for (const { errors } of checks)
        for (const error of errors.values()) expect(error, text).toBeLessThan(1e-9)
    })

  it('are those of a textbook: what all later steps send back', () => {
    const { text } = formulasOf(program(sources['a sum with powers']))
    for (const line of [
      'z⁽ᵗ⁾ = bx_t + Σ[s = 0..t − 1] h⁽ˢ⁾a^(t−s)',
      'δ_z⁽ᵗ⁾ = (1 − (h⁽ᵗ⁾)²)·(Σ[s = t + 1..T] δ_z⁽ˢ⁾a^(s−t) + 1)   (t = T − 1, …, 1)',
    ])
      expect(text).toContain(line)
  })

  it('are given, or refused with the reason, and are never others', () => {
    for (const seed of seeds(6)) {
      const { source } = randomRecurrence(seed, 0, ['history'])
      const { recurrent, diagnostics } = analyse(source, { recurrences: true, kept: 2 })
      if (!recurrent) expect(diagnostics.map((d) => d.code)).toContain('no-recurrence')
      for (const { errors } of recurrent ? checkDepths(source, {}, recurrent) : [])
        for (const error of errors.values()) expect(error, source).toBeLessThan(1e-8)
    }
  })
})

it('derivatives of the program go through both', async () => {
  for (const source of [
    `
    dim T = 4
    input x[T]
    target y
    param a, b
    h[0] = b
    h[t] = sin(a * x[t] + sum(h[s] * h[s] / (t - s) for s in 0..t-1)) for t in 1..T
    g = d(h[T], a)
    loss J = (h[T] - y)^2 + g^2 + d(g, b)^2`,
    `
    dim T = 3
    input x[T]
    param a, b
    h[0] = b
    h[t] = sin(a * x[t] + sum(h[s] for s in 0..t-1)) for t in 1..T
    k = d(d(h[T], a), a)
    loss J = k^2 + d(k, b)`,
    `
    dim N = 3, M = 3
    input p[N], q[M]
    param a, b
    c[i, 0] = a * i for i in 0..N
    c[0, j] = b for j in 1..M
    c[i, j] = sin(p[i] * c[i-1, j]) + q[j] * c[i, j-1] * a for i in 1..N, j in 1..M
    g = d(c[N, M], a)
    loss J = c[N, M]^2 + g^2 + d(g, b)`,
  ]) {
    const [kept, written] = [compiled(source, {}, 1), compiled(source, {}, Infinity)]
    expectSame(await imported(kept.code!), await imported(written.code!), written.network!, 'derivatives')
  }
})
