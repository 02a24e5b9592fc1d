import type { Value } from './program.ts'

/** What costs nothing to repeat: numbers, registers, and what stands outside as a number. */
export const isAtomic = (v: Value): boolean =>
  v.kind === 'number' ||
  v.kind === 'local' ||
  v.kind === 'constant' ||
  v.kind === 'infinity' ||
  (v.kind === 'load' && v.buffer.shape.length === 0)

let keys = 0
const objects = new WeakMap<object, number>()
const idOf = (o: object): number => {
  let id = objects.get(o)
  if (id === undefined) objects.set(o, (id = keys++))
  return id
}

/** A place by its buffer and position. */
export const placeKey = (v: Value & { kind: 'load' }): string => {
  let key = `${idOf(v.buffer)}`
  for (const s of v.at) key += `,${s.variable ? idOf(s.variable) : ''}+${s.offset}`
  return key
}

/** Equal for equal values (loads by place, the rest by identity of their parts). */
export function valueKey(v: Value): string {
  if (v.kind === 'load') return `l${placeKey(v)}`
  if (v.kind === 'local') return `r${idOf(v.local)}`
  if (v.kind === 'product' && v.factors.every((f) => f.kind === 'local' || f.kind === 'load'))
    return `*${v.coefficient.toFraction()}:${v.factors.map((f, i) => `${valueKey(f)}^${v.exponents[i]!.toFraction()}`).join()}`
  return `o${idOf(v)}`
}
