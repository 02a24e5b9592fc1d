import { type Extent, type Shape, extentText, multiplyExtents } from '../graph/extent.ts'
import type { Buffer, Instruction, Routine, Subscript, Value } from './program.ts'
import { subscriptsOf } from './subscripts.ts'
import { partsOf } from './value.ts'

/** An array of the module that scratch buffers take turns in. */
export interface Slot {
  readonly size: Extent
  readonly kind: Numbers
}

/** What an array holds: numbers of the program's precision, doubles (of panels too), or whole numbers. */
export type Numbers = 'real' | 'double' | 'panel' | 'whole'
const numbersOf = (b: Buffer): Numbers =>
  b.whole ? 'whole' : b.panel ? 'panel' : b.double ? 'double' : 'real'

export interface Workspace {
  readonly slots: readonly Slot[]
  /** The place of every scratch buffer. */
  readonly places: ReadonlyMap<Buffer, number>
}

export const sizeExtent = (shape: Shape): Extent =>
  shape.reduce<Extent>((size, e) => multiplyExtents(size, e), 1)

/** All buffers that an instruction touches, loops and functions inside it included, and those that a result is read from. */
export function buffersOf(instruction: Instruction | undefined, result?: Value): Set<Buffer> {
  const found = new Set<Buffer>()
  const seen = new Set<Value>()
  const stack: Value[] = []
  const walk = (v: Value): void => {
    stack.push(v)
    for (let x = stack.pop(); x; x = stack.pop()) {
      if (seen.has(x)) continue
      seen.add(x)
      if (x.kind === 'load') found.add(x.buffer)
      stack.push(...partsOf(x), ...subscriptsOf(x).flatMap(wholeNumbers))
    }
  }
  // What positions are read from is needed as long as they are.
  const wholeNumbers = ({ variable }: Subscript): Value[] =>
    (variable?.of?.values ?? []).map(({ value }) => value)
  const visit = (i: Instruction): void => {
    if (i.kind === 'loop') {
      i.body.forEach(visit)
      i.rest?.forEach(visit)
    } else if (i.kind === 'chunk') i.body.forEach(visit)
    else if (i.kind === 'matrix') for (const { buffer } of [...i.from, i.to]) found.add(buffer)
    else if (i.kind !== 'anchor' && i.kind !== 'backward') {
      if (i.kind === 'store') {
        found.add(i.buffer)
        i.at.flatMap(wholeNumbers).forEach(walk)
      }
      walk(i.value)
    }
  }
  if (instruction) visit(instruction)
  if (result) walk(result)
  return found
}

/**
 * Places for the scratch buffers of all routines, which never run at once. Within one, a buffer whose last use is
 * over leaves its slot to the next of the same size (linear scan; Poletto, Sarkar 1999).
 */
export function layOut(routines: readonly Routine[]): Workspace {
  const slots: Slot[] = []
  const bySize = new Map<string, number[]>()
  const places = new Map<Buffer, number>()
  for (const routine of routines) {
    const last = new Map<Buffer, number>()
    // What is returned is read after all else.
    const touched = [...routine.body.map((i) => buffersOf(i)), buffersOf(undefined, routine.result)]
    touched.forEach((set, i) => set.forEach((b) => b.storage === 'scratch' && last.set(b, i)))
    const free = new Map([...bySize].map(([key, list]) => [key, [...list].reverse()]))
    touched.forEach((set, i) => {
      const mine = [...set].filter((b) => b.storage === 'scratch')
      for (const b of mine) {
        if (places.has(b)) continue
        const size = sizeExtent(b.shape)
        const key = `${numbersOf(b)}${extentText(size)}`
        let slot = free.get(key)?.pop()
        if (slot === undefined) {
          slot = slots.push({ size, kind: numbersOf(b) }) - 1
          const all = bySize.get(key)
          if (all) all.push(slot)
          else bySize.set(key, [slot])
        }
        places.set(b, slot)
      }
      for (const b of mine) {
        if (last.get(b) !== i) continue
        const key = `${numbersOf(b)}${extentText(sizeExtent(b.shape))}`
        const list = free.get(key)
        if (list) list.push(places.get(b)!)
        else free.set(key, [places.get(b)!])
      }
    })
  }
  return { slots, places }
}
