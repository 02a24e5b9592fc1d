/** What is said of indices is printed as a textbook sets it: entries with their subscripts, parts, blocks, unit vectors. */
import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { formulas, latexLine, textLine } from '../../src/print/index.ts'

const printed = (source: string): string[] => {
  const { graph, mathematics, diagnostics } = analyse(source)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  const { forward, errorTerms, gradients } = formulas(graph, mathematics!.written)
  return [...forward, ...errorTerms, ...gradients].map(textLine)
}

describe('sums over indices', () => {
  test('a convolution, and its gradients', () => {
    const lines = printed(`input x[2, 5, 5]
param K[3, 2, 2, 2], b[3]
z[c, i, j] = b[c] + sum(K[c, d, u, v] * x[d, i+u-1, j+v-1] for d in 1..2, u in 1..2, v in 1..2) for c in 1..3, i in 1..4, j in 1..4
a = tanh(z)
loss J = sum(a^2)`)
    expect(lines).toEqual([
      'zᵢⱼₖ = Σ_{lmn} K_{ilmn} x_{l,j + m − 1,k + n − 1} + bᵢ',
      'a = tanh(z)',
      'J = Σᵢⱼₖ aᵢⱼₖ²',
      'δ_z = 2((1 − a²) ⊙ a)',
      '∂J/∂Kᵢⱼₖₗ = Σ_{mn} (δ_z)_{imn}·x_{j,k + m − 1,l + n − 1}',
      '∂J/∂bᵢ = Σⱼₖ (δ_z)ᵢⱼₖ',
    ])
  })

  test('of another one, subscripts are added up; outside of an axis there is nothing', () => {
    const [z] = printed(`input x[2, 3]
param K[3, 2, 2]
z = conv1d(x, K, padding=1, stride=2)
loss J = sum(z^2)`)
    expect(z).toBe('zᵢⱼ = Σₖₗ [1 ≤ 2j + l − 3 ≤ 3]·Kᵢₖₗ·x_{k,2j + l − 3}')
  })

  test('a maximum over windows has letters below', () => {
    const [p] = printed('input x[4, 4]\nparam w\np = maxpool(x, 2)\nloss J = w * sum(p)')
    expect(p).toBe('pᵢⱼ = max_{k ≤ 2,l ≤ 2}(x_{2i + k − 2,2j + l − 2})')
  })

  test('an index stands for itself, and is compared as one', () => {
    const lines = printed(`dim T = 4
input len : count(T)
param w[T]
m[t] = where(t <= len, 1, 0) for t in 1..T
y[t] = w[t] / (1 + t) for t in 1..T
loss J = sum(m * y)`)
    expect(lines.slice(0, 2)).toEqual(['mᵢ = [i ≤ len]', 'yᵢ = wᵢ/(i + 1)'])
  })

  test('what has no value is −∞ to a maximum', () => {
    const lines = printed('param v[3]\nloss J = max(v[i] * v[j] for i in 1..3, j in 1..3 where i != j)')
    expect(lines.join()).toContain('−∞')
    expect(lines.join()).not.toContain('log')
  })
})

test('look-ups are products with unit vectors', () => {
  const source = `dim T = 3, V = 5, D = 2
input tok[T] : index(V)
target y : index(D)
param E[V, D], W[D, D]
x = E[tok]
p = softmax(W @ mean(x, axis=1))
loss J = crossentropy(p, y)`
  const { graph, mathematics } = analyse(source)
  const { forward, errorTerms, gradients, notes } = formulas(graph, mathematics!.written)
  expect([...forward, ...errorTerms, ...gradients].map(textLine)).toEqual([
    'x = e_{tok}ᵀE',
    'z_p = Wxᵀ𝟏',
    'p = softmax(⅓z_p)',
    'J = −e_yᵀ log(p)',
    'δ_{z_p} = ⅓(p − e_y)',
    '∂J/∂E = (e_{tok} 𝟏)(Wᵀδ_{z_p})ᵀ',
    '∂J/∂W = δ_{z_p} (xᵀ𝟏)ᵀ',
  ])
  expect(notes.join()).toContain('e_tok has the unit vectors')
})

describe('parts and blocks', () => {
  const lines = printed(`input u[3], A[4, 3], B[2, 3]
param w[3], M[3, 3]
v = concat(w, 2 * u)
b = v[2..4]
C = concat(A, B @ M)
D = concat(A, A @ M, axis=2)
P = pad(M, 1)
r = C[2..5, 1..2]
loss J = sum(b^2) + sum(D^2) + sum(r^2) + sum(P^2)`)
  test('of vectors and matrices', () => {
    expect(lines.slice(0, 6)).toEqual([
      'v = (w; 2u)',
      'b = v_{2:4}',
      'C = (A; BM)',
      'D = (A, AM)',
      'P = (0, M, 0)',
      'r = C_{2:5,1:2}',
    ])
  })

  test('their derivatives are parts and blocks too', () => {
    const own = printed('param w[3], u[2]\nv = concat(w, u)\nb = v[2..4]\nloss J = sum(tanh(b))')
    expect(own.slice(-3)).toEqual([
      'δ_v = (0; 1 − (tanh(b))²; 0)',
      '∂J/∂w = (δ_v)_{1:3}',
      '∂J/∂u = (δ_v)_{4:5}',
    ])
  })

  test('in a product too', () => {
    const [, z] = printed('input t[4]\nparam w[4]\np = tanh(w)\nz = dot(p[1..2], t[3..4])\nloss J = z^2')
    expect(z).toMatch(/^z = (?:p_\{1:2\}ᵀt_\{3:4\}|t_\{3:4\}ᵀp_\{1:2\})$/u)
  })

  test('in LaTeX they are matrices', () => {
    const { graph, mathematics } = analyse(
      'input t, u[2]\nparam w[3]\nR = [[cos(t), -sin(t)], [sin(t), 1]]\nv = concat(w, u)\nloss J = sum(R^2) * sum(v^2)',
    )
    expect(formulas(graph, mathematics!.written).forward.slice(0, 2).map(latexLine)).toEqual([
      'R = \\begin{pmatrix} \\cos(t) & -\\sin(t) \\\\ \\sin(t) & 1 \\end{pmatrix}',
      'v = \\begin{pmatrix} w \\\\ u \\end{pmatrix}',
    ])
  })
})
