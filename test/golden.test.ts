/**
 * What the compiler makes of each example stands in generated/: the module, the formulas as text and as LaTeX. A change
 * of any output shows as a diff of these files; `npm run golden` writes them anew.
 */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { analyse, compile } from '../src/compile.ts'
import { format } from '../src/emit/format.ts'
import { formulas, latexDocument, recurrentFormulas, textDocument } from '../src/print/index.ts'
import { all, closed, read } from './support/examples.ts'

const generated = new URL('../generated/', import.meta.url)
const made = (name: string): string[] => [
  `${name}.txt`,
  `${name}.tex`,
  ...(closed.includes(name) ? [`${name}.ts`] : []),
]

test.each(all)('%s', async (name) => {
  const options = { filename: name, verify: true }
  const { graph, mathematics, recurrent, diagnostics } = analyse(read(name), {
    ...options,
    recurrences: true,
  })
  expect(diagnostics).toEqual([])
  const printed = recurrent ? recurrentFormulas(graph, recurrent) : formulas(graph, mathematics!.written)
  const outputs = [textDocument(printed), latexDocument(printed)]
  if (closed.includes(name)) {
    const compiled = compile(read(name), options)
    expect(compiled.diagnostics).toEqual([])
    outputs.push(await format(compiled.code!, 'ts'))
  }
  for (const [i, file] of made(name).entries()) {
    const path = fileURLToPath(new URL(file, generated))
    // A snapshot that is missing would be written and pass.
    if (process.env['npm_lifecycle_event'] !== 'golden')
      expect(existsSync(path), `${file} is missing: npm run golden`).toBe(true)
    await expect(outputs[i]).toMatchFileSnapshot(path)
  }
})

test('nothing is left of examples that are gone', () => {
  const expected = ['grammar.ts', ...all.flatMap(made)].sort()
  expect(readdirSync(generated).sort()).toEqual(expected)
})
