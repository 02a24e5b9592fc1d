import { expect, test } from 'vitest'
import { BROKEN, chainrule, folder } from './support.ts'

const PROGRAM =
  '/// Two numbers.\ninput x[2]\ntarget t[1]\nparam W[1, 2]\ny = W @ x\noutput y\nloss J = squarederror(y, t)\n'

test('every format, on standard output', async () => {
  const cwd = folder({ 'a.net': PROGRAM })
  const out = async (format: string): Promise<string> => {
    const result = await chainrule(cwd, ['latex', 'a.net', '--format', format])
    expect([result.status, result.err]).toEqual([0, ''])
    return result.out
  }
  expect(await out('latex')).toMatch(/^%[^]*\\begin\{align\*\}/)
  expect(await out('text')).toContain('∂J/∂W = (y − t)xᵀ')
  expect(await out('document')).toMatch(/^\\documentclass[^]*Two numbers\.[^]*\\end\{document\}\n$/)
  expect(await out('markdown')).toMatch(/^# A\n[^]*```mermaid\nflowchart LR[^]*```math\n/)
  expect(await out('mathml')).toMatch(/^<math xmlns/)
  const page = await out('html')
  expect(page).toBe(await out('html'))
  expect(page).toMatch(/^<!DOCTYPE html>/)
  expect(page).toContain('<svg ')
  // The code that build writes, below its formula.
  expect(page).toMatch(/<pre><code>\/\/ ∂J\/∂W = \(y − t\)xᵀ\ngrad\$W\[0\] = /)
})

test('the page carries its fonts and loads nothing', async () => {
  const cwd = folder({ 'a.net': PROGRAM })
  const { out } = await chainrule(cwd, ['latex', 'a.net', '--format', 'html'])
  const sources = [...out.matchAll(/url\(([^)]{0,40})/g)].map((match) => match[1]!)
  expect(sources.filter((url) => url.startsWith('data:font/woff2;base64,')).length).toBeGreaterThan(8)
  expect(sources.filter((url) => !url.startsWith('data:') && !url.startsWith('#'))).toEqual([])
  expect(out).not.toMatch(/<script|<link/)
})

test('every format says where a general index runs', async () => {
  const net =
    'dim L, D\ninput x[D]\nparam W[l][D, D] for l in 1..L\na[0] = x\n' +
    'for l in 1..L { a[l] = tanh(W[l] @ a[l-1]) }\nloss J = sum(a[L])\n'
  const cwd = folder({ 'a.net': net })
  for (const format of ['latex', 'document', 'markdown', 'html'])
    expect((await chainrule(cwd, ['latex', 'a.net', '--format', format])).out).toContain('l = 1, \\dots, L')
})

test('a file name stays a name', async () => {
  const name = `a"b'<script>$(x)\`c\`.net`
  const cwd = folder({ [name]: PROGRAM })
  for (const format of ['document', 'markdown', 'html']) {
    const { status, out } = await chainrule(cwd, ['latex', name, '--format', format])
    expect(status).toBe(0)
    expect(out).not.toMatch(/<script|\$\(x\)|`c`/)
  }
  expect((await chainrule(cwd, ['graph', name, '--format', 'svg'])).out).not.toContain('<script')
})

test('broken programs, and formats that there are not', async () => {
  const cwd = folder({ 'a.net': BROKEN })
  expect(await chainrule(cwd, ['latex', 'a.net', '--format', 'html'])).toMatchObject({ status: 1, out: '' })
  expect(await chainrule(cwd, ['latex', 'a.net', '--format', 'pdf'])).toMatchObject({ status: 2, out: '' })
})

test('entries, samples, and what of them there is not', async () => {
  const cwd = folder({
    'a.net': PROGRAM,
    'b.net': `batch B\n${PROGRAM}`,
    'c.net': PROGRAM.replace('x[2]', 'x[D]').replace('W[1, 2]', 'W[1, D]').replace('input', 'dim D\ninput'),
  })
  const run = async (...args: string[]) => await chainrule(cwd, ['latex', ...args, '--format', 'text'])
  expect((await run('a.net', '--elements')).out).toContain('∂J/∂w₁₂ = (y₁ − t₁)·x₂')
  expect((await run('b.net', '--samples')).out).toContain('∂J/∂W = 1/B Σᵢ (yᵢ − tᵢ)xᵢᵀ')
  expect(await run('a.net', '--samples')).toMatchObject({ status: 1, out: '' })
  expect((await run('a.net', '--samples')).err).toContain('declares no batch')
  expect(await run('c.net', '--elements')).toMatchObject({ status: 1, out: '' })
  expect((await run('c.net', '--elements')).err).toContain('--dim D=2')
  expect((await run('c.net', '--elements', '--dim', 'D=3')).out).toContain('∂J/∂w₁₃')
  expect(await run('b.net', '--elements', '--samples')).toMatchObject({ status: 2, out: '' })
})

test('the derivation, in every format and both languages', async () => {
  const cwd = folder({ 'a.net': PROGRAM, 'b.net': `batch B\n${PROGRAM}` })
  const run = async (...args: string[]) => await chainrule(cwd, ['latex', ...args])
  for (const lang of ['en', 'zh'])
    for (const format of ['latex', 'document', 'markdown', 'text', 'mathml', 'html']) {
      const { status, out, err } = await run('a.net', '--steps', '--lang', lang, '--format', format)
      expect([status, err]).toEqual([0, ''])
      expect(out.replaceAll('\u00a0', ' '), format).toContain(lang === 'zh' ? '矩阵乘积' : 'matrix product')
    }
  const text = (await run('a.net', '--steps', '--format', 'text')).out
  expect(text).toContain('  ∂J/∂W = (∂J/∂y)xᵀ')
  // The results are those without steps.
  const plain = (await run('a.net', '--format', 'text')).out
  expect(text.endsWith(plain.split('\n\n').at(-1)!)).toBe(true)
  expect((await run('a.net', '--lang', 'zh', '--format', 'text')).out).toContain('每个梯度与其参数形状相同')
  expect((await run('a.net', '--lang', 'zh', '--format', 'html')).out).toContain('<html lang="zh">')
  const batch = (await run('b.net', '--steps', '--samples', '--format', 'text')).out
  expect(batch).toContain('The steps are those of one sample')
  expect(batch).toContain('∂J/∂W = 1/B Σᵢ (yᵢ − tᵢ)xᵢᵀ')
})

test('derivations of some parameters, of another scalar, and what there is not', async () => {
  const deep = Array.from({ length: 400 }, (_, i) => `v${i + 1} = sin(v${i})`).join('\n')
  const cwd = folder({
    'a.net': PROGRAM,
    'c.net': `param w, b\nv0 = w\n${deep}\nloss J = v400 + b^2\n`,
    'd.net':
      'dim T\ninput x[t] for t in 1..T\nparam w\nh[0] = 0\nfor t in 1..T {\n  h[t] = tanh(w * h[t-1] + x[t])\n}\nloss J = h[T]^2\n',
  })
  const run = async (...args: string[]) =>
    await chainrule(cwd, ['latex', ...args, '--steps', '--format', 'text'])
  expect((await run('a.net', '--wrt', 'y')).out).toMatch(/∂J\/∂y\n {2}y is used in/)
  expect((await run('a.net', '--wrt', 'y')).out).not.toContain('∂J/∂W')
  expect((await run('a.net', '--of', 'y')).out).toMatch(/∂y\/∂W\n {2}W is used in y = Wx/)
  expect((await run('c.net')).err).toContain('more than 300 values')
  expect((await run('c.net')).err).toContain('--wrt')
  expect((await run('c.net', '--wrt', 'b')).out).toContain('∂J/∂b = 2b  power rule')
  expect((await run('d.net')).out).toContain('Base case: t = T.')
  expect(await run('d.net', '--of', 'h[t+1]', '--wrt', 'h[t]')).toMatchObject({ status: 2, out: '' })
  expect(await run('a.net', '--elements')).toMatchObject({ status: 2, out: '' })
})
