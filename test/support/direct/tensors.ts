/** Tensors as lists of their entries, row by row, and everything that is done entry by entry. */
import { add, multiply, type Real } from './numbers.ts'

export interface Tensor {
  readonly shape: readonly number[]
  readonly entries: readonly Real[]
  /** The entries are identities, counted from 1: members of an axis, and no numbers. */
  readonly identity?: true
}

export const tensor = (shape: readonly number[], entries: readonly Real[]): Tensor => ({ shape, entries })
export const scalar = (value: Real): Tensor => ({ shape: [], entries: [value] })
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
export const full = (shape: readonly number[], value: Real): Tensor =>
  tensor(shape, new Array<Real>(sizeOf(shape)).fill(value))
export const map = (f: (x: Real) => Real, a: Tensor): Tensor => tensor(a.shape, a.entries.map(f))

/** An axis of extent 1 stretches, and so do axes that are missing in front. */
export function joined(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, axis) => {
    let extent = 1
    for (const s of shapes) {
      const own = s[axis - rank + s.length] ?? 1
      if (own === 1) continue
      if (extent !== 1 && extent !== own)
        throw new Error(`shapes [${shapes.join('] and [')}] do not fit together`)
      extent = own
    }
    return extent
  })
}

export function stretched(a: Tensor, shape: readonly number[]): Tensor {
  if (a.shape.length === shape.length && a.shape.every((extent, k) => extent === shape[k])) return a
  const missing = shape.length - a.shape.length
  const entries = Array.from({ length: sizeOf(shape) }, (_, flat) => {
    let at = 0
    let stride = 1
    for (let axis = shape.length - 1; axis >= missing; axis--) {
      const own = a.shape[axis - missing]!
      if (own !== 1) at += (flat % shape[axis]!) * stride
      stride *= own
      flat = Math.floor(flat / shape[axis]!)
    }
    return a.entries[at]!
  })
  return { ...a, shape, entries }
}

export function elementwise(f: (...xs: Real[]) => Real, ...tensors: readonly Tensor[]): Tensor {
  const shape = joined(tensors.map((t) => t.shape))
  const wide = tensors.map((t) => stretched(t, shape))
  return tensor(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => f(...wide.map((t) => t.entries[i]!))),
  )
}

/** Member i, from 0, of the first axis. */
export function row(a: Tensor, i: number): Tensor {
  const shape = a.shape.slice(1)
  const size = sizeOf(shape)
  return { ...a, shape, entries: a.entries.slice(i * size, (i + 1) * size) }
}

export function rows(a: Tensor): Tensor[] {
  return Array.from({ length: a.shape[0]! }, (_, i) => row(a, i))
}

/** Tensors of one shape along a new first axis. */
export function stack(list: readonly Tensor[]): Tensor {
  const shape = list.length > 0 ? joined(list.map((t) => t.shape)) : []
  const entries = list.flatMap((t) => stretched(t, shape).entries)
  return { shape: [list.length, ...shape], entries, ...(list[0]?.identity ? { identity: true } : {}) }
}

/** An axis, from 0, in front of the others. */
export function moved(a: Tensor, axis: number): Tensor {
  const [outer, extent, inner] = split(a.shape, axis)
  const entries: Real[] = []
  for (let k = 0; k < extent; k++)
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) entries.push(a.entries[(o * extent + k) * inner + i]!)
  return { ...a, shape: [extent, ...a.shape.filter((_, x) => x !== axis)], entries }
}

/** The first axis at another place. */
export function movedBack(a: Tensor, axis: number): Tensor {
  const rest = a.shape.slice(1)
  const shape = [...rest.slice(0, axis), a.shape[0]!, ...rest.slice(axis)]
  const [outer, extent, inner] = split(shape, axis)
  const entries = new Array<Real>(a.entries.length)
  for (let k = 0; k < extent; k++)
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++)
        entries[(o * extent + k) * inner + i] = a.entries[(k * outer + o) * inner + i]!
  return { ...a, shape, entries }
}

const split = (shape: readonly number[], axis: number): [outer: number, extent: number, inner: number] => [
  sizeOf(shape.slice(0, axis)),
  shape[axis]!,
  sizeOf(shape.slice(axis + 1)),
]

export const transpose = (a: Tensor): Tensor => (a.shape.length < 2 ? a : movedBack(a, a.shape.length - 1))

/** The product of matrices; a vector is a row on the left and a column on the right. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [m, n] = a.shape.length === 1 ? [1, a.shape[0]!] : a.shape
  const [n2, p] = b.shape.length === 1 ? [b.shape[0]!, 1] : b.shape
  if (n !== n2 || a.shape.length > 2 || b.shape.length > 2 || a.shape.length * b.shape.length === 0)
    throw new Error(`no product of [${a.shape}] and [${b.shape}]`)
  const entries: Real[] = []
  for (let i = 0; i < m!; i++)
    for (let j = 0; j < p!; j++) {
      let sum: Real = 0
      for (let k = 0; k < n!; k++) sum = add(sum, multiply(a.entries[i * n! + k]!, b.entries[k * p! + j]!))
      entries.push(sum)
    }
  return tensor([...(a.shape.length === 2 ? [m!] : []), ...(b.shape.length === 2 ? [p!] : [])], entries)
}
