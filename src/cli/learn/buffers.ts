/** Arrays for batches, as a module takes them, made once for each number of samples and each length of lists. */
import type { Fieldful, Numbers } from '../../modules.ts'
import type { Part } from './columns.ts'

/** How numbers are moved and shrunk before the network sees them: (v − shift) / scale, entry by entry. */
export interface Scaling {
  readonly shift?: readonly number[] | undefined
  readonly scale?: readonly number[] | undefined
}

/** A part as it stands in the store, and as the module takes it; of a list each member. */
export interface Encoded extends Part {
  /** How many numbers the store has of it; of classes, of each their number. */
  readonly stored: number
  /** How many numbers the module takes. */
  readonly size: number
  readonly names: readonly string[] | undefined
}

export type Values = Float64Array | Float32Array | Int32Array

/** What every batch has: data that all samples share. */
export interface Fixed {
  readonly name: string
  readonly field: string
  readonly path: readonly number[]
  readonly value: Numbers
}

interface Made {
  readonly arrays: ReadonlyMap<Encoded, readonly Values[]>
  readonly object: Fieldful
}

/** More are made anew: lists of very many lengths need no more memory than this. */
const MOST = 64

export class Buffers {
  readonly #parts: readonly Encoded[]
  readonly #real: typeof Float64Array | typeof Float32Array
  readonly #scalings: ReadonlyMap<string, Scaling>
  readonly fixed: readonly Fixed[]
  readonly #made = new Map<string, Made>()
  #last: Made | undefined

  constructor(
    parts: readonly Encoded[],
    precision: 'f64' | 'f32',
    scalings: ReadonlyMap<string, Scaling>,
    fixed: readonly Fixed[] = [],
  ) {
    this.fixed = fixed
    this.#parts = parts
    this.#real = precision === 'f64' ? Float64Array : Float32Array
    this.#scalings = scalings
  }

  /** Those for so many samples, with lists of these lengths: what `of` gives from now on. */
  use(count: number, lengths: ReadonlyMap<Encoded, number>): Fieldful {
    const key = [count, ...this.#parts.map((part) => lengths.get(part))].join()
    let made = this.#made.get(key)
    if (!made) {
      if (this.#made.size >= MOST) this.#made.clear()
      const arrays = new Map<Encoded, readonly Values[]>()
      const object: Record<string, Numbers | Numbers[]> = {}
      for (const part of this.#parts) {
        const one = (): Values =>
          part.whole ? new Int32Array(count * part.size) : new this.#real(count * part.size)
        const length = lengths.get(part)
        const list = Array.from({ length: length ?? 1 }, one)
        arrays.set(part, list)
        put(object, part, length === undefined ? list[0]! : list)
      }
      for (const shared of this.fixed) put(object, shared, shared.value)
      this.#made.set(key, (made = { arrays, object }))
    }
    this.#last = made
    return made.object
  }

  /** The array of a part of the batch that was filled last; of a list those of its members. */
  of(part: Encoded): readonly Values[] {
    return this.#last!.arrays.get(part)!
  }

  scaling({ name }: Encoded): Scaling {
    return this.#scalings.get(name) ?? {}
  }
}

/** Puts an array where the module looks for it: `x`, or `x[2]` of a family. */
function put(
  object: Record<string, Numbers | Numbers[]>,
  { field, path }: Pick<Fixed, 'field' | 'path'>,
  value: Numbers,
): void {
  if (path.length === 0) {
    object[field] = value
    return
  }
  let list = (object[field] ??= []) as Numbers[]
  path.slice(0, -1).forEach((i) => (list = (list[i] ??= [] as never) as unknown as Numbers[]))
  list[path.at(-1)!] = value
}
