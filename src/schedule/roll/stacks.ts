import { familyOf } from '../../graph/member.ts'
import type { Buffer, Members } from '../program.ts'
import type { Class } from './classes.ts'
import type { Item, Items } from './items.ts'
import type { Step, Turns } from './plan.ts'

/** The turns of a stack that stand in one buffer, one after the other. */
export interface Span {
  from: number
  to: number
}

/** The turn of which a loop's instructions are written down; those of all others differ in positions only. */
export const writtenTurn = ({ from, to }: Turns): number => from + Math.floor((to - from) / 2)

export const representative = (loop: Turns, c: Class): Item => c.items[writtenTurn(loop) - loop.from]!

/** Which turns of each stack loops reach: of the values that they compute and of all that they look at. */
export function spansOf(steps: readonly Step[], items: Items): Map<string, Span> {
  const spans = new Map<string, Span>()
  const reach = (stack: string, from: number, to: number): void => {
    const span = spans.get(stack)
    if (!span) spans.set(stack, { from, to })
    else {
      span.from = Math.min(span.from, from)
      span.to = Math.max(span.to, to)
    }
  }
  for (const step of steps) {
    if (step.kind !== 'turns') continue
    for (const c of step.classes) {
      const item = representative(step, c)
      if (item.place && item.kind !== 'term') reach(item.place.stack, step.from, step.to)
      const param = item.goal && items.paramPlace(item.goal)
      if (param) reach(param.stack, step.from, step.to)
      for (const n of item.leaves) {
        const place = items.leafPlace(item, n)
        if (!place || place.axis !== step.axis) continue
        const distance = place.turn - item.place!.turn
        reach(place.stack, step.from + distance, step.to + distance)
      }
    }
  }
  return spans
}

/** The buffer of a family outside: `first` is its member at the span's first turn. */
export function familyBuffer(first: Buffer, span: Span, index: Pick<Members, 'index' | 'falls'>): Buffer {
  const members: Members = { first, ...index }
  return {
    name: familyOf(first.name),
    storage: first.storage,
    symbol: undefined,
    shape: [span.to - span.from + 1, ...first.shape],
    members,
  }
}
