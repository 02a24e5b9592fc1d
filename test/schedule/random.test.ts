import fc from 'fast-check'
import { describe, test } from 'vitest'
import { runs } from '../support/campaign.ts'
import { agrees } from './agrees.ts'
import { randomCase, tapes } from './random.ts'

describe('random graphs: the emitted module against the evaluator', () => {
  const batches = [undefined, 'B', 3, 1] as const
  for (const mode of ['loops', 'scalars'] as const)
    for (const precision of ['f64', 'f32'] as const)
      test(`${mode} ${precision}`, () => {
        fc.assert(
          fc.property(
            tapes,
            fc.constantFrom(...batches),
            fc.boolean(),
            fc.nat(),
            (tape, batch, open, seed) => {
              agrees(
                randomCase(tape, batch, open && mode === 'loops'),
                seed,
                precision,
                mode === 'scalars' ? 'auto' : mode,
              )
            },
          ),
          { numRuns: runs(12), endOnFailure: true },
        )
      })
})
