/** Claims for every length: true ones are proved by induction, false ones refuted, and none that is false is ever proved. */
import { describe, expect, it } from 'vitest'
import { random } from '../src/base/random.ts'
import { analyse } from '../src/compile.ts'
import { type GeneralJudgement, judgeEveryDepth, openOf } from '../src/every-depth.ts'

const LAYERS = `
dim L
dim n[0..L]
fn s(v)
fn C(a, y)
input x[n[0]]
target y[n[L]]
param W[l][n[l], n[l-1]], b[l][n[l]] for l in 1..L
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1] + b[l]
  a[l] = s(z[l])
}
loss E = C(a[L], y)
`
const PROGRAMS = {
  'layers of any widths': LAYERS.replace(/fn .*\n/g, '')
    .replace('s(z', 'sigmoid(z')
    .replace('C(', 'squarederror('),
  'layers of any function': LAYERS,
  'a recurrent network': `
dim T
dim F = 2, H = 3
input x[t][F] for t in 1..T
target y
param W[H, F], U[H, H], b[H], v[H], c
h[0] = zeros(H)
for t in 1..T {
  z[t] = W @ x[t] + U @ h[t-1] + b
  h[t] = tanh(z[t])
}
p = dot(v, h[T]) + c
loss J = (p - y)^2 / 2
`,
  'a loss at each step': `
dim T
dim H = 2
input x[T, H]
target y[T, H]
param U[H, H]
h[0] = zeros(H)
h[t] = tanh(U @ h[t-1] + x[t]) for t in 1..T
loss J = sum(sum((h[t] - y[t])^2) for t in 1..T)
`,
  'residual layers': `
dim L
dim H = 2
input x[H]
target y[H]
param W[l][H, H], c[l][H], V[l][H, H] for l in 1..L
h[0] = x
for l in 1..L {
  z[l] = W[l] @ h[l-1] + c[l]
  a[l] = tanh(z[l])
  h[l] = h[l-1] + V[l] @ a[l]
}
loss J = squarederror(h[L], y)
`,
  'a memory with gates': `
dim T
dim H = 1
input x[T, H]
target y[H]
param A[H, H], B[H, H], R[H, H]
h[0] = zeros(H)
c[0] = zeros(H)
for t in 1..T {
  f[t] = sigmoid(A @ h[t-1] + x[t])
  o[t] = sigmoid(B @ h[t-1])
  g[t] = tanh(R @ h[t-1] + x[t])
  c[t] = f[t] * c[t-1] + (1 - f[t]) * g[t]
  h[t] = o[t] * tanh(c[t])
}
loss J = sum((h[T] - y)^2)
`,
  'in both directions': `
dim T
dim H = 1
input x[T, H]
target y[H]
param A[H, H], B[H, H], R[H, H]
f[0] = zeros(H)
f[t] = tanh(x[t] + A @ f[t-1]) for t in 1..T
g[T+1] = zeros(H)
g[t] = tanh(x[t] + B @ g[t+1]) for t in T..1
m[t] = f[t] * g[t] for t in 1..T
q = R @ mean(m, axis=1)
loss J = sum((q - y)^2)
`,
  'one recurrence after another': `
dim S, T
dim H = 1
input x[s][H] for s in 1..S
target y[H]
param A[H, H], B[H, H]
e[0] = zeros(H)
e[s] = tanh(A @ e[s-1] + x[s]) for s in 1..S
g[0] = e[S]
g[t] = tanh(B @ g[t-1]) for t in 1..T
loss J = sum((g[T] - y)^2)
`,
  'after a recurrence of known length': `
dim L
dim T = 9, H = 1
input x[t][H] for t in 1..T
target y[H]
param E[t][H, H] for t in 1..T
param W[l][H, H], V[l][H, H] for l in 1..L
s[0] = zeros(H)
s[t] = s[t-1] + E[t] @ x[t] for t in 1..T
h[0] = s[T]
for l in 1..L {
  a[l] = tanh(W[l] @ h[l-1])
  h[l] = h[l-1] + V[l] @ a[l]
}
loss J = squarederror(h[L], y)
`,
  'linear recurrences': `
dim T
param a : positive, h0, q
input x[T]
h[0] = h0
h[t] = a * h[t-1] for t in 1..T
s[0] = 0
s[t] = s[t-1] + x[t] for t in 1..T
k[0] = 0
k[t] = k[t-1] + t for t in 1..T
loss J = h[T] * s[T] + q * k[T]
`,
  'of order two': `
dim T
param u, w
f[1] = u
f[2] = w
f[t] = f[t-1] + f[t-2] for t in 3..T
loss J = f[T]^2
`,
} as const
type Name = keyof typeof PROGRAMS

const TRUE: Readonly<Record<Name, readonly string[]>> = {
  'layers of any widths': [
    "d(E, z[L]) = (a[L] - y) * sigmoid'(z[L])",
    "d(E, z[l]) = (W[l+1].T @ d(E, z[l+1])) * sigmoid'(z[l]) for l in 1..L-1",
    'd(E, b[l]) = d(E, z[l]) for l in 1..L',
    'd(E, W[l]) = outer(d(E, z[l]), a[l-1]) for l in 1..L',
    'd(E, a[l]) = W[l+1].T @ (d(E, a[l+1]) * a[l+1] * (1 - a[l+1])) for l in 0..L-1',
    "d(z[l+1], z[l]) = W[l+1] @ diag(sigmoid'(z[l])) for l in 1..L-1",
    'd(E, x) = W[1].T @ d(E, z[1])',
    'd(z[l], W[l])[1, 1, 1] = a[l-1][1] for l in 1..L',
  ],
  'layers of any function': [
    "d(E, z[L]) = d(E, a[L]) * s'(z[L])",
    "d(E, z[l]) = (W[l+1].T @ d(E, z[l+1])) * s'(z[l]) for l in 1..L-1",
    'd(E, b[l]) = d(E, z[l]) for l in 1..L',
    'd(E, W[l]) = outer(d(E, z[l]), a[l-1]) for l in 1..L',
  ],
  'a recurrent network': [
    'd(J, h[T]) = (p - y) * v',
    'd(J, h[t]) = U.T @ d(J, z[t+1]) for t in 1..T-1',
    'd(J, z[k]) = d(J, h[k]) * (1 - h[k]^2) for k in 1..T',
    'd(J, U) = sum(outer(d(J, z[t]), h[t-1]) for t in 1..T)',
    'd(J, U) = sum(outer(d(J, z[t]), h[t-1]) for t in 2..T)',
    'd(J, b) = sum(d(J, h[t]) * (1 - h[t]^2) for t in 1..T)',
    'd(J, x[t]) = W.T @ d(J, z[t]) for t in 1..T',
    'd(h[t], h[t-1]) = diag(1 - h[t]^2) @ U for t in 1..T',
  ],
  'a loss at each step': [
    'd(J, h[T]) = 2 * (h[T] - y[T])',
    'd(J, h[t]) = 2 * (h[t] - y[t]) + U.T @ (d(J, h[t+1]) * (1 - h[t+1]^2)) for t in 1..T-1',
    'd(J, U) = sum(outer(d(J, h[t]) * (1 - h[t]^2), h[t-1]) for t in 1..T)',
  ],
  'residual layers': [
    'd(J, h[l-1]) = d(J, h[l]) + W[l].T @ d(J, z[l]) for l in 1..L',
    'd(J, z[l]) = (V[l].T @ d(J, h[l])) * (1 - a[l]^2) for l in 1..L',
    'd(J, V[l]) = outer(d(J, h[l]), a[l]) for l in 1..L',
    'd(h[l], h[l-1]) = eye(H) + V[l] @ diag(1 - a[l]^2) @ W[l] for l in 1..L',
  ],
  'a memory with gates': [
    'd(J, c[T]) = d(J, h[T]) * o[T] * (1 - tanh(c[T])^2)',
    'd(J, c[t]) = d(J, c[t+1]) * f[t+1] + d(J, h[t]) * o[t] * (1 - tanh(c[t])^2) for t in 1..T-1',
    'd(J, f[t]) = d(J, c[t]) * (c[t-1] - g[t]) for t in 1..T',
    'd(J, A) = sum(outer(d(J, f[t]) * f[t] * (1 - f[t]), h[t-1]) for t in 1..T)',
  ],
  'in both directions': [
    'd(J, g[t]) = B.T @ (d(J, g[t-1]) * (1 - g[t-1]^2)) + (2/T * R.T @ (q - y)) * f[t] for t in 2..T',
    'd(J, m[t]) = 2/T * R.T @ (q - y) for t in 1..T',
    'd(J, A) = sum(outer(d(J, f[t]) * (1 - f[t]^2), f[t-1]) for t in 1..T)',
  ],
  'one recurrence after another': [
    'd(J, e[s]) = A.T @ (d(J, e[s+1]) * (1 - e[s+1]^2)) for s in 1..S-1',
    'd(J, e[S]) = B.T @ (d(J, g[1]) * (1 - g[1]^2))',
  ],
  'after a recurrence of known length': [
    'd(J, h[l-1]) = d(J, h[l]) + W[l].T @ (d(J, a[l]) * (1 - a[l]^2)) for l in 1..L',
    'd(J, V[l]) = outer(d(J, h[l]), a[l]) for l in 1..L',
  ],
  'linear recurrences': [
    'h[t] = a^t * h[0] for t in 0..T',
    'h[t] + q = a^t * h0 + q for t in 1..T',
    's[t] = sum(x[i] for i in 1..t) for t in 1..T',
    'k[t] = t * (t + 1) / 2 for t in 0..T',
    'd(J, h[t]) = a^(T-t) * s[T] for t in 0..T',
    'd(h[T], h[t]) = a^(T-t) for t in 0..T',
  ],
  'of order two': [
    'd(f[t], f[t-1]) = 1 for t in 3..T',
    'd(J, f[t]) = d(J, f[t+1]) + d(J, f[t+2]) for t in 2..T-2',
  ],
}

const FALSE: Readonly<Record<Name, readonly string[]>> = {
  'layers of any widths': [
    // A factor, a path or a slope is missing; at an end only; at short lengths only.
    'd(E, z[l]) = W[l+1].T @ d(E, z[l+1]) for l in 1..L-1',
    'd(E, z[L]) = a[L] - y',
    'd(E, b[l]) = 2 * d(E, z[l]) for l in 1..L',
    'd(E, b[l]) = d(E, z[l]) * where(l < L, 1, 2) for l in 1..L',
    'd(E, b[l]) = d(E, z[l]) * where(l > 1, 1, 2) for l in 1..L',
    'd(E, b[l]) = d(E, z[l]) * where(l <= 3, 1, 2) for l in 1..L',
    'd(E, b[l]) = d(E, z[l]) * where(l <= 6, 1, 2) for l in 1..L',
    'd(z[l+1], z[l]) = W[l+1] for l in 1..L-1',
  ],
  'layers of any function': [],
  'a recurrent network': [
    'd(J, h[t]) = U @ d(J, z[t+1]) for t in 1..T-1',
    'd(J, h[t]) = U.T @ d(J, z[t]) for t in 1..T-1',
    'd(J, b) = sum(d(J, z[t]) for t in 2..T)',
    'd(J, U) = sum(outer(d(J, z[t]), h[t]) for t in 1..T)',
    'd(J, h[t]) = (p - y) * v for t in 1..T',
  ],
  'a loss at each step': [
    'd(J, h[t]) = U.T @ (d(J, h[t+1]) * (1 - h[t+1]^2)) for t in 1..T-1',
    'd(J, h[t]) = 2 * (h[t] - y[t]) for t in 1..T',
  ],
  'residual layers': ['d(J, h[l-1]) = W[l].T @ d(J, z[l]) for l in 1..L'],
  'a memory with gates': [
    'd(J, c[t]) = d(J, c[t+1]) * f[t+1] for t in 1..T-1',
    'd(J, f[t]) = d(J, c[t]) * c[t-1] for t in 1..T',
  ],
  'in both directions': ['d(J, g[t]) = B.T @ (d(J, g[t-1]) * (1 - g[t-1]^2)) for t in 2..T'],
  'one recurrence after another': ['d(J, e[S]) = d(J, g[1])'],
  'after a recurrence of known length': [
    'd(J, h[l-1]) = d(J, h[l]) + W[l].T @ d(J, a[l]) for l in 1..L',
    'd(J, V[l]) = outer(d(J, h[l]), a[l]) * where(l <= 6, 1, 2) for l in 1..L',
  ],
  'linear recurrences': [
    'h[t] = a^(t+1) * h[0] for t in 0..T',
    'k[t] = t * (t - 1) / 2 for t in 0..T',
    's[t] = sum(x[i] for i in 2..t) for t in 1..T',
    'd(J, h[t]) = a^(T-t+1) * s[T] for t in 0..T',
    'k[t] = t * (t + 1) / 2 + t*(t-1)*(t-2)*(t-3)*(t-4)*(t-5) for t in 0..T',
  ],
  'of order two': [
    'd(J, f[t]) = d(J, f[t+1]) for t in 2..T-2',
    'd(J, f[t]) = d(J, f[t+1]) + d(J, f[t+2]) for t in 1..T-2',
  ],
}

async function judged(source: string, claims: readonly string[]): Promise<GeneralJudgement[]> {
  const text = [source, ...claims.map((claim) => `claim ${claim}`), ''].join('\n')
  const analysed = analyse(text, { filename: 'a.net', recurrences: true })
  const open = openOf(analysed)
  expect(open, analysed.diagnostics.map((d) => d.message).join('\n')).toBeDefined()
  const found = await judgeEveryDepth(text, { filename: 'a.net' }, open!)
  expect(found).toHaveLength(claims.length)
  return found
}

describe('claims for every length', () => {
  for (const name of Object.keys(PROGRAMS) as Name[]) {
    it(`${name}: what is true is proved`, async () => {
      const found = await judged(PROGRAMS[name], TRUE[name])
      for (const [i, { verdict }] of found.entries()) expect(verdict, TRUE[name][i]).toBe('proved')
    })
    if (FALSE[name].length > 0)
      it(`${name}: what is false is refuted, at a length and an index`, async () => {
        const found = await judged(PROGRAMS[name], FALSE[name])
        for (const [i, { verdict, at, counterexample }] of found.entries()) {
          expect(verdict, FALSE[name][i]).toBe('refuted')
          expect(at).toMatch(/^[LST] = \d/)
          expect(counterexample!.left).not.toBe(counterexample!.right)
        }
      })
  }
})

it('what is false of functions without a body is not proved', async () => {
  const claims = [
    'd(E, b[l]) = 2 * d(E, z[l]) for l in 1..L',
    'd(E, z[l]) = W[l+1].T @ d(E, z[l+1]) for l in 1..L-1',
    'd(E, z[L]) = d(E, a[L])',
    'd(E, W[l]) = outer(d(E, a[l]), a[l-1]) for l in 1..L',
  ]
  for (const { verdict } of await judged(LAYERS, claims)) expect(verdict).toBe('unknown')
})

it('an index of a claim that leaves the range of a family is an error, with values for which it does', () => {
  const said = (name: Name, claim: string): string =>
    analyse(`${PROGRAMS[name]}claim ${claim}\n`, { filename: 'a.net', recurrences: true })
      .diagnostics.map((d) => d.message)
      .join('\n')
  expect(said('layers of any widths', 'd(E, a[l]) = W[l+1].T @ d(E, z[l+1]) for l in 1..L')).toMatch(
    /`W` runs from 1 to L, and this one is 2 for L = 1, l = 1[^]*`z` runs from 1 to L/,
  )
  expect(said('layers of any widths', 'd(E, z[l]) = d(E, b[l]) for l in 0..L')).toContain('is 0 for l = 0')
  expect(said('a loss at each step', 'd(J, h[t]) = d(J, h[t+1]) for t in 1..T')).toMatch(
    /^A subscript of `h` runs from 0 to T, and this one is 2 for T = 1, t = 1\.$/,
  )
})

/** A true claim of a network of layers, changed at random: it may be true still, but then numbers say so too. */
it('no claim that numbers refute is proved', async () => {
  const rng = random('every depth')
  const changes: readonly ((claim: string) => string)[] = [
    (c) => c.replace('l+1', 'l'),
    (c) => c.replace('.T', ''),
    (c) => c.replace('1..', '2..'),
    (c) => c.replace('= ', '= 2 * '),
    (c) => c.replace("sigmoid'", 'sigmoid'),
    (c) => c.replace('a[l-1]', 'a[l]'),
    (c) => c.replace(/ \* \(1 - a\[l\]\)/, ''),
    (c) => c.replace('d(E, z[l])', 'd(E, a[l])'),
  ]
  const source = PROGRAMS['layers of any widths']
  const claims = TRUE['layers of any widths'].slice(1, 5)
  let wrong = 0
  for (let k = 0; k < 12; k++) {
    const claim = rng.pick(changes)(rng.pick(claims))
    const text = `${source}claim ${claim}\n`
    const analysed = analyse(text, { filename: 'a.net', recurrences: true })
    const open = openOf(analysed)
    if (!open) continue
    const [{ verdict }] = (await judgeEveryDepth(text, { filename: 'a.net' }, open)) as [GeneralJudgement]
    expect(['proved', 'refuted'], claim).toContain(verdict)
    if (verdict === 'refuted') wrong++
  }
  expect(wrong).toBeGreaterThan(1)
})
