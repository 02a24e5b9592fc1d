import { type Rational, rational } from '../base/rational.ts'

/** What a double can tell from 0 and from ∞, in powers of ten. */
const LEAST = -324
const GREATEST = 308
const DIGITS = 400

/** A decimal text as an exact number; undefined where it is malformed, or too large or small for a double. */
export function decimal(text: string): Rational | undefined {
  const match = /^([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/.exec(text)
  if (!match) return undefined
  const [, whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return whole + fraction === '' ? undefined : rational(0)
  const scale = Number(exponent) - fraction.length
  const magnitude = digits.length + scale - 1
  if (digits.length > DIGITS || magnitude < LEAST || magnitude > GREATEST) return undefined
  return scale < 0
    ? rational(BigInt(digits), 10n ** BigInt(-scale))
    : rational(BigInt(digits) * 10n ** BigInt(scale))
}
