import { random } from '../base/random.ts'
import { doubles } from '../graph/doubles.ts'
import type { Domain } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { bigNumbers } from './bignumbers.ts'
import { HOPELESS, WELL, amplification } from './conditioning.ts'
import { Judge, type Judgement, pairs, sameIn } from './confirm.ts'
import { type Dims, EvaluationError, evaluate, evaluateAll } from './evaluate.ts'
import { valuesIn } from './forward.ts'
import { type Point, choosePoints, symbolsOf } from './points.ts'
import { probes } from './probes.ts'
import { type Tensor, magnitude, positionText } from './tensor.ts'
import { FUNCTION_IN_DOUBLES, spaceOf, workOf } from './work.ts'

export interface EqualOptions {
  /** How many random points, or their seeds. */
  readonly seeds?: number | readonly (number | string)[]
  readonly dims?: Dims
  /** What must not be negative for a side to have a value, though its normal form may not tell: √x² is x. */
  readonly domain?: Domain
  /** Of the high precision. */
  readonly digits?: number
  /** The most points beyond the random ones. */
  readonly probes?: number
  /** Values that are given and not drawn, e.g. the defaults of hyperparameters. */
  readonly fixed?: (symbol: Symbol) => readonly number[] | undefined
}

/** What the points say of a = b. `unknown`: no point was found at which both are finite and well conditioned. */
export type Equality = {
  /** How many random points were tried. */
  readonly points: number
  /** The lengths that open dims were given, each once. */
  readonly sizes: readonly Dims[]
  /** About how many multiplications in high precision that took. */
  readonly work: number
} & ({ readonly verdict: 'holds' | 'unknown' } | Refutation)

export interface Refutation {
  readonly verdict: 'refuted'
  readonly point: Point
  readonly entry: string
  /** NaN where that side has no value, there and all around. */
  readonly left: number
  readonly right: number
}

const DIGITS = 60
/** Multiplications in high precision after which no further random point is tried: at derivatives of large values by large ones. */
const TRYING = 2_000_000
/** Work in doubles that is spent on points beyond the random ones, and their number. */
const PROBING = 1_000_000
const MOST_PROBES = 1500
const LEAST_PROBES = 12
/** What an evaluation takes for each node, in multiplications, whatever its size. */
const NODE = 25
/** Numbers that are held at once, and multiplications in one evaluation: beyond, nothing is evaluated. */
const MOST_NUMBERS = 4_000_000
const MOST_WORK = 50_000_000
/**
 * About how many multiplications in high precision are spent where doubles show a difference; and where a side has no value
 * in doubles, which is so often for want of range.
 */
const CONFIRMING = { different: 300_000, undefined: 40_000 }
/** What differs less than that in doubles, relative to the largest value, is not looked at in high precision. */
const SUSPICIOUS = 1e-9
/** What sums to 0 does so in doubles up to their last digits. */
const LEAST_SIZE = 1e-4

/**
 * Whether two values are equal at random points that respect the declared assumptions, in high precision, and at points
 * beyond every constant and breakpoint in them, at zeros and ties, large and small: evidence, not proof; but a
 * refutation is one, with the point. A scalar stands for every entry of a tensor. Throws an EvaluationError where an
 * abstract function has no values, or where the values are too many.
 */
export async function equalAtPoints(left: Node, right: Node, options: EqualOptions = {}): Promise<Equality> {
  const { seeds = 5, digits = DIGITS, dims, probes: most = MOST_PROBES } = options
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => `equal ${i + 1}`) : seeds
  const roots = [left, right]
  const chosen = basePoints(roots, list, options)
  const judge = new Judge(left, right, options.domain ?? EVERYWHERE, digits)
  const points: Point[] = []
  let tried = 0
  let judged = 0
  const about = () => ({
    points: points.length,
    sizes: [...new Map(points.map((p) => [[...p.dims].join(), p.dims])).values()].filter((d) => d.size > 0),
    work: tried + judge.spent,
  })
  const found = (j: Judgement & { verdict: 'differ' }, point: Point): Equality => ({
    verdict: 'refuted',
    ...about(),
    point,
    entry: positionText(j.shape, j.index),
    left: j.left,
    right: j.right,
  })

  for (const point of chosen) {
    if (tried > TRYING) break
    points.push(point)
    tried += workOf(roots, point.dims)
    if (!(await areEqual(roots, point, digits))) {
      const judgement = await judge.at(point)
      if (judgement.verdict === 'differ') return found(judgement, point)
      if (judgement.verdict === 'nothing') continue
    }
    judged++
  }
  if (points.length === 0) return { verdict: 'unknown', points: 0, sizes: dims ? [dims] : [], work: 0 }

  const work = workOf(roots, points[0]!.dims, FUNCTION_IN_DOUBLES) + NODE * topological(roots).length
  const count = Math.min(most, Math.max(LEAST_PROBES, Math.min(MOST_PROBES, Math.floor(PROBING / work))))
  const free = (s: Symbol): boolean => s.role !== 'hyper'
  for (const point of probes(roots, points, free, random('probes'), count)) {
    const suspicion = suspicionAt(roots, options.domain ?? EVERYWHERE, point)
    if (!suspicion || judge.spent > CONFIRMING[suspicion]) continue
    const judgement = await judge.at(point)
    if (judgement.verdict === 'differ') return found(judgement, point)
    if (judgement.verdict === 'equal') judged++
  }
  return judged > 0 ? { verdict: 'holds', ...about() } : { verdict: 'unknown', ...about(), points: 0 }
}

const EVERYWHERE: Domain = { left: [], right: [], differentiated: [] }

/** Random points at which both sides have values and are well conditioned. */
function basePoints(
  roots: readonly Node[],
  seeds: readonly (number | string)[],
  { dims, fixed }: EqualOptions,
): readonly Point[] {
  const symbols = symbolsOf(roots)
  const admits = (lengths: Dims): void => {
    if (spaceOf(roots, lengths) > MOST_NUMBERS || workOf(roots, lengths) > MOST_WORK)
      throw new EvaluationError(
        'space',
        'it is too large to be tried at these sizes; smaller ones can be given with --dim',
      )
  }
  const judge = (point: Point): number => {
    const amplified = amplification(roots, point, symbols)
    return amplified <= WELL ? 0 : amplified <= HOPELESS ? amplified : Infinity
  }
  return choosePoints(roots, seeds, { dims, admits, ...(fixed ? { fixed } : {}) }, judge).points
}

/** A point at which two values differ of which it is known that they are not equal everywhere: digits need not tell. */
export async function whereDifferent(
  left: Node,
  right: Node,
  options: EqualOptions = {},
): Promise<Refutation | undefined> {
  const { digits = DIGITS } = options
  const big = await bigNumbers(digits)
  for (const point of basePoints([left, right], ['differs 1', 'differs 2', 'differs 3'], options)) {
    const [a, b] = evaluate([left, right], valuesIn(big, point), big, { dims: point.dims })
    if (sameIn(big, a!, b!, digits)) continue
    const { shape } = a!.data.length >= b!.data.length ? a! : b!
    const of = ({ data }: Tensor<unknown>, i: number): number =>
      big.toNumber(data[data.length === 1 ? 0 : i] as never)
    const count = Math.max(a!.data.length, b!.data.length)
    const gaps = Array.from({ length: count }, (_, i) => Math.abs(of(a!, i) - of(b!, i)))
    const index = gaps.indexOf(Math.max(...gaps))
    return {
      verdict: 'refuted',
      point,
      entry: positionText(shape, index),
      left: of(a!, index),
      right: of(b!, index),
    }
  }
  return undefined
}

async function areEqual(roots: readonly Node[], point: Point, digits: number): Promise<boolean> {
  const big = await bigNumbers(digits)
  const [a, b] = evaluate(roots, valuesIn(big, point), big, { dims: point.dims })
  return sameIn(big, a!, b!, digits)
}

/** In doubles: how the sides seem to differ, if they do; both without a value do not. */
function suspicionAt(
  roots: readonly Node[],
  domain: Domain,
  point: Point,
): keyof typeof CONFIRMING | undefined {
  const nodes = [...roots, ...domain.left, ...domain.right, ...domain.differentiated]
  const all = evaluateAll(nodes, point.values, doubles, { dims: point.dims })
  const isOutside = (nonnegative: readonly Node[]): boolean =>
    nonnegative.some((n) => all.get(n)!.data.some((x) => x < 0))
  // At the edge of what is differentiated there is no derivative.
  if (domain.differentiated.some((n) => all.get(n)!.data.some((x) => x <= 0))) return undefined
  if (isOutside(domain.left) !== isOutside(domain.right)) return 'undefined'
  const [a, b] = roots.map((r) => all.get(r)!) as [Tensor<number>, Tensor<number>]
  const entries = pairs(a, b)
  const size = Math.max(LEAST_SIZE, magnitude([...a.data, ...b.data].filter(Number.isFinite)))
  if (entries.some(([x, y]) => Math.abs(x - y) > SUSPICIOUS * size && Number.isFinite(x - y)))
    return 'different'
  return entries.some(([x, y]) => Number.isFinite(x) !== Number.isFinite(y)) ? 'undefined' : undefined
}
