import { type Rational, isOne, toNumber } from '../base/rational.ts'
import type { Elementary, Field, Relation } from '../graph/field.ts'
import {
  type Expression,
  add,
  binary,
  conditional,
  divide,
  math,
  minus,
  multiply,
  num,
  subtract,
} from './tree.ts'

const RELATION = { '<': '<', '<=': '<=', '>': '>', '>=': '>=', '=': '===', '!=': '!==' } as const

/** Program trees as a number system: an operator's meaning, evaluated in it, is the operator's code. */
export const expressions: Field<Expression> = {
  rational: (value) => num(toNumber(value)),
  number: num,
  add,
  subtract,
  multiply,
  divide,
  negate: minus,
  power: (a, b) => math('pow', a, b),
  call: (name: Elementary, a) => math(name, a),
  native: (name, ...args) => math(name, ...args),
  select: (relation, a, b, then, otherwise) => choose(relation, a, b, then(), otherwise()),
}

const isNumber = (e: Expression, value: number): boolean => e.kind === 'number' && e.value === value

function choose(
  relation: Relation,
  a: Expression,
  b: Expression,
  then: Expression,
  otherwise: Expression,
): Expression {
  // (t ? 1 : 0) !== 0 is t: a condition that has been a number.
  if (
    relation === '!=' &&
    isNumber(b, 0) &&
    a.kind === 'conditional' &&
    isNumber(a.then, 1) &&
    isNumber(a.otherwise, 0)
  )
    return conditional(a.test, then, otherwise)
  const extreme = extremum(relation, a, b, then, otherwise)
  if (extreme) return extreme
  return conditional(binary(RELATION[relation], a, b), then, otherwise)
}

/** a ≥ b ? a : b ≥ a ? b : a + b is Math.max(a, b), NaN included; the machine has an instruction for it. */
function extremum(
  relation: Relation,
  a: Expression,
  b: Expression,
  then: Expression,
  otherwise: Expression,
): Expression | undefined {
  if (
    (relation !== '>=' && relation !== '<=') ||
    then !== a ||
    otherwise.kind !== 'conditional' ||
    otherwise.then !== b
  )
    return undefined
  const { test, otherwise: last } = otherwise
  if (test.kind !== 'binary' || test.operator !== relation || test.left !== b || test.right !== a)
    return undefined
  // What remains is NaN; a + b lets it through, and is built anew from a and b (where b is −c it is a − c).
  const isSum = last.kind === 'binary' && (last.operator === '+' || last.operator === '-')
  if (!isSum && last.kind !== 'name' && last.kind !== 'number' && last.kind !== 'unary') return undefined
  return math(relation === '>=' ? 'max' : 'min', a, b)
}

/** Whole powers up to this are multiplications. */
const MOST_MULTIPLICATIONS = 8

/** x^|exponent|; `x` costs nothing to repeat where `needsAtom` says so. */
function magnitude(x: Expression, exponent: Rational): Expression {
  const p = Math.abs(toNumber(exponent))
  if (p === 1) return x
  if (p === 0.5) return math('sqrt', x)
  if (p <= MOST_MULTIPLICATIONS && Number.isInteger(p)) return whole(x, p)
  if (p < MOST_MULTIPLICATIONS && Number.isInteger(p - 0.5))
    return multiply(whole(x, p - 0.5), math('sqrt', x))
  return math('pow', x, num(p))
}

/** Repeated squaring, left to right: x·x·x, (x·x)·(x·x). */
function whole(x: Expression, p: number): Expression {
  if (p <= 3) return Array.from({ length: p - 1 }).reduce<Expression>((product) => multiply(product, x), x)
  const half = whole(x, Math.floor(p / 2))
  return p % 2 === 0 ? multiply(half, half) : multiply(multiply(half, half), x)
}

/** Whether x^exponent mentions x more than once. */
export function needsAtom(exponent: Rational): boolean {
  const p = Math.abs(toNumber(exponent))
  return p > 1 && p <= MOST_MULTIPLICATIONS && Number.isInteger(2 * p)
}

/** coefficient · Π factor^exponent. */
export function productExpression(
  coefficient: Rational,
  factors: readonly Expression[],
  exponents: readonly Rational[],
): Expression {
  let above: Expression | undefined
  let below: Expression | undefined
  factors.forEach((f, i) => {
    const e = exponents[i]!
    const power = isOne(e) ? f : magnitude(f, e)
    if (e.s < 0n) below = below ? multiply(below, power) : power
    else above = above ? multiply(above, power) : power
  })
  const c = toNumber(coefficient)
  // x/2, x/4 read better than 0.5·x and are as exact; other reciprocals are multiplied by, which is faster.
  const top =
    above === undefined ? num(c) : c === 1 ? above : c === -1 ? minus(above) : multiply(num(c), above)
  return below ? divide(top, below) : top
}

/** Σ coefficient·term + constant; starts with what is added, so that no sign leads where none must. */
export function sumExpression(
  terms: readonly Expression[],
  coefficients: readonly Rational[],
  constant: Rational,
): Expression {
  let sum: Expression | undefined
  const put = (term: Expression, negative: boolean): void => {
    sum =
      sum === undefined ? (negative ? minus(term) : term) : negative ? subtract(sum, term) : add(sum, term)
  }
  const scaled = (i: number): Expression => {
    const c = coefficients[i]!.abs()
    return isOne(c) ? terms[i]! : multiply(num(toNumber(c)), terms[i]!)
  }
  const negative = coefficients.map((c) => c.s < 0n)
  const first = negative.indexOf(false)
  const k = toNumber(constant)
  if (first < 0 && k > 0) put(num(k), false)
  if (first >= 0) put(scaled(first), false)
  terms.forEach((_, i) => {
    if (i !== first) put(scaled(i), negative[i]!)
  })
  if (k !== 0 && !(first < 0 && k > 0)) put(num(Math.abs(k)), k < 0)
  return sum ?? num(k)
}
