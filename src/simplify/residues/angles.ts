/**
 * Sines, cosines and arctangents modulo a prime: angles with their points on the circle c² + s² = 1, which are drawn, unless the
 * angle is a sum of whole multiples of earlier ones; then the point is what the addition theorems say.
 */
import { HALF, type Rational, isInteger, isZero, rational } from '../../base/rational.ts'
import type { Lanes } from './lanes.ts'
import { combination } from './linear.ts'
import type { PrimeField } from './prime-field.ts'

/** An angle, and its point as steps, which is made when it is needed. */
interface Rotation {
  readonly angle: number
  readonly point: () => { readonly cos: number; readonly sin: number }
}

/** A point is drawn of this part of an angle, so that halves, thirds and quarters of it have one too. */
const PART = 24n
const LARGEST_MULTIPLE = 1n << 12n

export class Angles {
  readonly #lanes: Lanes
  readonly #known: Rotation[] = []
  readonly #arctangents: { readonly of: number; readonly angle: number }[] = []
  readonly #pi: () => number
  readonly equalities: (readonly [number, number])[] = []
  /** The largest degree of a point in what is drawn. */
  drawn = 1

  constructor(lanes: Lanes, pi: () => number) {
    this.#lanes = lanes
    this.#pi = pi
  }

  /** π as an angle: cos π/12 = (√6 + √2)/4. */
  straight(pi: number): void {
    const part = (sign: 1n | -1n) =>
      this.#lanes.step((_v, f) => {
        const [two, three] = [f.raise(2n, HALF), f.raise(3n, HALF)]
        const quarter = f.inverse(4n)
        return two && three && quarter && f.reduce((two * three + sign * two) * quarter)
      })
    const angle = this.#lanes.step((v, f) => (v[pi]! * f.inverse(12n)!) % f.p)
    const point = { cos: part(1n), sin: part(-1n) }
    this.#known.push({ angle, point: () => point })
  }

  /** The cosine and the sine of an angle. */
  pointOf(u: number): { readonly cos: number; readonly sin: number } {
    const parts = combination(
      this.#known.map(({ angle }) => this.#lanes.column(angle)),
      this.#lanes.column(u),
      this.#lanes.field.p,
      LARGEST_MULTIPLE,
    )
    if (parts?.every(isInteger)) {
      const used = this.#known.flatMap((k, i) => (isZero(parts[i]!) ? [] : [[k, parts[i]!] as const]))
      this.equalities.push([
        this.#lanes.step((v, f) =>
          f.reduce(used.reduce((sum, [{ angle }, { s, n }]) => sum + s * n * v[angle]!, 0n)),
        ),
        u,
      ])
      return this.#turned(used)
    }
    const t = this.#lanes.step((_v, _f, draw) => draw())
    const over = this.#lanes.step((v, f) => f.inverse(f.reduce(1n + v[t]! * v[t]!)))
    const point = {
      cos: this.#lanes.step((v, f) => f.reduce((1n - v[t]! * v[t]!) * v[over]!)),
      sin: this.#lanes.step((v, f) => f.reduce(2n * v[t]! * v[over]!)),
    }
    const angle = this.#lanes.step((v, f) => (v[u]! * f.inverse(PART)!) % f.p)
    const made: Rotation = { angle, point: () => point }
    this.#known.push(made)
    return this.#turned([[made, rational(PART)]])
  }

  /** arctan w, whose point is (1, w)/√(1 + w²); arctan(−w) = −arctan w, arctan(1/w) = ±π/2 − arctan w. */
  arctangent(w: number): number {
    const { field } = this.#lanes
    const column = this.#lanes.column(w)
    const matches = (of: number, f: (x: bigint) => bigint | undefined): boolean =>
      this.#lanes.column(of).every((x, i) => f(x) === column[i])
    for (const { of, angle } of this.#arctangents) {
      if (matches(of, (x) => x)) return this.#same(of, w, angle)
      if (matches(of, (x) => field.reduce(-x))) {
        const opposite = (x: number): number => this.#lanes.step((v, f) => f.reduce(-v[x]!))
        return this.#same(opposite(of), w, opposite(angle))
      }
      for (const sign of [1n, -1n])
        if (matches(of, (x) => field.inverse(field.reduce(sign * x)))) {
          const inverse = this.#lanes.step((v, f) => f.inverse(f.reduce(sign * v[of]!)))
          const pi = this.#pi()
          const rest = this.#lanes.step((v, f) => {
            const right = (v[pi]! * f.inverse(2n)!) % f.p
            return f.reduce((f.isPositive(v[w]!) ? right : -right) - sign * v[angle]!)
          })
          return this.#same(inverse, w, rest)
        }
    }
    const angle = this.#lanes.step((_v, _f, draw) => draw())
    this.#arctangents.push({ of: w, angle })
    let made: { cos: number; sin: number } | undefined
    const point = (): { cos: number; sin: number } => {
      if (made) return made
      const cos = this.#lanes.step((v, f) => f.raise(f.reduce(1n + v[w]! * v[w]!), HALF.neg()))
      return (made = { cos, sin: this.#lanes.step((v, f) => (v[w]! * v[cos]!) % f.p) })
    }
    this.#known.push({ angle, point })
    return angle
  }

  #same(of: number, w: number, angle: number): number {
    this.equalities.push([of, w])
    return angle
  }

  #turned(parts: readonly (readonly [Rotation, Rational])[]): { cos: number; sin: number } {
    const points = parts.map(([rotation, q]) => [rotation.point(), q] as const)
    for (const [, { n }] of parts) this.drawn = Math.max(this.drawn, 2 * parts.length * Number(n))
    const point = (v: readonly bigint[], f: PrimeField): Point =>
      points.reduce<Point>(
        (sum, [{ cos, sin }, { s, n }]) => times(f, sum, multiple(f, [v[cos]!, f.reduce(s * v[sin]!)], n)),
        [1n, 0n],
      )
    return {
      cos: this.#lanes.step((v, f) => point(v, f)[0]),
      sin: this.#lanes.step((v, f) => point(v, f)[1]),
    }
  }
}

type Point = readonly [bigint, bigint]

const times = (f: PrimeField, [a, b]: Point, [c, d]: Point): Point => [
  f.reduce(a * c - b * d),
  f.reduce(a * d + b * c),
]

function multiple(f: PrimeField, point: Point, n: bigint): Point {
  let result: Point = [1n, 0n]
  let power = point
  for (let k = n; k > 0n; k >>= 1n) {
    if (k & 1n) result = times(f, result, power)
    power = times(f, power, power)
  }
  return result
}
