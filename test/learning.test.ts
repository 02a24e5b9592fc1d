/** The networks of digits, of a club and of letters learn, by a part of what the demo does. Everything is the same each time: data, order, seed. */
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
import {
  ALPHABET,
  LEARNING as READING,
  heldOut,
  lettersData,
  type Network as LettersNetwork,
  trainOnLetters,
  written,
} from '../examples/demo/letters.mjs'
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

test('letters.net learns the letters of a text, in pieces of any length, and writes', async () => {
  const { train: text, test: end } = lettersData()
  expect(text.length).toBeGreaterThan(200_000)
  expect(new Set(text).size).toBe(ALPHABET.length)
  const { code } = compile(read('letters.net'), {
    target: 'wasm',
    formulas: false,
    precision: 'f32',
    optimizer: 'adam',
  })
  const module = imported(code!) as Promise<unknown> as Promise<LettersNetwork<unknown, unknown>>
  const network = await module
  const before = heldOut(network, network.init(1), end.subarray(0, 500))
  expect(before).toBeGreaterThan(3)
  const learning = { ...READING, steps: 25, size: 8 }
  const params = trainOnLetters(network, text, learning)
  expect(heldOut(network, params, end.subarray(0, 500))).toBeLessThan(before - 0.3)
  const line = written(network, params, 'call me ', 40)
  expect(line).toMatch(/^call me [ a-z,.;'-]{40}$/)
  expect(written(network, trainOnLetters(network, text, learning), 'call me ', 40)).toBe(line)
  expect(written(network, params, 'call me ', 40, { seed: 2 })).not.toBe(line)
})

test('letter by letter, what is remembered given back, a text is read as at once', async () => {
  const { code } = compile(read('letters.net'), { target: 'js', formulas: false })
  const { init, forward } = (await imported(code!)) as unknown as LettersNetwork<unknown, unknown>
  const params = init(3)
  const text = [3, 1, 4, 1, 5].map((letter) => Uint8Array.of(letter))
  const whole = forward(params, { x: text, s: new Float64Array(64) as never })
  let s = new Float64Array(64)
  const p: number[] = []
  for (const letter of text) {
    const one = forward(params, { x: [letter], s: s as never })
    p.push(...one.p)
    s = Float64Array.from(one.h)
  }
  whole.p.forEach((v, k) => expect(p[k]).toBeCloseTo(v, 12))
  whole.h.forEach((v, k) => expect(s[k]).toBeCloseTo(v, 12))
})
