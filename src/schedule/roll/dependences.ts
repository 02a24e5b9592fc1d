import type { Node } from '../../graph/node.ts'
import { type Class, lastOf } from './classes.ts'
import type { Item } from './items.ts'

/** What is put in order: a class as a whole, or one item. */
export interface Unit {
  readonly index: number
  readonly class: Class | undefined
  readonly items: readonly Item[]
  /** What must come before, and of a class of the same turns how many turns before: the fewest and the most. */
  readonly before: Map<Unit, { least: number; most: number }>
}

/** Who needs what: values, and of a step the readers of a param that its update waits for. */
export interface Needs {
  /** The item that makes a kept node. */
  readonly value: (n: Node) => Item | undefined
  /** The terms of a sum that is collected. */
  readonly terms: (sum: Item) => readonly Item[]
  /** What reads the param that an item updates. */
  readonly readers: (update: Item) => readonly Item[]
}

/** Statements and the distances of their dependences (Allen, Kennedy 1987), for classes of items. */
export function unitsOf(
  items: readonly Item[],
  classes: readonly Class[],
  { value, terms, readers }: Needs,
): Unit[] {
  const units: Unit[] = []
  const home = new Map<Item, Unit>()
  const add = (list: readonly Item[], c: Class | undefined): void => {
    const unit: Unit = { index: units.length, class: c, items: list, before: new Map() }
    units.push(unit)
    for (const item of list) home.set(item, unit)
  }
  for (const c of classes) add(c.items, c)
  const collected = new Set(classes.flatMap((c) => (c.items[0]!.kind === 'term' ? [c.items[0]!.sum] : [])))
  const whole = new Set<Item>()
  for (const item of items) {
    if (home.has(item)) continue
    // Where no loop adds to a sum, its terms are no items of their own.
    if (item.kind === 'term' && !collected.has(item.sum)) whole.add(item)
    else add([item], undefined)
  }
  for (const item of items)
    for (const term of terms(item)) if (whole.has(term)) home.set(term, home.get(item)!)
  const depend = (unit: Unit, user: Item, used: Item): void => {
    const other = home.get(used)
    if (!other || (other === unit && !unit.class)) return
    const alike = unit.class && unit.class.cluster === other.class?.cluster
    const distance = alike ? user.place!.turn - used.place!.turn : 0
    const known = unit.before.get(other)
    if (!known) unit.before.set(other, { least: distance, most: distance })
    else {
      known.least = Math.min(known.least, distance)
      known.most = Math.max(known.most, distance)
    }
  }
  const leaves = (unit: Unit, user: Item, item: Item): void => {
    for (const n of item.leaves) {
      const used = value(n)
      if (used) depend(unit, user, used)
    }
  }
  for (const unit of units)
    for (const item of unit.items) {
      leaves(unit, item, item)
      for (const term of terms(item))
        if (whole.has(term)) leaves(unit, item, term)
        else depend(unit, item, term)
      for (const reader of readers(item)) depend(unit, item, reader)
    }
  return units
}

/** In which order turns run: from the first, from the last, or either. */
export type Direction = 1 | -1 | 0

/** The direction that a dependence over these distances asks for; undefined where there is none that serves. */
export function directionOf({ least, most }: { least: number; most: number }): Direction | undefined {
  if (least < 0 && most > 0) return undefined
  return most > 0 ? 1 : least < 0 ? -1 : 0
}

export function agree(a: Direction | undefined, b: Direction | undefined): Direction | undefined {
  if (a === undefined || b === undefined) return undefined
  return a === 0 ? b : b === 0 || a === b ? a : undefined
}

/** The direction in which a component runs as one loop; undefined where it cannot. */
export function loopDirection(component: readonly Unit[]): Direction | undefined {
  const inside = new Set(component)
  let direction: Direction | undefined = 0
  for (const unit of component) {
    if (!unit.class || unit.class.cluster !== component[0]!.class?.cluster) return undefined
    for (const [other, distance] of unit.before)
      if (inside.has(other)) direction = agree(direction, directionOf(distance))
  }
  return direction
}

/** The turns at which the parts of a component that is no loop begin and end. */
export function boundaries(component: readonly Unit[]): Set<number> {
  const found = new Set<number>()
  for (const { class: c, items } of component) {
    if (c) found.add(c.from).add(lastOf(c) + 1)
    else
      for (const { place } of items)
        if (place) {
          found.add(place.turn)
          found.add(place.turn + 1)
        }
  }
  return found
}
