/** Numbers for tests of emitted modules, and what they are held against. */
import { expect } from 'vitest'

export const array = (...values: number[]): Float64Array => Float64Array.from(values)

/** A Jacobian by central differences. */
export function differences(
  f: (x: Float64Array) => readonly number[],
  x: Float64Array,
  h = 1e-5,
): number[][] {
  const columns = [...x].map((_, k) => {
    const moved = (by: number): readonly number[] => f(x.map((value, i) => (i === k ? value + by : value)))
    const [right, left] = [moved(h), moved(-h)]
    return right.map((value, i) => (value - left[i]!) / (2 * h))
  })
  return columns[0]!.map((_, i) => columns.map((column) => column[i]!))
}

/** All numbers of a value, in their order. */
export const flat = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : [...(value as Iterable<unknown>)].flatMap(flat)

/** Entry by entry. */
export function close(got: unknown, want: unknown, digits = 8): void {
  const [a, b] = [flat(got), flat(want)]
  expect(a.length).toBe(b.length)
  a.forEach((value, i) => expect(value, `entry ${i}`).toBeCloseTo(b[i]!, digits))
}

/** Numbers that follow no pattern which a program has. */
export const wave = (length: number, phase: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.sin(1.7 * i + phase))
