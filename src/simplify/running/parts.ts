import { HALF, MINUS_ONE, ONE, type Rational, TWO, ZERO, isNegative } from '../../base/rational.ts'
import type { Graph } from '../../graph/graph.ts'
import { type Node, isPureProduct } from '../../graph/node.ts'
import { abs, exp, ge, log1p, lt, max, select, tanh } from '../../ops/index.ts'
import type { Rule } from '../rule.ts'

/*
 * Functions of one exponential of −|u|, which neither overflows nor cancels: σ(u), σ(−u), their product, softplus(u) and
 * softplus(−u) share it. The parts are nodes like all others, so that values and slopes have them in common. Their names
 * keep the normal form from dissolving a part into its users.
 */

const isMinus = (u: Node): boolean => u.kind === 'product' && isPureProduct(u) && isNegative(u.coefficient)

/** Of u and −u the one without a minus sign, and whether it is −u. */
const upright = (g: Graph, u: Node): { w: Node; turned: boolean } =>
  isMinus(u) ? { w: g.negate(u), turned: true } : { w: u, turned: false }

/** exp(−k|w|) */
const decay = (g: Graph, w: Node, k: Rational): Node =>
  g.equation('decay', g.apply(exp, [g.scale(k.neg(), g.apply(abs, [w]))]))

const onePlus = (g: Graph, t: Node): Node => g.sum([{ coefficient: ONE, node: t }], ONE, t.shape)

/** σ(|w|) and σ(−|w|). */
function sides(g: Graph, w: Node): { large: Node; small: Node } {
  const t = decay(g, w, ONE)
  const large = g.equation('large', g.power(onePlus(g, t), MINUS_ONE))
  return { large, small: g.equation('small', g.multiply(t, large)) }
}

/** σ(u)·σ(−u) */
export function sigmoidSlope(g: Graph, u: Node): Node {
  const { large, small } = sides(g, upright(g, u).w)
  return g.multiply(large, small)
}

export const partRules: readonly Rule[] = [
  {
    name: 'sigmoid by a decaying exponential',
    zh: '衰减指数计算 S 型函数',
    on: 'sigmoid',
    law: 'σ(u) = 1/(1 + t) for u ≥ 0, t/(1 + t) for u < 0, t = exp(−|u|)',
    example: 'param a[3]\nloss J = sum(sigmoid(a) * sigmoid(-2 * a))',
    rewrite: (node, { g }) => {
      const { w, turned } = upright(g, node.args[0]!)
      const { large, small } = sides(g, w)
      return g.apply(select, [
        g.apply(ge, [w, g.constant(ZERO)]),
        ...(turned ? [small, large] : [large, small]),
      ])
    },
  },
  {
    name: 'softplus by a decaying exponential',
    zh: '衰减指数计算 softplus',
    on: 'softplus',
    law: 'softplus(u) = max(u, 0) + log(1 + t), t = exp(−|u|)',
    example: 'param a[3]\nloss J = sum(softplus(a) * softplus(-2 * a))',
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      return g.add(g.apply(max, [u, g.constant(ZERO)]), g.apply(log1p, [decay(g, upright(g, u).w, ONE)]))
    },
  },
  {
    name: 'slope of tanh',
    zh: '双曲正切的导数',
    on: 'sechsquare',
    law: '1 − h² = exp(−2|u|)·(1 + |h|)², h = tanh u, taken where h² ≥ ½',
    example: 'param a[3]\nloss J = sum(a * (1 - tanh(a)^2) + a * (1 - tanh(9 * a)^2))',
    rewrite: (node, { g }) => {
      // 1 + |h| is 2/(1 + t), t = exp(−2|u|), and 1 − h² is 4t/(1 + t)². An exponential only where it is needed.
      const u = node.args[0]!
      const h = g.apply(tanh, [u])
      const square = g.power(h, TWO)
      const sum = (terms: readonly (readonly [Rational, Node])[]): Node =>
        g.sum(
          terms.map(([coefficient, n]) => ({ coefficient, node: n })),
          ONE,
          u.shape,
        )
      const large = sum([
        [ONE, square],
        [TWO, g.apply(abs, [h])],
      ])
      return g.apply(select, [
        g.apply(lt, [square, g.constant(HALF)]),
        sum([[MINUS_ONE, square]]),
        g.multiply(large, decay(g, upright(g, u).w, TWO)),
      ])
    },
  },
]
