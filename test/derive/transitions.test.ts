/** Jacobians between members at a general index are, at every index, those of the unrolled network. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import type { Recurrent } from '../../src/derive/recurrent.ts'
import { openExtent } from '../../src/graph/extent.ts'
import { nameAt } from '../../src/graph/member.ts'
import { memberSymbol } from '../../src/graph/reindex.ts'
import { doubles, evaluateAll, expandRecurrences, pointFor } from '../../src/interpret/index.ts'
import { recurrentFormulas, textLine } from '../../src/print/index.ts'

const folder = new URL('../cases/depths/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(`${file}.net`, folder), 'utf8')
const DEPTH = 4

const general = (text: string, of: string, wrt: string): ReturnType<typeof analyse> =>
  analyse(text, { of, wrt: [wrt], recurrences: true })

/** Its one Jacobian, as a family J of its index. */
function asFamily(recurrent: Recurrent): Recurrent {
  const [{ symbol, cases }] = recurrent.gradients as [Recurrent['gradients'][0]]
  const at = openExtent(cases[0]!.range!.index)
  return {
    ...recurrent,
    gradients: [
      { symbol: memberSymbol('input', 'J', at, symbol.shape), cases: cases.map((c) => ({ ...c, at })) },
    ],
  }
}

describe('at every index the unrolled Jacobian', () => {
  test.each([
    ['deep', 'L', 'z[l+1]', 'z[l]', 3],
    ['deep', 'L', 'z[l+2]', 'z[l]', 2],
    ['deep', 'L', 'a[l]', 'a[l-1]', 3],
    ['deep', 'L', 'z[l]', 'W[l]', 4],
    ['deep', 'L', 'z[l]', 'z[l+1]', 3],
    ['deep', 'L', 'z[l+1]', 'W[l]', 3],
    ['deep', 'L', 'z[l+2]', 'b[l]', 2],
    ['deep', 'L', 'z[l]', 'y', 4],
    ['residual', 'L', 'h[l]', 'h[l-1]', 3],
    ['order-two', 'T', 'h[t]', 'h[t-2]', 2],
    ['order-two', 'T', 'h[t]', 'x[t]', 4],
    ['order-two', 'T', 'h[t+3]', 'x[t]', 1],
    ['order-two', 'T', 'h[t]', 'x[t+1]', 3],
    ['rnn', 'T', 'h[t+1]', 'x[t]', 3],
    ['lstm', 'T', 'h[t]', 'c[t-1]', 3],
    ['lstm', 'T', 'c[t+1]', 'h[t]', 3],
    ['two-families', 'L', 'v[l]', 'u[l-1]', 3],
    ['two-families', 'L', 'u[l]', 'v[l]', 4],
  ] as const)('%s, %s: ∂%s/∂%s', (file, depth, of, wrt, count) => {
    const text = read(file)
    const { recurrent, diagnostics } = general(text, of, wrt)
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
    const dims = new Map([[depth, DEPTH]])
    const index = depth === 'L' ? 'l' : 't'
    const { written } = analyse(text, { dims }).mathematics!
    const point = pointFor(written, 1)
    const { equations } = written.network
    const all = evaluateAll(
      equations.map((e) => e.node),
      point.values,
      doubles,
      { dims: point.dims },
    )
    const values = new Map([...point.values, ...equations.map((e) => [e.name, all.get(e.node)!] as const)])
    const found = expandRecurrences(asFamily(recurrent!), new Map([...dims, ...point.dims]), values)
    expect(found.size).toBe(count)
    for (const [name, mine] of found) {
      const k = Number(name.slice(2, -1))
      const unrolled = analyse(text, { dims, of: nameAt(of, index, k), wrt: [nameAt(wrt, index, k)] })
      const [node] = unrolled.mathematics!.written.gradients.values()
      const wanted = evaluateAll([node!], point.values, doubles, { dims: point.dims }).get(node!)!
      expect(mine.data.length).toBe(wanted.data.length)
      mine.data.forEach((x, i) => expect(x).toBeCloseTo(wanted.data[i]!, 12))
    }
  })
})

test.each([
  ['deep', 'z[l+1]', 'z[l]', '∂z⁽ˡ⁺¹⁾/∂z⁽ˡ⁾ = W⁽ˡ⁺¹⁾ diag(a⁽ˡ⁾ ⊙ (1 − a⁽ˡ⁾))   (l = 1, …, L − 1)'],
  ['abstract', 'z[l+1]', 'z[l]', '∂z⁽ˡ⁺¹⁾/∂z⁽ˡ⁾ = W⁽ˡ⁺¹⁾ diag(σ′(z⁽ˡ⁾))   (l = 1, …, L − 1)'],
  ['rnn', 'h[t]', 'h[t-1]', '∂h⁽ᵗ⁾/∂h⁽ᵗ⁻¹⁾ = diag(1 − (h⁽ᵗ⁾)²)U   (t = 2, …, T)'],
  [
    'order-two',
    'h[t]',
    'h[t-2]',
    '∂h⁽ᵗ⁾/∂h⁽ᵗ⁻²⁾ = diag(1 − (h⁽ᵗ⁾)²)(U diag(1 − (h⁽ᵗ⁻¹⁾)²)U + V)   (t = 3, …, T)',
  ],
] as const)('%s: ∂%s/∂%s is written %s', (file, of, wrt, line) => {
  const { graph, recurrent } = general(read(file), of, wrt)
  const { gradients, notes } = recurrentFormulas(graph, recurrent!)
  expect(gradients.map(textLine)).toEqual([line])
  expect(notes.join()).toContain('Rows of a Jacobian')
})

test('spaces in names do not matter', () => {
  const { graph, recurrent } = general(read('deep'), ' z[ l + 1 ]', 'z [l]')
  const { gradients, notes } = recurrentFormulas(graph, recurrent!)
  expect(textLine(gradients[0]!)).toContain('∂z⁽ˡ⁺¹⁾/∂z⁽ˡ⁾ = W⁽ˡ⁺¹⁾ diag')
  expect(notes.join()).toContain('Rows of a Jacobian')
})

test('sums run over letters that are not the index of a block', () => {
  const { graph, recurrent } = general(
    'dim L, D\ninput x[D]\nparam W[l][D, D] for l in 1..L\na[0] = x\n' +
      'for l in 1..L {\n  a[l] = relu(W[l] @ a[l-1])\n}\nloss J = sum(a[L])',
    'a[l]',
    'W[l]',
  )
  expect(textLine(recurrentFormulas(graph, recurrent!).gradients[0]!)).not.toContain('Σₗ')
})

test('a range may begin below zero', () => {
  const { graph, recurrent } = general(read('order-two'), 'h[t+3]', 'h[t+2]')
  expect(textLine(recurrentFormulas(graph, recurrent!).gradients[0]!)).toContain('(t = −1, …, T − 3)')
})

test('of the loss, parameters are named by their family or by its general member', () => {
  for (const wrt of ['W', 'W[l]', 'W[ l ]']) {
    const { graph, recurrent } = analyse(read('deep'), { wrt: [wrt], recurrences: true })
    expect(recurrentFormulas(graph, recurrent!).gradients.map(textLine)).toEqual([
      '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ   (l = 1, …, L)',
    ])
  }
})

test.each([
  ['z[L]', 'z[l]', 'no-recurrence', 'z[L] is at no known distance from z[l]'],
  ['z[l+40]', 'z[l]', 'no-recurrence', 'more than 16 indices'],
  ['z[l+17]', 'b[l]', 'no-recurrence', 'more than 16 indices'],
  ['z[l]', 'x', 'no-recurrence', 'z[l] depends on x through all earlier indices'],
  ['z[l]', 'W[1]', 'no-recurrence', 'W[1] is at no known distance from z[l]'],
  ['z[l', 'z[l]', 'unknown-quantity', '`z[l`'],
  ['z[l+1]', 'q[l]', 'unknown-quantity', '`q[l]`'],
  ['z[l+1]', 'W', 'unknown-quantity', '`W`'],
  ['w[l]', 'z[l]', 'unknown-quantity', '`w[l]`'],
  ['z[l][2]', 'z[l]', 'unknown-quantity', '`z[l][2]`'],
  ['z[]', 'z[l]', 'unknown-quantity', '`z[]`'],
])('∂%s/∂%s is refused', (of, wrt, code, told) => {
  const { recurrent, diagnostics } = general(read('deep'), of, wrt)
  expect(recurrent).toBeUndefined()
  expect(diagnostics.map((d) => d.code)).toEqual([code])
  expect(diagnostics[0]!.message).toContain(told)
})

test.each([
  ['rnn', 'h[t]', 'U'],
  ['rnn', 'h[t]', 'c'],
  ['encoder-decoder-reversed', 'g[t]', 'x'],
  ['two-families', 'v[l]', 'x'],
])('%s: ∂%s/∂%s is a sum over all earlier indices, and refused', (file, of, wrt) => {
  const { recurrent, diagnostics } = general(read(file), of, wrt)
  expect(recurrent).toBeUndefined()
  expect(diagnostics[0]!.message).toContain(`${of} depends on ${wrt} through all earlier indices`)
})
