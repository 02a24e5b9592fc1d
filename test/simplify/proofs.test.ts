/** What `proves` says of equations that are true everywhere, and of others that are false somewhere: at a tie, on a half line. */
import { describe, expect, it } from 'vitest'
import { proofWork, proves } from '../../src/simplify/prove.ts'
import { lowered } from '../lower/lowered.ts'

const SCALARS = `dim n, m
param x, y, z, v[n], w[n], A[n, n], B[n, n], X[m, n], D[m, m]
input p : positive, q : positive, d[n] : positive, S[n, n] : symmetric
loss J = x^2`

function provesClaim(claim: string, work = proofWork()): boolean {
  const { graph, network, diagnostics } = lowered(`${SCALARS}\nclaim ${claim}`)
  expect(network, diagnostics.map((e) => e.message).join('\n')).toBeDefined()
  const [{ left, right }] = network!.claims as [(typeof network & object)['claims'][number]]
  const equations = network!.equations.map((e) => e.node)
  return proves(graph, left, right, equations, undefined, work)
}

describe('proved', () => {
  it.each([
    'log(x^2) = 2 * log(abs(x))',
    'log(p * q^2) = log(p) + 2 * log(q)',
    'sqrt(x^2) = abs(x)',
    'sqrt(x^2 * p) = abs(x) * sqrt(p)',
    'abs(x * y) = abs(x) * abs(y)',
    'abs(x / y) = abs(x) / abs(y)',
    'sign(x * y) = sign(x) * sign(y)',
    'sign(x) * abs(x) = x',
    'max(x, -x) = abs(x)',
    'max(x, y) + min(x, y) = x + y',
    'max(x, y) = (x + y + abs(x - y)) / 2',
    'max(x, max(y, z)) = max(max(x, y), z)',
    'max(x * p, y * p) = p * max(x, y)',
    'min(max(x, 0), 6) = max(min(x, 6), 0)',
    'min(max(x, 0), 6) = where(x < 0, 0, where(x > 6, 6, x))',
    'min(max(v, -1), 1) = (abs(v + 1) - abs(v - 1)) / 2',
    'where(abs(x) < 1, x, sign(x)) = min(max(x, -1), 1)',
    'where(x > 1, where(x > 0, y, z), z) = where(x > 1, y, z)',
    'relu(x) * relu(-x) = 0',
    'leakyrelu(v, 0.1) = max(v, 0.1 * v)',
    'sum(abs(v)) = sum(max(v, -v))',
    'dot(w, relu(v)) = dot(w, where(v > 0, v, 0))',
    'softplus(x) = max(x, 0) + log1p(exp(-abs(x)))',
    'norm(x * v) = abs(x) * norm(v)',
    'inv(A @ B) = inv(B) @ inv(A)',
    'det(A @ B) = det(A) * det(B)',
    'det(p * A) = p^n * det(A)',
    'logdet(p * A) = n * log(p) + logdet(A)',
    'logdet(diag(d)) = sum(log(d))',
    'inv(A @ diag(d)) = diag(1 / d) @ inv(A)',
    'trace(X.T @ inv(X @ X.T) @ X) = m',
    'inv(X.T @ X).T = inv(X.T @ X)',
    'inv(A) + inv(B) = inv(A) @ (A + B) @ inv(B)',
    'inv(A - B) = inv(A) + inv(A) @ B @ inv(A - B)',
    'inv(p * eye(n) + X.T @ X) @ X.T = X.T @ inv(p * eye(m) + X @ X.T)',
    'inv(A + X.T @ inv(D) @ X) = inv(A) - inv(A) @ X.T @ inv(D + X @ inv(A) @ X.T) @ X @ inv(A)',
    '(A @ S @ A.T).T = A @ S @ A.T',
    'sum((X @ v)^2) = v @ (X.T @ X) @ v',
  ])('%s', (claim) => expect(provesClaim(claim)).toBe(true))
})

describe('not proved', () => {
  it.each([
    'sign(x)^2 = 1',
    'log(x^2) = 2 * log(x)',
    'log(x * y) = log(x) + log(y)',
    'exp(log(x)) = x',
    'sqrt(x^2) = x',
    'where(x > 0, 1, -1) = sign(x)',
    'where(x > 0, 1, 0) = where(x >= 0, 1, 0)',
    'abs(x + y) = abs(x) + abs(y)',
    'max(x, -20) = x',
    'min(max(x, 0), 6) = max(x, 0)',
    'where(x < 10, x, 0) = x',
    'max(x, y) = where(x > y, x, y + sign(x - y) + 1)',
    'where(x == 0, 1, 0) = 0',
    'log(abs(x)) = log(x)',
    'sum(abs(v)) = sum(max(v, 0))',
    'logdet(A @ B) = logdet(A) + logdet(B)',
    'inv(A @ B) = inv(A) @ inv(B)',
    'inv(A + B) = inv(A) + inv(B)',
    'A @ B = B @ A',
    'inv(A).T = inv(A)',
  ])('%s', (claim) => expect(provesClaim(claim)).toBe(false))
})

describe('work', () => {
  it.each(['det(A @ B) = det(A) * det(B)', 'inv(A @ B) = inv(B) @ inv(A)'])(
    'of what is left, no more is done: %s',
    (claim) => {
      const work = proofWork()
      const before = work.left
      expect(provesClaim(claim, work)).toBe(true)
      const used = before - work.left
      expect(used).toBeGreaterThan(0)
      expect(used).toBeLessThan(before / 4)
      expect(provesClaim(claim, { left: 2 })).toBe(false)
    },
  )
})
