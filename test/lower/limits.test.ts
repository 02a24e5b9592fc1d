/** Large, deep and hostile programs: lowering stays linear, or ends with a diagnostic. */
import { describe, expect, test } from 'vitest'
import { lowered } from './lowered.ts'

const repeat = (count: number, line: (i: number) => string, separator: string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join(separator)

const errorsOf = (text: string): string[] =>
  lowered(text)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code)

describe('large programs', () => {
  test.each<[string, string]>([
    ['a sum of 50,000 terms', `param w\nloss J = ${repeat(50_000, () => 'w', ' + ')}`],
    [
      'a sum of tensors of several shapes',
      `param A[3, 3], b[3]\nloss J = sum(${repeat(20_000, (i) => (i % 2 ? 'A' : 'b'), ' - ')})`,
    ],
    [
      'a product of 40,000 factors',
      `param w[3]\nloss J = sum(${repeat(40_000, (i) => (i % 3 ? 'w' : '1'), ' * ')})`,
    ],
    [
      'a product of unit matrices',
      `param w[3, 3]\nloss J = sum(w * ${repeat(10_000, () => 'eye(3)', ' * ')})`,
    ],
    ['a chain of matrix products', `param w[3, 3]\nloss J = sum(${repeat(20_000, () => 'w', ' @ ')})`],
    ['a chain of transposes', `param w[3, 3]\nloss J = sum(w${'.T'.repeat(20_000)})`],
    ['deep brackets', `param w\nloss J = ${'(1 + w * '.repeat(900)}w${')'.repeat(900)}`],
    ['deep calls', `param w\nloss J = ${'relu('.repeat(900)}w${')'.repeat(900)}`],
    [
      '20,000 equations',
      `param w[4]\na0 = w\n${repeat(20_000, (i) => `a${i + 1} = tanh(a${i} * w + ${i})`, '\n')}\nloss J = sum(a20000)`,
    ],
    [
      '10,000 parameters',
      `${repeat(10_000, (i) => `param w${i}[3]`, '\n')}\nloss J = sum(${repeat(10_000, (i) => `w${i}`, ' + ')})`,
    ],
    [
      'functions that double',
      `param w\nfn f0(v) = v + 1\n${repeat(90, (i) => `fn f${i + 1}(v) = f${i}(v) + f${i}(v)`, '\n')}\nloss J = f90(w)`,
    ],
    [
      'powers that nobody writes out',
      'param w\nloss J = w * 2 ^ 1000000 + (1/3) ^ 99999999 + 2 ^ 2 ^ 2 ^ 2 ^ 2',
    ],
  ])('%s', (_, text) => {
    const start = performance.now()
    expect(errorsOf(text)).toEqual([])
    expect(performance.now() - start).toBeLessThan(15_000)
  })
})

describe('programs over a limit', () => {
  test.each<[string, string, string]>([
    [
      'functions that expand without end',
      `param w\nfn f0(v) = v\n${repeat(90, (i) => `fn f${i + 1}(v) = f${i}(sin(v)) + f${i}(tanh(v))`, '\n')}\nloss J = f90(w)`,
      'over-limit',
    ],
    [
      'functions that nest too deep',
      `param w\nfn f0(v) = v\n${repeat(2000, (i) => `fn f${i + 1}(v) = f${i}(v)`, '\n')}\nloss J = f2000(w)`,
      'over-limit',
    ],
    [
      'numbers that double their digits',
      `param w\nfn f(v) = v * v\nloss J = w * ${'f('.repeat(60)}3${')'.repeat(60)}`,
      'number-too-long',
    ],
    [
      'coefficients that double their digits',
      `param w\nfn f(v) = v * v\nloss J = ${'f('.repeat(60)}3 * w${')'.repeat(60)}`,
      'number-too-long',
    ],
    [
      'a product of long numbers',
      `param w\nloss J = w + ${repeat(30_000, (i) => `0.${1000000007 + i}`, ' * ')}`,
      'number-too-long',
    ],
    [
      'extents that are polynomials',
      'dim A, B, C, D, E = (A + B + C + D + 1) ^ 16\nparam w[E]\nloss J = sum(w)',
      'over-limit',
    ],
    [
      'extents that are long numbers',
      `dim E = ${repeat(1000, () => '9999999999999999', ' * ')}\nparam w[E]\nloss J = sum(w)`,
      'number-too-long',
    ],
    [
      'open extents with long factors',
      'dim T, E = T * 9007199254740993 * 9007199254740993\nparam w[E]\nloss J = sum(w)',
      'number-too-long',
    ],
  ])('%s', (_, text, code) => {
    const start = performance.now()
    expect(new Set(errorsOf(text))).toEqual(new Set([code]))
    expect(performance.now() - start).toBeLessThan(15_000)
  })

  test('many mistakes are told quickly', () => {
    const start = performance.now()
    const { diagnostics } = lowered(`${repeat(10_000, (i) => `a${i} = zork${i} + 1`, '\n')}\nloss J = a1`)
    expect(diagnostics.length).toBe(1000)
    expect(performance.now() - start).toBeLessThan(15_000)
  })
})
