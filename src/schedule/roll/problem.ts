import { type Node, peel } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import type { Batched } from '../batch.ts'
import { goalsOf } from '../goals.ts'
import { chooseKept, isFree } from '../keep.ts'
import { layOutContractions } from '../layouts.ts'
import type { RoutineName } from '../program.ts'
import type { Outside } from '../storage.ts'
import type { Tuning } from '../tuning.ts'
import { type Goal, reads } from '../updates.ts'
import type { Needs } from './dependences.ts'
import { type Item, Items, isCollected } from './items.ts'
import { Places } from './places.ts'

/** What one routine has to compute, as items. */
export interface Problem {
  readonly name: RoutineName
  readonly batched: Batched
  readonly goals: readonly Goal[]
  readonly loss: Node | undefined
  /** All nodes, arguments first, and those that are kept. */
  readonly order: readonly Node[]
  readonly kept: ReadonlySet<Node>
  readonly layouts: ReadonlyMap<Node, readonly number[]>
  readonly items: Items
  readonly all: readonly Item[]
  /** The terms of sums that are collected. */
  readonly terms: ReadonlyMap<Item, readonly Item[]>
  readonly needs: Needs
}

/** Undefined where nothing has the name of a family's member. */
export function problemOf(
  name: RoutineName,
  batched: Batched,
  outside: Outside,
  tuning: Tuning,
): Problem | undefined {
  const goals = goalsOf(name, batched, outside)
  const loss = name === 'forward' || !batched.loss ? undefined : peel(batched.loss)
  const roots = [...(loss ? [loss] : []), ...goals.map((g) => g.node)]
  const order = topological(roots)
  const places = new Places(order)
  if (places.labels.size === 0) return undefined
  const collected = new Set(order.filter((n) => isCollected(n, places)))
  const members = order.filter((n) => places.labels.has(n) && !isFree(n))
  const kept = chooseKept(roots, tuning, [...members, ...collected])
  if (loss && loss.kind !== 'constant') kept.add(loss)
  // An update changes a param that others read, so what it takes from the param must read none, not even a scalar: two
  // updates that read each other's param would wait for one another.
  if (name === 'step') for (const g of goals) if (reads(g.node, kept).size > 0) kept.add(g.node)
  const layouts = layOutContractions(order, batched.batch)
  const items = new Items(kept, places, layouts)
  const values = new Map<Node, Item>()
  const terms = new Map<Item, readonly Item[]>()
  const all: Item[] = []
  for (const n of order) {
    if (!kept.has(n)) continue
    const item = n.kind === 'sum' && collected.has(n) ? items.collected(n) : items.value(n)
    values.set(n, item)
    if (item.sum) {
      terms.set(
        item,
        item.sum.args.map((_, i) => items.term(item.sum!, i)),
      )
      all.push(...terms.get(item)!)
    }
    all.push(item)
  }
  for (const g of goals) all.push(items.goal(g))
  const readers = name === 'step' ? readersOf(all, kept) : undefined
  const needs: Needs = {
    value: (n) => values.get(n),
    terms: (item) => terms.get(item) ?? [],
    readers: ({ goal }) => (goal?.symbol && readers?.get(goal.symbol.name)) ?? [],
  }
  return { name, batched, goals, loss, order, kept, layouts, items, all, terms, needs }
}

/** The items that read a param themselves, not what is kept of it, by its name. */
function readersOf(items: readonly Item[], kept: ReadonlySet<Node>): Map<string, Item[]> {
  const found = new Map<string, Item[]>()
  for (const item of items)
    for (const n of item.leaves) {
      if (n.kind !== 'symbol' || n.symbol.role !== 'param') continue
      if (kept.has(n) && !(item.kind === 'value' && item.node === n)) continue
      const list = found.get(n.symbol.name)
      if (list) list.push(item)
      else found.set(n.symbol.name, [item])
    }
  return found
}
