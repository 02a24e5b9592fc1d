/** Formulas for a general index where members, parameters and data are used by themselves too: what differs at the ends are cases there. */
import { expect, it } from 'vitest'
import { analyse, compile } from '../../src/compile.ts'
import { checkDepths } from '../../src/depths.ts'
import { recurrentFormulas, textDocument } from '../../src/print/index.ts'

interface Ends {
  readonly source: string
  readonly lines: readonly string[]
}

const PROGRAMS: Readonly<Record<string, Ends>> = {
  'parameters of the first and of the last step': {
    source: `
      dim T, H = 2
      input x[H]
      target y[H]
      param W[l][H, H], g[l][H] for l in 0..T
      a[1] = tanh(W[0] @ x + g[1])
      a[l] = sigmoid(W[l] @ a[l-1]) * g[l-2] + a[l-1] for l in 2..T
      loss J = squarederror(W[T] @ a[T], y) + sum(g[0] * g[T])`,
    lines: [
      '∂J/∂W⁽¹⁾ = 0',
      '∂J/∂W⁽ˡ⁾ = δ_z⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ   (l = 2, …, T − 1)',
      '∂J/∂g⁽ˡ⁾ = δ⁽ˡ⁺²⁾ ⊙ σ(W⁽ˡ⁺²⁾a⁽ˡ⁺¹⁾)   (l = 2, …, T − 2)',
      '∂J/∂g⁽ᵀ⁾ = g⁽⁰⁾',
    ],
  },
  'entries of members, by numbers': {
    source: `
      dim T, D = 3
      input x[t][D] for t in 1..T
      input M[t][2, D] for t in 1..T
      target y
      param w[t][D] for t in 1..T
      s[0] = w[1][2]
      for t in 1..T {
        v[t] = x[t] * w[t]
        s[t] = sin(s[t-1] + v[t][1] * x[t][D] - M[t][2, 3])
      }
      loss E = (s[T] + v[2][3] - y)^2`,
    lines: [
      'z⁽ᵗ⁾ = s⁽ᵗ⁻¹⁾ + v₁⁽ᵗ⁾x₃⁽ᵗ⁾ − M₂₃⁽ᵗ⁾   (t = 1, …, T)',
      'z_E = v₃⁽²⁾ + s⁽ᵀ⁾ − y',
      '∂E/∂w⁽ᵗ⁾ = δ_z⁽ᵗ⁾·x₁⁽ᵗ⁾·x₃⁽ᵗ⁾·e₁   (t = 3, …, T)',
    ],
  },
  'a first step with parameters of its own': {
    source: `
      dim L, H = 3
      input x[l][H] for l in 0..L
      target y
      param W[l][H, H], w[l] for l in 0..L
      a[0] = sin(W[0] @ x[0])
      s[0] = w[0] * sum(a[0])
      for l in 1..L {
        a[l] = sin(W[l] @ (a[l-1] + x[l]))
        s[l] = s[l-1] + w[l] * sum(a[l])
      }
      loss E = (s[L] - y)^2`,
    lines: ['∂E/∂W⁽⁰⁾ = δ_{z_a} x⁽⁰⁾ᵀ', '∂E/∂W⁽ˡ⁾ = δ_z⁽ˡ⁾(a⁽ˡ⁻¹⁾ + x⁽ˡ⁾)ᵀ   (l = 1, …, L)'],
  },
  'classes at each step, of which the last is the output': {
    source: `
      dim T, D, H, K
      input x[t][D] for t in 1..T
      target y[t][K] : onehot for t in 1..T
      param W[H, D], U[H, H], V[K, H], d[K]
      h[0] = zeros(H)
      e[0] = 0
      for t in 1..T {
        h[t] = sigmoid(W @ x[t] + U @ h[t-1])
        p[t] = softmax(V @ h[t] + d)
        e[t] = e[t-1] + crossentropy(p[t], y[t])
      }
      output p[T]
      loss E = e[T] / T`,
    lines: ['z⁽ᵗ⁾ = Wx⁽ᵗ⁾ + Uh⁽ᵗ⁻¹⁾   (t = 1, …, T)', '∂E/∂d = Σ[t = 1..T] δ_e⁽ᵗ⁾·(p⁽ᵗ⁾ − y⁽ᵗ⁾)'],
  },
}

it.each(Object.entries(PROGRAMS))('%s', (_, { source, lines }) => {
  const { graph, recurrent, diagnostics } = analyse(source, { recurrences: true, verify: true })
  expect(diagnostics.map((d) => d.message)).toEqual([])
  const text = textDocument(recurrentFormulas(graph, recurrent!))
  expect(text).not.toMatch(/\[.* = .*\]·|undefined|~/)
  const found = text.split('\n').map((line) => line.trim())
  for (const line of lines) expect(found).toContain(line)
  const checks = checkDepths(source, {}, recurrent!)
  expect(checks.length).toBeGreaterThan(0)
  for (const { errors } of checks) for (const error of errors.values()) expect(error, text).toBeLessThan(1e-9)
})

it('a member of a family over an open range is an output of the module', () => {
  const { source } = PROGRAMS['classes at each step, of which the last is the output']!
  const dims = new Map([
    ['D', 2],
    ['H', 2],
    ['K', 3],
  ])
  const { code, diagnostics } = compile(source, { target: 'js', formulas: false, dims })
  expect(diagnostics.map((d) => d.message)).toEqual([])
  expect(code).toBeDefined()
})
