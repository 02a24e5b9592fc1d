/**
 * Numbers modulo a prime p as a model of the real ones. As p ≡ 3 (mod 4), of x and −x (≠ 0) exactly one is a square, so that the
 * squares multiply as positive numbers do: −1 is none, and each has one root that is a square again. With (p − 1)/2
 * free of small factors the same holds of cube roots and so on: every rational power of a square is one square, and
 * (x·y)ᵉ = xᵉ·yᵉ. (What positive numbers add up to may be no square: only products are modelled.)
 */
import { type Rational, isInteger } from '../../base/rational.ts'

/**
 * The first modulus, of 62 bits, as all: 23 modulo 24, so that 2 and 3 are squares, with 5, 7, 11, 13 and 17 squares too, and no
 * prime below 60 that divides (p − 1)/2.
 */
const FIRST = 2532606221784893999n
/** A prime that divides it less one: in the subgroup of so many elements logarithms can be looked up. */
const SUBGROUP = 41381
/** More of them: of a constant, each one by itself says whether it is a square. */
const OTHERS = [
  4005460881075555359n,
  4366053904936895519n,
  3573059230085618159n,
  4249788764725248839n,
  3184976600735152079n,
  2854072104898749479n,
  3834821836426428839n,
  2388193054916981399n,
  3782099992004872919n,
  3577712619932119919n,
  3328387065608886839n,
  3491519525728294199n,
  2363415194003219639n,
  4501732291626427679n,
  3952723083377622839n,
  2837483182656275039n,
  3733496754394974839n,
  2466362941767239759n,
  2924430672285031439n,
  4436074947467041199n,
  3289552182360458999n,
  2650593053033228159n,
  3077772917108023559n,
  4334502376510746359n,
  4156972226634058919n,
  3275712085566679919n,
  3213665309147395079n,
  3415429503311840999n,
  2469817073970566759n,
  3708391262242940159n,
  2488050182630221439n,
  3341066068220615159n,
]

export class PrimeField {
  readonly p: bigint
  /** How many squares there are, which is odd. */
  readonly #squares: bigint
  #table: { readonly small: ReadonlyMap<bigint, number>; readonly giant: bigint; readonly steps: number } | undefined

  /** @param l a prime that divides p − 1, where logarithms are asked for */
  constructor(
    p: bigint,
    readonly l = 1,
  ) {
    this.p = p
    this.#squares = (p - 1n) / 2n
  }

  reduce(x: bigint): bigint {
    const r = x % this.p
    return r < 0n ? r + this.p : r
  }

  /** Undefined where p divides the denominator. */
  rational({ s, n, d }: Rational): bigint | undefined {
    const above = this.reduce(s * n)
    if (d === 1n) return above
    const below = this.inverse(d % this.p)
    return below === undefined ? undefined : (above * below) % this.p
  }

  inverse(x: bigint): bigint | undefined {
    return inverseModulo(x, this.p)
  }

  power(base: bigint, exponent: bigint): bigint {
    let result = 1n
    let b = base
    for (let e = exponent; e > 0n; e >>= 1n) {
      if (e & 1n) result = (result * b) % this.p
      b = (b * b) % this.p
    }
    return result
  }

  /** Whether it is a square other than 0: Jacobi's symbol, by reciprocity. */
  isPositive(x: bigint): boolean {
    let a = x
    let n = this.p
    let sign = 1
    while (a !== 0n) {
      while ((a & 1n) === 0n) {
        a >>= 1n
        const r = n & 7n
        if (r === 3n || r === 5n) sign = -sign
      }
      ;[a, n] = [n, a]
      if ((a & 3n) === 3n && (n & 3n) === 3n) sign = -sign
      a %= n
    }
    return n === 1n && sign === 1
  }

  /** A rational power; undefined of 0 to a negative one, and of what is not positive to one that is no whole number. */
  raise(x: bigint, exponent: Rational): bigint | undefined {
    if (isInteger(exponent)) {
      const base = exponent.s < 0n ? this.inverse(x) : x
      return base === undefined ? undefined : this.power(base, exponent.n)
    }
    if (!this.isPositive(x)) return undefined
    const below = inverseModulo(exponent.d, this.#squares)
    if (below === undefined) return undefined
    const e = (exponent.s * exponent.n * below) % this.#squares
    return this.power(x, e < 0n ? e + this.#squares : e)
  }

  /** The logarithm modulo ℓ of the image in the subgroup of ℓ elements: of a product the sum. Baby steps, giant steps (Shanks 1971). */
  logarithm(x: bigint): number {
    this.#table ??= this.#steps()
    const { small, giant, steps } = this.#table
    let y = this.power(x, (this.p - 1n) / BigInt(this.l))
    for (let i = 0; i <= steps; i++) {
      const found = small.get(y)
      if (found !== undefined) return (found + i * steps) % this.l
      y = (y * giant) % this.p
    }
    return 0
  }

  #steps(): { small: Map<bigint, number>; giant: bigint; steps: number } {
    const cofactor = (this.p - 1n) / BigInt(this.l)
    let generator = 1n
    for (let b = 2n; generator === 1n; b++) generator = this.power(b, cofactor)
    const steps = Math.ceil(Math.sqrt(this.l))
    const small = new Map<bigint, number>()
    for (let i = 0, y = 1n; i < steps; i++, y = (y * generator) % this.p) small.set(y, i)
    return { small, giant: this.inverse(this.power(generator, BigInt(steps)))!, steps }
  }
}

/** Undefined where the two have a factor in common. */
export function inverseModulo(x: bigint, modulus: bigint): bigint | undefined {
  let [r, s] = [modulus, x]
  let [u, v] = [0n, 1n]
  while (s !== 0n) {
    const q = r / s
    ;[r, s] = [s, r - q * s]
    ;[u, v] = [v, u - q * v]
  }
  if (r !== 1n) return undefined
  return u < 0n ? u + modulus : u
}

export const firstField = new PrimeField(FIRST, SUBGROUP)
const others = OTHERS.map((p) => new PrimeField(p))
/** One after the other, and again. */
export const otherField = (i: number): PrimeField => others[i % others.length]!
