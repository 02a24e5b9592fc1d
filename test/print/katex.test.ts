import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { latexDocument, textDocument } from '../../src/print/index.ts'
import { randomNetwork } from '../support/random-network.ts'
import { formulasOf, latexOf, typeset } from './program.ts'

const NETWORKS = 60
const first = Number(process.env['SEED'] ?? 1)

test.each(Array.from({ length: NETWORKS }, (_, i) => first + i))(
  'KaTeX takes random network %i, strictly',
  (seed) => {
    const { source, name } = randomNetwork(seed, { size: 3 + (seed % 8), families: false })
    const f = formulasOf(source)
    for (const line of latexOf(f)) expect(() => typeset(line), `${name}\n${line}`).not.toThrow()
    typeset(latexDocument(f))
    expect(textDocument(f)).not.toMatch(/undefined|\[object|NaN/)
    // The same program gives the same text.
    expect(latexDocument(formulasOf(source))).toBe(latexDocument(f))
  },
)

const examples = new URL('../../examples/', import.meta.url)
test.each(readdirSync(examples).filter((file) => file.endsWith('.net')))('KaTeX takes %s', (file) => {
  typeset(latexDocument(formulasOf(readFileSync(new URL(file, examples), 'utf8'))))
})
