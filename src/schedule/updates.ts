/** How a step puts its updates so that nothing reads a param that has changed. */
import type { Graph } from '../graph/graph.ts'
import type { Node, Symbol, SymbolNode } from '../graph/node.ts'
import { Builder, type Kept, axisName } from './builder.ts'
import type { Optimizer } from './optimizers.ts'
import { Optimizing } from './optimizing.ts'
import type { Buffer, Instruction, Local, Routine, Subscript, Value } from './program.ts'
import type { Outside } from './storage.ts'
import { load, localValue, partsOf } from './value.ts'

/** A node that a routine leaves behind, and where. */
export interface Goal {
  readonly node: Node
  readonly to: Buffer
  /** Of a gradient. */
  readonly symbol?: Symbol
}

/**
 * The gradients such that those which read a param come before its update. Where they read one another in a circle,
 * some are not `safe`: they are collected and put in at the end.
 */
export function orderUpdates(
  goals: readonly Goal[],
  kept: ReadonlyMap<Node, Kept>,
): { goal: Goal; safe: boolean }[] {
  // Scalars are read into registers, and change at the very end.
  const read = goals.map((g) => [...reads(g.node, kept)].filter((s) => s.shape.length > 0))
  const index = new Map(goals.map((g, i) => [g.symbol!.name, i]))
  /** For each goal, how many others not yet placed read its param; and whose params it reads. */
  const readers = goals.map(() => 0)
  const targets = read.map((symbols, i) =>
    symbols.map((s) => index.get(s.name)).filter((j): j is number => j !== undefined && j !== i),
  )
  for (const list of targets) for (const j of list) readers[j]!++
  const result: { goal: Goal; safe: boolean }[] = []
  const placed = goals.map(() => false)
  const ready: number[] = []
  const place = (i: number, safe: boolean): void => {
    placed[i] = true
    result.push({ goal: goals[i]!, safe })
    for (const j of targets[i]!) if (--readers[j]! === 0 && !placed[j]) ready.push(j)
  }
  for (let i = 0; i < goals.length; i++) if (readers[i] === 0) ready.push(i)
  for (let next = 0, done = 0; result.length < goals.length;) {
    const i = ready[done]
    if (i !== undefined) {
      done++
      if (!placed[i]) place(i, true)
    } else {
      while (placed[next]) next++
      place(next, false)
    }
  }
  return result
}

/** The params that evaluating a node reads where its loops run, not through what is kept. */
export function reads(root: Node, kept: Pick<ReadonlyMap<Node, unknown>, 'has'>): Set<Symbol> {
  const found = new Set<Symbol>()
  const seen = new Set<Node>()
  const stack = [root]
  while (stack.length > 0) {
    const n = stack.pop()!
    if (seen.has(n)) continue
    seen.add(n)
    if (n.kind === 'symbol' && n.symbol.role === 'param') found.add(n.symbol)
    if (!kept.has(n)) stack.push(...n.args)
  }
  return found
}

const samePlace = (a: readonly Subscript[], b: readonly Subscript[]): boolean =>
  a.every((s, i) => s.variable === b[i]!.variable && s.offset === b[i]!.offset)

/** Whether a nest that stores into `buffer` reads it only at the place that it is about to store to. */
export function readsOnlyInPlace(nest: readonly Instruction[], buffer: Buffer): boolean {
  let place: readonly Subscript[] | undefined
  const loads: (readonly Subscript[])[] = []
  const seen = new Set<Value>()
  const walk = (v: Value): void => {
    if (seen.has(v)) return
    seen.add(v)
    if (v.kind === 'load' && v.buffer === buffer) loads.push(v.at)
    partsOf(v).forEach(walk)
  }
  const visit = (list: readonly Instruction[]): void => {
    for (const i of list) {
      if (i.kind === 'loop') visit(i.body)
      else if (i.kind === 'store' && i.buffer === buffer) {
        place = i.at
        walk(i.value)
      } else if ('value' in i) walk(i.value)
      else if (i.kind === 'matrix' && i.from.some((w) => w.buffer === buffer)) loads.push([])
    }
  }
  visit(nest)
  return loads.every((at) => place !== undefined && at.length === place.length && samePlace(at, place))
}

/** The nest with its update of a param replaced by a store of the change itself. */
export function redirect(i: Instruction, param: Buffer, scratch: Buffer): Instruction {
  if (i.kind === 'loop') return { ...i, body: i.body.map((x) => redirect(x, param, scratch)) }
  return i.kind === 'store' && i.buffer === param ? { ...i, buffer: scratch, combine: 'set' } : i
}

/** A step as a call of `backward` and the updates: half the code, for programs that are long. */
export function stepThroughBackward(
  params: readonly Symbol[],
  graph: Graph,
  outside: Outside,
  optimizer: Optimizer,
  suffix?: string,
): Routine {
  const loss: Local = { name: 'loss$' }
  const builder = new Builder(new Map(), (n) => ({ buffer: outside.symbol(n), at: [] }))
  builder.put({ kind: 'backward', loss, suffix })
  const optimizing = new Optimizing(optimizer, outside)
  for (const i of optimizing.start()) builder.put(i)
  for (const symbol of params) {
    const param = outside.symbol(graph.symbol(symbol) as SymbolNode)
    builder.loops(
      symbol.shape.map((_, i) => axisName(i)),
      symbol.shape,
      (at) => {
        const gradient = load(outside.gradient(symbol), [...at])
        for (const i of optimizing.update(symbol, param, [...at], gradient)) builder.put(i)
      },
    )
  }
  return { name: 'step', body: builder.body, result: localValue(loss) }
}
