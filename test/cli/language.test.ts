/** The programs of the language's reference compile without a word, and their gradients are right, in formulas and in code. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { CheckReport } from '../../src/cli/check.ts'
import { chainrule, folder } from './support.ts'

const text = readFileSync(new URL('../../docs/language.md', import.meta.url), 'utf8')
const sections = text.split(/^## /m).slice(1)
const programs = sections.flatMap((section) => {
  const title = section.slice(0, section.indexOf('\n'))
  return [...section.matchAll(/^```\n(.*?)^```$/gms)].map(([, program], i) => ({
    title,
    i,
    program: program!,
  }))
})

test('every section has a program', () => {
  expect(new Set(programs.map(({ title }) => title)).size).toBe(sections.length)
})

test.each(programs)('$title $i', async ({ program }) => {
  const { status, out, err } = await chainrule(folder({ 'example.net': program }), [
    'check',
    'example.net',
    '--json',
  ])
  expect(err).toBe('')
  const { gradients, claims } = JSON.parse(out) as CheckReport
  expect(gradients.length).toBeGreaterThan(0)
  expect(claims.filter(({ verdict }) => verdict !== 'proved')).toEqual([])
  expect(status, out).toBe(0)
})

test('tensors by their entries, of any size and axes, small and large', async () => {
  const row = (length: number, entry: (i: number) => string): string =>
    `[${Array.from({ length }, (_, i) => entry(i)).join(', ')}]`
  const large = `param w[7], v[3]
input x[20], y[6]
A = ${row(6, (i) => row(6, (k) => (i === k ? `exp(w[${(i % 7) + 1}] / 9)` : `${(i * k) % 5}`)))}
B = ${row(20, (i) => `sin(x[${((i * 7) % 20) + 1}] * w[${(i % 7) + 1}])`)}
C = ${row(6, (i) => (i % 2 === 0 ? 'v' : `[${i}, w[1], v[2]]`))}
loss J = sum((A @ y)^2) / 100 + sum(B * x) + sum(C^2)`
  for (const program of [large, `batch N\n${large}`]) {
    const { status, out } = await chainrule(folder({ 'a.net': program }), ['check', 'a.net', '--json'])
    expect(status, out).toBe(0)
  }
})

test('a hunt that finds something in functions with indices and derivatives tells where', async () => {
  const program = `param w[3]
fn f(x[N], k = N) { dim M = 2 * N; for i in 1..N { s[i] = x[i] * k }; return s[1] + M, s[N] }
fn g(v) { a, b = f(v); c, d = f(v, k=3); return a + b + c + d }
q[0], r[0] = f(w)
for t in 1..3 { q[t], r[t] = f(w * q[t-1], r[t-1]) }
loss J = q[3] + r[3] + g(w)
`
  const { err, out } = await chainrule(folder({ 'a.net': program }), ['check', 'a.net', '--json'])
  expect(err).toBe('')
  const { gradients, hunt } = JSON.parse(out) as CheckReport
  expect(gradients.map(({ verdict }) => verdict)).toEqual(['right'])
  expect(hunt!.findings.length).toBeGreaterThan(0)
})

test('functions within functions end in a sentence, however many', async () => {
  const { err, status } = await chainrule(folder({ 'a.net': 'fn f(x) {\n'.repeat(20_000) }), [
    'latex',
    'a.net',
  ])
  expect(err).toContain('The nesting of blocks is over the limit')
  expect(status).toBe(1)
})
