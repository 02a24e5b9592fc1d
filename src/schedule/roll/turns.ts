import type { Shape } from '../../graph/extent.ts'
import type { Derived, Instruction, Variable, Whole } from '../program.ts'
import type { Storing } from '../storing.ts'
import { load } from '../value.ts'
import type { Segments } from './segments.ts'

export type Loop = Instruction & { kind: 'loop' }

export const turnsLoop = (variable: Variable, body: readonly Instruction[], descending: boolean): Loop => ({
  kind: 'loop',
  variable,
  body,
  ...(descending ? { descending } : {}),
})

/** outer · stride + inner. */
const derivedFrom = (outer: Variable, stride: number, inner: Variable): Derived => ({
  terms: [
    { variable: outer, stride },
    { variable: inner, stride: 1 },
  ],
  values: [],
  offset: 0,
})

/** The loop within a segment, and its position among all turns. */
export function turnsOf(
  { forward, length, count }: Segments,
  outer: Variable,
): { inner: Variable; variable: Variable; part: Pick<Loop, 'part'> } {
  const inner: Variable = { name: 'j', extent: length, turns: true }
  const total = forward.to - forward.from + 1
  return {
    inner,
    variable: { name: 't', extent: total, turns: true, of: derivedFrom(outer, length, inner) },
    part: total === count * length ? {} : { part: { outer, total } },
  }
}

/** Copies the first `count` of some entries, from the second place to the first. */
export function copies(
  { builder, loops }: Storing,
  shape: Shape,
  count: number,
  places: (i: number) => readonly [Whole, Whole],
): void {
  for (let i = 0; i < count; i++) {
    const [to, from] = places(i)
    loops(shape, (at) =>
      builder.put({
        kind: 'store',
        buffer: to.buffer,
        at: [...to.at, ...at],
        combine: 'set',
        value: load(from.buffer, [...from.at, ...at]),
      }),
    )
  }
}
