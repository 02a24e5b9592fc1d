import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { formulas, latexDocument, textDocument } from '../../src/print/index.ts'
import { everyNth, seeds } from '../support/campaign.ts'
import { closed, read } from '../support/examples.ts'
import { randomNetwork } from '../support/random-network.ts'
import { formulasOf, latexOf, typeset } from './program.ts'

test.each(seeds(6, 1))('KaTeX takes random network %i, strictly', (seed) => {
  const { source, name } = randomNetwork(seed, { size: 3 + (seed % 8), families: false })
  const f = formulasOf(source)
  for (const line of latexOf(f)) expect(() => typeset(line), `${name}\n${line}`).not.toThrow()
  typeset(latexDocument(f))
  expect(textDocument(f)).not.toMatch(/undefined|\[object|NaN/)
  // The same program gives the same text.
  expect(latexDocument(formulasOf(source))).toBe(latexDocument(f))
})

test.each(closed)('KaTeX takes %s', (file) => {
  typeset(latexDocument(formulasOf(read(file))))
})

const corpus = new URL('../closed-forms/', import.meta.url)
test('KaTeX takes every formula of the corpus', () => {
  const files = readdirSync(corpus).filter((file) => file.endsWith('.net'))
  expect(files.length).toBeGreaterThan(200)
  // Of others the formulas are in test/print/steps.test.ts, with their derivations.
  for (const file of everyNth(files, 8, 1)) {
    const { graph, mathematics } = analyse(readFileSync(new URL(file, corpus), 'utf8'))
    for (const line of latexOf(formulas(graph, mathematics!.written)))
      expect(() => typeset(line), `${file}: ${line}`).not.toThrow()
  }
})
