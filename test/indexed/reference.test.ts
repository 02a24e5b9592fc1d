/** The programs of the reference compile, and their code is what their text means. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'

const page = readFileSync(new URL('../../docs/indices.md', import.meta.url), 'utf8')
const programs = [...page.matchAll(/^```net\n(?<program>.*?)^```$/gmsu)].map((m) => m.groups!['program']!)

test('the page has programs', () => expect(programs.length).toBeGreaterThan(3))

test.each(programs)('%s', (program) => {
  const { code, diagnostics } = compile(program, { filename: 'reference.net', target: 'js' })
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(code).toContain('export function backward(')
})
