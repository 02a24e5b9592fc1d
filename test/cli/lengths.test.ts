/** `check` of programs of open lengths judges the module that is built of them. */
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { checkLengths } from '../../src/cli/lengths.ts'
import { type Made, makerOf } from '../../src/modules.ts'

const RNN = `
dim T
batch B
input x[t][2] for t in 1..T
target y
param W[2, 2], U[2, 2], h0[2]
h[0] = h0
h[t] = tanh(W @ x[t] + U @ h[t-1]) for t in 1..T
loss J = (sum(h[T]) - y)^2`

const GRID = `
dim N, M
input x[N], y[M]
param w
c[0, 0] = 0
c[i, 0] = 1 for i in 1..N
c[0, j] = 1 for j in 1..M
c[i, j] = (w * x[i] - y[j])^2 - logsumexp([-c[i-1, j], -c[i, j-1], -c[i-1, j-1]]) for i in 1..N, j in 1..M
loss J = c[N, M]`

const LAYERS = `
dim L
input x[2]
target y[2]
param W[l][2, 2], b[l][2] for l in 1..L
a[0] = x
a[l] = tanh(W[l] @ a[l-1] + b[l]) for l in 1..L
loss J = squarederror(a[L], y)`

const built = async (source: string): Promise<Made> => (await makerOf(source, 'a.net')(new Map()))!
const analysedAs = (source: string) => analyse(source, { recurrences: true })

test.each([
  ['an RNN', RNN, ['W', 'U', 'h0'], true],
  ['a grid, which has no formulas for general indices', GRID, ['w'], false],
  ['layers', LAYERS, ['W', 'b'], true],
])('%s', async (_, source, params, formulas) => {
  const found = await checkLengths(source, {}, analysedAs(source), await built(source))
  expect(found.code.length).toBeGreaterThan(2)
  expect(found.formulas.length > 0).toBe(formulas)
  expect([...found.gradients.keys()]).toEqual(params)
  expect(found.loss).toBeLessThan(1e-12)
  for (const errors of found.gradients.values()) {
    expect(errors.code).toBeLessThan(1e-12)
    if (formulas) expect(errors.formulas).toBeLessThan(1e-12)
    else expect(errors.formulas).toBeUndefined()
  }
})

test('a module that is wrong from some length on is found', async () => {
  const made = await built(RNN)
  const wrong: Made = {
    ...made,
    module: {
      ...made.module,
      backward: (params, data, grads, hyper) => {
        const loss = made.module.backward(params, data, grads, hyper)
        if ((data.x as unknown[]).length > 2) (grads.U as Float64Array)[0]! += 1e-3
        return loss
      },
    },
  }
  const { gradients } = await checkLengths(RNN, {}, analysedAs(RNN), wrong)
  expect(gradients.get('U')!.code).toBeGreaterThan(1e-9)
  expect(gradients.get('W')!.code).toBeLessThan(1e-12)
})
