/** Random programs with derivatives in them, through the whole compiler, checked against forward mode and differences. */
import { describe, expect, it } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { checkGradients, checkText, passes } from '../../src/interpret/index.ts'
import { seeds } from '../support/campaign.ts'
import { randomNetwork } from '../support/random-network.ts'

describe('gradients of random programs with derivatives', () => {
  for (const seed of seeds(8)) {
    const { name, source } = randomNetwork(seed, { size: 1 + (seed % 4), families: false, derivatives: true })
    it(name, async () => {
      const { mathematics, diagnostics } = analyse(source, { verify: true })
      expect(mathematics, `${diagnostics.map((d) => d.message).join('\n')}\n${source}`).toBeDefined()
      const options = { seeds: [`${seed}`], entries: 4, budget: 400_000 }
      for (const c of await checkGradients(mathematics!.written, options))
        expect(passes(c), `${checkText(c)}\n${source}`).toBe(true)
    })
  }
})
