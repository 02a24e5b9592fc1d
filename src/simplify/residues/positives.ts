/**
 * Exponentials and logarithms modulo a prime: pairs of a positive value and its logarithm, of which the one is drawn for the other,
 * unless it is a product of powers of earlier ones, with the sum of their logarithms. Whether it is one is found by linear
 * algebra: of the logarithms themselves for an exponential, and of logarithms in a small subgroup for a logarithm.
 */
import { ONE, type Rational, isEven, isOne, isPositive, isZero, rational } from '../../base/rational.ts'
import type { Lanes, Step } from './lanes.ts'
import { combination, smallest } from './linear.ts'

interface Pair {
  /** Steps. */
  readonly value: number
  readonly log: number
}

/** Bounds of numerators and denominators. */
const LARGEST_COEFFICIENT = 1n << 12n
const LARGEST_EXPONENT = 60n
const LARGEST_CONSTANT = 1n << 29n
/** Primes in a constant are looked for up to here; what remains counts as one. */
const LARGEST_PRIME = 2000n

export class Positives {
  readonly #lanes: Lanes
  readonly #pairs: Pair[] = []
  /** Of numbers: in the small subgroup they tell nothing. */
  readonly #constants: Pair[] = []
  readonly #primes = new Map<bigint, Pair>()
  /** What roots are taken of, and what is known to be positive. */
  readonly #others: number[] = []
  readonly #rooted: { readonly of: number; readonly d: bigint }[] = []
  /**
   * Roots of what is a square for no known reason, as that of (x − y)² = x² − 2xy + y² is |x − y|: the sign of x − y
   * divides the points into two parts, of which each must be seen.
   */
  hidden = 0
  /** Base-2 logarithm of the degree of all roots together. */
  roots = 0
  /** The largest number of factors that an exponential is made of. */
  drawn = 1
  /** Steps that must be equal wherever the relations that were found hold. */
  readonly equalities: (readonly [number, number])[] = []

  constructor(lanes: Lanes) {
    this.#lanes = lanes
  }

  exponential(u: number): number {
    const all = [...this.#pairs, ...this.#constants]
    const parts = combination(
      all.map(({ log }) => this.#lanes.column(log)),
      this.#lanes.column(u),
      this.#lanes.field.p,
      LARGEST_COEFFICIENT,
    )
    if (parts) {
      const sum = this.#sum(all.map(({ log }, i) => [log, parts[i]!]))
      this.equalities.push([sum, u])
      for (const { n, d } of parts) this.drawn = Math.max(this.drawn, Number(n * d))
      return this.#product(all.map(({ value }, i) => [value, parts[i]!]))
    }
    const value = this.#lanes.step((_v, f, draw) => positive(draw() ** 2n % f.p))
    this.#pairs.push({ value, log: u })
    return value
  }

  logarithm(v: number): number {
    const constant = this.#constant(this.#lanes.column(v))
    if (constant) return isPositive(constant) ? this.#logarithmOf(constant) : this.#none()
    const equal = [...this.#pairs, ...this.#constants].find(({ value }) => this.#areEqual(value, v))
    if (equal) {
      this.equalities.push([equal.value, v])
      return equal.log
    }
    this.require(v)
    const column = this.#lanes.column(v)
    if (column.every((x) => x === column[0])) return this.#drawn(v, this.#constants)
    const values = this.#pairs.map(({ value }) => value)
    const relation = this.#relation(column, values)
    if (relation && isPositive(relation.constant)) {
      const ofConstant = this.#logarithmOf(relation.constant)
      this.equalities.push([this.#power(values, relation.exponents, relation.constant), v])
      return this.#sum([
        [ofConstant, ONE],
        ...this.#pairs.map(({ log }, i) => [log, relation.exponents[i]!] as const),
      ])
    }
    return this.#drawn(v, this.#pairs)
  }

  /** A power that is no whole number. */
  root(v: number, exponent: Rational): number {
    const known = [...this.#pairs, ...this.#constants].map(({ value }) => value).concat(this.#others)
    const column = this.#lanes.column(v)
    const isConstant = column.every((x) => x === column[0])
    if (!isConstant && !this.#rooted.some((r) => r.d === exponent.d && this.#areEqual(r.of, v))) {
      this.#rooted.push({ of: v, d: exponent.d })
      this.roots += Math.log2(Number(exponent.d))
    }
    if (isEven(rational(exponent.d)) && !known.some((other) => this.#areEqual(other, v))) {
      // What is independent of the earlier ones is a square at half of the points.
      const isSquare = column.every((x) => this.#lanes.field.isPositive(x))
      if (!isConstant && isSquare && !this.#relation(column, known)) this.hidden++
      this.#others.push(v)
    }
    return this.#lanes.step((values, f) => f.raise(values[v]!, exponent))
  }

  /** Only points at which a value is positive. */
  require(v: number): void {
    this.#lanes.step((values, f) => (f.isPositive(values[v]!) ? 1n : undefined))
    this.#others.push(v)
  }

  #none(): number {
    return this.#lanes.step(() => undefined)
  }

  #drawn(value: number, among: Pair[]): number {
    const log = this.#lanes.step((_v, _f, draw) => draw())
    among.push({ value, log })
    return log
  }

  /** The value that is the same fraction everywhere. */
  #constant(column: readonly bigint[]): Rational | undefined {
    if (!column.every((x) => x === column[0])) return undefined
    const found = smallest(column[0]!, this.#lanes.field.p, LARGEST_CONSTANT)
    if (found) return found
    const opposite = smallest(this.#lanes.field.reduce(-column[0]!), this.#lanes.field.p, LARGEST_CONSTANT)
    return opposite?.neg()
  }

  #areEqual(a: number, b: number): boolean {
    const [x, y] = [this.#lanes.column(a), this.#lanes.column(b)]
    return x.every((value, i) => value === y[i])
  }

  /** That a value is constant · Π valuesᵢ^exponentsᵢ. */
  #relation(
    column: readonly bigint[],
    values: readonly number[],
  ): { constant: Rational; exponents: Rational[] } | undefined {
    const { field } = this.#lanes
    const l = BigInt(field.l)
    const logs = (c: readonly bigint[]): bigint[] => c.map((x) => BigInt(field.logarithm(x)))
    const columns = values.map((v) => this.#lanes.column(v))
    // The constant's logarithm is any number: differences from the first point are free of it.
    const differences = (c: readonly bigint[]): bigint[] => {
      const [first, ...rest] = logs(c)
      return rest.map((x) => (x - first! + l) % l)
    }
    if (values.length > column.length - 4) return undefined
    const exponents = combination(columns.map(differences), differences(column), l, LARGEST_EXPONENT)
    if (!exponents) return undefined
    const quotients = column.map((x, i) => {
      let q: bigint | undefined = x
      for (const [k, e] of exponents.entries()) {
        const power = isZero(e) ? 1n : field.raise(columns[k]![i]!, e.neg())
        q = power === undefined || q === undefined ? undefined : (q * power) % field.p
      }
      return q
    })
    const constant = quotients.every((q): q is bigint => q !== undefined)
      ? this.#constant(quotients)
      : undefined
    return constant && { constant, exponents }
  }

  #logarithmOf(constant: Rational): number {
    const parts: (readonly [number, Rational])[] = []
    for (const [n, sign] of [
      [constant.n, 1],
      [constant.d, -1],
    ] as const)
      for (const [prime, power] of primesOf(n)) parts.push([this.#prime(prime).log, rational(power * sign)])
    return this.#sum(parts)
  }

  #prime(prime: bigint): Pair {
    let pair = this.#primes.get(prime)
    if (!pair) {
      const value = this.#lanes.step((_v, f) => prime % f.p)
      const log = this.#lanes.step((_v, _f, draw) => draw())
      this.#primes.set(prime, (pair = { value, log }))
      this.#constants.push(pair)
    }
    return pair
  }

  #sum(parts: readonly (readonly [number, Rational])[]): number {
    const used = parts.filter(([, q]) => !isZero(q))
    if (used.length === 1 && isOne(used[0]![1])) return used[0]![0]
    return this.#lanes.step((v, f) => {
      let sum = 0n
      for (const [index, q] of used) {
        const c = f.rational(q)
        if (c === undefined) return undefined
        sum += c * v[index]!
      }
      return f.reduce(sum)
    })
  }

  #product(parts: readonly (readonly [number, Rational])[]): number {
    return this.#lanes.step(productOf(parts.filter(([, q]) => !isZero(q))))
  }

  #power(values: readonly number[], exponents: readonly Rational[], constant: Rational): number {
    const product = productOf(
      values.flatMap((v, i) => (isZero(exponents[i]!) ? [] : [[v, exponents[i]!] as const])),
    )
    return this.#lanes.step((v, f, draw) => {
      const [p, c] = [product(v, f, draw), f.rational(constant)]
      return p === undefined || c === undefined ? undefined : (p * c) % f.p
    })
  }
}

const productOf =
  (parts: readonly (readonly [number, Rational])[]): Step =>
  (v, f) => {
    let product = 1n
    for (const [index, q] of parts) {
      const power = f.raise(v[index]!, q)
      if (power === undefined) return undefined
      product = (product * power) % f.p
    }
    return product
  }

const positive = (x: bigint): bigint | undefined => (x === 0n ? undefined : x)

function primesOf(n: bigint): Map<bigint, number> {
  const found = new Map<bigint, number>()
  let rest = n
  for (let q = 2n; q <= LARGEST_PRIME && q * q <= rest; q++)
    while (rest % q === 0n) {
      found.set(q, (found.get(q) ?? 0) + 1)
      rest /= q
    }
  if (rest > 1n) found.set(rest, (found.get(rest) ?? 0) + 1)
  return found
}
