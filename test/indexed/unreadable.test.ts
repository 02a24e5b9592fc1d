/** Recurrences without a formula for a general index, of more members than anybody reads. */
import { expect, it } from 'vitest'
import { analyse } from '../../src/compile.ts'

const alignment = (n: number): string => `
dim N = ${n}, M = ${n}
input x[N], y[M]
param g = 1 : positive
r[0, 0] = 0
for i in 1..N { r[i, 0] = 1000 }
for j in 1..M { r[0, j] = 1000 }
for i in 1..N, j in 1..M {
  r[i, j] = (x[i] - y[j])^2 * g - log(exp(-r[i-1, j]) + exp(-r[i, j-1]) + exp(-r[i-1, j-1]))
}
loss J = r[N, M]
`

const read = (n: number): ReturnType<typeof analyse> =>
  analyse(alignment(n), { filename: 'alignment.net', recurrences: true, kept: 3 })

it('is told, with the way out', () => {
  const { mathematics, recurrent, diagnostics } = read(100)
  expect([mathematics, recurrent]).toEqual([undefined, undefined])
  expect(diagnostics.map(({ code, message, hint }) => [code, message, hint])).toEqual([
    [
      'members-unreadable',
      expect.stringMatching(/cannot be given for a general index .*written out they are of 10000 members\./u),
      expect.stringContaining('--unroll'),
    ],
  ])
})

it('few are read, the rows one by one', () => {
  const { recurrent, diagnostics } = read(3)
  expect(diagnostics).toEqual([])
  expect(recurrent!.network.equations.map((e) => e.name)).toContain('r_1[i]')
})
