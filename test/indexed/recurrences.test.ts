/** Random recurrences of any length: modules, derivatives through them, and formulas for a general index, against all steps written out. */
import { describe, expect, it } from 'vitest'
import { imported } from '../../src/modules.ts'
import { seeds } from '../support/campaign.ts'
import { compiled, expectSame, expectSameAt } from '../support/lengths.ts'
import { randomRecurrence } from '../support/random-recurrences.ts'

describe('modules for any length', () => {
  for (const seed of seeds(5))
    it(`randomRecurrence(${seed})`, async () => {
      const { source } = randomRecurrence(seed)
      expect(await expectSameAt(source, [{ N: 2, M: 3, T: 4 }]), source).toBe(true)
    })
})

describe('derivatives of the program', () => {
  for (const order of [1, 2])
    for (const seed of seeds(order === 1 ? 4 : 1))
      it(`of order ${order}: randomRecurrence(${seed}, ${order})`, async () => {
        const { source } = randomRecurrence(seed, order)
        const known = source.replace(/^dim ([TN])$/gm, 'dim $1 = 3').replace(/^dim M$/m, 'dim M = 2')
        const [kept, written] = [compiled(known, {}, 1), compiled(known, {}, Infinity)]
        expect(kept.code, source).toBeDefined()
        expectSame(await imported(kept.code!), await imported(written.code!), written.network!, `${seed}`)
      })
})

/** What a program predicts that names no output: a member by its family. */
const predicted = (source: string, unrolled: number): string[] | undefined =>
  compiled(source, {}, unrolled).network?.outputs.map(({ name }) => name.replace(/\[.*/, ''))

describe('the last equation is what is predicted, however the steps are computed', () => {
  it('of several families of a step', () => {
    const source = `dim T = 4
input u[T]
param k
y[0] = k
for t in 1..T {
  a[t] = k * y[t-1] + u[t]
  b[t] = tanh(a[t])
  y[t] = b[t] - a[t] / 2
}
loss J = y[T]^2`
    expect([1, Infinity].map((unrolled) => predicted(source, unrolled))).toEqual([['y'], ['y']])
  })
  for (const seed of seeds(6))
    it(`randomRecurrence(${seed})`, () => {
      const { source } = randomRecurrence(seed)
      const known = source
        .replace(/^dim ([TN])$/gm, 'dim $1 = 3')
        .replace(/^dim M$/m, 'dim M = 2')
        .replace(/^output .*$/m, '')
      expect(predicted(known, 1), source).toEqual(predicted(known, Infinity))
    })
})
