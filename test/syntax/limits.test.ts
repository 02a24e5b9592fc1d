import { describe, expect, test } from 'vitest'
import { growth } from '../support/work.ts'
import { CHAIN, FILE_LENGTH, INDICES, NESTING, STATEMENT_TOKENS } from '../../src/syntax/limits.ts'
import { parse } from '../../src/syntax/parse.ts'

const codes = (text: string) =>
  parse(text)
    .diagnostics.toArray()
    .map(({ code }) => code)
const nested = (depth: number) => 'z = ' + '('.repeat(depth) + 'a' + ')'.repeat(depth)

describe('limits', () => {
  test.each([
    ['brackets', nested(NESTING), nested(NESTING + 1)],
    ['brackets, far over', nested(1), nested(10_000)],
    [
      'calls',
      'z = ' + 'f('.repeat(NESTING) + 'a' + ')'.repeat(NESTING),
      'z = ' + 'f('.repeat(NESTING + 1) + 'a',
    ],
    ['signs', `z = ${'-'.repeat(CHAIN)}a`, `z = ${'-'.repeat(100_000)}a`],
    ['powers', 'z = a' + '^a'.repeat(CHAIN), 'z = a' + '^a'.repeat(CHAIN + 1)],
    [
      'signs between brackets',
      `z = ${'-('.repeat(NESTING / 2)}a${')'.repeat(NESTING / 2)}`,
      'z = ' + '-('.repeat(NESTING),
    ],
    [
      'blocks',
      'for l in 1..2 {\n'.repeat(INDICES) + '}'.repeat(INDICES),
      'for l in 1..2 {\n'.repeat(INDICES + 1) + '}'.repeat(INDICES + 1),
    ],
    [
      'indices of a block',
      'for l in 1..2' + ', l in 1..2'.repeat(INDICES - 1) + ' {\n}',
      'for l in 1..2' + ', l in 1..2'.repeat(INDICES) + ' {\n}',
    ],
    [
      'indices of a block and of its equations',
      'for l in 1..2 {\na[l] = 1 for l in 1..2' + ', l in 1..2'.repeat(INDICES - 2) + '\n}',
      'for l in 1..2 {\na[l] = 1 for l in 1..2' + ', l in 1..2'.repeat(INDICES - 1) + '\n}',
    ],
    [
      'indices of a reduction',
      'z = sum(a for l in 1..2' + ', l in 1..2'.repeat(INDICES - 1) + ')',
      'z = sum(a for l in 1..2' + ', l in 1..2'.repeat(10_000) + ')',
    ],
    ['words that negate', `z = ${'not '.repeat(CHAIN)}a`, `z = ${'not '.repeat(100_000)}a`],
    ['a sum', 'z = a' + ' + a'.repeat(50_000), 'z = a' + ' + a'.repeat(STATEMENT_TOKENS / 2)],
  ])('%s: the last that passes, the first that does not', (_, passes, fails) => {
    expect(codes(passes)).toEqual([])
    expect(codes(fails)).toEqual(['over-limit'])
  })

  test('a file', () => {
    expect(codes(' '.repeat(FILE_LENGTH))).toEqual([])
    expect(codes(' '.repeat(FILE_LENGTH + 1))).toEqual(['over-limit'])
  })

  test('a name', () => {
    expect(codes('a'.repeat(200) + ' = 1')).toEqual([])
    expect(codes('a'.repeat(100_000) + ' = 1')).toEqual(['over-limit'])
  })

  test('numbers', () => {
    expect(codes(`z = 0.${'1'.repeat(390)} + 1e400`)).toEqual([])
    expect(codes(`z = 0.${'1'.repeat(400)} + 1e401 + 1e99999999999`)).toEqual([
      'over-limit',
      'over-limit',
      'over-limit',
    ])
  })

  test('a statement over the limit does not hide the next one', () => {
    const { program } = parse('z = a' + ' + a'.repeat(STATEMENT_TOKENS) + '\nloss J = 1')
    expect(program.statements.map(({ kind }) => kind)).toEqual(['loss'])
    expect(program.broken.map(({ names }) => names)).toEqual([['z']])
  })
})

describe('work grows with the text, not with its square', () => {
  // Each text is hostile to some way of parsing.
  const texts: [string, (n: number) => string][] = [
    ['equations', (n) => Array.from({ length: n }, (_, i) => `z${i + 1} = tanh(w * z${i} + b)`).join('\n')],
    ['terms', (n) => 'z = a' + ' + a'.repeat(n)],
    ['arguments', (n) => 'z = f(a' + ', a'.repeat(n) + ')'],
    ['comments that never close', (n) => '/*\n'.repeat(n)],
    ['brackets that never close', (n) => '(\n'.repeat(n)],
    ['lines in an open bracket', (n) => 'z = (\n' + 'a[b\n'.repeat(n)],
    ['declarations', (n) => 'param a' + ',\na'.repeat(n)],
    ['characters that mean nothing', (n) => '?'.repeat(n)],
    ['bidirectional controls', (n) => '\u202e'.repeat(n)],
    ['reductions', (n) => 'z = 1' + ' + sum(a[i] for i in 1..2 where i < 2 and not i == 1)'.repeat(n)],
    ['conditions', (n) => 'z = where(a < b' + ' and a < b or b < a'.repeat(n) + ', 1, 2)'],
    ['parts', (n) => 'z = a' + '[1..2, :]'.repeat(n)],
    ['lines that begin with for', (n) => 'a = 1\nfor i in 1..2\n'.repeat(n)],
    ['heads that go on and on', (n) => 'a = 1\n' + 'for i in 1..2,\n'.repeat(n)],
    ['a head of many lines', (n) => 'a[i] = 1\nfor i in 1..(2 +\n' + '2 +\n'.repeat(n)],
    ['doc comments', (n) => '/// a\n'.repeat(n) + 'a = 1'],
  ]
  test.each(texts)('%s', (_, text) => {
    expect(growth((n) => parse(text(n)), 4000)).toBeLessThan(2.1)
  })
})
