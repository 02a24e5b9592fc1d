import {
  HALF,
  MINUS_ONE,
  ONE,
  type Rational,
  TWO,
  ZERO,
  isOne,
  isPositive,
  isZero,
  times,
} from '../../base/rational.ts'
import type { Shape } from '../../graph/extent.ts'
import { type Graph, factorsOf, termsOf } from '../../graph/graph.ts'
import { type Node, isContraction, isPureProduct, peel } from '../../graph/node.ts'
import { abs, finite, gt, max, reducemax, stretchBack, where } from '../../ops/index.ts'
import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'
import { withFactors } from '../terms.ts'
import { normOf } from './zeros.ts'

/** c·x², or c·Σ x² over some axes of x. */
interface Square {
  readonly coefficient: Rational
  readonly x: Node
  readonly axes: readonly number[]
}

/** A square, or a multiple of a sum of some, as seen through names, that nothing has scaled. */
function squaresIn(node: Node): readonly Square[] | undefined {
  const value = peel(node)
  const isMultiple =
    value.kind === 'product' && isPureProduct(value) && value.args.length === 1 && isOne(value.exponents[0]!)
  if (isMultiple) {
    const [labels] = value.labels
    const inPlace = labels!.length === value.shape.length && labels!.every((l, i) => l === i)
    const inner = inPlace && isPositive(value.coefficient) ? squaresIn(value.args[0]!) : undefined
    return inner?.map((s) => ({ ...s, coefficient: times(s.coefficient, value.coefficient) }))
  }
  if (value.kind !== 'sum') {
    const square = isContraction(value) ? squareOf(value, ONE) : undefined
    return square && [square]
  }
  if (!isZero(value.constant) || value.args.some((a) => a.shape.length !== value.shape.length))
    return undefined
  const squares = termsOf(value).flatMap((t) => squareOf(t.node, t.coefficient) ?? [])
  return squares.length === value.args.length ? squares : undefined
}

/** Names without letters are this phase's own. */
function squareOf(node: Node, coefficient: Rational): Square | undefined {
  const value = peel(node)
  if (value.kind !== 'product' || normOf(value)?.degree !== 2 || !isPositive(coefficient)) return undefined
  if (!value.exponents[0]!.equals(2)) return undefined
  const x = value.args[0]!
  const [labels] = value.labels
  const rank = value.shape.length
  const isScaled = x.kind === 'equation' && x.name === ''
  // The axes that stay are in their order.
  if (isScaled || !labels!.filter((l) => l < rank).every((l, i) => l === i)) return undefined
  if (labels!.filter((l) => l < rank).length !== rank) return undefined
  return {
    coefficient: times(coefficient, value.coefficient),
    x,
    axes: labels!.flatMap((l, axis) => (l >= rank ? [axis] : [])),
  }
}

/** The root of a sum of squares by entries of at most 1: no square overflows or vanishes. */
function scaledNorm(g: Graph, squares: readonly Square[], shape: Shape): Node {
  const greatest = squares
    .map(({ x, axes }) => {
      const size = g.apply(abs, [x])
      return axes.length === 0 ? size : g.reduce(reducemax, size, axes)
    })
    .reduce((a, b) => g.apply(max, [a, b]))
  // Of nothing but zeros, and of infinities, the entries are what they are.
  const m = finite(g, where(g, g.apply(gt, [greatest, g.constant(ZERO)]), greatest, g.constant(ONE)), ONE)
  const scaled = squares.map(({ coefficient, x, axes }) => {
    const entry = g.equation('', g.multiply(x, g.power(stretchBack(g, m, x, axes), MINUS_ONE)))
    return { coefficient, node: g.sumOver(g.power(entry, TWO), axes) }
  })
  return g.equation('', g.multiply(m, g.power(g.sum(scaled, ZERO, shape), HALF)))
}

export const normRules: readonly Rule[] = [
  {
    name: 'scaled norm',
    zh: '缩放后的范数',
    on: 'product',
    law: '√(Σx²) = m·√(Σ(x/m)²), m = max |x|, √(x² + y²) = m·√((x/m)² + (y/m)²)',
    example:
      'param a[3], b[2, 3], c\nloss J = norm(a) + sum(a^2)^(3/2) + sum(sum(b^2, axis=2)^(-1/2)) + sqrt(c^2 + 2 * sum(a^2))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const root = factors.find((f) => f.exponent.d === 2n && squaresIn(f.node))
      if (!root) return undefined
      const norm = {
        ...root,
        node: scaledNorm(g, squaresIn(root.node)!, root.node.shape),
        exponent: times(root.exponent, TWO),
      }
      return withFactors(
        g,
        node,
        factors.map((f) => (f === root ? norm : f)),
      )
    },
  },
  row({
    name: 'root of a square',
    zh: '平方的根',
    law: '(k * u^2)^p = k^p * abs(u)^(2 * p) where k > 0, p : half',
    named: true,
    example: 'param a[3], b\nloss J = sum(b * sqrt(9 * a^2)) + sum((2 * a^2)^(3/2))',
  }),
]
