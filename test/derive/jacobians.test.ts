/** Derivatives of tensors through matrix operators equal what the evaluator finds in forward mode, at 60 digits. */
import { describe, expect, it } from 'vitest'
import { expand } from '../../src/derive/expand.ts'
import type { Equation } from '../../src/graph/network.ts'
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

const SCALARS = [
  'sum(exp(b * c) * cumsum(b^2))',
  'logdet(A @ A.T + outer(b, b) + eye(3)) * b[1]',
  'max(b) * norm(A @ b) + sum(where(b > 0, b^3, b[1] * b))',
]
const PRODUCTS = [
  'd(d(f, b), b) @ v',
  'v @ d(d(f, b), b)',
  'v @ H @ A',
  '(v @ H) @ (H @ v)',
  'd(dot(g, v), b)',
  'd(sum(2 * g * v * c), b)',
  'd(dot(g, b), b)',
  'd(sum(d(f, A) * outer(v, v)), A)',
  'd(sum(d(f, A) @ v), A)',
  'd(v @ H @ v, b)',
]

describe.each(SCALARS)('products with the Hessian of %s', (f) => {
  it.each(PRODUCTS)('%s', async (product) => {
    const program = `${HEAD}input v[3]\nf = ${f}\ng = d(f, b)\nH = d(g, b)\nD = ${product}\nloss J = sum(D)`
    const { graph, network } = lowered(program)
    const of = (equations: readonly Equation[]): Node => equations.find(({ name }) => name === 'D')!.node
    const taken = of(expand(graph, network!, identities(graph)).equations)
    const { verdict, points } = await equalAtPoints(of(network!.equations), taken, { seeds: POINTS })
    expect([verdict, points]).toEqual(['holds', POINTS])
  })
})
