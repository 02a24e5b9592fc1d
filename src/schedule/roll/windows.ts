import type { Node } from '../../graph/node.ts'
import type { Item, Items } from './items.ts'
import { LEAST_TURNS } from './classes.ts'
import type { Place } from './labels.ts'
import type { Step, Turns } from './plan.ts'
import { type Span, representative } from './stacks.ts'

/**
 * Of a stack of which a loop looks only at its last few turns, and nothing else at any before these: that many turns.
 * Entry 0 is the turn that runs, entry 1 the one before it; between turns entries move on.
 */
export interface Window {
  readonly loop: Turns
  readonly size: number
}

/** A stack of more turns than this at a time stays as it is: moving entries on would cost more than it saves. */
const LARGEST = 3

/** The entry of a turn when its loop is over: 0 is the last turn that has run. */
export const exitOf = ({ loop }: Window, turn: number): number =>
  loop.descending ? turn - loop.from : loop.to - turn

/** The entry of a turn before the loop has begun: 0 is the turn before the first. */
export const entryOf = ({ loop }: Window, turn: number): number =>
  loop.descending ? turn - loop.to - 1 : loop.from - turn - 1

export const isInside = ({ loop }: Window, turn: number): boolean => turn >= loop.from && turn <= loop.to

/** `readers` gives the items whose leaves a single item reads; `last` is what a routine returns. */
export function windowsOf(
  steps: readonly Step[],
  items: Items,
  spans: ReadonlyMap<string, Span>,
  readers: (item: Item) => readonly Item[],
  last: Node | undefined,
): Map<string, Window> {
  const home = new Map<string, number>()
  const lost = new Set<string>()
  steps.forEach((step, i) => {
    if (step.kind !== 'turns' || step.to - step.from + 1 < LEAST_TURNS) return
    for (const c of step.classes) {
      const item = representative(step, c)
      if (item.kind !== 'value' || !item.place) continue
      const { stack } = item.place
      if (home.has(stack)) lost.add(stack)
      home.set(stack, i)
    }
  })
  const sizes = new Map<string, number>()
  /** A look at entry `entry`, which the window must hold. */
  const look = (stack: string, entry: number): void => {
    if (entry < 0 || entry >= LARGEST) lost.add(stack)
    else sizes.set(stack, Math.max(sizes.get(stack) ?? 1, entry + 1))
  }
  const inSpan = (place: Place | undefined): place is Place => {
    const span = place && spans.get(place.stack)
    if (!place || !span || !home.has(place.stack)) return false
    return place.turn >= span.from && place.turn <= span.to
  }
  steps.forEach((step, i) => {
    const read = (item: Item, loop: Turns | undefined): void => {
      for (const n of item.leaves) {
        const place = items.leafPlace(item, n)
        if (!inSpan(place)) continue
        const at = home.get(place.stack)!
        const window: Window = { loop: steps[at] as Turns, size: 0 }
        if (loop && place.axis === loop.axis) {
          const distance = item.place!.turn - place.turn
          if (at === i) look(place.stack, loop.descending ? -distance : distance)
          else lost.add(place.stack)
        } else if (i < at) {
          if (isInside(window, place.turn)) lost.add(place.stack)
        } else if (isInside(window, place.turn)) look(place.stack, exitOf(window, place.turn))
        else lost.add(place.stack)
      }
    }
    if (step.kind === 'turns') {
      for (const c of step.classes) read(representative(step, c), step)
      return
    }
    for (const item of readers(step.item)) read(item, undefined)
    const { place } = step.item
    if (step.item.kind !== 'value' || !inSpan(place)) return
    // A single value before the loop: its entry has moved on by one when the first turn looks at it.
    const at = home.get(place.stack)!
    if (i > at) lost.add(place.stack)
    else look(place.stack, entryOf({ loop: steps[at] as Turns, size: 0 }, place.turn) + 1)
  })
  const result = last && items.place(last)
  if (inSpan(result)) {
    const window: Window = { loop: steps[home.get(result.stack)!] as Turns, size: 0 }
    if (isInside(window, result.turn)) look(result.stack, exitOf(window, result.turn))
    else lost.add(result.stack)
  }
  const windows = new Map<string, Window>()
  for (const [stack, i] of home) {
    if (lost.has(stack)) continue
    const loop = steps[i] as Turns
    const size = sizes.get(stack) ?? 1
    if (size < loop.to - loop.from + 1) windows.set(stack, { loop, size })
  }
  return windows
}
