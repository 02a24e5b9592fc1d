/** Random programs with derivatives in them, through the whole compiler, checked against forward mode and differences. */
import { describe, expect, it } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { checkGradients, checkText, passes } from '../../src/interpret/index.ts'
import { randomNetwork } from '../support/random-network.ts'

/** How many programs; `FUZZ=200 npx vitest run test/fuzz` looks longer, `FUZZ_FROM` elsewhere. */
const COUNT = Number(process.env['FUZZ'] ?? 24)
const FROM = Number(process.env['FUZZ_FROM'] ?? 0)

describe('gradients of random programs with derivatives', () => {
  for (let seed = FROM; seed < FROM + COUNT; seed++) {
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
