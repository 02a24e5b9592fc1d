/** The products that were asked for last: rules try the same ones again and again, and half of all are. */
import { type Rational, same } from '../base/rational.ts'
import type { Shape } from './extent.ts'
import type { Node } from './node.ts'
import type { Factor } from './product.ts'
import { mixed, rationalHash } from './table.ts'

/** One for each value of the last bits of a hash. */
const SIZE = 1 << 12

interface Asked {
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  readonly out: readonly number[]
  readonly shape: Shape
  readonly product: Node
}

export class Recent {
  #asked: (Asked | undefined)[] = []

  /** The normal form of a product, which is made where it is not known. */
  product(
    coefficient: Rational,
    factors: readonly Factor[],
    out: readonly number[],
    shape: Shape,
    make: () => Node,
  ): Node {
    const place = placeOf(coefficient, factors, out) & (SIZE - 1)
    const known = this.#asked[place]
    if (
      known &&
      same(known.coefficient, coefficient) &&
      areEqual(known.out, out) &&
      areEqual(known.shape, shape) &&
      areSame(known.factors, factors)
    )
      return known.product
    const product = make()
    this.#asked[place] = { coefficient, factors, out, shape, product }
    return product
  }

  forget(): void {
    this.#asked = []
  }
}

function placeOf(coefficient: Rational, factors: readonly Factor[], out: readonly number[]): number {
  let hash = mixed(rationalHash(coefficient), out.length)
  for (const label of out) hash = mixed(hash, label)
  for (const { node, labels, exponent } of factors) {
    hash = mixed(mixed(hash, node.id), rationalHash(exponent))
    for (const label of labels) hash = mixed(hash, label)
  }
  return hash
}

function areEqual<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function areSame(a: readonly Factor[], b: readonly Factor[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    if (x.node !== y.node || !same(x.exponent, y.exponent) || !areEqual(x.labels, y.labels)) return false
  }
  return true
}
