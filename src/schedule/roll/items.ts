import type { Rational } from '../../base/rational.ts'
import { type Shape, shapeText } from '../../graph/extent.ts'
import { type Node, type SumNode, peel } from '../../graph/node.ts'
import { NodeMap } from '../../graph/node-map.ts'
import type { Members } from '../program.ts'
import type { Goal } from '../updates.ts'
import { Expression } from './expressions.ts'
import { type Label, type Place, labelOf } from './labels.ts'
import type { Places } from './places.ts'

/** Something that a routine computes and leaves somewhere. */
export interface Item {
  readonly kind: 'value' | 'term' | 'goal'
  /** What is evaluated. */
  readonly node: Node
  readonly place: Place | undefined
  /** Equal for items that do the same, each in its turn. */
  readonly key: string
  /** The kept nodes and symbols that are mentioned. */
  readonly leaves: readonly Node[]
  /** How many nodes the expression has. */
  readonly size: number
  /** A sum that is collected: of its own item, and of a term with the coefficient there. */
  readonly sum?: SumNode
  readonly coefficient?: Rational
  readonly goal?: Goal
}

export const goalLabel = ({ symbol, to }: Goal): Label | undefined =>
  symbol ? labelOf('param', symbol.name) : labelOf('source', to.name)

/** Nodes without a name that are alike so far are told apart by those that they are made of, and these by theirs. */
const MOST_ROUNDS = 4

/** Sums of at least this many terms along an axis are collected turn by turn. */
const LEAST_TERMS = 4

/** A sum over an axis to which it does not itself belong: one of the turns of a loop adds each term. */
export function isCollected(n: Node, places: Places): n is SumNode {
  if (n.kind !== 'sum' || n.args.length < LEAST_TERMS) return false
  const own = places.of(n)
  const turns = new Map<number, Set<number>>()
  for (const a of n.args) {
    const place = places.of(a)
    if (!place || place.axis === own?.axis) continue
    const set = turns.get(place.axis)
    if (set) set.add(place.turn)
    else turns.set(place.axis, new Set([place.turn]))
  }
  return [...turns.values()].some((set) => set.size >= LEAST_TERMS)
}

/** Makes items, with keys that do not depend on the turn, nor on the order of operands. */
export class Items {
  readonly #kept: ReadonlySet<Node>
  readonly #places: Places
  /** The order of axes in memory where it is another than the node's. */
  readonly #layouts: ReadonlyMap<Node, readonly number[]>
  readonly #numbers = new Map<string, number>()
  readonly #texts: string[] = []
  /** The places of what has a name. */
  readonly #named = new NodeMap<Place>()
  /** The stacks of kept nodes without a name: those that are computed alike, one for each turn. */
  readonly #stacks = new Map<Node, string>()

  constructor(kept: ReadonlySet<Node>, places: Places, layouts: ReadonlyMap<Node, readonly number[]>) {
    this.#kept = kept
    this.#layouts = layouts
    this.#places = places
    this.#nameStacks([...kept].filter((n) => places.of(n)?.stack === ''))
  }

  /** No two nodes of one turn stand in one stack. */
  #nameStacks(nodes: readonly Node[]): void {
    let rest = nodes
    for (let round = 0; rest.length > 0; round++) {
      // By what it is made of; of what has no name itself only the shape counts at first, for that may be a recurrence.
      const stacks = rest.map((n) =>
        this.#once(`# ${this.#memory(n)} ${this.#read(n, this.#places.of(n), true).key}`),
      )
      const spots = new Map<string, number>()
      const clashes = new Set<string>()
      const numbers = rest.map((n, i) => {
        const spot = `${this.#places.of(n)!.turn} ${stacks[i]!}`
        const number = spots.get(spot) ?? 0
        spots.set(spot, number + 1)
        if (number > 0) clashes.add(stacks[i]!)
        return number
      })
      const last = round === MOST_ROUNDS
      rest.forEach((n, i) => this.#stacks.set(n, last ? `${stacks[i]!} '${numbers[i]!}` : stacks[i]!))
      rest = last ? [] : rest.filter((_, i) => clashes.has(stacks[i]!))
    }
  }

  /** In the order of memory. */
  #shape(n: Node): Shape {
    return this.#layouts.get(n)?.map((a) => n.shape[a]!) ?? n.shape
  }

  /** How what is kept of a node lies in memory: its shape, and the order of the axes of what has a name. */
  #memory(n: Node): string {
    const axes = this.#places.labels.get(n)?.axes
    const order = this.#layouts.get(n) ?? n.shape.map((_, axis) => axis)
    const named = axes ? order.map((a) => axes[a]!) : order
    return `${shapeText(this.#shape(n))}${this.#places.labels.has(n) && named.some((a, k) => a !== k) ? ` ${named.join()}` : ''}`
  }

  /** The place of a kept node or a symbol. What is kept of a symbol is another stack than its family. */
  place(n: Node): Place | undefined {
    if (n.kind !== 'symbol' || !this.#kept.has(n)) return this.outsidePlace(n)
    const place = this.outsidePlace(n)
    return place && { ...place, stack: this.#once(`kept ${place.stack}`) }
  }

  /** The place of a symbol in its family outside, whether or not it is kept too. */
  outsidePlace(n: Node): Place | undefined {
    const known = this.#named.get(n)
    if (known) return known
    const place = this.#places.of(n)
    if (!place) return undefined
    const { axis, turn } = place
    if (place.stack === '') {
      const stack = this.#stacks.get(n)
      return stack === undefined ? undefined : { axis, turn, stack }
    }
    const found = { axis, turn, stack: this.#once(`${place.stack} ${this.#memory(n)}`) }
    this.#named.set(n, found)
    return found
  }

  /** One text for all that are equal: a long recurrence has few different ones. */
  #once(text: string): string {
    return this.#texts[this.#number(text)]!
  }

  /** Where an item reads a leaf: the item that keeps a symbol, outside. */
  leafPlace({ kind, node }: Pick<Item, 'kind' | 'node'>, leaf: Node): Place | undefined {
    return kind === 'value' && leaf === node ? this.outsidePlace(leaf) : this.place(leaf)
  }

  value(node: Node): Item {
    const place = this.place(node)
    const { key, leaves, size } = this.#read(node, place, true)
    return { kind: 'value', node, place, key: this.#once(`value ${place?.stack} ${key}`), leaves, size }
  }

  /** A sum whose terms are items of their own. */
  collected(sum: SumNode): Item {
    return {
      kind: 'value',
      node: sum,
      place: undefined,
      key: `sum ${sum.id}`,
      leaves: [],
      size: sum.args.length,
      sum,
    }
  }

  term(sum: SumNode, i: number): Item {
    const node = sum.args[i]!
    const coefficient = sum.coefficients[i]!
    const place = this.#places.of(node)
    const { key, leaves, size } = this.#read(node, place, false)
    return {
      kind: 'term',
      node,
      place,
      key: this.#once(`term ${sum.id} ${coefficient.toFraction()} ${key}`),
      leaves,
      size,
      sum,
      coefficient,
    }
  }

  goal(goal: Goal): Item {
    const place = this.goalPlace(goal)
    const { key, leaves, size } = this.#read(goal.node, place, false)
    const own = this.#once(`goal ${place?.stack ?? ''} ${key}`)
    return { kind: 'goal', node: goal.node, place, key: own, leaves, size, goal }
  }

  /** The place of a gradient is that of its param, of an output that of its equation. */
  goalPlace(goal: Goal): Place | undefined {
    const label = goalLabel(goal)
    const place = label && this.#places.axes.place(label)
    return place && { ...place, stack: `goal ${place.stack} ${shapeText(goal.to.shape)}` }
  }

  /** The place of the param of which a goal is the gradient. */
  paramPlace({ symbol }: Goal): Place | undefined {
    const label = symbol && labelOf('param', symbol.name)
    const place = label && this.#places.axes.place(label)
    return place && { ...place, stack: `${place.stack} ${shapeText(symbol.shape)}` }
  }

  /** Which of a family's indices runs along its axis, and how. */
  indexOf(family: string): Pick<Members, 'index' | 'falls'> {
    const { axes } = this.#places
    return { index: axes.index(family), falls: axes.falls(family) }
  }

  #number(text: string): number {
    let n = this.#numbers.get(text)
    if (n === undefined) {
      this.#numbers.set(text, (n = this.#texts.length))
      this.#texts.push(text)
    }
    return n
  }

  #read(
    root: Node,
    place: Place | undefined,
    inside: boolean,
  ): { key: number; leaves: readonly Node[]; size: number } {
    const expression = new Expression(inside ? peel(root) : undefined, {
      isLeaf: (n) => this.#kept.has(n),
      key: (n, at) => this.#leaf(n, inside && n === root, place, at),
      number: (text) => this.#number(text),
    })
    const order = inside ? this.#layouts.get(root) : undefined
    const at = root.shape.map((_, axis) => (order ? order.indexOf(axis) : axis))
    const key = expression.key(root, at, root.shape.length)
    return { key, leaves: [...expression.found], size: expression.size }
  }

  #leaf(n: Node, outside: boolean, place: Place | undefined, at: readonly (number | '_')[]): string {
    const own = outside ? this.outsidePlace(n) : this.place(n)
    const order = this.#layouts.get(n)
    const positions = (order ? order.map((a) => at[a]!) : at).join()
    if (own && own.axis === place?.axis) return `@${own.turn - place.turn} ${own.stack} ${positions}`
    const unnamed = this.#kept.has(n) ? this.#places.of(n) : undefined
    if (unnamed && unnamed.stack === '' && unnamed.axis === place?.axis && !this.#stacks.has(n))
      return `@${unnamed.turn - place.turn} ? ${shapeText(this.#shape(n))} ${positions}`
    return `node ${n.id} ${at.join()}`
  }
}
