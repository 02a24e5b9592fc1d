/** What products with derivatives cost, in operations, however they are spelled: no Jacobian and no Hessian is filled out for them. */
import { describe, expect, test } from 'vitest'
import { analyse, compile } from '../src/compile.ts'
import { routineOperations } from '../src/schedule/growth.ts'
import type { Program } from '../src/schedule/index.ts'
import { operations } from '../src/schedule/operations.ts'
import { layOut } from '../src/schedule/workspace.ts'

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

/** Of a program in which all lengths are N: its operations, and the numbers in the workspace of its module. */
function grown(N: number, ...lines: string[]): { readonly operations: number; readonly memory: number } {
  let program: Program | undefined
  const source = `dim N = ${N}\ninput x[N], y[N], W[N, N], V[N, N], w[N]\n${lines.join('\n')}\n`
  const { diagnostics } = compile(source, {
    formulas: false,
    target: 'js',
    observe: (stage, result) => {
      if (stage === 'schedule') program = result as Program
    },
  })
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  const { slots } = layOut(program!.routines)
  return {
    operations: routineOperations(program!.routines[0]!) as number,
    memory: slots.reduce((sum, { size }) => sum + (size as number), 0),
  }
}

describe('the diagonal of a Hessian, and its trace', () => {
  const DIAGONALS = ['diag(d(d(J, w), w))', 'trace(d(d(J, w), w))']
  const N = 40

  test.each([
    'sum(exp(w * x) * w)',
    'sum((W @ w)^2)^2',
    'sum(log(1 + exp(-y * (W @ w))))',
    'logsumexp(w * x) * sum(w^2)',
    'norm(w)^3 + sum(w)^4',
    'sum(100 * (w[i+1] - w[i]^2)^2 + (1 - w[i])^2 for i in 1..N-1)',
    'sum(w[i]^3 * w[i+2] * x[i] for i in 1..N-2)',
  ])('of J = %s grow as J does, and stand in as many numbers as w', (J) => {
    const own = grown(N, `J = ${J}`, 'output J')
    for (const product of DIAGONALS) {
      const found = grown(N, `J = ${J}`, `g = ${product}`, 'output g')
      expect(found.operations).toBeLessThanOrEqual(8 * own.operations)
      expect(found.memory).toBeLessThanOrEqual(8 * N)
    }
  })

  test.each([
    'sum((tanh(V @ tanh(W @ (w * x))) - y)^2)',
    'sum(1 / (1 + (w[i] - w[j])^2) for i in 1..N, j in 1..N where j < i)',
    'logdet(W @ W.T + outer(w, w) + 3 * eye(N))',
  ])('of J = %s take no more than J for each entry, in as many numbers as a matrix', (J) => {
    const own = grown(N, `J = ${J}`, 'output J')
    for (const product of DIAGONALS) {
      const found = grown(N, `J = ${J}`, `g = ${product}`, 'output g')
      expect(found.operations).toBeLessThanOrEqual(6 * N * own.operations)
      expect(found.memory).toBeLessThanOrEqual(8 * N * N)
    }
  })

  test('of a Jacobian too', () => {
    const f = 'f = tanh(W @ tanh(V @ w))'
    const own = grown(N, f, 'output f')
    for (const product of ['trace(d(f, w))', 'diag(d(f, w))']) {
      const found = grown(N, f, `g = ${product}`, 'output g')
      expect(found.operations).toBeLessThanOrEqual(3 * own.operations)
      expect(found.memory).toBeLessThanOrEqual(8 * N)
    }
  })
})

test.each(['trace(d(d(J, w), w))', 'diag(d(d(J, w), w))', 'v.T @ d(d(J, w), w) @ v'])(
  '%s of what is separable takes the diagonal alone',
  (product) => {
    const own = cost('J = sum(exp(w * x) * w)', 'output J')
    expect(cost('J = sum(exp(w * x) * w)', `g = ${product}`, 'output g')).toBeLessThanOrEqual(3 * own)
  },
)
