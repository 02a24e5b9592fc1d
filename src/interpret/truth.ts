/** What a loss and its gradient, or an output, are at a point, edges included: in as many digits as it takes, by the conventions of the language. */
import { random } from '../base/random.ts'
import { isNegative, isZero } from '../base/rational.ts'
import { type Node, type SumNode, peel } from '../graph/node.ts'
import type { System } from '../graph/numbers.ts'
import { topological } from '../graph/traverse.ts'
import { type Big, bigNumbers } from './bignumbers.ts'
import { careful, carefulDuals, carefree } from './careful.ts'
import type { Entry } from './differences.ts'
import { type Dual, moving, slopeOf } from './dual.ts'
import { type Values, evaluate } from './evaluate.ts'
import type { Point } from './points.ts'
import { type Tensor, magnitude, mapTensor } from './tensor.ts'
import { workOf } from './work.ts'

/** The values looked at, then the derivative of the first by each entry; undefined where there is none. */
export type Exact = readonly (Big | undefined)[]

/** Digits that are tried in turn, while some were lost. */
const DIGITS = [60, 100, 250, 500, 1000]
/** So far must two precisions agree, relative to the value. */
const AGREEMENT = 1e-20
/** How far data are moved for a limit, relative to them; zeros are replaced by that small a number. */
const MOVE = '1e-30'
/** What is that small where data were moved is 0. */
const MOVED = 1e-25
const NEAR_ZERO = '1e-60'
/** Limits need that many digits at least. */
const LIMIT_DIGITS = 100
/** And where digits were lost, or differ, these. */
const MORE_LIMIT_DIGITS = 250
/** How near to each other the values must be on the ways to a limit. */
const SAME_LIMIT = 1e-12
/** The root of how far data are moved, and a little more: where the limit is 0, that is left. */
const NOTHING = 1e-14
/** What stands for zero, twice: what depends on it has no limit. */
const LEAST = ['1e-3000', '1e-6000']
const WAYS = 4
/** Entries of an inverse with that exponent are those of a singular matrix, which has none, whatever it meets with. */
const SINGULAR = 20
/** How far data are moved to see how far rounding of them would carry. */
const NUDGE = '1e-25'
const NUDGES = 2
/** The power of its digits that a number costs. */
const GROWTH = 1.7

/** The digits that can be lost at this point: of sums and products of the data, and of their exponentials beside 1. */
function digitsNeeded({ values }: Pick<Point, 'values'>): number {
  let [low, high] = [0, 0]
  for (const { data } of values.values())
    for (const x of data) {
      if (x === 0 || !Number.isFinite(x)) continue
      const size = Math.log10(Math.abs(x))
      low = Math.min(low, size)
      high = Math.max(high, size)
    }
  return 60 + 2 * (high - low) + 0.9 * largest({ values })
}

/** The largest size of which exponentials are told from nothing. */
const largest = ({ values }: Pick<Point, 'values'>): number =>
  magnitude([...values.values()].flatMap(({ data }) => data.filter((x) => Math.abs(x) <= 2000)))

/**
 * The judge of a loss and its gradient, or of entries of an output, at single points, edges included. The value as it is written is taken in forward mode, in
 * high precision. Where that has no value, the limit counts: the data are moved a little in several ways, to both sides
 * where there are values. Where slopes differ by the way (a norm at 0) what is zero itself counts for nothing beside the
 * infinite slope, so that the slope of a norm at 0 is 0; x·log x is 0 at 0, and a weight of exp(−∞) is 0.
 */
export class Truths {
  readonly #root: Node
  readonly #entries: readonly Entry[]
  readonly #places: readonly number[]
  readonly #allowance: number
  /** About how many multiplications in as many digits as a first guess has were made. */
  spent = 0

  /**
   * @param entries what it is differentiated by
   * @param allowance how much may be spent at a point; what takes more cannot be told
   * @param places which entries of the root are looked at; of several there are no derivatives
   */
  constructor(
    root: Node,
    entries: readonly Entry[],
    allowance = Infinity,
    places: readonly [number, ...number[]] = [0],
  ) {
    this.#root = root
    this.#entries = entries
    this.#allowance = allowance
    this.#places = places
  }

  /** How many values stand by themselves: a loss beside its gradient, while entries of one output are a whole. */
  get alone(): number {
    return this.#places.length > 1 ? 0 : 1
  }

  #hasValue(exact: Exact): boolean {
    return this.#places.some((_, i) => isKnown(exact[i]))
  }

  /** A first guess in a few digits, which may be wrong where digits were lost. */
  guess(point: Point): Promise<{ readonly exact: Exact; readonly doubtful: boolean }> {
    return this.#evaluate(point, DIGITS[0]!)
  }

  /** What is right; undefined where there is nothing, and nothing at all where it takes too long to tell. */
  async at(point: Point): Promise<Exact> {
    const needed = digitsNeeded(point)
    // What has no value may have one beside it that is as small as e^(−x²/2).
    const reaching = Math.max(needed, 60 + largest(point) ** 2 / 4)
    let last: Exact | undefined
    let reached = 0
    for (const digits of DIGITS) {
      if (this.#cost(point, digits) + this.spent > this.#allowance) return []
      const { exact, doubtful } = await this.#evaluate(point, digits)
      if (last && !doubtful && exact.every((x, i) => agree(x, last![i], AGREEMENT)))
        return await this.#atLimits(point, exact, digits)
      last = exact
      reached = digits
      if (digits >= (exact.every(isKnown) ? needed : reaching)) break
    }
    return await this.#atLimits(point, last!, reached)
  }

  #cost({ dims }: Point, digits: number): number {
    return workOf([this.#root], dims) * (1 + this.#entries.length / 12) * (digits / DIGITS[0]!) ** GROWTH
  }

  async #atLimits(point: Point, exact: Exact, digits: number): Promise<Exact> {
    if (exact.every(isKnown)) return exact
    const limits = await this.#limit(point, Math.max(digits, LIMIT_DIGITS))
    if (this.#entries.length === 0) return exact.map((x, i) => x ?? limits[i])
    // A value that is none of those beside it has no slope.
    return exact[0] && limits[0] && !agree(exact[0], limits[0], SAME_LIMIT, NOTHING) ? [] : limits
  }

  /**
   * How far each value moves when the data do, and the sums, products and logarithms on the way, per relative change of them; 0 where
   * that cannot be told. What a formula that is well written need not round is not moved: exponentials, sigmoids and the
   * like, and what stands beside a constant: 1 − e⁻ˣ can be had as it is.
   */
  async sensitivity(point: Point, exact: Exact): Promise<number[]> {
    const digits = DIGITS[0]!
    const big = await bigNumbers(digits)
    const nudge = big.number(Number(NUDGE))
    const nodes = topological([this.#root])
    const beside = new Set(
      nodes.flatMap((n) => (n.kind === 'sum' && !isZero(n.constant) && mayCancel(n) ? n.args.map(peel) : [])),
    )
    const rounded = new Set(nodes.filter((n) => isRounded(n) && !beside.has(n)))
    const most = exact.map(() => 0)
    for (let k = 0; k < NUDGES; k++) {
      const rng = random(`nudge ${k}`)
      const factor = (): Big => nudge.times(rng.pick([-1, 1]) * (0.5 + rng.uniform())).plus(1)
      const moved = await this.#evaluate(
        point,
        digits,
        undefined,
        (x) => x.times(factor()),
        (node, value) => (rounded.has(node) ? mapTensor(value, (x) => scaled(x, factor)) : value),
      )
      moved.exact.forEach((x, i) => {
        const before = exact[i]
        if (x && before) most[i] = Math.max(most[i]!, Math.abs(x.minus(before).div(nudge).toNumber()))
      })
    }
    return most
  }

  async #limit(point: Point, digits: number): Promise<Exact> {
    if (this.#cost(point, digits) * LEAST.length * (WAYS + 1) + this.spent > this.#allowance) return []
    const ways: Exact[] = []
    for (let way = 0; way < WAYS; way++) {
      const exact = await this.#converging(point, digits, way)
      if (exact === 'none') return []
      if (this.#hasValue(exact)) ways.push(exact)
    }
    const still = await this.#converging(point, digits)
    if (still === 'none') return []
    if (ways.length < 2) return this.#hasValue(still) ? still : []
    const [first, ...others] = ways as [Exact, ...Exact[]]
    const limits = first.map((x, i) =>
      others.every((o) => agree(x, o[i], SAME_LIMIT, NOTHING)) ? x : undefined,
    )
    if (digits < MORE_LIMIT_DIGITS && limits.some((x) => x === undefined))
      return this.#limit(point, MORE_LIMIT_DIGITS)
    // Where values differ by the way, y/x at x = 0 say, that of what stands for zero must be one of them.
    const isMet = this.#places.map(
      (_, i) =>
        isKnown(limits[i]) ||
        (isKnown(still[i]) && ways.some((way) => agree(way[i], still[i], SAME_LIMIT, NOTHING))),
    )
    if (!isMet.includes(true)) return []
    // What stands for zero is the nearer: where it has the same limit, that is told exactly.
    return limits.map((x, i) =>
      isMet[i] === false
        ? undefined
        : x === undefined || agree(x, still[i], SAME_LIMIT, NOTHING)
          ? still[i]
          : x.abs().lt(MOVED)
            ? x.minus(x)
            : x,
    )
  }

  /** With two stand-ins for zero: what they agree on; none where the loss is infinite or a matrix has no inverse. */
  async #converging(point: Point, digits: number, way?: number): Promise<Exact | 'none'> {
    const big = await bigNumbers(digits)
    const move = way === undefined ? undefined : this.#mover(big, way)
    let isNone = false
    const kept = (node: Node, value: Tensor<Dual<Big>>): Tensor<Dual<Big>> => {
      const isMatrix = node.kind === 'apply' && node.op.kind === 'matrix'
      if (isMatrix && value.data.some((x) => x.value.e > SINGULAR)) isNone = true
      return value
    }
    const [a, b] = await Promise.all(
      LEAST.map((least) => this.#evaluate(point, digits, least, move?.(), kept)),
    )
    if (isNone || a!.isInfinite) return 'none'
    const isShort = digits < MORE_LIMIT_DIGITS && (a!.doubtful || b!.doubtful)
    if (move && isShort) return this.#converging(point, MORE_LIMIT_DIGITS, way)
    return a!.exact.map((x, i) => (agree(x, b!.exact[i], SAME_LIMIT) ? x : undefined))
  }

  /** Ways to move data: all to larger sizes, all to smaller ones, at random. */
  #mover(f: System<Big>, way: number): () => (x: Big) => Big {
    const move = f.number(Number(MOVE))
    const near = f.number(Number(NEAR_ZERO))
    return () => {
      const rng = random(`way ${way}`)
      return (x) => {
        const by = 0.5 + rng.uniform()
        const sign = way === 0 ? 1 : way === 1 ? -1 : rng.pick([-1, 1])
        if (!x.isFinite()) return x
        return x.isZero() ? near.times(sign * by) : x.times(move.times(sign * by).plus(1))
      }
    }
  }

  async #evaluate(
    { values, dims }: Point,
    digits: number,
    least?: string,
    move?: (x: Big) => Big,
    kept?: (node: Node, value: Tensor<Dual<Big>>) => Tensor<Dual<Big>>,
  ): Promise<{ exact: Exact; doubtful: boolean; isInfinite: boolean }> {
    this.spent += this.#cost({ values, dims, seed: '' }, digits)
    const big = await bigNumbers(digits)
    const care = carefree()
    const zero = big.number(0)
    const stand = least === undefined ? undefined : zero.plus(1).times(least)
    const f = careful(big, digits, care, stand)
    const one = big.number(1)
    const places = new Map(this.#entries.map(({ name, index }, k) => [`${name} ${index}`, k]))
    const seeded: Values<Dual<Big>> = new Map(
      [...values].map(([name, t]): [string, Tensor<Dual<Big>>] => [
        name,
        mapTensor(t, (x, index) => {
          const value = move ? move(big.number(x)) : big.number(x)
          const k = places.get(`${name} ${index}`)
          return k === undefined ? { value, tangent: undefined } : moving(value, k, one)
        }),
      ]),
    )
    let isFlat = false
    const [result] = evaluate([this.#root], seeded, carefulDuals(f, stand), {
      dims,
      kept: (node, value) => {
        // Elimination ends at a pivot of 0, and with it what it knows of slopes.
        isFlat ||= isDeterminant(node) && value.data.some((x) => x.value.isZero())
        return kept?.(node, value) ?? value
      },
    })
    const found = this.#places.map((place) => result!.data[place]!)
    const slopes = this.#entries.map((_, k) => (isFlat ? undefined : (slopeOf(found[0]!, k) ?? zero)))
    const exact = [...found.map(({ value }) => value), ...slopes].map((x) => (x?.isFinite() ? x : undefined))
    const isInfinite = found.every(({ value }) => !value.isFinite() && !value.isNaN())
    return { exact, doubtful: care.doubtful, isInfinite }
  }
}

/** A number for each matrix. */
const isDeterminant = (node: Node): boolean =>
  node.kind === 'apply' && node.op.kind === 'matrix' && node.shape.length < node.args[0]!.shape.length

/** Whether it is computed as it stands, and rounded: sums, products, logarithms, inverses. */
const isRounded = (node: Node): boolean =>
  node.kind === 'sum' ||
  node.kind === 'product' ||
  (node.kind === 'apply' && (node.op.logarithm === true || node.op.kind === 'matrix'))

/** Whether a sum with a constant may come out smaller than that: 1 − x, and not 1 + x². */
function mayCancel({ args, coefficients, constant }: SumNode): boolean {
  return args.some(({ range }, i) => {
    const least = isNegative(coefficients[i]!) === isNegative(constant) ? range.lo : -range.hi
    return least < 0
  })
}

/** The terms of a derivative are rounded each by itself. */
const scaled = ({ value, tangent }: Dual<Big>, factor: () => Big): Dual<Big> => ({
  value: value.times(factor()),
  tangent: tangent?.map(({ direction, slope }) => ({ direction, slope: slope.times(factor()) })),
})

const isKnown = (x: Big | undefined): boolean => x !== undefined

function agree(a: Big | undefined, b: Big | undefined, tolerance: number, nothing = 0): boolean {
  if (!a || !b) return a === b
  const size = a.abs().gt(b.abs()) ? a.abs() : b.abs()
  return a
    .minus(b)
    .abs()
    .lte(size.times(tolerance).plus(nothing || tolerance * 1e-20))
}
