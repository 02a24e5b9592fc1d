/** Straight-line programs that are run at several points modulo a prime, step by step as they are written. */
import { random } from '../../base/random.ts'
import type { PrimeField } from './prime-field.ts'

/** One value from those before it; undefined at points where it has none. */
export type Step = (v: readonly bigint[], f: PrimeField, draw: () => bigint) => bigint | undefined

/** Nothing can be said: there are too few points at which everything has a value, or a function that is not known. */
export class Undecidable extends Error {}

interface Lane {
  values: bigint[]
  draw: () => bigint
}

export class Lanes {
  readonly #steps: Step[] = []
  readonly #weights: number[] = []
  readonly #seed: string
  readonly #lanes: Lane[]
  readonly #fields: readonly PrimeField[]
  /** The one in which relations are found. */
  readonly field: PrimeField
  #count = 0
  /** Steps that may still be run. */
  #left: number

  /** @param budget how many steps may be run, all points together */
  constructor(points: number, seed: string, budget: number, fields: readonly PrimeField[]) {
    this.#seed = seed
    this.#fields = fields
    this.field = fields[0]!
    this.#left = budget
    this.#lanes = Array.from({ length: points }, () => this.#fresh(this.field))
  }

  /** Adds a step, which counts as so many, and runs it. Points at which it has no value are replaced by others. */
  step(step: Step, weight = 1): number {
    const index = this.#steps.push(step) - 1
    this.#weights.push(weight)
    for (const lane of this.#lanes) this.#complete(lane, this.field)
    return index
  }

  /** The value at every point. */
  column(index: number): bigint[] {
    return this.#lanes.map(({ values }) => values[index]!)
  }

  /** Whether a property of some steps holds at all points, and at so many more, each modulo another prime. */
  holds(property: (v: readonly bigint[], f: PrimeField) => boolean, more: number): boolean {
    if (!this.#lanes.every(({ values }) => property(values, this.field))) return false
    for (let i = 0; i < more; i++) {
      const field = this.#fields[(i + 1) % this.#fields.length]!
      const lane = this.#fresh(field)
      this.#complete(lane, field)
      if (!property(lane.values, field)) return false
    }
    return true
  }

  #fresh(field: PrimeField): Lane {
    const rng = random(`${this.#seed} ${this.#count++}`)
    const draw = (): bigint =>
      field.reduce((BigInt(rng.integer(0, 2 ** 32 - 1)) << 32n) + BigInt(rng.integer(1, 2 ** 32 - 1)))
    return { values: [], draw }
  }

  #complete(lane: Lane, field: PrimeField): void {
    while (lane.values.length < this.#steps.length) {
      const index = lane.values.length
      this.#left -= this.#weights[index]!
      if (this.#left <= 0) throw new Undecidable()
      const value = this.#steps[index]!(lane.values, field, lane.draw)
      if (value === undefined) Object.assign(lane, this.#fresh(field))
      else lane.values.push(value)
    }
  }
}
