import type { Node, Symbol } from '../graph/node.ts'
import { isCoupled } from '../derive/whole-batch.ts'
import { topological } from '../graph/traverse.ts'
import { type Dims, lengthOf } from './evaluate.ts'
import { sizes } from './sizes.ts'
import { type Random, random } from '../base/random.ts'
import { type Tensor, magnitude, sizeOfShape } from './tensor.ts'

/** A place to evaluate at: lengths for open dims, doubles for every symbol; made from a seed. */
export interface Point {
  readonly seed: number | string
  readonly dims: Dims
  readonly values: ReadonlyMap<string, Tensor<number>>
}

/** The symbols with values from outside, in order of their first use. */
export function symbolsOf(roots: readonly Node[]): Symbol[] {
  return topological(roots).flatMap((n) =>
    n.kind === 'symbol' && n.symbol.role !== 'dim' && n.symbol.role !== 'constant' ? [n.symbol] : [],
  )
}

/** How values without an assumption are drawn: what suits one network is outside the domain of another. */
const STYLES = ['normal', 'positive', 'dominant', 'unit', 'small'] as const
export type Style = (typeof STYLES)[number]
/** The style for an attempt: each of them for all symbols first, then mixtures. */
const styleFor = (attempt: number, rng: Random): Style => STYLES[attempt] ?? rng.pick(STYLES)

/** A value that respects the assumptions declared of the symbol. */
export function randomValue(
  symbol: Symbol,
  shape: readonly number[],
  style: Style,
  rng: Random,
  dims?: Dims,
): Tensor<number> {
  const { assumptions } = symbol
  const size = sizeOfShape(shape)
  const last = shape[shape.length - 1] ?? 1
  const draw = (make: (k: number) => number): Tensor<number> => ({
    shape,
    data: Array.from({ length: size }, (_, k) => make(k)),
  })
  const { indexes, counts } = symbol
  if (indexes !== undefined) return draw(() => rng.integer(0, lengthOf(indexes, dims) - 1))
  if (counts !== undefined) return draw(() => rng.integer(0, lengthOf(counts, dims)))
  if (assumptions.has('onehot')) {
    const hot = Array.from({ length: last === 0 ? 0 : size / last }, () => rng.integer(0, last - 1))
    return draw((k) => (hot[Math.floor(k / last)] === k % last ? 1 : 0))
  }
  if (assumptions.has('simplex')) return draw(simplexRows(last, rng))
  if (assumptions.has('binary')) return draw(() => (assumptions.has('positive') ? 1 : rng.integer(0, 1)))
  const positive = assumptions.has('positive') || assumptions.has('nonnegative')
  const square = shape.length >= 2 && shape[shape.length - 2] === last
  const spread = symbol.role === 'param' && shape.length >= 2 ? 1 / Math.sqrt(last) : 1
  const entry = (k: number): number => {
    const row = Math.floor(k / last) % last
    switch (style) {
      case 'normal':
        return positive ? Math.exp(0.5 * rng.normal()) : spread * rng.normal()
      case 'positive':
        return Math.exp(0.5 * rng.normal())
      case 'dominant':
        // Near the identity, so that determinants are positive and inverses exist.
        return square
          ? (row === k % last ? 1 + rng.uniform() : 0) +
              (positive ? rng.uniform() : rng.normal()) * (0.4 / last)
          : Math.exp(0.5 * rng.normal())
      case 'unit':
        return 0.1 + 0.8 * rng.uniform()
      case 'small':
        return (positive ? 1 : rng.pick([-1, 1])) * (0.05 + 0.4 * rng.uniform())
    }
  }
  const value = draw(entry)
  if (!assumptions.has('symmetric') || !square) return value
  return draw((k) => {
    const row = Math.floor(k / last) % last
    const column = k % last
    const mirror = k - row * last - column + column * last + row
    return (value.data[k]! + value.data[mirror]!) / 2
  })
}

/** Positive entries that sum to 1 exactly, in high precision too: whole multiples of 2⁻²⁰. */
function simplexRows(length: number, rng: Random): (k: number) => number {
  const whole = 2 ** 20
  let row: number[] = []
  return (k) => {
    if (k % length === 0) {
      const raw = Array.from({ length }, () => Math.exp(rng.normal()))
      const total = raw.reduce((a, b) => a + b, 0)
      row = raw.map((x) => Math.max(1, Math.floor((x / total) * whole)))
      const greatest = row.indexOf(magnitude(row))
      row[greatest] = row[greatest]! + whole - row.reduce((a, b) => a + b, 0)
    }
    return row[k % length]! / whole
  }
}

export interface PointOptions {
  /** Lengths that are given. */
  readonly dims?: Dims | undefined
  /** Values that are given and not drawn, e.g. the defaults of hyperparameters. */
  readonly fixed?: ((symbol: Symbol, rng: Random) => readonly number[] | undefined) | undefined
  /** Symbols that get values though no root uses them. */
  readonly symbols?: readonly Symbol[] | undefined
  /** Asked before values are drawn at a size; throws where there would be too many. */
  readonly admits?: ((dims: Dims) => void) | undefined
}

/** How many values are drawn at one size. */
const MOST_DRAWS = 30
/** How many sizes are tried beyond those that are asked for. */
const MORE_SIZES = 12

/** How bad a point is: 0 is taken at once, Infinity never, and of the rest the best if there is none better. */
export type Judge = (point: Point) => number

/** Points that were chosen, fewer than asked for where few are usable, and all the sizes that were tried. */
export interface Choice {
  readonly points: readonly Point[]
  readonly tried: readonly Dims[]
}

/** A point for each seed, each at another size as far as there are sizes with good points. */
export function choosePoints(
  roots: readonly Node[],
  seeds: readonly (number | string)[],
  options: PointOptions,
  judge: Judge,
): Choice {
  const left = sizes(roots, options.dims, random('sizes'), options.symbols)
  const tried: Dims[] = []
  const good: Dims[] = []
  const usable: { readonly dims: Dims; readonly badness: number }[] = []
  const points: Point[] = []
  for (const seed of seeds) {
    const fresh = (): Point | undefined => {
      while (tried.length < seeds.length + MORE_SIZES) {
        const next = left.next()
        if (next.done === true) return undefined
        tried.push(next.value)
        const { point, badness } = bestPoint(roots, seed, next.value, options, judge)
        if (badness === 0) return (good.push(next.value), point)
        if (badness < Infinity) usable.push({ dims: next.value, badness })
      }
      return undefined
    }
    const again = (): Point | undefined => {
      const known = good.length > 0 ? good : usable.sort((a, b) => a.badness - b.badness).map((u) => u.dims)
      for (let i = 0; i < known.length; i++) {
        const dims = known[(points.length + i) % known.length]!
        const { point, badness } = bestPoint(roots, seed, dims, options, judge)
        if (badness < Infinity) return point
      }
      return undefined
    }
    const point = fresh() ?? again()
    if (point) points.push(point)
  }
  return { points, tried }
}

/** The best of random values for all symbols at one size. */
function bestPoint(
  roots: readonly Node[],
  seed: number | string,
  dims: Dims,
  options: PointOptions,
  judge: Judge,
): { readonly point: Point; readonly badness: number } {
  options.admits?.(dims)
  const rng = random(seed)
  const symbols = new Map([...symbolsOf(roots), ...(options.symbols ?? [])].map((s) => [s.name, s]))
  // Where samples have to do with one another, a point is a whole batch.
  const batched = isCoupled(roots)
  let best: { readonly point: Point; readonly badness: number } | undefined
  for (let draw = 0; draw < MOST_DRAWS && best?.badness !== 0; draw++) {
    const mixed = draw >= STYLES.length
    const style = styleFor(draw, rng)
    const values = new Map<string, Tensor<number>>()
    for (const symbol of symbols.values()) {
      const axes = batched && symbol.samples !== undefined ? [symbol.samples, ...symbol.shape] : symbol.shape
      const shape = axes.map((e) => lengthOf(e, dims))
      const fixed = options.fixed?.(symbol, rng)
      values.set(
        symbol.name,
        fixed?.length === sizeOfShape(shape)
          ? { shape, data: fixed }
          : randomValue(symbol, shape, mixed ? styleFor(draw, rng) : style, rng, dims),
      )
    }
    const point: Point = { seed, dims, values }
    const badness = judge(point)
    if (!best || badness < best.badness || best.badness === Infinity) best = { point, badness }
  }
  return best!
}

/** A random point for all symbols at which `usable` says yes (a finite loss, say); the last one tried otherwise. */
export function randomPoint(
  roots: readonly Node[],
  seed: number | string,
  options: PointOptions = {},
  usable: (point: Point) => boolean = () => true,
): { point: Point; usable: boolean } {
  let tries = 0
  let last: Point | undefined
  for (const dims of sizes(roots, options.dims, random(seed), options.symbols)) {
    const { point, badness } = bestPoint(roots, seed, dims, options, (p) => (usable(p) ? 0 : Infinity))
    if (badness === 0) return { point, usable: true }
    last = point
    if (++tries > MORE_SIZES) break
  }
  return { point: last!, usable: false }
}
