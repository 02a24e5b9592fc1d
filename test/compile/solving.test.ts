/** Singular and ill-conditioned matrices, in emitted code and by the evaluator. */
import { describe, expect, it } from 'vitest'
import { random } from '../../src/base/random.ts'
import { compile } from '../../src/compile.ts'
import { doubles, evaluate } from '../../src/interpret/index.ts'
import { topological } from '../../src/graph/traverse.ts'
import { derivedOf, load } from '../schedule/built.ts'

const module = (source: string, precision: 'f64' | 'f32' = 'f64') =>
  load(compile(source, { target: 'js', formulas: false, precision }).code!)

interface Run {
  readonly loss: number
  readonly gradients: readonly number[]
}

/** The loss and all gradients at this A (and b, ones): emitted in both precisions, and evaluated. */
function everywhere(loss: string, A: readonly number[]): Record<'f64' | 'f32' | 'evaluator', Run> {
  const n = Math.sqrt(A.length)
  const source = `param A[${n}, ${n}], b[${n}]\nloss J = ${loss} + 0 * sum(b)`
  const emitted = (precision: 'f64' | 'f32'): Run => {
    const m = module(source, precision)
    const Real = precision === 'f64' ? Float64Array : Float32Array
    const params = { A: Real.from(A), b: new Real(n).fill(1) }
    const grads = m.zeros()
    const value = m.backward(params, {}, grads)
    return { loss: value, gradients: [...(grads['A'] as Float64Array)] }
  }
  const { plain } = derivedOf(source)
  const dA = [...plain.gradients].find(([s]) => s.name === 'A')![1]
  const values = new Map([
    ['A', { shape: [n, n], data: [...A] }],
    ['b', { shape: [n], data: new Array<number>(n).fill(1) }],
  ])
  const [value, gradient] = evaluate([plain.network.loss!.node, dA], values, doubles)
  return {
    f64: emitted('f64'),
    f32: emitted('f32'),
    evaluator: { loss: value!.data[0]!, gradients: gradient!.data },
  }
}

const SINGULAR: Record<string, readonly number[]> = {
  'of rank 1': [1, 2, 2, 4],
  'with a row of zeros': [1, 2, 3, 0, 0, 0, 4, 5, 7],
  'with a column of zeros': [1, 0, 3, 4, 0, 5, 4, 0, 7],
  'of zeros': [0, 0, 0, 0],
}

describe.each(Object.entries(SINGULAR))('a singular matrix %s', (_title, A) => {
  it.each(['b @ inv(A) @ b', 'sum(inv(A) @ b)', 'sum(inv(A)^2)', 'trace(inv(A) @ A.T)', 'sum(A @ inv(A).T)'])(
    '%s: loss and gradient are NaN, in every entry',
    (loss) => {
      for (const run of Object.values(everywhere(loss, A))) {
        expect(run.loss).toBeNaN()
        expect(run.gradients.every(Number.isNaN)).toBe(true)
      }
    },
  )

  it('the determinant is 0, and its gradient the cofactors', () => {
    const { f64, f32, evaluator } = everywhere('det(A)', A)
    for (const run of [f64, f32]) {
      expect(Math.abs(run.loss)).toBe(0)
      expect(run.gradients.map((x) => x + 0)).toEqual(cofactors(A).map((x) => expect.closeTo(x, 6) as number))
    }
    // The formula divides by the determinant.
    expect(evaluator.gradients.every(Number.isNaN)).toBe(true)
  })

  it('the logarithm of the determinant is −∞, and has no gradient', () => {
    for (const run of Object.values(everywhere('logdet(A)', A))) {
      expect(run.loss).toBe(-Infinity)
      expect(run.gradients.every(Number.isNaN)).toBe(true)
    }
  })
})

/** Signed minors, by their definition. */
function cofactors(A: readonly number[]): number[] {
  const n = Math.sqrt(A.length)
  const without = (k: number): number[] =>
    A.filter((_, i) => Math.floor(i / n) !== Math.floor(k / n) && i % n !== k % n)
  const sign = (k: number): number => ((Math.floor(k / n) + (k % n)) % 2 === 0 ? 1 : -1)
  const det = (M: readonly number[]): number =>
    M.length < 2
      ? (M[0] ?? 1)
      : M.slice(0, Math.sqrt(M.length)).reduce((s, x, j) => s + x * cofactors(M)[j]!, 0)
  return A.map((_, k) => sign(k) * det(without(k)))
}

describe('the gradient of a determinant is the cofactors', () => {
  const rng = random('cofactors')
  const drawn = (n: number): number[] => Array.from({ length: n * n }, () => rng.normal())
  const product = (n: number, rank: number): number[] => {
    const [L, R] = [drawn(n), drawn(n)]
    return L.map((_, k) =>
      Array.from({ length: rank }, (_, j) => L[Math.floor(k / n) * n + j]! * R[j * n + (k % n)]!).reduce(
        (a, b) => a + b,
        0,
      ),
    )
  }
  it.each([
    ['one number', [3]],
    ['one zero', [0]],
    ['a regular matrix', drawn(4)],
    ['one of rank 4 of 5', product(5, 4)],
    ['one of rank 3 of 4', product(4, 3)],
    ['one of rank 2 of 4', product(4, 2)],
    ['one whose rows must be exchanged', [0, 0, 1, 2, 0, 0, 0, 3, 0]],
  ])('of %s', (_title, A) => {
    const wanted = cofactors(A)
    const { f64, f32 } = everywhere('det(A)', A)
    for (const [{ gradients }, digits] of [
      [f64, 12],
      [f32, 4],
    ] as const)
      expect(gradients.map((x) => x + 0)).toEqual(wanted.map((x) => expect.closeTo(x, digits) as number))
  })

  it('where the determinant is squared, and behind names', () => {
    const A = product(4, 3)
    for (const loss of ['det(A)^2 + det(A)', 'sin(3 * det(2 * A)) / 24']) {
      const { f64 } = everywhere(loss, A)
      const times = loss.startsWith('sin') ? 2 : 1
      expect(f64.gradients.map((x) => x + 0)).toEqual(
        cofactors(A).map((x) => expect.closeTo(times * x, 10) as number),
      )
    }
  })

  it('at one singular matrix of a batch', () => {
    const m = module('batch B\ninput X[2, 2]\nparam A[2, 2]\nloss J = det(A + X)')
    const grads = m.zeros()
    m.backward(
      { A: Float64Array.from([1, 2, 2, 4]) },
      { X: Float64Array.from([0, 0, 0, 0, 1, 0, 0, 1]) },
      grads,
    )
    expect([...(grads['A'] as Float64Array)]).toEqual([(4 + 5) / 2, -2, -2, (1 + 2) / 2])
  })
})

it('a negative determinant has no logarithm, and a gradient', () => {
  for (const run of Object.values(everywhere('logdet(A)', [0, 2, 1, 0]))) {
    expect(run.loss).toBeNaN()
    // A⁻ᵀ, whatever the sign
    expect(run.gradients).toEqual([0, 0.5, 1, 0].map((x) => expect.closeTo(x, 12) as number))
  }
})

it('one singular matrix of a batch leaves the others alone', () => {
  const m = module('batch B\ninput A[2, 2], b[2]\nparam c\nx = inv(A) @ b\noutput x\nloss J = c * sum(x)')
  const A = Float64Array.from([2, 0, 0, 2, 1, 2, 2, 4, 0, 1, 1, 0])
  const { x } = m.forward({ c: 1 }, { A, b: Float64Array.from([2, 4, 1, 1, 5, 6]) })
  expect([...(x as Float64Array)]).toEqual([1, 2, NaN, NaN, 6, 5])
})

describe('an ill-conditioned matrix (Hilbert’s, 8 × 8)', () => {
  const n = 8
  const H = Float64Array.from({ length: n * n }, (_, k) => 1 / (Math.floor(k / n) + (k % n) + 1))
  const b = Float64Array.from({ length: n }, (_, i) => H.slice(i * n, i * n + n).reduce((s, h) => s + h))
  const norm = (v: ArrayLike<number>): number => Math.hypot(...Array.from(v))
  const times = (A: ArrayLike<number>, x: ArrayLike<number>): number[] =>
    Array.from({ length: n }, (_, i) => Array.from(x).reduce((s, v, j) => s + A[i * n + j]! * v, 0))
  /** |Hx − b| relative to |H||x|: of a stable solution it is a few roundings (Higham, section 7.1). */
  const residual = (x: ArrayLike<number>): number =>
    norm(times(H, x).map((v, i) => v - b[i]!)) / (norm(H) * norm(x))

  const m = module(
    `input H[${n}, ${n}], b[${n}]\nparam c\nx = inv(H) @ b\ny = b @ inv(H)\nP = inv(H)\noutput x, y, P\nloss J = c * sum(x)`,
  )
  const { x, y, P } = m.forward({ c: 1 }, { H, b }) as Record<string, Float64Array>

  it('the residual of a solution is small, from either side', () => {
    expect(residual(x!)).toBeLessThan(4 * Number.EPSILON)
    expect(residual(y!)).toBeLessThan(4 * Number.EPSILON)
  })

  it('where that of the inverse, formed and multiplied, is not', () => {
    expect(residual(times(P!, b))).toBeGreaterThan(1e5 * Number.EPSILON)
  })
})

it('singles are factorised and solved in doubles', () => {
  // Eliminated in singles the last pivot would be 0.
  const e = 2 ** -13
  const A = [1, 1 + e, 1 - e, 1]
  const source = 'input A[2, 2], b[2]\nparam c\nx = inv(A) @ b\noutput x\nloss J = c * sum(x) + logdet(A)'
  const { x } = module(source, 'f32').forward(
    { c: 1 },
    { A: Float32Array.from(A), b: Float32Array.from([e, 0]) },
  )
  expect([...(x as Float32Array)]).toEqual([2 ** 13, -(2 ** 13) + 1])
})

it('nothing forms an inverse any more', () => {
  const { plain, derived } = derivedOf('param A[3, 3], b[3]\nloss J = b @ inv(A) @ b + det(A) + logdet(A)')
  const names = (d: typeof plain): string[] =>
    topological([d.network.loss!.node, ...d.gradients.values()]).flatMap((node) =>
      node.kind === 'apply' && node.op.kind === 'matrix' ? [node.op.name] : [],
    )
  expect([...new Set(names(plain))].sort()).toEqual(['det', 'inv', 'logdet'])
  expect([...new Set(names(derived))].sort()).toEqual(['lu', 'ludet', 'lulogdet', 'solve', 'solvet'])
})
