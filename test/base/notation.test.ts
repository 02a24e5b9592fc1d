import { expect, test } from 'vitest'
import { BEFORE_POSTFIX, infix, LEVEL, paren, UNDER_MINUS, type Piece } from '../../src/base/notation.ts'

const a: Piece = { text: 'a', level: LEVEL.atom }
const minus = (piece: Piece): Piece => ({ text: '-' + paren(piece, UNDER_MINUS), level: LEVEL.unary })

test.each([
  [infix('-', infix('-', a, a), a), 'a - a - a'],
  [infix('-', a, infix('-', a, a)), 'a - (a - a)'],
  [infix('*', infix('+', a, a), a), '(a + a) * a'],
  [infix('^', infix('^', a, a), a), '(a^a)^a'],
  [infix('^', a, infix('^', a, a)), 'a^a^a'],
  [infix('^', a, minus(a)), 'a^-a'],
  [infix('^', minus(a), a), '(-a)^a'],
  [minus(infix('^', a, a)), '-a^a'],
  [minus(infix('*', a, a)), '-(a * a)'],
  [infix('*', minus(a), a), '-a * a'],
  [infix('<', infix('+', a, a), infix('<', a, a)), 'a + a < (a < a)'],
])('%#', (piece, text) => expect(piece.text).toBe(text))

test('other brackets', () => {
  expect(paren(infix('+', a, a), BEFORE_POSTFIX, '\\left(', '\\right)') + '^\\top').toBe(
    '\\left(a + a\\right)^\\top',
  )
})
