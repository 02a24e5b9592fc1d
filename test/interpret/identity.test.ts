/** Polynomials in variables, sines, cosines and exponentials: equal everywhere, or not. */
import { describe, expect, test } from 'vitest'
import { random } from '../../src/base/random.ts'
import { analyse } from '../../src/compile.ts'
import { areIdentical } from '../../src/interpret/index.ts'
import { seeds } from '../support/campaign.ts'

const HEAD = 'dim N = 3\ninput x, y, z, v[N], A[N, N]\n'

function verdict(left: string, right: string): boolean | undefined {
  const { mathematics, diagnostics } = analyse(`${HEAD}w = ${left}\nu = ${right}\noutput w, u\nclaim w = u`)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  const [claim] = mathematics!.expanded.claims
  return areIdentical(claim!.left, claim!.right)
}

test.each([
  ['sin(x)^2 + cos(x)^2', '1'],
  ['sin(x + y)', 'sin(x) * cos(y) + cos(x) * sin(y)'],
  ['cos(3 * x)', '4 * cos(x)^3 - 3 * cos(x)'],
  ['sin(x)', '2 * sin(x / 2) * cos(x / 2)'],
  ['sin(x + pi / 2)', 'cos(x)'],
  ['exp(x - y) * exp(y)', 'exp(x)'],
  ['(x + y) * (x - y)', 'x^2 - y^2'],
  ['cos(v)^2', '(1 + cos(2 * v)) / 2'],
  [
    'det(A)',
    'A[1,1]*(A[2,2]*A[3,3] - A[2,3]*A[3,2]) - A[1,2]*(A[2,1]*A[3,3] - A[2,3]*A[3,1]) + A[1,3]*(A[2,1]*A[3,2] - A[2,2]*A[3,1])',
  ],
  ['det([[cos(x), -sin(x)], [sin(x), cos(x)]] @ [[y, z], [z, y]])', 'y^2 - z^2'],
  [
    '[[cos(x), -sin(x)], [sin(x), cos(x)]] @ [[cos(y), -sin(y)], [sin(y), cos(y)]]',
    '[[cos(x + y), -sin(x + y)], [sin(x + y), cos(x + y)]]',
  ],
  ['sum(d(sin(x * 2) * v, x))', '2 * cos(2 * x) * sum(v)'],
])('%s = %s', (left, right) => {
  expect(verdict(left, right)).toBe(true)
  expect(verdict(left, `(${right}) * (1 + x^3 / 1000000)`)).toBe(false)
})

test.each([
  ['log(exp(x))', 'y', undefined],
  ['x / (x + y)', '1 - y / (x + y)', undefined],
  ['sin(sin(x))', 'cos(x)', undefined],
  ['sin(x^2)', 'x', undefined],
  ['exp(x) * x', 'x', false],
  ['det(A)', 'det(-A)', false],
] as const)('%s = %s: %s', (left, right, expected) => expect(verdict(left, right)).toBe(expected))

describe('random polynomials in sines, multiplied out', () => {
  test.each(seeds(6))('%i', (seed) => {
    const r = random(`identity ${seed}`)
    const atom = (): string =>
      r.pick(['x', 'y', 'sin(x)', 'cos(x - y)', 'exp(2 * x)', 'cos(z)', '2', 'sin(2 * y + x)'])
    const factors = Array.from({ length: 3 }, () => [atom(), atom(), r.pick(['+', '-'])] as const)
    const product = factors.map(([a, b, sign]) => `(${a} ${sign} ${b})`).join(' * ')
    let terms: [string, string][] = [['', '1']]
    for (const [a, b, sign] of factors)
      terms = terms.flatMap(([s, t]): [string, string][] => [
        [s, `${t} * ${a}`],
        [sign === '-' ? (s === '-' ? '' : '-') : s, `${t} * ${b}`],
      ])
    const sum = terms
      .map(([s, t]) => `${s === '-' ? '-' : '+'} ${t}`)
      .join(' ')
      .replace(/^\+ /, '')
    expect(verdict(product, sum)).toBe(true)
    expect(verdict(product, `${sum} + cos(x) / 1000000`)).toBe(false)
  })
})
