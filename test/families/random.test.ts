/** Random family programs and their flat twins: the same losses and gradients, right by the independent judges. */
import { describe, test } from 'vitest'
import { seeds } from '../support/campaign.ts'
import { expand } from './expand.ts'
import { randomFamilies } from './random-families.ts'
import { checkProgram, compareTwins } from './support.ts'

describe('random families', () => {
  for (const seed of seeds(5)) {
    const { name, source, dims } = randomFamilies(seed)
    test(name, async () => {
      await compareTwins(source, dims, [`${seed}`])
      if (seed % 4 !== 0) return
      await checkProgram(expand(source, dims).text, {}, `${seed}`)
      await checkProgram(source, dims, `${seed}`)
    })
  }
})
