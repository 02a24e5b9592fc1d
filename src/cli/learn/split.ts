/** Orders of samples, by a seed: which are held out, and in which order an epoch goes through the others. */
import { random } from '../../base/random.ts'
import { wrong } from './problems.ts'

/** By Fisher and Yates (Durstenfeld 1964), in place. */
export function shuffle(list: Uint32Array, seed: string): Uint32Array {
  const { uniform } = random(seed)
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    const other = list[j]!
    list[j] = list[i]!
    list[i] = other
  }
  return list
}

export interface Split {
  readonly train: Uint32Array
  readonly validation: Uint32Array
}

/** @param how `random`, or `last`: of rows in the order of time, the last ones */
export function splitOf(count: number, share: number, how: 'random' | 'last', seed: number): Split {
  const held = share === 0 ? 0 : Math.max(1, Math.round(share * count))
  if (held >= count) throw wrong.tooFew(count, held)
  const all = Uint32Array.from({ length: count }, (_, i) => i)
  if (how === 'random') shuffle(all, `${seed} split`)
  // In the order of the table, in which they are read fastest.
  return { train: all.slice(0, count - held).sort(), validation: all.slice(count - held).sort() }
}

/**
 * Batches in the order of samples, each of samples that are alike (`kind`): a call takes lists of one length. What is left of a kind makes
 * smaller batches at the end.
 */
export function batchesOf(order: Uint32Array, size: number, kind: (index: number) => number): Uint32Array[] {
  const open = new Map<number, number[]>()
  const batches: Uint32Array[] = []
  for (const index of order) {
    const key = kind(index)
    const batch = open.get(key) ?? []
    batch.push(index)
    if (batch.length === size) {
      batches.push(Uint32Array.from(batch))
      open.delete(key)
    } else open.set(key, batch)
  }
  for (const batch of open.values()) batches.push(Uint32Array.from(batch))
  return batches
}

/** How many batches these are. */
export function batchCount(order: Uint32Array, size: number, kind: (index: number) => number): number {
  const counts = new Map<number, number>()
  for (const index of order) counts.set(kind(index), (counts.get(kind(index)) ?? 0) + 1)
  return [...counts.values()].reduce((sum, n) => sum + Math.ceil(n / size), 0)
}
