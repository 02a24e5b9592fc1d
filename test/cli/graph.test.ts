import { expect, test } from 'vitest'
import { BROKEN, chainrule, folder } from './support.ts'

const GOOD = 'input x\ntarget y\nparam w\nu = w * x\nloss J = (u - y)^2\n'

test('Mermaid of neurons by default', async () => {
  const { status, out, err } = await chainrule(folder({ 'a.net': GOOD }), ['graph', 'a.net'])
  expect([status, err]).toEqual([0, ''])
  expect(out).toMatch(/^flowchart LR\n/)
})

test('formats and views', async () => {
  const cwd = folder({ 'a.net': GOOD })
  const out = async (...args: string[]): Promise<string> => {
    const result = await chainrule(cwd, ['graph', 'a.net', ...args])
    expect([result.status, result.err]).toEqual([0, ''])
    return result.out
  }
  expect(await out('--format', 'dot')).toMatch(/^digraph "A" {\n {2}rankdir=LR/)
  expect(await out('--format', 'svg')).toMatch(/^<svg /)
  expect(await out('--view', 'layers')).toContain('J = (u − y)²')
  expect(await out('--gradient', '--view', 'expressions')).toContain('subgraph backward')
  expect(await out('--view', 'expressions')).not.toContain('subgraph')
})

test('without neurons: layers by default, an error on request', async () => {
  const cwd = folder({ 'a.net': 'dim D\ninput x[D]\nparam w[D]\nu = w * x\nloss J = sum(u^2)\n' })
  expect((await chainrule(cwd, ['graph', 'a.net'])).out).toMatch(/^flowchart TD/)
  const { status, out, err } = await chainrule(cwd, ['graph', 'a.net', '--view', 'neurons'])
  expect([status, out]).toEqual([1, ''])
  expect(err).toMatch(/no drawing of neurons/)
  expect((await chainrule(cwd, ['graph', 'a.net', '--view', 'neurons', '--dim', 'D=2'])).status).toBe(0)
})

test('pictures have a limit, text has none', async () => {
  const chain = Array.from({ length: 500 }, (_, i) => `a${i + 1} = sin(a${i})`).join('\n')
  const cwd = folder({ 'a.net': `param a0\n${chain}\nloss J = a500\n` })
  expect((await chainrule(cwd, ['graph', 'a.net', '--view', 'layers', '--format', 'dot'])).status).toBe(0)
  const { status, err } = await chainrule(cwd, ['graph', 'a.net', '--view', 'layers', '--format', 'svg'])
  expect(status).toBe(1)
  expect(err).toMatch(/501 boxes[^]*--format dot/)
})

test('broken programs and command lines', async () => {
  const cwd = folder({ 'a.net': BROKEN, 'b.net': GOOD })
  expect(await chainrule(cwd, ['graph', 'a.net'])).toMatchObject({ status: 1, out: '' })
  expect(await chainrule(cwd, ['graph', 'b.net', '--format', 'png'])).toMatchObject({ status: 2, out: '' })
  expect(await chainrule(cwd, ['graph', 'b.net', '--gradient', '--view', 'neurons'])).toMatchObject({
    status: 2,
  })
})

test('a recurrence is one step, of open length too; what is of every member asks for the length', async () => {
  const cell = (dim: string): string =>
    `${dim}\ninput x[t] for t in 1..T\nparam w\nh[0] = 0\nh[t] = tanh(w * x[t] + h[t-1]) for t in 1..T\noutput h\nloss J = h[T]^2\n`
  const cwd = folder({ 'a.net': cell('dim T'), 'b.net': cell('dim T = 5') })
  for (const file of ['a.net', 'b.net']) {
    const { status, out } = await chainrule(cwd, ['graph', file, '--view', 'layers'])
    expect(status).toBe(0)
    expect(out.match(/tanh/g)).toHaveLength(1)
    expect(out).toContain('t − 1')
  }
  expect((await chainrule(cwd, ['graph', 'b.net', '--view', 'layers', '--unroll'])).out).toContain('h⁽⁵⁾')
  const { status, err } = await chainrule(cwd, ['graph', 'a.net', '--view', 'expressions'])
  expect(status).toBe(1)
  expect(err).toContain('--dim T=')
})
