/** How well a program is conditioned at a point: measured, by moving the data a little. */
import { random } from '../base/random.ts'
import { doubles } from '../graph/doubles.ts'
import { type Node, type Symbol, isWholeNumbers } from '../graph/node.ts'
import { type Values, evaluateAll } from './evaluate.ts'
import type { Point } from './points.ts'
import { type Tensor, magnitude } from './tensor.ts'

/** By how much entries are moved, relative to them: far above the rounding of doubles, far below what people mean by it. */
const MOVE = 2 ** -40
/** Two directions, so that one along which nothing happens to change does not decide. */
const DIRECTIONS = 2
/** What is zero is so up to rounding in values of ordinary size. */
const LEAST_SIZE = 1e-6

/** A random point is well conditioned up to this amplification: ten of sixteen digits are left. */
export const WELL = 1e6
/** From here on values in doubles have no digit worth comparing: a matrix is singular, say. */
export const HOPELESS = 1e10

/**
 * The greatest relative change of any value on the way to the roots, over the relative change of the data: a condition
 * number, estimated as Kahan does, by trying. Infinite where a root is not finite. An inverse of a singular matrix
 * changes altogether. (Values that are not finite and do not reach a root are of branches that are not taken.)
 */
export function amplification(
  roots: readonly Node[],
  point: Point,
  symbols: readonly Symbol[],
  here: ReadonlyMap<Node, Tensor<number>> = evaluateAll(roots, point.values, doubles, { dims: point.dims }),
): number {
  const isFinite = (all: ReadonlyMap<Node, Tensor<number>>): boolean =>
    roots.every((r) => all.get(r)!.data.every(Number.isFinite))
  if (!isFinite(here)) return Infinity
  let most = 0
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    const moved = evaluateAll(roots, movedBy(point, symbols, direction), doubles, { dims: point.dims })
    if (!isFinite(moved)) return Infinity
    for (const [node, { data }] of here) {
      const after = moved.get(node)!.data
      const change = magnitude(data.map((x, i) => (x === after[i] ? 0 : x - after[i]!)))
      const size = Math.max(magnitude(data), LEAST_SIZE)
      if (change > 0 && Number.isFinite(change) && Number.isFinite(size))
        most = Math.max(most, change / size / MOVE)
    }
  }
  return most
}

/** What is whole (zeros and ones by assumption, hyperparameters, which may be exponents) stays. */
function movedBy({ seed, values }: Point, symbols: readonly Symbol[], direction: number): Values<number> {
  const rng = random(`moved ${seed} ${direction}`)
  const moved = new Map(values)
  for (const symbol of symbols) {
    const { name, role, assumptions } = symbol
    const value = values.get(name)
    if (
      !value ||
      role === 'hyper' ||
      isWholeNumbers(symbol) ||
      assumptions.has('onehot') ||
      assumptions.has('binary')
    )
      continue
    moved.set(name, { ...value, data: value.data.map((x) => x * (1 + MOVE * rng.pick([-1, 1]))) })
  }
  return moved
}
