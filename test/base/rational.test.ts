import { describe, expect, test } from 'vitest'
import { power, rational, rationalKey, toNumber } from '../../src/base/rational.ts'
import { random } from '../../src/base/random.ts'

const text = (n: Parameters<typeof power>[0], e: Parameters<typeof power>[0]): string | undefined => {
  const value = power(n, e)
  return value && rationalKey(value)
}

describe('exact powers', () => {
  test('roots are taken where they are rational', () => {
    expect(text(rational(9, 4), rational(1, 2))).toBe('3/2')
    expect(text(rational(9, 4), rational(-3, 2))).toBe('8/27')
    expect(text(rational(27), rational(2, 3))).toBe('9')
    expect(text(rational(1, 256), rational(1, 8))).toBe('1/2')
    expect(text(rational(2), rational(1, 2))).toBeUndefined()
    expect(text(rational(8, 9), rational(1, 2))).toBeUndefined()
    expect(text(rational(-4), rational(1, 2))).toBeUndefined()
    expect(text(rational(0), rational(1, 2))).toBe('0')
    expect(text(rational(0), rational(-1, 2))).toBeUndefined()
  })

  test('a root and its power are inverse, whatever the size of the primes', () => {
    const rng = random('roots')
    // Mersenne primes, and products of two: no list of small primes divides them.
    const primes = [(1n << 61n) - 1n, (1n << 31n) - 1n, 1_000_000_007n, 7n, 2n]
    for (let k = 0; k < 200; k++) {
      const draw = (): bigint => primes[rng.integer(0, 4)]! * primes[rng.integer(3, 4)]!
      const base = rational(draw(), draw())
      const degree = rng.integer(2, 3)
      const whole = base.pow(degree)!
      expect(rationalKey(power(whole, rational(1, degree))!)).toBe(rationalKey(base))
      const next = rational(whole.n + 1n, whole.d)
      const root = power(next, rational(1, degree))
      if (root) expect(rationalKey(root.pow(degree)!)).toBe(rationalKey(next))
    }
  })
})

test('a quotient of numbers beyond doubles is the double near to it', () => {
  const large = 10n ** 400n
  expect(toNumber(rational(3n * large, 7n * large + 1n))).toBeCloseTo(3 / 7, 15)
  expect(toNumber(rational(-large, large + 1n))).toBe(-1)
  expect(toNumber(rational(large))).toBe(Infinity)
  expect(toNumber(rational(-large))).toBe(-Infinity)
  expect(toNumber(rational(1n, large))).toBe(0)
  expect(toNumber(rational(2n ** 900n, 2n ** 1070n + 1n))).toBe(2 ** -170)
  expect(toNumber(rational(0))).toBe(0)
})
