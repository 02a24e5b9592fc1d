import { expect, test } from 'vitest'
import { BROKEN, GOOD, chainrule, folder } from './support.ts'

const PROGRAM = 'input x[2]\ntarget y[2]\nparam W[2, 2]\nz = tanh(W @ x)\nloss J = squarederror(z, y)\n'
const VALUES = {
  x: [0.5, -1],
  y: [0, 1],
  W: [
    [0.25, 100],
    [-3, 0.125],
  ],
}

test('a table with names, formulas and numbers, from JSON on the command line', async () => {
  const cwd = folder({ 'a.net': PROGRAM })
  const { status, out, err } = await chainrule(cwd, ['trace', 'a.net', '--data', JSON.stringify(VALUES)])
  expect([status, err]).toEqual([0, ''])
  expect(out).toBe(`\
Given
  x                         [0.5, -1]
  y                         [0, 1]
  W                         [[0.25, 100],
                             [-3,   0.125]]

Forward
  s_z     = Wx              [-99.875, -1.625]
  z       = tanh(s_z)       [-1, -0.925346225311741]
  J       = ½‖z − y‖²       2.3534790436610846

Backward
  δ_z     = z − y           [-1, -1.925346225311741]
  δ_{s_z} = δ_z ⊙ (1 − z²)  [0, -0.27673841382976866]
  ∂J/∂W   = δ_{s_z} xᵀ      [[0,                    0],
                             [-0.13836920691488433, 0.27673841382976866]]
`)
})

test('from a file, as tables for Markdown', async () => {
  const cwd = folder({ 'a.net': GOOD, 'v.json': '{"x": 2, "y": 1, "w": 3}' })
  const { status, out } = await chainrule(cwd, ['trace', 'a.net', '--data', 'v.json', '--markdown'])
  expect(status).toBe(0)
  expect(out).toContain('| quantity | formula | value |\n| --- | --- | --- |\n| $`x`$ |  | 2 |')
  expect(out).toContain('| $`J`$ | $`(w x - y)^2`$ | 25 |')
})

test('what is wrong with the values is said, with exit status 1', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const cwd = folder({
    'a.net': GOOD,
    'v.json': '{"x": 2',
    'deep.json': `{"x": ${deep}, "y": 1, "w": 3}`,
  })
  const fails = async (data: string): Promise<string> => {
    const { status, out, err } = await chainrule(cwd, ['trace', 'a.net', '--data', data])
    expect([status, out]).toEqual([1, ''])
    return err
  }
  expect(await fails('v.json')).toMatch(/`v.json` is not JSON/)
  expect(await fails('{"x": 2}')).toMatch(/gives no value for y \(a scalar\), w \(a scalar\)/)
  expect(await fails('{"x": 2, "y": 1, "W": 3}')).toMatch(/`W`, which the program does not declare[^]*`w`/)
  expect(await fails('{"x": 2, "y": 1, "w": "3"}')).toMatch(/neither a number nor/)
  expect(await fails('{"x": [2, 3], "y": 1, "w": 3}')).toMatch(/x is not a single number/)
  expect(await fails('deep.json')).toMatch(/x is not a single number/)
  expect(await fails('{"__proto__": 1}')).toMatch(/`__proto__`, which the program does not declare/)
})

test('a broken program, and a command line without values', async () => {
  const cwd = folder({ 'a.net': BROKEN, 'b.net': GOOD })
  expect(await chainrule(cwd, ['trace', 'a.net', '--data', '{}'])).toMatchObject({ status: 1, out: '' })
  expect(await chainrule(cwd, ['trace', 'b.net'])).toMatchObject({ status: 2, out: '' })
  expect(await chainrule(cwd, ['trace', 'b.net', '--data', 'no.json'])).toMatchObject({ status: 2, out: '' })
})

test('open lengths are those of the values; without such the dim is asked for', async () => {
  const cwd = folder({
    'a.net': `dim T
input x[t] for t in 1..T
param w
h[0] = 0
h[t] = tanh(w * x[t] + h[t-1]) for t in 1..T
output h
loss J = h[T]^2
`,
  })
  const { status, out, err } = await chainrule(cwd, ['trace', 'a.net', '--data', '{"x": [1, 0, 2], "w": 0}'])
  expect([status, err]).toEqual([0, ''])
  expect(out).toMatch(/x⁽³⁾ +2\n/)
  expect(out).toMatch(/J +=.+ 0\n/)
  expect(out).not.toContain('x⁽⁴⁾')
  const missing = await chainrule(cwd, ['trace', 'a.net', '--data', '{"w": 0}'])
  expect(missing).toMatchObject({ status: 1, out: '' })
  expect(missing.err).toContain('--dim T=')
})
