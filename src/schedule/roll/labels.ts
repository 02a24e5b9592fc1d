import { memberParts } from '../../graph/member.ts'
import type { Node } from '../../graph/node.ts'
import { peel } from '../../graph/node.ts'
import { isView } from '../keep.ts'

/** A family's member: `h[3,1]` is of family `h` at [3, 1]; `kind` keeps data, values and error terms apart. */
export interface Label {
  readonly family: string
  readonly indices: readonly number[]
  /** For each axis of the node that it is of, which axis of the named tensor that is; the same where it is left out. */
  readonly axes?: readonly number[]
}

/** Where a member stands: `turn` along the axis that may become a loop; members of one stack differ in nothing else. */
export interface Place {
  readonly stack: string
  readonly axis: number
  readonly turn: number
}

export function labelOf(kind: string, name: string): Label | undefined {
  const member = memberParts(name)
  if (!member?.indices.every((i) => typeof i === 'number')) return undefined
  return { family: `${kind} ${member.family}`, indices: member.indices as readonly number[] }
}

/** The labels of symbols and of what family equations name. Of two values of one name only the first has it. */
export function labelNodes(order: readonly Node[]): Map<Node, Label> {
  const labels = new Map<Node, Label>()
  const taken = new Set<string>()
  const members = new Map<string, number>()
  for (const n of order) {
    const name = n.kind === 'symbol' ? n.symbol.name : n.kind === 'equation' ? n.name : ''
    if (!name.endsWith(']')) continue
    const { value, axes } = behind(n)
    if (labels.has(value) || value.kind === 'constant' || (value.kind === 'symbol' && value !== n)) continue
    const kind = n.kind === 'symbol' ? n.symbol.role : n.kind === 'equation' ? n.role : ''
    const key = `${kind} ${name}`
    const label = labelOf(kind, name)
    if (!label || taken.has(key)) continue
    taken.add(key)
    labels.set(value, axes ? { ...label, axes } : label)
    members.set(label.family, (members.get(label.family) ?? 0) + 1)
  }
  // Error terms that have kept their names here and there are no family: they would make differences where there are none.
  for (const [node, { family }] of labels) {
    const [role, name] = family.split(' ') as [string, string]
    if (role === 'adjoint' && 2 * members.get(family)! < (members.get(`source ${name}`) ?? 0))
      labels.delete(node)
  }
  return labels
}

/** The value behind a name, or another order of its axes. */
function behind(named: Node): { value: Node; axes: readonly number[] | undefined } {
  let value = peel(named)
  let axes: readonly number[] | undefined
  while (isView(value)) {
    const [labels] = value.labels as [readonly number[]]
    if (labels.length !== value.shape.length || new Set(labels).size !== labels.length) break
    const outer = axes
    axes = outer ? labels.map((l) => outer[l]!) : labels
    value = peel(value.args[0]!)
  }
  return { value, axes }
}

/** An index of a family, as a key. */
const coordinate = (family: string, k: number): string => `${k} ${family}`

/**
 * Which index of each family runs along which axis. Two indices belong to one axis where members refer to members a
 * few steps away along them: in `h[t,l] = tanh(W[l] @ h[t-1,l] + …)` that of `W` and the second of `h`. Of a family's
 * indices the one whose axis is longest is the one that may become a loop.
 */
export class Axes {
  readonly #parent = new Map<string, string>()
  readonly #ids = new Map<string, number>()
  /** The index that counts, by family. */
  readonly #index = new Map<string, number>()

  constructor(labels: ReadonlyMap<Node, Label>) {
    for (const [key, distances] of distancesBetween(labels)) {
      const [from, to] = key.split('\n') as [string, string]
      const best = nearest(distances)
      for (const [j, k] of best) this.#union(coordinate(to, j), coordinate(from, k))
    }
    const values = new Map<string, Set<number>>()
    const ranks = new Map<string, number>()
    for (const { family, indices } of labels.values()) {
      ranks.set(family, indices.length)
      indices.forEach((value, k) => {
        const root = this.#root(coordinate(family, k))
        const set = values.get(root)
        if (set) set.add(value)
        else values.set(root, new Set([value]))
      })
    }
    for (const [family, rank] of ranks) {
      const length = (k: number): number => values.get(this.#root(coordinate(family, k)))!.size
      let longest = 0
      for (let k = 1; k < rank; k++) if (length(k) > length(longest)) longest = k
      this.#index.set(family, longest)
    }
  }

  #root(key: string): string {
    let root = key
    for (let next = this.#parent.get(root); next !== undefined; next = this.#parent.get(root)) root = next
    if (root !== key) this.#parent.set(key, root)
    return root
  }

  #union(a: string, b: string): void {
    const [x, y] = [this.#root(a), this.#root(b)]
    if (x !== y) this.#parent.set(x, y)
  }

  place({ family, indices }: Label): Place {
    const k = this.#index.get(family) ?? 0
    const root = this.#root(coordinate(family, k))
    let axis = this.#ids.get(root)
    if (axis === undefined) this.#ids.set(root, (axis = this.#ids.size))
    const others = indices.map((value, i) => (i === k ? '*' : value)).join()
    return { stack: `${family}[${others}]`, axis, turn: indices[k]! }
  }

  /** Which of a family's indices runs along its axis. */
  index(family: string): number {
    return this.#index.get(family) ?? 0
  }
}

/** How many steps apart members are that refer to one another: at most this many different ones make an axis. */
const MOST_DISTANCES = 3
/** An expression is searched this far for the members that it mentions. */
const MOST_VISITED = 300

/** For two families, one of which mentions the other: distances [index of the mentioned][index of the other]. */
type Distances = (Set<number> | undefined)[][]

function distancesBetween(labels: ReadonlyMap<Node, Label>): Map<string, Distances> {
  const found = new Map<string, Distances>()
  for (const [node, from] of labels)
    for (const to of mentioned(node, labels)) {
      const key = `${from.family}\n${to.family}`
      let table = found.get(key)
      if (!table)
        found.set(
          key,
          (table = to.indices.map(() => from.indices.map((): Set<number> | undefined => new Set<number>()))),
        )
      to.indices.forEach((w, j) =>
        from.indices.forEach((v, k) => {
          const set = table[j]![k]
          set?.add(w - v)
          if (set && set.size > MOST_DISTANCES) table[j]![k] = undefined
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

/** For each index of the mentioned family the one of the other that it follows, if any. */
function nearest(distances: Distances): [number, number][] {
  return distances.flatMap((row, j): [number, number][] => {
    let best: number | undefined
    row.forEach((set, k) => {
      if (set && (best === undefined || set.size < row[best]!.size)) best = k
    })
    return best === undefined ? [] : [[j, best]]
  })
}
