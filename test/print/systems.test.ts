/** The texts that derive backpropagation by hand, and what they arrive at. */
import { expect, test } from 'vitest'
import { latexDocument, textDocument } from '../../src/print/index.ts'
import { formulasOf, latexOf, textOf, typeset } from './program.ts'

const scalar = (loss: string): string => `
input x
target y
param w1, b1, w2, b2
z1 = w1 * x + b1
a1 = sigmoid(z1)
z2 = w2 * a1 + b2
ŷ = z2
loss J = ${loss}`

test('one neuron after another: factors from the loss to the parameter, the error with its sign', () => {
  const f = formulasOf(scalar('½ * (y - ŷ)^2'))
  expect(textOf(f)).toEqual([
    'z₁ = w₁x + b₁',
    'a₁ = σ(z₁)',
    'z₂ = w₂a₁ + b₂',
    'ŷ = z₂',
    'J = ½(y − ŷ)²',
    '∂J/∂w₁ = −(y − ŷ)·w₂·a₁(1 − a₁)·x',
    '∂J/∂b₁ = −(y − ŷ)·w₂·a₁(1 − a₁)',
    '∂J/∂w₂ = −(y − ŷ)·a₁',
    '∂J/∂b₂ = −(y − ŷ)',
  ])
  expect(latexOf(f).slice(4)).toEqual([
    'J = \\tfrac{1}{2} (y - \\hat{y})^2',
    '\\frac{\\partial J}{\\partial w_1} = -(y - \\hat{y}) \\cdot w_2 \\cdot a_1 (1 - a_1) \\cdot x',
    '\\frac{\\partial J}{\\partial b_1} = -(y - \\hat{y}) \\cdot w_2 \\cdot a_1 (1 - a_1)',
    '\\frac{\\partial J}{\\partial w_2} = -(y - \\hat{y}) \\cdot a_1',
    '\\frac{\\partial J}{\\partial b_2} = -(y - \\hat{y})',
  ])
})

test('the other sign of the error', () => {
  const f = formulasOf(scalar('½ * (ŷ - y)^2'), { wrt: ['w2', 'b2'] })
  expect(textOf(f).slice(5)).toEqual(['∂J/∂w₂ = (ŷ − y)·a₁', '∂J/∂b₂ = ŷ − y'])
})

const deep = (head: string): string => `
${head}
dim n = 3
input x[n]
target y[n]
param W1[n, n], b1[n], W2[n, n], b2[n], W3[n, n], b3[n]
z1 = W1 @ x + b1
a1 = f(z1)
z2 = W2 @ a1 + b2
a2 = f(z2)
z3 = W3 @ a2 + b3
a3 = f(z3)
loss E = squarederror(a3, y)`

test('deep, the activation abstract', () => {
  expect(textOf(formulasOf(deep('fn phi(v)').replaceAll('= f(', '= phi('))).slice(7)).toEqual([
    'δ₃ = (a₃ − y) ⊙ φ′(z₃)',
    'δ₂ = (W₃ᵀδ₃) ⊙ φ′(z₂)',
    'δ₁ = (W₂ᵀδ₂) ⊙ φ′(z₁)',
    '∂E/∂W₁ = δ₁xᵀ',
    '∂E/∂b₁ = δ₁',
    '∂E/∂W₂ = δ₂a₁ᵀ',
    '∂E/∂b₂ = δ₂',
    '∂E/∂W₃ = δ₃a₂ᵀ',
    '∂E/∂b₃ = δ₃',
  ])
})

test('deep, the activation a sigmoid', () => {
  const f = formulasOf(deep('fn f(v) = sigmoid(v)'))
  expect(textOf(f).slice(7, 10)).toEqual([
    'δ₃ = (a₃ − y) ⊙ a₃ ⊙ (1 − a₃)',
    'δ₂ = (W₃ᵀδ₃) ⊙ a₂ ⊙ (1 − a₂)',
    'δ₁ = (W₂ᵀδ₂) ⊙ a₁ ⊙ (1 − a₁)',
  ])
  expect(latexOf(f)[8]).toBe('\\delta_2 = (W_3^{\\top} \\delta_3) \\odot a_2 \\odot (1 - a_2)')
  expect(latexOf(f)[10]).toBe('\\frac{\\partial E}{\\partial W_1} = \\delta_1 x^{\\top}')
})

test('two layers', () => {
  const f = formulasOf(`
dim D = 3, H = 4, K = 2
input x[D]
target y[K]
param W1[H, D], b1[H], W2[K, H], b2[K]
z = W1 @ x + b1
a = σ(z)
ŷ = W2 @ a + b2
loss L = ½ * sum((y − ŷ)²)`)
  expect(textDocument(f)).toBe(`\
Each gradient has the shape of its parameter; ⊙, fractions, powers and functions are elementwise.

z = W₁x + b₁
a = σ(z)
ŷ = W₂a + b₂
L = ½‖y − ŷ‖²

δ_ŷ = −(y − ŷ)
δ_z = (W₂ᵀδ_ŷ) ⊙ a ⊙ (1 − a)

∂L/∂W₁ = δ_z xᵀ
∂L/∂b₁ = δ_z
∂L/∂W₂ = δ_ŷ aᵀ
∂L/∂b₂ = δ_ŷ
`)
  expect(latexDocument(f))
    .toBe(String.raw`% Each gradient has the shape of its parameter; ⊙, fractions, powers and functions are elementwise.
\begin{align*}
  z &= W_1 x + b_1 \\
  a &= \sigma(z) \\
  \hat{y} &= W_2 a + b_2 \\
  L &= \tfrac{1}{2} \lVert y - \hat{y} \rVert^2 \\[1ex]
  \delta_{\hat{y}} &= -(y - \hat{y}) \\
  \delta_z &= (W_2^{\top} \delta_{\hat{y}}) \odot a \odot (1 - a) \\[1ex]
  \frac{\partial L}{\partial W_1} &= \delta_z x^{\top} \\
  \frac{\partial L}{\partial b_1} &= \delta_z \\
  \frac{\partial L}{\partial W_2} &= \delta_{\hat{y}} a^{\top} \\
  \frac{\partial L}{\partial b_2} &= \delta_{\hat{y}}
\end{align*}
`)
  typeset(latexDocument(f))
})

const classifier = (target: string, head: string, loss: string): string => `
dim D = 3, H = 4, K = 2
batch B
input x[D]
target y[K]${target}
param W1[H, D], b1[H], W2[K, H], b2[K]
z1 = W1 @ x + b1
a1 = relu(z1)
z2 = W2 @ a1 + b2
a2 = ${head}
loss C = ${loss}`

test.each([
  [' : onehot', 'softmax(z2)', 'crossentropy(a2, y)'],
  [' : binary', 'sigmoid(z2)', 'binarycrossentropy(a2, y)'],
  ['', 'z2', 'squarederror(a2, y)'],
])('mini-batches: target%s, %s, %s', (target, head, loss) => {
  const f = formulasOf(classifier(target, head, loss))
  // Without an activation the two names are one value, and the calculus meets the later one first.
  const error = head === 'z2' ? textOf(f)[5]!.split(' = ')[0]! : 'δ₂'
  expect(textOf(f).slice(5)).toEqual([
    `${error} = a₂ − y`,
    `δ₁ = [z₁ > 0] ⊙ (W₂ᵀ${error})`,
    '∂C/∂W₁ = δ₁xᵀ',
    '∂C/∂b₁ = δ₁',
    `∂C/∂W₂ = ${error}a₁ᵀ`,
    `∂C/∂b₂ = ${error}`,
  ])
  expect(f.notes.some((n) => n.includes('mean over its B samples'))).toBe(true)
})

test('worked: rows instead of columns', () => {
  const f = formulasOf(`
input x[2]
target t[1]
param W1[2, 2], W2[2, 1]
h = σ(x @ W1)
ŷ = h @ W2
loss L = ½ * sum((ŷ − t)²)`)
  expect(textOf(f)).toEqual([
    'z_h = xW₁',
    'h = σ(z_h)',
    'ŷ = hW₂',
    'L = ½‖ŷ − t‖²',
    'δ_ŷ = ŷ − t',
    'δ_{z_h} = (δ_ŷ W₂ᵀ) ⊙ h ⊙ (1 − h)',
    '∂L/∂W₁ = xᵀδ_{z_h}',
    '∂L/∂W₂ = hᵀδ_ŷ',
  ])
})
