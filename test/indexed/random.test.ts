/** Random programs with indices. */
import { describe, expect, test } from 'vitest'
import { seeds } from '../support/campaign.ts'
import type { ScheduleOptions } from '../../src/schedule/index.ts'
import { TUNING } from '../../src/schedule/tuning.ts'
import { differences } from '../support/direct/compared.ts'
import { judge, lossOf } from '../support/direct/index.ts'
import { randomIndexed } from '../support/direct/random-indexed.ts'

describe('the judge', () => {
  test.each(seeds(4))('its slopes are differences of its losses: randomIndexed(%i)', (seed) => {
    const { source, point } = randomIndexed(seed)
    const { gradients } = judge(source, point)
    for (const [name, values] of Object.entries(point.params)) {
      if (typeof values !== 'number') continue
      const at = (by: number): number =>
        lossOf(source, { ...point, params: { ...point.params, [name]: values + by } })
      // Central differences of two steps; their error of second order falls out.
      const slope = (h: number): number => (at(h) - at(-h)) / (2 * h)
      const wanted = (4 * slope(1e-4) - slope(2e-4)) / 3
      const found = gradients[name] as number
      expect(Math.abs(found - wanted), `${name}\n${source}`).toBeLessThan(
        1e-7 * Math.max(1, Math.abs(wanted)),
      )
    }
  })
})

/** Small cases take the paths of large ones. */
const LOOPS: readonly ScheduleOptions[] = [
  { precision: 'f64', mode: 'loops' },
  {
    precision: 'f64',
    mode: 'loops',
    tuning: {
      ...TUNING,
      tileFrom: 1,
      heavyNest: 1,
      heavySum: 1,
      cached: 0,
      unrolled: 1,
      packFrom: 1,
    },
  },
  { precision: 'f32', mode: 'loops', tuning: { ...TUNING, unrolled: 1 } },
]

describe('the compiler', () => {
  describe.each(seeds(12))('randomIndexed(%i)', (seed) => {
    const { source, point } = randomIndexed(seed)
    test('in loops, says what the judge says', async () => {
      const shape = LOOPS[seed % LOOPS.length]!
      for (const { what, relative } of await differences(source, point, shape))
        expect(relative, `${what}\n${source}`).toBeLessThan(shape.precision === 'f64' ? 1e-9 : 2e-3)
    })

    test('says what the judge says', async () => {
      // Every other one as formulas see it, with the steps of recurrences written out.
      const found = await differences(source, point, undefined, seed % 2 === 0 ? Infinity : undefined)
      for (const { what, relative } of found) expect(relative, `${what}\n${source}`).toBeLessThan(1e-9)
    })
  })
})
