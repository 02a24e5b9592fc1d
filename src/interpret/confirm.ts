/** Whether two values differ at a point: in digits enough to know. */
import { random } from '../base/random.ts'
import { doubles } from '../graph/doubles.ts'
import type { Domain } from '../graph/network.ts'
import { type Node, isWholeNumbers } from '../graph/node.ts'
import type { System } from '../graph/numbers.ts'
import { topological } from '../graph/traverse.ts'
import { type Big, bigNumbers } from './bignumbers.ts'
import { decisions, decisiveNodes } from './decisions.ts'
import { type Dual, dualNumbers, moving, slopeOf } from './dual.ts'
import { evaluateAll } from './evaluate.ts'
import { valuesIn } from './forward.ts'
import { type Point, symbolsOf } from './points.ts'
import { fitted } from './probes.ts'
import { type Tensor, magnitude, mapTensor } from './tensor.ts'
import { type Watched, watched } from './watched.ts'
import { workOf } from './work.ts'

/** Digits that may be lost on the way, of those that are computed. */
const LOST = 20
/** What is zero is so up to the last digits of the values it is made of, which are of ordinary size. */
const LEAST_SIZE = 1e-10
/** Data up to that size leave no term without a trace beside another one. */
const MODERATE = 8
/** The precisions at hand; the greatest needs constants to twice as many digits, which there are not. */
const MOST_DIGITS = 480
/** Around a point at which one side has no value, at so many points it must have none. */
const AROUND = 4

export type Judgement =
  | { readonly verdict: 'equal' | 'nothing' }
  | {
      readonly verdict: 'differ'
      readonly shape: readonly number[]
      readonly index: number
      readonly left: number
      readonly right: number
    }

const NOTHING = { verdict: 'nothing' } as const

/** Whether two tensors agree in every entry, up to the digits that may be lost; a scalar stands for every entry. */
export function sameIn<T>(f: System<T>, a: Tensor<T>, b: Tensor<T>, digits: number): boolean {
  const tolerance = 10 ** (LOST - digits) * sizeOf(f, a, b)
  return pairs(a, b).every(([x, y]) => Math.abs(f.toNumber(f.subtract(x, y))) <= tolerance)
}

const sizeOf = <T>(f: System<T>, ...tensors: readonly Tensor<T>[]): number =>
  Math.max(
    LEAST_SIZE,
    ...tensors.map(({ data }) => magnitude(data.map((x) => f.toNumber(x)).filter(Number.isFinite))),
  )

/** The entries of both, one by one. */
export function pairs<T>(a: Tensor<T>, b: Tensor<T>): (readonly [T, T])[] {
  const wide = a.shape.length >= b.shape.length ? a : b
  const at = (t: Tensor<T>, k: number): T => (t.shape.length === 0 ? t.data[0]! : t.data[k]!)
  return wide.data.map((_, k) => [at(a, k), at(b, k)] as const)
}

/**
 * The judge of left = right at single points.
 *
 * A difference counts if twice as many digits show the same one, and no comparison is left to rounding. A side without a
 * value (log −1, 1/0) where the other one has one is a difference if it has none all around: x/x is 1 though it has no value at 0.
 * A derivative is judged where it exists: at points where what is differentiated has a value and no comparison in it is a tie.
 */
export class Judge {
  readonly #roots: readonly [Node, Node]
  readonly #domain: Domain
  readonly #digits: number
  /** What is differentiated anywhere in the claim. */
  readonly #differentiated: readonly Node[]
  /** About how many multiplications in high precision were made. */
  spent = 0

  constructor(left: Node, right: Node, domain: Domain, digits: number) {
    this.#roots = [left, right]
    this.#domain = domain
    this.#digits = digits
    this.#differentiated = topological(this.#roots).flatMap((n) => (n.kind === 'derivative' ? [n.of] : []))
  }

  async at(point: Point): Promise<Judgement> {
    if (this.#isKink(point)) return NOTHING
    const size = magnitude([...point.values.values()].flatMap(({ data }) => magnitude(data)))
    // Exponentials of the data leave a trace in so many digits; of larger data they cannot, and that is noticed.
    let digits = this.#digits
    while (size <= MOST_DIGITS && digits < MOST_DIGITS && digits < this.#digits + size) digits *= 2
    const first = await this.#values(point, digits)
    if (first === undefined) return NOTHING
    for (const [index, [left, right]] of first.pairs.entries()) {
      if (left.fault === 'lost' || right.fault === 'lost') continue
      if (left.fault && right.fault) continue
      if (left.fault || right.fault) {
        if (await this.#isUndefinedAround(point, digits, left.fault ? 'left' : 'right'))
          return first.differ(index)
      } else if (first.isApart(index) && (await this.#isConfirmed(point, digits, index, first.gap(index))))
        return first.differ(index)
    }
    return { verdict: 'equal' }
  }

  async #isConfirmed(point: Point, digits: number, index: number, gap: number): Promise<boolean> {
    const second = await this.#values(point, digits * 2)
    if (second === undefined || !second.isApart(index)) return false
    const again = second.gap(index)
    return Number.isFinite(again) && Math.abs(again - gap) <= 1e-3 * Math.abs(again)
  }

  async #isUndefinedAround(point: Point, digits: number, side: 'left' | 'right'): Promise<boolean> {
    const rng = random(`around ${point.seed}`)
    for (let i = 0; i < AROUND; i++) {
      const values = new Map(point.values)
      for (const s of symbolsOf(this.#roots)) {
        if (
          s.role === 'hyper' ||
          isWholeNumbers(s) ||
          s.assumptions.has('onehot') ||
          s.assumptions.has('simplex')
        )
          continue
        const move = (x: number): number => x + (rng.uniform() - 1 / 2) * 2 ** -9 * Math.max(1, Math.abs(x))
        values.set(s.name, fitted(s, mapTensor(values.get(s.name)!, move)))
      }
      const near = await this.#values({ ...point, values }, digits)
      const isSo = near?.pairs.some(([l, r]) =>
        side === 'left'
          ? l.fault === 'undefined' && r.fault === undefined
          : r.fault === 'undefined' && l.fault === undefined,
      )
      if (!isSo) return false
    }
    return true
  }

  /** Both sides; undefined where nothing can be said. */
  async #values(point: Point, digits: number): Promise<Sides<Big> | undefined> {
    const big = await bigNumbers(digits)
    const { numbers, watch } = watched(big, digits)
    this.spent += workOf(this.#roots, point.dims) * (digits / this.#digits) ** 2
    const all = evaluateAll(
      [...this.#roots, ...this.#domain.left, ...this.#domain.right, ...this.#domain.differentiated],
      valuesIn(numbers, point),
      numbers,
      { dims: point.dims },
    )
    const isModerate = [...point.values.values()].every(({ data }) => magnitude(data) <= MODERATE)
    if (watch.undecided || (watch.absorbed && !isModerate)) return undefined
    if (this.#differentiated.some((n) => all.get(n)!.data.some((x) => x.fault !== undefined)))
      return undefined
    const zero = numbers.number(0)
    if (this.#domain.differentiated.some((n) => all.get(n)!.data.some((x) => !numbers.less(zero, x))))
      return undefined
    const side = (root: Node, nonnegative: readonly Node[]): Tensor<Watched<Big>> => {
      const isOutside = nonnegative.some((n) => all.get(n)!.data.some((x) => numbers.less(x, zero)))
      return mapTensor(all.get(root)!, (x) => (isOutside ? { ...x, fault: 'undefined' as const } : x))
    }
    const [left, right] = this.#roots
    return new Sides(numbers, side(left, this.#domain.left), side(right, this.#domain.right), digits)
  }

  /** Whether something that is differentiated may have a kink or a jump here: numbers are equal that move apart. */
  #isKink(point: Point): boolean {
    const nodes = decisiveNodes(this.#differentiated)
    if (nodes.length === 0) return false
    const dual = dualNumbers(doubles)
    const rng = random('direction')
    const values = new Map(
      [...point.values].map(([name, t]) => [name, mapTensor(t, (x) => moving(x, 0, rng.normal()))]),
    )
    const apart = (a: Dual<number>, b: Dual<number>): boolean => (slopeOf(dual.subtract(a, b), 0) ?? 0) !== 0
    const all = evaluateAll(this.#differentiated, values, dual, { dims: point.dims })
    return decisions(nodes, all, dual, apart).tied
  }
}

/** The values of both sides, entry by entry. */
class Sides<T> {
  readonly pairs: readonly (readonly [Watched<T>, Watched<T>])[]
  readonly #f: System<Watched<T>>
  readonly #shape: readonly number[]
  readonly #tolerance: number

  constructor(f: System<Watched<T>>, left: Tensor<Watched<T>>, right: Tensor<Watched<T>>, digits: number) {
    this.#f = f
    this.pairs = pairs(left, right)
    this.#shape = (left.shape.length >= right.shape.length ? left : right).shape
    this.#tolerance = 10 ** (LOST - Math.min(digits, 300)) * sizeOf(f, left, right)
  }

  gap(index: number): number {
    const [left, right] = this.pairs[index]!
    return this.#f.toNumber(this.#f.subtract(left, right))
  }

  isApart(index: number): boolean {
    return !(Math.abs(this.gap(index)) <= this.#tolerance)
  }

  differ(index: number): Judgement & { verdict: 'differ' } {
    const [left, right] = this.pairs[index]!
    const plain = (x: Watched<T>): number => (x.fault === undefined ? this.#f.toNumber(x) : NaN)
    return { verdict: 'differ', shape: this.#shape, index, left: plain(left), right: plain(right) }
  }
}
