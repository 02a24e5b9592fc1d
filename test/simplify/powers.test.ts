import { describe, expect, it } from 'vitest'
import { compile } from '../../src/compile.ts'
import { imported } from '../../src/modules.ts'
import { expectSameAt } from '../support/lengths.ts'

const [N, M] = [40, 36]
const program = (exponent: string, lines = ''): string => `
  dim N = ${N}, M${lines.includes('// open') ? '' : ` = ${M}`}
  ${lines}
  input x[M]
  param t[N]
  p[i] = sum(x[j] * t[i]^(${exponent}) for j in 1..M) for i in 1..N
  loss f = sum(p^2) / 2`

const EXPONENTS: readonly (readonly [string, (j: number) => number])[] = [
  ['j - 1', (j) => j - 1],
  ['j', (j) => j],
  ['j + 2', (j) => j + 2],
  ['2 * j - 1', (j) => 2 * j - 1],
  ['M - j', (j) => M - j],
  ['M + 1 - j', (j) => M + 1 - j],
]

describe('powers whose exponents are positions are running products', () => {
  const bases = [
    0,
    1,
    -1,
    0.5,
    -0.75,
    1.25,
    -1.1,
    1e-200,
    ...Array.from({ length: N - 8 }, (_, i) => Math.sin(i + 1)),
  ]
  const weights = Array.from({ length: M }, (_, j) => Math.cos(3 * j))
  const total = (entry: (j: number) => number): number =>
    weights.reduce((sum, w, j) => sum + (w === 0 ? 0 : w * entry(j + 1)), 0)

  it.each(EXPONENTS)('x^(%s): the loss and the gradient by the bases', async (text, exponent) => {
    const { code } = compile(program(text), { target: 'js', verify: true, formulas: false })
    const module = await imported(code!)
    const value = (t: number): number => total((j) => t ** exponent(j))
    const slope = (t: number): number =>
      total((j) => (exponent(j) === 0 ? 0 : exponent(j) * t ** (exponent(j) - 1)))
    const grads = module.zeros()
    const loss = module.backward({ t: Float64Array.from(bases) }, { x: Float64Array.from(weights) }, grads)
    const expected = bases.reduce((sum, t) => sum + value(t) ** 2 / 2, 0)
    expect(Math.abs((loss as number) - expected)).toBeLessThan(1e-12 * expected)
    bases.forEach((t, i) => {
      const gradient = value(t) * slope(t)
      const error = Math.abs((grads.t as Float64Array)[i]! - gradient)
      expect(error, `x = ${t}`).toBeLessThanOrEqual(1e-10 * Math.abs(gradient))
    })
  })

  it('the power function is not called', () => {
    const { code } = compile(program('j + 2'), { target: 'js', formulas: false })
    expect(code).toContain('export function step')
    expect(code).not.toContain('Math.pow')
  })

  it.each(EXPONENTS.slice(0, 4))('x^(%s) of any length', async (text) => {
    expect(await expectSameAt(program(text, '// open'), [{ M: 1 }, { M: 2 }, { M: 9 }])).toBe(true)
  })
})
