import { describe, expect, it } from 'vitest'
import { ONE, TWO, rational } from '../../src/base/rational.ts'
import type { Elementary } from '../../src/graph/field.ts'
import {
  type Dual,
  bigNumbers,
  doubles,
  dualNumbers,
  moving,
  random,
  slopeOf,
} from '../../src/interpret/index.ts'

const FUNCTIONS: readonly Elementary[] = [
  'exp',
  'expm1',
  'log',
  'log1p',
  'sqrt',
  'sin',
  'cos',
  'tan',
  'sinh',
  'cosh',
  'tanh',
  'atan',
  'erf',
  'abs',
  'sign',
]
const POINTS = [
  -700, -40, -6.2, -3, -2.4, -1, -0.7, -0.3, -1e-9, -1e-30, 0, 1e-300, 1e-20, 1e-4, 0.49, 0.51, 1, 1.25, 2.6,
  5.5, 20, 300,
]

describe('big numbers', () => {
  it('agree with doubles on every function', async () => {
    const big = await bigNumbers()
    for (const name of FUNCTIONS)
      for (const x of POINTS) {
        const expected = doubles.call(name, x)
        const got = big.toNumber(big.call(name, big.number(x)))
        if (!Number.isFinite(expected)) expect(got, `${name}(${x})`).toBe(expected)
        else
          expect(
            Math.abs(got - expected),
            `${name}(${x}) = ${got}, and ${expected} in doubles`,
          ).toBeLessThanOrEqual(2e-15 * Math.abs(expected))
      }
  })
  it('have digits that twice the precision confirms', async () => {
    const few = await bigNumbers(40)
    const many = await bigNumbers(80)
    for (const name of FUNCTIONS)
      for (const x of POINTS) {
        const a = few.call(name, few.number(x))
        const b = many.call(name, many.number(x))
        if (!b.isFinite() || b.isZero()) expect(String(a), `${name}(${x})`).toBe(String(b))
        else
          expect(
            b.minus(String(a)).div(b).abs().lt('1e-38'),
            `${name}(${x}) = ${String(a)}, and with more digits ${String(b)}`,
          ).toBe(true)
      }
  })
  it('are those of mathjs, whose series are of decimal numbers, to the last digit', async () => {
    const big = await bigNumbers(50)
    for (const x of [...POINTS, 1e-60, 1 / 3, 3.1415926535, 1e5, -1e5, 1e12].map((x) => big.number(x)))
      for (const [name, expected] of [
        ['exp', x.exp()],
        ['log', x.ln()],
        ['sqrt', x.sqrt()],
        ['sin', x.sin()],
        ['cos', x.cos()],
        ['tan', x.tan()],
        ['atan', x.atan()],
      ] as const)
        expect(String(big.call(name, x)), `${name}(${String(x)})`).toBe(String(expected))
  })
  it('have the digits of published tables', async () => {
    const big = await bigNumbers(50)
    const at = (name: Elementary, x: string): string =>
      big
        .call(name, big.rational(rational(x)))
        .toSignificantDigits(40)
        .toString()
    // DLMF and OEIS: A099286 is erf(1), A001113 e, A002391 log 3, A073744 tanh 1, A003881 π/4, A091131 e − 1.
    expect(at('erf', '1')).toMatch(/^0\.84270079294971486934122063508260925929/)
    expect(at('log', '3')).toMatch(/^1\.0986122886681096913952452369225257046/)
    expect(at('tanh', '1')).toMatch(/^0\.76159415595576488811945828260479359041/)
    expect(at('atan', '1')).toMatch(/^0\.78539816339744830961566084581987572104/)
    expect(big.pi().toString()).toMatch(/^3\.14159265358979323846264338327950288419/)
    expect(big.e().toString()).toMatch(/^2\.71828182845904523536028747135266249775/)
  })
  it('carry doubles over exactly, and go on where doubles end', async () => {
    const big = await bigNumbers()
    expect(big.number(0.1).toString()).toMatch(/^0\.1000000000000000055511151231257827/)
    expect(big.number(2 ** 80).toFixed()).toBe('1208925819614629174706176')
    expect(big.toNumber(big.number(5e-324))).toBe(5e-324)
    expect(
      big
        .call('log', big.call('exp', big.number(1e6)))
        .minus(1e6)
        .abs()
        .lt('1e-50'),
    ).toBe(true)
    expect(big.toNumber(big.call('exp', big.number(1e300)))).toBe(Infinity)
    expect(big.toNumber(big.call('exp', big.number(-Infinity)))).toBe(0)
    expect(big.toNumber(big.call('log', big.number(0)))).toBe(-Infinity)
    expect(big.toNumber(big.call('tanh', big.number(-Infinity)))).toBe(-1)
    expect(big.toNumber(big.call('sinh', big.number(-Infinity)))).toBe(-Infinity)
    // Where on the circle an angle is that has a thousand digits before the point, nobody knows.
    const far = big.power(big.number(10), big.number(2000))
    for (const name of ['sin', 'cos', 'tan'] as const) expect(big.toNumber(big.call(name, far))).toBeNaN()
    expect(big.toNumber(big.call('sin', big.number(1e300)))).toBeCloseTo(Math.sin(1e300), 14)
    expect(big.toNumber(big.call('erf', big.number(Infinity)))).toBe(1)
    expect(big.toNumber(big.call('expm1', big.number(-Infinity)))).toBe(-1)
    expect(big.toNumber(big.call('log1p', big.number(-1)))).toBe(-Infinity)
    expect(big.toNumber(big.call('sqrt', big.number(-1)))).toBeNaN()
    expect(Object.is(big.toNumber(big.call('expm1', big.number(-0))), -0)).toBe(true)
  })
})

describe('dual numbers', () => {
  it('agree with central differences of big numbers on every function', async () => {
    const big = await bigNumbers(60)
    const dual = dualNumbers(big)
    const h = big.rational(rational('1/100000000000000000000'))
    for (const name of FUNCTIONS)
      for (const x of POINTS.filter((p) => Math.abs(p) > 1e-7 && Math.abs(p) < 100)) {
        const at = big.number(x)
        const expected = big.divide(
          big.subtract(big.call(name, big.add(at, h)), big.call(name, big.subtract(at, h))),
          big.add(h, h),
        )
        const got = slopeOf(dual.call(name, moving(at, 0, big.rational(ONE))), 0)!
        if (expected.isNaN()) continue // outside of the domain
        expect(
          got.minus(expected).abs().lte(expected.abs().plus(1).times('1e-27')),
          `${name}′(${x}) = ${String(got)}, and by differences ${String(expected)}`,
        ).toBe(true)
      }
  })
  it('follow sums, products, quotients, powers and branches', () => {
    const d = dualNumbers(doubles)
    const rng = random('dual')
    const functions: ((a: Dual<number>, b: Dual<number>) => Dual<number>)[] = [
      (a, b) => d.add(a, b),
      (a, b) => d.subtract(a, b),
      (a, b) => d.multiply(a, b),
      (a, b) => d.divide(a, b),
      (a, b) => d.power(a, b),
      (a) => d.power(d.negate(a), d.rational(rational(3))),
      (a) => d.power(a, d.rational(rational('-1/3'))),
      (a, b) =>
        d.select(
          '<',
          a,
          b,
          () => d.multiply(a, b),
          () => d.divide(a, b),
        ),
    ]
    functions.forEach((f, which) => {
      for (let i = 0; i < 20; i++) {
        const [x, y] = [0.2 + rng.uniform(), 0.2 + rng.uniform()]
        const h = 2 ** -17
        const at = (u: number, v: number): number =>
          f({ value: u, tangent: undefined }, { value: v, tangent: undefined }).value
        const result = f(moving(x, 0, 1), moving(y, 1, 1))
        expect(slopeOf(result, 0) ?? 0, `function ${which}`).toBeCloseTo(
          (at(x + h, y) - at(x - h, y)) / (2 * h),
          6,
        )
        expect(slopeOf(result, 1) ?? 0, `function ${which}`).toBeCloseTo(
          (at(x, y + h) - at(x, y - h)) / (2 * h),
          6,
        )
      }
    })
  })
  it('give second derivatives when nested', () => {
    const d = dualNumbers(dualNumbers(doubles))
    const one = { value: 1, tangent: undefined }
    const x = moving(moving(0.7, 0, 1), 0, one)
    // x³·sin x
    const y = d.multiply(d.power(x, d.rational(rational(3))), d.call('sin', x))
    expect(y.value.value).toBeCloseTo(0.7 ** 3 * Math.sin(0.7), 12)
    expect(slopeOf(slopeOf(y, 0)!, 0)).toBeCloseTo(
      6 * 0.7 * Math.sin(0.7) + 6 * 0.49 * Math.cos(0.7) - 0.343 * Math.sin(0.7),
      12,
    )
  })
  it('have the slope that the language gives where there is none', () => {
    const d = dualNumbers(doubles)
    const zero = moving(0, 0, 1)
    expect(slopeOf(d.call('abs', zero), 0)).toBe(0)
    expect(slopeOf(d.call('sign', zero), 0)).toBe(0)
    expect(slopeOf(d.power(zero, d.rational(TWO)), 0)).toBe(0)
  })
})
