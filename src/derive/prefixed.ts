import { ONE, isOne } from '../base/rational.ts'
import type { Shape } from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, isPureProduct, peel } from '../graph/node.ts'

/** Labels of the further axes, beyond those of any product. */
const PREFIX = 1 << 16

/** Adjoints or tangents with further axes that stand before those of a node: of a tensor that is differentiated, of several directions. */
export class Prefixed {
  readonly g: Graph
  readonly prefix: Shape

  constructor(g: Graph, prefix: Shape) {
    this.g = g
    this.prefix = prefix
  }

  /** A derivative as a factor whose last axes carry `labels`. */
  factor(derivative: Node, labels: readonly number[]): Factor {
    return { node: derivative, labels: [...this.prefix.map((_, i) => PREFIX + i), ...labels], exponent: ONE }
  }

  /** Σ of factors, with the further axes and then `labels` as the result's axes. */
  contract(factors: readonly Factor[], labels: readonly number[], shape: Shape, coefficient = ONE): Node {
    return this.g.product(
      coefficient,
      factors,
      [...this.prefix.map((_, i) => PREFIX + i), ...labels],
      [...this.prefix, ...shape],
    )
  }

  /** A value without the further axes, the same along them; scalars are stretched anyway. */
  underPrefix(node: Node): Node {
    if (this.prefix.length === 0 || node.shape.length === 0) return node
    return this.g.stretch(node, [...this.prefix, ...node.shape])
  }

  /** A derivative of a scalar, the same for every entry of a shape; what has that shape as it is. */
  stretched(derivative: Node, shape: Shape): Node {
    const rank = this.prefix.length
    if (derivative.shape.length === rank + shape.length) return derivative
    return this.g.broadcast(
      derivative,
      [...this.prefix, ...shape],
      this.prefix.map((_, i) => i),
    )
  }
}

/**
 * What a linear function that works entry by entry makes of a derivative: the zeros of identities and unit vectors in it
 * stay zeros, so that a diagonal stays a diagonal behind a case distinction.
 */
export function beyondZeros(g: Graph, derivative: Node, linear: (rest: Node) => Node): Node {
  const value = peel(derivative)
  if (value.kind !== 'product' || !isPureProduct(value)) return linear(derivative)
  const isZeros = ({ node, exponent }: Factor): boolean =>
    (node.kind === 'delta' || node.kind === 'basis') && isOne(exponent)
  const factors = factorsOf(value)
  const zeros = factors.filter(isZeros)
  if (zeros.length === 0) return linear(derivative)
  const axes = value.shape.map((_, i) => i)
  const rest = g.product(
    value.coefficient,
    factors.filter((f) => !isZeros(f)),
    axes,
    value.shape,
  )
  const image = linear(rest)
  return g.product(
    ONE,
    [{ node: image, labels: image.shape.length === 0 ? [] : axes, exponent: ONE }, ...zeros],
    axes,
    value.shape,
  )
}
