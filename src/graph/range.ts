/** An interval of extended reals that holds every value a node can take where it is defined. */
export interface Range {
  readonly lo: number
  readonly hi: number
  /** Whether the bound itself is excluded. */
  readonly loOpen: boolean
  readonly hiOpen: boolean
}

export const EVERYTHING: Range = { lo: -Infinity, hi: Infinity, loOpen: false, hiOpen: false }

/** Ranges made lately, by some bits of their bounds: a long program has few that are different, over and over. */
const recent: Range[] = new Array<Range>(256).fill(EVERYTHING)

/** The same object as before, mostly; always for all numbers. */
export function range(lo: number, hi: number, loOpen = false, hiOpen = false): Range {
  if (isRange(EVERYTHING, lo, hi, loOpen, hiOpen)) return EVERYTHING
  const at = (Math.imul(lo * 16, 31) + Math.imul(hi * 16, 7)) & (recent.length - 1)
  if (!isRange(recent[at]!, lo, hi, loOpen, hiOpen)) recent[at] = { lo, hi, loOpen, hiOpen }
  return recent[at]!
}
const isRange = (r: Range, lo: number, hi: number, loOpen: boolean, hiOpen: boolean): boolean =>
  r.lo === lo && r.hi === hi && r.loOpen === loOpen && r.hiOpen === hiOpen

export const POSITIVE = range(0, Infinity, true)
export const NONNEGATIVE = range(0, Infinity)
export const UNIT = range(0, 1)
export const OPEN_UNIT = range(0, 1, true, true)
export const exactly = (x: number): Range => range(x, x)

export const isPositiveRange = (r: Range): boolean => r.lo > 0 || (r.lo === 0 && r.loOpen)
export const isNonnegativeRange = (r: Range): boolean => r.lo >= 0
export const isNegativeRange = (r: Range): boolean => r.hi < 0 || (r.hi === 0 && r.hiOpen)
export const isNonzeroRange = (r: Range): boolean => isPositiveRange(r) || isNegativeRange(r)

/** 0 is among the values, or next to them: a double may be rounded to it. */
export const reaches0 = (r: Range): boolean => r.lo <= 0 && r.hi >= 0

export const addRanges = (a: Range, b: Range): Range =>
  range(a.lo + b.lo, a.hi + b.hi, a.loOpen || b.loOpen, a.hiOpen || b.hiOpen)

// 0 · ∞ counts as 0 here: a bound that is zero excludes nothing that the product can reach through finite values.
const product = (x: number, y: number): number => (x === 0 || y === 0 ? 0 : x * y)

export function multiplyRanges(a: Range, b: Range): Range {
  if (a.lo === 1 && a.hi === 1) return b
  const ll = product(a.lo, b.lo)
  const lh = product(a.lo, b.hi)
  const hl = product(a.hi, b.lo)
  const hh = product(a.hi, b.hi)
  const lo = Math.min(ll, lh, hl, hh)
  const hi = Math.max(ll, lh, hl, hh)
  // A zero bound is excluded only if neither factor can be zero, another one only if every corner there is.
  const nonzero = isNonzeroRange(a) && isNonzeroRange(b)
  const open = (bound: number): boolean =>
    bound === 0
      ? nonzero
      : (ll !== bound || a.loOpen || b.loOpen) &&
        (lh !== bound || a.loOpen || b.hiOpen) &&
        (hl !== bound || a.hiOpen || b.loOpen) &&
        (hh !== bound || a.hiOpen || b.hiOpen)
  return range(lo, hi, open(lo), open(hi))
}

/** The range of x^p for a double p. */
export function powerRange(r: Range, p: number): Range {
  if (p === 0) return exactly(1)
  if (Number.isInteger(p)) {
    if (p > 0) {
      if (p % 2 === 1 || r.lo >= 0) return range(r.lo ** p, r.hi ** p, r.loOpen, r.hiOpen)
      if (r.hi <= 0) return range(r.hi ** p, r.lo ** p, r.hiOpen, r.loOpen)
      const [far, open] =
        -r.lo === r.hi ? [r.hi, r.loOpen && r.hiOpen] : -r.lo > r.hi ? [r.lo, r.loOpen] : [r.hi, r.hiOpen]
      return range(0, far ** p, false, open)
    }
    if (isPositiveRange(r))
      return range(r.hi ** p, r.lo === 0 ? Infinity : r.lo ** p, r.hiOpen || r.hi === Infinity, r.loOpen)
    if (isNegativeRange(r) && p % 2 !== 0) return range(-Infinity, 0, false, true)
    if (p % 2 === 0) return POSITIVE
    return EVERYTHING
  }
  // Powers of numbers from 1 on, or up to 1, are so too; others would be rounded.
  const large = r.lo >= 1 ? p > 0 : r.lo >= 0 && r.hi <= 1 && p < 0
  const small = r.lo >= 1 ? p < 0 : r.lo >= 0 && r.hi <= 1 && p > 0
  if (large) return range(1, Infinity)
  if (small) return range(0, 1, isPositiveRange(r))
  return isPositiveRange(r) || p < 0 ? POSITIVE : NONNEGATIVE
}

/**
 * The range under an increasing function that is defined from `least` on. A bound that is computed in doubles is
 * rounded: it is moved outward by some units in the last place, and tanh(30) is no 1, exp(−800) no 0. Values at an
 * argument of 0 count as exact.
 */
export function increasing(f: (x: number) => number, least = -Infinity): (r: Range) => Range {
  const bottom = f(least)
  const top = f(Infinity)
  const slack = (x: number, y: number): number =>
    x === 0 ? 0 : Math.abs(y) * 4 * Number.EPSILON + Number.MIN_VALUE
  return (r) => {
    let lo = f(Math.max(r.lo, least))
    let hi = f(r.hi)
    if (Number.isNaN(lo) || Number.isNaN(hi)) return EVERYTHING
    if (r.lo > least) lo = Math.max(bottom, Math.min(lo, Number.MAX_VALUE) - slack(r.lo, lo))
    if (r.hi < Infinity && r.hi > least) hi = Math.min(top, hi + slack(r.hi, hi))
    const loOpen =
      r.lo > least ? r.loOpen || lo === bottom : r.lo === least && (r.loOpen || least === -Infinity)
    return range(lo, hi, loOpen, r.hi === Infinity || hi === top || (r.hiOpen && r.hi > least))
  }
}

export const union = (a: Range, b: Range): Range =>
  range(
    Math.min(a.lo, b.lo),
    Math.max(a.hi, b.hi),
    a.lo === b.lo ? a.loOpen && b.loOpen : a.lo < b.lo ? a.loOpen : b.loOpen,
    a.hi === b.hi ? a.hiOpen && b.hiOpen : a.hi > b.hi ? a.hiOpen : b.hiOpen,
  )
