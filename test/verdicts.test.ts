/** Claims that are true, which no point may refute, and false ones, which some point must. */
import { describe, expect, it } from 'vitest'
import { type Resized, judgeClaims } from '../src/claims.ts'
import { analyse } from '../src/compile.ts'
import { random } from '../src/base/random.ts'

const verdictsOf = async (declarations: string, claims: readonly string[]): Promise<string[]> => {
  const text = [declarations, ...claims.map((c) => `claim ${c}`)].join('\n')
  const { graph, mathematics, diagnostics } = analyse(text, { filename: 'a.net' })
  expect(mathematics, diagnostics.map((d) => d.message).join('\n')).toBeDefined()
  return (await judgeClaims(graph, mathematics!)).map((j) => j.verdict)
}

const SCALARS =
  'param x, y, z\ninput p : positive, q : positive, n : nonnegative\nloss J = x * y + z * p + q * n'
const VECTORS =
  'dim N\nparam v[N], w[N]\ninput t[N] : simplex, h[N] : onehot, k : binary\nloss J = sum(v * w * t) + k * sum(h)'
const MATRICES =
  'dim M, N\nparam T[M, N], A[N, N], B[N, N], u[N], c\ninput S[N, N] : symmetric\nloss J = sum(T @ A @ B @ S @ u) + c'

const TRUE: Readonly<Record<string, readonly string[]>> = {
  [SCALARS]: [
    'abs(x) = max(x, -x)',
    'sqrt(x^2) = abs(x)',
    'abs(x * y) = abs(x) * abs(y)',
    'max(x, y) + min(x, y) = x + y',
    'max(x, y) = (x + y + abs(x - y)) / 2',
    'min(max(x, -1), 1) = where(x < -1, -1, where(x > 1, 1, x))',
    'where(x < 3, 1, 0) + where(x >= 3, 1, 0) = 1',
    'relu(x) - relu(-x) = x',
    'relu(x) + relu(-x) = abs(x)',
    'sign(x) * abs(x) = x',
    'sign(x)^3 = sign(x)',
    'log(exp(x)) = x',
    'exp(log(p)) = p',
    'log(p^2) = 2 * log(p)',
    'log(p * q) = log(p) + log(q)',
    'sqrt(p * q) = sqrt(p) * sqrt(q)',
    'sqrt(n)^2 = n',
    'cosh(x)^2 - sinh(x)^2 = 1',
    'sin(x)^2 + cos(x)^2 = 1',
    'tanh(x) = 2 * sigmoid(2 * x) - 1',
    'softplus(x) - softplus(-x) = x',
    'sigmoid(x) + sigmoid(-x) = 1',
    'tan(atan(x)) = x',
    'atan(p) + atan(1 / p) = pi / 2',
    '(x + y)^3 = x^3 + 3 * x^2 * y + 3 * x * y^2 + y^3',
    '(x^2 - y^2) / (x - y) = x + y',
    'x / x = 1',
    'sinh(x) / cosh(x) = tanh(x)',
    'expm1(x) = exp(x) - 1',
    'd(abs(x), x) = sign(x)',
    'd(relu(x), x) = where(x > 0, 1, 0)',
    'd(relu(x), x) = where(x >= 0, 1, 0)',
    'd(abs(x - 3), x) = where(x > 3, 1, -1)',
    'd(max(x, y), x) = where(x > y, 1, 0)',
    'd(log(abs(x)), x) = 1 / x',
    'd(log(x^2), x) = 2 / x',
    'd(sqrt(x), x) = 1 / (2 * sqrt(x))',
    'd(sqrt(x^2 + 1), x) = x / sqrt(x^2 + 1)',
    'd(x^3, x) = 3 * x^2',
    'd(min(max(x, 0), 6), x) = where(x > 0, where(x < 6, 1, 0), 0)',
    'd(d(softplus(x), x), x) = sigmoid(x) * (1 - sigmoid(x))',
    'd(x / y, y) = -x / y^2',
    'd(erf(x), x) = 2 / sqrt(pi) * exp(-x^2)',
    'd(elu(x), x) = where(x > 0, 1, exp(x))',
  ],
  [VECTORS]: [
    'sum(t) = 1',
    'h * h = h',
    'k^2 = k',
    'sum(softmax(v)) = 1',
    'norm(v)^2 = dot(v, v)',
    'norm(v / norm(v)) = 1',
    'logsumexp(v + 1) = logsumexp(v) + 1',
    'max(v) = -min(-v)',
    'sum(v - mean(v)) = 0',
    'dot(v, w) = sum(v * w)',
    'd(norm(v), v) = v / norm(v)',
    'd(logsumexp(v), v) = softmax(v)',
    'd(sum(abs(v)), v) = sign(v)',
    'd(crossentropy(softmax(v), h), v) = softmax(v) - h',
    'sum(max(v, w)) + sum(min(v, w)) = sum(v) + sum(w)',
  ],
  [MATRICES]: [
    'trace(T.T @ inv(T @ T.T) @ T) = M',
    'inv(A) @ A = eye(N)',
    'inv(A @ B) = inv(B) @ inv(A)',
    'det(A @ B) = det(A) * det(B)',
    'det(inv(A)) = 1 / det(A)',
    'det(A.T) = det(A)',
    'det(outer(u, u)) * det(outer(u, u)) = det(outer(u, u))^2',
    'trace(A @ B) = trace(B @ A)',
    'S.T = S',
    'inv(S).T = inv(S)',
    'T.T @ inv(T @ T.T) @ T @ T.T = T.T',
    'd(logdet(T @ T.T), T) = 2 * inv(T @ T.T) @ T',
    'd(logdet(A), A) = inv(A).T',
    'd(trace(inv(A) @ B), A) = -(inv(A) @ B @ inv(A)).T',
    'd(norm(T)^2, T) = 2 * T',
    'd(c * logdet(T @ T.T + eye(M)), c) = logdet(T @ T.T + eye(M))',
  ],
}

const FALSE: Readonly<Record<string, readonly string[]>> = {
  [SCALARS]: [
    'min(max(x, 0), 6) = max(x, 0)',
    'where(x < 10, x, 0) = x',
    'max(x, -20) = x',
    'atan(tan(x)) = x',
    'sign(x)^2 = 1',
    'log(x^2) = 2 * log(x)',
    'sqrt(x^2) = x',
    'sqrt(x)^2 = x',
    'exp(log(x)) = x',
    '(x^(1/2))^4 = x^2',
    'sqrt(x * y) = sqrt(x) * sqrt(y)',
    'log(x * y) = log(x) + log(y)',
    'sign(x) = where(x >= 0, 1, -1)',
    'where(x > y, 1, 0) = where(x >= y, 1, 0)',
    'where(x != 0, x, 1) = x',
    'where(x != 7, 0, 1) = 0',
    'where(3 * x > 600, 1, 0) = 0',
    'where(x^2 < 40000, x, -x) = x',
    'where(x * y > 3000, 0, x) = x',
    'where(x > 12, where(y < -15, 1, 0), 0) = 0',
    'where(x + y + z > 500, 1, 0) = 0',
    'abs(x + 1000) = x + 1000',
    'abs(x + y) = abs(x) + abs(y)',
    'max(x, y) = x',
    'relu(x) = x',
    'max(n, 1 / 1000) = n',
    'min(p, 1e4) = p',
    'sqrt((x - 40)^2) = 40 - x',
    'where(exp(x) > 1e9, 1, 0) = 0',
    'relu(x) / relu(x) = 1',
    'tanh(x) = x',
    'sigmoid(x) = where(x > 40, 1, sigmoid(x) + 1e-6)',
    'abs(x) * 1.000001 = abs(x)',
    'd(x^2, x) = where(x < 50, 2 * x, 0)',
    'd(abs(x), x) = 1',
    'd(relu(x), x) = 1',
    'd(min(x, 300), x) = 1',
    'd(max(x, y), x) = where(x > y, 1, 0) + where(y > 25, 1, 0)',
    'd(x^3, x) = 3 * abs(x)^2 * sign(x)',
    'd(log(p), p) = 1 / p^2',
  ],
  [VECTORS]: [
    'sum(v) = 1',
    'sum(abs(v)) = abs(sum(v))',
    'max(v) = logsumexp(v)',
    'max(max(v), -9) = max(v)',
    'norm(v) = sum(abs(v))',
    'v * v = v',
    't * t = t',
    'k = 1',
    'd(norm(v)^2, v) = v',
    'd(sum(relu(v)), v) = where(v > 0, 1, 0) * where(v < 20, 1, 0)',
    'd(crossentropy(softmax(v), w), v) = softmax(v) - w',
    'where(sum(v) > 77, 0, 1) = 1',
  ],
  [MATRICES]: [
    'inv(A @ B) = inv(A) @ inv(B)',
    'det(A + B) = det(A) + det(B)',
    'A.T = A',
    'A @ B = B @ A',
    'det(2 * A) = 2 * det(A)',
    'trace(T.T @ inv(T @ T.T) @ T) = N',
    'T.T @ inv(T @ T.T) @ T = eye(N)',
    'd(logdet(A), A) = inv(A)',
    'd(logdet(T @ T.T), T) = inv(T @ T.T) @ T',
    'logdet(A @ A) = 2 * logdet(A)',
  ],
}

const ATTENTION = `dim N, M, D, V, H
input X[N, H], C[M, H]
target Y[N, V]
param Q[H, D], K[H, D], R[H, V], b[D], c[D]
scores = (X @ Q + outer(ones(N), c)) @ (C @ K + outer(ones(M), b)).T / sqrt(D)
P = softmax(scores)
loss J = sum((P @ C @ R - Y)^2) / N`
const EQUATIONS = 'param x, v[3]\nfn g(u) = sqrt(u)^2\ny = sqrt(x)^2\nloss J = x + sum(v)'

const PROVED: Readonly<Record<string, readonly string[]>> = {
  // Softmax does not see what is added to a row of scores.
  [ATTENTION]: ['d(J, b) = 0', 'sum(P, axis=2) = ones(N)', 'd(sum(P * P), b) = 0'],
  [EQUATIONS]: [
    'y = g(x)',
    'where(x > 0, y, 1) = where(x > 0, x, 1)',
    'where(v > 0, sqrt(v)^2, v) = v',
    'd(y, x) = 1',
    'max(exp(x), exp(-x)) = exp(abs(x))',
  ],
  'dim N, D\nparam X[N, D]\nloss J = sum(X)': ['X @ inv(X.T @ X) @ X.T @ X = X'],
}

describe('claims that are proved', () => {
  it.each(Object.entries(PROVED).flatMap(([program, claims]) => claims.map((c) => [c, program] as const)))(
    '%s',
    async (claim, program) => expect(await verdictsOf(program, [claim])).toEqual(['proved']),
  )
})

describe('a root that the normal form takes away', () => {
  it.each([
    'y = x',
    'g(x) = x',
    'y + 0 * g(x) = x',
    'where(x > -1, sqrt(x)^2, x) = x',
    'where(v > -2, sqrt(v)^2, v) = v',
    'y * d(x^2, x) = 2 * x^2',
    'sum(sqrt(v)^2) = sum(v)',
  ])('%s is false where the root has no value', async (claim) =>
    expect(await verdictsOf(EQUATIONS, [claim])).toEqual(['refuted']),
  )
  it('says nothing where what is differentiated has no value', async () =>
    expect(await verdictsOf(EQUATIONS, ['d(sqrt(x)^2, x) = sign(x)'])).toEqual(['holds']))
})

describe('sizes that are too large', () => {
  const text = [
    'dim N = 3000, M = 2500',
    'param A[N, M]',
    'loss J = sum(A)',
    'claim logdet(eye(N) + A @ A.T) = logdet(eye(M) + A.T @ A)',
    'claim logdet(eye(N) + A @ A.T) = logdet(eye(M) + 2 * A.T @ A)',
  ].join('\n')
  it('are tried at smaller ones, where a claim can hold but not be refuted', async () => {
    const { graph, mathematics } = analyse(text)
    const resized: Resized = (dims) => analyse(text, { dims }).mathematics
    const judgements = await judgeClaims(graph, mathematics!, resized)
    expect(judgements.map((j) => j.verdict)).toEqual(['holds', 'unknown'])
    expect([...judgements[0]!.equality.sizes[0]!]).toEqual([
      ['N', 3],
      ['M', 2],
    ])
    expect((await judgeClaims(graph, mathematics!)).map((j) => j.verdict)).toEqual(['unknown', 'unknown'])
  })
})

describe('a claim that no point judges', () => {
  it('is unknown', async () =>
    expect(await verdictsOf('param x\nloss J = x', ['d(log(-1 - x^2), x) = erf(x)'])).toEqual(['unknown']))
})

describe('claims that are true are not refuted', () => {
  it.each(Object.entries(TRUE).flatMap(([program, claims]) => claims.map((c) => [c, program] as const)))(
    '%s',
    async (claim, program) => expect(['proved', 'holds']).toContain((await verdictsOf(program, [claim]))[0]),
  )
})

describe('claims that are false somewhere are refuted', () => {
  it.each(Object.entries(FALSE).flatMap(([program, claims]) => claims.map((c) => [c, program] as const)))(
    '%s',
    async (claim, program) => expect(await verdictsOf(program, [claim])).toEqual(['refuted']),
  )
})

describe('random claims', () => {
  /** A smooth or kinked expression in x and y. */
  function expression(rng: ReturnType<typeof random>, depth: number): string {
    if (depth === 0) return rng.pick(['x', 'y', 'x', '2', '3', '½'])
    const [a, b] = [expression(rng, depth - 1), expression(rng, depth - 1)]
    return rng.pick([
      `(${a} + ${b})`,
      `(${a} * ${b})`,
      `(${a} - ${b})`,
      `sin(${a})`,
      `tanh(${a})`,
      `abs(${a})`,
      `max(${a}, ${b})`,
      `sigmoid(${a})`,
      `relu(${a})`,
    ])
  }
  /** The same value written in another way. */
  const rewritten = (rng: ReturnType<typeof random>, e: string): string =>
    rng.pick([
      `(${e} + x) - x`,
      `-(-(${e}))`,
      `max(${e}, 0) + min(${e}, 0)`,
      `where(x < y, ${e}, ${e})`,
      `2 * (${e}) - (${e})`,
      `sign(${e}) * abs(${e})`,
      `log(exp(${e}))`,
    ])
  it.each(Array.from({ length: 40 }, (_, i) => i))('%i', async (seed) => {
    const rng = random(`claims ${seed}`)
    const e = expression(rng, 2)
    const bound = rng.pick([9, 33, 250, 4000])
    const variable = rng.pick(['x', 'y', 'x + y', '2 * x - y'])
    const beyond = rng.pick([`${variable} > ${bound}`, `${variable} < -${bound}`])
    const [same, other] = await verdictsOf('param x, y\nloss J = x * y', [
      `${rewritten(rng, e)} = ${e}`,
      `where(${beyond}, 1 + ${e}, ${e}) = ${e}`,
    ])
    expect([e, same === 'refuted', other]).toEqual([e, false, 'refuted'])
  })
})
