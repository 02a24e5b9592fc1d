/** Sizes and data are found at which programs are defined and well conditioned; where there are none, that is said. */
import { describe, expect, it } from 'vitest'
import { rational } from '../../src/base/rational.ts'
import { random } from '../../src/base/random.ts'
import { analyse } from '../../src/compile.ts'
import type { Derived } from '../../src/graph/network.ts'
import type { Node, Symbol } from '../../src/graph/node.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { type Dims, WELL, checkGradients, gradientPoints, passes, sizes } from '../../src/interpret/index.ts'

function programOf(text: string): { derived: Derived; graph: Graph } {
  const { graph, mathematics, diagnostics } = analyse(text, { filename: 'a.net' })
  expect(mathematics, diagnostics.map((d) => d.message).join('\n')).toBeDefined()
  return { derived: mathematics!.written, graph }
}
const sizesOf = async (text: string): Promise<readonly Dims[]> =>
  (await gradientPoints(programOf(text).derived)).map((p) => p.dims)

describe('sizes', () => {
  it('put every two dims in both orders, and make all axes whole', () => {
    const { derived } = programOf('dim A, B, C\nparam u[A, B], v[2 * C, B]\nloss J = sum(u) + sum(v)')
    const all = sizes([derived.network.loss!.node], undefined, random('sizes'))
    const [first, second] = [all.next().value as Dims, all.next().value as Dims]
    for (const [a, b] of [
      ['A', 'B'],
      ['B', 'C'],
      ['A', 'C'],
    ] as const)
      expect(Math.sign(first.get(a)! - first.get(b)!)).toBe(-Math.sign(second.get(a)! - second.get(b)!))
  })
  it.each([
    ['dim M, N\nparam T[M, N]\nloss J = logdet(T @ T.T)', 'M', 'N'],
    ['dim N, D\ninput X[N, D], y[N]\nparam w[D]\nloss J = norm(w - inv(X.T @ X) @ X.T @ y)^2', 'D', 'N'],
    ['dim M, K\nparam A[M, K]\nloss J = trace(inv(A @ A.T)) + logdet(2 * A @ A.T)', 'M', 'K'],
    ['dim P, Q, R\nparam A[P, Q], B[Q, R]\nloss J = logdet(A @ B @ B.T @ A.T)', 'P', 'R'],
  ])('%s is tried where its matrices are regular', async (text, short, long) => {
    const found = await sizesOf(text)
    expect(found.length).toBe(3)
    for (const dims of found) expect(dims.get(short)!).toBeLessThanOrEqual(dims.get(long)!)
    expect(found.some((dims) => dims.get(short)! < dims.get(long)!)).toBe(true)
  })
  it('are rectangular both ways where the program is defined both ways', async () => {
    const found = await sizesOf('dim M, N\nparam W[M, N]\ninput x[N]\nloss J = sum(tanh(W @ x))')
    expect(found.some((d) => d.get('M')! < d.get('N')!)).toBe(true)
    expect(found.some((d) => d.get('M')! > d.get('N')!)).toBe(true)
  })
  it.each([
    'dim N\nparam v[N]\nloss J = sum(log(v)) + sum(sqrt(v - 1/100))',
    'dim N\nparam A[N, N]\nloss J = logdet(A) + trace(inv(A))',
    'dim N\nparam v[N]\nloss J = sum((v - mean(v))^2) / (N - 2) + log(N - 2)',
    'param x, y\nloss J = log(x * y) + sqrt(1 - x)',
  ])('and data are good: %s', async (text) => {
    const { derived } = programOf(text)
    const points = await gradientPoints(derived)
    expect(points.every((p) => p.amplification <= WELL && p.decided)).toBe(true)
    for (const c of await checkGradients(derived, { points })) expect(passes(c)).toBe(true)
  })
  it('that cannot be found are said, with the way out', async () => {
    await expect(sizesOf('param T[3, 2]\nloss J = trace(inv(T @ T.T))')).rejects.toThrow('ill-conditioned')
    await expect(sizesOf('dim N\nparam v[N]\nloss J = trace(inv(outer(v, v)))')).rejects.toThrow(
      /ill-conditioned.*tried: N = 2; .*--dim N=/s,
    )
  })
  it('that are too large are said', async () => {
    await expect(sizesOf('dim D = 3000\nparam W[D, D]\nloss J = sum(tanh(W))')).rejects.toThrow(
      /36,000,002 numbers.*--dim/s,
    )
  })
})

describe('the high precision decides', () => {
  /** Sines within sines: a step of any size is too long or too short for differences. */
  const NESTED = 'input x\nparam w = 0.3\nloss L = sin(30 * sin(30 * sin(30 * sin(30 * w * x))))'
  it('where differences cannot tell', async () => {
    const [check] = await checkGradients(programOf(NESTED).derived)
    expect(check!.unsure).toBe(3)
    expect(passes(check!)).toBe(true)
  })
  it.each([
    NESTED,
    'param x\nloss J = cosh(30 * x)^2 - sinh(30 * x)^2 + x',
    'dim N\nparam A[N, N], b[N]\nloss J = b @ inv(A) @ b',
  ])('and finds a wrong derivative: %s', async (text) => {
    const { derived, graph } = programOf(text)
    for (const change of [rational(1_000_000_001, 1_000_000_000), rational(-1), rational(1, 2)]) {
      const gradients = new Map<Symbol, Node>(
        [...derived.gradients].map(([s, node]) => [s, graph.scale(change, node)]),
      )
      for (const c of await checkGradients({ ...derived, gradients })) expect(passes(c), c.name).toBe(false)
    }
    for (const c of await checkGradients(derived)) expect(passes(c), c.name).toBe(true)
  })
})
