import { toNumber } from '../base/rational.ts'
import type { Derived } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { bigNumbers } from './bignumbers.ts'
import { type Entry, difference, lossAlong } from './differences.ts'
import { doubles } from './doubles.ts'
import { type Dims, EvaluationError, evaluate } from './evaluate.ts'
import { forward, valuesIn } from './forward.ts'
import type { System } from './numbers.ts'
import { type Point, randomPoint } from './points.ts'
import { random } from './random.ts'
import { type GradientCheck, merge } from './report.ts'
import { type Tensor, positionText } from './tensor.ts'
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
    const point = pointFor(derived, seed, options.dims)
    for (const [symbol, check] of checkAt(derived, point, big, options))
      results.set(symbol, merge(results.get(symbol), check))
  }
  return [...results.values()]
}

/** The gradients at one point. */
function checkAt<B>(
  derived: Derived,
  point: Point,
  big: System<B>,
  options: CheckOptions,
): Map<Symbol, GradientCheck> {
  const { entries: most = 40, budget = 400_000 } = options
  const loss = derived.network.loss.node
  const symbols = [...derived.gradients.keys()]
  const roots = [...derived.gradients.values()]
  const { dims, seed } = point
  const work = workOf([loss], dims)
  const precise = work * 4 <= budget
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
  const size = Math.max(greatest, Math.min(1, Math.abs(expected.loss)), Number.MIN_VALUE)
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
          formulaError: off === undefined ? undefined : ratio(off, Math.max(largest, size * 1e-21)),
          // Differences know the loss to sixteen digits, and estimate their own error.
          differencesError: differ && ratio(value - differ.value, Math.max(scale, 1e5 * differ.error)),
          kinks: along && !differ ? 1 : 0,
          precise,
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
const ratio = (error: number, unit: number, same = false): number => (same ? 0 : Math.abs(error) / unit)

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

/** A random point for a network at which its loss is finite. Throws an EvaluationError where none is found. */
export function pointFor(derived: Derived, seed: number | string, dims?: Dims): Point {
  const { network } = derived
  const defaults = new Map(network.hypers.map((h) => [h.symbol.name, toNumber(h.value)]))
  const loss = network.loss.node
  const finite = (point: Point): boolean =>
    Number.isFinite(evaluate([loss], point.values, doubles, { dims: point.dims })[0]!.data[0]!)
  const symbols = [...network.params, ...network.data].map((d) => d.symbol)
  // A hyperparameter of 0 hides its term; others keep their default, which may be an exponent or a count.
  const fixed = (s: Symbol): number | undefined =>
    s.role === 'hyper' ? defaults.get(s.name) || undefined : undefined
  const found = randomPoint([loss, ...derived.gradients.values()], seed, { dims, fixed, symbols }, finite)
  if (!found.usable)
    throw new EvaluationError(
      'domain',
      `no random point was found at which the loss ${network.loss.name} is finite`,
    )
  return found.point
}
