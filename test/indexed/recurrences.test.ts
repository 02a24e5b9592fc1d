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
