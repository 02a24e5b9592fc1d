/**
 * Matrices are factorised once, and what an inverse is multiplied by is solved for: fewer operations than to form the
 * inverse, and smaller residuals (Higham, Accuracy and Stability of Numerical Algorithms, section 14.1).
 */
import { isOne } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, isContraction, peel } from '../graph/node.ts'
import { lu, ludet, lulogdet, solve } from '../ops/index.ts'
import { dissolved, holdsSolve, isSolve, opened, productOf } from './einsum.ts'
import { distributed, withFewerSides } from './right-hand-sides.ts'
import type { Rule } from './rule.ts'
import { isSymmetric } from './symmetric.ts'

const factorised = (g: Graph, a: Node): Node => g.matrix(lu, peel(a))

export const solveRules: readonly Rule[] = [
  {
    name: 'determinant of factors',
    zh: '分解的行列式',
    on: 'det',
    law: 'det A = ±Π uᵢᵢ, P A = L U',
    example: 'param A[3, 3]\nloss J = det(A)',
    rewrite: (node, { g }) => g.matrix(ludet, factorised(g, node.args[0]!)),
  },
  {
    name: 'log-determinant of factors',
    zh: '分解的对数行列式',
    on: 'logdet',
    law: 'log det A = Σ log |uᵢᵢ|, P A = L U',
    example: 'param A[3, 3]\nloss J = logdet(A @ A.T + eye(3))',
    rewrite: (node, { g }) => g.matrix(lulogdet, factorised(g, node.args[0]!)),
  },
  {
    name: 'inverse as solutions',
    zh: '用方程组的解表示逆',
    on: 'inv',
    law: 'A⁻¹ is the X of A X = 1',
    example: 'param A[3, 3]\nloss J = sum(tanh(inv(A)))',
    rewrite: (node, { g }) => {
      const { shape } = node
      const rank = shape.length
      const axes = shape.map((_, i) => i)
      const identity = g.broadcast(g.delta(shape.at(-1)!), shape, axes.slice(-2))
      const solutions = g.matrix(solve, factorised(g, node.args[0]!), identity)
      return g.transpose(solutions, [...axes.slice(0, -2), rank - 1, rank - 2])
    },
  },
  {
    name: 'inverse of a symmetric matrix',
    zh: '对称矩阵的逆',
    on: 'product',
    law: 'A⁻ᵀ = A⁻¹ for a symmetric A',
    example: 'param A[3, 2]\nS = A @ A.T + eye(3)\nloss J = sum(tanh(inv(S).T))',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || node.shape.length < 2) return undefined
      let changed = false
      const factors = factorsOf(node).map((f): Factor => {
        const [a, b] = f.labels
        if (f.labels.length !== 2 || a! <= b! || !isSolve(f.node) || f.node.args[1]!.kind !== 'delta')
          return f
        if (!isSymmetric(g, f.node.args[0]!.args[0]!)) return f
        changed = true
        return { ...f, labels: [b!, a!] }
      })
      const { coefficient, shape } = node
      const out = shape.map((_, i) => i)
      return changed ? g.product(coefficient, factors, out, shape) : undefined
    },
  },
  {
    name: 'fewest right-hand sides',
    zh: '最少的右端项',
    on: 'product',
    law: 'A⁻¹ R B = A⁻¹ (R B), aᵀ A⁻¹ R = (A⁻ᵀ a)ᵀ R',
    example: 'param A[3, 3], B[3, 2], a[3], b[2]\nloss J = a @ inv(A) @ B @ b',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || !isContraction(node) || !holdsSolve(node)) return undefined
      const plain = opened(g, productOf(node))
      const nested = plain.factors.flatMap((f) => {
        const value = peel(f.node)
        if (!isOne(f.exponent) || !isContraction(value)) return []
        const inner = opened(g, dissolved(g, plain, f, value as ProductNode))
        return inner.factors.some((x) => isSolve(peel(x.node))) ? [inner] : []
      })
      for (const p of [plain, ...nested])
        for (const f of p.factors) {
          if (!isOne(f.exponent) || !isSolve(peel(f.node))) continue
          const to = withFewerSides(g, p, f)
          if (to) return to
        }
      return undefined
    },
  },
  {
    name: 'solutions of sums',
    zh: '和的解',
    on: 'product',
    law: '(A⁻¹ + B) v = A⁻¹ v + B v',
    example: 'param A[3, 3], B[3, 3], v[3]\nloss J = sum((inv(A) + B) @ v)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || !isContraction(node) || !holdsSolve(node)) return undefined
      const p = opened(g, productOf(node))
      for (const f of p.factors) {
        const to = distributed(g, p, f)
        if (to) return to
      }
      return undefined
    },
  },
]
