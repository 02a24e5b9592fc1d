import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { LONG, seeds } from '../support/campaign.ts'
import { randomFamilies } from './random-families.ts'
import { agreesWrittenOut, workspace } from './written-out.ts'

const recurrent = (turns: number, batch = ''): string => `dim T = ${turns}, D = 2, H = 3
${batch}
param W[H, D], U[H, H], U2[H, H], b[H], V[1, H]
input x[t][D] for t in 1..T
target y[1]
h[-1] = zeros(H)
h[0] = ones(H)
for t in 1..T { h[t] = tanh(W @ x[t] + U @ h[t-1] + U2 @ h[t-2] + b) }
p = V @ h[T]
output p
loss E = squarederror(p, y)
`

const memory = (turns: number): string => `dim T = ${turns}, H = 3
param Wi[H, H], Wf[H, H], Wg[H, H], Ui[H, H], Uf[H, H], Ug[H, H]
input x[t][H] for t in 1..T
target y[t][H] for t in 1..T
h[0] = zeros(H)
c[0] = zeros(H)
E[0] = 0
for t in 1..T {
  i[t] = sigmoid(Wi @ x[t] + Ui @ h[t-1])
  f[t] = sigmoid(Wf @ x[t] + Uf @ h[t-1])
  g[t] = tanh(Wg @ x[t] + Ug @ h[t-1])
  c[t] = f[t] * c[t-1] + i[t] * g[t]
  h[t] = tanh(c[t])
  E[t] = E[t-1] + squarederror(h[t], y[t])
}
output h[T]
loss J = E[T] / T
`

/** Loops over segments: their variable is `s`. */
const segmented = (code: string): boolean => /for \(let s\$? = /.test(code)

describe('states that are kept now and then', () => {
  for (const [name, source] of [
    ['two steps back', recurrent(21)],
    ['a batch', recurrent(14, 'batch B')],
    ['gates, judged at every step', memory(17)],
  ] as const)
    for (const checkpoint of LONG ? ([true, 1, 2, 3, 5, 7] as const) : ([true, 3] as const))
      // Where segments end is no matter of precision.
      for (const precision of checkpoint === true ? (['f64', 'f32'] as const) : (['f64'] as const))
        test(`${name}, a segment of ${checkpoint}, ${precision}`, () => {
          expect(segmented(agreesWrittenOut(source, { checkpoint, precision }).code)).toBe(true)
        })

  test('layers that are updated one by one', () => {
    const { code } = agreesWrittenOut(
      `dim L = 14, D = 3
param W[l][D, D] for l in 1..L
input x[D]
target y[D]
a[0] = x
for l in 1..L { a[l] = tanh(W[l] @ a[l-1]) }
loss E = squarederror(a[L], y)
`,
      { checkpoint: true },
    )
    expect(segmented(code)).toBe(true)
  })

  test('the workspace grows with the square root of the number of steps', () => {
    const size = (turns: number, checkpoint: true | undefined): number =>
      workspace(compile(recurrent(turns), { target: 'js', checkpoint }).code!)
    const all = size(100, undefined) - size(25, undefined)
    expect(all).toBeGreaterThan(75 * 3)
    // √100 − √25 = 5 more turns in a segment, and as many more segments.
    expect(size(100, true) - size(25, true)).toBeLessThan(5 * 40)
  })

  test('random families', () => {
    let found = 0
    for (const i of seeds(3, 13))
      if (segmented(agreesWrittenOut(randomFamilies(`segments ${i}`), { checkpoint: 1 + (i % 3) }).code))
        found++
    expect(found).toBeGreaterThan(0)
  })

  test('where there is no recurrence it is said', () => {
    const { code, diagnostics } = compile(
      'input x[3]\ntarget y[2]\nparam W[2, 3]\nz = W @ x\nloss E = squarederror(z, y)\n',
      { checkpoint: true },
    )
    expect(code).toBeDefined()
    expect(diagnostics.map((d) => d.code)).toEqual(['no-checkpoint'])
  })
})
