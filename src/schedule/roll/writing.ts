import { ONE, ZERO } from '../../base/rational.ts'
import type { Node, SumNode, SymbolNode } from '../../graph/node.ts'
import { Builder, type Known } from '../builder.ts'
import type { Routine, Subscript, Variable, Whole } from '../program.ts'
import { Storing } from '../storing.ts'
import type { Tuning } from '../tuning.ts'
import type { Goal } from '../updates.ts'
import { load, numberValue, productValue } from '../value.ts'
import type { Item } from './items.ts'
import type { Place } from './labels.ts'
import type { Step, Turns } from './plan.ts'
import type { Problem } from './problem.ts'
import { representative, writtenTurn } from './stacks.ts'
import type { Stack, Standing } from './standing.ts'

/** Writes the instructions of a routine whose steps are planned. */
export class Writing {
  readonly #problem: Problem
  readonly #steps: readonly Step[]
  readonly #standing: Standing
  readonly #tuning: Tuning
  readonly #main: Storing
  /** Sums that have been set to nothing, so that loops can add to them. */
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
    const { name, loss, terms } = this.#problem
    const inLoops = new Set(
      this.#steps.flatMap((s) => (s.kind === 'turns' ? s.classes.flatMap((c) => c.items) : [])),
    )
    for (const step of this.#steps) {
      if (step.kind === 'turns') this.#turns(step)
      else if (step.item.kind === 'goal') this.#goal(this.#main, step.item.goal!)
      else if (step.item.sum && this.#standing.collected.has(step.item.sum))
        this.#rest(
          step.item.sum,
          terms.get(step.item)!.filter((t) => !inLoops.has(t)),
        )
      else this.#main.store(step.item.node)
    }
    const { builder } = this.#main
    return { name, body: builder.body, result: loss && builder.value(loss, []) }
  }

  // ——— loops

  #turns(loop: Turns): void {
    const variable: Variable = { name: 't', extent: loop.to - loop.from + 1, turns: true }
    const storing = this.#inTurns(loop, variable)
    this.#moveOn(storing, loop)
    for (const c of loop.classes) this.#inTurn(storing, representative(loop, c), loop, variable)
    this.#main.builder.put({
      kind: 'loop',
      variable,
      body: storing.builder.body,
      ...(loop.descending ? { descending: true } : {}),
    })
    this.#main.builder.forgetPlaces()
  }

  /** Writes instructions that stand in the loop: what belongs to its axis moves with its turns. */
  #inTurns(loop: Turns, variable: Variable): Storing {
    const { items } = this.#problem
    const standing = this.#standing
    const known: Known = {
      has: (n) => standing.kept.has(n),
      get: (n) => {
        const kept = standing.kept.get(n)
        const place = items.place(n)
        const stack = place?.axis === loop.axis ? standing.stack(place) : undefined
        return stack && kept?.kind === 'buffer'
          ? { ...kept, at: [inTurn(stack, place!, loop, variable)] }
          : kept
      },
    }
    const whole = (n: SymbolNode): Whole => {
      const place = items.place(n)
      const family = place?.axis === loop.axis ? standing.family(place) : undefined
      return family
        ? { buffer: family.buffer, at: [inTurn(family, place!, loop, variable)] }
        : standing.whole(n)
    }
    return this.#storing(known, whole)
  }

  /** The entries of windows that the loop fills, moved on: what was this turn is the one before. */
  #moveOn({ builder, loops }: Storing, loop: Turns): void {
    const seen = new Set<Stack>()
    for (const c of loop.classes) {
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

  #inTurn(storing: Storing, item: Item, loop: Turns, variable: Variable): void {
    if (item.kind === 'value') return storing.store(item.node)
    if (item.kind === 'term') {
      this.#start(item.sum!)
      return this.#add(storing, item.sum!, item.node, item.coefficient)
    }
    const goal = item.goal!
    const place = this.#problem.name === 'step' ? this.#problem.items.paramPlace(goal)! : item.place!
    const family = this.#standing.family(place)!
    this.#goal(storing, goal, { buffer: family.buffer, at: [inTurn(family, place, loop, variable)] })
  }

  // ——— sums that are collected turn by turn

  #start(sum: SumNode): void {
    if (this.#started.has(sum)) return
    this.#started.add(sum)
    const kept = this.#standing.kept.get(sum)!
    const { builder } = this.#main
    const value = numberValue(ZERO)
    if (kept.kind === 'local') return builder.put({ kind: 'define', local: kept.local, value, mutable: true })
    this.#main.loops(kept.buffer.shape, (at) =>
      builder.put({ kind: 'store', buffer: kept.buffer, at: [...at], combine: 'set', value }),
    )
  }

  #add({ builder, loops }: Storing, sum: SumNode, node: Node, coefficient = ONE): void {
    const kept = this.#standing.kept.get(sum)!
    const value = (at: readonly Subscript[]) =>
      productValue(coefficient, [builder.value(node, node.shape.length === 0 ? [] : at)], [ONE])
    if (kept.kind === 'local')
      return builder.put({ kind: 'update', local: kept.local, combine: 'add', value: value([]) })
    loops(kept.buffer.shape, (stored) => {
      const at = [...stored]
      kept.order?.forEach((a, k) => (at[a] = stored[k]!))
      builder.put({ kind: 'store', buffer: kept.buffer, at: [...stored], combine: 'add', value: value(at) })
    })
  }

  /** What no loop has added. */
  #rest(sum: SumNode, rest: readonly Item[]): void {
    if (rest.length === 0 && sum.constant.equals(0)) return
    const terms = rest.map((t) => ({ node: t.node, coefficient: t.coefficient! }))
    this.#add(this.#main, sum, this.#problem.batched.graph.sum(terms, sum.constant, sum.shape))
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

/** Where what belongs to a turn of the loop stands, when the instructions written down are run for any turn. */
function inTurn({ span, window }: Stack, { turn }: Place, loop: Turns, variable: Variable): Subscript {
  const away = turn - writtenTurn(loop)
  if (!window) return { variable, offset: away + loop.from - span.from }
  return { variable: undefined, offset: loop.descending ? away : -away }
}
