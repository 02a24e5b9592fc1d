import { ONE, ZERO } from '../../base/rational.ts'
import type { Node, SumNode, SymbolNode } from '../../graph/node.ts'
import { Builder, type Known } from '../builder.ts'
import type { Combine, Instruction, Routine, Subscript, Variable, Whole } from '../program.ts'
import { Storing } from '../storing.ts'
import type { Tuning } from '../tuning.ts'
import type { Goal } from '../updates.ts'
import { load, numberValue, productValue } from '../value.ts'
import type { Class } from './classes.ts'
import type { Item } from './items.ts'
import type { Place } from './labels.ts'
import type { Step, Turns } from './plan.ts'
import type { Problem } from './problem.ts'
import { representative, writtenTurn } from './stacks.ts'
import type { Segments } from './segments.ts'
import { fixed } from '../subscripts.ts'
import { type Loop, copies, turnsLoop, turnsOf } from './turns.ts'
import type { Segment, Stack, Standing } from './standing.ts'

/** Writes the instructions of a routine whose steps are planned. */
export class Writing {
  readonly #problem: Problem
  readonly #steps: readonly Step[]
  readonly #standing: Standing
  readonly #tuning: Tuning
  readonly #main: Storing
  /** Sums that have a value already, to which more is added. */
  readonly #started = new Set<SumNode>()

  constructor(problem: Problem, steps: readonly Step[], standing: Standing, tuning: Tuning) {
    this.#problem = problem
    this.#steps = steps
    this.#standing = standing
    this.#tuning = tuning
    this.#main = this.#storing(standing.kept, (n) => standing.whole(n))
  }

  #storing(kept: Known, whole: (n: SymbolNode) => Whole): Storing {
    return new Storing(new Builder(kept, whole, this.#tuning), kept, whole, this.#problem.batched.batch)
  }

  routine(): Routine {
    const { name, loss } = this.#problem
    for (const step of this.#steps) {
      if (step.kind === 'turns') this.#turns(step)
      else this.#item(step.item)
    }
    const { builder } = this.#main
    const result = loss && builder.value(loss, [])
    return { name, body: builder.body, result, segment: this.#standing.segments?.length }
  }

  #item(item: Item): void {
    if (item.kind === 'goal') return this.#goal(this.#main, item.goal!)
    if (item.kind === 'term') return this.#term(this.#main, item)
    if (!item.sum || !this.#standing.collected.has(item.sum)) return this.#main.store(item.node)
    if (item.sum.constant.equals(0)) return
    const { graph } = this.#problem.batched
    this.#add(this.#main, item.sum, graph.full(item.sum.constant, item.sum.shape))
  }

  // ——— loops

  #turns(loop: Turns): void {
    const { segments } = this.#standing
    if (segments && loop === segments.forward) this.#forwardInSegments(segments)
    else if (segments && loop === segments.backward) this.#backwardInSegments(segments)
    else {
      const variable: Variable = { name: 't', extent: loop.to - loop.from + 1, turns: true }
      const body = this.#body(loop, loop.classes, variable)
      this.#main.builder.put(turnsLoop(variable, body, loop.descending))
    }
    this.#main.builder.forget()
  }

  /** What the classes do in one turn, with windows moved on; `within` a segment its stacks stand there. */
  #body(
    loop: Turns,
    classes: readonly Class[],
    variable: Variable,
    within?: Variable,
  ): readonly Instruction[] {
    const find: Find = (stack, { turn }) => {
      const away = turn - writtenTurn(loop)
      if (within && stack.segment)
        return {
          buffer: stack.segment.buffer,
          at: [{ variable: within, offset: stack.segment.back + away }],
        }
      return { buffer: stack.buffer, at: [inTurn(stack, turn, loop, variable)] }
    }
    const storing = this.#inTurns(loop, find)
    if (!within || loop.descending) this.#moveOn(storing, loop, classes)
    for (const c of classes) this.#inTurn(storing, representative(loop, c), find)
    return storing.builder.body
  }

  /** Writes instructions that stand in the loop: what belongs to its axis moves with its turns. */
  #inTurns(loop: Turns, find: Find): Storing {
    const { items } = this.#problem
    const standing = this.#standing
    const known: Known = {
      has: (n) => standing.kept.has(n),
      get: (n) => {
        const kept = standing.kept.get(n)
        const place = items.place(n)
        const stack = place?.axis === loop.axis ? standing.stack(place) : undefined
        return stack && kept?.kind === 'buffer' ? { ...kept, ...find(stack, place!) } : kept
      },
    }
    const whole = (n: SymbolNode): Whole => {
      const place = items.outsidePlace(n)
      const family = place?.axis === loop.axis ? standing.family(place) : undefined
      return family ? find(family, place!) : standing.whole(n)
    }
    return this.#storing(known, whole)
  }

  /** The entries of windows that the loop fills, moved on: what was this turn is the one before. */
  #moveOn({ builder, loops }: Storing, loop: Turns, classes: readonly Class[]): void {
    const seen = new Set<Stack>()
    for (const c of classes) {
      const item = representative(loop, c)
      const stack = item.kind === 'value' ? this.#standing.stack(item.place) : undefined
      if (!stack?.window || seen.has(stack)) continue
      seen.add(stack)
      const { buffer, window } = stack
      for (let entry = window.size - 1; entry > 0; entry--)
        loops(buffer.shape.slice(1), (at) => {
          const place = (offset: number): Subscript[] => [{ variable: undefined, offset }, ...at]
          const value = load(buffer, place(entry - 1))
          builder.put({ kind: 'store', buffer, at: place(entry), combine: 'set', value })
        })
    }
  }

  #inTurn(storing: Storing, item: Item, find: Find): void {
    if (item.kind === 'value') return storing.store(item.node)
    if (item.kind === 'term') return this.#term(storing, item)
    const goal = item.goal!
    const place = this.#problem.name === 'step' ? this.#problem.items.paramPlace(goal)! : item.place!
    const family = this.#standing.family(place)!
    this.#goal(storing, goal, find(family, place))
  }

  // ——— segments

  /** The way forward keeps what stood before each segment. */
  #forwardInSegments(segments: Segments): void {
    const { forward, count } = segments
    const s: Variable = { name: 's', extent: count, turns: true }
    const { inner, variable, part } = turnsOf(segments, s)
    const start = this.#storing(this.#standing.kept, (n) => this.#standing.whole(n))
    for (const { buffer, segment } of this.#segmented(segments))
      copies(start, buffer.shape.slice(1), segment.back, (i) => [
        { buffer: segment.saved, at: [{ variable: s, offset: 0 }, fixed(i)] },
        { buffer, at: [fixed(i)] },
      ])
    const body = this.#body(forward, forward.classes, variable)
    const run: Loop = { ...turnsLoop(inner, body, false), ...part }
    this.#main.builder.put(turnsLoop(s, [...start.builder.body, run], false))
  }

  /** The way back runs each segment again, from what was kept, and then its turns from the last to the first. */
  #backwardInSegments(segments: Segments): void {
    const { forward, backward, again, length, count } = segments
    const s: Variable = { name: 's', extent: count, turns: true }
    const first = turnsOf(segments, s)
    const second = turnsOf(segments, s)
    const whole = (n: SymbolNode): Whole => this.#standing.whole(n)
    const start = this.#storing(this.#standing.kept, whole)
    const end = this.#storing(this.#standing.kept, whole)
    for (const { buffer, segment } of this.#segmented(segments)) {
      const { back, ahead, saved } = segment
      const shape = buffer.shape.slice(1)
      copies(start, shape, back, (i) => [
        { buffer: segment.buffer, at: [fixed(back - 1 - i)] },
        { buffer: saved, at: [{ variable: s, offset: 0 }, fixed(i)] },
      ])
      // The segment before this one looks ahead at its first turns.
      copies(end, shape, ahead, (i) => [
        { buffer: segment.buffer, at: [fixed(back + length + i)] },
        { buffer: segment.buffer, at: [fixed(back + i)] },
      ])
    }
    const run = this.#body(forward, again, first.variable, first.inner)
    const back = this.#body(backward, backward.classes, second.variable, second.inner)
    const body: Instruction[] = [
      ...start.builder.body,
      { ...turnsLoop(first.inner, run, false), ...first.part },
      { ...turnsLoop(second.inner, back, true), ...second.part },
      ...end.builder.body,
    ]
    this.#main.builder.put(turnsLoop(s, body, true))
    this.#standing.afterSegments()
  }

  #segmented({ forward, again }: Segments): (Stack & { segment: Segment })[] {
    const found = new Set<Stack & { segment: Segment }>()
    for (const c of again) {
      const stack = this.#standing.stack(representative(forward, c).place)
      if (stack?.segment) found.add({ ...stack, segment: stack.segment })
    }
    return [...found]
  }

  // ——— sums that are collected turn by turn

  #start(sum: SumNode): void {
    const kept = this.#standing.kept.get(sum)!
    const { builder } = this.#main
    const value = numberValue(ZERO)
    if (kept.kind === 'local') return builder.put({ kind: 'define', local: kept.local, value, mutable: true })
    this.#main.loops(kept.buffer.shape, (at) =>
      builder.put({ kind: 'store', buffer: kept.buffer, at: [...at], combine: 'set', value }),
    )
  }

  #term(storing: Storing, { sum, node, coefficient }: Item): void {
    const first = !this.#started.has(sum!)
    if (first && storing !== this.#main) this.#start(sum!)
    this.#started.add(sum!)
    this.#add(storing, sum!, node, coefficient, first && storing === this.#main ? 'set' : 'add')
  }

  #add(
    { builder, loops }: Storing,
    sum: SumNode,
    node: Node,
    coefficient = ONE,
    combine: Combine = 'add',
  ): void {
    const kept = this.#standing.kept.get(sum)!
    const value = (at: readonly Subscript[]) =>
      productValue(coefficient, [builder.value(node, node.shape.length === 0 ? [] : at)], [ONE])
    if (kept.kind === 'local')
      return builder.put(
        combine === 'set'
          ? { kind: 'define', local: kept.local, value: value([]), mutable: true }
          : { kind: 'update', local: kept.local, combine, value: value([]) },
      )
    loops(kept.buffer.shape, (stored) => {
      const at = [...stored]
      kept.order?.forEach((a, k) => (at[a] = stored[k]!))
      builder.put({ kind: 'store', buffer: kept.buffer, at: [...stored], combine, value: value(at) })
    })
  }

  // ——— outputs, gradients, updates of params

  #goal({ builder, loops }: Storing, goal: Goal, to?: Whole): void {
    if (goal.symbol) builder.put({ kind: 'anchor', symbol: goal.symbol })
    if (this.#standing.done.has(goal)) return
    const step = this.#problem.name === 'step'
    const { buffer, at: first } =
      to ?? (step ? this.#standing.whole(this.#standing.param(goal)) : { buffer: goal.to, at: [] })
    loops(goal.to.shape, (at) =>
      builder.put({
        kind: 'store',
        buffer,
        at: [...first, ...at],
        combine: step ? 'subtract' : 'set',
        value: step
          ? builder.scaled(load(this.#standing.outside.rate, []), goal.node, at)
          : builder.value(goal.node, at),
      }),
    )
  }
}

/** Where what belongs to a turn near the written one stands, in all turns. */
type Find = (stack: Stack, place: Place) => Whole

function inTurn({ span, window }: Stack, turn: number, loop: Turns, variable: Variable): Subscript {
  const away = turn - writtenTurn(loop)
  if (!window) return { variable, offset: away + loop.from - span.from }
  return { variable: undefined, offset: loop.descending ? away : -away }
}
