import { expect, test } from 'vitest'
import { BROKEN, chainrule, folder } from './support.ts'

const PROGRAM =
  '/// Two numbers.\ninput x[2]\ntarget t[1]\nparam W[1, 2]\ny = W @ x\noutput y\nloss J = squarederror(y, t)\n'

test('every format, on standard output', () => {
  const cwd = folder({ 'a.net': PROGRAM })
  const out = (format: string): string => {
    const result = chainrule(cwd, ['latex', 'a.net', '--format', format])
    expect([result.status, result.err]).toEqual([0, ''])
    return result.out
  }
  expect(out('latex')).toMatch(/^%[^]*\\begin\{align\*\}/)
  expect(out('text')).toContain('∂J/∂W = (y − t)xᵀ')
  expect(out('document')).toMatch(/^\\documentclass[^]*Two numbers\.[^]*\\end\{document\}\n$/)
  expect(out('markdown')).toMatch(/^# A\n[^]*```mermaid\nflowchart LR[^]*```math\n/)
  expect(out('mathml')).toMatch(/^<math xmlns/)
  const page = out('html')
  expect(page).toBe(out('html'))
  expect(page).toMatch(/^<!DOCTYPE html>/)
  expect(page).toContain('<svg ')
  // The code that build writes, below its formula.
  expect(page).toMatch(/<pre><code>\/\/ ∂J\/∂W = \(y − t\)xᵀ\ngrad\$W\[0\] = /)
})

test('the page carries its fonts and loads nothing', () => {
  const cwd = folder({ 'a.net': PROGRAM })
  const { out } = chainrule(cwd, ['latex', 'a.net', '--format', 'html'])
  const sources = [...out.matchAll(/url\(([^)]{0,40})/g)].map((match) => match[1]!)
  expect(sources.filter((url) => url.startsWith('data:font/woff2;base64,')).length).toBeGreaterThan(8)
  expect(sources.filter((url) => !url.startsWith('data:') && !url.startsWith('#'))).toEqual([])
  expect(out).not.toMatch(/<script|<link/)
})

test('a file name stays a name', () => {
  const name = `a"b'<script>$(x)\`c\`.net`
  const cwd = folder({ [name]: PROGRAM })
  for (const format of ['document', 'markdown', 'html']) {
    const { status, out } = chainrule(cwd, ['latex', name, '--format', format])
    expect(status).toBe(0)
    expect(out).not.toMatch(/<script|\$\(x\)|`c`/)
  }
  expect(chainrule(cwd, ['graph', name, '--format', 'svg']).out).not.toContain('<script')
})

test('broken programs, and formats that there are not', () => {
  const cwd = folder({ 'a.net': BROKEN })
  expect(chainrule(cwd, ['latex', 'a.net', '--format', 'html'])).toMatchObject({ status: 1, out: '' })
  expect(chainrule(cwd, ['latex', 'a.net', '--format', 'pdf'])).toMatchObject({ status: 2, out: '' })
})

test('entries, samples, and what of them there is not', () => {
  const cwd = folder({
    'a.net': PROGRAM,
    'b.net': `batch B\n${PROGRAM}`,
    'c.net': PROGRAM.replace('x[2]', 'x[D]').replace('W[1, 2]', 'W[1, D]').replace('input', 'dim D\ninput'),
  })
  const run = (...args: string[]) => chainrule(cwd, ['latex', ...args, '--format', 'text'])
  expect(run('a.net', '--elements').out).toContain('∂J/∂w₁₂ = (y₁ − t₁)·x₂')
  expect(run('b.net', '--samples').out).toContain('∂J/∂W = 1/B Σᵢ (yᵢ − tᵢ)xᵢᵀ')
  expect(run('a.net', '--samples')).toMatchObject({ status: 1, out: '' })
  expect(run('a.net', '--samples').err).toContain('declares no batch')
  expect(run('c.net', '--elements')).toMatchObject({ status: 1, out: '' })
  expect(run('c.net', '--elements').err).toContain('--dim D=2')
  expect(run('c.net', '--elements', '--dim', 'D=3').out).toContain('∂J/∂w₁₃')
  expect(run('b.net', '--elements', '--samples')).toMatchObject({ status: 2, out: '' })
})
