/**
 * Polynomials in variables, sines, cosines and exponentials of sums of multiples of variables, as tensors of known shapes: whether two of them are
 * equal everywhere. A variable, the point of its angle on the circle and its exponential are algebraically independent, so that they are drawn at
 * random modulo a prime; the laws s² + c² = 1 and of sums of angles hold there. What is no zero is one with a probability of at most
 * (degree)/2⁶¹ (Schwartz 1980, Zippel 1979); degrees are counted along.
 */
import { type Rational, ONE, ZERO, isInteger, isNegative, rational } from '../base/rational.ts'
import type { Numbers } from '../graph/field.ts'
import { type Node, type Symbol, isWholeNumbers } from '../graph/node.ts'
import type { Operator } from '../graph/operator.ts'
import { valuesInOrder } from '../graph/traverse.ts'
import { cos, det, exp, sin } from '../ops/index.ts'
import { random } from '../base/random.ts'
import { FIELDS, type PrimeField } from '../simplify/residues/prime-field.ts'
import { evaluate } from './evaluate.ts'
import { symbolsOf } from './points.ts'
import type { Tensor } from './tensor.ts'

/** A sum of multiples of variables, by their names; that of the number 1 has none. */
type Form = ReadonlyMap<string, Rational>

interface Residue {
  readonly value: bigint
  /** Where it is a sum of multiples of variables. */
  readonly form: Form | undefined
  /** A bound of the degree in what is drawn. */
  readonly degree: number
}

/** Angles and exponents are counted in such parts of a variable, so that halves and thirds are whole. */
const PARTS = rational(12)
/** Multiples beyond these are not written out. */
const MOST_PARTS = 240
/** What may be wrong by chance is so with a probability of 2⁻¹⁰⁰. */
const CERTAINTY = 100
const MODULUS_BITS = 61
const LARGEST_DEGREE = 2 ** 40
/** Entries of all values together. */
const MOST_ENTRIES = 20_000

class Undecidable extends Error {}

/** The functions that are entire, and polynomials of such. */
const FUNCTIONS: ReadonlySet<Operator> = new Set<Operator>([sin, cos, exp, det])

/** Whether two values are equal everywhere; undefined where they are not of this kind, or too large. */
export function areIdentical(left: Node, right: Node): boolean | undefined {
  const order = valuesInOrder([left, right])
  if (!order.every(isKnown)) return undefined
  const entries = order.reduce((sum, n) => sum + n.shape.reduce<number>((p, e) => p * (e as number), 1), 0)
  if (entries > MOST_ENTRIES) return undefined
  try {
    let certain = 0
    for (let turn = 0; certain < CERTAINTY; turn++) {
      const degree = differenceAt(left, right, turn)
      if (degree === undefined) return false
      if (degree > LARGEST_DEGREE) return undefined
      certain += MODULUS_BITS - Math.log2(1 + degree)
    }
    return true
  } catch (error) {
    if (error instanceof Undecidable) return undefined
    throw error
  }
}

function isKnown(n: Node): boolean {
  if (!n.shape.every((e) => typeof e === 'number')) return false
  switch (n.kind) {
    case 'symbol':
      return (
        n.symbol.role === 'constant' ||
        (n.symbol.role !== 'dim' &&
          n.symbol.list === undefined &&
          n.symbol.assumptions.size === 0 &&
          !isWholeNumbers(n.symbol))
      )
    case 'product':
      return n.exponents.every((e) => isInteger(e) && !isNegative(e))
    case 'apply':
      return FUNCTIONS.has(n.op)
    case 'scan':
    case 'derivative':
      return false
    default:
      return true
  }
}

/** At a point modulo a prime: undefined where they differ, else a bound of the degree. */
function differenceAt(left: Node, right: Node, turn: number): number | undefined {
  const field = FIELDS[turn % FIELDS.length]!
  const numbers = new Residues(field, `identity ${turn}`)
  const values = new Map(symbolsOf([left, right]).map((s) => [s.name, numbers.tensor(s)] as const))
  const [a, b] = evaluate([left, right], values, numbers) as [Tensor<Residue>, Tensor<Residue>]
  const of = ({ data }: Tensor<Residue>, i: number): Residue => data[data.length === 1 ? 0 : i]!
  let degree = 0
  for (let i = 0; i < Math.max(a.data.length, b.data.length); i++) {
    const [x, y] = [of(a, i), of(b, i)]
    if (x.value !== y.value) return undefined
    degree = Math.max(degree, x.degree, y.degree)
  }
  return degree
}

/** Numbers modulo a prime, with what they are as sums of variables. */
class Residues implements Numbers<Residue> {
  readonly #field: PrimeField
  readonly #draw: () => bigint
  readonly #points = new Map<string, readonly [cos: bigint, sin: bigint]>()
  readonly #exponentials = new Map<string, bigint>()
  readonly #variables = new Map<string, Residue>()

  constructor(field: PrimeField, seed: string) {
    this.#field = field
    const rng = random(seed)
    this.#draw = () =>
      (BigInt(rng.integer(0, 2 ** 31 - 1)) * 2n ** 31n + BigInt(rng.integer(0, 2 ** 31 - 1))) % field.p
  }

  tensor({ name, shape }: Symbol): Tensor<Residue> {
    const size = shape.reduce<number>((p, e) => p * (e as number), 1)
    return {
      shape: shape as number[],
      data: Array.from({ length: size }, (_, i) => this.#variable(`${name} ${i}`)),
    }
  }

  #variable(name: string): Residue {
    let known = this.#variables.get(name)
    if (!known)
      this.#variables.set(name, (known = { value: this.#draw(), form: new Map([[name, ONE]]), degree: 1 }))
    return known
  }

  rational(value: Rational): Residue {
    const found = this.#field.rational(value)
    if (found === undefined) throw new Undecidable()
    return { value: found, form: value.equals(0) ? new Map() : new Map([['', value]]), degree: 0 }
  }
  number(value: number): Residue {
    return this.rational(rational(String(value)))
  }
  pi(): Residue {
    return this.#variable('π')
  }
  e(): Residue {
    return this.call('exp', this.rational(ONE))
  }
  add(a: Residue, b: Residue): Residue {
    return {
      value: (a.value + b.value) % this.#field.p,
      form: a.form && b.form && sumOf(a.form, b.form),
      degree: Math.max(a.degree, b.degree),
    }
  }
  negate(a: Residue): Residue {
    return this.multiply(this.rational(rational(-1)), a)
  }
  subtract(a: Residue, b: Residue): Residue {
    return this.add(a, this.negate(b))
  }
  multiply(a: Residue, b: Residue): Residue {
    const [x, y] = [constantOf(a), constantOf(b)]
    return {
      value: (a.value * b.value) % this.#field.p,
      form: x && b.form ? timesOf(b.form, x) : y && a.form ? timesOf(a.form, y) : undefined,
      degree: a.degree + b.degree,
    }
  }
  /** Of determinants, whose pivots divide; their degree is counted as if nothing cancelled. */
  divide(a: Residue, b: Residue): Residue {
    const inverse = this.#field.raise(b.value, rational(-1))
    if (inverse === undefined) throw new Undecidable()
    const c = constantOf(b)
    return {
      value: (a.value * inverse) % this.#field.p,
      form: c && a.form ? timesOf(a.form, ONE.div(c)) : undefined,
      degree: a.degree + b.degree,
    }
  }
  power(a: Residue, b: Residue): Residue {
    const n = constantOf(b)
    if (!n || !isInteger(n) || isNegative(n)) throw new Undecidable()
    const value = this.#field.raise(a.value, n)
    if (value === undefined) throw new Undecidable()
    return { value, form: n.equals(1) ? a.form : undefined, degree: a.degree * Number(n.n) }
  }
  /** What is not zero can be a pivot: all that is asked of an order here. */
  less(a: Residue, b: Residue): boolean {
    return a.value === 0n && b.value !== 0n
  }
  select(): Residue {
    throw new Undecidable()
  }
  /** 0 or not: all that is asked of a pivot. */
  toNumber({ value }: Residue): number {
    return value === 0n ? 0 : 1
  }

  call(name: string, a: Residue): Residue {
    if (name === 'abs') return a
    const parts = a.form && [...a.form].map(([id, c]) => [id, c.mul(PARTS)] as const)
    if (!parts?.every(([, n]) => isInteger(n) && Math.abs(Number(n.s * n.n)) <= MOST_PARTS))
      throw new Undecidable()
    const counted = parts.map(([id, n]) => [id, Number(n.s * n.n)] as const)
    const size = counted.reduce((sum, [, n]) => sum + Math.abs(n), 0)
    if (name === 'exp') {
      const value = counted.reduce(
        (product, [id, n]) => (product * this.#exponential(id, n)) % this.#field.p,
        1n,
      )
      return { value, form: undefined, degree: size }
    }
    if (name !== 'sin' && name !== 'cos') throw new Undecidable()
    let [cos, sin] = [1n, 0n]
    for (const [id, n] of counted) [cos, sin] = this.#turned([cos, sin], this.#multiple(id, n))
    return { value: name === 'sin' ? sin : cos, form: undefined, degree: 2 * size }
  }

  #exponential(id: string, n: number): bigint {
    let base = this.#exponentials.get(id)
    if (base === undefined) this.#exponentials.set(id, (base = this.#draw()))
    const value = this.#field.raise(base, rational(n))
    if (value === undefined) throw new Undecidable()
    return value
  }

  #turned([a, b]: readonly [bigint, bigint], [c, d]: readonly [bigint, bigint]): [bigint, bigint] {
    const { p } = this.#field
    return [(((a * c - b * d) % p) + p) % p, (a * d + b * c) % p]
  }

  /** The point of an angle that is so many parts of a variable; of π a quarter turn is known. */
  #multiple(id: string, n: number): readonly [bigint, bigint] {
    const { p } = this.#field
    if (id === 'π') {
      if (n % 6 !== 0) throw new Undecidable()
      const quarter = (((n / 6) % 4) + 4) % 4
      return (
        [
          [1n, 0n],
          [0n, 1n],
          [p - 1n, 0n],
          [0n, p - 1n],
        ] as const
      )[quarter]!
    }
    let base = this.#points.get(id)
    if (!base) {
      // A rational point of the circle.
      const t = this.#draw()
      const inverse = this.#field.raise((1n + t * t) % p, rational(-1))
      if (inverse === undefined) throw new Undecidable()
      base = [((((1n - t * t) % p) + p) * inverse) % p, (2n * t * inverse) % p]
      this.#points.set(id, base)
    }
    const one = n < 0 ? ([base[0], (p - base[1]) % p] as const) : base
    let found: [bigint, bigint] = [1n, 0n]
    for (let i = 0; i < Math.abs(n); i++) found = this.#turned(found, one)
    return found
  }
}

const constantOf = ({ form }: Residue): Rational | undefined =>
  form && [...form.keys()].every((id) => id === '') ? (form.get('') ?? ZERO) : undefined

function sumOf(a: Form, b: Form): Form {
  const sum = new Map(a)
  for (const [id, c] of b) {
    const total = c.add(sum.get(id) ?? ZERO)
    if (total.equals(0)) sum.delete(id)
    else sum.set(id, total)
  }
  return sum
}

const timesOf = (a: Form, c: Rational): Form =>
  c.equals(0) ? new Map() : new Map([...a].map(([id, x]) => [id, x.mul(c)]))
