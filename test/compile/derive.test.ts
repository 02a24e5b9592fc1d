import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ProgramError, derive } from '../../src/derivatives.ts'

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8')
const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [value as number])

describe('the worked example, in the numbers of the text', () => {
  const point = {
    x: [0.5, 0.1],
    t: [0.8],
    W1: [
      [0.1, 0.2],
      [0.3, 0.4],
    ],
    W2: [[0.5], [0.6]],
  }
  test.each([
    ['W1', [-0.01366809206347642, -0.016347732401417757, -0.0027336184126952844, -0.0032695464802835516]],
    ['W2', [-0.11389823774252467, -0.11717366884499315]],
    ['ŷ', [-0.21903956282728043]],
    ['h', [-0.10951978141364022, -0.13142373769636825]],
  ])('∂L/∂%s', (name, expected) => {
    const [derivative] = derive(example('worked.net'), { wrt: [name] })
    const found = flat(derivative!.evaluate(point))
    expect(found).toHaveLength(expected.length)
    found.forEach((value, i) => expect(Math.abs(value / expected[i]! - 1)).toBeLessThan(1e-14))
  })
})

test('formulas, in the order that is asked for', () => {
  const found = derive(example('scalar.net'), { wrt: ['b2', 'w1', 'x'] })
  expect(found.map(({ name, of, shape }) => [name, of, shape])).toEqual([
    ['b2', 'J', []],
    ['w1', 'J', []],
    ['x', 'J', []],
  ])
  expect(found[1]!.toText()).toBe('−(y − ŷ)·w₂·a₁(1 − a₁)·x')
  expect(found[1]!.toLatex()).toBe('-(y - \\hat{y}) \\cdot w_2 \\cdot a_1 (1 - a_1) \\cdot x')
  expect(found[1]!.evaluate({ x: 1, y: 1, w1: 0, b1: 0, w2: 1, b2: 0 })).toBe(-0.125)
})

test('error terms stand beside them', () => {
  const [first] = derive(example('classifier-softmax.net'))
  expect(first!.toText()).toBe('δ₁xᵀ')
  expect(first!.errorTerms.map((term) => `${term.name} = ${term.toText()}`)).toContain('δ₂ = a₂ − y')
})

test('a family stands for its members', () => {
  const text = 'input x\nparam w[l] for l in 1..3\na = w[1] * w[2] * x + w[3]\nloss J = a^2'
  expect(derive(text, { wrt: ['w'] }).map(({ name }) => name)).toEqual(['w[1]', 'w[2]', 'w[3]'])
})

test('of an equation: Jacobians', () => {
  const [jacobian] = derive('dim N = 2\ninput x[N]\nparam w[N]\nz = w * x\nloss J = sum(z)', {
    of: 'z',
    wrt: ['w'],
  })
  expect(jacobian!.shape).toEqual([2, 2])
  expect(jacobian!.evaluate({ x: [3, 4], w: [0, 0] })).toEqual([
    [3, 0],
    [0, 4],
  ])
})

test('of an equation through an inverse', () => {
  const program = 'input b[2]\nparam A[2, 2]\nz = inv(A) @ b\nloss J = sum(z)'
  const [jacobian] = derive(program, { of: 'z', wrt: ['A'] })
  // ∂zᵢ/∂Aⱼₖ = −(A⁻¹)ᵢⱼ·zₖ
  expect(jacobian!.evaluate({ A: [2, 0, 0, 4], b: [2, 8] })).toEqual([
    [
      [-0.5, -1],
      [-0, -0],
    ],
    [
      [-0, -0],
      [-0.25, -0.5],
    ],
  ])
})

test('open dims are read off the values', () => {
  const [dX] = derive('dim N, D\ninput G[N, D]\nparam X[N, D]\nloss J = sum(G * X) / N', { wrt: ['X'] })
  expect(dX!.shape).toEqual(['N', 'D'])
  expect(
    dX!.evaluate({
      G: [
        [2, 4],
        [6, 8],
      ],
      X: [
        [0, 0],
        [0, 0],
      ],
    }),
  ).toEqual([
    [1, 2],
    [3, 4],
  ])
})

test('hypers have their defaults', () => {
  const [d] = derive('hyper c = 3\nparam w\nloss J = c * w')
  expect(d!.evaluate({ w: 1 })).toBe(3)
  expect(d!.evaluate({ w: 1, c: 5 })).toBe(5)
})

describe('what is wrong is said', () => {
  test('with the program', () => {
    expect(() => derive('loss J = v')).toThrow(ProgramError)
    expect(() => derive('loss J = v', { filename: 'p.net' })).toThrow('p.net:1:10: error[unknown-name]')
    expect(() => derive(example('scalar.net'), { wrt: ['w3'] })).toThrow('called `w3`')
    expect(() => derive(example('two-layer.net'), { wrt: ['W11'] })).toThrow('did you mean')
  })

  test('with the values', () => {
    const [d] = derive('dim N = 2\ninput x[N], A[N, N]\nparam w[N]\nloss J = dot(w, A @ x)')
    const A = [1, 2, 3, 4]
    expect(d!.evaluate({ x: [1, 1], A, w: [0, 0] })).toEqual([3, 7])
    expect(() => d!.evaluate({ A, w: [0, 0] })).toThrow(new RangeError('no value is given for the input x'))
    expect(() => d!.evaluate({ x: [1], A })).toThrow('the value of x does not have the shape [2]')
    expect(() => d!.evaluate({ x: [[1], [2]], A })).toThrow('the value of x does not have the shape [2]')
    expect(() => derive('fn f(v)\nparam w\nloss J = f(w)')[0]!.evaluate({ w: 1 })).toThrow('no body')
  })
})
