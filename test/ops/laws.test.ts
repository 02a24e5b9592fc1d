import { describe, expect, it } from 'vitest'
import type { Operator } from '../../src/graph/operator.ts'
import { operators as language, running } from '../../src/ops/index.ts'
import { brokenLaws } from './laws.ts'
import { mutants } from './mutants.ts'
import { LONG } from '../support/campaign.ts'

/** Those of the language, and those that only code knows. */
const operators = new Map<string, Operator>([...language, ...running.map((op) => [op.name, op] as const)])

describe('the operator table', () => {
  it('lists every operator under its own name', () => {
    for (const [name, op] of operators) expect(op.name).toBe(name)
  })
  for (const op of operators.values())
    it(`${op.name} keeps the laws`, () => expect(brokenLaws(op)).toEqual([]))
})

describe('a wrong record is caught', () => {
  // Each takes some hundred points: every third, and all in the long campaign.
  for (const { what, op } of mutants(operators).filter((_, i) => LONG || i % 3 === 0))
    it(what, () => expect(brokenLaws(op, 1)).toHaveLength(1))
})
