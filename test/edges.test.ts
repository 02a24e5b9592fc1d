/**
 * Formulas as people write them, hunted at the edges: emitted code loses no digits there that high precision has. What is known to lose
 * some stands in one list, by its cause; what is mended must leave it.
 */
import { describe, expect, it } from 'vitest'
import { spellings } from '../bench/accuracy/spellings.mjs'
import { seeds } from './support/campaign.ts'
import { hunted, isOrdinary } from './support/hunting.ts'
import { randomNetwork } from './support/random-network.ts'

/** About a third of the effort of `check`. */
const BUDGET = 15_000

/** Not yet mended, by the cause. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'squares that overflow or vanish, at 1e160 and 1e-170': [
    'norms: normalised',
    'norms: log of a norm',
    'norms: cosine similarity',
    'norms: pseudo-Huber',
    'norms: root mean square',
    'x·log x: thin plate',
    'powers: square over a square',
    '1 − eˣ and friends: survival',
    'removable singularities: cosine and its parabola',
    'differences of functions: a root of a quadratic',
    'differences of functions: distance in a hyperbolic plane',
  ],
  'products and powers that overflow': [
    'powers: power mean',
    'masks: a branch with a logarithm',
    'masks: a maximum of a logarithm',
    'removable singularities: of a swing',
    'determinants: of a form',
  ],
}
const known = new Set(Object.values(KNOWN).flat())

describe('at the edges', () => {
  it.each(spellings.map((s) => [`${s.kind}: ${s.name}`, s] as const))('%s', async (name, { program }) => {
    const found = await hunted(program, { budget: BUDGET })
    if (known.has(name))
      expect(found, `${name} is mended: take it from the list of what is known`).not.toEqual([])
    else expect(found).toEqual([])
  })

  it('what is known is among them', () => {
    expect([...known].filter((name) => !spellings.some((s) => `${s.kind}: ${s.name}` === name))).toEqual([])
  })
})

describe('random programs', () => {
  it.each(seeds(4, 1).map((seed) => randomNetwork(seed, { size: 3, derivatives: seed % 3 === 0 })))(
    '$name',
    async ({ source }) => {
      expect(await hunted(source, { budget: BUDGET / 3, only: isOrdinary })).toEqual([])
    },
  )
})
