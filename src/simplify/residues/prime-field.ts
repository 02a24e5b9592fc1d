/**
 * Numbers modulo a prime p as a model of the real ones. As p ≡ 3 (mod 4), of x and −x (≠ 0) exactly one is a square, so that the
 * squares multiply as positive numbers do: −1 is none, and each has one root that is a square again. With (p − 1)/2
 * free of small factors the same holds of cube roots and so on: every rational power of a square is one square, and
 * (x·y)ᵉ = xᵉ·yᵉ. (What positive numbers add up to may be no square: only products are modelled.)
 */
import { type Rational, isInteger } from '../../base/rational.ts'

/**
 * Primes p of 62 bits, each with a prime that divides p − 1: in the subgroup of so many elements logarithms can be looked up.
 * They are 23 modulo 24, so that 2 and 3 are squares, with 5, 7, 11, 13 and 17 squares too, and no prime below 60 divides
 * (p − 1)/2. Of other constants, about half of them say that one is a square.
 */
const MODULI = `
  2521313528657259839 31193   4510875669207301679 49789   4158608611644231839 55903   3248596388759594759 31159
  4214470226548963079 36251   4141986422060603639 45959   3005079734201016359 37853   4413475320561795479 36319
  3619457246434399919 44029   3704572447140179159 28097   3874905303849546119 49549   2414886531084278159 54163
  3089873744190783359 58937   2623267192477446479 24917   3102825616597850519 57059   3720535164379428359 23819
  4193924937648907919 36107   2647315685759908679 35969   4092274618934659559 23993   3469462786403220239 53783
  2782445174580806279 37607   3487535101811349599 36269   2925250481568618719 46601   3027889509414282119 36067
  4578764101498564799 51683   3156803694068216279 27299   2615763022317148079 44053   4246807900692819479 29947
  3605834715199047119 22777   3198725922008609879 23873   3875064312293608199 50909   3424342379518508159 33161
  4093153849400828159 51431   3689567956999542719 47869   2592038398585690799 50021   2733397123919195159 33521
  4029739505361649439 29383   3705152509884864359 49669   4374522626133464999 48847   3653063882948943839 59341
  4521492973812789719 57037   2327512633514205959 21803   4325378555455312319 30773   3087291556404632639 22193
  2709040780672782839 40883   4429421285232373559 41813   4464788508395050079 56269   3294997142655356519 26083
  4398083509616763599 57853   4526350180236802319 58147   3639998305539465119 57149   4023874312375000079 32233
  3960183349072349759 39161   2543172129843278639 51131   2898734695422977759 24359   2553401617454963519 24049
  4392075431393209559 53171   3794872213183899119 49537   3019334922120731639 37717   3477988806911448359 58787
  4031660096452704239 20269   4033257831819587279 42227   4075409449255573679 56843   3725269089687471479 37307
  4335620544102385919 23831   2732866649072603039 39509   2997377196444015479 23971   3672016982566092599 26417
  4448277083351718119 20753   3289210380696691799 53987   2536746556397935439 57649   3947542812479610119 48497
  4352746150034154479 57829   2506299592645151159 48479   2580837720427304159 38953   4467920305666108079 44971
  3558997961293837919 45259   3259000993401032519 48497   3789888499794472319 23371   3188381912111181959 47543
  3444871275246357479 56383   2482339195798413839 55871   2359699377991420079 50129   3570238077973501919 49411
  4508674028653168079 42073   3453494303277247319 22571   3770286830921148359 54779   4167465942077375999 32587
  4401289713157769519 31121   4403395856432852639 59023   2394525279918243359 46687   2824875455697056999 20431
  2438410255320341279 47779   3616632048676001879 48541   3515577064429099199 59107   2784519021922102079 25411
`

export class PrimeField {
  readonly p: bigint
  /** How many squares there are, which is odd. */
  readonly #squares: bigint
  readonly #fractions = new WeakMap<Rational, bigint>()
  #table:
    | { readonly small: ReadonlyMap<bigint, number>; readonly giant: bigint; readonly steps: number }
    | undefined

  constructor(
    p: bigint,
    /** The order of the subgroup. */
    readonly l: number,
  ) {
    this.p = p
    this.#squares = (p - 1n) / 2n
  }

  reduce(x: bigint): bigint {
    const r = x % this.p
    return r < 0n ? r + this.p : r
  }

  /** Undefined where p divides the denominator. */
  rational(value: Rational): bigint | undefined {
    const { s, n, d } = value
    if (d === 1n) return this.reduce(s * n)
    let known = this.#fractions.get(value)
    if (known === undefined) {
      const below = this.inverse(d % this.p)
      if (below === undefined) return undefined
      this.#fractions.set(value, (known = (this.reduce(s * n) * below) % this.p))
    }
    return known
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
      if (exponent.n === 1n && exponent.s > 0n) return x
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

export const FIELDS: readonly PrimeField[] = [...MODULI.matchAll(/(\d+) (\d+)/g)].map(
  ([, p, l]) => new PrimeField(BigInt(p!), Number(l)),
)
