/**
 * What the compiler makes of each example stands in generated/: the module, the formulas as text and as LaTeX. A change
 * of any output shows as a diff of these files; `npm run golden` writes them anew.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { analyse, compile } from '../src/compile.ts'
import { format } from '../src/emit/format.ts'
import { formulas, latexDocument, textDocument } from '../src/print/index.ts'

const examples = new URL('../examples/', import.meta.url)
const generated = new URL('../generated/', import.meta.url)
const names = readdirSync(examples).filter((file) => file.endsWith('.net'))
const made = (name: string): string[] => [`${name}.ts`, `${name}.txt`, `${name}.tex`]

test.each(names)('%s', async (name) => {
  const text = readFileSync(new URL(name, examples), 'utf8')
  const options = { filename: name, verify: true }
  const { code, diagnostics } = compile(text, options)
  expect(diagnostics).toEqual([])
  const { graph, mathematics } = analyse(text, options)
  const printed = formulas(graph, mathematics!.written)
  const outputs = [await format(code!, 'ts'), textDocument(printed), latexDocument(printed)]
  for (const [i, file] of made(name).entries()) {
    const path = fileURLToPath(new URL(file, generated))
    // A snapshot that is missing would be written and pass.
    if (process.env['npm_lifecycle_event'] !== 'golden')
      expect(existsSync(path), `${file} is missing: npm run golden`).toBe(true)
    await expect(outputs[i]).toMatchFileSnapshot(path)
  }
})

test('nothing is left of examples that are gone', () => {
  const expected = ['grammar.ts', ...names.flatMap(made)].sort()
  expect(readdirSync(generated).sort()).toEqual(expected)
})
