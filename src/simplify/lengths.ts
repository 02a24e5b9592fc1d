/** What computing costs, in multiplications, at lengths that show how it grows. */
import { toNumber } from '../base/rational.ts'
import { type Extent, dimsOf } from '../graph/extent.ts'
import type { Node } from '../graph/node.ts'
import { nestOf } from '../graph/subscripts.ts'

/** At each of the points that are looked at. */
export type Costs = readonly number[]

export const add = (a: Costs, b: Costs, times = 1): Costs => a.map((x, k) => x + times * b[k]!)

/**
 * Open dims are all this long, or all this short, which shows what no dim makes cheaper; or one of them is far longer than the others. Orders of
 * growth decide, and not factors.
 */
const LONG = 1000
const LONGEST = 1e6
const SHORT = 16
/** Of so many open dims each is looked at by itself. */
const MOST_DIMS = 6

/** The lengths of the open dims at points that show how costs grow: in all dims, in none, and in each. */
export class Lengths {
  readonly #points: readonly ((dim: string) => number)[]
  readonly none: Costs

  constructor(nodes: readonly Node[]) {
    const dims = [...new Set(nodes.flatMap((n) => n.shape.flatMap(dimsOf)))].sort()
    const alone = dims.length > 1 ? dims.slice(0, MOST_DIMS) : []
    const points = [() => LONG, ...(dims.length > 0 ? [() => SHORT] : [])]
    this.#points = [...points, ...alone.map((long) => (dim: string) => (dim === long ? LONGEST : SHORT))]
    this.none = this.#points.map(() => 0)
  }

  sizeAt(extents: readonly Extent[], at: number): number {
    const length = this.#points[at]!
    return extents.reduce<number>((product, e) => product * evaluate(e, length), 1)
  }

  size(extents: Iterable<Extent>): Costs {
    const list = [...extents]
    return this.#points.map((_, at) => this.sizeAt(list, at))
  }

  /** The multiplications of a node, without its arguments. */
  work(n: Node): Costs {
    if (n.kind === 'product') {
      const terms = this.size(nestOf(n, undefined, true).free.map((l) => n.extents[l]!))
      // Entries are written even where a bracket says that they are 0.
      const entries = this.size(n.shape)
      return terms.map((t, k) => Math.max(t, entries[k]!))
    }
    if (n.kind === 'sum') return this.#times(n.args.length, n.shape)
    if (n.kind !== 'apply') return this.none
    const { shape } = n.args.reduce<Node>((a, b) => (b.shape.length > a.shape.length ? b : a), n)
    return n.op.kind === 'matrix' ? this.size([...shape, shape.at(-1) ?? 1]) : this.#times(n.op.cost, shape)
  }

  #times(factor: number, extents: readonly Extent[]): Costs {
    return this.size(extents).map((x) => factor * x)
  }
}

function evaluate(e: Extent, length: (dim: string) => number): number {
  if (typeof e === 'number') return e
  return e.terms.reduce(
    (sum, { coefficient, dims }) =>
      sum + [...dims].reduce((x, [dim, power]) => x * length(dim) ** power, toNumber(coefficient)),
    0,
  )
}
