import { describe, expect, it } from 'vitest'
import type { Operator } from '../../src/graph/operator.ts'
import { doubles, random } from '../../src/interpret/index.ts'
import { operators as language, running } from '../../src/ops/index.ts'
import { brokenLaws } from './laws.ts'
import { mutants } from './mutants.ts'
import { references } from './references.ts'
import { LONG } from '../support/campaign.ts'

/** Those of the language, and those that only code knows. */
const operators = new Map<string, Operator>([...language, ...running.map((op) => [op.name, op] as const)])

/** Whether the values are those of the reference, where there is one: up to the reference's own rounding. */
function brokenReference(op: Operator): string[] {
  const reference = references[op.name]
  if (!reference || op.kind === 'matrix' || op.kind === 'mask') return []
  const rng = random(`reference of ${op.name}`)
  const broken: string[] = []
  for (let i = 0; i < 30; i++) {
    const p = Array.from({ length: op.kind === 'pointwise' ? op.arity : 3 }, () => 0.05 + 3 * rng.uniform())
    if (op.notation.form === 'cases') p[0] = rng.integer(0, 1)
    const got =
      op.kind === 'pointwise'
        ? (op.kernel ?? op.meaning)(doubles, ...p)
        : (op.kernel ?? op.meaning)(doubles, p)
    const wanted = reference(...p)
    if (Number.isNaN(got) && Number.isNaN(wanted)) continue
    if (!(Math.abs(got - wanted) <= 3e-8 * (1 + Math.abs(wanted))))
      broken.push(`${op.name}: the value at ${p.join()} is ${got}, and not ${wanted}`)
  }
  return broken
}

describe('the operator table', () => {
  it('lists every operator under its own name', () => {
    for (const [name, op] of operators) expect(op.name).toBe(name)
  })
  for (const op of operators.values())
    it(`${op.name} keeps the laws`, () => expect([...brokenLaws(op), ...brokenReference(op)]).toEqual([]))
})

describe('a wrong record is caught', () => {
  // Each takes some hundred points: every third, and all in the long campaign.
  for (const { what, op } of mutants(operators).filter((_, i) => LONG || i % 3 === 0))
    // The laws, of one point each, are the quicker ones to ask.
    it(what, () => expect(brokenLaws(op, 1).length > 0 || brokenReference(op).length > 0).toBe(true))
})
