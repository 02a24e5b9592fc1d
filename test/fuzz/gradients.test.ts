/** Random programs through the whole compiler up to simplified gradients, checked against the independent judges. */
import { describe, expect, it } from 'vitest'
import { ofWholeBatch } from '../../src/derive/whole-batch.ts'
import { checkGradients, checkText, passes } from '../../src/interpret/index.ts'
import { seeds } from '../support/campaign.ts'
import { stagesOf } from '../support/pipeline.ts'
import { randomNetwork } from '../support/random-network.ts'

describe('gradients of random programs with statistics of the batch', () => {
  for (const size of [1, 3, 6])
    for (const seed of seeds(2)) {
      const { name, source } = randomNetwork(seed, { size, families: false, statistics: true })
      it(name, async () => {
        const { graph, raw, simple } = stagesOf(source)
        const options = { seeds: [`${seed}`], entries: 5, budget: 500_000 }
        for (const [what, derived] of Object.entries({ raw, simple }))
          for (const c of await checkGradients(ofWholeBatch(graph, derived), options))
            expect(passes(c), `${what} ${checkText(c)}\n${source}`).toBe(true)
      })
    }
})

describe('gradients of random programs', () => {
  for (const size of [1, 4, 9])
    for (const seed of seeds(2)) {
      const { name, source } = randomNetwork(seed, { size, families: false })
      it(name, async () => {
        const { raw, simple } = stagesOf(source)
        const options = { seeds: [`${seed}`], entries: 5, budget: 500_000 }
        for (const c of await checkGradients(raw, options))
          expect(passes(c), `derived ${checkText(c)}\n${source}`).toBe(true)
        for (const c of await checkGradients(simple, options))
          expect(passes(c), `simplified ${checkText(c)}\n${source}`).toBe(true)
      })
    }
})
