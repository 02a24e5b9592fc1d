import { describe, expect, test } from 'vitest'
import { networkName } from '../../src/lower/name.ts'
import { lowered, networkOf } from './lowered.ts'

describe('values of dims from outside', () => {
  const text = 'dim D = 3, H = 2 * D, T\nparam w[D, H], v[T]\nloss J = sum(w) + sum(v)'

  test('go before those in the file, and fix open ones', () => {
    const { dims, params } = networkOf(text, {
      dims: new Map([
        ['D', 5],
        ['T', 7],
      ]),
    })
    expect([...dims]).toEqual([
      ['D', 5],
      ['H', 10],
      ['T', 7],
    ])
    expect(params.map(({ symbol }) => symbol.shape)).toEqual([[5, 10], [7]])
  })

  test('replace a computed one alone', () => {
    expect([...networkOf(text, { dims: new Map([['H', 4]]) }).dims.values()].slice(0, 2)).toEqual([3, 4])
  })

  test.each([0, -1, 1.5, NaN, Infinity])('must be whole numbers of at least 1: %s', (value) => {
    const { diagnostics, network } = lowered(text, { dims: new Map([['D', value]]) })
    expect(network).toBeUndefined()
    expect(diagnostics.map(({ code }) => code)).toContain('bad-extent')
  })

  test.each([
    ['Dept', 'did you mean `Depth`? (there is Depth)'],
    ['w', 'there is Depth'],
  ])('of dims that are not there are reported, with those that are: %s', (name, hint) => {
    const text = 'dim Depth = 3\nparam w[Depth]\nloss J = sum(w)'
    const { diagnostics, network } = lowered(text, { dims: new Map([[name, 2]]) })
    expect(network).toBeUndefined()
    expect(diagnostics).toMatchObject([{ code: 'unknown-dim', option: 'dim', hint }])
  })
})

describe('the batch', () => {
  const text = 'batch B\ninput x\nparam w\nloss J = x * w'
  test.each([
    [undefined, 'B'],
    ['N', 'N'],
    [32, 32],
    ['none', undefined],
  ] as const)('%s', (batch, expected) => {
    expect(networkOf(text, batch === undefined ? {} : { batch }).batch).toBe(expected)
  })
  test('is none where nothing is said', () => {
    expect(networkOf('param w\nloss J = w').batch).toBeUndefined()
  })
})

describe('the name of a network', () => {
  test.each([
    ['mlp.net', 'Mlp'],
    ['two-layer_net.net', 'TwoLayerNet'],
    ['a/b\\some file.NET', 'SomeFile'],
    ['/x/y/classifier', 'Classifier'],
    ['3d.net', 'Network3d'],
    ['-', 'Network'],
    ['', 'Network'],
    ['été.net', 'Été'],
    ['a.b.net', 'AB'],
    ['evil"*${}.net', 'Evil'],
    ['constructor.net', 'Constructor'],
  ])('%s: %s', (file, name) => {
    expect(networkName(file)).toBe(name)
  })
  test('is that of the program, where it has one', () => {
    expect(networkOf('network Foo\nparam w\nloss J = w', { filename: 'bar.net' }).name).toBe('Foo')
  })
})

test('a program that did not parse has no network, whatever was understood', () => {
  expect(lowered('param w\nz = = 2\nloss J = w').network).toBeUndefined()
})
