import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { checkDepths } from '../../src/depths.ts'
import { recurrentFormulas, textDocument } from '../../src/print/index.ts'
import { FEWEST_STEPS } from '../../src/cli/latex.ts'
import { LONG } from '../support/campaign.ts'
import { imported } from '../../src/modules.ts'
import { compiled, expectSame, expectSameAt } from '../support/lengths.ts'

/** Programs with an open `dim T`; each is compared with itself at known lengths, where every step is written out. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'an RNN over a tensor': `
    dim T
    input x[T, 3]
    target y[2] : onehot
    param W[4, 3], U[4, 4], b[4], V[2, 4]
    h[0] = zeros(4)
    h[t] = tanh(W @ x[t] + U @ h[t-1] + b) for t in 1..T
    p = softmax(V @ h[T])
    output p
    loss J = crossentropy(p, y)`,
  'a list, with a batch, both directions': `
    dim T
    batch B
    input x[t][3] for t in 1..T
    target y : index(3)
    param W[4, 3], U[4, 4], b[4], M[4, 3], N[4, 4], c[4], R[3, 4], S[3, 4]
    f[0] = zeros(4)
    f[t] = tanh(W @ x[t] + U @ f[t-1] + b) for t in 1..T
    g[T+1] = c
    g[t] = tanh(M @ x[t] + N @ g[t+1] + c) for t in T..1
    m[t] = f[t] * g[t] for t in 1..T
    p = softmax(R @ mean(m, axis=1) + S @ f[T])
    output p
    loss J = crossentropy(p, y)`,
  'an LSTM with a loss at each step': `
    dim T
    dim D = 2, H = 3
    input x[T, D]
    target y[T, H]
    param Wi[H, D], Ui[H, H], bi[H], Wf[H, D], Uf[H, H], bf[H], Wo[H, D], Uo[H, H], bo[H], Wc[H, D], Uc[H, H], bc[H]
    h[0] = zeros(H)
    c[0] = zeros(H)
    for t in 1..T {
      i[t] = sigmoid(Wi @ x[t] + Ui @ h[t-1] + bi)
      f[t] = sigmoid(Wf @ x[t] + Uf @ h[t-1] + bf)
      o[t] = sigmoid(Wo @ x[t] + Uo @ h[t-1] + bo)
      c[t] = f[t] * c[t-1] + i[t] * tanh(Wc @ x[t] + Uc @ h[t-1] + bc)
      h[t] = o[t] * tanh(c[t])
    }
    loss J = sum(sum((h[t] - y[t])^2) for t in 1..T)`,
  'scalars, of order two, with the index in the formula': `
    dim T
    input u[T]
    target y
    param a, b, s
    x[1] = s
    x[2] = s^2
    x[t] = a*x[t-1] + b*x[t-2]*sin(u[t]) + t/T for t in 3..T
    loss J = (x[T] - y)^2 + sum(x[t]^2 for t in 1..T)`,
  'first members that are learned': `
    dim T
    input x[T, 2]
    target y[3]
    param A[3, 3], B[3, 2], h0[3]
    h[0] = tanh(h0)
    h[t] = h[t-1] + 0.1*tanh(A @ h[t-1] + B @ x[t]) for t in 1..T
    loss J = sum((h[T] - y)^2) + sum(h0^2)`,
  'dynamic programming with another index': `
    dim T
    dim K = 3, V = 4
    input x[T] : index(V)
    param s0[K], A[K, K], O[V, K]
    a[1, k] = s0[k] + O[x[1], k] for k in 1..K
    a[t, k] = logsumexp(a[t-1, j] + A[j, k] for j in 1..K) + O[x[t], k] for t in 2..T, k in 1..K
    loss J = -logsumexp(a[T, k] for k in 1..K)`,
  'what is before the first step is 0': `
    dim T
    input x[T]
    target y
    param a, b
    s[t] = where(t > 1, s[t-1], 0)*a + b*x[t] for t in 1..T
    loss J = (s[T] - y)^2`,
  'one recurrence after another': `
    dim T
    input x[T, 2]
    target y[2]
    param A[3, 2], B[3, 3], C[2, 3], D[2, 2]
    h[0] = zeros(3)
    h[t] = tanh(A @ x[t] + B @ h[t-1]) for t in 1..T
    g[0] = zeros(2)
    g[t] = tanh(C @ h[t] + D @ g[t-1]) for t in 1..T
    loss J = sum((g[T] - y)^2)`,
  'the same for all samples of a batch': `
    dim T
    batch B
    input x[T, 2] : shared
    input z[2]
    target y[2]
    param A[2, 2], C[2, 2]
    h[0] = zeros(2)
    h[t] = tanh(A @ x[t] + h[t-1]) for t in 1..T
    loss J = sum((C @ z + h[T] - y)^2)`,
  'layers, each with its own parameters': `
    dim T, H = 3
    batch B
    input x[H]
    target y[H]
    param W[l][H, H], b[l][H] for l in 1..T
    a[0] = x
    for l in 1..T {
      z[l] = W[l] @ a[l-1] + b[l]
      a[l] = tanh(z[l])
    }
    output a[T]
    loss J = squarederror(a[T], y)`,
  'layers with two families, scalars, and a penalty': `
    dim T, D = 2, H = 3
    input x[D]
    target y[D]
    param V[D, H], W[l][H, D], s[l], c[l][H] = 0.1 for l in 1..T
    hyper λ = 0.01
    a[0] = x
    a[l] = a[l-1] + s[l] * V @ tanh(W[l] @ a[l-1] + c[l]) for l in 1..T
    loss J = squarederror(a[T], y) + λ * sum(sum(W[l]^2) + s[l]^2 for l in 1..T)`,
  'parameters that only some layers use, from 0 on, and by name': `
    dim T, H = 2
    input x[H]
    target y[H]
    param W[l][H, H], g[l][H] for l in 0..T
    a[1] = tanh(W[0] @ x + g[1])
    a[l] = sigmoid(W[l] @ a[l-1]) * g[l-2] + a[l-1] for l in 2..T
    loss J = squarederror(W[T] @ a[T], y) + sum(g[0] * g[T])`,
  'a state and parameters by time, backwards': `
    dim T, H = 2
    input x[t][H] for t in 1..T
    target y[H]
    param U[H, H], p[t][H] for t in 1..T
    h[T+1] = zeros(H)
    h[t] = tanh(U @ h[t+1] + p[t] * x[t]) for t in T..1
    loss J = squarederror(h[1], y)`,
  'parameters by the index without a recurrence': `
    dim T, H = 2
    input x[H]
    target y[T]
    param w[l][H], v[l] for l in 1..T
    q[l] = tanh(dot(w[l], x)) * v[l] for l in 1..T
    loss J = squarederror(q, y)`,
  'a first layer of another width, and a last one': `
    dim T, D = 3, H = 2
    batch B
    input x[D]
    target y[3] : onehot
    param F[H, D], W[l][H, H], b[l][H] for l in 2..T
    param V[3, H]
    a[0] = x
    a[1] = tanh(F @ a[0])
    for l in 2..T {
      z[l] = W[l] @ a[l-1] + b[l]
      a[l] = tanh(z[l])
    }
    z[T+1] = V @ a[T]
    a[T+1] = softmax(z[T+1])
    output a[T+1]
    loss J = crossentropy(a[T+1], y)`,
  'ends of another width in both directions': `
    dim T, D = 4, H = 2
    input x[T, D]
    target y[2] : onehot
    param E[H, D], U[H, H], A[H, H], V[2, H]
    h[0] = E @ x[1]
    h[t] = tanh(U @ h[t-1] + E @ x[t]) for t in 1..T
    h[T+1] = sum(h[T]^2)
    g[T+1] = ones(H)
    g[t] = tanh(A @ g[t+1]) * h[t] for t in T..1
    g[0] = V @ g[1]
    loss J = crossentropy(softmax(h[T+1] * g[0]), y)`,
  'layers over time, the layers outside': `
    dim T
    dim N = 2, H = 2
    batch B
    input x[t][H] for t in 1..T
    target y : index(H)
    param W[l][H, H], U[l][H, H], b[l][H] for l in 1..N
    param R[H, H]
    h[0, t] = x[t] for t in 1..T
    h[l, 0] = zeros(H) for l in 1..N
    h[l, t] = tanh(W[l] @ h[l-1, t] + U[l] @ h[l, t-1] + l * b[l]) for l in 1..N, t in 1..T
    p = softmax(R @ h[N, T])
    output p, h[N, T]
    loss J = crossentropy(p, y)`,
  'layers over time whose gates see the layer below': `
    dim T, L = 2
    input x[T, 3]
    param w[3], W[L, 2, 3]
    h[0, l] = zeros(3) for l in 1..L
    for t in 1..T {
      h[t, 0] = w * x[t]
      for l in 1..L {
        f[t, l] = sigmoid(W[l, 1] * h[t, l-1])
        h[t, l] = f[t, l] * h[t-1, l] + W[l, 2]
      }
    }
    loss J = sum(h[T, L]) + sum(h[1, 1]^2)`,
  'layers over time of several widths, the time outside, both directions': `
    dim T
    dim n[0..2] = 2, 3, 1
    input x[T, n[0]]
    target y
    param W[l][n[l], n[l-1]], U[l][n[l], n[l]], V[l][n[l], n[l]] for l in 1..2
    for t in 1..T { h[t, 0] = x[t] }
    for l in 1..2 {
      h[0, l] = ones(n[l]) / 2
      g[T+1, l] = zeros(n[l])
    }
    for t in 1..T {
      for l in 1..2 {
        h[t, l] = tanh(W[l] @ h[t, l-1] + U[l] @ h[t-1, l])
      }
    }
    g[t, l] = sigmoid(V[l] @ g[t+1, l] + h[t, l]) for l in 1..2, t in T..1
    loss J = (sum(h[T, 2]) + sum(g[1, 2]) + sum(g[1, 1]) - y)^2`,
  'extrema and matrices in the step': `
    dim T
    input x[T, 2]
    target y
    param A[2, 2], B[2, 2]
    P[0] = eye(2)
    P[t] = A @ P[t-1] @ A.T + x[t] @ x[t] * eye(2) - B @ inv(P[t-1] + 2*eye(2)) @ B.T for t in 1..T
    m[0] = 0
    m[t] = max(m[t-1]*0.9, max(x[t])) for t in 1..T
    loss J = (sum(P[T]) + m[T] - y)^2`,
}

/** Of each kind one length, in turn; several after one another only of the first, and of all in the long campaign. */
const lengths = (i: number): readonly { readonly T: number }[] =>
  LONG || i === 0 ? [{ T: 3 }, { T: 6 }, { T: 4 }] : [{ T: i % 2 === 0 ? 3 : 5 }]

describe('a length that is read from the data', () => {
  for (const [i, [what, source]] of Object.entries(PROGRAMS).entries())
    it(`${what}: gives what the steps written out give`, async () => {
      expect(await expectSameAt(source, lengths(i))).toBe(true)
    })
})

/** Programs whose formulas have no notation for a general index. */
const WITHOUT_FORMULAS = new Set(['what is before the first step is 0'])
/** Those without a recurrence have formulas of the families as tensors. */
const AS_TENSORS = new Set(['parameters by the index without a recurrence'])

const formulasOf = (source: string, kept?: number) => {
  const { graph, recurrent } = analyse(source, { recurrences: true, kept })
  return recurrent && { recurrent, text: textDocument(recurrentFormulas(graph, recurrent)) }
}

function expectRight(source: string, kept?: number): void {
  const found = formulasOf(source, kept)
  expect(found).toBeDefined()
  expect(found!.text).not.toMatch(/undefined|NaN|~| in \d/)
  const checks = checkDepths(source, {}, found!.recurrent)
  expect(checks.length).toBeGreaterThan(0)
  for (const { errors } of checks)
    for (const error of errors.values()) expect(error, found!.text).toBeLessThan(1e-9)
}

/** Entries of vectors and matrices, by the index. */
const ENTRIES: Readonly<Record<string, string>> = {
  'of parameters': `dim T
    input x[T]
    param g[T], u[T, 2], a
    h[0] = a
    h[t] = tanh(h[t-1] + exp(g[t]) * x[t] + sum(u[t])^2) for t in 1..T
    loss J = (h[T] - 1)^2`,
  'of parameters, the first one before the first step': `dim T
    input y
    param g[T]
    h[1] = g[1]
    h[t] = h[t-1]^2 / 2 + exp(g[t]) for t in 2..T
    loss J = (h[T] - y)^2`,
  'with an index beyond, and data': `dim T
    input x[T, 3]
    param g[T], W[3, 3]
    h[0] = zeros(3)
    h[t] = tanh(W @ h[t-1] + g[t] * x[t]) for t in 1..T
    loss J = sum(h[T]^2) + sum(g)`,
}

describe('formulas for a general index', () => {
  for (const [what, source] of Object.entries(ENTRIES))
    it(`entries ${what}: are the gradients of the steps written out`, () => {
      expectRight(source, FEWEST_STEPS)
      expectRight(source.replace('dim T', 'dim T = 4'), FEWEST_STEPS)
    })

  for (const [what, source] of Object.entries(PROGRAMS))
    if (!WITHOUT_FORMULAS.has(what) && !AS_TENSORS.has(what))
      it(`${what}: are the gradients of the steps written out`, () => expectRight(source, FEWEST_STEPS))

  it('where there are none, that is said', () => {
    for (const what of WITHOUT_FORMULAS) {
      const { diagnostics } = analyse(PROGRAMS[what]!, { recurrences: true })
      expect(diagnostics.map((d) => d.code)).toEqual(['no-recurrence'])
    }
  })

  it('without a recurrence they are of tensors', () => {
    for (const what of AS_TENSORS)
      expect(analyse(PROGRAMS[what]!, { recurrences: true }).mathematics).toBeDefined()
  })

  it('layers with parameters of their own are those of a textbook, of known depth too', () => {
    const source = PROGRAMS['layers, each with its own parameters']!
    for (const [text, depth] of [
      [source, 'T'],
      [source.replace('dim T', 'dim T = 20'), '20'],
    ] as const) {
      const { text: lines } = formulasOf(text, 3)!
      for (const line of [
        'z⁽ˡ⁾ = W⁽ˡ⁾a⁽ˡ⁻¹⁾ + b⁽ˡ⁾   (l = 1, …,',
        'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)',
        `∂J/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ   (l = 1, …, ${depth})`,
        `∂J/∂b⁽ˡ⁾ = δ⁽ˡ⁾   (l = 1, …, ${depth})`,
      ])
        expect(lines).toContain(line)
    }
  })

  it.each(['rnn', 'lstm'])('%s.net, of known length', (name) => {
    const source = readFileSync(new URL(`../../examples/${name}.net`, import.meta.url), 'utf8')
    expectRight(source, 3)
    expect(formulasOf(source, 3)!.text.split('\n').length).toBeLessThan(45)
  })

  it('an RNN is that of a textbook', () => {
    const source = readFileSync(new URL('../../examples/rnn.net', import.meta.url), 'utf8')
    const { text } = formulasOf(source, 3)!
    for (const line of [
      'z⁽ᵗ⁾ = Wx⁽ᵗ⁾ + Uh⁽ᵗ⁻¹⁾ + b',
      'δ⁽ᵗ⁾ = (Uᵀδ⁽ᵗ⁺¹⁾) ⊙ (1 − (h⁽ᵗ⁾)²)',
      '∂J/∂U = Σ[t = 1..7] δ⁽ᵗ⁾h⁽ᵗ⁻¹⁾ᵀ',
    ])
      expect(text).toContain(line)
  })
})

/** Programs that take derivatives through a recurrence. */
const DERIVATIVES: Readonly<Record<string, string>> = {
  'a Hessian and a vector, a gradient of a gradient': `
    dim T = 5
    input x[T]
    target y
    param w[2], v
    s[0] = v
    s[t] = tanh(w[1]*s[t-1] + w[2]*x[t]) for t in 1..T
    q = (s[T] - y)^2
    loss J = q + sum(d(d(q, w) @ w, w)^2) + d(s[T], v)^2`,
  'along a vector, all of a Jacobian, with a batch': `
    dim T = 4, H = 3
    batch B
    input x[T, H]
    target y[H]
    param W[H, H], U[H, H], h0[H], v[H]
    h[0] = h0
    h[t] = tanh(W @ x[t] + U @ h[t-1]) for t in 1..T
    Jv = d(h[T], h0) @ v
    loss J = squarederror(h[T], y) + sum(Jv^2) + sum(d(h[T], h0) @ v) + sum(d(h[T], U)^2)`,
  'layers with parameters of their own': `
    dim T = 4, H = 2
    input x[t][H] for t in 1..T
    target y[H]
    param W[l][H, H], b[l][H] for l in 1..T
    param a0[H], u[H]
    a[0] = a0
    a[l] = a[l-1] + tanh(W[l] @ a[l-1] + b[l]) * x[l] for l in 1..T
    E = squarederror(a[T], y)
    g = d(E, a0)
    loss J = E + sum(g^2) + sum(d(dot(g, u), a0)^2)`,
  'of order two, of derivatives, from the end': `
    dim T = 5
    input x[T]
    target y
    param a, b, c
    s[T+1] = a
    s[T+2] = b
    s[t] = s[t+1] + c * sin(s[t+2]) * x[t] for t in T..1
    p = d(s[1], a)
    loss J = (s[1] - y)^2 + p^2 + d(p, c)^2 + d(sum(s[t]^2 for t in 1..T), b)`,
  'a penalty on the slope by the data': `
    dim T = 5, H = 2
    input x[T, H]
    target y
    param A[H, H], r[H]
    h[0] = zeros(H)
    h[t] = sigmoid(A @ h[t-1] + x[t]) for t in 1..T
    f = dot(r, h[T])
    loss J = (f - y)^2 + 0.1 * sum(d(f, x)^2)`,
}

describe('derivatives through a recurrence', () => {
  for (const [what, source] of Object.entries(DERIVATIVES))
    it(`${what}: are those of all steps`, async () => {
      const [kept, written] = [compiled(source, {}, 1), compiled(source, {}, Infinity)]
      expectSame(await imported(kept.code!), await imported(written.code!), written.network!, 'derivatives')
    })

  it('steps that take derivatives themselves are written out, and refused where there are any number', async () => {
    const source = `
      dim T = 3
      param a, b
      target y
      f[0] = b
      f[t] = f[t-1] - 0.1 * d(sin(a * b) * f[t-1], a) for t in 1..T
      loss J = (f[T] - y)^2`
    const [kept, written] = [compiled(source, {}, 1), compiled(source, {}, Infinity)]
    expectSame(await imported(kept.code!), await imported(written.code!), written.network!, 'within')
    const { diagnostics } = compiled(source.replace('dim T = 3', 'dim T'))
    expect(diagnostics.map((d) => d.code)).toEqual(['recurrence-of-any-length'])
  })
})

it('a derivative by what is no parameter is given, or refused: never as one by a parameter', () => {
  const source = `
    dim T
    input x[T, 2], h0[2]
    target y
    param w[2]
    h[0] = h0
    h[t] = tanh(w * h[t-1] + x[t]) for t in 1..T
    loss J = (sum(h[T]) - y)^2`
  for (const wrt of ['x', 'h0', 'w']) {
    const { recurrent, diagnostics } = analyse(source, { recurrences: true, wrt: [wrt] })
    if (recurrent) expect(recurrent.gradients.map(({ symbol }) => symbol.name)).toEqual([wrt])
    else expect(diagnostics.map(({ code }) => code)).toContain('no-recurrence')
  }
})

it('what starts a recurrence has the gradient of its first step alone', () => {
  const source = (dim: string): string => `
    ${dim}
    input x[T]
    param w
    h[0] = w
    h[t] = tanh(w * h[t-1] + x[t]) for t in 1..T
    loss J = h[T]^2`
  for (const dim of ['dim T', 'dim T = 4'])
    expect(formulasOf(source(dim), 3)!.text).toMatch(
      /∂J\/∂w = (δ_z⁽¹⁾w|wδ_z⁽¹⁾) \+ Σ\[t = 1..[T4]\] δ_z⁽ᵗ⁾h⁽ᵗ⁻¹⁾/,
    )
})
