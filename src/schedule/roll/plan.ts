import { components } from '../../base/components.ts'
import { type Class, type Cuts, classesOf, lastOf } from './classes.ts'
import {
  type Direction,
  type Needs,
  type Unit,
  agree,
  boundaries,
  directionOf,
  loopDirection,
  unitsOf,
} from './dependences.ts'
import type { Item } from './items.ts'

/** A loop over turns: in each turn what its classes do then, in this order. */
export interface Turns {
  readonly kind: 'turns'
  readonly axis: number
  readonly from: number
  readonly to: number
  readonly descending: boolean
  readonly classes: readonly Class[]
}

export type Step = { readonly kind: 'item'; readonly item: Item } | Turns

/** Rounds in which classes that cannot run as one loop are cut where their parts begin; after that they are no loops. */
const MOST_CUTS = 4

/**
 * The items in an order in which they can be computed, those that are alike in loops. Loops are made as small as their
 * dependences allow and then joined where they run over the same turns (Kennedy, McKinley 1993: typed fusion).
 * Undefined where there is no loop.
 */
export function plan(items: readonly Item[], needs: Needs, least: number): Step[] | undefined {
  const cuts: Cuts = { before: new Map(), none: new Set() }
  for (let round = 0; ; round++) {
    const classes = classesOf(items, cuts, least)
    if (classes.length === 0) return undefined
    const groups = components(unitsOf(items, classes, needs), (unit) => unit.before.keys())
    const wrong = groups.filter((g) => g.length > 1 && loopDirection(g) === undefined)
    const alone = groups.filter((g) => g.length === 1 && g[0]!.class && loopDirection(g) === undefined)
    if (wrong.length + alone.length === 0) return sequence(groups)
    const changed = [...wrong, ...alone].map((group) => cut(group, cuts, round < MOST_CUTS))
    // Each round after the last cuts leaves fewer keys that may be loops. Items that need one another without a loop among
    // them have no order at all.
    if (!changed.includes(true)) return undefined
  }
}

/** Cuts the loops of a group, or makes them none; false where it has none. */
function cut(group: readonly Unit[], cuts: Cuts, mayCut: boolean): boolean {
  const at = boundaries(group)
  let changed = false
  for (const { class: c } of group) {
    if (!c || !mayCut) continue
    let before = cuts.before.get(c.key)
    if (!before) cuts.before.set(c.key, (before = new Set()))
    for (const turn of at)
      if (turn > c.from && turn <= lastOf(c) && !before.has(turn)) {
        before.add(turn)
        changed = true
      }
  }
  if (changed) return true
  const loops = group.flatMap(({ class: c }) => c ?? [])
  for (const { key } of loops) cuts.none.add(key)
  return loops.length > 0
}

/** A loop that is being put together. */
interface Open {
  readonly cluster: number
  readonly position: number
  direction: Direction
  groups: (readonly Unit[])[]
}

function sequence(groups: readonly (readonly Unit[])[]): Step[] {
  const steps: (Item | Open)[] = []
  const place = new Map<Unit, number>()
  const loops = new Map<number, Open[]>()
  const put = (group: readonly Unit[], position: number): void => group.forEach((u) => place.set(u, position))
  const enter = (group: readonly Unit[]): void => {
    const [first] = group as [Unit]
    if (!first.class) {
      steps.push(first.items[0]!)
      return put(group, steps.length - 1)
    }
    const { cluster } = first.class
    const own = loopDirection(group)!
    for (const loop of loops.get(cluster) ?? []) {
      const direction = joined(group, own, loop, place)
      if (direction === undefined) continue
      loop.direction = direction
      loop.groups.push(group)
      return put(group, loop.position)
    }
    const loop: Open = { cluster, position: steps.length, direction: own, groups: [group] }
    steps.push(loop)
    put(group, loop.position)
    const list = loops.get(cluster)
    if (list) list.push(loop)
    else loops.set(cluster, [loop])
  }
  inOrder(groups, enter)
  sink(groups, steps, place)
  for (const step of steps) if (!('kind' in step)) settle(step, steps, place)
  return steps.flatMap((s): Step[] => ('kind' in s ? [{ kind: 'item', item: s }] : turnsOf(s)))
}

/** What is ready comes next, single items before loops: the more stands before a loop, the more can join it. */
function inOrder(groups: readonly (readonly Unit[])[], enter: (group: readonly Unit[]) => void): void {
  const home = new Map<Unit, readonly Unit[]>()
  for (const g of groups) for (const u of g) home.set(u, g)
  const waits = new Map<readonly Unit[], number>()
  const users = new Map<readonly Unit[], (readonly Unit[])[]>()
  for (const g of groups) {
    const before = new Set(g.flatMap((u) => [...u.before.keys()].map((b) => home.get(b)!)))
    before.delete(g)
    waits.set(g, before.size)
    for (const b of before) {
      const list = users.get(b)
      if (list) list.push(g)
      else users.set(b, [g])
    }
  }
  const single: (readonly Unit[])[] = []
  const looped: (readonly Unit[])[] = []
  const ready = (g: readonly Unit[]): void => void (g[0]!.class ? looped : single).push(g)
  for (const g of groups) if (waits.get(g) === 0) ready(g)
  for (let i = 0, k = 0; i < single.length || k < looped.length;) {
    const g = i < single.length ? single[i++]! : looped[k++]!
    enter(g)
    for (const user of users.get(g) ?? []) {
      const left = waits.get(user)! - 1
      waits.set(user, left)
      if (left === 0) ready(user)
    }
  }
}

/** The direction of a loop with a group in it; undefined where the group cannot be in it. */
function joined(
  group: readonly Unit[],
  own: Direction,
  loop: Open,
  place: ReadonlyMap<Unit, number>,
): Direction | undefined {
  let direction = agree(own, loop.direction)
  const inside = new Set(group)
  for (const unit of group)
    for (const [other, distance] of unit.before) {
      if (inside.has(other)) continue
      const position = place.get(other)!
      if (position > loop.position) return undefined
      if (position === loop.position) direction = agree(direction, directionOf(distance))
      if (direction === undefined) return undefined
    }
  return direction
}

/** What only one later loop needs is computed there: then it need not be kept until then. */
function sink(
  groups: readonly (readonly Unit[])[],
  steps: readonly (Item | Open)[],
  place: Map<Unit, number>,
): void {
  const users = new Map<Unit, [Unit, { least: number; most: number }][]>()
  for (const u of groups.flat())
    for (const [other, distance] of u.before) {
      const list = users.get(other)
      if (list) list.push([u, distance])
      else users.set(other, [[u, distance]])
    }
  for (let i = steps.length - 1; i >= 0; i--) {
    const loop = steps[i]!
    if ('kind' in loop) continue
    for (const group of [...loop.groups].reverse()) {
      if (group.length > 1 || loop.groups.length === 1) continue
      const [unit] = group as [Unit]
      const found = users.get(unit) ?? []
      const targets = new Set(found.map(([u]) => place.get(u)!))
      const target = targets.size === 1 ? steps[[...targets][0]!] : undefined
      if (!target || 'kind' in target || target === loop || target.cluster !== loop.cluster) continue
      let direction = agree(loopDirection(group), target.direction)
      for (const [, distance] of found) direction = agree(direction, directionOf(distance))
      if (direction === undefined) continue
      target.direction = direction
      target.groups.unshift(group)
      loop.groups = loop.groups.filter((g) => g !== group)
      place.set(unit, target.position)
    }
  }
}

/** A loop that may run either way starts where the one whose values it needs has ended: these are still at hand. */
function settle(loop: Open, steps: readonly (Item | Open)[], place: ReadonlyMap<Unit, number>): void {
  if (loop.direction !== 0) return
  loop.direction = 1
  for (const unit of loop.groups.flat())
    for (const other of unit.before.keys()) {
      const step = steps[place.get(other)!]!
      if ('kind' in step || step === loop || step.cluster !== loop.cluster) continue
      loop.direction = step.direction < 0 ? 1 : -1
      return
    }
}

function turnsOf(loop: Open): Turns[] {
  const [first] = loop.groups.flat()
  if (!first) return []
  const c = first.class!
  return [
    {
      kind: 'turns',
      axis: c.axis,
      from: c.from,
      to: lastOf(c),
      descending: loop.direction < 0,
      classes: loop.groups.flatMap((group) => within(group)).map((u) => u.class!),
    },
  ]
}

/** The units of a group in the order of one turn: what is needed in the same turn first. */
function within(group: readonly Unit[]): Unit[] {
  const inside = new Set(group)
  const ordered: Unit[] = []
  const seen = new Set<Unit>()
  const visit = (unit: Unit): void => {
    if (seen.has(unit)) return
    seen.add(unit)
    for (const [other, { least, most }] of unit.before)
      if (inside.has(other) && least <= 0 && most >= 0) visit(other)
    ordered.push(unit)
  }
  ;[...group].sort((a, b) => a.index - b.index).forEach(visit)
  return ordered
}
