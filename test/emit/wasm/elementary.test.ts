/** exp and tanh as they are emitted, of numbers and of vectors: how far they are from JavaScript's, over all that singles and doubles can be. */
import { describe, expect, test } from 'vitest'
import { compile } from '../../../src/compile.ts'
import { load } from '../../schedule/built.ts'

type Precision = 'f32' | 'f64'
const DIGITS: Readonly<Record<Precision, number>> = { f32: 23, f64: 52 }
const LEAST: Readonly<Record<Precision, number>> = { f32: -126, f64: -1022 }
const rounded: Readonly<Record<Precision, (x: number) => number>> = { f32: Math.fround, f64: (x) => x }

/** The distance between a number of a type and the next one, at a value. */
function unit(value: number, type: Precision): number {
  const size = Math.abs(value)
  const exponent = size < 2 ** LEAST[type] ? LEAST[type] : Math.floor(Math.log2(size))
  return 2 ** (exponent - DIGITS[type])
}

const EDGES = [
  0, -0, 1, -1, 0.625, -0.625, 1e-30, -1e-30, 1e-45, 88, 88.72, 89, 90, 200, -87, -87.4, -100, -103.9, -104,
  -200, 709, 709.78, 709.79, 710, 1e4, -708, -709, -745, -745.1, -746, -1e4,
]

const points = (from: number, to: number): number[] =>
  Array.from({ length: 20_000 }, (_, i) => from + ((to - from) * (i + 0.37)) / 20_000)

const CASES = [
  [
    'exp',
    Math.exp,
    2,
    [...points(-104, 89), ...points(-745, 710), ...points(-1, 1), ...points(-1e-3, 1e-3), ...EDGES],
  ],
  ['tanh', Math.tanh, 2, [...points(-10, 10), ...points(-1, 1), ...points(-1e-3, 1e-3), ...EDGES]],
] as const

describe.each(CASES.flatMap((c) => (['f32', 'f64'] as const).map((type) => [...c, type] as const)))(
  '%s',
  (name, exact, most, given, type) => {
    const Numbers = type === 'f32' ? Float32Array : Float64Array
    const moduleOf = (program: string) => load(compile(program, { target: 'wasm', precision: type }).code!)
    // A number at a time, whose neighbours are not next to it.
    const single = moduleOf(
      `batch B\ninput x[2]\ntarget y\nparam w\nz = ${name}(x[1])\noutput z\nloss J = (w * z - y)^2\n`,
    )
    const lanes = moduleOf(
      `dim N\ninput x[N]\ntarget y\nparam w\nz = ${name}(x)\noutput z\nloss J = (w * sum(z) - y)^2\n`,
    )
    const ways: readonly (readonly [string, (x: readonly number[]) => ArrayLike<number>])[] = [
      [
        'numbers',
        (x) => single.forward({ w: 1 }, { x: Numbers.from(x.flatMap((v) => [v, 0])) })['z'] as Float64Array,
      ],
      ['vectors', (x) => lanes.forward({ w: 1 }, { x: Numbers.from(x) })['z'] as Float64Array],
    ]

    test.each(ways)(`of %s in ${type} is at most ${most} units in the last place off`, (_, values) => {
      const found = values(given)
      let worst = 0
      given.forEach((x, i) => {
        const wanted = exact(rounded[type](x))
        if (rounded[type](wanted) === found[i]) return
        worst = Math.max(worst, Math.abs(found[i]! - wanted) / unit(wanted, type))
      })
      expect(worst).toBeLessThanOrEqual(most)
      expect(worst).toBeGreaterThan(0)
    })

    test.each(ways)(`of %s in ${type}: NaN and infinity`, (_, values) => {
      const found = values([NaN, Infinity, -Infinity])
      expect(Array.from(found)).toEqual([NaN, exact(Infinity), exact(-Infinity)])
    })
  },
)
