/** Sums of quotients whose poles cancel. */
import { ONE, type Rational, compare, isInteger, isZero } from '../base/rational.ts'
import { type Factor, type Graph, constantValue, termsOf } from '../graph/graph.ts'
import { type Node, type SumNode, peel } from '../graph/node.ts'
import { reaches0 } from '../graph/range.ts'
import { abs, lt, remainder, where } from '../ops/index.ts'
import { asFactors } from '../simplify/terms.ts'
import type { Forms } from './forms.ts'
import { joined } from './joined.ts'
import { withRemainders } from './remainders.ts'
import { vanishing } from './vanishing.ts'

/**
 * A difference of quotients that have a pole at the same point: 1/x − 1/(eˣ − 1). With f(t) = t·(f(t)/t) the pole is a common
 * factor x⁻ᵏ, and what is left is a sum of functions that are 1 there, which their complements say without a difference.
 */
export function withoutPoles(f: Forms, sum: SumNode): Node | undefined {
  const { g } = f
  if (!isZero(sum.constant) || sum.args.length > MOST_TERMS) return undefined
  const axes = sum.shape.map((_, i) => i)
  const terms = termsOf(sum).map((t) => ({ ...asFactors(t.node), scale: t.coefficient }))
  for (const x of poles(g, terms[0]!.factors)) {
    const parts = terms.map(({ coefficient, factors, scale }) => {
      const found = factors.flatMap((h): Factor[] => {
        const v = vanishing(g, h.node)
        const same = v && !v.log && peel(v.t) === peel(x.node) && h.labels.join() === x.labels.join()
        if (!same || !isInteger(h.exponent)) return [h]
        return [
          { ...h, node: g.apply(remainder(v.op, 1), [v.t]) },
          { ...x, exponent: h.exponent },
        ]
      })
      const order = found
        .filter((h) => peel(h.node) === peel(x.node) && h.labels.join() === x.labels.join())
        .reduce((e, h) => e.add(h.exponent), ONE.sub(ONE))
      return { coefficient: coefficient.mul(scale), factors: found, order }
    })
    const lowest = parts.reduce((e, p) => (compare(e, p.order) < 0 ? e : p.order), parts[0]!.order)
    if (!isInteger(lowest) || lowest.compare(0) >= 0) continue
    const inner = parts.map((p) => ({
      scale: p.coefficient,
      node: g.product(ONE, joined([...p.factors, { ...x, exponent: lowest.neg() }]), axes, sum.shape),
    }))
    // Σ cᵢFᵢ with Fᵢ = 1 at the pole, or 0, is −Σ cᵢ(1 − Fᵢ) where the numbers cancel.
    const all = inner.map(({ scale, node }) => {
      const number = constantValue(node)
      if (number) return { value: scale.mul(number), term: undefined }
      if (vanishesWith(node, x)) return { value: ONE.sub(ONE), term: { coefficient: scale, node } }
      const complement = f.complement(node)
      return complement && { value: scale, term: { coefficient: scale.neg(), node: complement } }
    })
    if (all.some((a) => a === undefined)) continue
    if (!isZero(all.reduce((s, a) => s.add(a!.value), ONE.sub(ONE)))) continue
    const near = g.sum(
      all.flatMap((a) =>
        a!.term
          ? [
              {
                coefficient: a!.term.coefficient,
                node: divided(g, a!.term.node, x, lowest, sum.shape),
              },
            ]
          : [],
      ),
      ONE.sub(ONE),
      sum.shape,
    )
    // Parts that leave the range of doubles do so far from the pole.
    if (!terms.some((t) => t.factors.some((h) => f.scaled(h.node)?.wild))) return near
    const distance = g.apply(abs, [g.product(ONE, [{ ...x, exponent: ONE }], axes, sum.shape)])
    return where(g, g.apply(lt, [distance, g.constant(ONE)]), near, sum)
  }
  return undefined
}
const MOST_TERMS = 6

/** Whether x itself is a factor. */
const vanishesWith = (node: Node, x: Factor): boolean =>
  asFactors(node).factors.some((h) => peel(h.node) === peel(x.node) && h.exponent.compare(0) > 0)

/** A term over xᵏ; a sum term by term, so that each may have its limit. */
function divided(g: Graph, node: Node, x: Factor, least: Rational, shape: Node['shape']): Node {
  const axes = shape.map((_, i) => i)
  const over = (n: Node): Node => {
    const { coefficient, factors } = asFactors(n)
    const product = g.product(coefficient, joined([...factors, { ...x, exponent: least }]), axes, shape)
    return product.kind === 'product' ? (withRemainders(g, product) ?? product) : product
  }
  const value = node.kind === 'sum' && isZero(node.constant) ? node : undefined
  return value
    ? g.sum(
        termsOf(value).map((t) => ({ ...t, node: over(t.node) })),
        value.constant,
        shape,
      )
    : over(node)
}

/** Where a term of a sum may have a pole: x of x⁻ᵏ, t of f(t)⁻ᵏ. */
function poles(g: Graph, factors: readonly Factor[]): Factor[] {
  return factors.flatMap((h) => {
    if (h.exponent.compare(0) >= 0 || !isInteger(h.exponent) || !reaches0(h.node.range)) return []
    const v = vanishing(g, h.node)
    return [v && !v.log ? { ...h, node: v.t } : h]
  })
}
