/** Terms added in their places: what brackets and masks say of where they belong. */
import { ONE, ZERO, isZero } from '../base/rational.ts'
import type { Shape } from '../graph/extent.ts'
import { dependences } from '../graph/subscripts.ts'
import type { Builder } from './builder.ts'
import type { Parts, PlacedTerm } from './placed.ts'
import type { Buffer, Combine, Subscript, Value } from './program.ts'
import { load, numberValue } from './value.ts'

const UNSCALED = { coefficient: ONE, scales: [] }

/** Where the entry at a position stands. */
export interface Places {
  readonly buffer: Buffer
  readonly at: (position: readonly Subscript[]) => readonly Subscript[]
}

export const wholeOf = (buffer: Buffer): Places => ({ buffer, at: (position) => [...position] })

/** Who writes loops by the instructions of a builder. */
interface Loops {
  readonly builder: Builder
  readonly loops: (shape: Shape, inside: (at: Subscript[]) => void) => void
}

export class Accumulating {
  readonly storing: Loops

  constructor(storing: Loops) {
    this.storing = storing
  }

  get #builder(): Builder {
    return this.storing.builder
  }

  /** Zeros, and then each term added in its place. */
  store(term: PlacedTerm, to: Places): void {
    this.storing.loops(term.shape, (position) => this.#put(to, position, 'set', numberValue(ZERO)))
    this.add(term, to, 'add', undefined)
  }

  /** What is computed entry by entry, or zeros; then each of the other terms in its place. */
  storeParts(parts: Parts, to: Places): void {
    this.storeDense(parts, to, 'set', undefined)
    for (const term of parts.placed) this.add(term, to, 'add', undefined)
  }

  storeDense({ dense, constant }: Parts, to: Places, combine: Combine, factor: Value | undefined): void {
    if (combine !== 'set' && dense.length === 0 && isZero(constant)) return
    this.storing.loops(to.buffer.shape, (position) => {
      const entry = this.#builder.linear(dense, constant, position)
      const value = factor ? this.#builder.timesScales(UNSCALED, factor, entry, position) : entry
      this.#put(to, position, combine, value)
    })
  }

  /** Each term, times a factor, added in its place. */
  add(term: PlacedTerm, to: Places, combine: Combine, factor: Value | undefined): void {
    this.#terms(term, factor, (position, value) => this.#put(to, position, combine, value))
  }

  /** The terms, times a factor, where nothing is changed by them; what adds them up later is returned. */
  collect(term: PlacedTerm, to: Places, combine: Combine, factor: Value | undefined): () => void {
    const buffer: Buffer = {
      name: `${to.buffer.name}_terms`,
      storage: 'scratch',
      symbol: undefined,
      shape: placesOf(term),
    }
    this.#terms(term, factor, (_, value, turn) =>
      this.#builder.put({ kind: 'store', buffer, at: turn, combine: 'set', value }),
    )
    return () =>
      this.#turns(term, (all) => {
        this.#builder.places(term.node, term.nest, all)
        return (position, turn) => this.#put(to, position, combine, load(buffer, turn))
      })
  }

  #terms(
    term: PlacedTerm,
    factor: Value | undefined,
    inside: (position: readonly Subscript[], value: Value, turn: readonly Subscript[]) => void,
  ): void {
    const builder = this.#builder
    this.#turns(term, (all, inner) => {
      const sum = builder.summed(term.node, term.nest, all, inner)
      const value = missing(term).length > 0 ? builder.held(sum) : sum
      return (position, turn) => inside(position, builder.timesScales(term, factor, value, position), turn)
    })
  }

  /**
   * Loops over the labels that say where terms belong, in which `outside` fills in the others' positions, and over the axes that
   * the node does not have: a position for each turn of all of these.
   */
  #turns(
    term: PlacedTerm,
    outside: (
      all: Subscript[],
      inner: readonly number[],
    ) => (position: readonly Subscript[], turn: readonly Subscript[]) => void,
  ): void {
    const { node, axes, shape } = term
    const { outer, inner } = ordered(term)
    const all: Subscript[] = []
    this.storing.loops(
      outer.map((l) => node.extents[l]!),
      (labels) => {
        outer.forEach((l, k) => (all[l] = labels[k]!))
        const inside = outside(all, inner)
        const position: Subscript[] = []
        node.shape.forEach((_, axis) => (position[axes[axis]!] = all[axis]!))
        const rest = missing(term)
        this.storing.loops(
          rest.map((axis) => shape[axis]!),
          (at) => {
            rest.forEach((axis, k) => (position[axis] = at[k]!))
            inside(position, [...labels, ...at])
          },
        )
      },
    )
  }

  #put({ buffer, at }: Places, position: readonly Subscript[], combine: Combine, value: Value): void {
    this.#builder.put({ kind: 'store', buffer, at: at(position), combine, value })
  }
}

/** The axes of the whole that the node of a term does not have. */
const missing = ({ axes, shape }: PlacedTerm): number[] =>
  shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))

/** How many terms are put in places. */
export const placesOf = (term: PlacedTerm): Shape => [
  ...ordered(term).outer.map((l) => term.node.extents[l]!),
  ...missing(term).map((axis) => term.shape[axis]!),
]

/**
 * The labels that say where a term belongs, and the others, over which it is added up in a register first. Those that decide about the first
 * axes of the result come first, so that what is touched in turn stands together.
 */
function ordered({ node, nest, axes }: PlacedTerm): {
  outer: readonly number[]
  inner: readonly number[]
} {
  const rank = node.shape.length
  const first = new Map<number, number>()
  const decides = (label: number, axis: number): void =>
    void first.set(label, Math.min(axis, first.get(label) ?? axis))
  for (const l of nest.free) if (l < rank) decides(l, axes[l]!)
  // Later ones may depend on earlier ones.
  for (const { label, form } of [...nest.solved].reverse()) {
    const axis = Math.min(label < rank ? axes[label]! : Infinity, first.get(label) ?? Infinity)
    if (axis < Infinity) for (const l of dependences(form)) decides(l, axis)
  }
  /** How far inside a label is in what positions are read from, or else in what is added up. */
  const positions = nest.solved.flatMap(({ form }) => form.multiples.map((m) => m.labels))
  const factors = nest.factors.map((i) => node.labels[i]!)
  const depth = (label: number): number => {
    const read = positions.some((labels) => labels.includes(label)) ? positions : factors
    return Math.max(0, ...read.map((labels) => labels.lastIndexOf(label)))
  }
  const outer = nest.free.filter((l) => first.has(l))
  outer.sort((a, b) => first.get(a)! - first.get(b)! || depth(a) - depth(b) || a - b)
  return { outer, inner: nest.free.filter((l) => !first.has(l)) }
}
