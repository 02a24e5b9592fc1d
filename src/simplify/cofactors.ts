/** Determinants beside the inverses of their matrices, for running. */
import { ONE, isOne, minus } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, peel } from '../graph/node.ts'
import { adj, det, inv } from '../ops/index.ts'
import type { Rule } from './rule.ts'
import { chainOf } from './rules/matrices.ts'

/** Products within products, and names, are seen through to this depth. */
const DEEPEST = 6

const isDet = (n: Node): boolean => n.kind === 'apply' && n.op === det

/** The node times the determinant of `a`, where an inverse of `a` is a factor of it. */
function timesDeterminant(g: Graph, node: Node, a: Node, depth = 0): Node | undefined {
  const value = peel(node)
  if (value.kind === 'apply' && value.op === inv && peel(value.args[0]!) === a) return g.matrix(adj, a)
  if (value.kind !== 'product' || depth > DEEPEST) return undefined
  const factors = factorsOf(value)
  for (const f of factors) {
    const to = isOne(f.exponent) ? timesDeterminant(g, f.node, a, depth + 1) : undefined
    if (!to) continue
    const changed = factors.map((x) => (x === f ? { ...f, node: to } : x))
    const axes = value.shape.map((_, i) => i)
    return g.product(value.coefficient, changed, axes, value.shape)
  }
  return undefined
}

/** The square matrices that a matrix is the product of, as seen through names: A, X and B of A X B. */
function squaresIn(matrix: Node, depth = 0): readonly Node[] {
  const value = peel(matrix)
  const isPlain = value.kind === 'product' && isOne(value.coefficient)
  const chain = isPlain && depth <= DEEPEST ? chainOf(value) : undefined
  return chain ? chain.flatMap((c) => squaresIn(c.matrix, depth + 1)) : [value]
}

/** What is left of the determinant of a product without one of its matrices. */
const otherDeterminants = (g: Graph, all: readonly Node[], at: number): readonly Factor[] =>
  all.filter((_, i) => i !== at).map((matrix) => ({ node: g.matrix(det, matrix), labels: [], exponent: ONE }))

export const cofactorRules: readonly Rule[] = [
  {
    name: 'cofactors',
    zh: '代数余子式',
    on: 'product',
    law: 'det A · A⁻¹ = adj A, det(A B) · A⁻¹ = det B · adj A',
    example: 'param A[3, 3], B[3, 3]\nloss J = det(A) * sum(tanh(B) @ inv(A)) + det(A @ B)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      for (const d of factors) {
        const value = peel(d.node)
        // A root or a part of a determinant is none.
        if (!isDet(value) || d.exponent.d !== 1n || d.exponent.n < 1n) continue
        const left: Factor = { ...d, exponent: minus(d.exponent, ONE) }
        const whole = peel(value.args[0]!)
        const parts = squaresIn(whole)
        const candidates = [
          { a: whole, others: [] },
          ...(parts.length > 1 ? parts.map((a, i) => ({ a, others: otherDeterminants(g, parts, i) })) : []),
        ]
        for (const { a, others } of candidates)
          for (const f of factors) {
            const to = f !== d && isOne(f.exponent) ? timesDeterminant(g, f.node, a) : undefined
            if (to)
              return g.product(
                node.coefficient,
                [...factors.map((x) => (x === f ? { ...f, node: to } : x === d ? left : x)), ...others],
                node.shape.map((_, i) => i),
                node.shape,
              )
          }
      }
      return undefined
    },
  },
]
