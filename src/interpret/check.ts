import { type Derived, type Network, judgedNodes, keptDefaults, mainOf } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { bigNumbers } from './bignumbers.ts'
import { HOPELESS, WELL, amplification } from './conditioning.ts'
import { decisions, decisiveNodes } from './decisions.ts'
import { type Entry, difference, lossAlong } from './differences.ts'
import { doubles } from '../graph/doubles.ts'
import { type Dual, dualNumbers, moving, slopeOf } from './dual.ts'
import { type Dims, EvaluationError, evaluate, evaluateAll } from './evaluate.ts'
import { forward, valuesIn } from './forward.ts'
import type { System } from '../graph/numbers.ts'
import { type Point, choosePoints } from './points.ts'
import { random } from '../base/random.ts'
import { type GradientCheck, TOLERANCE, merge } from './report.ts'
import { type Tensor, magnitude, mapTensor, positionText } from './tensor.ts'
import { spaceOf, workOf } from './work.ts'

export interface CheckOptions {
  /** How many random points, or their seeds. */
  readonly seeds?: number | readonly (number | string)[]
  readonly dims?: Dims
  /** Points that were chosen before; then there is no need of seeds and dims. */
  readonly points?: readonly GradientPoint[]
  /** Of the high precision. */
  readonly digits?: number
  /** At most so many entries of each parameter, at each point. */
  readonly entries?: number
  /** About how many multiplications in high precision, for each point; a million take two to three seconds. */
  readonly budget?: number
}

/** A point at which gradients can be judged. */
export interface GradientPoint extends Point {
  /** Whether no comparison on the way to the loss is left to rounding. */
  readonly decided: boolean
  /** How much a relative error of the data grows on the way to the gradients. */
  readonly amplification: number
}

const DIGITS = 50
const BUDGET = 400_000
/** Whether forward mode in high precision is affordable for a loss of this work. */
const isPrecise = (work: number, budget: number): boolean => work * 4 <= budget
/** What a multiplication in big numbers costs, in such in doubles. */
const BIG_COST = 20
/** Where a formula seems wrong, it is tried in more digits: sums that cancel cost a right one all that there are. */
const MORE_DIGITS = [2, 4]

/**
 * The derived gradients against two independent judges, at random points that respect the declared assumptions:
 * forward mode with dual numbers in high precision, and central differences. Reproducible from the seeds.
 * Throws an EvaluationError where the program cannot be evaluated: an abstract function, too many numbers, or no point
 * with a finite, well conditioned loss.
 */
export async function checkGradients(derived: Derived, options: CheckOptions = {}): Promise<GradientCheck[]> {
  const { digits = DIGITS } = options
  const points = options.points ?? (await gradientPoints(derived, options))
  const results = new Map<Symbol, GradientCheck>()
  for (const point of points) {
    let checks = checkAt(derived, point, await bigNumbers(digits), options)
    for (const more of MORE_DIGITS) {
      if ([...checks.values()].every((c) => (c.formulaError ?? 0) <= TOLERANCE.formula)) break
      checks = checkAt(derived, point, await bigNumbers(digits * more), options)
    }
    for (const [symbol, check] of checks) results.set(symbol, merge(results.get(symbol), check))
  }
  return [...results.values()]
}

/**
 * A point for each seed at which the loss is finite, no comparison is left to rounding and values are well conditioned, if
 * there are such; at several sizes where dims are open. Throws an EvaluationError where there is none.
 */
export async function gradientPoints(
  derived: Derived,
  options: CheckOptions = {},
): Promise<readonly GradientPoint[]> {
  const { seeds = 3, digits = DIGITS } = options
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : seeds
  const big = await bigNumbers(digits)
  return pointsFor(derived, list, options.dims, {
    isDecided: (p) => decidedIn(big, derived, p, options),
    isKnown: (p) => knownIn(big, derived, p, options),
  })
}

/** What a sentence calls it. */
const subjectOf = (network: Network): string =>
  network.loss ? `the loss ${network.loss.name}` : `the value ${mainOf(network)?.name ?? ''}`

/** The gradients at one point. */
function checkAt<B>(
  derived: Derived,
  point: GradientPoint,
  big: System<B>,
  options: CheckOptions,
): Map<Symbol, GradientCheck> {
  const { entries: most = 40, budget = BUDGET } = options
  if (!derived.network.loss) return new Map()
  const loss = derived.network.loss.node
  const symbols = [...derived.gradients.keys()]
  const roots = [...derived.gradients.values()]
  const { dims, seed, decided } = point
  const work = workOf([loss], dims)
  const precise = isPrecise(work, budget)
  const affordable = Math.floor(
    (precise ? budget : budget * BIG_COST) / (work * 2 + 1) / Math.max(1, symbols.length),
  )
  const rng = random(`entries ${seed}`)
  const entries = symbols.flatMap((s) =>
    rng.sample(entriesOf(s, point), Math.max(1, Math.min(most, affordable))),
  )
  const expected = precise ? expect(loss, point, entries, big) : expectInDoubles(loss, point, entries)
  const inDoubles = evaluate(roots, point.values, doubles, { dims })
  const exact =
    precise && workOf(roots, dims) <= budget * 2
      ? evaluate(roots, valuesIn(big, point), big, { dims })
      : undefined
  const along = entries.length * work <= budget * BIG_COST ? lossAlong(loss, point) : undefined
  const greatest = Math.max(0, ...expected.derivatives.map(Math.abs))
  // Relative to what errors count: a gradient that is tiny beside the others is known less well, one that is zero up
  // to the last digits of the high precision not at all.
  const known = Math.max(greatest, Math.min(1, Math.abs(expected.loss)))
  const size = known > cancelled(loss, point) ? Math.max(known, 1e-20) : 1
  const scaleOf = (largest: number): number =>
    precise && largest < 1e-25 * size ? size : Math.max(largest, 1e-6 * size)

  const results = new Map<Symbol, GradientCheck>()
  symbols.forEach((symbol, g) => {
    const { shape } = inDoubles[g]!
    const own = entries.flatMap((entry, k) => (entry.name === symbol.name ? [{ entry, k }] : []))
    const largest = Math.max(0, ...own.map(({ k }) => Math.abs(expected.derivatives[k]!)))
    const scale = scaleOf(largest)
    for (const { entry, k } of own) {
      const value = inDoubles[g]!.data[entry.index]!
      const wanted = expected.derivatives[k]!
      const differ = along && difference(loss, point, entry, along)
      const tells = differ !== undefined && differ.error <= BOUND * scale
      const off = exact && big.toNumber(big.subtract(exact[g]!.data[entry.index]!, expected.exact[k] as B))
      results.set(
        symbol,
        merge(results.get(symbol), {
          name: symbol.name,
          checked: 1,
          entries: 0,
          maxRelativeError: ratio(value - wanted, scale, value === wanted),
          // High precision shows small gradients too; what is zero up to its last digits is zero.
          formulaError: off === undefined ? undefined : ratio(off, Math.max(largest, size * 1e-21, 1e-30)),
          differencesError: tells ? ratio(value - differ.value, scale) : undefined,
          kinks: along && !differ ? 1 : 0,
          unsure: differ && !tells ? 1 : 0,
          amplification: point.amplification,
          precise,
          undecided: decided ? 0 : 1,
          worst: { seed, entry: positionText(shape, entry.index), derived: value, expected: wanted },
        }),
      )
    }
    const check = results.get(symbol)
    if (check) results.set(symbol, { ...check, entries: inDoubles[g]!.data.length })
  })
  return results
}

/** Differences whose own error bound is greater than that, relative to the largest entry, say nothing. */
const BOUND = TOLERANCE.differences / 10

/** In digits, what high precision leaves of a number that is zero. */
const LEFT = 1e-25

/** What is zero up to the last digits of high precision, beside the values that a program makes on the way to it. */
export function cancelled(loss: Node, { values, dims }: Point): number {
  const all = [...evaluateAll([loss], values, doubles, { dims }).values()].flatMap(({ data }) => data)
  return LEFT * Math.min(1, magnitude(all.filter(Number.isFinite)))
}

/** Infinities that agree are no error. */
const ratio = (error: number, unit: number, same = false): number =>
  same || error === 0 ? 0 : Math.abs(error) / unit

const entriesOf = (symbol: Symbol, point: Point): Entry[] =>
  point.values.get(symbol.name)!.data.map((_, index) => ({ name: symbol.name, index }))

interface Expected {
  readonly loss: number
  readonly derivatives: readonly number[]
  /** As the number system has them. */
  readonly exact: readonly unknown[]
}

function expect<T>(
  loss: Node,
  point: Point,
  entries: readonly Entry[],
  numbers: System<T>,
  kernels = false,
): Expected {
  const result = forward([loss], valuesIn(numbers, point), entries, numbers, { dims: point.dims, kernels })
  const exact = result.derivatives[0]!.map((t: Tensor<T>) => t.data[0]!)
  return {
    loss: numbers.toNumber(result.values[0]!.data[0]!),
    derivatives: exact.map((x) => numbers.toNumber(x)),
    exact,
  }
}

/** By the definitions; where these overflow doubles, by the kernels, whose branches have kinks of their own. */
function expectInDoubles(loss: Node, point: Point, entries: readonly Entry[]): Expected {
  const defined = expect(loss, point, entries, doubles)
  return [defined.loss, ...defined.derivatives].every(Number.isFinite)
    ? defined
    : expect(loss, point, entries, doubles, true)
}

/** Whether no comparison in the loss is left to rounding: in high precision as in doubles, where that is affordable. */
function decidedIn<B>(
  big: System<B>,
  { network }: Derived,
  point: Point,
  { budget = BUDGET }: CheckOptions,
): boolean {
  const roots = judgedNodes(network)
  const nodes = decisiveNodes(roots)
  if (nodes.length === 0 || !isPrecise(workOf(roots, point.dims), budget)) return true
  const options = { dims: point.dims }
  // One random direction tells values that are the same from values that happen to be equal.
  const dual = dualNumbers(big)
  const rng = random(`direction ${point.seed}`)
  const params = new Set(network.params.map((p) => p.symbol.name))
  const moved = new Map(
    [...valuesIn(big, point)].map(([name, t]) => [
      name,
      mapTensor(t, (value): Dual<B> =>
        params.has(name) ? moving(value, 0, big.number(rng.normal())) : { value, tangent: undefined },
      ),
    ]),
  )
  const apart = (a: Dual<B>, b: Dual<B>): boolean =>
    Math.abs(big.toNumber(slopeOf(dual.subtract(a, b), 0) ?? big.number(0))) > 1e-20
  const exact = decisions(nodes, evaluateAll(roots, moved, dual, options), dual, apart)
  return (
    !exact.close &&
    exact.fingerprint ===
      decisions(nodes, evaluateAll(roots, point.values, doubles, options), doubles).fingerprint
  )
}

/** Whether doubles and high precision know the same loss, where that is affordable. */
function knownIn<B>(
  big: System<B>,
  { network }: Derived,
  point: Point,
  { budget = BUDGET }: CheckOptions,
): boolean {
  const roots = judgedNodes(network)
  const { dims } = point
  if (!isPrecise(workOf(roots, dims), budget)) return true
  const rough = evaluate(roots, point.values, doubles, { dims })
  return evaluate(roots, valuesIn(big, point), big, { dims }).every((tensor, r) =>
    tensor.data.every((value, i) => {
      const exact = big.toNumber(value)
      return Math.abs(exact - rough[r]!.data[i]!) <= SAME * Math.max(1, Math.abs(exact))
    }),
  )
}

/** What must be true of a point beyond what doubles tell. */
interface Acceptance {
  /** No comparison is left to rounding. */
  readonly isDecided: (point: Point) => boolean
  /** The loss in doubles is that in high precision, up to a few digits. */
  readonly isKnown: (point: Point) => boolean
}

/** Values that large, of data of ordinary size, are exponentials, or made of rounding. */
const LARGE = 1e10
/** How near the loss in doubles is to the one in high precision, or one of them is no number to go by. */
const SAME = 1e-2

/** How many points are tried until one leaves no comparison to rounding. */
const MOST_UNDECIDED = 4
/** Above so many multiplications in doubles conditioning is not measured: it takes evaluations more. */
const MEASURED = 2e7
/** So many numbers are held at once, and no more: 64 MB in doubles, ten times as much in dual numbers. */
const MOST_NUMBERS = 8e6

function pointsFor(
  derived: Derived,
  seeds: readonly (number | string)[],
  dims: Dims | undefined,
  { isDecided, isKnown }: Acceptance,
): GradientPoint[] {
  const { network } = derived
  const judged = judgedNodes(network)
  const roots = [...judged, ...derived.gradients.values()]
  const nodes = decisiveNodes(judged)
  const symbols = [...network.params, ...network.data, ...network.hypers].map((d) => d.symbol)
  const seen = new Map<Point, Omit<GradientPoint, keyof Point>>()
  let undecided = 0
  let finite = false
  const judge = (point: Point): number => {
    boundSpace(mainOf(network)?.name ?? '', roots, point.dims)
    const all = evaluateAll(judged, point.values, doubles, { dims: point.dims })
    if (!judged.every((node) => all.get(node)!.data.every(Number.isFinite))) return Infinity
    finite = true
    const isMeasured = workOf(roots, point.dims) <= MEASURED
    const isClose = decisions(nodes, all, doubles).close
    // Where rounding decides, what is decided changes, and tells nothing of conditioning.
    if (!isClose && isMeasured && amplification(judged, point, symbols, all) > HOPELESS) return Infinity
    // By chance rounding may be the same in data that are moved: of a singular matrix it makes numbers that are large.
    const isLarge = [...all.values()].some(({ data }) => magnitude(data.filter(Number.isFinite)) > LARGE)
    if (isLarge && !isKnown(point)) return Infinity
    const amplified = !isClose && isMeasured ? amplification(roots, point, symbols) : 1
    const decided = !isClose && isDecided(point)
    seen.set(point, { decided, amplification: amplified })
    if (!decided && ++undecided < MOST_UNDECIDED) return Number.MAX_VALUE
    return amplified <= WELL ? 0 : Math.min(amplified, 1e300)
  }
  const fixed = keptDefaults(network.hypers)
  const { points, tried } = choosePoints(roots, seeds, { dims, fixed, symbols }, judge)
  if (points.length > 0) return points.map((point) => ({ ...point, ...seen.get(point)! }))
  throw new EvaluationError('domain', nowhere(subjectOf(network), finite, tried))
}

/** Why there is no point, and the way out. */
function nowhere(subject: string, finite: boolean, tried: readonly Dims[]): string {
  const texts = tried.map(sizesText).filter((t) => t !== '')
  return (
    (finite
      ? `at every random point ${subject} is ill-conditioned: data that change in the twelfth digit change it altogether, as where a matrix is singular`
      : `no random point was found at which ${subject} is finite`) +
    (texts.length > 0
      ? ` (tried: ${texts.join('; ')}); other sizes can be given, as in --dim ${[...tried[0]!.keys()].at(-1)!}=9`
      : '')
  )
}

/** Throws an EvaluationError where an evaluation would hold too many numbers. */
function boundSpace(name: string, roots: readonly Node[], dims: Dims): void {
  const space = spaceOf(roots, dims)
  if (space > MOST_NUMBERS)
    throw new EvaluationError(
      'space',
      `the values on the way to ${name} are ${space.toLocaleString('en')} numbers, and no more than ${MOST_NUMBERS.toLocaleString('en')} are held in memory; give smaller sizes with --dim`,
    )
}

/** `M = 2, N = 3`; nothing where no dim is open. */
export const sizesText = (dims: Dims): string => [...dims].map(([name, n]) => `${name} = ${n}`).join(', ')

/**
 * A random point for a network at which its loss is finite and, if one is found, values are well conditioned and no
 * comparison is left to rounding. Throws an EvaluationError where none is found.
 */
export const pointFor = (derived: Derived, seed: number | string, dims?: Dims): GradientPoint =>
  pointsFor(derived, [seed], dims, { isDecided: () => true, isKnown: () => true })[0]!
