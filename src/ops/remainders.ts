/**
 * Functions less the beginning of their Taylor series, over a power of the argument: sin(t)/t, (eᵗ − 1)/t,
 * (eᵗ − 1 − t)/t². As they are written they are 0/0 at 0, or lose digits near it. Only code knows them.
 */
import { type Rational, rational, toNumber } from '../base/rational.ts'
import type { Field } from '../graph/field.ts'
import type { Pointwise } from '../graph/operator.ts'
import { EVERYTHING } from '../graph/range.ts'
import { atan, cos, cosh, exp, expm1, log1p, sin, sinh, tanh } from './elementary.ts'
import { polynomial } from './erf.ts'

/** A function with its Taylor series at 0. */
interface Series {
  readonly of: Pointwise
  /** Coefficients of t⁰, t¹, …: made when a program first needs them. */
  readonly coefficients: () => readonly Rational[]
  readonly slope: <T>(f: Field<T>, t: T) => T
  /** Below it the series is taken. */
  readonly radius: number
}

const COUNT = 34
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
const series = (coefficient: (n: number) => Rational): (() => readonly Rational[]) =>
  once(() => Array.from({ length: COUNT }, (_, n) => coefficient(n)))

const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1))
const NOTHING = rational(0)
const alternating = (n: number): number => (n % 2 === 0 ? 1 : -1)
/** Σ_{m} sign(m)·t^(2m+1)/weight(2m + 1) */
const odd = (sign: (m: number) => number, weight: (n: number) => bigint): (() => readonly Rational[]) =>
  series((n) => (n % 2 === 0 ? NOTHING : rational(BigInt(sign((n - 1) / 2)), weight(n))))

/** Σ_{m} sign(m)·t^(2m)/(2m)! */
const even = (sign: (m: number) => number): (() => readonly Rational[]) =>
  series((n) => (n % 2 === 0 ? rational(BigInt(sign(n / 2)), factorial(n)) : NOTHING))

/** The series of sinh over that of cosh, from tanh·cosh = sinh. */
function hyperbolicTangent(): Rational[] {
  const a: Rational[] = []
  for (let n = 0; n < COUNT; n++) {
    let c = n % 2 === 0 ? NOTHING : rational(1, factorial(n))
    for (let k = 2; k <= n; k += 2) c = c.sub(a[n - k]!.div(rational(factorial(k))))
    a.push(c)
  }
  return a
}

const one = <T>(f: Field<T>): T => f.rational(rational(1))

const all: readonly Series[] = [
  {
    of: expm1,
    coefficients: series((n) => (n === 0 ? NOTHING : rational(1, factorial(n)))),
    slope: (f, t) => f.call('exp', t),
    radius: 1,
  },
  {
    of: sin,
    coefficients: odd(alternating, factorial),
    slope: (f, t) => f.call('cos', t),
    radius: 1,
  },
  {
    of: sinh,
    coefficients: odd(() => 1, factorial),
    slope: (f, t) => f.call('cosh', t),
    radius: 1,
  },
  {
    of: cos,
    coefficients: even(alternating),
    slope: (f, t) => f.negate(f.call('sin', t)),
    radius: 1,
  },
  {
    of: cosh,
    coefficients: even(() => 1),
    slope: (f, t) => f.call('sinh', t),
    radius: 1,
  },
  {
    of: log1p,
    coefficients: series((n) => (n === 0 ? NOTHING : rational(-alternating(n), n))),
    slope: (f, t) => f.divide(one(f), f.add(one(f), t)),
    radius: 0.25,
  },
  {
    of: atan,
    coefficients: odd(alternating, BigInt),
    slope: (f, t) => f.divide(one(f), f.add(one(f), f.multiply(t, t))),
    radius: 0.25,
  },
  {
    of: tanh,
    coefficients: once(hyperbolicTangent),
    slope: <T>(f: Field<T>, t: T) => {
      const h = f.call('tanh', t)
      return f.subtract(one(f), f.multiply(h, h))
    },
    radius: 0.25,
  },
]

/** Coefficients up to the one whose term is below the rounding of the first at the radius. */
function needed(coefficients: readonly number[], radius: number): readonly number[] {
  const first = coefficients.findIndex((c) => c !== 0)
  const least = 1e-18 * Math.abs(coefficients[first]! * radius ** first)
  let end = coefficients.length
  while (end > first + 1 && Math.abs(coefficients[end - 1]! * radius ** (end - 1)) < least) end--
  return coefficients.slice(0, end)
}

/** t⁰ + …: the polynomial in t², where the odd or the even powers are missing. */
function sparse<T>(f: Field<T>, coefficients: readonly number[], t: T): T {
  const parity = [0, 1].find((p) => coefficients.every((c, n) => n % 2 === p || c === 0))
  if (parity === undefined) return polynomial(f, coefficients, t)
  const even = polynomial(
    f,
    coefficients.filter((_, n) => n % 2 === parity),
    f.multiply(t, t),
  )
  return parity === 0 ? even : f.multiply(t, even)
}

const power = <T>(f: Field<T>, t: T, n: number): T => (n === 1 ? t : f.multiply(t, power(f, t, n - 1)))

/** (f(t) − Σ_{n<k} cₙtⁿ)/tᵏ, and its slope. */
function remainderOf(
  { of, coefficients: series, slope, radius }: Series,
  k: number,
): { value: Pointwise; slope: Pointwise } {
  const coefficients = series()
  const c = coefficients.map(toNumber)
  const own = needed(c.slice(k), radius)
  const ownSlope = needed(
    c.slice(k + 1).map((x, n) => x * (n + 1)),
    radius,
  )
  const first = c.slice(0, k)
  const direct = <T>(f: Field<T>, t: T): T => {
    const value = of.meaning(f, t)
    const rest = first.some((x) => x !== 0) ? f.subtract(value, polynomial(f, first, t)) : value
    return f.divide(rest, power(f, t, k))
  }
  const near = <T>(f: Field<T>, t: T, polynomial: readonly number[], far: () => T): T =>
    f.select('<', f.call('abs', t), f.number(radius), () => sparse(f, polynomial, t), far)
  const exact = <T>(f: Field<T>, t: T, at0: Rational, beyond: () => T): T =>
    f.select('=', t, f.rational(NOTHING), () => f.rational(at0), beyond)
  const directSlope = <T>(f: Field<T>, t: T): T => {
    const derived = first.slice(1).map((x, n) => x * (n + 1))
    const value = slope(f, t)
    const rest = derived.some((x) => x !== 0) ? f.subtract(value, polynomial(f, derived, t)) : value
    return f.subtract(f.divide(rest, power(f, t, k)), f.divide(f.multiply(f.number(k), direct(f, t)), t))
  }
  const name = `${of.name}Remainder${k}`
  const record = {
    kind: 'pointwise',
    arity: 1,
    cost: 24,
    range: () => EVERYTHING,
    delicate: [[0], [1e-20], [-1e-5], [0.2], [-0.24], [0.26], [0.9], [1.1], [20]],
    values: [],
  } as const
  const derivative: Pointwise = {
    ...record,
    name: `${name}Slope`,
    called: { en: 'the slope of a remainder', zh: '余项的导数' },
    notation: { latex: `\\operatorname{${name}}'`, text: `${name}′`, form: 'call' },
    meaning: (f, t) => exact(f, t, coefficients[k + 1]!, () => directSlope(f, t)),
    kernel: (f, t) => near(f, t, ownSlope, () => directSlope(f, t)),
  }
  const value: Pointwise = {
    ...record,
    name,
    called: { en: 'the remainder of a Taylor series', zh: '泰勒级数的余项' },
    notation: { latex: `\\operatorname{${name}}`, text: name, form: 'call' },
    meaning: (f, t) => exact(f, t, coefficients[k]!, () => direct(f, t)),
    // A function that is right near 0 gives the first remainder by itself.
    kernel: (f, t) =>
      k === 1 ? exact(f, t, coefficients[1]!, () => direct(f, t)) : near(f, t, own, () => direct(f, t)),
    slope: (g, [t]) => g.apply(derivative, [t!]),
  }
  return { value, slope: derivative }
}

const made = new Map<string, Pointwise>()
const slopes = new Map<string, Pointwise>()
const origins = new Map<Pointwise, { readonly of: Pointwise; readonly k: number }>()
const growing = new Set<Pointwise>([exp, expm1, sinh, cosh])

/** Whether a function of the table is 0 at 0, so that `remainder` knows it. */
export const vanishesAt0 = (op: Pointwise): boolean => taylor(op)[0]?.equals(0) ?? false

/** The Taylor coefficients at 0 of a function of the table; none of others. */
export const taylor = (op: Pointwise): readonly Rational[] =>
  all.find(({ of }) => of === op)?.coefficients() ?? []

/** (f(t) − Σ_{n<k} cₙtⁿ)/tᵏ for a function of the table, k ≥ 1. */
export function remainder(op: Pointwise, k: number): Pointwise {
  const key = `${op.name} ${k}`
  let r = made.get(key)
  if (!r) {
    const series = all.find(({ of }) => of === op)!
    const { value, slope } = remainderOf(series, k)
    made.set(key, (r = value))
    slopes.set(key, slope)
    origins.set(r, { of: op, k })
    if (growing.has(op)) [value, slope].forEach((grown) => growing.add(grown))
  }
  return r
}

/** Its slope. */
export const remainderSlope = (op: Pointwise, k: number): Pointwise => {
  remainder(op, k)
  return slopes.get(`${op.name} ${k}`)!
}

/** Of a remainder: the function, and how many terms are left out. */
export const remainderIn = (op: Pointwise): { readonly of: Pointwise; readonly k: number } | undefined =>
  origins.get(op)

/** Whether it grows like e^t, or its slope does. */
export const growsExponentially = (op: Pointwise): boolean => growing.has(op)
