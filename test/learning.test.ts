/** The networks of digits and of a club learn, by a part of what the demo does. Everything is the same each time: data, order, seed. */
import { expect, test } from 'vitest'
import { CLUB, clubData, type Network as ClubNetwork, trainOnClub } from '../examples/demo/club.mjs'
import {
  LEARNING,
  accuracy,
  digitsData,
  firstOf,
  type Network as DigitsNetwork,
  trainOnDigits,
} from '../examples/demo/digits.mjs'
import { compile } from '../src/compile.ts'
import { imported } from '../src/modules.ts'
import { read } from './support/examples.ts'

const { train, test: held } = digitsData()

const moduleOf = async (name: string, precision: 'f32' | 'f64'): Promise<unknown> =>
  imported(compile(read(`${name}.net`), { target: 'js', formulas: false, precision }).code!)

test('the digits are ten thousand, of ten kinds, with a fifth held out', () => {
  expect([train.count, held.count]).toEqual([8000, 2000])
  for (const { x, y, count } of [train, held]) {
    expect(x).toHaveLength(count * 14 * 14)
    const counts = Array.from({ length: 10 }, (_, digit) => y.filter((k) => k === digit).length)
    expect(Math.min(...counts)).toBeGreaterThan(0.08 * count)
    expect(counts.reduce((a, b) => a + b)).toBe(count)
  }
  // The mean is that of the ink, the deviation too.
  const mean = train.x.reduce((a, b) => a + b) / train.x.length
  const square = train.x.reduce((a, b) => a + b * b, 0) / train.x.length
  expect(Math.abs(mean)).toBeLessThan(0.05)
  expect(Math.abs(square - 1)).toBeLessThan(0.1)
})

test.each([
  ['digits', 0.85],
  ['transformer', 0.5],
] as const)('%s.net learns from a fifth of them, once', async (name, share) => {
  const module = (await moduleOf(name, 'f32')) as DigitsNetwork<unknown>
  const few = firstOf(held, 500)
  expect(accuracy(module, module.init(1), few)).toBeLessThan(0.3)
  const params = trainOnDigits(module, { train: firstOf(train, 1600) }, { ...LEARNING[name], epochs: 1 })
  expect(accuracy(module, params, few)).toBeGreaterThan(share)
})

test('graph.net tells the sides of a club, of which it knows two', async () => {
  const { src, dst, known } = clubData()
  expect([src.length, dst.length, known.reduce((a, b) => a + b)]).toEqual([156, 156, 2])
  const found = trainOnClub((await moduleOf('graph', 'f64')) as ClubNetwork<unknown>, CLUB)
  expect(found.after).toBeLessThan(found.before / 100)
  expect(found.of).toBe(32)
  expect(found.right).toBeGreaterThanOrEqual(30)
})
