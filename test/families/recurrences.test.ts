/** Networks of known lengths: recurrences as loops from the start, against all steps written out. */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openLengths } from '../../src/emit/lengths.ts'
import { imported } from '../../src/modules.ts'
import { everyNth, seeds } from '../support/campaign.ts'
import { compiled, expectSame } from '../support/lengths.ts'
import { randomFamilies } from './random-families.ts'

async function both(source: string, dims: Record<string, number> = {}): Promise<void> {
  const [kept, written] = [compiled(source, dims, 1), compiled(source, dims, Infinity)]
  expect(kept.code === undefined, source).toBe(written.code === undefined)
  if (kept.code === undefined || written.code === undefined) return
  // Lengths that are open are those of parameters.
  const { batch } = written.network!
  const lengths = openLengths(written.network!).filter((name) => name !== batch)
  if (lengths.length > 0) return both(source, Object.fromEntries(lengths.map((name) => [name, 3])))
  expectSame(await imported(kept.code), await imported(written.code), written.network!, 'both')
}

const folder = new URL('./', import.meta.url)
// The others: `open.test.ts`.
const files = everyNth(
  readdirSync(folder).filter((file) => file.endsWith('.net')),
  2,
  1,
)

describe('the networks of this folder', () => {
  test.each(files)('%s', async (file) => {
    await both(readFileSync(new URL(file, folder), 'utf8'))
  })
})

describe('random networks', () => {
  for (const seed of seeds(6)) {
    const { name, source } = randomFamilies(seed)
    test(name, () => both(source))
  }
})
