/**
 * Networks of many kinds, compiled and run: loss and gradients equal those of an independent implementation, in
 * expected.json, for a batch of three.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { loadCode } from './support.ts'

const folder = new URL('../cases/networks/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

interface Expected {
  readonly params: Record<string, Flat>
  readonly data: Record<string, Flat>
  readonly loss: number
  readonly grads: Record<string, Flat>
}
type Flat = number | readonly number[]

const expected = JSON.parse(read('expected.json')) as Record<string, Expected>
/** Families of parameters and data come with a later version. */
const LATER = ['family', 'rnn']
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.net'))
  .map((file) => file.slice(0, -4))
  .filter((name) => !LATER.includes(name))

const list = (value: Flat | ArrayLike<number>): number[] =>
  typeof value === 'number' ? [value] : Array.from(value)

/** The largest difference, relative to the largest entry. */
function error(found: readonly number[], wanted: readonly number[]): number {
  expect(found.length).toBe(wanted.length)
  const scale = Math.max(1e-8, ...wanted.map(Math.abs))
  return Math.max(...found.map((v, i) => Math.abs(v - wanted[i]!) / scale))
}

describe.each([
  ['f64', 1e-12, Float64Array],
  ['f32', 2e-5, Float32Array],
] as const)('%s', (precision, tolerance, Real) => {
  const typed = (values: Record<string, Flat>): Record<string, number | Float64Array | Float32Array> =>
    Object.fromEntries(
      Object.entries(values).map(([name, v]) => [name, typeof v === 'number' ? v : Real.from(v)]),
    )

  test.each(names)('%s', async (name) => {
    const { code, diagnostics } = compile(read(`${name}.net`), {
      filename: `${name}.net`,
      target: 'js',
      precision,
      verify: true,
    })
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
    const module = await loadCode(code!)
    const { params, data, loss, grads } = expected[name]!
    const found = module.zeros()
    expect(error([module.backward(typed(params), typed(data), found)], [loss])).toBeLessThan(tolerance)
    expect(error([module.loss(typed(params), typed(data))], [loss])).toBeLessThan(tolerance)
    for (const [param, wanted] of Object.entries(grads))
      expect(error(list(found[param]!), list(wanted)), param).toBeLessThan(tolerance)
    // A step goes against the gradient.
    const before = typed(params)
    const after = typed(params)
    const rate = 0.125
    module.step(after, typed(data), rate)
    for (const [param, wanted] of Object.entries(grads)) {
      const moved = list(before[param]!).map((v, i) => (v - list(after[param]!)[i]!) / rate)
      expect(error(moved, list(wanted)), param).toBeLessThan(precision === 'f64' ? 1e-11 : 2e-3)
    }
  })
})
