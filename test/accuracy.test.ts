/** Every operator and every slope, as emitted code computes them, to 4 units in the last place: `bench/accuracy.mjs`, with fewer points. */
import { describe, expect, it } from 'vitest'
import { cases } from '../bench/accuracy/cases.mjs'
import { generator, measure } from '../bench/accuracy/measure.mjs'
import { analyse, compile } from '../src/compile.ts'
import { bigNumbers, dualNumbers, evaluate } from '../src/interpret/index.ts'
import { elementary, erfc, gammas, inverses } from '../src/ops/index.ts'
import { prelude } from '../src/ops/prelude.ts'

const MOST = 4
const POINTS = 3
const compiler = { analyse, compile, bigNumbers, dualNumbers, evaluate }

it.each(cases.map((c) => [c.name, c] as const))('%s', async (_name, c) => {
  const { value, slope } = await measure(compiler, c, generator(1), POINTS)
  expect(value.units, `the value at ${value.at}`).toBeLessThanOrEqual(MOST)
  expect(slope.units, `the slope at ${slope.at}`).toBeLessThanOrEqual(MOST)
})

describe('the cases', () => {
  it('are of every function of one number', () => {
    // Those with slopes that are no numbers, and those that are of vectors too.
    const others = ['sign', 'softmax', 'logsoftmax', 'norm']
    const isOfOneNumber = (name: string): boolean =>
      analyse(`param z\nloss J = ${name}(z)`).mathematics !== undefined
    const names = [...elementary, erfc, ...inverses, ...gammas]
      .map((op) => op.name)
      .concat(...prelude.keys())
      .filter((n) => !others.includes(n))
    expect(names.filter((name) => isOfOneNumber(name) && !cases.some((c) => c.name === name))).toEqual([])
  })

  it('find a lossy formula', async () => {
    const lossy = { name: '', program: 'tanh(z + 1) - tanh(1)', from: -0.01, to: 0.01 }
    const { value } = await measure(compiler, lossy, generator(1), POINTS)
    expect(value.units).toBeGreaterThan(MOST)
  })
})
