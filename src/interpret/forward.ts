import { ONE, ZERO } from '../base/rational.ts'
import type { Numbers } from '../graph/field.ts'
import type { Node } from '../graph/node.ts'
import type { Entry } from './differences.ts'
import { type Dual, dualNumbers, moving, slopeOf } from './dual.ts'
import { type Dims, type Values, evaluate } from './evaluate.ts'
import type { Point } from './points.ts'
import { type Tensor, mapTensor } from './tensor.ts'

/** The values of a point in a number system; every double is carried over exactly. */
export const valuesIn = <T>(numbers: Numbers<T>, point: Point): Map<string, Tensor<T>> =>
  new Map([...point.values].map(([name, t]) => [name, mapTensor(t, (x) => numbers.number(x))]))

/**
 * The roots and their derivatives by entries of the values, all in one evaluation with dual numbers over `numbers`.
 * `derivatives[r][k]` is ∂roots[r]/∂entries[k], shaped like the root.
 */
export function forward<T>(
  roots: readonly Node[],
  values: Values<T>,
  entries: readonly Entry[],
  numbers: Numbers<T>,
  options: { readonly dims?: Dims; readonly kernels?: boolean } = {},
): { values: Tensor<T>[]; derivatives: Tensor<T>[][] } {
  const zero = numbers.rational(ZERO)
  const one = numbers.rational(ONE)
  const places = new Map<string, Map<number, number>>()
  entries.forEach((e, k) => {
    if (!places.has(e.name)) places.set(e.name, new Map())
    places.get(e.name)!.set(e.index, k)
  })
  const seeded = new Map(
    [...values].map(([name, t]) => [
      name,
      mapTensor(t, (value, i): Dual<T> => {
        const k = places.get(name)?.get(i)
        return k === undefined ? { value, tangent: undefined } : moving(value, k, one)
      }),
    ]),
  )
  const results = evaluate(roots, seeded, dualNumbers(numbers), options)
  return {
    values: results.map((t) => mapTensor(t, (x) => x.value)),
    derivatives: results.map((t) => entries.map((_, k) => mapTensor(t, (x) => slopeOf(x, k) ?? zero))),
  }
}
