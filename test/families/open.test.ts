/** Every network of this folder, and random ones, with depths left open: formulas or a diagnostic, and never a crash. */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analyse, compile } from '../../src/compile.ts'
import { latexDocument, recurrentFormulas, textDocument } from '../../src/print/index.ts'
import { randomFamilies } from './random-families.ts'

/** Values of the dims that ranges run to are taken away. */
const opened = (source: string): string =>
  source.replace(/\b([LTNS]) = \d+/g, '$1').replace(/^(dim n\[[^\]]*\]) = .*$/m, '$1')

function open(source: string): void {
  const { graph, recurrent, mathematics, diagnostics } = analyse(source, {
    filename: 'open.net',
    verify: true,
  })
  const errors = diagnostics.filter((d) => d.severity === 'error')
  const shown = `${errors.map((d) => `${d.code}: ${d.message}`).join('\n')}\n${source}`
  expect(
    errors.filter((d) => d.code === 'internal-error'),
    shown,
  ).toEqual([])
  for (const { message, hint = '' } of diagnostics)
    expect(message + hint).not.toMatch(/undefined|NaN|\[object/)
  if (errors.length > 0) return
  expect(recurrent !== undefined || mathematics !== undefined, shown).toBe(true)
  if (!recurrent) return
  const printed = recurrentFormulas(graph, recurrent)
  for (const text of [textDocument(printed), latexDocument(printed)])
    expect(text, source).not.toMatch(/undefined|NaN|\[object/)
  // There are formulas, and no code.
  const { code, diagnostics: told } = compile(source)
  expect(code, source).toBeUndefined()
  expect(
    told.filter((d) => d.code === 'internal-error'),
    shown,
  ).toEqual([])
  expect(`${told.map((d) => `${d.message} ${d.hint}`).join('\n')}`).toContain('--dim')
}

const folder = new URL('./', import.meta.url)

describe('the networks of this folder', () => {
  test.each(readdirSync(folder).filter((file) => file.endsWith('.net')))('%s', (file) => {
    open(opened(readFileSync(new URL(file, folder), 'utf8')))
  })
})

describe('random networks', () => {
  const COUNT = Number(process.env['FUZZ'] ?? 40)
  const FROM = Number(process.env['FUZZ_FROM'] ?? 0)
  for (let seed = FROM; seed < FROM + COUNT; seed++) {
    const { name, source } = randomFamilies(seed)
    test(name, () => open(opened(source)))
  }
})
