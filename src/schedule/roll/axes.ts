import type { Node } from '../../graph/node.ts'
import { Alignment } from './alignment.ts'
import type { Label, Place } from './labels.ts'

/** An index of a family, as a key. */
const coordinate = (family: string, k: number): string => `${k} ${family}`

/**
 * Which index of each family runs along which axis. Two indices belong to one axis where members refer to members a
 * few steps away along them: in `h[t,l] = tanh(W[l] @ h[t-1,l] + …)` that of `W` and the second of `h`. They may run
 * against one another, as those of `g` and `p` in `p[N-j] = g[j] * p[N-j+1]`. Of a family's indices the one whose axis
 * is longest is the one that may become a loop.
 */
export class Axes {
  readonly #alignment = new Alignment()
  readonly #ids = new Map<string, number>()
  /** The index that counts, by family. */
  readonly #index = new Map<string, number>()

  constructor(labels: ReadonlyMap<Node, Label>) {
    const found = [...distancesBetween(labels)].flatMap(([key, table]) => {
      const [from, to] = key.split('\n') as [string, string]
      return nearest(table).map((near) => ({
        ...near,
        of: coordinate(to, near.j),
        by: coordinate(from, near.k),
      }))
    })
    // What runs against another decides only where nothing runs along with it.
    for (const { against, of, by } of found) if (against === undefined) this.#alignment.join(of, by, 1, 0)
    for (const { against, of, by } of found)
      if (against !== undefined) this.#alignment.join(of, by, -1, against)
    const values = new Map<string, Set<number>>()
    const ranks = new Map<string, number>()
    for (const { family, indices } of labels.values()) {
      ranks.set(family, indices.length)
      indices.forEach((value, k) => {
        const { root, sign, offset } = this.#alignment.of(coordinate(family, k))
        const set = values.get(root)
        if (set) set.add(sign * value + offset)
        else values.set(root, new Set([sign * value + offset]))
      })
    }
    for (const [family, rank] of ranks) {
      const length = (k: number): number => values.get(this.#alignment.of(coordinate(family, k)).root)!.size
      let longest = 0
      for (let k = 1; k < rank; k++) if (length(k) > length(longest)) longest = k
      this.#index.set(family, longest)
    }
  }

  place({ family, indices }: Label): Place {
    const k = this.index(family)
    const { root, sign, offset } = this.#alignment.of(coordinate(family, k))
    let axis = this.#ids.get(root)
    if (axis === undefined) this.#ids.set(root, (axis = this.#ids.size))
    const others = indices.map((value, i) => (i === k ? '*' : value)).join()
    return { stack: `${family}[${others}]`, axis, turn: sign * indices[k]! + offset }
  }

  /** Which of a family's indices runs along its axis. */
  index(family: string): number {
    return this.#index.get(family) ?? 0
  }

  /** Whether that index falls from turn to turn. */
  falls(family: string): boolean {
    return this.#alignment.of(coordinate(family, this.index(family))).sign < 0
  }
}

/** How many steps apart members are that refer to one another: at most this many different ones make an axis. */
const MOST_DISTANCES = 3
/** An expression is searched this far for the members that it mentions. */
const MOST_VISITED = 300

/** How far apart two indices are, and what they add up to; undefined where there are too many different ones. */
interface Distances {
  along: Set<number> | undefined
  against: Set<number> | undefined
}

/** For two families, one of which mentions the other: [index of the mentioned][index of the other]. */
type Table = readonly (readonly Distances[])[]

function distancesBetween(labels: ReadonlyMap<Node, Label>): Map<string, Table> {
  const found = new Map<string, Table>()
  for (const [node, from] of labels)
    for (const to of mentioned(node, labels)) {
      const key = `${from.family}\n${to.family}`
      let table = found.get(key)
      if (!table)
        found.set(
          key,
          (table = to.indices.map(() =>
            from.indices.map((): Distances => ({ along: new Set(), against: new Set() })),
          )),
        )
      to.indices.forEach((w, j) =>
        from.indices.forEach((v, k) => {
          const distances = table[j]![k]!
          distances.along = withOne(distances.along, w - v)
          distances.against = withOne(distances.against, w + v)
        }),
      )
    }
  return found
}

function mentioned(root: Node, labels: ReadonlyMap<Node, Label>): Label[] {
  const found: Label[] = []
  const seen = new Set<Node>()
  const work = [...root.args]
  for (let n = work.pop(); n && seen.size < MOST_VISITED; n = work.pop()) {
    if (seen.has(n)) continue
    seen.add(n)
    const label = labels.get(n)
    if (label) found.push(label)
    else work.push(...n.args)
  }
  return found
}

function withOne(set: Set<number> | undefined, n: number): Set<number> | undefined {
  set?.add(n)
  return set && set.size <= MOST_DISTANCES ? set : undefined
}

interface Near {
  readonly j: number
  readonly k: number
  /** What the two indices add up to, where they run against one another. */
  readonly against?: number
}

/** For each index of the mentioned family the one of the other that it follows, if any. */
function nearest(table: Table): Near[] {
  return table.flatMap((row, j): Near[] => {
    const best = (sets: readonly (Set<number> | undefined)[]): number | undefined => {
      let least: number | undefined
      sets.forEach((set, k) => {
        if (set && (least === undefined || set.size < sets[least]!.size)) least = k
      })
      return least
    }
    const along = best(row.map((d) => d.along))
    if (along !== undefined) return [{ j, k: along }]
    const k = best(row.map((d) => d.against))
    return k === undefined ? [] : [{ j, k, against: Math.min(...row[k]!.against!) }]
  })
}
