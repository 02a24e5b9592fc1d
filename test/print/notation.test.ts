import { describe, expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { expression, toLatex, toText } from '../../src/print/index.ts'
import { stagesOf } from '../support/pipeline.ts'
import { formulas, textLine } from '../../src/print/index.ts'
import { formulasOf, typeset } from './program.ts'

const DECLARATIONS = `
dim N
input x[3], u[3], v[3], X[4, 3], s, t, r[4], T[2, 3, 4]
target y[3] : onehot
param w[3], A[3, 3], B[3, 3], W[4, 3], c, b[3]
hyper lambda = 1
fn phi(z)`

/** How a right-hand side is printed; columns, unless told. */
function printed(value: string, rows = false): string {
  const { graph, simple } = stagesOf(
    `${DECLARATIONS}\nq = ${value}\nkk = ${rows ? 'x @ A' : 'A @ x'}\nloss J = sum(q) + sum(kk)`,
  )
  // Without gradients no part of it needs a name.
  const line = formulas(graph, { ...simple, gradients: new Map() }).forward[0]!
  typeset(toLatex(line.right))
  return toText(line.right)
}

describe('matrices', () => {
  test.each([
    ['A @ x', 'Ax'],
    [
      '[[cos(t), -sin(t), 0], [sin(t), cos(t), 0], [0, 0, 1]] @ x',
      '((cos(t), −sin(t), 0), (sin(t), cos(t), 0), (0, 0, 1))x',
    ],
    ['x * logsumexp([s / t, t])', 'logsumexp((s/t, t))·x'],
    ['A.T @ x', 'Aᵀx'],
    ['x @ A', 'Aᵀx'],
    ['A @ B', 'AB'],
    ['(A @ B).T', 'BᵀAᵀ'],
    ['A @ B @ x', 'ABx'],
    ['(A + B).T @ x', '(A + B)ᵀx'],
    ['A @ (u * x)', 'A(u ⊙ x)'],
    ['A @ (u * (B @ x))', 'A(u ⊙ (Bx))'],
    ['outer(u, v)', 'uvᵀ'],
    ['outer(A @ u, v)', '(Au)vᵀ'],
    ['dot(u, v)', 'uᵀv'],
    ['u @ A @ v', 'uᵀAv'],
    ['sum(v^2)', '‖v‖²'],
    ['norm(v)', '‖v‖'],
    ['norm(A)', '‖A‖_F'],
    ['sum(u * v * w)', 'uᵀ(v ⊙ w)'],
    ['sum(v)', 'Σᵢ vᵢ'],
    ['sum(exp(v))', 'Σᵢ e^(vᵢ)'],
    ['mean(v)', '⅓Σᵢ vᵢ'],
    ['sum(A)', 'Σᵢⱼ Aᵢⱼ'],
    ['sum(W, axis=2)', 'W𝟏'],
    ['sum(W, axis=1)', 'Wᵀ𝟏'],
    ['trace(A)', 'tr(A)'],
    ['trace(A @ B)', 'tr(AB)'],
    ['trace(A.T @ B)', 'tr(AᵀB)'],
    ['diag(v)', 'diag(v)'],
    ['diag(v) @ A', 'diag(v)A'],
    ['A @ diag(v)', 'A diag(v)'],
    ['A @ diag(v) @ B', 'A diag(v)B'],
    ['diag(A)', 'diag(A)'],
    ['eye(3)', 'I'],
    ['2 * eye(3) + A', '2I + A'],
    ['inv(A) @ x', 'A⁻¹x'],
    ['inv(A).T', '(A⁻¹)ᵀ'],
    ['det(A)', 'det(A)'],
    ['logdet(A)', 'log det(A)'],
    ['A * B', 'A ⊙ B'],
    ['A^2', 'A^∘2'],
    ['X - sum(X, axis=1) / 4', 'X − ¼Xᵀ𝟏'],
    ['A + b', 'A + b'],
    ['A / s', 'A/s'],
    ['lambda * A', 'λA'],
    ['2 * lambda * A', '2λA'],
    ['lambda * (A @ x)', 'λAx'],
    ['lambda * (u * v)', 'λ·(u ⊙ v)'],
    ['x[2]', 'x₂'],
    ['A[2, 3]', 'A₂₃'],
    ['max(v)', 'max(v)'],
    ['sum(max(W, axis=2))', 'Σᵢ max₂(W)ᵢ'],
    ['T * 2', '2T'],
    ['sum(T)', 'Σᵢⱼₖ Tᵢⱼₖ'],
  ])('%s is %s', (source, text) => expect(printed(source)).toBe(text))

  test.each([
    ['x @ A', 'xA'],
    ['outer(u, v)', 'uᵀv'],
    ['dot(u, v)', 'uvᵀ'],
    ['x @ A.T', 'xAᵀ'],
  ])('in rows %s is %s', (source, text) => expect(printed(source, true)).toBe(text))
})

describe('what binds how', () => {
  test.each([
    ['-(s + t)', '−(s + t)'],
    ['-s + t', '−s + t'],
    ['t - s', 't − s'],
    ['s - (t - c)', 's − t + c'],
    ['s / (t * c)', 's/(tc)'],
    ['s / t / c', 's/(tc)'],
    ['s * t / c', 'st/c'],
    ['(s + t) / c', '(s + t)/c'],
    ['1 / s', '1/s'],
    ['(s + t)^2', '(s + t)²'],
    ['(-s)^3', '−s³'],
    ['(s * t)^2', 's²t²'],
    ['s^(t + 1)', 'sᵗ⁺¹'],
    ['sin(s)^2', '(sin(s))²'],
    ['sqrt(s)', '√s'],
    ['sqrt(s + t)', '√(s + t)'],
    ['1 / sqrt(s)', '1/√s'],
    ['exp(-s)', 'e^(−s)'],
    ['exp(s)', 'e^s'],
    ['exp(-(s - t)^2 / (2 * c^2) - log(c) - 1/2 * log(2 * pi))', 'exp(−(s − t)²/(2c²) − log(c) − ½ log(2π))'],
    ['2 * s', '2s'],
    ['s * 2', '2s'],
    ['s * (2 * (t + 1)^3)', '2s·(t + 1)³'],
    ['c * (s * (1 - s))', 'c·s(1 − s)'],
    ['abs(s - t)', '|s − t|'],
    ['max(0, s)', 'max(0, s)'],
    ['0.01 * s', '0.01s'],
    ['s / 3', '⅓s'],
    ['2 / 7 * s', '(2/7)s'],
    ['1e-5 + s', '10⁻⁵ + s'],
    ['1e-40 + s', '10⁻⁴⁰ + s'],
    // Longer than most decimals, and as a fraction twice as long.
    ['1.6732632423543772848 * 1.0507009873554804934 + s', '1.75809934084737685988995791245045632032 + s'],
    ['phi(s + t)', 'φ(s + t)'],
    ['where(s > 0, t, 0)', '[s > 0]·t'],
    ['where(0 >= s, 0, t)', '[s > 0]·t'],
    ['where(v > 0, u, 0)', '[v > 0] ⊙ u'],
    ['where(s > t, s + 1, t)', '{s + 1 if s > t; t otherwise}'],
    ['softmax(A @ x)', 'softmax(Ax)'],
    ['softmax(A)', 'softmax(A)'],
    ['logsumexp(v)', 'logsumexp(v)'],
    ['-sum(y * log(v))', '−yᵀ log(v)'],
    ['v * (1 - v)', 'v ⊙ (1 − v)'],
    ['u / v', 'u/v'],
    ['(u + v) / (u * v)', '(u + v)/(u ⊙ v)'],
  ])('%s is %s', (source, text) => expect(printed(source)).toBe(text))
})

describe('gradients', () => {
  const gradients = (source: string): string[] => formulasOf(source).gradients.map(textLine)
  test.each([
    ['param x[3]\nloss J = x[1] * x[2] * x[3]', '∂J/∂x = (x₂x₃, x₁x₃, x₁x₂)'],
    ['param W[2, 2]\nloss J = W[1, 1] * W[1, 2] * W[2, 1]', '∂J/∂W = ((W₁₂W₂₁, W₁₁W₂₁), (W₁₁W₁₂, 0))'],
    ['param x[40]\nloss J = x[1] * x[2] * x[3]', '∂J/∂x = x₂x₃·e₁ + x₁x₃·e₂ + x₁x₂·e₃'],
    ['dim n\ninput A[n, n]\nparam S[n, n] : symmetric\nloss J = trace(inv(S) @ A)', '∂J/∂S = −S⁻¹AᵀS⁻¹'],
    [
      'dim n\ninput A[n, n] : symmetric, B[n, n] : symmetric\nparam X[n, n]\nloss J = trace(A @ X @ B @ X.T)',
      '∂J/∂X = 2AXB',
    ],
  ])('%s', (source, text) => expect(gradients(source).at(-1)).toBe(text))
})

describe('by itself', () => {
  const g = new Graph()
  const x = g.symbol({ name: 'x', role: 'input', shape: [], assumptions: new Set() })
  test('an expression needs no network', () => {
    const { layout, where } = expression(g, g.multiply(x, g.subtract(g.number(1), x)))
    expect([toText(layout), toLatex(layout), where]).toEqual(['x(1 − x)', 'x (1 - x)', []])
  })
  test('what stands in it often is written once', () => {
    let node = x
    for (let i = 0; i < 200; i++) node = g.add(g.multiply(node, node), g.number(1 + i))
    const { layout, where } = expression(g, node)
    expect(where.length).toBeGreaterThan(5)
    expect([...where.map(textLine), toText(layout)].join('').length).toBeLessThan(20_000)
  })
})

test('what argmax stands for is said where it is printed', () => {
  const notes = (loss: string): readonly string[] =>
    formulasOf(`input x[3]\nparam W[3, 3]\nloss J = ${loss}\n`).notes
  expect(notes('max(W @ x)').join()).toContain('argmax is 1 at the first greatest entry')
  expect(notes('sum(W @ x)').join()).not.toContain('argmax')
})
