/** Points at the edges of what a program is given: large, small, zero, equal, masked, saturating, and mixtures of these. */
import type { Random } from '../base/random.ts'
import { isNegative } from '../base/rational.ts'
import { type Network, judgedNodes } from '../graph/network.ts'
import { type Node, type Symbol, peel, isWholeNumbers } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import type { Point } from './points.ts'
import { fitted } from './probes.ts'
import { type Tensor, mapTensor } from './tensor.ts'

/** Numbers that a person can type, by what they are for. */
const ZEROS = [0, -0]
const PLAIN = [1, -1, 0.5, 2, 3]
const SATURATING = [40, -40, 800, -800]
const SMALL = [1e-3, -1e-3, 1e-5, 1e-9, -1e-9, 1e-170]
const HUGE = [1e9, 1e160, -1e160]
const EXTREMES = [...ZEROS, ...PLAIN, ...SATURATING, ...SMALL, ...HUGE]
/** What entries of a mixture are taken from, several at a time. */
const MOODS = [SATURATING, [...ZEROS, ...SMALL], [...ZEROS, ...PLAIN], [...SATURATING, ...ZEROS], EXTREMES]
/** What all values are multiplied with. */
const FACTORS = [1e-9, 1e-5, 1e-3, 30, 800, 1e9]

type Change = readonly [Symbol, (x: number, index: number) => number]

/** Without end, without repetition of the generator's state: equal programs get equal points. The first is `base` in short numbers. */
export function* extremes(
  { params, data, ...network }: Pick<Network, 'params' | 'data' | 'loss' | 'outputs'>,
  given: Point,
  rng: Random,
): Generator<Point> {
  const symbols = [...params, ...data].map((d) => d.symbol)
  const base = symbols.reduce((point, s) => withValue(point, s, shortened(s, point)), given)
  yield base
  if (symbols.length === 0) return
  const maskable = new Set(
    addedIn(judgedNodes(network)).filter(
      (s) => s.role !== 'param' && s.assumptions.size === 0 && !isWholeNumbers(s),
    ),
  )
  const plain = shuffled(
    [
      ...alone(symbols, base, rng),
      ...together(symbols),
      ...masks(symbols, maskable, base, rng),
      ...ties(symbols, base),
    ],
    rng,
  )
  for (;;) {
    const next = plain.pop()
    if (next) yield changed(base, next)
    yield changed(base, mixture(symbols, base, rng))
    if (rng.chance(1 / 2))
      yield changed(
        changed(base, rng.pick(masks(symbols, maskable, base, rng)) ?? []),
        mixture(
          params.map((p) => p.symbol),
          base,
          rng,
        ),
      )
  }
}

const value = (point: Point, s: Symbol): Tensor<number> => point.values.get(s.name)!
const withValue = (point: Point, s: Symbol, t: Tensor<number>): Point => ({
  ...point,
  values: new Map([...point.values, [s.name, t]]),
})

function changed(base: Point, changes: readonly Change[]): Point {
  return changes.reduce((point, [s, change]) => {
    const moved = mapTensor(value(base, s), change)
    // Infinite data are masks: they have no place in what is positive, say.
    return withValue(point, s, fitted(s, moved))
  }, base)
}

/** Two digits are enough, where entries do not depend on one another. */
const shortened = (s: Symbol, point: Point): Tensor<number> =>
  s.assumptions.has('simplex')
    ? halves(value(point, s))
    : mapTensor(value(point, s), (x) => (isWholeNumbers(s) ? x : Number(x.toPrecision(2))))

/** 1/2, 1/4, … and the rest once more. */
function halves(t: Tensor<number>): Tensor<number> {
  const last = t.shape[t.shape.length - 1] ?? 1
  return mapTensor(t, (_, k) => (k % last === last - 1 ? 2 ** (1 - last) : 2 ** (-1 - (k % last))))
}

/** Entries of these depend on one another. */
const isFree = (s: Symbol): boolean =>
  !s.assumptions.has('onehot') && !s.assumptions.has('simplex') && !isWholeNumbers(s)

/** Each symbol by itself, and one of its entries. */
function alone(symbols: readonly Symbol[], base: Point, rng: Random): Change[][] {
  return symbols.filter(isFree).flatMap((s) => {
    const { length } = value(base, s).data
    const one = (x: number): Change[] => {
      const entry = rng.integer(0, Math.max(0, length - 1))
      return [[s, (old, k) => (k === entry ? x : old)]]
    }
    return [
      ...EXTREMES.map((x): Change[] => [[s, () => x]]),
      ...(length > 1 ? EXTREMES.map(one) : []),
      ...FACTORS.map((f): Change[] => [[s, (old) => short(old * f)]]),
    ]
  })
}

const short = (x: number): number => Number(x.toPrecision(3))

function together(symbols: readonly Symbol[]): Change[][] {
  const free = symbols.filter(isFree)
  const params = free.filter((s) => s.role === 'param')
  return [free, params].flatMap((some) => [
    ...EXTREMES.map((x) => some.map((s): Change => [s, () => x])),
    ...FACTORS.map((f) => some.map((s): Change => [s, (old) => short(old * f)])),
  ])
}

/** What is added to something. */
const addedIn = (roots: readonly Node[]): Symbol[] =>
  topological(roots).flatMap((n) =>
    n.kind === 'sum'
      ? n.args.flatMap((a, i) => {
          const term = peel(a)
          return term.kind === 'symbol' && !isNegative(n.coefficients[i]!) ? [term.symbol] : []
        })
      : [],
  )

/** −∞ in data that are added, as masks are: everything, the last axis once, single entries; 0 and 1, as masks are multiplied. */
function masks(symbols: readonly Symbol[], added: ReadonlySet<Symbol>, base: Point, rng: Random): Change[][] {
  const data = symbols.filter((s) => s.role !== 'param' && s.assumptions.size === 0 && !isWholeNumbers(s))
  return data.flatMap((s) => {
    const { shape, data } = value(base, s)
    const last = shape[shape.length - 1] ?? 1
    const row = rng.integer(0, Math.max(0, data.length / last - 1))
    const where = (masked: (k: number) => boolean): Change[][] => [
      ...(added.has(s) ? [[[s, (_, k) => (masked(k) ? -Infinity : 0)]] satisfies Change[]] : []),
      [[s, (_, k) => (masked(k) ? 0 : 1)]],
    ]
    const chosen = data.map(() => rng.chance(1 / 2))
    return [...where(() => true), ...where((k) => Math.floor(k / last) === row), ...where((k) => chosen[k]!)]
  })
}

/** Entries that are equal, and values that are equal to others. */
function ties(symbols: readonly Symbol[], base: Point): Change[][] {
  const free = symbols.filter(isFree)
  const equal = free.map((s): Change[] => [[s, () => value(base, s).data[0]!]])
  const pairs = free.flatMap((a, i) =>
    free
      .slice(i + 1)
      .filter((b) => value(base, a).data.length === value(base, b).data.length)
      .flatMap((b): Change[][] => {
        const of = value(base, b).data
        return [
          [[a, (_, k) => of[k]!]],
          [[a, (_, k) => -of[k]!]],
          [[a, (_, k) => Number((of[k]! * (1 + 1e-9)).toPrecision(12))]],
        ]
      }),
  )
  return [...equal, free.map((s): Change => [s, () => value(base, free[0]!).data[0]!]), ...pairs]
}

function mixture(symbols: readonly Symbol[], base: Point, rng: Random): Change[] {
  const mood = rng.pick(MOODS)
  const change = rng.uniform()
  return symbols.map((s): Change => {
    if (!isFree(s)) return rng.chance(1 / 2) ? [s, (old) => old] : oneHot(s, base, rng)
    const often = rng.chance(1 / 2) ? change : rng.uniform()
    return [s, (old) => (rng.uniform() < often ? rng.pick(mood) : old)]
  })
}

function oneHot(s: Symbol, base: Point, rng: Random): Change {
  const { shape, data } = value(base, s)
  const last = shape[shape.length - 1] ?? 1
  const hot = Array.from({ length: last === 0 ? 0 : data.length / last }, () => rng.integer(0, last - 1))
  return [s, (_, k) => (hot[Math.floor(k / last)] === k % last ? 1 : 0)]
}

function shuffled<A>(list: readonly A[], rng: Random): A[] {
  const left = [...list]
  for (let i = left.length - 1; i > 0; i--) {
    const j = rng.integer(0, i)
    ;[left[i], left[j]] = [left[j]!, left[i]!]
  }
  return left
}
