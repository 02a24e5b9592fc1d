import { isOne, rational, toNumber } from '../base/rational.ts'
import { type Extent, type Shape, type SymbolicExtent, extentText } from '../graph/extent.ts'
import { type Expression, binary, divide, minus, multiply, num } from './tree.ts'

type Terms = SymbolicExtent['terms']
/** How the length of an open dim is found. */
export type DimValue = (name: string) => Expression

/** The value of an extent. */
export const extentExpression = (extent: Extent, dim: DimValue): Expression =>
  typeof extent === 'number' ? num(extent) : polynomial(extent.terms, dim)

/** A sum of monomials. Exact: one division of the whole comes last, for its parts need not be whole: (T² + T) / 2. */
export function polynomial(terms: Terms, dim: DimValue): Expression {
  const denominator = terms.reduce((d, { coefficient }) => leastMultiple(d, coefficient.d), 1n)
  let sum: Expression | undefined
  for (const { coefficient, dims } of terms) {
    const scaled = coefficient.mul(rational(denominator))
    const size = monomial(dims, dim)
    const value = scaled.abs()
    const term =
      size === undefined ? num(toNumber(value)) : isOne(value) ? size : multiply(num(toNumber(value)), size)
    if (sum === undefined) sum = scaled.s < 0n ? minus(term) : term
    else sum = binary(scaled.s < 0n ? '-' : '+', sum, term)
  }
  return divide(sum ?? num(0), num(Number(denominator)))
}

function monomial(dims: ReadonlyMap<string, number>, dim: DimValue): Expression | undefined {
  let product: Expression | undefined
  for (const [name, power] of dims)
    for (let i = 0; i < power; i++) product = product ? binary('*', product, dim(name)) : dim(name)
  return product
}

function leastMultiple(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return (a / x) * b
}

/** The number of entries of a shape. */
export function sizeExpression(shape: Shape, dim: DimValue): Expression {
  let known = 1
  let open: Expression | undefined
  for (const extent of shape) {
    if (typeof extent === 'number') known *= extent
    else {
      const factor = extentExpression(extent, dim)
      open = open ? binary('*', open, factor) : factor
    }
  }
  return open === undefined ? num(known) : known === 1 ? open : binary('*', open, num(known))
}

/** A shape as people read it: `3 × 4`, `B × 2*T+1`. */
export const shapeWords = (shape: Shape): string => shape.map(extentText).join(' × ')

/** slope·dim + base, both free of `dim`. */
export interface Affine {
  readonly slope: Terms
  readonly base: Terms
}

/** The extent as an affine function of a dim that it depends on; undefined where it is none. */
export function affineIn(extent: SymbolicExtent, dim: string): Affine | undefined {
  const slope: Terms[number][] = []
  const base: Terms[number][] = []
  for (const { coefficient, dims } of extent.terms) {
    const power = dims.get(dim) ?? 0
    if (power > 1) return undefined
    const others = new Map([...dims].filter(([name]) => name !== dim))
    ;(power === 1 ? slope : base).push({ coefficient, dims: others })
  }
  return { slope, base }
}
