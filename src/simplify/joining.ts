/** Sums of products over the same axes as one: what is equal case by case stands inside of them. For proofs only. */
import { ONE, ZERO, isZero } from '../base/rational.ts'
import { type Factor, type Graph, type Term, factorsOf, termsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, isContraction } from '../graph/node.ts'
import { isElement } from '../graph/product.ts'
import type { Rule } from './rule.ts'
import { withFactors } from './terms.ts'

/** A term as a sum over axes: s·Σ f, the factors outside and those inside. */
function sumOf({ node }: Term): ProductNode | undefined {
  return node.kind === 'product' && isContraction(node) && !isElement(node) ? node : undefined
}

/** The factors of a in which it differs from b, all others being the same; each as one product on its own labels. */
function differing(a: ProductNode, b: ProductNode): [Factor[], Factor[]] | undefined {
  const left = factorsOf(a)
  const right = factorsOf(b)
  for (const f of [...left]) {
    const i = right.findIndex(
      (h) => h.node === f.node && h.labels.join() === f.labels.join() && h.exponent.equals(f.exponent),
    )
    if (i < 0) continue
    right.splice(i, 1)
    left.splice(left.indexOf(f), 1)
  }
  return left.length > 0 && right.length > 0 ? [left, right] : undefined
}

/** Factors as one tensor on these labels. */
const tensor = (g: Graph, factors: readonly Factor[], labels: readonly number[], of: ProductNode): Node =>
  g.product(
    ONE,
    factors,
    labels,
    labels.map((l) => of.extents[l]!),
  )

export const joining: readonly Rule[] = [
  {
    name: 'sums over the same axes',
    zh: '合并同轴求和',
    on: 'sum',
    law: 'Σf·w − Σh·w = Σ(f − h)·w',
    example: 'param a[3], b[3]\nloss J = sum(exp(a) * b) - sum(exp(b) * b)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'sum' || !isZero(node.constant)) return undefined
      const terms = termsOf(node)
      for (const [i, t] of terms.entries()) {
        const a = sumOf(t)
        if (!a) continue
        for (const o of terms.slice(i + 1)) {
          const b = sumOf(o)
          if (!b || a.extents.length !== b.extents.length || !a.extents.every((e, l) => e === b.extents[l]))
            continue
          const parts = differing(a, b)
          if (!parts) continue
          const labels = [...new Set(parts.flat().flatMap((f) => f.labels))].sort((x, y) => x - y)
          const [f, h] = parts.map((p) => tensor(g, p, labels, a)) as [Node, Node]
          const inner = g.sum(
            [
              { coefficient: t.coefficient, node: f },
              { coefficient: o.coefficient, node: h },
            ],
            ZERO,
            f.shape,
          )
          const own = withoutParts(g, a, parts[0], { node: inner, labels, exponent: ONE })
          return g.sum(
            [...terms.filter((x) => x !== t && x !== o), { coefficient: ONE, node: own }],
            ZERO,
            node.shape,
          )
        }
      }
      return undefined
    },
  },
]

function withoutParts(g: Graph, a: ProductNode, gone: readonly Factor[], by: Factor): Node {
  const left = [...gone]
  const kept = factorsOf(a).filter((f) => {
    const i = left.findIndex((h) => h.node === f.node && h.labels === f.labels)
    if (i >= 0) left.splice(i, 1)
    return i < 0
  })
  return withFactors(g, a, [...kept, by])
}
