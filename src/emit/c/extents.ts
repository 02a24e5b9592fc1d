import { rational, toNumber } from '../../base/rational.ts'
import { type Extent, type SymbolicExtent } from '../../graph/extent.ts'

/** An extent in C, with lengths by name; whole numbers at every step but for one division of the whole. */
export function extentText(extent: Extent, length: (dim: string) => string): string {
  if (typeof extent === 'number') return String(extent)
  const denominator = extent.terms.reduce((d, { coefficient }) => leastMultiple(d, coefficient.d), 1n)
  const sum = extent.terms.map((term) => monomial(term, denominator, length)).join(' + ')
  return denominator === 1n ? sum : `(${sum}) / ${denominator}`
}

function monomial(
  { coefficient, dims }: SymbolicExtent['terms'][number],
  denominator: bigint,
  length: (dim: string) => string,
): string {
  const factors = [...dims].flatMap(([name, power]) => Array.from({ length: power }, () => length(name)))
  const scale = toNumber(coefficient.mul(rational(denominator)))
  const number = scale < 0 ? `(${scale})` : String(scale)
  return [...(scale === 1 && factors.length > 0 ? [] : [number]), ...factors].join(' * ')
}

function leastMultiple(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return (a / x) * b
}
