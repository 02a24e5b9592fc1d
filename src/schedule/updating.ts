/** A step's update of a param whose gradient is added up in places: only what is touched changes. */
import type { Node } from '../graph/node.ts'
import { ONE } from '../base/rational.ts'
import { Accumulating, placesOf, wholeOf } from './accumulate.ts'
import type { Kept } from './builder.ts'
import { typical } from './keep.ts'
import type { Parts, PlacedTerm } from './placed.ts'
import type { Buffer, Instruction, Value } from './program.ts'
import type { Storing } from './storing.ts'
import { readsOnlyInPlace, reads, redirect } from './updates.ts'
import { load, productValue } from './value.ts'

export interface Updating {
  readonly storing: Storing
  readonly kept: ReadonlyMap<Node, Kept>
  readonly rate: Value
  /** Whether nothing that comes later reads the param. */
  readonly safe: boolean
}

/** param −= rate·gradient. What is returned must wait until nobody reads the param any more. */
export function updateInParts(
  parts: Parts,
  param: Buffer,
  { storing, kept, rate, safe }: Updating,
): Instruction[] {
  const { builder } = storing
  const accumulating = new Accumulating(storing)
  const to = wholeOf(param)
  const late: Instruction[] = []
  /** What `emit` writes now or, where others still read the param, later; constants stay where they are. */
  const whenSafe = (emit: () => void): void => {
    const start = builder.body.length
    emit()
    if (!safe) {
      const nest = builder.body.splice(start)
      builder.body.push(...nest.filter((i) => i.kind !== 'loop'))
      late.push(...nest.filter((i) => i.kind === 'loop'))
    }
  }
  // Terms that read what changes are collected before it does.
  const waits = (term: PlacedTerm): boolean => {
    const read = new Set([term.node, ...term.scales.map((s) => s.node)].flatMap((n) => [...reads(n, kept)]))
    return safe ? [...read].some((s) => s === param.symbol) : read.size > 0
  }
  const waiting = parts.placed.filter(waits)
  const collected = waiting.reduce((sum, term) => sum + sizeOf(placesOf(term)), 0)
  if (collected > sizeOf(param.shape)) {
    const change = scratchLike(param)
    accumulating.storeParts(parts, wholeOf(change))
    whenSafe(() => copyBack(storing, param, change, rate))
    return late
  }
  const rest = waiting.map((term) => accumulating.collect(term, to, 'subtract', rate))
  const start = builder.body.length
  accumulating.storeDense(parts, to, 'subtract', rate)
  const dense = builder.body.slice(start)
  if (dense.length > 0 && !(safe && readsOnlyInPlace(dense, param))) {
    const change = scratchLike(param)
    builder.body.splice(start)
    builder.body.push(...dense.map((i) => redirect(i, param, change)))
    whenSafe(() => copyBack(storing, param, change, undefined))
  }
  for (const term of parts.placed)
    if (!waiting.includes(term)) whenSafe(() => accumulating.add(term, to, 'subtract', rate))
  for (const add of rest) whenSafe(add)
  return late
}

const sizeOf = (shape: Buffer['shape']): number => shape.reduce<number>((p, e) => p * typical(e), 1)

const scratchLike = (param: Buffer): Buffer => ({
  name: `d_${param.name}`,
  storage: 'scratch',
  symbol: undefined,
  shape: param.shape,
})

/** param −= what has been collected, times the rate where that is given. */
export function copyBack(storing: Storing, param: Buffer, scratch: Buffer, rate: Value | undefined): void {
  storing.loops(param.shape, (at) => {
    const change = load(scratch, [...at])
    const value = rate ? productValue(ONE, [rate, change], [ONE, ONE]) : change
    storing.builder.put({ kind: 'store', buffer: param, at: [...at], combine: 'subtract', value })
  })
}
