import { ONE } from '../base/rational.ts'
import { type ApplyNode, type Node, type Scan, type Symbol, type SymbolNode, peel } from '../graph/node.ts'
import { needsOf, valuesInOrder } from '../graph/traverse.ts'
import type { Batched } from './batch.ts'
import { Builder, type Kept } from './builder.ts'
import { goalsOf } from './goals.ts'
import { chooseKept, masksOf } from './keep.ts'
import { layOutContractions } from './layouts.ts'
import type { Buffer, Instruction, Local, Routine, RoutineName, Whole } from './program.ts'
import { isMask } from '../graph/subscripts.ts'
import { Stacks, runSteps } from './steps.ts'
import { Storing, keptShape } from './storing.ts'
import type { Tuning } from './tuning.ts'
import { type Goal, orderUpdates, readsOnlyInPlace, redirect } from './updates.ts'
import { Accumulating, wholeOf } from './accumulate.ts'
import { type Parts, partsOfGoal, usesOf } from './placed.ts'
import { copyBack, updateInParts } from './updating.ts'
import { type Outside, nameNodes } from './storage.ts'
import { load, localValue, productValue } from './value.ts'

/** The loops of one routine: what is kept in the order in which it is needed, then outputs or gradients. */
export function loopRoutine(
  name: RoutineName,
  batched: Batched,
  outside: Outside,
  tuning: Tuning,
  runsAgain = false,
): Routine {
  return new LoopRoutine(name, batched, outside, tuning, runsAgain).build()
}

class LoopRoutine {
  readonly name: RoutineName
  readonly batched: Batched
  readonly outside: Outside
  readonly tuning: Tuning
  readonly kept = new Map<Node, Kept>()
  readonly masks = new Map<Node, ApplyNode>()
  readonly builder: Builder
  readonly storing: Storing
  readonly stacks: Stacks
  /** Recurrences that are computed. */
  readonly scans = new Set<Scan>()
  /** The goals that are added up in places. */
  readonly parts = new Map<Goal, Parts>()
  /** Updates that wait until nothing reads the param any more. */
  readonly late: Instruction[] = []

  constructor(name: RoutineName, batched: Batched, outside: Outside, tuning: Tuning, runsAgain: boolean) {
    this.stacks = new Stacks(runsAgain)
    this.tuning = tuning
    this.name = name
    this.batched = batched
    this.outside = outside
    const whole = (n: SymbolNode): Whole => outside.whole(n)
    this.builder = new Builder(this.kept, whole, tuning, { masks: this.masks })
    this.storing = new Storing(this.builder, this.kept, whole, batched.batch)
  }

  build(): Routine {
    const { name, batched, outside, builder } = this
    const goals = goalsOf(name, batched, outside)
    const loss = name === 'forward' || !batched.loss ? undefined : peel(batched.loss)
    const roots = [...(loss ? [loss] : []), ...goals.map((g) => g.node)]
    const order = valuesInOrder(roots)
    const names = nameNodes(order)
    const chosen = chooseKept(roots, this.tuning)
    this.#takeApart(roots, goals, chosen)
    const done = this.#place(order, chosen, goals, names)
    for (const [value, mask] of masksOf(order)) this.masks.set(value, mask)
    this.stacks.share([...new Set(order.flatMap((n) => (n.kind === 'scan' ? [n.scan] : [])))])
    // What does not depend on data comes first: nothing of it stands between loops over the batch that could be one.
    const varying = dependOnData(order)
    for (const late of [false, true])
      for (const n of masksFirst(order, this.masks))
        if (this.kept.has(n) && varying.has(n) === late) {
          if (n.kind === 'scan') this.#scan(n.scan)
          else this.storing.store(n)
        }
    const result = loss ? builder.value(loss, []) : undefined
    if (result && !done.has(loss!)) {
      const local: Local = { name: 'loss$' }
      builder.put({ kind: 'define', local, value: result, mutable: false })
      this.#goals(goals, done)
      return { name, body: [...builder.body, ...this.late], result: localValue(local) }
    }
    this.#goals(goals, done)
    return { name, body: [...builder.body, ...this.late], result }
  }

  /** The families of a recurrence are computed together. */
  #scan(scan: Scan): void {
    if (this.scans.has(scan)) return
    const places = { kept: this.kept, whole: (n: SymbolNode) => this.outside.whole(n) }
    runSteps(this.storing, scan, this.stacks, places, this.batched.batch, this.tuning)
    this.scans.add(scan)
  }

  /** Finds the goals that are added up in places: what does so is put into the goal itself, and not kept. */
  #takeApart(roots: readonly Node[], goals: readonly Goal[], chosen: Set<Node>): void {
    const uses = usesOf(roots)
    for (const goal of goals) {
      if (goals.some((g) => g !== goal && g.node === goal.node)) continue
      const parts = partsOfGoal(goal.node, uses)
      if (!parts) continue
      this.parts.set(goal, parts)
      for (const n of [...parts.around, ...parts.placed.map((p) => p.node)]) chosen.delete(n)
    }
  }

  /** Gives every kept node its place; the goals that are in place by that are returned. */
  #place(
    order: readonly Node[],
    chosen: ReadonlySet<Node>,
    goals: readonly Goal[],
    names: ReadonlyMap<Node, string>,
  ): Set<Goal | Node> {
    const done = new Set<Goal | Node>()
    const own = new Map<Node, Goal>()
    const layouts = layOutContractions(order, this.batched.batch)
    if (this.name !== 'step')
      for (const g of goals) if (!own.has(g.node) && g.to.shape.length > 0) own.set(g.node, g)
    for (const n of order) {
      if (!chosen.has(n)) continue
      if (n.kind === 'scan') {
        this.kept.set(n, this.stacks.keep(n))
        continue
      }
      const shape = keptShape(n)
      const name = names.get(n) ?? (n.kind === 'apply' ? `${n.op.name}$` : 'v$')
      const goal = own.get(n)
      if (goal && !isMask(n)) {
        this.kept.set(n, { kind: 'buffer', buffer: goal.to, at: [] })
        done.add(goal)
      } else if (shape.length === 0 && !(n.kind === 'apply' && n.op.kind === 'matrix'))
        this.kept.set(n, { kind: 'local', local: { name } })
      else {
        const layout = layouts.get(n)
        const stored = layout ? layout.map((a) => shape[a]!) : shape
        this.kept.set(n, {
          kind: 'buffer',
          buffer: {
            name,
            storage: 'scratch',
            symbol: undefined,
            shape: stored,
            ...(n.kind === 'apply' && n.op.kind === 'matrix' && n.op.double ? { double: true } : {}),
            ...(isMask(n) ? { whole: true } : {}),
          },
          at: [],
          ...(layout ? { order: layout } : {}),
        })
      }
    }
    return done
  }

  #goals(goals: readonly Goal[], done: ReadonlySet<Goal | Node>): void {
    if (this.name === 'step') return this.#updates(goals)
    for (const g of goals) {
      if (g.symbol) this.builder.put({ kind: 'anchor', symbol: g.symbol })
      if (done.has(g)) continue
      const parts = this.parts.get(g)
      if (parts) {
        new Accumulating(this.storing).storeParts(parts, wholeOf(g.to))
        continue
      }
      this.storing.loops(g.to.shape, (at) =>
        this.builder.put({
          kind: 'store',
          buffer: g.to,
          at: [...at],
          combine: 'set',
          value: this.builder.value(g.node, at),
        }),
      )
    }
  }

  // ——— step: params[i] −= rate · gradient

  #updates(goals: readonly Goal[]): void {
    const { builder } = this
    for (const { goal, safe } of orderUpdates(goals, this.kept)) {
      const { symbol } = goal as { symbol: Symbol }
      const param = this.outside.symbol(this.batched.graph.symbol(symbol) as SymbolNode)
      builder.put({ kind: 'anchor', symbol })
      if (symbol.shape.length === 0) {
        // A scalar param is read into a register once, but only what comes at the very end may change it.
        const local: Local = { name: `d_${symbol.name}` }
        builder.put({ kind: 'define', local, value: builder.value(goal.node, []), mutable: false })
        const value = productValue(ONE, [load(this.outside.rate, []), localValue(local)], [ONE, ONE])
        this.late.push({ kind: 'store', buffer: param, at: [], combine: 'subtract', value })
        continue
      }
      const parts = this.parts.get(goal)
      if (parts) {
        const rate = load(this.outside.rate, [])
        const late = updateInParts(parts, param, { storing: this.storing, kept: this.kept, rate, safe })
        this.late.push(...late)
        continue
      }
      const start = builder.body.length
      this.storing.loops(param.shape, (at) => {
        const change = builder.scaled(load(this.outside.rate, []), goal.node, at)
        builder.put({ kind: 'store', buffer: param, at: [...at], combine: 'subtract', value: change })
      })
      if (safe && readsOnlyInPlace(builder.body.slice(start), param)) continue
      const scratch: Buffer = {
        name: `d_${symbol.name}`,
        storage: 'scratch',
        symbol: undefined,
        shape: symbol.shape,
      }
      const nest = builder.body.splice(start)
      builder.body.push(...nest.map((i) => redirect(i, param, scratch)))
      const now = builder.body.length
      copyBack(this.storing, param, scratch, undefined)
      this.late.push(...builder.body.splice(now))
    }
  }
}

/** Masks before the values that are found by them. */
function masksFirst(order: readonly Node[], masks: ReadonlyMap<Node, ApplyNode>): Set<Node> {
  const result = new Set<Node>()
  for (const n of order) {
    const mask = masks.get(n)
    if (mask) result.add(mask)
    result.add(n)
  }
  return result
}

function dependOnData(order: readonly Node[]): Set<Node> {
  const varying = new Set<Node>()
  for (const n of order) {
    const data = n.kind === 'symbol' && (n.symbol.role === 'input' || n.symbol.role === 'target')
    if (data || needsOf(n).some((a) => varying.has(a))) varying.add(n)
  }
  return varying
}
