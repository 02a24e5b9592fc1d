import type { Node } from './node.ts'

/** Ids on one page, as a power of 2. */
const BITS = 9
const SIZE = 1 << BITS

/**
 * What is known of the nodes of one graph, by their ids: for passes over all of it, where a hash table would be several
 * times as large and slow. It stands on pages, which are made when something is written on them: growing copies nothing,
 * and of a pass that looks at new nodes only, the old ones take no room. For a few nodes all over a large graph a `Map`
 * is smaller.
 */
export class NodeMap<T> {
  readonly #pages: ((T | undefined)[] | undefined)[] = []

  get({ id }: Node): T | undefined {
    return this.#pages[id >> BITS]?.[id & (SIZE - 1)]
  }

  has(node: Node): boolean {
    return this.get(node) !== undefined
  }

  /** Nothing is known of a node where the value is undefined. */
  set({ id }: Node, value: T | undefined): void {
    const at = id >> BITS
    let page = this.#pages[at]
    if (!page) {
      // One after the other: an array that is written far beyond its end becomes a hash table.
      while (this.#pages.length < at) this.#pages.push(undefined)
      this.#pages[at] = page = new Array<T | undefined>(SIZE)
    }
    page[id & (SIZE - 1)] = value
  }

  /** The values, by the ids of their nodes: those of arguments before those of their users. */
  values(): T[] {
    return this.#pages.flatMap((page) => page?.filter((value) => value !== undefined) ?? [])
  }
}
