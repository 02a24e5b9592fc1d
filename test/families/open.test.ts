/** Every network of this folder, and random ones, with depths left open: formulas or a diagnostic, and never a crash. */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analyse, compile } from '../../src/compile.ts'
import { latexDocument, recurrentFormulas, textDocument } from '../../src/print/index.ts'
import { LONG, everyNth, seeds } from '../support/campaign.ts'
import { expectSameAt } from '../support/lengths.ts'
import { randomFamilies } from './random-families.ts'

/** Values of the dims that ranges run to are taken away. */
const opened = (source: string): string =>
  source.replace(/\b([LTNS]) = \d+/g, '$1').replace(/^(dim n\[[^\]]*\]) = .*$/m, '$1')

/** `⁽ˡ⁺¹⁾` → `l+1`. */
const plainIndex = (text: string): string =>
  [...text]
    .map((c) => {
      const at = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ˡᴸᵗᵀᵏⁿᴺⁱʲ'.indexOf(c)
      return at < 0 ? c : '0123456789+-lLtTknNij'[at]!
    })
    .join('')

/** Error terms that a line uses and no line defines: `∂E/∂a⁽⁰⁾`. */
function undefinedTerms(printed: string): string[] {
  const TERM = /(∂\p{L}+\/∂[\p{L}]+|δ(?:_\p{L}+|[ᵢⱼₐₑₒₓₕₖₗₘₙₚₛₜ])?)(?:⁽([^⁾]+)⁾)/gu
  const lines = printed.split('\n').filter((line) => /^ *(∂|δ)/.test(line) && line.includes(' = '))
  const defined: { base: string; index: string; from?: string; to?: string }[] = []
  for (const line of lines) {
    const [, base, index = ''] = [...line.slice(0, line.indexOf(' = ')).matchAll(TERM)][0] ?? []
    if (base === undefined) continue
    const [, a, b] = / {2,}\(\S+ = (.+), …, (.+)\)$/.exec(line) ?? []
    defined.push({
      base,
      index: plainIndex(index),
      ...(a !== undefined && b !== undefined ? { from: a, to: b } : {}),
    })
  }
  const depth = (text: string): boolean => /^[LTNSK]/.test(text)
  const covers = (d: (typeof defined)[number], index: string): boolean => {
    if (d.from === undefined || d.to === undefined) return d.index === index
    const ends = [d.from, d.to].map((end) => end.replaceAll('−', '-').replaceAll(' ', ''))
    const upper = ends.find(depth)
    const lower = ends.find((end) => !depth(end))
    // A number is in the range from where it begins, and what counts from the depth up to its end.
    if (/^-?\d+$/.test(index))
      return upper !== undefined && lower !== undefined && Number(index) >= Number(lower)
    if (depth(index)) return upper === index || (upper !== undefined && upper.length < index.length)
    return true
  }
  const missing = new Set<string>()
  for (const line of lines)
    for (const [term, base, index] of line.slice(line.indexOf(' = ')).matchAll(TERM))
      if (!defined.some((d) => d.base === base && covers(d, plainIndex(index!)))) missing.add(term)
  return [...missing]
}

async function open(source: string): Promise<void> {
  const { graph, recurrent, mathematics, diagnostics } = analyse(source, {
    recurrences: true,
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
  expect(
    undefinedTerms(textDocument(printed)),
    `error terms without a line\n${textDocument(printed)}`,
  ).toEqual([])
  // There is code for any length, or a way out is told.
  const { diagnostics: told } = compile(source)
  if (await expectSameAt(source, LENGTHS)) return
  expect(`${told.map((d) => `${d.message} ${d.hint}`).join('\n')}`).toMatch(/--dim|give the open dims values/)
}

const LENGTHS = (LONG ? [3, 4] : [4]).map((n) => ({ L: n, T: n, N: n, S: n }))

const folder = new URL('./', import.meta.url)
// The others: `recurrences.test.ts`.
const files = everyNth(
  readdirSync(folder).filter((file) => file.endsWith('.net')),
  2,
)

describe('the networks of this folder', () => {
  test.each(files)('%s', async (file) => {
    await open(opened(readFileSync(new URL(file, folder), 'utf8')))
  })
})

describe('random networks', () => {
  for (const seed of seeds(6)) {
    const { name, source } = randomFamilies(seed)
    test(name, () => open(opened(source)))
  }
})
