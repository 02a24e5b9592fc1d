/** What programs with inverses and determinants become for running: one factorisation, and solutions. */
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/compile.ts'
import { sizeOf } from '../../src/graph/extent.ts'
import type { Node } from '../../src/graph/node.ts'
import { topological } from '../../src/graph/traverse.ts'
import { rootsOf } from '../../src/stages.ts'

interface Found {
  /** How often each matrix operator stands in loss, outputs and gradients together. */
  readonly operators: Readonly<Record<string, number>>
  /** The right-hand sides of each solution, sorted. */
  readonly sides: readonly number[]
}

function found(source: string): Found {
  let roots: readonly Node[] = []
  const { diagnostics } = compile(source, {
    verify: true,
    observe: (stage, result) => {
      if (stage === 'specialise') roots = rootsOf(result as Parameters<typeof rootsOf>[0])
    },
  })
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  const operators: Record<string, number> = {}
  const sides: number[] = []
  for (const n of topological(roots)) {
    if (n.kind !== 'apply' || n.op.kind !== 'matrix') continue
    operators[n.op.name] = (operators[n.op.name] ?? 0) + 1
    if (n.op.arity === 2) sides.push(sizeOf(n.shape.slice(0, -1))!)
  }
  return { operators, sides: sides.sort((a, b) => a - b) }
}

const GAUSSIAN = 'input x[5]\nparam m[5]\nparam S[5, 5]'
const PROGRAMS: Record<string, readonly [string, Found]> = {
  'aᵀA⁻¹b: one vector for the loss and b, one for a': [
    'param A[5, 5], a[5], b[5]\nloss J = a @ inv(A) @ b',
    { operators: { lu: 1, solve: 1, solvet: 1 }, sides: [1, 1] },
  ],
  'aᵀA⁻¹b without gradients': [
    'input A[5, 5], a[5], b[5]\nloss J = a @ (inv(A) @ b)',
    { operators: { lu: 1, solve: 1 }, sides: [1] },
  ],
  'a Gaussian log-likelihood: the gradient by Σ needs the inverse entry by entry': [
    `${GAUSSIAN}\nloss J = ½ * (x − m) @ inv(S) @ (x − m) + ½ * logdet(S)`,
    { operators: { lu: 1, solve: 2, solvet: 1, lulogdet: 1 }, sides: [1, 1, 5] },
  ],
  'of a symmetric Σ': [
    `${GAUSSIAN} : symmetric\nloss J = ½ * (x − m) @ inv(S) @ (x − m) + ½ * logdet(S)`,
    { operators: { lu: 1, solve: 2, lulogdet: 1 }, sides: [1, 5] },
  ],
  'ridge regression': [
    'input X[20, 5], y[20]\nparam l = 1\nw = inv(X.T @ X + l * eye(5)) @ X.T @ y\n' +
      'output w\nloss J = squarederror(X @ w, y)',
    { operators: { lu: 1, solve: 2 }, sides: [1, 1] },
  ],
  'its fitted values': [
    'input X[20, 5], y[20]\nparam l = 1\nf = X @ inv(X.T @ X + l * eye(5)) @ X.T @ y\nloss J = squarederror(f, y)',
    { operators: { lu: 1, solve: 2 }, sides: [1, 1] },
  ],
  'tr(A⁻¹B)': [
    'input A[5, 5], B[5, 5]\nloss J = trace(inv(A) @ B)',
    { operators: { lu: 1, solve: 1 }, sides: [5] },
  ],
  'XᵀA⁻¹X, the narrower side': [
    'input A[5, 5], X[5, 3], Y[5, 2]\nloss J = sum(tanh(X.T @ inv(A) @ Y)) + sum(tanh(Y.T @ inv(A) @ X))',
    { operators: { lu: 1, solve: 1, solvet: 1 }, sides: [2, 2] },
  ],
  'A⁻¹BA⁻¹': [
    'input A[5, 5], B[5, 5]\nloss J = sum(tanh(inv(A) @ B @ inv(A)))',
    { operators: { lu: 1, solve: 1, solvet: 1 }, sides: [5, 5] },
  ],
  'two matrices': [
    'input A[5, 5], B[5, 5], v[5]\nloss J = sum(inv(A) @ inv(B) @ v) + det(A) * logdet(B)',
    { operators: { lu: 2, solve: 2, ludet: 1, lulogdet: 1 }, sides: [1, 1] },
  ],
  'a named inverse, its transpose, multiples': [
    'input A[5, 5], b[5]\nP = inv(A)\nQ = 2 * P.T\noutput b\nloss J = b @ Q @ b + sum((P + Q) @ tanh(b))',
    { operators: { lu: 1, solve: 2, solvet: 1 }, sides: [1, 1, 1] },
  ],
  'an inverse entry by entry': [
    'input A[5, 5]\nloss J = sum(tanh(inv(A)))',
    { operators: { lu: 1, solve: 1 }, sides: [5] },
  ],
}

describe('inverses and determinants', () => {
  it.each(Object.entries(PROGRAMS))('%s', (_title, [source, wanted]) => {
    expect(found(source)).toEqual(wanted)
  })
})
