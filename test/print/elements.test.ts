/** Formulas entry by entry, and over the samples of a batch. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type AnalyseOptions, analyse } from '../../src/compile.ts'
import { elementwise } from '../../src/print/formulas/elements.ts'
import { type Formulas, formulas, latexLine } from '../../src/print/index.ts'
import { overSamples } from '../../src/print/formulas/samples.ts'
import { latexOf, textOf, typeset } from './program.ts'

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}.net`, import.meta.url), 'utf8')

function printed(text: string, options: AnalyseOptions & { of?: string; wrt?: string[] } = {}) {
  const { graph, mathematics } = analyse(text, options)
  const { network } = mathematics!.written
  const found = formulas(graph, mathematics!.written, options.of === undefined ? {} : { of: options.of })
  return { graph, network, found }
}

function entriesOf(...program: Parameters<typeof printed>): Formulas {
  const { graph, found } = printed(...program)
  const entries = elementwise(graph, found)
  if (typeof entries === 'string') throw new Error(entries)
  for (const line of latexOf(entries)) typeset(line)
  return entries
}

test('the text that works with numbers, entry by entry', () => {
  const entries = entriesOf(example('worked'))
  expect(textOf(entries)).toEqual([
    'z_{h,1} = x₁·w₁₁ + x₂·w₂₁',
    'z_{h,2} = x₁·w₁₂ + x₂·w₂₂',
    'h₁ = σ(z_{h,1})',
    'h₂ = σ(z_{h,2})',
    'ŷ₁ = h₁·w₁₁⁽²⁾ + h₂·w₂₁⁽²⁾',
    'L = ½(ŷ₁ − t₁)²',
    'δ_ŷ₁ = ŷ₁ − t₁',
    'δ_{z_{h,1}} = δ_ŷ₁·w₁₁⁽²⁾·h₁(1 − h₁)',
    'δ_{z_{h,2}} = δ_ŷ₁·w₂₁⁽²⁾·h₂(1 − h₂)',
    '∂L/∂w₁₁ = δ_{z_{h,1}}·x₁',
    '∂L/∂w₁₂ = δ_{z_{h,2}}·x₁',
    '∂L/∂w₂₁ = δ_{z_{h,1}}·x₂',
    '∂L/∂w₂₂ = δ_{z_{h,2}}·x₂',
    '∂L/∂w₁₁⁽²⁾ = δ_ŷ₁·h₁',
    '∂L/∂w₂₁⁽²⁾ = δ_ŷ₁·h₂',
  ])
  expect(entries.notes).toEqual(['Entries are called w₁₁ of W₁, w₁₁⁽²⁾ of W₂, z_{h,1} of z_h.'])
  expect(latexLine(entries.gradients[0]!)).toBe(
    '\\frac{\\partial L}{\\partial w_{11}} = \\delta_{z_{h, 1}} \\cdot x_1',
  )
  expect(latexLine(entries.gradients[4]!)).toContain('w_{11}^{(2)}')
})

test('no two entries look alike, and none like a name', () => {
  const source =
    'input x[2]\nparam W1[2, 2], w11, b1[2], b[2], c2[2], c[2]\nz1 = W1 @ x + b1 * b + c2 * c\nloss L = sum(z1^2) * w11'
  const lines = textOf(entriesOf(source))
  expect(lines[0]).toBe('z₁⁽¹⁾ = w₁₁⁽¹⁾·x₁ + w₁₂⁽¹⁾·x₂ + b₁⁽¹⁾·(b)₁ + c₁⁽²⁾·(c)₁')
  const left = lines.map((line) => line.split(' = ')[0])
  expect(new Set(left).size).toBe(left.length)
})

test('δ₂ is of z₂: its entries have the 2 above; Jacobians have an entry for each pair', () => {
  const source =
    'input x[2]\nparam W1[2, 2], W2[2, 2]\nz1 = W1 @ x\na1 = tanh(z1)\nz2 = W2 @ a1\na2 = tanh(z2)\nloss L = sum(a2^2)'
  expect(textOf(entriesOf(source))).toContain('∂L/∂w₁₂⁽²⁾ = δ₁⁽²⁾·a₂⁽¹⁾')
  expect(textOf(entriesOf(source, { of: 'z2', wrt: ['a1'] })).slice(-2)).toEqual([
    '∂z₂⁽²⁾/∂a₁⁽¹⁾ = w₂₁⁽²⁾',
    '∂z₂⁽²⁾/∂a₂⁽¹⁾ = w₂₂⁽²⁾',
  ])
})

test('what is not made of entries is an entry of the whole', () => {
  const lines = textOf(
    entriesOf('param A[2, 2], v[2]\np = softmax(v)\nB = inv(A)\nloss L = max(v) + sum(B) + p[1]'),
  )
  expect(lines[0]).toBe('p₁ = softmax(v)₁')
  expect(lines[2]).toBe('b₁₁ = (A⁻¹)₁₁')
})

test('open lengths and very large tensors are refused', () => {
  const of = (head: string) => {
    const { graph, found } = printed(`${head}\ninput x[D]\nparam W[D, D]\nloss L = sum((W @ x)^2)`)
    return elementwise(graph, found)
  }
  expect(of('dim D')).toBe('open')
  expect(of('dim D = 300')).toBe('large')
})

const sampled = (source: string, options: Parameters<typeof printed>[1] = {}): string[] => {
  const { network, found } = printed(source, options)
  const result = overSamples(found, network.batch!)
  for (const line of latexOf(result)) typeset(line)
  return textOf(result)
}

test('over samples: means, data and what is made of them with an index', () => {
  expect(sampled(example('classifier-softmax'))).toEqual([
    'z_{1,i} = W₁xᵢ + b₁',
    'a_{1,i} = σ(z_{1,i})',
    'z_{2,i} = W₂a_{1,i} + b₂',
    'a_{2,i} = softmax(z_{2,i})',
    'Cᵢ = −yᵢᵀ log(a_{2,i})',
    'C = 1/B Σᵢ Cᵢ',
    'δ_{2,i} = a_{2,i} − yᵢ',
    'δ_{1,i} = (W₂ᵀδ_{2,i}) ⊙ a_{1,i} ⊙ (1 − a_{1,i})',
    '∂C/∂W₁ = 1/B Σᵢ δ_{1,i} xᵢᵀ',
    '∂C/∂b₁ = 1/B Σᵢ δ_{1,i}',
    '∂C/∂W₂ = 1/B Σᵢ δ_{2,i} a_{1,i}ᵀ',
    '∂C/∂b₂ = 1/B Σᵢ δ_{2,i}',
  ])
})

test('what is the same for all samples stands outside of the sum; letters that are taken are not the index', () => {
  const source = 'batch B\ninput x\ntarget i\nparam w, v\nu = w * x\nloss C = (u - i)^2 + v^2 - w'
  const lines = sampled(source, { batch: 32 })
  expect(lines.slice(0, 3)).toEqual(
    ['uₙ = wxₙ', 'Cₙ = (uₙ − iₙ)² + v² − w', 'C = 1/32 Σₙ Cₙ'].map((l) => l.replaceAll('ₙ', '_n')),
  )
  expect(sampled(example('iris')).at(-2)).toBe('∂C/∂W₂ = 1/B Σᵢ (pᵢ − yᵢ)hᵢᵀ + λW₂')
  expect(lines.at(-1)).toBe('∂C/∂v = 2v')
  expect(lines.at(-2)).toBe('∂C/∂w = 1/32 Σ_n 2(u_n − i_n)·x_n − 1')
})

test('a derivative by what is of one sample is of one sample', () => {
  expect(sampled(example('regression'), { wrt: ['a1'] }).at(-1)).toBe('∂Cᵢ/∂a_{1,i} = W₂ᵀ(a_{2,i} − yᵢ)')
})
