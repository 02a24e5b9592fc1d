import { type Node, peel } from '../../graph/node.ts'
import { NodeMap } from '../../graph/node-map.ts'
import { Axes, type Label, type Place, labelNodes } from './labels.ts'

/** What has users (or arguments) within so many turns belongs to one of these turns; what has them further apart to none. */
const NEAR = 3

/** The members that are near a node: on which axis, from which turn to which. */
interface Near {
  axis: number
  first: number
  last: number
  /** Members on several axes. */
  mixed: boolean
}

/** Values of the program decide before error terms, and these before data. */
type Rank = 'source' | 'adjoint' | 'symbol'

interface Ranked extends Place {
  readonly rank: Rank
}

/**
 * The turn to which each node belongs. Members have their index; a node without a name stands with the members that
 * use it, or else with those that it is made of.
 */
export class Places {
  readonly axes: Axes
  readonly labels: Map<Node, Label>
  readonly #places = new NodeMap<Ranked>()

  constructor(order: readonly Node[]) {
    this.labels = labelNodes(order)
    this.axes = new Axes(this.labels)
    for (const [node, label] of this.labels)
      this.#places.set(node, { ...this.axes.place(label), rank: rankOf(node, label) })
    const near = new NodeMap<Map<Rank, Near>>()
    for (let i = order.length - 1; i >= 0; i--) {
      const n = order[i]!
      if (n.kind === 'equation') continue
      if (!this.#places.has(n)) this.#settle(n, near.get(n), ['source', 'adjoint'])
      const place = this.#places.get(n)
      if (place) for (const a of n.args.map(peel)) if (!this.labels.has(a)) join(near, a, place)
    }
    for (const n of order) {
      if (n.kind === 'equation' || this.#places.has(n) || n.args.length === 0) continue
      const around = new Map<Node, Map<Rank, Near>>()
      for (const a of n.args) {
        const place = this.of(a)
        if (place) join(around, n, place)
      }
      this.#settle(n, around.get(n), ['adjoint', 'source', 'symbol'])
    }
  }

  /** Of the value behind a name. The stack is empty for what has no name. */
  of(n: Node): Ranked | undefined {
    return this.#places.get(peel(n))
  }

  #settle(n: Node, found: ReadonlyMap<Rank, Near> | undefined, ranks: readonly Rank[]): void {
    for (const rank of ranks) {
      const near = found?.get(rank)
      if (!near) continue
      if (!near.mixed && near.last - near.first <= NEAR)
        // The backward pass runs from the last turn to the first.
        this.#places.set(n, {
          stack: '',
          axis: near.axis,
          turn: rank === 'adjoint' ? near.last : near.first,
          rank,
        })
      return
    }
  }
}

const rankOf = (n: Node, label: Label): Rank =>
  n.kind === 'symbol' ? 'symbol' : label.family.startsWith('adjoint') ? 'adjoint' : 'source'

interface Table {
  get(n: Node): Map<Rank, Near> | undefined
  set(n: Node, ranks: Map<Rank, Near>): void
}

function join(into: Table, n: Node, { axis, turn, rank }: Ranked): void {
  let ranks = into.get(n)
  if (!ranks) into.set(n, (ranks = new Map()))
  const near = ranks.get(rank)
  if (!near) ranks.set(rank, { axis, first: turn, last: turn, mixed: false })
  else {
    near.mixed ||= near.axis !== axis
    near.first = Math.min(near.first, turn)
    near.last = Math.max(near.last, turn)
  }
}
