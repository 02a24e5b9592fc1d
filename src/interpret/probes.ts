/** Points at which a claim may fail though it holds at random ones: beyond each constant and breakpoint, at zeros and ties. */
import type { Random } from '../base/random.ts'
import { toNumber } from '../base/rational.ts'
import { doubles } from '../graph/doubles.ts'
import { type Node, type Symbol, isWholeNumbers } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { decisiveNodes, gaps } from './decisions.ts'
import { evaluateAll } from './evaluate.ts'
import { type Point, randomValue, symbolsOf } from './points.ts'
import { type Tensor, mapTensor } from './tensor.ts'

/** Magnitudes that every variable takes, with both signs: sums and products of them are exact. */
const MAGNITUDES = [1, 2, 11, 1 / 4]
/** Further ones, where there are evaluations left. */
const FURTHER = [30, 101, 1024, 1 / 1024, 2 ** -20, 1e5]
/** So many points are enough where nothing is decided: what is analytic, and equal around a point, is equal wherever it leads from there. */
const ANALYTIC = 150
/** Beyond a breakpoint by that much, relative to it and absolutely. */
const BEYOND = [1 / 64, 1 / 2]
/** Constants of the claim that are looked at, and breakpoints on one line. */
const MOST_CONSTANTS = 24
const MOST_BREAKS = 12
/** How often an interval is halved: down to neighbouring doubles. */
const HALVINGS = 80

/** Every constant of the roots, and what simple equations with it solve to. */
function constantsOf(roots: readonly Node[]): number[] {
  const found = new Set<number>()
  const add = (x: number): void => {
    const size = Math.abs(x)
    if (Number.isFinite(x) && x !== 0 && size !== 1 && size <= 1e9 && size >= 1e-9) found.add(size)
  }
  for (const node of topological(roots)) {
    if (node.kind === 'constant') add(toNumber(node.value))
    if (node.kind === 'sum') {
      const constant = toNumber(node.constant)
      add(constant)
      for (const c of node.coefficients) if (constant !== 0) add(constant / toNumber(c))
    }
    if (node.kind === 'product') add(toNumber(node.coefficient))
  }
  return [...found].slice(0, MOST_CONSTANTS)
}

const signed = (sizes: Iterable<number>): number[] => [...sizes].flatMap((x) => [x, -x])

/** At most `most` points, the plainest first. `bases` are random points at which both sides are defined. */
export function probes(
  roots: readonly Node[],
  bases: readonly Point[],
  free: (symbol: Symbol) => boolean,
  rng: Random,
  most: number,
): Point[] {
  const symbols = symbolsOf(roots).filter(free)
  if (symbols.length === 0 || bases.length === 0) return []
  const decisive = decisiveNodes(roots)
  const gapsAt = (point: Point): readonly number[] =>
    gaps(decisive, evaluateAll(decisive, point.values, doubles, { dims: point.dims }))
  const constants = constantsOf(roots)
  const plain = [
    0,
    ...signed(MAGNITUDES),
    ...signed(constants.flatMap((c) => [c, ...beyond(c)])),
    ...signed(FURTHER),
  ]
  if (decisive.length === 0) most = Math.min(most, ANALYTIC)
  const found: Point[] = []
  const pools = new Map<Symbol, number[]>(symbols.map((s) => [s, plain]))
  // What a line costs is shared out, so that each symbol has its turn.
  const movable = symbols.filter(
    (s) => !s.assumptions.has('onehot') && !s.assumptions.has('simplex') && !isWholeNumbers(s),
  )
  const lines = bases
    .slice(0, 2)
    .flatMap((base) => linesOf(movable, base, rng).map((line) => ({ base, line })))
  const share = Math.max(16, Math.floor((most * 2) / 3 / Math.max(1, lines.length)))
  for (const { base, line } of lines) {
    const at = (t: number): Point => ({ ...base, seed: `${base.seed} probe`, values: line.at(t) })
    const breaks = decisive.length === 0 ? [] : breaksOn(at, plain, gapsAt)
    for (const s of line.symbols)
      pools.set(s, [...breaks.flatMap((b) => [b, ...beyond(b)]), ...pools.get(s)!])
    const places = [
      ...new Set([
        ...plain.slice(0, 7),
        ...breaks.flatMap((b) => [b, ...beyond(b)]),
        ...between(breaks),
        ...plain,
      ]),
    ]
    found.push(...places.slice(0, share).map(at))
  }
  // Several variables beyond their breakpoints at once, and ties among them.
  const ordered = found.slice(0, Math.floor((most * 2) / 3))
  while (ordered.length < most) ordered.push(mixed(symbols, rng.pick(bases), pools, rng))
  return ordered
}

const beyond = (x: number): number[] =>
  BEYOND.flatMap((by) => [x + by * Math.max(1, Math.abs(x)), x - by * Math.max(1, Math.abs(x))])

const between = (breaks: readonly number[]): number[] => breaks.slice(1).map((b, i) => (b + breaks[i]!) / 2)

interface Line {
  readonly symbols: readonly Symbol[]
  readonly at: (t: number) => Point['values']
}

/** Each variable by itself (all entries alike; one entry alone), and all variables together. */
function linesOf(symbols: readonly Symbol[], base: Point, rng: Random): Line[] {
  const withValues = (changes: readonly (readonly [Symbol, Tensor<number>])[]): Point['values'] =>
    new Map([...base.values, ...changes.map(([s, t]) => [s.name, fitted(s, t)] as const)])
  const value = (s: Symbol): Tensor<number> => base.values.get(s.name)!
  const lines: Line[] = symbols.map((s) => ({
    symbols: [s],
    at: (t) => withValues([[s, mapTensor(value(s), () => t)]]),
  }))
  for (const s of symbols) {
    if (value(s).data.length < 2) continue
    const entry = rng.integer(0, value(s).data.length - 1)
    lines.push({
      symbols: [s],
      at: (t) => withValues([[s, mapTensor(value(s), (x, i) => (i === entry ? t : x))]]),
    })
  }
  if (symbols.length > 1)
    lines.push({
      symbols: [],
      at: (t) => withValues(symbols.map((s) => [s, mapTensor(value(s), () => t)])),
    })
  return lines
}

/** Values nearby that respect what is assumed of the symbol. */
export function fitted({ assumptions, shape }: Symbol, t: Tensor<number>): Tensor<number> {
  let { data } = t
  if (assumptions.has('binary')) data = data.map((x) => (x > 0 || assumptions.has('positive') ? 1 : 0))
  else if (assumptions.has('positive')) data = data.map((x) => Math.abs(x) || 1)
  else if (assumptions.has('nonnegative')) data = data.map(Math.abs)
  if (assumptions.has('symmetric') && shape.length >= 2) {
    const n = t.shape[t.shape.length - 1]!
    const own = data
    data = data.map((x, k) => {
      const [row, column] = [Math.floor(k / n) % n, k % n]
      return row > column ? own[k - row * n - column + column * n + row]! : x
    })
  }
  return { shape: t.shape, data }
}

/** Where along a line something is decided differently, in ascending order. */
function breaksOn(
  at: (t: number) => Point,
  places: readonly number[],
  gapsAt: (point: Point) => readonly number[],
): number[] {
  const sorted = [...new Set(places)].sort((a, b) => a - b)
  const values = sorted.map((t) => gapsAt(at(t)))
  const found = new Set<number>()
  for (let i = 1; i < sorted.length && found.size < MOST_BREAKS; i++) {
    const [left, right] = [values[i - 1]!, values[i]!]
    if (left.length !== right.length) continue
    for (let k = 0; k < left.length && found.size < MOST_BREAKS; k++) {
      if (left[k] === 0 && right[k] !== 0) found.add(sorted[i - 1]!)
      else if (left[k]! * right[k]! < 0)
        found.add(root((t) => gapsAt(at(t))[k]!, sorted[i - 1]!, sorted[i]!, left[k]!))
    }
  }
  return [...found].sort((a, b) => a - b)
}

/** Where a gap that changes its sign is nothing, by halving; a short decimal where one does. */
function root(gap: (t: number) => number, from: number, to: number, left: number): number {
  let [a, b] = [from, to]
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (a + b) / 2
    if (middle === a || middle === b) break
    const g = gap(middle)
    if (g === 0) return middle
    if (g * left > 0) a = middle
    else b = middle
  }
  const short = Number(b.toPrecision(12))
  return gap(short) === 0 ? short : b
}

/** Every entry from the pool of its symbol, or as it is; often several alike. */
function mixed(
  symbols: readonly Symbol[],
  base: Point,
  pools: ReadonlyMap<Symbol, readonly number[]>,
  rng: Random,
): Point {
  const values = new Map(base.values)
  const shared = rng.pick(pools.get(rng.pick(symbols))!)
  for (const s of symbols) {
    const value = base.values.get(s.name)!
    const pool = pools.get(s)!
    if (s.assumptions.has('onehot') || s.assumptions.has('simplex') || isWholeNumbers(s))
      values.set(s.name, randomValue(s, value.shape, 'normal', rng, base.dims))
    else {
      const change = rng.uniform()
      values.set(
        s.name,
        fitted(
          s,
          mapTensor(value, (x) =>
            rng.uniform() < change ? (rng.chance(1 / 3) ? rng.pick([1, -1]) * shared : rng.pick(pool)) : x,
          ),
        ),
      )
    }
  }
  return { ...base, seed: `${base.seed} probe`, values }
}
