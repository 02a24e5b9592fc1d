/** Random family programs and their flat twins: the same losses and gradients, right by the independent judges. */
import { describe, test } from 'vitest'
import { expand } from './expand.ts'
import { randomFamilies } from './random-families.ts'
import { checkProgram, compareTwins } from './support.ts'

/** How many programs; `FUZZ=500 npx vitest run test/families` looks longer, `FUZZ_FROM` elsewhere. */
const COUNT = Number(process.env['FUZZ'] ?? 5)
const FROM = Number(process.env['FUZZ_FROM'] ?? 0)

describe('random families', () => {
  for (let seed = FROM; seed < FROM + COUNT; seed++) {
    const { name, source, dims } = randomFamilies(seed)
    test(name, async () => {
      await compareTwins(source, dims, [`${seed}`])
      if (seed % 4 !== 0) return
      await checkProgram(expand(source, dims).text, {}, `${seed}`)
      await checkProgram(source, dims, `${seed}`)
    })
  }
})
