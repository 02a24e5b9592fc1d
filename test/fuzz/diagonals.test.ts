/** Diagonals and traces of Hessians and Jacobians, which are computed without these, against these. */
import { expect, test } from 'vitest'
import { random } from '../../src/base/random.ts'
import { compile } from '../../src/compile.ts'
import { seeds } from '../support/campaign.ts'
import { load } from '../schedule/built.ts'

const N = 4

/** Scalars of w, of all kinds that meet a diagonal: dense, windows, pairs, look-ups, recurrences, choices. */
const SCALARS = [
  'sum(tanh(W @ w)^2)',
  'sum(w[i] * w[i+1]^2 for i in 1..N-1)',
  'exp(w[2]) * sum(w * x)',
  'logsumexp(W @ (w * x))',
  'sum(sin(w[i] - w[j]) * W[i, j] for i in 1..N, j in 1..i)',
  'norm(w - x)',
  'max(w * x) * w[1]',
  'dot(w, W @ w)',
  'prod(1 + w[i] / 3 for i in 1..N)',
  'sum(cumsum(w)^3)',
  'w[t]^2 * w[1]',
  'sum(where(w > x, w^3, w^2 * x))',
  'logdet(outer(w, w) + eye(N))',
  'sum(softmax(w) * x)',
  'sum(w[k+1-i] * w[i]^2 * x[k] for k in 1..N, i in 1..k)',
]
const VECTORS = [
  'tanh(W @ w)',
  'softmax(w * x)',
  'cumsum(w^2)',
  'w * dot(w, x)',
  'solve(W + 9 * eye(N), w^2)',
]

const entries = (source: string): Record<string, number[]> => {
  const { code, diagnostics } = compile(source, { target: 'js', formulas: false })
  expect(
    diagnostics.filter((d) => d.severity === 'error').map((d) => d.message),
    source,
  ).toEqual([])
  const array = (n: number, by: number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => Math.sin(by * (i + 1)))
  const m = load(code!) as unknown as { forward(inputs: object): Record<string, number | Float64Array> }
  const found = m.forward({ x: array(N, 1.7), W: array(N * N, 2.3), w: array(N, 0.9), t: 2 })
  return Object.fromEntries(
    Object.entries(found).map(([name, v]) => [name, typeof v === 'number' ? [v] : [...v]]),
  )
}

test.each(seeds(6))('random functions %i', (seed) => {
  const r = random(`diagonals ${seed}`)
  const [a, b, c] = r.sample(SCALARS, 3) as [string, string, string]
  const J = r.pick([`${a} + ${b}`, `(${a}) * (${b}) + ${c}`, `tanh(${a}) * (${b})`])
  const D = r.pick([`d(d(J, w), w)`, `d(${r.pick(VECTORS)} * (1 + J / 9), w)`])
  const head = `dim N = ${N}\ninput x[N], W[N, N], w[N], t : index(N)\nJ = ${J}\n`
  const source = `${head}h = diag(${D})\ns = trace(${D} * outer(x, 1 + 0 * x)) + x[1]\noutput h, s\n`
  const { H } = entries(`${head}H = ${D}\noutput H\n`)
  const { h, s } = entries(source)
  const x = Float64Array.from({ length: N }, (_, i) => Math.sin(1.7 * (i + 1)))
  const scale = Math.max(1, ...H!.map(Math.abs))
  const diagonal = h!.map((_, i) => H![i * N + i]!)
  h!.forEach((v, i) => expect(Math.abs(v - diagonal[i]!) / scale, source).toBeLessThan(1e-10))
  const sum = diagonal.reduce((total, v, i) => total + v * x[i]!, x[0]!)
  expect(Math.abs(s![0]! - sum) / scale, source).toBeLessThan(1e-10)
})
