/** exp and tanh in single precision: how far they are from the real value, over all that singles can be. */
import { describe, expect, test } from 'vitest'
import { compile } from '../../../src/compile.ts'
import { load } from '../../schedule/built.ts'

/** The distance between a single and the next one, at a value. */
function unit(value: number): number {
  const size = Math.abs(Math.fround(value))
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23)
}

const EDGES = [
  0, -0, 1, -1, 0.625, -0.625, 1e-30, -1e-30, 1e-45, 88, 88.72, 89, 90, 200, -87, -87.4, -100, -103.9, -104,
  -200,
]

const points = (from: number, to: number): number[] =>
  Array.from({ length: 20_000 }, (_, i) => Math.fround(from + ((to - from) * (i + 0.37)) / 20_000))

describe.each([
  ['exp', Math.exp, 2, [...points(-104, 89), ...points(-1, 1), ...points(-1e-3, 1e-3), ...EDGES]],
  ['tanh', Math.tanh, 2, [...points(-10, 10), ...points(-1, 1), ...points(-1e-3, 1e-3), ...EDGES]],
] as const)('%s', (name, exact, most, given) => {
  const { code } = compile(
    `batch B\ninput x\ntarget y\nparam w\nz = ${name}(x)\noutput z\nloss J = (w * z - y)^2\n`,
    { target: 'wasm', precision: 'f32' },
  )
  const m = load(code!)
  const values = (x: readonly number[]): Float32Array =>
    m.forward({ w: 1 }, { x: Float32Array.from(x) })['z'] as Float32Array

  test(`is at most ${most} units in the last place off`, () => {
    const found = values(given)
    let worst = 0
    given.forEach((x, i) => {
      const wanted = exact(Math.fround(x))
      if (Math.fround(wanted) === found[i]) return
      worst = Math.max(worst, Math.abs(found[i]! - wanted) / unit(wanted))
    })
    expect(worst).toBeLessThan(most)
    expect(worst).toBeGreaterThan(0)
  })

  test('NaN and infinity', () => {
    const found = values([NaN, Infinity, -Infinity])
    expect([...found]).toEqual([NaN, exact(Infinity), exact(-Infinity)])
  })
})
