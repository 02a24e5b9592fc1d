/** What the README shows is what the compiler makes. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { analyse, compile } from '../src/compile.ts'
import { formulas, textDocument } from '../src/print/index.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const blocks = [...read('README.md').matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => ({
  language,
  code: code!,
}))
const program = blocks.find(({ code }) => code.startsWith('network '))!.code

test('the network has these formulas', () => {
  const { graph, mathematics, diagnostics } = analyse(program)
  expect(diagnostics).toEqual([])
  const text = textDocument(formulas(graph, mathematics!.written))
  const shown = blocks.find(({ code }) => code.startsWith('δ_ŷ'))!.code
  for (const line of shown.trim().split('\n').filter(Boolean)) expect(text).toContain(line)
})

test('the code is that of the example', () => {
  const code = read('generated/scalar.net.ts')
    .split('\n')
    .map((line) => line.trim())
  const shown = blocks.find((block) => block.code.includes('grads.w1'))!.code
  for (const line of shown.trim().split('\n')) expect(code).toContain(line)
})

test('every name in the library line is known', () => {
  const names = /The library: `([^`]+)`/.exec(read('README.md').replaceAll('\n', ' '))![1]!.split(' ')
  expect(names.length).toBeGreaterThan(40)
  for (const name of names) {
    const { diagnostics } = compile(`param w\nloss J = w + ${name}`)
    // A function without its arguments is another error than a name that nothing has.
    expect(
      diagnostics.map(({ code }) => code),
      name,
    ).not.toContain('unknown-name')
  }
})
