/** A tensor of known shape over some number system: row-major entries, a scalar has shape [] and one entry. */
export interface Tensor<T> {
  readonly shape: readonly number[]
  readonly data: readonly T[]
}

export type Nested<T> = T | readonly Nested<T>[]

export const sizeOfShape = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** How far apart in `data` neighbours along each axis are. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** The largest magnitude, 0 of none; NaN where one is. (Arguments of a function are too few for the entries of a tensor.) */
export const magnitude = (data: Iterable<number>): number => {
  let most = 0
  for (const x of data) {
    const size = Math.abs(x)
    if (!(size <= most)) most = size
    if (Number.isNaN(most)) return NaN
  }
  return most
}

export const scalar = <T>(value: T): Tensor<T> => ({ shape: [], data: [value] })

/** A tensor from nested lists, e.g. `tensor([[1, 2], [3, 4]])`. Throws a RangeError where rows differ in length. */
export function tensor<T>(nested: Nested<T>): Tensor<T> {
  const shape: number[] = []
  for (let at: Nested<T> | undefined = nested; Array.isArray(at); at = at[0] as Nested<T> | undefined)
    shape.push(at.length)
  const data: T[] = []
  const collect = (part: Nested<T>, axis: number): void => {
    if (axis === shape.length) {
      if (Array.isArray(part)) throw new RangeError('the rows of a tensor differ in depth')
      data.push(part as T)
    } else if (!Array.isArray(part) || part.length !== shape[axis])
      throw new RangeError('the rows of a tensor differ in length')
    else for (const p of part as readonly Nested<T>[]) collect(p, axis + 1)
  }
  collect(nested, 0)
  return { shape, data }
}

/** The nested lists of a tensor; the plain value of a scalar. */
export function nested<T>(t: Tensor<T>): Nested<T> {
  const strides = stridesOf(t.shape)
  const part = (axis: number, offset: number): Nested<T> =>
    axis === t.shape.length
      ? t.data[offset]!
      : Array.from({ length: t.shape[axis]! }, (_, i) => part(axis + 1, offset + i * strides[axis]!))
  return part(0, 0)
}

export const mapTensor = <A, B>(t: Tensor<A>, f: (entry: A, index: number) => B): Tensor<B> => ({
  shape: t.shape,
  data: t.data.map(f),
})

/** The positions of the k-th entry along each axis, from 0. */
export const positionsOf = (shape: readonly number[], k: number): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(k / stride) % shape[axis]!)

/** The positions of an entry along each axis, counted from 1 as the language does: "[2, 3]"; "" for a scalar. */
export function positionText(shape: readonly number[], index: number): string {
  if (shape.length === 0) return ''
  return `[${positionsOf(shape, index)
    .map((p) => p + 1)
    .join(', ')}]`
}
