import { expect, test } from 'vitest'
import { rational, toNumber } from '../../src/base/rational.ts'

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
