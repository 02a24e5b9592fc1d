import { MINUS_ONE, ONE, isOne, power as powerOf } from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../../graph/graph.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  isContraction,
  isPureProduct,
  peel,
} from '../../graph/node.ts'
import { det, inv, logdet } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import { dissolved, flattened, nodeOf, productOf } from '../einsum.ts'
import type { Rule } from '../rule.ts'
import { isSymmetric } from '../symmetric.ts'
import { nameUsed } from './names.ts'

export const isInverse = (n: Node): n is ApplyNode => n.kind === 'apply' && n.op === inv

/** c·s·A or c·s·Aᵀ: a number, scalars, and one matrix, which may be turned. */
function scaledMatrix(
  node: Node,
): { matrix: Node; turned: boolean; scalars: Factor[]; product: ProductNode } | undefined {
  if (node.kind !== 'product' || !isPureProduct(node)) return undefined
  const factors = factorsOf(node)
  const scalars = factors.filter((f) => f.labels.length === 0)
  const others = factors.filter((f) => f.labels.length > 0)
  const [f] = others
  if (others.length !== 1 || f!.labels.length !== 2 || !isOne(f!.exponent) || f!.labels[0] === f!.labels[1])
    return undefined
  return { matrix: f!.node, turned: f!.labels[0] === 1, scalars, product: node }
}

/** (s·uᵢ·Aᵢⱼ·vⱼ)⁻¹ = (A⁻¹)ᵢⱼ/(s·vᵢ·uⱼ), A the identity matrix too. */
function inverseOfScaled(g: Graph, node: Node): Node | undefined {
  const value = peel(node)
  if (value.kind !== 'product' || !isPureProduct(value)) return undefined
  const factors = factorsOf(value)
  const matrix = factors.filter((f) => f.labels.length === 2)
  const vectors = factors.filter((f) => f.labels.length === 1)
  const [a] = matrix
  const coefficient = powerOf(value.coefficient, MINUS_ONE)
  if (matrix.length !== 1 || vectors.length === 0 || !isOne(a!.exponent) || !coefficient) return undefined
  if (a!.labels[0] === a!.labels[1]) return undefined
  const diagonal = a!.node.kind === 'delta'
  return g.product(
    coefficient,
    factors.map((f) => {
      if (f === a) return diagonal ? f : { ...f, node: g.matrix(inv, f.node) }
      const labels = diagonal ? f.labels : f.labels.map((l) => 1 - l)
      return { node: f.node, labels, exponent: f.exponent.neg() }
    }),
    [0, 1],
    value.shape,
  )
}

/** A chain of square matrices from label 0 to label 1, each as it stands or turned. */
export function chainOf(node: Node): { matrix: Node; turned: boolean }[] | undefined {
  if (node.kind !== 'product' || !isContraction(node) || node.shape.length !== 2) return undefined
  const left = factorsOf(node)
  const n = node.shape[0]!
  const chain: { matrix: Node; turned: boolean }[] = []
  let at = 0
  while (left.length > 0) {
    const k = left.findIndex((f) => f.labels.includes(at))
    const [f] = left.splice(k < 0 ? 0 : k, 1)
    if (k < 0 || f!.labels.length !== 2 || !isOne(f!.exponent) || f!.node.shape.some((e) => e !== n))
      return undefined
    const turned = f!.labels[1] === at
    const next = f!.labels[turned ? 0 : 1]!
    if (next === at) return undefined
    chain.push({ matrix: f!.node, turned })
    at = next
  }
  return at === 1 && chain.length > 1 ? chain : undefined
}

/** (AB…)⁻¹ = …B⁻¹A⁻¹ */
export function inverseOfChain(g: Graph, chain: readonly { matrix: Node; turned: boolean }[]): Node {
  const reversed = [...chain].reverse()
  const n = reversed[0]!.matrix.shape[0]!
  return g.product(
    ONE,
    reversed.map(({ matrix, turned }, i) => {
      const ends = [i === 0 ? 0 : i + 1, i === reversed.length - 1 ? 1 : i + 2]
      return { node: g.matrix(inv, matrix), labels: turned ? ends.reverse() : ends, exponent: ONE }
    }),
    [0, 1],
    [n, n],
  )
}

/** Of two factors A[i, k] and A⁻¹[k, j] with k summed over and in no other factor: δᵢⱼ for both. */
function cancelled(g: Graph, node: ProductNode): Node | undefined {
  const factors = factorsOf(node)
  const rank = node.shape.length
  for (const f of factors) {
    const inverse = peel(f.node)
    if (!isInverse(inverse) || !isOne(f.exponent)) continue
    const a = peel(inverse.args[0]!)
    for (const h of factors) {
      if (h === f || !isOne(h.exponent) || peel(h.node) !== a) continue
      for (const axis of [0, 1]) {
        const k = f.labels[axis]!
        // A symmetric one may stand either way.
        const turned = h.labels[1 - axis] !== k && h.labels[axis] === k && isSymmetric(g, a)
        const [i, j] = [f.labels[1 - axis]!, h.labels[turned ? 1 - axis : axis]!]
        if (k < rank || h.labels[turned ? axis : 1 - axis] !== k || i === k || j === k) continue
        if (factors.some((o) => o !== f && o !== h && o.labels.includes(k))) continue
        return g.product(
          node.coefficient,
          [
            ...factors.filter((o) => o !== f && o !== h),
            { node: g.delta(a.shape[0]!), labels: [i, j], exponent: ONE },
            // A summed label that only these two had is a multiple no more.
            ...node.extents.flatMap((extent, l) =>
              l >= rank && l !== k ? [{ node: g.full(ONE, [extent]), labels: [l], exponent: ONE }] : [],
            ),
          ],
          node.shape.map((_, l) => l),
          node.shape,
        )
      }
    }
  }
  return undefined
}

/** The product with the factors of what one of its inverses is of in one place, and both cancelled: (T Tᵀ)⁻¹ T Tᵀ. */
function cancelledChain(g: Graph, node: ProductNode): Node | undefined {
  for (const a of node.args) {
    const inverse = peel(a)
    const of = isInverse(inverse) ? peel(inverse.args[0]!) : undefined
    if (of?.kind !== 'product') continue
    const flat = flattened(g, of) ?? productOf(of)
    const grouped = nameUsed(g, productOf(node), flat, of)
    const simple = grouped?.kind === 'product' ? cancelled(g, grouped) : undefined
    if (simple) return simple
  }
  return undefined
}

/** What is simpler on its right side, always. */
export const matrixIdentities: readonly Rule[] = [
  {
    name: 'inverse of an inverse',
    zh: '逆矩阵的逆',
    on: 'inv',
    law: '(A⁻¹)⁻¹ = A',
    example: 'param A[2, 2], b[2]\nloss J = sum(inv(inv(A)) @ b)',
    rewrite: (node) => {
      const a = peel(node.args[0]!)
      return isInverse(a) ? a.args[0]! : undefined
    },
  },
  {
    name: 'inverse of a multiple',
    zh: '数乘矩阵的逆',
    on: 'inv',
    law: '(c·Aᵀ)⁻¹ = (A⁻¹)ᵀ/c',
    example: 'param A[2, 2], c\nloss J = sum(inv(2 * c * A.T))',
    rewrite: (node, { g }) => {
      const scaled = scaledMatrix(node.args[0]!)
      const coefficient = scaled && powerOf(scaled.product.coefficient, MINUS_ONE)
      if (!scaled || !coefficient) return undefined
      return g.product(
        coefficient,
        [
          { node: g.matrix(inv, scaled.matrix), labels: scaled.turned ? [1, 0] : [0, 1], exponent: ONE },
          ...scaled.scalars.map((s) => ({ ...s, exponent: s.exponent.neg() })),
        ],
        [0, 1],
        node.shape,
      )
    },
  },
  {
    name: 'determinant of a transpose',
    zh: '转置的行列式',
    on: 'det',
    law: 'det Aᵀ = det A',
    example: 'param A[2, 2]\nloss J = det(A.T)',
    rewrite: (node, { g }) => ofTurned(g, node),
  },
  {
    name: 'log-determinant of a transpose',
    zh: '转置的对数行列式',
    on: 'logdet',
    law: 'log det Aᵀ = log det A',
    example: 'param A[2, 2]\nloss J = logdet(A.T)',
    rewrite: (node, { g }) => ofTurned(g, node),
  },
  {
    name: 'determinant of an inverse',
    zh: '逆矩阵的行列式',
    on: 'det',
    law: 'det A⁻¹ = 1/det A',
    example: 'param A[2, 2]\nloss J = det(inv(A))',
    rewrite: (node, { g }) => {
      const a = peel(node.args[0]!)
      return isInverse(a) ? g.power(g.matrix(det, a.args[0]!), MINUS_ONE) : undefined
    },
  },
  {
    name: 'log-determinant of an inverse',
    zh: '逆矩阵的对数行列式',
    on: 'logdet',
    law: 'log det A⁻¹ = −log det A',
    example: 'param A[2, 2]\nloss J = logdet(inv(A))',
    rewrite: (node, { g }) => {
      const a = peel(node.args[0]!)
      return isInverse(a) ? g.negate(g.matrix(logdet, a.args[0]!)) : undefined
    },
  },
  {
    name: 'matrix and inverse',
    zh: '矩阵与其逆相乘',
    on: 'product',
    law: 'A A⁻¹ = I',
    example: 'param A[2, 2], b[2], c[2]\nloss J = c @ A @ (inv(A) @ b)',
    rewrite: (node, { g }) =>
      node.kind === 'product' && isContraction(node) ? cancelled(g, node) : undefined,
  },
  {
    name: 'product and its inverse',
    zh: '乘积与其逆相乘',
    on: 'product',
    law: '(T Tᵀ)⁻¹ T Tᵀ = I',
    example: 'param T[2, 3], b[2]\nloss J = sum(inv(T @ T.T) @ (T @ (T.T @ b)))',
    rewrite: (node, { g }) =>
      node.kind === 'product' && isContraction(node) ? cancelledChain(g, node) : undefined,
  },
  {
    name: 'functions of the identity matrix',
    zh: '单位矩阵的函数',
    on: 'inv',
    law: 'I⁻¹ = I',
    example: 'param A[2, 2]\nloss J = sum(A @ inv(eye(2)))',
    rewrite: (node) => (peel(node.args[0]!).kind === 'delta' ? peel(node.args[0]!) : undefined),
  },
  {
    name: 'determinant of the identity matrix',
    zh: '单位矩阵的行列式',
    on: 'det',
    law: 'det I = 1',
    example: 'param a\nloss J = a * det(eye(2))',
    rewrite: (node, { g }) => (peel(node.args[0]!).kind === 'delta' ? g.constant(ONE) : undefined),
  },
  {
    name: 'inverse of a diagonal',
    zh: '对角矩阵的逆',
    on: 'inv',
    law: 'diag(u)⁻¹ = diag(1/u), (diag(u) A diag(v))⁻¹ = diag(1/v) A⁻¹ diag(1/u)',
    example: 'param A[2, 2], u[2], v[2]\nloss J = sum(inv(diag(u))) + sum(inv(A * outer(u, v)))',
    rewrite: (node, { g }) => inverseOfScaled(g, node.args[0]!),
  },
]

/** A factor (A B)⁻¹ opened to B⁻¹ A⁻¹. */
function openedInverse(g: Graph, node: ProductNode): Node | undefined {
  const product = productOf(node)
  for (const f of product.factors) {
    const inverse = peel(f.node)
    const chain = isInverse(inverse) && isOne(f.exponent) ? chainOf(peel(inverse.args[0]!)) : undefined
    if (chain) return nodeOf(g, dissolved(g, product, f, inverseOfChain(g, chain) as ProductNode))
  }
  return undefined
}

export const matrixRules: readonly Rule[] = [
  ...matrixIdentities,
  {
    name: 'logarithm of a determinant',
    zh: '行列式的对数',
    on: 'log',
    law: 'log(det A) = log det A, NaN where the determinant is negative on both sides',
    example: 'param A[2, 2]\nloss J = log(det(A))',
    rewrite: (node, { g }) => {
      const d = peel(node.args[0]!)
      return d.kind === 'apply' && d.op === det ? g.matrix(logdet, d.args[0]!) : undefined
    },
  },
  {
    name: 'inverse of a product',
    zh: '乘积的逆',
    on: 'product',
    law: '(A B)⁻¹ = B⁻¹ A⁻¹ for square matrices, where then a matrix meets its inverse',
    example: 'param A[2, 2], B[2, 2], b[2], c[2]\nloss J = sum((c @ A) * (b @ (inv(B @ A)).T))',
    trial: true,
    rewrite: (node, c) =>
      node.kind === 'product' ? ifShorter(c, node, openedInverse(c.g, node)) : undefined,
  },
  {
    name: 'nested matrix products',
    zh: '矩阵乘法结合律',
    on: 'product',
    law: '(A B) C = A (B C), where then a matrix meets its inverse',
    example: 'param A[2, 2], b[2], c[2]\nloss J = dot(c, inv(A) @ (A @ b))',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'product' || !node.args.some(holdsInverse)) return undefined
      const flat = flattened(c.g, node)
      return flat && ifShorter(c, node, nodeOf(c.g, flat))
    },
  },
]

const known = new WeakMap<Node, boolean>()

/** Whether an inverse stands in a product of products. */
function holdsInverse(root: Node): boolean {
  const stack = [root]
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!
    const missing = node.kind === 'product' ? node.args.filter((a) => !known.has(a)) : []
    if (missing.length > 0) stack.push(...missing)
    else {
      known.set(
        node,
        isInverse(peel(node)) || (node.kind === 'product' && node.args.some((a) => known.get(a))),
      )
      stack.pop()
    }
  }
  return known.get(root)!
}

function ofTurned(g: Graph, node: Node): Node | undefined {
  const scaled = scaledMatrix(node.args[0]!)
  if (node.kind !== 'apply' || node.op.kind !== 'matrix' || !scaled?.turned) return undefined
  return scaled.scalars.length === 0 && isOne(scaled.product.coefficient)
    ? g.matrix(node.op, scaled.matrix)
    : undefined
}
