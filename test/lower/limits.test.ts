/** Large, deep and hostile programs: lowering stays linear, or ends with a diagnostic. */
import { describe, expect, test } from 'vitest'
import { work } from '../support/work.ts'
import { lowered } from './lowered.ts'
import { LONG } from '../support/campaign.ts'

const repeat = (count: number, line: (i: number) => string, separator: string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join(separator)

/** A length that `npm test` makes do with a part of. */
const many = (length: number): number => (LONG ? length : length / 2)

/** The codes of the errors, and the work until then. */
function tried(text: string): { errors: string[]; steps: number } {
  let errors: string[] = []
  const steps = work(() => {
    const { diagnostics } = lowered(text)
    errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)
  })
  return { errors, steps }
}

/** Steps for each character of a program; those below take less than half of it. */
const EACH = 1000
/** Steps until a program is refused that would expand without end. */
const REFUSED = 1e8

describe('large programs', () => {
  test.each<[string, string]>([
    ['a sum of thousands of terms', `param w\nloss J = ${repeat(many(50_000), () => 'w', ' + ')}`],
    [
      'a sum of tensors of several shapes',
      `param A[3, 3], b[3]\nloss J = sum(${repeat(many(20_000), (i) => (i % 2 ? 'A' : 'b'), ' - ')})`,
    ],
    [
      'a product of thousands of factors',
      `param w[3]\nloss J = sum(${repeat(many(40_000), (i) => (i % 3 ? 'w' : '1'), ' * ')})`,
    ],
    [
      'a product of unit matrices',
      `param w[3, 3]\nloss J = sum(w * ${repeat(many(10_000), () => 'eye(3)', ' * ')})`,
    ],
    ['a chain of matrix products', `param w[3, 3]\nloss J = sum(${repeat(many(20_000), () => 'w', ' @ ')})`],
    ['a chain of transposes', `param w[3, 3]\nloss J = sum(w${'.T'.repeat(many(20_000))})`],
    ['deep brackets', `param w\nloss J = ${'(1 + w * '.repeat(900)}w${')'.repeat(900)}`],
    ['deep calls', `param w\nloss J = ${'relu('.repeat(900)}w${')'.repeat(900)}`],
    [
      'thousands of equations',
      `param w[4]\na0 = w\n${repeat(many(20_000), (i) => `a${i + 1} = tanh(a${i} * w + ${i})`, '\n')}\nloss J = sum(a${many(20_000)})`,
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
    const { errors, steps } = tried(text)
    expect(errors).toEqual([])
    expect(steps).toBeLessThan(EACH * text.length)
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
      'layers that nest calls too deep',
      `param w[2]\nfn f0(v) = v\n${repeat(100, (i) => `fn f${i + 1}(v) = f${i}(v)`, '\n')}\nlayer l(D) {\n  param b[D]\n  l(x[D]) = f100(x) + b\n}\nlayer a = l(2)\nloss J = sum(a(w))`,
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
      `param w\nloss J = w + ${repeat(many(30_000), (i) => `0.${1000000007 + i}`, ' * ')}`,
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
    [
      'arguments of a function of any number',
      `param w\nc = stack(${repeat(100, () => 'w', ', ')})\nloss J = sum(c)`,
      'over-limit',
    ],
  ])('%s', (_, text, code) => {
    const { errors, steps } = tried(text)
    expect(new Set(errors)).toEqual(new Set([code]))
    expect(steps).toBeLessThan(REFUSED)
  })

  test('many mistakes are told quickly', () => {
    const { errors, steps } = tried(
      `${repeat(many(10_000), (i) => `a${i} = zork${i} + 1`, '\n')}\nloss J = a1`,
    )
    expect(errors.length).toBe(1000)
    expect(steps).toBeLessThan(REFUSED)
  })
})
