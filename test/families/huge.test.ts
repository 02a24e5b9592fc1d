/** Programs of families that are too large, and that are only large: what is refused is refused at once. */
import { describe, expect, test } from 'vitest'
import { growth, work } from '../support/work.ts'
import { type Compiled, compile } from '../../src/compile.ts'
import { LONG } from '../support/campaign.ts'

const LAYERS = `dim L = 4, H = 3
input x[H]
target y[H]
param W[l][H, H] for l in 1..L`
const BLOCK = `a[0] = x
for l in 1..L {
  a[l] = tanh(W[l] @ a[l-1])
}`
const LOSS = 'loss E = squarederror(a[L], y)'
const lines = (...parts: string[]): string => parts.join('\n')

/** Steps until a program that would not end is refused, which are a second or two. */
const REFUSED = 1e8
const BLOCKS = LONG ? 3000 : 1000

describe('no input is too much', () => {
  /** What may pass, or be refused. */
  const ALLOWED = [
    'a billion extents without values',
    'a billion empty steps',
    'a million million empty steps',
    'a million blocks of no steps',
    'a step that doubles',
    'thousands of blocks',
    'indices that are deep',
    'indices of indices',
  ]
  const huge: [string, string][] = [
    ['a billion steps', lines(LAYERS, 'a[0] = x', 'for l in 1..1000000000 { a[l] = a[l-1] }', LOSS)],
    ['10^300 steps', lines(LAYERS, 'a[0] = x', 'for l in 1..10^300 { a[l] = a[l-1] }', LOSS)],
    [
      'steps over the whole numbers',
      lines(LAYERS, 'a[0] = x', 'for l in 9007199254740993..9007199254740994 { a[l] = a[0] }', LOSS),
    ],
    ['a billion steps back', lines(LAYERS, 'a[0] = x', 'for l in 1000000000..1 { a[l] = a[0] }', LOSS)],
    ['a billion empty steps', lines('param w', 'for l in 1..1000000000 {', '}', 'loss E = w')],
    [
      'a million million steps',
      lines(
        'param w',
        'for s in 1..1000000 {',
        'for t in 1..1000000 { a[s, t] = w }',
        '}',
        'loss E = a[1, 1]',
      ),
    ],
    [
      'a million million empty steps',
      lines('param w', 'for s in 1..1000000 {', 'for t in 1..1000000 {', '}', '}', 'loss E = w'),
    ],
    [
      'a million blocks of no steps',
      lines('param w', 'for s in 1..1000000 {', 'for t in 1..0 { a[s, t] = w }', '}', 'loss E = w'),
    ],
    [
      'twenty blocks of ten steps',
      lines(
        'param w',
        ...Array.from({ length: 20 }, (_, i) => `for i${i} in 1..10 {`),
        `a[${Array.from({ length: 20 }, (_, i) => `i${i}`).join(', ')}] = w`,
        ...Array.from({ length: 20 }, () => '}'),
        'loss E = w',
      ),
    ],
    ['a billion parameters', lines('param w[l] for l in 1..1000000000', 'loss E = w[1]')],
    [
      'a million million parameters',
      lines('param w[s, t] for s in 1..1000000, t in 1..1000000', 'loss E = w[1, 1]'),
    ],
    ['a billion inputs', lines('input x[t][3] for t in 1..10^9', 'param w[3]', 'loss E = dot(w, x[1])')],
    ['a billion extents', lines('dim n[0..1000000000] = 3', 'param w[n[0]]', 'loss E = sum(w)')],
    ['a billion extents without values', lines('dim n[0..1000000000]', 'param w[n[0]]', 'loss E = sum(w)')],
    [
      'a step that doubles',
      lines(
        'param w',
        'a[0] = w',
        'for l in 1..200 { a[l] = a[l-1] * a[l-1] + sin(a[l-1]) * a[l-1] }',
        'loss E = a[200]',
      ),
    ],
    [
      'thousands of blocks',
      lines(
        'param w',
        'a[0] = w',
        ...Array.from({ length: BLOCKS }, (_, i) => `for l in ${i + 1}..${i + 1} { a[l] = sin(a[l-1]) }`),
        `loss E = a[${BLOCKS}]`,
      ),
    ],
    [
      'an error in each of many steps',
      lines(
        'param w',
        ...Array.from({ length: 50 }, (_, i) => `for t in 1..1000 { a${i}[t] = q${i} }`),
        'loss E = w',
      ),
    ],
    [
      'indices that are deep',
      lines(
        LAYERS,
        'a[0] = x',
        `for l in 1..L { a[l] = W[l] @ a[${'('.repeat(300)}l-1${')'.repeat(300)}] }`,
        LOSS,
      ),
    ],
    [
      'indices of indices',
      lines('dim n[0..3] = 1, 2, 3, 1', `param w[${'n['.repeat(200)}0${']'.repeat(200)}]`, 'loss E = sum(w)'),
    ],
    ['an index with a huge power', lines(LAYERS, BLOCK, 'loss E = sum(a[9^9^9^9])')],
  ]
  test.each(huge)('%s', (name, text) => {
    let compiled: Compiled | undefined
    const steps = work(() => {
      compiled = compile(text, { target: 'js' })
    })
    expect(steps).toBeLessThan(REFUSED)
    const errors = compiled!.diagnostics.filter(({ severity }) => severity === 'error')
    expect(errors.filter(({ code }) => code === 'internal-error')).toEqual([])
    if (!ALLOWED.includes(name)) expect(errors, 'it is refused').not.toEqual([])
    expect(compiled!.code === undefined).toBe(errors.length > 0)
    expect(errors.length, 'as few sentences as there are mistakes').toBeLessThanOrEqual(50)
  })

  test('what is refused is refused at its range', () => {
    const text = 'param w\na[0] = w\nfor l in 1..1000000000 { a[l] = a[l-1] }\nloss E = a[5]'
    const [first, ...rest] = compile(text).diagnostics
    expect(text.slice(0, first!.span.start).split('\n')).toHaveLength(3)
    expect(rest, 'nothing follows from it').toEqual([])
  })

  test('many steps are work in proportion to their number', () => {
    const program = (T: number): string =>
      lines(
        `dim T = ${T}, H = 8`,
        'input x[t][H] for t in 1..T',
        'target y[H]',
        'param U[H, H], V[H, H]',
        'h[0] = zeros(H)',
        'for t in 1..T { h[t] = tanh(U @ h[t-1] + V @ x[t]) }',
        'loss E = squarederror(h[T], y)',
      )
    const compiled = (T: number): void => {
      const { code, diagnostics } = compile(program(T))
      expect(diagnostics).toEqual([])
      expect(code).toBeDefined()
    }
    expect(growth(compiled, 100)).toBeLessThan(2.2)
  })
})
