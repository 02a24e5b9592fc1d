import type { Node, Symbol } from '../graph/node.ts'
import { bigNumbers } from './bignumbers.ts'
import { doubles } from '../graph/doubles.ts'
import { type Dims, evaluate, evaluateAll } from './evaluate.ts'
import { valuesIn } from './forward.ts'
import { type Point, randomPoint } from './points.ts'
import { positionText } from './tensor.ts'

export interface EqualOptions {
  /** How many random points, or their seeds. */
  readonly seeds?: number | readonly (number | string)[]
  readonly dims?: Dims
  /** Of the high precision. */
  readonly digits?: number
  /** Values that are given and not drawn, e.g. the defaults of hyperparameters. */
  readonly fixed?: (symbol: Symbol) => number | undefined
}

/** What the points say of a = b. `unknown`: no point was found at which both are finite. */
export type Equality =
  | { readonly verdict: 'holds' | 'unknown'; readonly points: number }
  | {
      readonly verdict: 'refuted'
      readonly points: number
      readonly point: Point
      readonly entry: string
      readonly left: number
      readonly right: number
    }

/** Digits that may be lost on the way, of those that are computed. */
const LOST = 20
/** What is zero is so up to the last digits of the values it is made of, which are of ordinary size. */
const LEAST_SIZE = 1e-10

/**
 * Whether two values are equal at random points that respect the declared assumptions, in high precision: evidence,
 * not proof; but a refutation is one, with the point. A scalar stands for every entry of a tensor. Throws an
 * EvaluationError where an abstract function has no values.
 */
export async function equalAtPoints(left: Node, right: Node, options: EqualOptions = {}): Promise<Equality> {
  const { seeds = 5, digits = 60, dims, fixed } = options
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => `equal ${i + 1}`) : seeds
  const big = await bigNumbers(digits)
  const tolerance = 10 ** (LOST - digits)
  let points = 0
  for (const seed of list) {
    // Only points at which both, and all that they are made of, are finite in doubles say something.
    const finite = (p: Point): boolean =>
      [...evaluateAll([left, right], p.values, doubles, { dims: p.dims }).values()].every((t) =>
        t.data.every(Number.isFinite),
      )
    const { point, usable } = randomPoint([left, right], seed, { dims, ...(fixed ? { fixed } : {}) }, finite)
    if (!usable) continue
    points++
    const [a, b] = evaluate([left, right], valuesIn(big, point), big, { dims: point.dims })
    const wide = a!.shape.length >= b!.shape.length ? a! : b!
    const at = (t: typeof wide, k: number) => (t.shape.length === 0 ? t.data[0]! : t.data[k]!)
    const size = Math.max(...[...a!.data, ...b!.data].map((x) => Math.abs(big.toNumber(x))), LEAST_SIZE)
    for (let k = 0; k < wide.data.length; k++) {
      const off = Math.abs(big.toNumber(big.subtract(at(a!, k), at(b!, k))))
      if (!(off <= tolerance * size))
        return {
          verdict: 'refuted',
          points,
          point,
          entry: positionText(wide.shape, k),
          left: big.toNumber(at(a!, k)),
          right: big.toNumber(at(b!, k)),
        }
    }
  }
  return { verdict: points > 0 ? 'holds' : 'unknown', points }
}
