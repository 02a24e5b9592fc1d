import type { Node } from '../../graph/node.ts'
import type { Class } from './classes.ts'
import type { Item, Items } from './items.ts'
import type { Step, Turns } from './plan.ts'
import { type Span, representative } from './stacks.ts'

/**
 * A recurrence whose states are not all kept for the way back: those between the segments are, and each segment is run
 * again before its gradients are (Griewank, Walther 2000, with one level: O(√T) states for one more forward pass).
 */
export interface Segments {
  /** The loop forward, and the one backward that needs what it computes. */
  readonly forward: Turns
  readonly backward: Turns
  /** The turns of a segment, and how many segments there are; the last may be shorter. */
  readonly length: number
  readonly count: number
  /** What is run again: the classes of the forward loop that the backward loop needs, and those that they need. */
  readonly again: readonly Class[]
  /** The stacks of these. */
  readonly stacks: ReadonlySet<string>
  /** Of each, how many turns back, and ahead, the loops look beyond a segment. */
  readonly beyond: ReadonlyMap<string, { readonly back: number; readonly ahead: number }>
}

/** `updates`: goals change params, which must not happen before all is run again. `every` is the length of a segment, or true for the square root of the number of turns. */
export function segmentsOf(
  steps: readonly Step[],
  items: Items,
  spans: ReadonlyMap<string, Span>,
  readers: (item: Item) => readonly Item[],
  last: Node | undefined,
  updates: boolean,
  every: number | true,
): Segments | undefined {
  let best: Segments | undefined
  const returned = last && items.place(last)
  steps.forEach((forward, i) => {
    if (forward.kind !== 'turns' || forward.descending) return
    steps.forEach((backward, k) => {
      if (k <= i || backward.kind !== 'turns' || !backward.descending) return
      if (backward.axis !== forward.axis || backward.from !== forward.from || backward.to !== forward.to)
        return
      const turns = forward.to - forward.from + 1
      const length = every === true ? Math.ceil(Math.sqrt(turns)) : every
      if (!Number.isInteger(length) || length < 1 || length >= turns) return
      if (updates && steps.slice(0, k + 1).some(hasGoal)) return
      const found = pair(steps, i, k, items, spans, readers, length)
      if (returned && found?.stacks.has(returned.stack)) return
      if (found && (!best || found.again.length > best.again.length)) best = found
    })
  })
  return best
}

const hasGoal = (step: Step): boolean =>
  step.kind === 'item' ? step.item.kind === 'goal' : step.classes.some((c) => c.items[0]!.kind === 'goal')

/** The two loops, if nothing else looks at what is run again but at its last turns, or at its first ones in the end. */
function pair(
  steps: readonly Step[],
  i: number,
  k: number,
  items: Items,
  spans: ReadonlyMap<string, Span>,
  readers: (item: Item) => readonly Item[],
  length: number,
): Segments | undefined {
  const [forward, backward] = [steps[i] as Turns, steps[k] as Turns]
  const made = new Map<string, Class>()
  for (const c of forward.classes) {
    const item = representative(forward, c)
    if (item.kind === 'value' && item.place) made.set(item.place.stack, c)
  }
  const stacks = new Set<string>()
  const work = backward.classes.map((c) => representative(backward, c))
  for (let item = work.pop(); item; item = work.pop())
    for (const n of item.leaves) {
      const place = items.leafPlace(item, n)
      const c = place?.axis === forward.axis ? made.get(place.stack) : undefined
      if (!c || stacks.has(place!.stack)) continue
      stacks.add(place!.stack)
      work.push(representative(forward, c))
    }
  const { from, to } = forward
  // What needs nothing of earlier turns is no recurrence.
  if (![...stacks].some((stack) => spans.get(stack)!.from < from)) return undefined
  const allowed = (item: Item, step: number): boolean =>
    item.leaves.every((n) => {
      const place = items.leafPlace(item, n)
      const span = place && stacks.has(place.stack) ? spans.get(place.stack)! : undefined
      if (!place || !span || place.turn < span.from || place.turn > span.to) return true
      if (step < i) return place.turn < from
      // Between the loops the last turns are at hand, behind them the first segment and what came before it.
      return step < k ? place.turn > to - LAST : place.turn < from + length
    })
  for (const [s, step] of steps.entries()) {
    if (s === i || s === k) continue
    if (step.kind === 'item') {
      if (!readers(step.item).every((item) => allowed(item, s))) return undefined
    } else
      for (const c of step.classes) {
        const item = representative(step, c)
        const places = [item.place, ...item.leaves.map((n) => items.leafPlace(item, n))]
        if (places.some((place) => stacks.has(place?.stack ?? ''))) return undefined
      }
  }
  return {
    forward,
    backward,
    length,
    count: Math.ceil((to - from + 1) / length),
    again: forward.classes.filter((c) => stacks.has(representative(forward, c).place?.stack ?? '')),
    stacks,
    beyond: new Map(
      [...stacks].map((stack) => {
        const span = spans.get(stack)!
        return [stack, { back: from - span.from, ahead: span.to - to }]
      }),
    ),
  }
}

/** How many of the last turns can be looked at between the loops. */
export const LAST = 2
