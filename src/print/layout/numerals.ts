import { type Rational, rationalKey } from '../../base/rational.ts'

export interface Numeral {
  /** Decimal digits, or the top of a fraction. */
  readonly top: string
  readonly bottom: string | undefined
  /** A power of ten that it is multiplied by. */
  readonly exponent: number | undefined
}

/** A decimal with more digits is written as a fraction of whole numbers, unless that is longer. */
const MOST_DIGITS = 34

/** A whole number with these at its end is written with a power of ten. */
const MANY_ZEROS = '000000'

/** How people write an exact number that is not negative: 2, ½, 0.01, 10⁻⁵, 2/3. */
export function numeral(value: Rational): Numeral {
  const text = rationalKey(value)
  if (value.d === 1n) {
    const zeros = text.endsWith(MANY_ZEROS) ? /0*$/.exec(text)![0].length : 0
    return power(text.slice(0, text.length - zeros), zeros === 0 ? undefined : zeros)
  }
  const [top = '', bottom] = text.split('/')
  const plain: Numeral = { top, bottom, exponent: undefined }
  if (value.d <= 9n) return plain
  // It ends as a decimal if nothing but 2 and 5 divides the denominator.
  let twos = 0
  let fives = 0
  let rest = value.d
  for (; rest % 2n === 0n; twos++) rest /= 2n
  for (; rest % 5n === 0n; fives++) rest /= 5n
  // Without a five it was hardly written as a decimal: 1/16.
  if (rest !== 1n || fives === 0) return plain
  const places = Math.max(twos, fives)
  const digits = ((value.n * 10n ** BigInt(places)) / value.d).toString()
  if (digits.length > MOST_DIGITS && digits.length > text.length) return plain
  if (places - digits.length >= 3) return power(digits, -places)
  const padded = digits.padStart(places + 1, '0')
  return {
    top: `${padded.slice(0, -places)}.${padded.slice(-places)}`,
    bottom: undefined,
    exponent: undefined,
  }
}

const power = (digits: string, exponent: number | undefined): Numeral => ({
  top: digits,
  bottom: undefined,
  exponent,
})
