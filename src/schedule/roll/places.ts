import { type Node, peel } from '../../graph/node.ts'
import { NodeMap } from '../../graph/node-map.ts'
import { Axes } from './axes.ts'
import { type Label, type Place, labelNodes } from './labels.ts'

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

type Around = { [R in Rank]?: Near }

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
    const users = new NodeMap<Around>()
    for (let i = order.length - 1; i >= 0; i--) {
      const n = order[i]!
      if (n.kind === 'equation') continue
      if (!this.#places.has(n)) this.#settle(n, users.get(n) ?? {}, ['source', 'adjoint'])
      // All its users have been seen: what is known of them is needed no longer.
      users.set(n, undefined)
      const place = this.#places.get(n)
      if (!place) continue
      for (const a of n.args.map(peel)) {
        if (this.labels.has(a)) continue
        let around = users.get(a)
        if (!around) users.set(a, (around = {}))
        join(around, place)
      }
    }
    for (const n of order) {
      if (n.kind === 'equation' || this.#places.has(n) || n.args.length === 0) continue
      const args: Around = {}
      for (const a of n.args) {
        const place = this.of(a)
        if (place) join(args, place)
      }
      this.#settle(n, args, ['adjoint', 'source', 'symbol'])
    }
  }

  /** Of the value behind a name. The stack is empty for what has no name. */
  of(n: Node): Ranked | undefined {
    return this.#places.get(peel(n))
  }

  #settle(n: Node, around: Around, ranks: readonly Rank[]): void {
    for (const rank of ranks) {
      const near = around[rank]
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

function join(around: Around, { axis, turn, rank }: Ranked): void {
  const near = around[rank]
  if (!near) around[rank] = { axis, first: turn, last: turn, mixed: false }
  else {
    near.mixed ||= near.axis !== axis
    near.first = Math.min(near.first, turn)
    near.last = Math.max(near.last, turn)
  }
}
