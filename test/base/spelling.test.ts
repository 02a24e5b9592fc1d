import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { work } from '../support/work.ts'
import { editDistance, nearest } from '../../src/base/spelling.ts'
import { runs } from '../support/campaign.ts'

describe('nearest', () => {
  const known = ['sigmoid', 'softmax', 'sum', 'W1', 'W2', 'yhat', 'lambda']
  test.each([
    ['sigmiod', 'sigmoid'],
    ['softmx', 'softmax'],
    ['Sum', 'sum'],
    ['yhatt', 'yhat'],
    ['w1', 'W1'],
    ['lamdba', 'lambda'],
    ['q', undefined],
    ['W3', undefined],
    ['tanh', undefined],
    ['', undefined],
  ])('%s → %s', (name, expected) => expect(nearest(name, known)).toBe(expected))

  test('long names and many candidates cost little', () => {
    const long = ['a'.repeat(999_999)]
    expect(work(() => expect(nearest('a'.repeat(1_000_000), long)).toBeUndefined())).toBeLessThan(100_000)
    const many = Array.from({ length: 100_000 }, (_, i) => `candidate${i}`)
    expect(work(() => nearest('candidatx', many))).toBeLessThan(100_000)
  })
})

/** The textbook recurrence over the whole table. */
function plainDistance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  )
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const row = d[i]!
      row[j] = Math.min(
        d[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        d[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, d[i - 2]![j - 2]! + 1)
    }
  }
  return d[a.length]![b.length]!
}

test('the banded distance is the plain one, up to its bound', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 9 })
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 6 }), (a, b, bound) => {
      expect(editDistance(a, b, bound)).toBe(Math.min(bound, plainDistance(a, b)))
    }),
    { numRuns: runs(1000) },
  )
})
