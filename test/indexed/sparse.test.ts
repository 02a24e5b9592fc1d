/** Look-ups and extrema, whose adjoints touch what was looked up or picked, in all routines and shapes of loops. */
import { describe, expect, test } from 'vitest'
import type { ScheduleOptions } from '../../src/schedule/index.ts'
import { TUNING } from '../../src/schedule/tuning.ts'
import { everyNth } from '../support/campaign.ts'
import { differences } from '../support/direct/compared.ts'
import { dense, extremes, lookUps, pointOf, pools } from './sparse.ts'

const SHAPES: readonly ScheduleOptions[] = [
  { precision: 'f64', mode: 'loops' },
  { precision: 'f64', mode: 'auto' },
  { precision: 'f64', mode: 'loops', tuning: { ...TUNING, unrolled: 1, tileFrom: 1, packFrom: 1 } },
  { precision: 'f32', mode: 'loops', tuning: { ...TUNING, unrolled: 1 } },
]

const programs = [...lookUps(7), ...dense(7), ...extremes(5), ...pools]

// Of each two shapes of loops, in turn; all in the long campaign.
describe.each(programs.map(({ name, source }, i) => [name, source, i] as const))('%s', (_, source, i) => {
  const point = pointOf(source, 1)
  test.each(everyNth(SHAPES, 2, i % 2))('%s', async (shape) => {
    for (const { what, relative } of await differences(source, point, shape))
      expect(relative, what).toBeLessThan(shape.precision === 'f64' ? 1e-11 : 1e-4)
  })
})

test('a table that is longer than what is looked up', async () => {
  for (const { source } of lookUps(40))
    for (const { what, relative } of await differences(source, pointOf(source, 3), SHAPES[0]!))
      expect(relative, what).toBeLessThan(1e-11)
})
