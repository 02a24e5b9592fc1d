import { familyOf } from '../../graph/member.ts'
import type { Node, SumNode, SymbolNode } from '../../graph/node.ts'
import type { Kept } from '../builder.ts'
import type { Buffer, Precision, Whole } from '../program.ts'
import { type Outside, nameNodes } from '../storage.ts'
import { keptShape } from '../storing.ts'
import { isMask } from '../../graph/subscripts.ts'
import type { Goal } from '../updates.ts'
import { type Item, goalLabel } from './items.ts'
import type { Place } from './labels.ts'
import type { Step } from './plan.ts'
import type { Problem } from './problem.ts'
import { LAST, type Segments, segmentsOf } from './segments.ts'
import { type Span, familyBuffer, spansOf } from './stacks.ts'
import { type Window, entryOf, exitOf, isInside, windowsOf } from './windows.ts'
import { fixed } from '../subscripts.ts'

/** Members of a family in one buffer, the turn along its first axis. */
export interface Stack {
  readonly buffer: Buffer
  /** The turns that it holds, unless it is a window. */
  readonly span: Span
  readonly window: Window | undefined
  readonly segment?: Segment
}

/** What is kept of a stack for the way back: one segment of it, and its last turns before each segment. */
export interface Segment {
  readonly buffer: Buffer
  readonly saved: Buffer
  readonly back: number
  readonly ahead: number
}

/** Where the values of a routine stand. */
export class Standing {
  readonly #problem: Problem
  readonly outside: Outside
  readonly kept = new Map<Node, Kept>()
  readonly spans: ReadonlyMap<string, Span>
  readonly #stacks = new Map<string, Stack>()
  readonly #families = new Map<string, Stack>()
  /** Sums to which loops add. */
  readonly collected = new Set<SumNode>()
  /** Goals that are in place once their value is computed. */
  readonly done = new Set<Goal>()

  readonly segments: Segments | undefined

  /** `every`: how many turns a segment has, or true; without it all turns are kept for the way back. */
  constructor(
    problem: Problem,
    steps: readonly Step[],
    outside: Outside,
    precision: Precision,
    every: number | true | undefined,
  ) {
    this.#problem = problem
    this.outside = outside
    this.spans = spansOf(steps, problem.items)
    for (const step of steps)
      if (step.kind === 'turns')
        for (const { items } of step.classes)
          if (items[0]!.kind === 'term') this.collected.add(items[0]!.sum!)
    const readers = (item: Item): readonly Item[] =>
      item.sum && !this.collected.has(item.sum) ? problem.terms.get(item)! : [item]
    const windows = windowsOf(steps, problem.items, this.spans, readers, problem.loss)
    this.segments =
      every === undefined
        ? undefined
        : segmentsOf(steps, problem.items, this.spans, readers, problem.loss, problem.name === 'step', every)
    if (this.segments)
      for (const [stack, { back }] of this.segments.beyond)
        windows.set(stack, { loop: this.segments.forward, size: Math.max(back + 1, LAST) })
    this.#findFamilies()
    this.#place(windows, precision)
  }

  /** The stack of a value, and the family of a symbol, that loops run through. */
  stack(place: Place | undefined): Stack | undefined {
    return this.#of(this.#stacks, place)
  }

  family(place: Place | undefined): Stack | undefined {
    return this.#of(this.#families, place)
  }

  #of(stacks: ReadonlyMap<string, Stack>, place: Place | undefined): Stack | undefined {
    const stack = place && stacks.get(place.stack)
    return stack && place.turn >= stack.span.from && place.turn <= stack.span.to ? stack : undefined
  }

  /** Where a symbol stands outside of loops. */
  whole(n: SymbolNode): Whole {
    const place = this.#problem.items.outsidePlace(n)
    const family = this.family(place)
    return family
      ? { buffer: family.buffer, at: [fixed(place!.turn - family.span.from)] }
      : { buffer: this.outside.symbol(n), at: [] }
  }

  param(goal: Goal): SymbolNode {
    return this.#problem.batched.graph.symbol(goal.symbol!) as SymbolNode
  }

  /** Where a turn stands outside of its loop. */
  #outsideOf({ buffer, span, window, segment }: Stack, turn: number): Whole {
    if (!window) return { buffer, at: [fixed(turn - span.from)] }
    const { from, to } = window.loop
    if (isInside(window, turn)) return { buffer, at: [fixed(exitOf(window, turn))] }
    if (!segment || turn < from) return { buffer, at: [fixed(entryOf(window, turn))] }
    // What comes behind the last segment is looked at from there.
    const { length, count } = this.segments!
    const last = to - from + 1 - (count - 1) * length
    return { buffer: segment.buffer, at: [fixed(segment.back + last + turn - to - 1)] }
  }

  /** When all has been run again the first segment is at hand, and what came before it. */
  afterSegments(): void {
    for (const [n, kept] of this.kept) {
      const place = this.#problem.items.place(n)
      const stack = this.stack(place)
      if (!stack?.segment || kept.kind !== 'buffer') continue
      const { buffer, back } = stack.segment
      this.kept.set(n, { ...kept, buffer, at: [fixed(back + place!.turn - stack.window!.loop.from)] })
    }
  }

  /** The families of symbols, outputs and gradients that loops run through. */
  #findFamilies(): void {
    const { items, order, goals } = this.#problem
    const see = (place: Place | undefined, family: string, first: () => Buffer): void => {
      const span = place && this.spans.get(place.stack)
      if (!span || place.turn !== span.from) return
      const buffer = familyBuffer(first(), span, items.indexOf(family))
      this.#families.set(place.stack, { buffer, span, window: undefined })
    }
    for (const n of order)
      if (n.kind === 'symbol')
        see(items.outsidePlace(n), `${n.symbol.role} ${familyOf(n.symbol.name)}`, () =>
          this.outside.symbol(n),
        )
    for (const g of goals) {
      const label = goalLabel(g)
      if (!label) continue
      see(items.goalPlace(g), label.family, () => g.to)
      if (g.symbol) see(items.paramPlace(g), label.family, () => this.outside.symbol(this.param(g)))
    }
  }

  #place(windows: ReadonlyMap<string, Window>, precision: Precision): void {
    const { name: routine, order, kept, layouts, goals, items } = this.#problem
    const names = nameNodes(order)
    const own = new Map<Node, Goal>()
    if (routine !== 'step' && precision === 'f64')
      for (const g of goals) if (!own.has(g.node) && g.to.shape.length > 0) own.set(g.node, g)
    for (const n of order) {
      if (!kept.has(n)) continue
      const name = names.get(n) ?? (n.kind === 'apply' ? `${n.op.name}$` : 'v$')
      const place = items.place(n)
      const span = place && this.spans.get(place.stack)
      const shape = keptShape(n)
      const order = layouts.get(n)
      const matrix = n.kind === 'apply' && n.op.kind === 'matrix' ? n.op : undefined
      const put = (whole: Whole): void =>
        void this.kept.set(n, { kind: 'buffer', ...whole, ...(order ? { order } : {}) })
      const scratch = (wish: string, first: readonly number[], double: boolean): Buffer => ({
        name: wish,
        storage: 'scratch',
        symbol: undefined,
        shape: [...first, ...(order ? order.map((a) => shape[a]!) : shape)],
        ...(double ? { double } : {}),
        ...(isMask(n) ? { whole: true } : {}),
      })
      if (span && place.turn >= span.from && place.turn <= span.to) {
        let stack = this.#stacks.get(place.stack)
        if (!stack) {
          const window = windows.get(place.stack)
          const size = window ? window.size : span.to - span.from + 1
          const double = matrix?.double === true
          const buffer = scratch(familyOf(name), [size], double)
          const segment =
            this.segments &&
            segmentOf(this.segments, place.stack, familyOf(name), (wish, first) =>
              scratch(wish, first, double),
            )
          stack = { buffer, span, window, ...(segment ? { segment } : {}) }
          this.#stacks.set(place.stack, stack)
        }
        put(this.#outsideOf(stack, place.turn))
        continue
      }
      const goal = isMask(n) ? undefined : own.get(n)
      if (goal) {
        this.done.add(goal)
        this.kept.set(n, { kind: 'buffer', buffer: goal.to, at: [] })
      } else if (shape.length === 0 && !matrix) this.kept.set(n, { kind: 'local', local: { name } })
      // Long sums are collected in doubles.
      else
        put({
          buffer: scratch(
            name,
            [],
            matrix?.double === true || (precision === 'f32' && this.collected.has(n as SumNode)),
          ),
          at: [],
        })
    }
  }
}

function segmentOf(
  { beyond, length, count }: Segments,
  stack: string,
  name: string,
  scratch: (wish: string, first: readonly number[]) => Buffer,
): Segment | undefined {
  const found = beyond.get(stack)
  if (!found) return undefined
  const { back, ahead } = found
  return {
    back,
    ahead,
    buffer: scratch(name, [back + length + ahead]),
    saved: scratch(`${name}_saved`, [count, back]),
  }
}
