/** Worked examples: the rows, their order, and their numbers. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { derive } from '../src/derivatives.ts'
import { type Nested, type Value, nested, randomPoint } from '../src/interpret/index.ts'
import { namesOf, toText } from '../src/print/index.ts'
import { type Step, traced } from '../src/trace.ts'
import { seeds } from './support/campaign.ts'
import { randomNetwork } from './support/random-network.ts'

const example = (name: string): string =>
  readFileSync(new URL(`../examples/${name}.net`, import.meta.url), 'utf8')

const rowsOf = (steps: readonly Step[]): [string, string, Nested<number>][] =>
  steps.map(({ left, right, value }) => [toText(left), right ? toText(right) : '', nested(value)])

function trace(text: string, values: Readonly<Record<string, Value>>) {
  const program = traced(text)
  expect(program.diagnostics).toEqual([])
  return program.at(values)
}

test('the text that works with numbers, to the last bit of a double', () => {
  const { forward, backward } = trace(example('worked'), {
    x: [0.5, 0.1],
    t: [0.8],
    W1: [
      [0.1, 0.2],
      [0.3, 0.4],
    ],
    W2: [[0.5], [0.6]],
  })
  expect(rowsOf(forward)).toEqual([
    ['z_h', 'xW₁', [0.08, 0.14]],
    ['h', 'σ(z_h)', [0.5199893401555818, 0.5349429451582145]],
    ['ŷ', 'hW₂', [0.5809604371727196]],
    ['L', '½‖ŷ − t‖²', 0.023989165041783066],
  ])
  expect(rowsOf(backward)).toEqual([
    ['δ_ŷ', 'ŷ − t', [-0.21903956282728043]],
    ['∂L/∂W₂', 'hᵀδ_ŷ', [[-0.11389823774252467], [-0.11717366884499315]]],
    ['δ_h', 'δ_ŷ W₂ᵀ', [-0.10951978141364022, -0.13142373769636825]],
    ['δ_{z_h}', 'δ_h ⊙ h ⊙ (1 − h)', [-0.02733618412695284, -0.032695464802835514]],
    [
      '∂L/∂W₁',
      'xᵀδ_{z_h}',
      [
        [-0.01366809206347642, -0.016347732401417757],
        [-0.0027336184126952844, -0.0032695464802835516],
      ],
    ],
  ])
})

test('one neuron after another: from the loss backwards, each parameter with the equation that uses it', () => {
  const { backward } = trace(example('scalar'), { x: 0.5, y: 0, w1: 1, b1: 0.1, w2: 0.2, b2: 0 })
  expect(rowsOf(backward).map(([name]) => name)).toEqual(
    ['ŷ', 'z₂', 'w₂', 'b₂', 'a₁', 'z₁', 'w₁', 'b₁'].map((name) => `∂J/∂${name}`),
  )
})

test('what is given, hyperparameters by their defaults, open dims by the lengths of the values', () => {
  const program = 'dim D\ninput x[D]\nparam w[D]\nhyper c = 0.5\nloss L = c * dot(w, x)'
  const { given, forward } = trace(program, { x: [1, 2, 3], w: [4, 5, 6] })
  expect(rowsOf(given)).toEqual([
    ['x', '', [1, 2, 3]],
    ['w', '', [4, 5, 6]],
    ['c', '', 0.5],
  ])
  expect(rowsOf(forward).at(-1)![2]).toBe(16)
})

test('an equation that no parameter reaches, or that the loss does not need, is in the forward pass alone', () => {
  const { forward, backward } = trace(
    'input x\ntarget y\nparam w\ns = x / 2\nu = w * s\nv = u + 1\noutput v\nloss L = (u - y)^2',
    { x: 4, y: 1, w: 3 },
  )
  expect(rowsOf(forward).map(([name, , value]) => [name, value])).toEqual([
    ['s', 2],
    ['u', 6],
    ['v', 7],
    ['L', 25],
  ])
  expect(rowsOf(backward)).toEqual([
    ['∂L/∂u', '2(u − y)', 10],
    ['∂L/∂w', '2(u − y)·s', 20],
  ])
})

test('values that are missing or do not fit', () => {
  const program = traced('input x[2]\nparam w[2]\nloss L = dot(w, x)')
  expect(() => program.at({ x: [1, 2] })).toThrow(/no value is given for the param w/)
  expect(() => program.at({ x: [1, 2, 3], w: [1, 2] })).toThrow(/x does not have the shape \[2\]/)
})

test.each(seeds(4, 1))('random network %i: the gradients are those of the library', (seed) => {
  const { source } = randomNetwork(seed, { size: 2 + (seed % 5), families: false, batch: false })
  const program = traced(source)
  const { network } = program
  const roots = network!.equations.map(({ node }) => node)
  const { point } = randomPoint(roots, seed)
  const values = Object.fromEntries<Value>([
    ...[...point.values].map(([name, t]) => [name, nested(t) as Value] as const),
    ...point.dims,
  ])
  const { backward } = program.at(values)
  const rows = new Map(backward.map(({ left, value }) => [toText(left), value]))
  const params = network!.params.map(({ symbol }) => symbol)
  const derivatives = derive(source, { wrt: params.map((symbol) => symbol.name) })
  expect(derivatives).toHaveLength(params.length)
  params.forEach((symbol, k) => {
    const name = toText(namesOf(network!).of(symbol.name))
    const found = rows.get(`∂${toText(namesOf(network!).of(network!.loss!.name))}/∂${name}`)
    expect(found, name).toBeDefined()
    const expected = [derivatives[k]!.evaluate(values)].flat(9) as number[]
    expected.forEach((x, i) => {
      if (Number.isFinite(x))
        expect(Math.abs(found!.data[i]! - x)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(x)))
    })
  })
})

describe('families', () => {
  const program = `dim T = 2
param u, v[l, k] for l in 0..1, k in 1..2
input x[t] for t in 1..T
h[0] = v[0, 1] + v[0, 2] + v[1, 1] + 10 * v[1, 2]
for t in 1..T { h[t] = u * h[t-1] + x[t] }
loss E = h[T]^2
`
  const v = [
    [1, 2],
    [3, 4],
  ]

  test('have lists of values, from their first index', () => {
    const { forward, given: values } = trace(program, { u: 2, v, x: [0.5, 0.25] })
    expect(rowsOf(values).map(([name, , value]) => [name, value])).toEqual([
      ['x⁽¹⁾', 0.5],
      ['x⁽²⁾', 0.25],
      ['u', 2],
      ['v⁽⁰˒¹⁾', 1],
      ['v⁽⁰˒²⁾', 2],
      ['v⁽¹˒¹⁾', 3],
      ['v⁽¹˒²⁾', 4],
    ])
    expect(rowsOf(forward).map(([, , value]) => value)).toEqual([46, 92.5, 185.25, 185.25 ** 2])
  })

  test.each([
    [{ u: 2, v, x: [1, 2, 3] }, 'the value of x is not a list of 2'],
    [{ u: 2, v, x: 1 }, 'the value of x is not a list of 2'],
    [{ u: 2, v: [[1], [3, 4]], x: [1, 2] }, 'the value of v[0] is not a list of 2'],
  ])('%j does not fit', (values, told) => {
    expect(() => traced(program).at(values)).toThrow(told)
  })
})
