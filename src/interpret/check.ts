import { toNumber } from '../base/rational.ts'
import type { Derived } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { bigNumbers } from './bignumbers.ts'
import { decisions, decisiveNodes } from './decisions.ts'
import { type Entry, difference, lossAlong } from './differences.ts'
import { doubles } from '../graph/doubles.ts'
import { type Dual, dualNumbers } from './dual.ts'
import { type Dims, EvaluationError, evaluate, evaluateAll } from './evaluate.ts'
import { forward, valuesIn } from './forward.ts'
import type { System } from '../graph/numbers.ts'
import { type Point, randomPoint } from './points.ts'
import { random } from '../base/random.ts'
import { type GradientCheck, merge } from './report.ts'
import { type Tensor, mapTensor, positionText } from './tensor.ts'
import { workOf } from './work.ts'

export interface CheckOptions {
  /** How many random points, or their seeds. */
  readonly seeds?: number | readonly (number | string)[]
  readonly dims?: Dims
  /** Of the high precision. */
  readonly digits?: number
  /** At most so many entries of each parameter, at each point. */
  readonly entries?: number
  /** About how many multiplications in high precision, for each point; a million take two to three seconds. */
  readonly budget?: number
}

const BUDGET = 400_000
/** Whether forward mode in high precision is affordable for a loss of this work. */
const isPrecise = (work: number, budget: number): boolean => work * 4 <= budget
/** What a multiplication in big numbers costs, in such in doubles. */
const BIG_COST = 20

/**
 * The derived gradients against two independent judges, at random points that respect the declared assumptions:
 * forward mode with dual numbers in high precision, and central differences. Reproducible from the seeds.
 * Throws an EvaluationError where the program cannot be evaluated: an abstract function, or no point with a finite loss.
 */
export async function checkGradients(derived: Derived, options: CheckOptions = {}): Promise<GradientCheck[]> {
  const { seeds = 3, digits = 50 } = options
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : seeds
  const big = await bigNumbers(digits)
  const results = new Map<Symbol, GradientCheck>()
  for (const seed of list) {
    const { point, decided } = findPoint(derived, seed, options.dims, (p) =>
      decidedIn(big, derived, p, options),
    )
    for (const [symbol, check] of checkAt(derived, point, decided, big, options))
      results.set(symbol, merge(results.get(symbol), check))
  }
  return [...results.values()]
}

/** The gradients at one point. */
function checkAt<B>(
  derived: Derived,
  point: Point,
  decided: boolean,
  big: System<B>,
  options: CheckOptions,
): Map<Symbol, GradientCheck> {
  const { entries: most = 40, budget = BUDGET } = options
  const loss = derived.network.loss.node
  const symbols = [...derived.gradients.keys()]
  const roots = [...derived.gradients.values()]
  const { dims, seed } = point
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
  const size = Math.max(greatest, Math.min(1, Math.abs(expected.loss)), 1e-20)
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
          // Differences know the loss to sixteen digits, and estimate their own error.
          differencesError: differ && ratio(value - differ.value, Math.max(scale, 1e5 * differ.error)),
          kinks: along && !differ ? 1 : 0,
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
  const roots = [network.loss.node]
  const nodes = decisiveNodes(roots)
  if (nodes.length === 0 || !isPrecise(workOf(roots, point.dims), budget)) return true
  const options = { dims: point.dims }
  // One random direction tells values that are the same from values that happen to be equal.
  const dual = dualNumbers(big)
  const rng = random(`direction ${point.seed}`)
  const params = new Set(network.params.map((p) => p.symbol.name))
  const moving = new Map(
    [...valuesIn(big, point)].map(([name, t]) => [
      name,
      mapTensor(t, (value) => ({
        value,
        tangent: params.has(name) ? [big.number(rng.normal())] : undefined,
      })),
    ]),
  )
  const apart = (a: Dual<B>, b: Dual<B>): boolean =>
    Math.abs(big.toNumber(dual.subtract(a, b).tangent?.[0] ?? big.number(0))) > 1e-20
  const exact = decisions(nodes, evaluateAll(roots, moving, dual, options), dual, apart)
  return (
    !exact.close &&
    exact.fingerprint ===
      decisions(nodes, evaluateAll(roots, point.values, doubles, options), doubles).fingerprint
  )
}

/** How many points are tried until one leaves no comparison to rounding. */
const MOST_UNDECIDED = 4

function findPoint(
  derived: Derived,
  seed: number | string,
  dims: Dims | undefined,
  accept: (point: Point) => boolean,
): { point: Point; decided: boolean } {
  const { network } = derived
  const defaults = new Map(network.hypers.map((h) => [h.symbol.name, toNumber(h.value)]))
  const loss = network.loss.node
  const nodes = decisiveNodes([loss])
  const undecided: Point[] = []
  const usable = (point: Point): boolean => {
    const all = evaluateAll([loss], point.values, doubles, { dims: point.dims })
    if (!Number.isFinite(all.get(loss)!.data[0]!)) return false
    if (!decisions(nodes, all, doubles).close && accept(point)) return true
    return undecided.push(point) >= MOST_UNDECIDED
  }
  const symbols = [...network.params, ...network.data, ...network.hypers].map((d) => d.symbol)
  // A hyperparameter of 0 hides its term; others keep their default, which may be an exponent or a count.
  const fixed = (s: Symbol): number | undefined =>
    s.role === 'hyper' ? defaults.get(s.name) || undefined : undefined
  const { point, usable: found } = randomPoint(
    [loss, ...derived.gradients.values()],
    seed,
    { dims, fixed, symbols },
    usable,
  )
  if (found && !undecided.includes(point)) return { point, decided: true }
  if (undecided.length > 0) return { point: undecided[0]!, decided: false }
  throw new EvaluationError(
    'domain',
    `no random point was found at which the loss ${network.loss.name} is finite`,
  )
}

/**
 * A random point for a network at which its loss is finite and, if one is found, no comparison is left to rounding.
 * Throws an EvaluationError where none is found.
 */
export const pointFor = (derived: Derived, seed: number | string, dims?: Dims): Point =>
  findPoint(derived, seed, dims, () => true).point
