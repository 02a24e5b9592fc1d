import type { Item } from './items.ts'

/** Items that do the same in consecutive turns: those of turn `from`, `from + 1`, …, in order. */
export interface Class {
  readonly key: string
  readonly axis: number
  readonly from: number
  readonly items: readonly Item[]
  /** Classes of one cluster run over the same turns. */
  readonly cluster: number
}

export const lastOf = (c: Class): number => c.from + c.items.length - 1

/** A loop of fewer turns is none. */
export const LEAST_TURNS = 3
/** Turns at the ends that may be left out of the loop so that classes come to run over the same ones. */
const SLACK = 6

/** What is known of a run from attempts before: turns at which it is cut, or that it is no loop at all. */
export interface Cuts {
  readonly before: Map<string, Set<number>>
  readonly none: Set<string>
}

/** The classes of items, and their turns in common. Those whose loop would save less than `least` nodes are left out. */
export function classesOf(items: readonly Item[], cuts: Cuts, least: number): Class[] {
  const byKey = new Map<string, Item[]>()
  for (const item of items) {
    if (!item.place || cuts.none.has(item.key)) continue
    const list = byKey.get(item.key)
    if (list) list.push(item)
    else byKey.set(item.key, [item])
  }
  const found = [...byKey].flatMap(([key, list]) => (list.length < LEAST_TURNS ? [] : runs(key, list, cuts)))
  const clusters: { axis: number; from: number; to: number; classes: Omit<Class, 'cluster'>[] }[] = []
  // The longest first: shorter ones of nearly its length belong to it.
  for (const run of found.sort((a, b) => b.items.length - a.items.length)) {
    const [from, to] = [run.from, run.from + run.items.length - 1]
    const home = clusters.find((c) => {
      const common = Math.min(c.to, to) - Math.max(c.from, from) + 1
      return (
        c.axis === run.axis &&
        common >= LEAST_TURNS &&
        common >= to - from + 1 - SLACK &&
        common >= c.to - c.from + 1 - SLACK
      )
    })
    if (home) {
      home.from = Math.max(home.from, from)
      home.to = Math.min(home.to, to)
      home.classes.push(run)
    } else clusters.push({ axis: run.axis, from, to, classes: [run] })
  }
  return clusters.flatMap(({ from, to, classes }, cluster) => {
    const nodes = classes.reduce((sum, c) => sum + c.items[0]!.size, 0)
    if ((to - from) * nodes < least) return []
    return classes.map((c): Class => ({
      ...c,
      from,
      items: c.items.slice(from - c.from, to - c.from + 1),
      cluster,
    }))
  })
}

/** Consecutive turns without a cut between them. */
function runs(key: string, list: readonly Item[], cuts: Cuts): Omit<Class, 'cluster'>[] {
  const sorted = [...list].sort((a, b) => a.place!.turn - b.place!.turn)
  const cutsHere = cuts.before.get(key)
  const found: { key: string; axis: number; from: number; items: Item[] }[] = []
  for (const item of sorted) {
    const { axis, turn } = item.place!
    const last = found.at(-1)
    if (last && last.axis === axis && turn === last.from + last.items.length && !cutsHere?.has(turn))
      last.items.push(item)
    else if (!(last && turn < last.from + last.items.length))
      found.push({ key, axis, from: turn, items: [item] })
  }
  return found.filter((run) => run.items.length >= LEAST_TURNS)
}
