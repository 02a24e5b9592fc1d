/** Lines of a recurrence that differ in a subscript alone are said once; so is a number before several terms. */
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { latexDocument, recurrentFormulas, textDocument } from '../../src/print/index.ts'

const CELL = (gates: readonly string[], memory = 'tanh') => `
dim T
input x[t][2] for t in 1..T
param ${gates.map((k) => `W_${k}[3, 2], U_${k}[3, 3]`).join(', ')}
h[0] = zeros(3)
for t in 1..T {
${gates.map((k) => `  ${k}[t] = sigmoid(W_${k} @ x[t] + U_${k} @ h[t-1])`).join('\n')}
  h[t] = ${memory}(${gates.map((k) => `${k}[t]`).join(' * ')})
}
loss J = sum(h[T])`

const formulasOf = (source: string) => {
  const { graph, recurrent, diagnostics } = analyse(source, { recurrences: true })
  expect(diagnostics).toEqual([])
  return recurrentFormulas(graph, recurrent!)
}

test('the gates of a cell', () => {
  const found = formulasOf(CELL(['i', 'f', 'o']))
  const text = textDocument(found)
  expect(text).toContain('zₖ⁽ᵗ⁾ = Wₖx⁽ᵗ⁾ + Uₖh⁽ᵗ⁻¹⁾   (k = i, f, o; t = 1, …, T)')
  expect(text).toContain('∂J/∂Wₖ = Σ[t = 1..T] δ_{zₖ}⁽ᵗ⁾x⁽ᵗ⁾ᵀ   (k = i, f, o)')
  expect(text).not.toContain('∂J/∂W_f')
  // What differs in more than that stays: the error of a gate is made of the two others.
  expect(text).toContain('δ_{z_f}⁽ᵗ⁾')
  expect(latexDocument(found)).toContain('W_k x^{(t)}')
  // The lines themselves are those of each parameter.
  expect(found.gradients.map((line) => line.name)).toEqual(['W_i', 'U_i', 'W_f', 'U_f', 'W_o', 'U_o'])
})

test('two are written one by one, and a letter that is a name is none for the subscripts', () => {
  expect(textDocument(formulasOf(CELL(['i', 'f'])))).toContain('∂J/∂W_f')
  const taken = textDocument(formulasOf(CELL(['k', 'f', 'o'])))
  expect(taken).toMatch(/∂J\/∂W_?.+\(q = k, f, o\)/u)
})

test('what has the same number before it stands together', () => {
  const text = textDocument(
    formulasOf(`
dim T
input x[t][2] for t in 1..T
target y[t][3] for t in 1..T
param W[3, 2], U[3, 3]
h[0] = zeros(3)
h[t] = tanh(W @ x[t] + U @ h[t-1]) for t in 1..T
loss J = sum(sum((h[t] - y[t])^2) for t in 1..T)`),
  )
  expect(text).toContain('2(h⁽ᵗ⁾ − y⁽ᵗ⁾) + Uᵀ')
})
