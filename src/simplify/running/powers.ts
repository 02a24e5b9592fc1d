/**
 * Powers whose exponents are the positions along an axis, xᵢʲ⁻¹ for j in 1..n, as running products: each is the one before it
 * times the base. A call of the power function costs some fifty multiplications. What is lost is a rounding for each step, which is
 * what an exponent of that size makes of the rounding of its base in any case.
 */
import { ONE, rational } from '../../base/rational.ts'
import { positionsIn } from '../../graph/bracket.ts'
import { addExtents, sizeOf } from '../../graph/extent.ts'
import type { Graph } from '../../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SymbolNode,
  isPureProduct,
} from '../../graph/node.ts'
import { runningIndex } from '../../graph/scan.ts'
import { transform } from '../../graph/traverse.ts'
import { pow } from '../../ops/index.ts'

/** Fewer powers than these are found one by one, or written out. */
const MANY = 1024
const MANY_STEPS = 4
/** So many powers at most are found one by one, those of negative exponents: running products go on from x⁰. */
const MOST_GIVEN = 4

/** The roots with powers by positions as recurrences. */
export const withRunningPowers = (g: Graph, roots: readonly Node[]): readonly Node[] =>
  transform(g, roots, (rebuilt) =>
    rebuilt.kind === 'apply' && rebuilt.op === pow ? running(g, rebuilt) : rebuilt,
  )

function running(g: Graph, node: ApplyNode): Node {
  const [base, exponent] = node.args as [Node, Node]
  const form = exponent.shape.length === node.shape.length ? positionsIn(exponent) : undefined
  if (!form || typeof form.offset !== 'number' || (sizeOf(node.shape) ?? MANY) < MANY) return node
  const along = form.coefficients.flatMap((c, axis) => (c === 0 ? [] : [axis]))
  const [axis] = along
  if (along.length !== 1 || axis === undefined) return node
  const x = without(g, base, axis)
  const length = node.shape[axis]!
  const step = form.coefficients[axis]!
  const falls = step < 0
  // The exponent from which they go away from 0.
  const first = !falls
    ? form.offset
    : typeof length === 'number'
      ? form.offset + step * (length - 1)
      : undefined
  if (!x || first === undefined) return node
  const given = first >= 0 ? 1 : Math.ceil(-first / Math.abs(step)) + 1
  if (typeof length === 'number' ? length < given + MANY_STEPS || given > MOST_GIVEN : given > 1) return node

  const { samples } = x
  const name = `pow$${node.id}`
  const before = g.symbol({
    name,
    role: 'member',
    shape: x.shape,
    assumptions: new Set(),
    samples,
  }) as SymbolNode
  const steps = addExtents(length, -given)
  const [all] = g.scan({
    index: g.symbol(runningIndex(name, 1, steps)) as SymbolNode,
    from: 1,
    length: steps,
    falls,
    axis: 0,
    families: [{ name, given }],
    reads: [{ symbol: before, which: 0, back: 1 }],
    histories: [],
    takes: [],
    initial: [firstPowers(g, x, first, step, given)],
    bodies: [g.multiply(before, g.power(x, rational(Math.abs(step))))],
  })
  const order = x.shape.map((_, i) => i + 1)
  order.splice(axis, 0, 0)
  return g.transpose(all!, order)
}

/** The powers from which running products go on, along a first axis. */
function firstPowers(g: Graph, x: Node, first: number, step: number, given: number): Node {
  const shape = [given, ...x.shape]
  const axes = x.shape.map((_, i) => i + 1)
  if (given === 1)
    return first === 0 ? g.full(ONE, shape) : g.broadcast(g.power(x, rational(first)), shape, axes)
  const start = step > 0 ? first - step : first - given * step
  const exponents = g.sum([{ coefficient: rational(step), node: g.iota(given) }], rational(start), [given])
  return g.apply(pow, [g.broadcast(x, shape, axes), g.broadcast(exponents, shape, [0])])
}

/** A tensor that does not depend on an axis as one of the other axes; undefined where it does. */
function without(g: Graph, node: Node, axis: number): Node | undefined {
  if (node.shape.length === 0) return node
  if (!isPureProduct(node)) return undefined
  const product = node as ProductNode
  if (product.labels.some((labels) => labels.includes(axis))) return undefined
  return g.restrict(
    product,
    node.shape.map((_, i) => i).filter((i) => i !== axis),
  )
}
