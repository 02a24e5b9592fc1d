/** What products with derivatives cost, in operations, however they are spelled: no Jacobian and no Hessian is filled out for them. */
import { describe, expect, test } from 'vitest'
import { analyse } from '../src/compile.ts'
import { operations } from '../src/schedule/operations.ts'

const HEAD = 'input x[12], y[12], v[12], W[12, 12], V[12, 12]\nparam w[12]\n'

function cost(...lines: string[]): number {
  const { mathematics, diagnostics } = analyse(`${HEAD}${lines.join('\n')}\n`)
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  return operations([mathematics!.simplified.network.outputs.at(-1)!.node])!
}

const PRODUCTS = [
  'd(f, x) @ v',
  'v @ d(f, x)',
  'sum(d(f, x) * v, axis=2)',
  'd(f, x).T @ v',
  'v.T @ d(f, x) @ v',
  'd(dot(f, v), x)',
]

describe.each([
  'tanh(V @ tanh(W @ x))',
  'softmax(W @ x) * sin(x)',
  'exp(-x^2) * x',
  'W @ (x / norm(x))',
  'cumsum(sin(x))',
])('of f = %s', (f) => {
  test.each(PRODUCTS)('%s takes at most three times f', (product) => {
    const own = cost(`f = ${f}`, 'output f')
    expect(cost(`f = ${f}`, `g = ${product}`, 'output g')).toBeLessThanOrEqual(3 * own)
  })
})

describe.each([
  'sum((tanh(V @ tanh(W @ (w * x))) - y)^2)',
  'sum(exp(w * x) * w)',
  'sum((W @ w)^2)^2',
  'sum(log(1 + exp(-y * (W @ w))))',
  'sum(100 * (w[i+1] - w[i]^2)^2 + (1 - w[i])^2 for i in 1..11)',
])('of J = %s', (J) => {
  test.each([
    'd(d(J, w), w) @ v',
    'v @ d(d(J, w), w)',
    'd(dot(d(J, w), v), w)',
    'sum(d(d(J, w), w) * v, axis=2)',
    '(d(d(J, w), w) + 2 * eye(12)) @ v',
  ])('%s takes at most six times J', (product) => {
    const own = cost(`J = ${J}`, 'output J')
    expect(cost(`J = ${J}`, `g = ${product}`, 'output g')).toBeLessThanOrEqual(6 * own)
  })
})

test.each(['trace(d(d(J, w), w))', 'diag(d(d(J, w), w))', 'v.T @ d(d(J, w), w) @ v'])(
  '%s of what is separable takes the diagonal alone',
  (product) => {
    const own = cost('J = sum(exp(w * x) * w)', 'output J')
    expect(cost('J = sum(exp(w * x) * w)', `g = ${product}`, 'output g')).toBeLessThanOrEqual(3 * own)
  },
)
