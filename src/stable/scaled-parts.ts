/** Factors as mantissas and exponents. */
import { ONE, ZERO } from '../base/rational.ts'
import { type Factor, type Graph, constantValue } from '../graph/graph.ts'
import { type Node, peel } from '../graph/node.ts'
import { reaches0 } from '../graph/range.ts'
import { GREATEST, eq, softmaxIn, where } from '../ops/index.ts'
import { isNumberOne, zero } from './build.ts'
import type { Forms } from './forms.ts'

/** The parts of factors, on the labels of these. */
export function scaledFactors(
  f: Forms,
  factors: readonly Factor[],
): { exponents: Factor[]; mantissas: Factor[]; wild: boolean; composite: boolean } | undefined {
  const exponents: Factor[] = []
  const mantissas: Factor[] = []
  let wild = false
  let composite = false
  for (const h of factors) {
    const part = f.scaled(h.node)
    if (!part) {
      mantissas.push(h)
      continue
    }
    wild ||= part.wild && !softmaxIn(f.g, h.node, peel)
    composite ||= part.composite
    const labels = (n: Node): readonly number[] => (n.shape.length === 0 ? [] : h.labels)
    exponents.push({ node: part.exponent, labels: labels(part.exponent), exponent: h.exponent })
    if (!isNumberOne(part.mantissa))
      mantissas.push({ node: part.mantissa, labels: labels(part.mantissa), exponent: h.exponent })
  }
  return exponents.length === 0 ? undefined : { exponents, mantissas, wild, composite }
}

/** Σ eᵢ·zᵢ on axes that are labels. */
export const sumOn = (
  g: Graph,
  parts: readonly Factor[],
  labels: readonly number[],
  shape: Node['shape'],
): Node =>
  g.sum(
    parts.map((p) => ({
      coefficient: p.exponent,
      node: g.product(ONE, [{ ...p, exponent: ONE }], labels, shape),
    })),
    ZERO,
    shape,
  )

/**
 * An exponent where its weight is not 0: what does not count must not decide the shift. Only of weights that nothing is
 * differentiated by: e^z is the derivative by a weight that is 0.
 */
export function counted(f: Forms, weight: Node, exponent: Node): Node {
  const { g } = f
  if (constantValue(weight) || !reaches0(weight.range) || !f.isGiven(weight)) return exponent
  return where(g, g.apply(eq, [weight, zero(g)]), g.constant(GREATEST.neg()), exponent)
}
