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
  'exponentials that have names': [
    'named exponentials: softmax, squared error',
    'named exponentials: logistic by parts',
    'named exponentials: tanh by exponentials',
    'named exponentials: a gate of two',
    'named exponentials: free energy',
    'named exponentials: attention by parts',
  ],
  'sums of exponentials below a logarithm': [
    'log-sum-exp: of three by index',
    'log-sum-exp: weighted',
    'log-sum-exp: with a constant',
    'log-sum-exp: log-cosh',
    'log-sum-exp: a mixture of normals',
    'log-sum-exp: probability by a product',
    'powers: power mean',
  ],
  'squares that overflow or vanish': [
    'norms: hypotenuse',
    'norms: normalised',
    'norms: log of a norm',
    'norms: cosine similarity',
    'norms: pseudo-Huber',
    'norms: root mean square',
    'x·log x: thin plate',
    'powers: square over a square',
    'angles: of a ratio',
    '1 − eˣ and friends: inverse cosh',
    'masks: a maximum of a logarithm',
    'removable singularities: of a swing',
  ],
  'logarithms of complements and of differences': [
    'cross-entropies and focal losses: focal by cases',
    'cross-entropies and focal losses: ordered classes',
    '1 − eˣ and friends: by its factors',
  ],
  'powers at 0': ['powers: exponent from data'],
  'branches that are not taken': ['masks: a branch with a logarithm', 'masks: a branch with a root'],
  'differences to a constant': [
    '1 − eˣ and friends: 1 − e⁻ˣ',
    '1 − eˣ and friends: log(1 − e⁻ˣ)',
    '1 − eˣ and friends: inverse softplus',
    '1 − eˣ and friends: 1 − cos',
  ],
  'removable singularities': [
    'removable singularities: sine over x',
    'removable singularities: mean discount',
    'removable singularities: Box and Cox',
    'removable singularities: hyperbolic sine over x',
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
