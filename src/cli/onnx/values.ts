/**
 * What the tensors of a model are in the program. A program has one sample: its tensors have no axis of samples. Reshaping, squeezing and
 * transposing are no work there but another view of the same tensor: each axis of the model is made of axes of the program, none (it has the length 1),
 * one, or several (which were merged, the first one outermost).
 */
import { type Length, SAMPLES, type Size, sameSize, sizeOf } from './lengths.ts'

/** In the place of an axis of the program: the samples. */
export const BATCH = -1

/** A tensor of the program. */
export interface Source {
  readonly shape: readonly Length[]
  /** Its name; an expression that is used once has none until it is asked for. */
  name: string | undefined
  readonly text: string
}

export interface Value {
  readonly kind: 'value'
  readonly source: Source
  /** For each axis of the model the axes of the source, `BATCH` among them. */
  readonly axes: readonly (readonly number[])[]
  /** Axes of the source of which this is one entry, and which. */
  readonly fixed: ReadonlyMap<number, string>
}

/** Numbers that are known, such as weights and shapes; of whole ones some may be lengths that the model leaves open. */
export interface Known {
  readonly kind: 'known'
  readonly shape: readonly (number | Size)[]
  readonly whole: boolean
  /** One number for all entries, or each of them. */
  readonly values: Float64Array | readonly (number | Size)[] | number
  /** The initialiser that it is, under another shape perhaps: something that is learned. */
  readonly learned: string | undefined
}

export type Operand = Value | Known

export const valueOf = (source: Source, axes: Value['axes']): Value => ({
  kind: 'value',
  source,
  axes,
  fixed: new Map(),
})

export const lengthAt = ({ source }: Value, axis: number): Length =>
  axis === BATCH ? SAMPLES : source.shape[axis]!

/** The lengths that an axis of the model is made of. */
export const lengthsAt = (value: Value, factors: readonly number[]): Length[] =>
  factors.map((axis) => lengthAt(value, axis))

/** The axes of the source that are seen, in its order. */
export const seen = ({ axes }: Value): number[] =>
  axes
    .flat()
    .filter((a) => a !== BATCH)
    .sort((a, b) => a - b)

/** The axes of the model, with the axes of the source counted among those that are seen. */
export function viewAxes(value: Value): number[][] {
  const order = seen(value)
  return value.axes.map((factors) => factors.map((a) => (a === BATCH ? BATCH : order.indexOf(a))))
}

/** The source at indices for the axes that are seen. */
export function entryText(name: string, value: Value, index: (axis: number) => string): string {
  const { source, fixed } = value
  if (source.shape.length === 0) return name
  const visible = new Set(seen(value))
  const subscripts = source.shape.map((_, axis) =>
    visible.has(axis) ? index(axis) : (fixed.get(axis) ?? '1'),
  )
  return `${name}[${subscripts.join(', ')}]`
}

/** The source as a tensor of the axes that are seen, in its order. */
export function wholeText(name: string, value: Value): string {
  const visible = new Set(seen(value))
  const last = value.source.shape.reduce<number>((at, _, axis) => (visible.has(axis) ? at : axis), -1)
  if (last < 0) return name
  const subscripts = value.source.shape
    .slice(0, last + 1)
    .map((_, axis) => (visible.has(axis) ? ':' : (value.fixed.get(axis) ?? '1')))
  return `${name}[${subscripts.join(', ')}]`
}

/** Whether axes of the model are in the order of the source. */
export const isNatural = (value: Value): boolean => {
  const order = value.axes.flat().filter((a) => a !== BATCH)
  return order.every((a, i) => i === 0 || order[i - 1]! < a)
}

export const isOne = (lengths: readonly Length[]): boolean => lengths.every((l) => l === 1)

/** An index of the program, and how far it goes. */
export interface Index {
  readonly text: string
  readonly length: Length
}

/**
 * Which of the finer lengths make up each of the coarser ones; undefined where they do not.
 *
 * @returns ranges of places: from, and up to without it
 */
export function grouped(
  fine: readonly Length[],
  coarse: readonly Length[],
): (readonly [number, number])[] | undefined {
  const groups: [number, number][] = []
  let at = 0
  for (const length of coarse) {
    const from = at
    const size = sizeOf([length])
    while (at < fine.length && !sameSize(sizeOf(fine.slice(from, at)), size)) at++
    // Lengths of 1 behind it go with it, so that none is left over.
    while (at < fine.length && fine[at] === 1 && (groups.length === coarse.length - 1 || from === at)) at++
    if (!sameSize(sizeOf(fine.slice(from, at)), size)) return undefined
    groups.push([from, at])
  }
  return at === fine.length ? groups : undefined
}

/** The position in an axis that several indices make up: (i - 1)·4 + j. */
export function merged(indices: readonly Index[]): string {
  let text = ''
  indices.forEach(({ text: index, length }, k) => {
    if (k === 0) text = index
    else text = `${length}*(${text} - 1) + ${index}`
  })
  return text === '' ? '1' : text
}
