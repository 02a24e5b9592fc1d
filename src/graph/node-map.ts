import type { Node } from './node.ts'

/**
 * What is known of the nodes of one graph, by their ids: for passes over all of it, where a hash table would be several
 * times as large and slow. For a few nodes of a large graph a `Map` is smaller.
 */
export class NodeMap<T> {
  #values: (T | undefined)[] = []

  get(node: Node): T | undefined {
    return this.#values[node.id]
  }

  has(node: Node): boolean {
    return this.#values[node.id] !== undefined
  }

  /** Nothing is known of a node where the value is undefined. */
  set(node: Node, value: T | undefined): void {
    const { id } = node
    // Longer at once: an array that is written far beyond its end becomes a hash table.
    if (id >= this.#values.length) this.#values.length = Math.max(id + 1, 2 * this.#values.length)
    this.#values[id] = value
  }

  /** The values, by the ids of their nodes: those of arguments before those of their users. */
  values(): T[] {
    return this.#values.filter((value) => value !== undefined)
  }
}
