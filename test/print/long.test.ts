import { expect, test } from 'vitest'
import { work } from '../support/work.ts'
import { latexDocument, textDocument } from '../../src/print/index.ts'
import { formulas } from '../../src/print/index.ts'
import { stagesOf } from '../support/pipeline.ts'
import { LONG } from '../support/campaign.ts'

function sizes(source: string): { text: number; latex: number; steps: number; lines: string[] } {
  const { graph, simple } = stagesOf(source)
  let [text, latex] = ['', '']
  const steps = work(() => {
    const f = formulas(graph, simple)
    text = textDocument(f)
    latex = latexDocument(f)
  })
  return { text: text.length, latex: latex.length, steps, lines: text.split('\n') }
}

const chain = (n: number): string =>
  `input x\ntarget y\nparam w0, ${Array.from({ length: n }, (_, i) => `w${i + 1}`).join(', ')}\nz0 = w0 * x\n` +
  Array.from({ length: n }, (_, i) => `z${i + 1} = w${i + 1} * sin(z${i})\n`).join('') +
  `loss J = 1/2 * (z${n} - y)^2`

test('a chain of thousands of equations prints in linear size, error terms for what is long', () => {
  const n = LONG ? 2000 : 1000
  const short = sizes(chain(n / 10))
  const long = sizes(chain(n))
  expect(long.text / short.text).toBeLessThan(13)
  expect(long.latex / short.latex).toBeLessThan(13)
  expect(long.lines.map((line) => line.trim())).toContain('δ₁₀ = δ₁₁·w₁₁·cos(z₁₀)')
  expect(long.steps / short.steps).toBeLessThan(13)
})

test('one formula of thousands of factors is no deeper than the stack', () => {
  const n = LONG ? 5000 : 3000
  const source = `input x\nparam w\nz0 = w * x\n${Array.from({ length: n }, (_, i) => `z${i + 1} = sin(z${i})\n`).join('')}loss J = z${n}`
  const { text } = sizes(source)
  expect(text).toBeGreaterThan(5 * n)
  expect(text).toBeLessThan(80 * n)
})

test('what is shared many times over is not written out each time', () => {
  const n = 60
  const source = `input x\nparam w\nfn f(v) = v * v + 1\nloss J = ${'f('.repeat(n)}w * x${')'.repeat(n)}`
  expect(sizes(source).text).toBeLessThan(100_000)
})
