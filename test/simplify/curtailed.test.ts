/** What is told where the budget of simplification ends before the program does. */
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'

const codes = (source: string): readonly string[] => analyse(source).diagnostics.map(({ code }) => code)

/** Steps of Sinkhorn's algorithm (Cuturi, Sinkhorn distances, 2013): quotients of sums of quotients. */
const balanced = (steps: number): string => `
dim T = ${steps}
input a[4] : simplex, b[5] : simplex
param C[4, 5]
hyper eps = 0.1
K = exp(-C / eps)
v[0] = ones(5)
for t in 1..T {
  u[t] = a / (K @ v[t-1])
  v[t] = b / (K.T @ u[t])
}
P = diag(u[T]) @ K @ diag(v[T])
loss W = sum(P * C)
`

test('formulas that may be longer than they need be are said to be', () => {
  expect(codes(balanced(2))).toEqual([])
  expect(codes(balanced(10))).toEqual(['curtailed'])
})
