import { dimsOf } from '../graph/extent.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { type Dims, lengthOf } from './evaluate.ts'
import { type Random, random } from '../base/random.ts'
import { type Tensor, sizeOfShape } from './tensor.ts'

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

/**
 * Lengths for the dims that the roots leave open: small and, so that no axis passes for another one, different where
 * possible. Given lengths are kept. Throws where no small lengths make every axis a whole number.
 */
export function pickDims(
  roots: readonly Node[],
  given: Dims | undefined,
  rng: Random,
  symbols: readonly Symbol[] = [],
): Dims {
  const nodes = topological(roots)
  const extents = new Set([
    ...nodes.flatMap((n) => (n.kind === 'product' ? [...n.extents, ...n.shape] : n.shape)),
    ...symbols.flatMap((s) => s.shape),
  ])
  const open = new Set([...extents].flatMap(dimsOf))
  for (const n of nodes) if (n.kind === 'symbol' && n.symbol.role === 'dim') open.add(n.symbol.name)
  for (const name of given?.keys() ?? []) open.delete(name)
  for (let attempt = 0; ; attempt++) {
    const dims = new Map(given)
    const free = [2, 3, 4, 5, 6, 7, 8]
    for (const name of open)
      dims.set(name, free.splice(rng.integer(0, Math.min(attempt < 20 ? 2 : 6, free.length - 1)), 1)[0] ?? 2)
    try {
      for (const e of extents) lengthOf(e, dims)
      return dims
    } catch (error) {
      if (attempt > 200) throw error
    }
  }
}

/** How values without an assumption are drawn: what suits one network is outside the domain of another. */
const STYLES = ['normal', 'positive', 'dominant', 'unit', 'small'] as const
export type Style = (typeof STYLES)[number]
/** The style for an attempt: each of them for all symbols first, then mixtures. */
export const styleFor = (attempt: number, rng: Random): Style => STYLES[attempt] ?? rng.pick(STYLES)

/** A value that respects the assumptions declared of the symbol. */
export function randomValue(
  symbol: Symbol,
  shape: readonly number[],
  style: Style,
  rng: Random,
): Tensor<number> {
  const { assumptions } = symbol
  const size = sizeOfShape(shape)
  const last = shape[shape.length - 1] ?? 1
  const draw = (make: (k: number) => number): Tensor<number> => ({
    shape,
    data: Array.from({ length: size }, (_, k) => make(k)),
  })
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
      const greatest = row.indexOf(Math.max(...row))
      row[greatest] = row[greatest]! + whole - row.reduce((a, b) => a + b, 0)
    }
    return row[k % length]! / whole
  }
}

/**
 * A random point for all symbols at which `usable` says yes (a finite loss, say); the last one tried otherwise.
 *
 * @param fixed values that are given and not drawn, e.g. the defaults of hyperparameters
 */
export function randomPoint(
  roots: readonly Node[],
  seed: number | string,
  options: {
    readonly dims?: Dims | undefined
    readonly fixed?: (symbol: Symbol, rng: Random) => number | undefined
    readonly symbols?: readonly Symbol[]
  } = {},
  usable: (point: Point) => boolean = () => true,
): { point: Point; usable: boolean } {
  const rng = random(seed)
  const dims = pickDims(roots, options.dims, rng, options.symbols)
  const symbols = new Map([...symbolsOf(roots), ...(options.symbols ?? [])].map((s) => [s.name, s]))
  for (let attempt = 0; ; attempt++) {
    const mixed = attempt >= STYLES.length
    const style = styleFor(attempt, rng)
    const values = new Map<string, Tensor<number>>()
    for (const symbol of symbols.values()) {
      const shape = symbol.shape.map((e) => lengthOf(e, dims))
      const fixed = options.fixed?.(symbol, rng)
      values.set(
        symbol.name,
        fixed !== undefined && shape.length === 0
          ? { shape, data: [fixed] }
          : randomValue(symbol, shape, mixed ? styleFor(attempt, rng) : style, rng),
      )
    }
    const point: Point = { seed, dims, values }
    if (usable(point)) return { point, usable: true }
    if (attempt >= 30) return { point, usable: false }
  }
}
