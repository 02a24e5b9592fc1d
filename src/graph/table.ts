import { type Rational, isOne } from '../base/rational.ts'
import type { Node } from './node.ts'

/** No more entries. */
export const NONE = -1

const FIRST_SIZE = 1024

/**
 * Nodes by hashes of their structure, with chains for collisions. Whoever looks something up compares structures
 * itself: nothing is made for a look-up, and a node needs no text to be found by.
 */
export class Table {
  #nodes: Node[] = []
  /** The hash of each entry, and the entry after it in its chain. */
  #hashes = new Int32Array(FIRST_SIZE)
  #next = new Int32Array(FIRST_SIZE)
  /** The first entry of the chain for each value of the last bits of a hash. */
  #first = new Int32Array(FIRST_SIZE).fill(NONE)

  at(entry: number): Node {
    return this.#nodes[entry]!
  }

  /** The first entry with a hash. */
  first(hash: number): number {
    return this.#from(this.#first[hash & (this.#first.length - 1)]!, hash)
  }

  /** The next entry with the same hash. */
  following(entry: number): number {
    return this.#from(this.#next[entry]!, this.#hashes[entry]!)
  }

  #from(entry: number, hash: number): number {
    while (entry !== NONE && this.#hashes[entry] !== hash) entry = this.#next[entry]!
    return entry
  }

  add(hash: number, node: Node): void {
    if (this.#nodes.length === this.#first.length) this.#grow()
    this.#link(this.#nodes.push(node) - 1, hash)
  }

  #link(entry: number, hash: number): void {
    const chain = hash & (this.#first.length - 1)
    this.#hashes[entry] = hash
    this.#next[entry] = this.#first[chain]!
    this.#first[chain] = entry
  }

  #grow(): void {
    const hashes = this.#hashes
    const size = 2 * hashes.length
    this.#hashes = new Int32Array(size)
    this.#next = new Int32Array(size)
    this.#first = new Int32Array(size).fill(NONE)
    for (let entry = 0; entry < hashes.length; entry++) this.#link(entry, hashes[entry]!)
  }

  /** The table with some of its nodes only. */
  filter(keep: (node: Node) => boolean): Table {
    const kept = new Table()
    this.#nodes.forEach((node, entry) => {
      if (keep(node)) kept.add(this.#hashes[entry]!, node)
    })
    return kept
  }
}

/** The hash with one more number in it (a step of MurmurHash3, public domain, by Appleby). */
export function mixed(hash: number, x: number): number {
  x = Math.imul(x, 0xcc9e2d51)
  x = Math.imul((x << 15) | (x >>> 17), 0x1b873593) ^ hash
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0
}

/** The last bits of a rational. */
export const rationalHash = (r: Rational): number =>
  isOne(r) ? 1 : mixed(mixed(Number(r.s), Number(BigInt.asIntN(32, r.n))), Number(BigInt.asIntN(32, r.d)))
