import { type ApplyNode, type Node, type ProductNode, peel } from '../../graph/node.ts'
import { isView } from '../keep.ts'

/** The names of the positions along a node's axes. */
type At = readonly (number | '_')[]

/** What an item's expression is made of: keys of its leaves, positions in the order of memory. */
export interface Leaves {
  readonly isLeaf: (n: Node) => boolean
  readonly key: (n: Node, at: At) => string
  readonly number: (text: string) => number
}

/**
 * Reads an expression as a function of positions, as it is computed. Equal for expressions that differ in the order of
 * operands, which is that of hashes, or in that of a contraction's axes, which is too.
 */
export class Expression {
  readonly #leaves: Leaves
  /** What is computed here even if it is a leaf elsewhere. */
  readonly #root: Node | undefined
  readonly #done = new Map<Node, Map<string, number>>()
  readonly found = new Set<Node>()

  constructor(root: Node | undefined, leaves: Leaves) {
    this.#leaves = leaves
    this.#root = root
  }

  /** How many nodes have been read. */
  get size(): number {
    return this.#done.size
  }

  /** `free` is the first name that is not in use. */
  key(node: Node, at: At, free: number): number {
    let n = peel(node)
    // Another way to look at something is that thing.
    while (isView(n) && n !== this.#root && !this.#leaves.isLeaf(n)) {
      const [labels] = n.labels as [readonly number[]]
      const outer = at
      at = labels.map((l) => outer[l]!)
      n = peel(n.args[0]!)
    }
    const inside = `${free}:${at.join()}`
    let known = this.#done.get(n)
    if (!known) this.#done.set(n, (known = new Map()))
    let key = known.get(inside)
    if (key === undefined) {
      key = this.#leaves.number(this.#text(n, at, free))
      known.set(inside, key)
    }
    return key
  }

  #text(n: Node, at: At, free: number): string {
    if (n.kind === 'symbol' || (n !== this.#root && this.#leaves.isLeaf(n))) {
      this.found.add(n)
      return this.#leaves.key(n, at)
    }
    const part = (a: Node): number => this.key(a, a.shape.length === 0 ? [] : at, free)
    switch (n.kind) {
      case 'sum': {
        const terms = n.args.map((a, i) => `${part(a)}*${n.coefficients[i]!.toFraction()}`)
        return `sum ${n.constant.toFraction()} ${terms.sort().join()}`
      }
      case 'product':
        return this.#product(n, at, free)
      case 'apply':
        return this.#apply(n, at, free)
      case 'delta':
        return `delta ${[...at].sort().join()}`
      default:
        return `node ${n.id} ${at.join()}`
    }
  }

  #product(n: ProductNode, at: At, free: number): string {
    const rank = n.shape.length
    const summed = n.extents.length - rank
    const inner = free + summed
    const factor = (i: number, names: At): string =>
      `${this.key(
        n.args[i]!,
        n.labels[i]!.map((l) => names[l]!),
        inner,
      )}^${n.exponents[i]!.toFraction()}`
    if (summed === 0) {
      const factors = n.args.map((_, i) => factor(i, at))
      return `product ${n.coefficient.toFraction()} ${factors.sort().join(' ')}`
    }
    const names: (number | '_')[] = [...at]
    for (let l = rank; l < n.extents.length; l++) names[l] = summed === 1 ? free : '_'
    if (summed > 1) {
      // Several summed positions are named as they appear, in an order of factors that does not depend on their names.
      const order = n.args.map((_, i) => ({ i, text: factor(i, names) }))
      order.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
      let next = free
      for (const { i } of order)
        for (const l of n.labels[i]!) if (l >= rank && names[l] === '_') names[l] = next++
    }
    const factors = n.args.map((_, i) => factor(i, names))
    return `product ${n.coefficient.toFraction()} summed ${summed} ${factors.sort().join(' ')}`
  }

  #apply(n: ApplyNode, at: At, free: number): string {
    const { op } = n
    const args = n.args.map((a): number => {
      if (op.kind === 'pointwise') return this.key(a, a.shape.length === 0 ? [] : at, free)
      // Whole matrices, or all along some axes.
      if (op.kind === 'matrix')
        return this.key(
          a,
          a.shape.map((_, i) => free + i),
          free + a.shape.length,
        )
      if (op.kind === 'mask') return this.key(a, at, free)
      let k = 0
      let next = free
      return this.key(
        a,
        a.shape.map((_, axis) => (n.axes.includes(axis) ? next++ : at[k++]!)),
        free + n.axes.length,
      )
    })
    return `apply ${op.name} ${op.kind === 'pointwise' ? '' : n.axes.join()} ${args.join()}`
  }
}
