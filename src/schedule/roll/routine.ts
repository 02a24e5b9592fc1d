import { ONE, ZERO } from '../../base/rational.ts'
import { type Node, type SumNode, type SymbolNode, peel } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import type { Batched } from '../batch.ts'
import { Builder, type Kept, type Known } from '../builder.ts'
import { goalsOf } from '../goals.ts'
import { chooseKept, isFree } from '../keep.ts'
import type { Buffer, Precision, Routine, RoutineName, Variable, Whole } from '../program.ts'
import { layOutContractions } from '../routine.ts'
import { type Outside, nameNodes } from '../storage.ts'
import { Storing, isMask, keptShape } from '../storing.ts'
import type { Tuning } from '../tuning.ts'
import { type Goal, reads } from '../updates.ts'
import { load, numberValue, productValue } from '../value.ts'
import { type Item, Items, goalLabel, isCollected } from './items.ts'
import type { Place } from './labels.ts'
import { Places } from './places.ts'
import { type Step, type Turns, plan } from './plan.ts'
import { Positions, type Span, familyBuffer, isSymbol, representative, spansOf } from './stacks.ts'

/** A routine in which layers, or steps in time, that are alike are loops; undefined where none are that pay. */
export function rolledRoutine(
  name: RoutineName,
  batched: Batched,
  outside: Outside,
  precision: Precision,
  tuning: Tuning,
): Routine | undefined {
  const goals = goalsOf(name, batched, outside)
  const loss = name === 'forward' ? undefined : peel(batched.loss)
  const roots = [...(loss ? [loss] : []), ...goals.map((g) => g.node)]
  const order = topological(roots)
  const places = new Places(order)
  if (places.labels.size === 0) return undefined
  const members = order.filter(
    (n) => (places.labels.has(n) && !isFree(n) && n.kind !== 'symbol') || isCollected(n, places),
  )
  const kept = chooseKept(roots, tuning, members)
  if (loss && loss.kind !== 'constant') kept.add(loss)
  if (name === 'step') for (const g of goals) if (reads(g.node, kept).size > 0) kept.add(g.node)
  const layouts = layOutContractions(order, batched.batch)
  const items = new Items(kept, places, layouts)
  const values = new Map<Node, Item>()
  const terms = new Map<Item, Item[]>()
  const all: Item[] = []
  for (const n of order) {
    if (!kept.has(n)) continue
    const collected = isCollected(n, places)
    const item: Item = collected
      ? { kind: 'value', node: n, place: undefined, key: `sum ${n.id}`, leaves: [], size: n.args.length }
      : items.value(n)
    values.set(n, item)
    if (collected) {
      const own = n.args.map((_, i) => items.term(n, i))
      terms.set(item, own)
      all.push(...own)
    }
    all.push(item)
  }
  for (const g of goals) all.push(items.goal(g))
  const readers = readersOf(all)
  const steps = plan(
    all,
    {
      value: (n) => values.get(n),
      terms: (item) => terms.get(item) ?? [],
      readers: (item) => (name === 'step' && item.goal ? (readers.get(item.goal.symbol!.name) ?? []) : []),
    },
    tuning.rollFrom,
  )
  if (!steps) return undefined
  const rolled = new Rolled(
    name,
    batched,
    outside,
    precision,
    tuning,
    items,
    steps,
    layouts,
    order,
    kept,
    goals,
  )
  return rolled.routine(terms, loss)
}

/** The items that read a param themselves, by its name. */
function readersOf(items: readonly Item[]): Map<string, Item[]> {
  const found = new Map<string, Item[]>()
  for (const item of items)
    for (const n of item.leaves) {
      if (n.kind !== 'symbol' || n.symbol.role !== 'param') continue
      const list = found.get(n.symbol.name)
      if (list) list.push(item)
      else found.set(n.symbol.name, [item])
    }
  return found
}

class Rolled {
  readonly name: RoutineName
  readonly batched: Batched
  readonly outside: Outside
  readonly precision: Precision
  readonly tuning: Tuning
  readonly items: Items
  readonly steps: readonly Step[]
  readonly goals: readonly Goal[]
  readonly kept = new Map<Node, Kept>()
  readonly positions: Positions
  readonly builder: Builder
  readonly storing: Storing
  /** Buffers of stacks, and of families outside, by stack. */
  readonly #stacks = new Map<string, Buffer>()
  readonly #families = new Map<string, Buffer>()
  /** Sums that loops add to, and those among them that have been started. */
  readonly #collected = new Set<SumNode>()
  readonly #started = new Set<SumNode>()
  /** Goals that are in place once their value is computed. */
  readonly #done = new Set<Goal>()

  constructor(
    name: RoutineName,
    batched: Batched,
    outside: Outside,
    precision: Precision,
    tuning: Tuning,
    items: Items,
    steps: readonly Step[],
    layouts: ReadonlyMap<Node, readonly number[]>,
    order: readonly Node[],
    kept: ReadonlySet<Node>,
    goals: readonly Goal[],
  ) {
    this.name = name
    this.batched = batched
    this.outside = outside
    this.precision = precision
    this.tuning = tuning
    this.items = items
    this.steps = steps
    this.goals = goals
    this.positions = new Positions(spansOf(steps, items))
    this.#outsideFamilies(order)
    this.#place(order, kept, layouts)
    this.#collect()
    const whole = (n: SymbolNode): Whole => this.#whole(n)
    this.builder = new Builder(this.kept, whole, tuning)
    this.storing = new Storing(this.builder, this.kept, whole, batched.batch)
  }

  // ——— where things stand

  /** The families of symbols, outputs and gradients that loops run through. */
  #outsideFamilies(order: readonly Node[]): void {
    const first = new Map<string, { place: Place; buffer: Buffer; family: string }>()
    const see = (place: Place | undefined, family: string, buffer: () => Buffer): void => {
      const span = this.positions.span(place)
      if (!place || !span || place.turn !== span.from) return
      first.set(place.stack, { place, buffer: buffer(), family })
    }
    for (const n of order)
      if (isSymbol(n))
        see(this.items.place(n), `${n.symbol.role} ${familyName(n.symbol.name)}`, () =>
          this.outside.symbol(n),
        )
    for (const g of this.goals) {
      const label = goalLabel(g)
      if (!label) continue
      see(this.items.goalPlace(g), label.family, () => g.to)
      if (g.symbol) see(this.items.paramPlace(g), label.family, () => this.outside.symbol(this.#param(g)))
    }
    for (const [stack, { place, buffer, family }] of first)
      this.#families.set(stack, familyBuffer(buffer, this.positions.span(place)!, this.items.indexOf(family)))
  }

  #whole(n: SymbolNode): Whole {
    const place = this.items.place(n)
    const span = this.positions.span(place)
    const family = place && this.#families.get(place.stack)
    return span && family
      ? { buffer: family, at: [this.positions.known(place, span)] }
      : { buffer: this.outside.symbol(n), at: [] }
  }

  #place(
    order: readonly Node[],
    kept: ReadonlySet<Node>,
    layouts: ReadonlyMap<Node, readonly number[]>,
  ): void {
    const names = nameNodes(order)
    const nodes = order.filter((n) => kept.has(n))
    const own = new Map<Node, Goal>()
    if (this.name !== 'step' && this.precision === 'f64')
      for (const g of this.goals) if (!own.has(g.node) && g.to.shape.length > 0) own.set(g.node, g)
    for (const n of nodes) {
      const name = names.get(n) ?? (n.kind === 'apply' ? `${n.op.name}$` : 'v$')
      const place = this.items.place(n)
      const span = this.positions.span(place)
      const shape = keptShape(n)
      const layout = layouts.get(n)
      const matrix = n.kind === 'apply' && n.op.kind === 'matrix' ? n.op : undefined
      const scratch = (
        own: string,
        order: readonly number[] | undefined,
        first: readonly number[],
      ): Buffer => ({
        name: own,
        storage: 'scratch',
        symbol: undefined,
        shape: [...first, ...(order ? order.map((a) => shape[a]!) : shape)],
        ...(matrix?.double ? { double: true } : {}),
      })
      if (place && span) {
        let stack = this.#stacks.get(place.stack)
        if (!stack) {
          stack = scratch(familyName(name), layout, [span.to - span.from + 1])
          this.#stacks.set(place.stack, stack)
        }
        this.kept.set(n, {
          kind: 'buffer',
          buffer: stack,
          at: [this.positions.known(place, span)],
          ...(layout ? { order: layout } : {}),
        })
        continue
      }
      const goal = isMask(n) ? undefined : own.get(n)
      if (goal) {
        this.#done.add(goal)
        this.kept.set(n, { kind: 'buffer', buffer: goal.to, at: [] })
      } else if (shape.length === 0 && !matrix) this.kept.set(n, { kind: 'local', local: { name } })
      else {
        const buffer = scratch(name, layout, [])
        this.kept.set(n, { kind: 'buffer', buffer, at: [], ...(layout ? { order: layout } : {}) })
      }
    }
  }

  // ——— sums that are collected turn by turn

  /** Sums to which loops add; long ones are collected in doubles. */
  #collect(): void {
    for (const step of this.steps)
      if (step.kind === 'turns')
        for (const c of step.classes) if (c.items[0]!.sum) this.#collected.add(c.items[0]!.sum)
    if (this.precision === 'f64') return
    for (const sum of this.#collected) {
      const kept = this.kept.get(sum)!
      if (kept.kind === 'buffer') this.kept.set(sum, { ...kept, buffer: { ...kept.buffer, double: true } })
    }
  }

  #start(sum: SumNode): void {
    if (this.#started.has(sum)) return
    this.#started.add(sum)
    const kept = this.kept.get(sum)!
    const zero = numberValue(ZERO)
    if (kept.kind === 'local')
      return this.builder.put({ kind: 'define', local: kept.local, value: zero, mutable: true })
    this.storing.loops(kept.buffer.shape, (at) =>
      this.builder.put({ kind: 'store', buffer: kept.buffer, at: [...at], combine: 'set', value: zero }),
    )
  }

  /** Adds `node` to a sum, by the instructions of `storing`. */
  #add(storing: Storing, sum: SumNode, node: Node, coefficient = ONE): void {
    const kept = this.kept.get(sum)!
    const { builder } = storing
    const value = (at: Parameters<Builder['value']>[1]) =>
      productValue(coefficient, [builder.value(node, node.shape.length === 0 ? [] : at)], [ONE])
    if (kept.kind === 'local')
      return builder.put({ kind: 'update', local: kept.local, combine: 'add', value: value([]) })
    storing.loops(kept.buffer.shape, (stored) => {
      const at = [...stored]
      kept.order?.forEach((a, k) => (at[a] = stored[k]!))
      builder.put({ kind: 'store', buffer: kept.buffer, at: [...stored], combine: 'add', value: value(at) })
    })
  }

  // ——— instructions

  routine(terms: ReadonlyMap<Item, readonly Item[]>, loss: Node | undefined): Routine {
    const inLoops = new Set(
      this.steps.flatMap((s) => (s.kind === 'turns' ? s.classes.flatMap((c) => c.items) : [])),
    )
    for (const step of this.steps) {
      if (step.kind === 'turns') this.#turns(step)
      else if (step.item.kind === 'goal') this.#goal(this.storing, step.item.goal!, step.item.goal!.to)
      else if (this.#collected.has(step.item.node as SumNode))
        this.#rest(
          step.item.node as SumNode,
          terms.get(step.item)!.filter((t) => !inLoops.has(t)),
        )
      else this.storing.store(step.item.node)
    }
    const result = loss && this.builder.value(loss, [])
    return { name: this.name, body: this.builder.body, result }
  }

  /** What no loop has added. */
  #rest(sum: SumNode, rest: readonly Item[]): void {
    if (rest.length === 0 && sum.constant.equals(0)) return
    const { graph } = this.batched
    const node = graph.sum(
      rest.map((t) => ({ node: t.node, coefficient: t.coefficient! })),
      sum.constant,
      sum.shape,
    )
    this.#add(this.storing, sum, node)
  }

  #turns(loop: Turns): void {
    const { positions, items } = this
    const variable: Variable = { name: 't', extent: loop.to - loop.from + 1, turns: true }
    const moved = (place: Place | undefined): { place: Place; span: Span } | undefined => {
      const span = place?.axis === loop.axis ? positions.span(place) : undefined
      return place && span ? { place, span } : undefined
    }
    const known: Known = {
      has: (n) => this.kept.has(n),
      get: (n) => {
        const kept = this.kept.get(n)
        const found = kept?.kind === 'buffer' ? moved(items.place(n)) : undefined
        return found && kept?.kind === 'buffer'
          ? { ...kept, at: [positions.moving(found.place, found.span, loop, variable)] }
          : kept
      },
    }
    const whole = (n: SymbolNode): Whole => {
      const found = moved(items.place(n))
      const family = found && this.#families.get(found.place.stack)
      return family
        ? { buffer: family, at: [positions.moving(found.place, found.span, loop, variable)] }
        : this.#whole(n)
    }
    const storing = new Storing(new Builder(known, whole, this.tuning), known, whole, this.batched.batch)
    for (const c of loop.classes) {
      const item = representative(loop, c)
      if (item.kind === 'value') storing.store(item.node)
      else if (item.kind === 'term') {
        this.#start(item.sum!)
        this.#add(storing, item.sum!, item.node, item.coefficient)
      } else {
        const place = this.name === 'step' ? items.paramPlace(item.goal!)! : item.place!
        const at = positions.moving(place, positions.span(place)!, loop, variable)
        this.#goal(storing, item.goal!, this.#families.get(place.stack)!, [at])
      }
    }
    this.builder.put({
      kind: 'loop',
      variable,
      body: storing.builder.body,
      ...(loop.descending ? { descending: true } : {}),
    })
  }

  /** An output, a gradient, or the update of a param. */
  #goal(storing: Storing, goal: Goal, to: Buffer, first: Whole['at'] = []): void {
    const { builder } = storing
    if (goal.symbol) builder.put({ kind: 'anchor', symbol: goal.symbol })
    if (this.#done.has(goal)) return
    if (this.name === 'step') {
      const param = first.length > 0 ? { buffer: to, at: first } : this.#whole(this.#param(goal))
      return storing.loops(goal.to.shape, (at) =>
        builder.put({
          kind: 'store',
          buffer: param.buffer,
          at: [...param.at, ...at],
          combine: 'subtract',
          value: builder.scaled(load(this.outside.rate, []), goal.node, at),
        }),
      )
    }
    storing.loops(goal.to.shape, (at) =>
      builder.put({
        kind: 'store',
        buffer: to,
        at: [...first, ...at],
        combine: 'set',
        value: builder.value(goal.node, at),
      }),
    )
  }

  #param(goal: Goal): SymbolNode {
    return this.batched.graph.symbol(goal.symbol!) as SymbolNode
  }
}

const familyName = (name: string): string => (name.includes('[') ? name.slice(0, name.indexOf('[')) : name)
