/** exp and tanh of vectors as C has them: how far they are from JavaScript's, over all that singles and doubles can be; NaN and infinity. */
import { expect, test } from 'vitest'
import { compile } from '../../../src/compile.ts'
import type { Precision, Program } from '../../../src/schedule/index.ts'
import { FLAGS, STRICT, callC } from './run.ts'

const FUNCTIONS = { exp: Math.exp, tanh: Math.tanh } as const
const EDGES = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.625,
  -0.625,
  1e-30,
  -1e-30,
  1e-45,
  88,
  88.72,
  89,
  90,
  200,
  -87,
  -87.4,
  -100,
  -103.9,
  -104,
  -200,
  709,
  709.78,
  709.79,
  710,
  1e4,
  -708,
  -709,
  -745,
  -745.1,
  -746,
  -1e4,
]
const between = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => from + ((to - from) * (i + 0.37)) / n)
const POINTS = [
  ...between(-10, 10, 1000),
  ...between(-104, 89, 1000),
  ...between(-745, 710, 1000),
  ...between(-1, 1, 1000),
]
/** A whole number of the widest vectors: none is left over, of which libm would take care. */
const GIVEN = [...EDGES, ...POINTS].slice(0, 16 * Math.floor((EDGES.length + POINTS.length) / 16))

/** The distance between a number of a type and the next one, at a value. */
function unit(value: number, precision: Precision): number {
  const [least, digits] = precision === 'f32' ? [-126, 23] : [-1022, 52]
  const size = Math.abs(value)
  return 2 ** ((size < 2 ** least ? least : Math.floor(Math.log2(size))) - digits)
}

test.each([
  ['as wide as the machine', FLAGS.fast],
  ['as wide, with fused operations', ['-std=gnu11', '-O3', '-march=native']],
  ['narrow', [...STRICT, '-O2']],
  ['of a compiler that has none', [...STRICT, '-O2', '-DCHAINRULE_VECTOR=0']],
] as const)('vectors %s: at most 2 units in the last place off', (_, flags) => {
  const kinds = (['f32', 'f64'] as const).flatMap((precision) =>
    (['exp', 'tanh'] as const).map((name) => ({ precision, name })),
  )
  const cases = kinds.map(({ precision, name }) => {
    let program: Program | undefined
    compile(`input x[${GIVEN.length}]\nz = ${name}(x)\noutput z\n`, {
      precision,
      target: 'c',
      formulas: false,
      observe: (stage, result) => {
        if (stage === 'schedule') program = result as Program
      },
    })
    const numbers = precision === 'f32' ? Float32Array.from(GIVEN) : Float64Array.from(GIVEN)
    return { program: program!, params: {}, data: { x: numbers } }
  })
  callC(cases, flags).forEach(([found], k) => {
    const { precision, name } = kinds[k]!
    const rounded = precision === 'f32' ? Math.fround : (x: number) => x
    let worst = 0
    GIVEN.forEach((x, i) => {
      const wanted = FUNCTIONS[name](rounded(x))
      if (Object.is(rounded(wanted), found![i])) return
      expect(Number.isFinite(rounded(wanted)), `${name}(${x}) is ${found![i]}`).toBe(true)
      worst = Math.max(worst, Math.abs(found![i]! - wanted) / unit(wanted, precision))
    })
    expect(worst, `${name}, ${precision}`).toBeLessThanOrEqual(2)
    expect(worst).toBeGreaterThan(0)
  })
})
