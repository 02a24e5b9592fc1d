/** Derivatives of tensors through matrix operators equal what the evaluator finds in forward mode, at 60 digits. */
import { describe, expect, it } from 'vitest'
import { expand } from '../../src/derive/expand.ts'
import { type Node, peel } from '../../src/graph/node.ts'
import { topological } from '../../src/graph/traverse.ts'
import { equalAtPoints } from '../../src/interpret/index.ts'
import { identities } from '../../src/simplify/index.ts'
import { lowered } from '../lower/lowered.ts'
import { LONG } from '../support/campaign.ts'

/** Of which each has up to 64 entries, each of them in forward mode. */
const POINTS = LONG ? 3 : 1
const HEAD = 'param A[3, 3], B[2, 2], b[3], c\n'
const DERIVATIVES: Record<string, number> = {
  'd(inv(A), A)': 4,
  'd(det(A), A)': 2,
  'd(det(A) * b, A)': 3,
  'd(outer(b, b) * det(A), A)': 4,
  'd(logdet(A @ A.T + eye(3)) * b, A)': 3,
  'd(inv(A) @ b, A)': 3,
  'd(b @ inv(A), A)': 3,
  'd(inv(A.T @ A + eye(3)) @ A.T, b)': 3,
  'd(inv(eye(3) * c + A), c)': 2,
  'd(inv(A @ A.T + eye(3))[1, 2], A)': 2,
  'd(d(det(A), A), A)': 4,
  'd(d(logdet(A @ A.T + eye(3)), A), A)': 4,
  'd(d(b @ inv(A) @ b, b), A)': 3,
  'd(d(b @ inv(A) @ b, A), b)': 3,
  'd(d(inv(B), B), B)': 6,
  'd(d(d(det(B), B), B), B)': 6,
}

const isDerivative = (n: Node): boolean => n.kind === 'derivative'

describe('the derivative of the calculus and forward mode agree on', () => {
  it.each(Object.entries(DERIVATIVES))('%s', async (text, rank) => {
    const { graph, network } = lowered(`${HEAD}D = ${text}\nloss J = sum(D)`)
    const written = network!.equations.find(({ name }) => name === 'D')!.node
    const taken = expand(graph, network!, identities(graph)).equations.find(({ name }) => name === 'D')!.node
    expect(isDerivative(peel(written))).toBe(true)
    expect(topological([taken]).some(isDerivative)).toBe(false)
    expect(taken.shape).toHaveLength(rank)
    const { verdict, points } = await equalAtPoints(written, taken, { seeds: POINTS })
    expect([verdict, points]).toEqual(['holds', POINTS])
  })
})
