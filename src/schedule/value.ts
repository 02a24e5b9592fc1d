import { ONE, type Rational, ZERO, isOne, isZero, plus, times } from '../base/rational.ts'
import type { Buffer, Local, Subscript, Test, Value } from './program.ts'

export const numberValue = (value: Rational): Value => ({ kind: 'number', value })
export const localValue = (local: Local): Value => ({ kind: 'local', local })
export const load = (buffer: Buffer, at: readonly Subscript[]): Value => ({ kind: 'load', buffer, at })

const isNumber = (v: Value, r: Rational): boolean => v.kind === 'number' && v.value.equals(r)

/** Σ coefficient·term + constant, with numbers gathered. */
export function sumValue(
  terms: readonly Value[],
  coefficients: readonly Rational[],
  constant: Rational,
): Value {
  if (terms.some((t) => t.kind === 'number')) {
    terms.forEach((t, i) => {
      if (t.kind === 'number') constant = plus(constant, times(coefficients[i]!, t.value))
    })
    coefficients = coefficients.filter((_, i) => terms[i]!.kind !== 'number')
    terms = terms.filter((t) => t.kind !== 'number')
  }
  if (terms.length === 0) return numberValue(constant)
  if (terms.length === 1 && isZero(constant))
    return isOne(coefficients[0]!) ? terms[0]! : productValue(coefficients[0]!, terms, [ONE])
  return { kind: 'sum', terms, coefficients, constant }
}

/** coefficient · Π factor^exponent; what a position decides (δ, unit vectors, masks) comes out as the condition. */
export function productValue(
  coefficient: Rational,
  factors: readonly Value[],
  exponents: readonly Rational[],
): Value {
  if (isZero(coefficient)) return numberValue(ZERO)
  const at = factors.findIndex((f) => f.kind === 'where')
  if (at >= 0 && !exponents[at]!.equals(0) && exponents[at]!.s > 0n) {
    const where = factors[at] as Value & { kind: 'where' }
    const inner = isNumber(where.then, ONE)
      ? factors.filter((_, i) => i !== at)
      : factors.map((f, i) => (i === at ? where.then : f))
    const powers = isNumber(where.then, ONE) ? exponents.filter((_, i) => i !== at) : exponents
    return { ...where, then: productValue(coefficient, inner, powers) }
  }
  if (factors.some((f, i) => (f.kind === 'number' || f.kind === 'product') && isOne(exponents[i]!))) {
    const kept: Value[] = []
    const powers: Rational[] = []
    factors.forEach((f, i) => {
      if (f.kind === 'number' && isOne(exponents[i]!)) coefficient = times(coefficient, f.value)
      else if (f.kind === 'product' && isOne(exponents[i]!)) {
        coefficient = times(coefficient, f.coefficient)
        kept.push(...f.factors)
        powers.push(...f.exponents)
      } else {
        kept.push(f)
        powers.push(exponents[i]!)
      }
    })
    // Copies have room for what is in them, lists that have grown for more.
    factors = kept.slice()
    exponents = powers.slice()
  }
  if (isZero(coefficient) || factors.length === 0) return numberValue(coefficient)
  if (factors.length === 1 && isOne(coefficient) && isOne(exponents[0]!)) return factors[0]!
  return { kind: 'product', coefficient, factors, exponents }
}

/** Whether a test holds wherever it is asked, or nowhere; undefined where that depends. */
function decide({ relation, left, right }: Test): boolean | undefined {
  if (left.variable !== right.variable) return undefined
  const difference = left.offset - right.offset
  return relation === '=' ? difference === 0 : relation === '<' ? difference < 0 : difference >= 0
}

/** `then` where the tests hold, else 0; decided now where they are known. */
export function where(tests: readonly Test[], then: Value): Value {
  const open = tests.filter((t) => decide(t) !== true)
  if (open.some((t) => decide(t) === false)) return numberValue(ZERO)
  return open.length === 0 ? then : { kind: 'where', tests: open, then }
}

/** A comparison of scalars that stand somewhere: as a number with a name it would be longer, and slower, than again in its place. */
export const isPlainCondition = (v: Value): boolean =>
  v.kind === 'apply' &&
  v.op.relation !== undefined &&
  v.args.every((a) => a.kind === 'local' || a.kind === 'number' || (a.kind === 'load' && a.at.length === 0))

/** The parts of a value. */
export function partsOf(v: Value): readonly Value[] {
  switch (v.kind) {
    case 'sum':
      return v.terms
    case 'product':
      return v.factors
    case 'apply':
      return v.args
    case 'where':
      return [v.then]
    default:
      return []
  }
}

/** The value with other parts. */
export function withParts(v: Value, parts: readonly Value[]): Value {
  if (parts.every((p, i) => p === partsOf(v)[i])) return v
  switch (v.kind) {
    case 'sum':
      return { ...v, terms: parts }
    case 'product':
      return { ...v, factors: parts }
    case 'apply':
      return { ...v, args: parts }
    case 'where':
      return { ...v, then: parts[0]! }
    default:
      return v
  }
}

/** Sums and products of more operands than this are written in parts: nothing emitted nests deeper than 16. */
const MOST_OPERANDS = 14

/** A sum, from left to right in parts of bounded length, which `define` makes registers of. */
export function longSum(
  terms: readonly Value[],
  coefficients: readonly Rational[],
  constant: Rational,
  define: (part: Value) => Value,
): Value {
  if (terms.length <= MOST_OPERANDS) return sumValue(terms, coefficients, constant)
  let part = define(sumValue(terms.slice(0, MOST_OPERANDS), coefficients.slice(0, MOST_OPERANDS), constant))
  for (let i = MOST_OPERANDS; i < terms.length; i += MOST_OPERANDS - 1) {
    const next = sumValue(
      [part, ...terms.slice(i, i + MOST_OPERANDS - 1)],
      [ONE, ...coefficients.slice(i, i + MOST_OPERANDS - 1)],
      ZERO,
    )
    part = i + MOST_OPERANDS - 1 < terms.length ? define(next) : next
  }
  return part
}

/** A product likewise. */
export function longProduct(
  coefficient: Rational,
  factors: readonly Value[],
  exponents: readonly Rational[],
  define: (part: Value) => Value,
): Value {
  if (factors.length <= MOST_OPERANDS) return productValue(coefficient, factors, exponents)
  let part = define(
    productValue(coefficient, factors.slice(0, MOST_OPERANDS), exponents.slice(0, MOST_OPERANDS)),
  )
  for (let i = MOST_OPERANDS; i < factors.length; i += MOST_OPERANDS - 1) {
    const next = productValue(
      ONE,
      [part, ...factors.slice(i, i + MOST_OPERANDS - 1)],
      [ONE, ...exponents.slice(i, i + MOST_OPERANDS - 1)],
    )
    part = i + MOST_OPERANDS - 1 < factors.length ? define(next) : next
  }
  return part
}
