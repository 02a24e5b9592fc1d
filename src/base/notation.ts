/**
 * The one precedence table, for the parser's documentation and for every printer. It is Python's, from loose to tight.
 * A printer gives each piece of text the level of its outermost operator and asks `paren` whether it needs brackets.
 */
export const LEVEL = {
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  sum: 5,
  product: 6,
  unary: 7,
  power: 8,
  /** call, index, transpose */
  postfix: 9,
  atom: 10,
} as const

export type Level = (typeof LEVEL)[keyof typeof LEVEL]

export interface Operator {
  readonly level: Level
  readonly associativity: 'left' | 'right' | 'none'
}

/** Infix operators by their ASCII spelling. */
export const INFIX = {
  or: { level: LEVEL.or, associativity: 'left' },
  and: { level: LEVEL.and, associativity: 'left' },
  '<': { level: LEVEL.comparison, associativity: 'none' },
  '<=': { level: LEVEL.comparison, associativity: 'none' },
  '>': { level: LEVEL.comparison, associativity: 'none' },
  '>=': { level: LEVEL.comparison, associativity: 'none' },
  '==': { level: LEVEL.comparison, associativity: 'none' },
  '!=': { level: LEVEL.comparison, associativity: 'none' },
  '+': { level: LEVEL.sum, associativity: 'left' },
  '-': { level: LEVEL.sum, associativity: 'left' },
  '*': { level: LEVEL.product, associativity: 'left' },
  '/': { level: LEVEL.product, associativity: 'left' },
  '@': { level: LEVEL.product, associativity: 'left' },
  '^': { level: LEVEL.power, associativity: 'right' },
} as const satisfies Record<string, Operator>

export type Infix = keyof typeof INFIX

/** A piece of printed text and the level of its outermost operator. */
export interface Piece {
  readonly text: string
  readonly level: number
}

/** The loosest level that may stand unbracketed at a place. */
export type Context = number

/** The place left of an infix operator. */
function leftOf(operator: Infix): Context {
  const { level, associativity } = INFIX[operator]
  return associativity === 'left' ? level : level + 1
}

/** The place right of an infix operator. The exponent of a power may be a sign: `x^-2` reads as `x^(-2)`. */
function rightOf(operator: Infix): Context {
  return operator === '^' ? LEVEL.unary : INFIX[operator].level + 1
}

/** The operand of a unary minus: `-x^2` is `-(x^2)`, and `-(a*b)` keeps its brackets. */
export const UNDER_MINUS: Context = LEVEL.unary
/** The operand of a `not`, which may be another one. */
export const UNDER_NOT: Context = LEVEL.not
/** What stands before `.T`, `[i]` or the brackets of a call. */
export const BEFORE_POSTFIX: Context = LEVEL.postfix
/** Inside brackets, or alone on a line: anything. */
export const ANYWHERE: Context = LEVEL.or

/** The text of a piece at a place, in brackets where it needs them. Printers of other notations pass their own brackets. */
export function paren(child: Piece, context: Context, open = '(', close = ')'): string {
  return child.level < context ? open + child.text + close : child.text
}

/** `left operator right` with the brackets that it needs, spaced as the language's own texts are. */
export function infix(operator: Infix, left: Piece, right: Piece): Piece {
  const space = operator === '^' ? '' : ' '
  const text = paren(left, leftOf(operator)) + space + operator + space + paren(right, rightOf(operator))
  return { text, level: INFIX[operator].level }
}
