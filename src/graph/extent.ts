import {
  ONE,
  type Rational,
  ZERO,
  isInteger,
  isMinusOne,
  isOne,
  isZero,
  plus,
  rational,
  rationalKey,
  times,
  toNumber,
} from '../base/rational.ts'

/**
 * A symbolic extent: a polynomial with rational coefficients over open dims, in a normal form. Interned, so that
 * equal extents are identical: `===` compares extents.
 */
export interface SymbolicExtent {
  /** The normal form as text, e.g. `2*D+1`; also how messages show it. */
  readonly text: string
  /** Monomials: the coefficient and the dims with their powers, sorted by name. */
  readonly terms: readonly { readonly coefficient: Rational; readonly dims: ReadonlyMap<string, number> }[]
}

/** The length of an axis: a number where it is known when compiling. */
export type Extent = number | SymbolicExtent
export type Shape = readonly Extent[]

export const SCALAR: Shape = []

const interned = new Map<string, SymbolicExtent>()

function monomialKey(dims: ReadonlyMap<string, number>): string {
  return [...dims].map(([name, power]) => (power === 1 ? name : `${name}^${power}`)).join('*')
}

type Terms = Map<string, { coefficient: Rational; dims: ReadonlyMap<string, number> }>

function collect(into: Terms, coefficient: Rational, dims: ReadonlyMap<string, number>): void {
  const key = monomialKey(dims)
  const sum = plus(into.get(key)?.coefficient ?? ZERO, coefficient)
  if (isZero(sum)) into.delete(key)
  else into.set(key, { coefficient: sum, dims })
}

function intern(terms: Terms): Extent | undefined {
  if (terms.size === 0) return 0
  const constant = terms.get('')
  if (terms.size === 1 && constant)
    return isInteger(constant.coefficient) ? toNumber(constant.coefficient) : undefined
  // Highest degree first, then by name, the constant last: 2*D+1.
  const degree = (dims: ReadonlyMap<string, number>): number => [...dims.values()].reduce((a, b) => a + b, 0)
  const sorted = [...terms].sort(([a, x], [b, y]) => degree(y.dims) - degree(x.dims) || (a < b ? -1 : 1))
  const text = sorted
    .map(([key, { coefficient }]) =>
      key === ''
        ? rationalKey(coefficient)
        : isOne(coefficient)
          ? key
          : isMinusOne(coefficient)
            ? `-${key}`
            : `${rationalKey(coefficient)}*${key}`,
    )
    .join('+')
    .replaceAll('+-', '-')
  let extent = interned.get(text)
  if (!extent) interned.set(text, (extent = { text, terms: sorted.map(([, term]) => term) }))
  return extent
}

function termsOf(extent: Extent): Terms {
  const terms: Terms = new Map()
  if (typeof extent === 'number') collect(terms, rational(extent), new Map())
  else for (const { coefficient, dims } of extent.terms) collect(terms, coefficient, dims)
  return terms
}

/** The extent of an open dim. */
export function openExtent(name: string): SymbolicExtent {
  return intern(new Map([[name, { coefficient: ONE, dims: new Map([[name, 1]]) }]])) as SymbolicExtent
}

export function addExtents(a: Extent, b: Extent, sign: 1 | -1 = 1): Extent {
  if (typeof a === 'number' && typeof b === 'number') return a + sign * b
  const terms = termsOf(a)
  for (const { coefficient, dims } of termsOf(b).values())
    collect(terms, times(coefficient, rational(sign)), dims)
  return intern(terms)!
}

export function multiplyExtents(a: Extent, b: Extent): Extent {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  const terms: Terms = new Map()
  for (const x of termsOf(a).values())
    for (const y of termsOf(b).values()) {
      const powers = new Map(x.dims)
      for (const [name, power] of y.dims) powers.set(name, (powers.get(name) ?? 0) + power)
      collect(
        terms,
        times(x.coefficient, y.coefficient),
        new Map([...powers].sort(([p], [q]) => (p < q ? -1 : 1))),
      )
    }
  return intern(terms)!
}

/** More terms than anybody writes: a sum of dims to a great power is no length. */
export const MOST_DEGREE = 64

/** `a^n` for whole n ≥ 0; undefined where that is too large to be a length. */
export function raiseExtent(a: Extent, n: number): Extent | undefined {
  if (typeof a === 'number') return Number.isSafeInteger(a ** n) ? a ** n : undefined
  if (n > MOST_DEGREE) return undefined
  let raised: Extent = 1
  for (let i = 0; i < n; i++) raised = multiplyExtents(raised, a)
  return raised
}

/** `a / n`, undefined where `a` is a number that `n` does not divide. */
export function divideExtent(a: Extent, n: number): Extent | undefined {
  if (n === 0) return undefined
  if (typeof a === 'number') return a % n === 0 ? a / n : undefined
  const terms: Terms = new Map()
  for (const { coefficient, dims } of a.terms) collect(terms, coefficient.div(rational(n)), dims)
  return intern(terms)
}

/** The dims that an extent depends on. */
export function dimsOf(extent: Extent): string[] {
  return typeof extent === 'number' ? [] : [...new Set(extent.terms.flatMap((t) => [...t.dims.keys()]))]
}

/** The extent with values put in for some dims; undefined where the result is a fraction. */
export function substituteExtent(extent: Extent, values: ReadonlyMap<string, Extent>): Extent | undefined {
  if (typeof extent === 'number') return extent
  const terms: Terms = new Map()
  for (const { coefficient, dims } of extent.terms) {
    let product: Extent = 1
    for (const [name, power] of dims)
      for (let i = 0; i < power; i++) product = multiplyExtents(product, values.get(name) ?? openExtent(name))
    for (const t of termsOf(product).values()) collect(terms, times(coefficient, t.coefficient), t.dims)
  }
  return intern(terms)
}

export const extentText = (extent: Extent): string =>
  typeof extent === 'number' ? String(extent) : extent.text
export const shapeText = (shape: Shape): string =>
  shape.length === 0 ? 'a scalar' : `[${shape.map(extentText).join(', ')}]`
export const sameShape = (a: Shape, b: Shape): boolean =>
  a === b || (a.length === b.length && a.every((e, i) => e === b[i]))

/** How far b is above a, where that is a known number. */
export function distance(a: Extent, b: Extent): number | undefined {
  const difference = addExtents(b, a, -1)
  return typeof difference === 'number' ? difference : undefined
}

/** The number of entries, where it is known. */
export function sizeOf(shape: Shape): number | undefined {
  let size = 1
  for (const e of shape) {
    if (typeof e !== 'number') return undefined
    size *= e
  }
  return size
}

/** Whether an extent is known to be at least 0 wherever its dims are at least 1: a polynomial of dims − 1 without negative coefficients. */
export function isNonnegative(extent: Extent): boolean {
  if (typeof extent === 'number') return extent >= 0
  const above = new Map(dimsOf(extent).map((name) => [name, addExtents(openExtent(name), 1)]))
  const shifted = substituteExtent(extent, above)
  return (
    shifted !== undefined &&
    (typeof shifted === 'number' ? shifted >= 0 : shifted.terms.every((t) => t.coefficient.s > 0n))
  )
}
