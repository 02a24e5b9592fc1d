/** Operators as mantissa·e^exponent of their argument. */
import { HALF, MINUS_ONE, ONE, TWO } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import type { ApplyNode, Node } from '../graph/node.ts'
import type { Pointwise } from '../graph/operator.ts'
import {
  abs,
  cosh,
  erfc,
  erfcscaled,
  exp,
  expm1,
  lt,
  remainder,
  remainderIn,
  sigmoid,
  sign,
  sinh,
  softplus,
  where,
} from '../ops/index.ts'
import { one, shiftedBy, whereAbove0, zero } from './build.ts'
import type { Scaled } from './forms.ts'

/** Near 0 the value itself, whose slope is 0 there; beyond, e^|u| and what is left of it. */
function beyondOne(g: Graph, u: Node, near: Node, far: (size: Node) => Node): Scaled {
  const size = g.apply(abs, [u])
  const isNear = g.apply(lt, [size, one(g)])
  return {
    exponent: where(g, isNear, zero(g), size),
    mantissa: where(g, isNear, near, far(size)),
    wild: true,
    composite: true,
  }
}
/** (1 + e^(−2|u|))/2 is cosh u without e^|u|. */
const coshMantissa = (g: Graph, size: Node): Node =>
  shiftedBy(g, g.apply(exp, [g.scale(TWO.neg(), size)]), HALF, HALF)
/** (1 − e^(−2|u|))/2 is |sinh u| without it. */
const sinhMantissa = (g: Graph, size: Node): Node =>
  g.scale(HALF.neg(), g.apply(expm1, [g.scale(TWO.neg(), size)]))

type Row = (g: Graph, u: Node) => Scaled

/** By the operator, in terms of its argument. */
const rows: ReadonlyMap<ApplyNode['op'], Row> = new Map<ApplyNode['op'], Row>([
  [exp, (g, u) => ({ exponent: u, mantissa: one(g), wild: true, composite: false })],
  [
    sigmoid,
    (g, u) => ({
      exponent: g.negate(g.apply(softplus, [g.negate(u)])),
      mantissa: one(g),
      wild: false,
      composite: false,
    }),
  ],
  [cosh, (g, u) => beyondOne(g, u, g.apply(cosh, [u]), (size) => coshMantissa(g, size))],
  [
    sinh,
    (g, u) =>
      beyondOne(g, u, g.apply(sinh, [u]), (size) => g.multiply(g.apply(sign, [u]), sinhMantissa(g, size))),
  ],
  [
    // erfc(u) = e^(−u²)·erfcx(u) for u > 0
    erfc,
    (g, u) => ({
      exponent: g.negate(whereAbove0(g, u, g.power(u, TWO), zero(g))),
      mantissa: g.apply(erfcscaled, [u]),
      wild: true,
      composite: true,
    }),
  ],
  [
    expm1,
    (g, u) => ({
      exponent: whereAbove0(g, u, u, zero(g)),
      mantissa: whereAbove0(g, u, g.negate(g.apply(expm1, [g.negate(u)])), g.apply(expm1, [u])),
      wild: true,
      composite: true,
    }),
  ],
])

/** Of Taylor remainders, by how many terms are left out. */
const remainderRows: ReadonlyMap<Pointwise, readonly (Row | undefined)[]> = new Map([
  [
    sinh,
    [
      undefined,
      (g, u) =>
        beyondOne(g, u, g.apply(remainder(sinh, 1), [u]), (size) => g.divide(sinhMantissa(g, size), size)),
    ],
  ],
  [
    expm1,
    [
      undefined,
      // (e^u − 1)/u = e^u·(1 − e^(−u))/u for u > 0
      (g, u) => {
        const r = remainder(expm1, 1)
        return {
          exponent: whereAbove0(g, u, u, zero(g)),
          mantissa: whereAbove0(g, u, g.apply(r, [g.negate(u)]), g.apply(r, [u])),
          wild: true,
          composite: true,
        }
      },
      // (e^u − 1 − u)/u² = e^u·(1 − (1 + u)·e^(−u))/u², where u > 1
      (g, u) => {
        const above = g.apply(lt, [one(g), u])
        const rest = g.multiply(shiftedBy(g, u, ONE), g.apply(exp, [g.negate(u)]))
        return {
          exponent: where(g, above, u, zero(g)),
          mantissa: where(
            g,
            above,
            g.divide(shiftedBy(g, rest, ONE, MINUS_ONE), g.power(u, TWO)),
            g.apply(remainder(expm1, 2), [u]),
          ),
          wild: true,
          composite: true,
        }
      },
    ],
  ],
])

/** A value of one of these operators, in terms of its argument. */
export function scaledOperator(g: Graph, { op, args }: ApplyNode): Scaled | undefined {
  const left = op.kind === 'pointwise' ? remainderIn(op) : undefined
  const row = left ? remainderRows.get(left.of)?.[left.k] : rows.get(op)
  return row?.(g, args[0]!)
}
