/** Parts whose length depends on an index, rows of triangles, and equations of the next member: of any length as of known ones. */
import { describe, expect, it } from 'vitest'
import { compiled, expectSameAt } from '../support/lengths.ts'

const PROGRAMS: Readonly<Record<string, string>> = {
  'prefixes of data': `
    dim T
    input x[T], A[T, T]
    param w
    c[i] = sum((w * x[1..i])^2) + max(x[1..i]) * w + mean(tanh(w * x[1..i])) + min(w * A[i, i..T]) for i in 1..T
    loss J = sum(c^2) + sum(logsumexp(w * A[i, 1..i]) * i for i in 1..T)`,
  'what has no value beyond the length': `
    dim T
    input x[T]
    param w
    c[i] = sum(1 / (x[1..i] * w)) + sum(log(x[1..i]^2)) * w + norm(w * x[1..i]) + var(w * x[1..i]) for i in 1..T
    loss J = sum(c^2)`,
  'the past of a recurrence, with weights': `
    dim T
    input x[T, 2]
    param W[2, 2], q[2]
    h[1] = x[1] * q
    h[t] = tanh(W @ x[t] + softmax(h[1..t-1] @ q) @ h[1..t-1]) for t in 2..T
    loss J = sum(h[T]^2)`,
  'attention to the past, by names': `
    dim T
    batch B
    input x[t][2] for t in 1..T
    target y[2]
    param Q[2, 2], V[2, 2], h0[2]
    h[0] = h0
    for t in 1..T {
      q[t] = Q @ x[t]
      a[t] = softmax(h[0..t-1] @ q[t] / sqrt(2))
      h[t] = tanh(V @ x[t] + a[t] @ h[0..t-1])
    }
    loss J = squarederror(h[T], y)`,
  'what is to come': `
    dim T
    input x[T]
    param w
    g[T] = w
    g[t] = tanh(x[t] * logsumexp(g[t+1..T])) for t in T-1..1
    loss J = g[1]^2`,
  'a window of the past': `
    dim T
    input x[T]
    param w, a[3]
    h[1] = w
    h[2] = w^2
    h[3] = 0
    h[t] = tanh(dot(a, h[t-3..t-1]) + x[t]) for t in 4..T
    loss J = h[T]^2`,
  'rows of a triangle': `
    dim T
    batch B
    input x[t][3] for t in 1..T
    param Q[3, 3], K[3, 3], V[3, 3]
    q[t] = Q @ x[t] for t in 1..T
    k[t] = K @ x[t] for t in 1..T
    v[t] = V @ x[t] for t in 1..T
    s[i, j] = dot(q[i], k[j]) / sqrt(3) for i in 1..T, j in 1..i
    p[i] = softmax(s[i]) for i in 1..T
    o[i] = p[i] @ v[1..i] + p[i, 1] for i in 1..T
    loss J = sum(o^2)`,
  'rows above the diagonal': `
    dim T
    input x[T]
    param w
    s[i, j] = w * x[i] * x[j] for i in 1..T, j in i..T
    m[i] = max(s[i]) + logsumexp(s[i]) for i in 1..T
    loss J = sum(m^2) + sum(s[2])`,
  'the next member': `
    dim T
    input x[T]
    param w
    h[1] = w
    h[t+1] = tanh(h[t] + x[t]) + t / T for t in 1..T-1
    g[T] = w
    g[t-1] = tanh(g[t] * x[t]) for t in T..2
    loss J = h[T]^2 + g[1]`,
}

describe('lengths that depend on an index', () => {
  for (const [what, source] of Object.entries(PROGRAMS))
    it(`${what}: gives what the members written out give`, async () => {
      expect(await expectSameAt(source, [{ T: 5 }, { T: 9 }])).toBe(true)
    })
  it('other steps see no member whose length is another one there', () => {
    const { code, diagnostics } = compiled(`
      dim T
      input x[T]
      param w
      h[1] = w
      for t in 2..T {
        a[t] = softmax(w * h[1..t-1])
        h[t] = where(t > 2, tanh(sum(a[t-1]) + x[t]), 0)
      }
      loss J = h[T]`)
    expect(code).toBeUndefined()
    expect(diagnostics.map((d) => d.message).join()).toContain('whose length depends on t')
  })
})
