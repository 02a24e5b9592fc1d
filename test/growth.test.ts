/**
 * No gradient costs more than five times its loss, however long the dims are: operations counted in the loops, as polynomials
 * in the dims. Where a loss holds derivatives, what they cost as they are taken belongs to the loss; what they may cost
 * beside the value that is differentiated has a table of its own.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Extent, addExtents, extentText } from '../src/graph/extent.ts'
import { everyNth, seeds } from './support/campaign.ts'
import { brief, closed } from './support/examples.ts'
import { countsOf, excess, opened, valueAt } from './support/growth.ts'
import { randomNetwork } from './support/random-network.ts'

const MOST = 5

const folder = (name: string): [string, string][] =>
  readdirSync(new URL(name, import.meta.url))
    .filter((file) => file.endsWith('.net'))
    .map((file) => [file, readFileSync(new URL(`${name}${file}`, import.meta.url), 'utf8')])

/** With the last of the values that its first line gives to dims that it leaves open: `// dims: L=1; L=3`. */
function deep(source: string): string {
  const given = /^\/\/ dims: (?:.*; )?([^;\n]*)/.exec(source)?.[1]?.split(', ') ?? []
  const values = new Map<string, string[]>()
  for (const [name, value] of given.map((text) => text.split('=') as [string, string])) {
    const family = name.replace(/\[.*/, '')
    values.set(family, [...(values.get(family) ?? []), value])
  }
  return [...values].reduce(
    (text, [name, list]) =>
      text.replace(
        new RegExp(`(^dim\\b[^\\n]*?\\b${name}(?:\\[.*\\])?)(?= *(?:,|$))`, 'm'),
        `$1 = ${list.join(', ')}`,
      ),
    source,
  )
}

/** As written, and with dims left open: known lengths have other forms. */
function excesses(source: string): string[] {
  const texts = [...new Set([opened(source), source])]
  return texts.flatMap((text) => {
    const { loss, backward, entries } = countsOf(text)
    return excess(addExtents(loss, entries), backward, MOST).map(
      (wrong) => `${wrong}: ${extentText(backward)} beside ${extentText(loss)}`,
    )
  })
}

describe('loss and gradients grow no faster than the loss', () => {
  it.each(everyNth(folder('./closed-forms/'), 12))('%s', (_file, source) => {
    expect(excesses(source)).toEqual([])
  })
  it.each(everyNth(folder('./families/'), 2))('%s', (_file, source) => {
    expect(excesses(deep(source))).toEqual([])
  })
  it.each(closed)('%s', (file) => {
    expect(excesses(brief(file))).toEqual([])
  })
  it.each(
    Object.entries({
      'columns that are standardised': `dim N, D = 3, H = 2
input X[N, D], Y[N, H]
param W[D, H]
Z = X @ W
mu = mean(Z, axis=1)
v = mean((Z - mu)^2, axis=1)
Zn = (Z - mu) / sqrt(v + 1e-5)
loss L = ½ * sum((Zn - Y)^2)`,
      'an output of length one': `dim D, K
input x[D]
target y[K]
param W[K, D], b[K]
loss L = ½ * norm((W @ x + b) / norm(W @ x + b) - y)^2`,
      'rows of length one': `dim N, D, K
input X[N, D], Y[N, K]
param W[D, K]
Z = X @ W
P = (Z.T / sqrt(sum(Z^2, axis=2))).T
loss L = sum((P - Y)^2)`,
      'a projection along a unit vector': `dim N
input x[N], y[N]
param w[N]
u = w / norm(w)
loss L = norm(x - dot(u, x) * u - y)^2`,
      'a product of low rank': `dim N, R
input x[N], y[N]
param U[N, R], V[N, R]
loss L = norm(U @ (V.T @ x) - y)^2`,
      'softmax attention of one query': `dim T, D
input X[T, D], y[D]
param q[D], K[D, D]
a = softmax(X @ (K @ q))
loss L = norm(a @ X - y)^2`,
      'a diagonal behind a case distinction': `dim N
input x[N], y[N]
param w[N]
loss L = (trace(relu(outer(w, x))) - sum(y))^2`,
      'a chain of linear layers over a batch': `batch B
dim D, H, K
input x[D]
target y[K]
param A[H, D], C[H, H], E[K, H]
loss L = norm(E @ (C @ (A @ x)) - y)^2`,
    }),
  )('%s', (_name, source) => {
    expect(excesses(source)).toEqual([])
  })
})

describe('those of random programs grow no faster', () => {
  for (const seed of seeds(6)) {
    const derivatives = seed % 3 === 1
    const { name, source } = randomNetwork(seed, {
      size: 1 + (seed % 6),
      families: !derivatives && seed % 2 === 0,
      derivatives,
    })
    it(name, () => {
      const open = opened(source)
      const counts = countsOf(open)
      // Of so small programs a few operations more are many times as much.
      expect(excess(counts.loss, counts.backward, Infinity), open).toEqual([])
    })
  }
})

describe('the gradients of a product cost at most five times its loss, whatever it is of', () => {
  const listed = (n: number, text: (i: number) => string, by: string): string =>
    Array.from({ length: n }, (_, i) => text(i + 1)).join(by)
  it.each(
    Object.entries({
      numbers: (n: number) =>
        `param ${listed(n, (i) => `w${i}`, ', ')}\nloss J = ${listed(n, (i) => `w${i}`, ' * ')}`,
      'sums with one': (n: number) => `param x\nloss J = ${listed(n, (i) => `(x + ${i})`, ' * ')}`,
      'sines of vectors': (n: number) =>
        `dim D\ninput x[D]\nparam ${listed(n, (i) => `w${i}[D]`, ', ')}\nloss J = sum(${listed(n, (i) => `sin(w${i} * x)`, ' * ')})`,
      powers: (n: number) =>
        `param ${listed(n, (i) => `w${i}`, ', ')}\nloss J = sin(${listed(n, (i) => `w${i}^${1 + (i % 3)}`, ' * ')})`,
      'two products': (n: number) =>
        `param ${listed(n, (i) => `w${i}`, ', ')}\nloss J = ${listed(n, (i) => `w${i}`, ' * ')} + exp(${listed(n >> 1, (i) => `w${2 * i}`, ' * ')})`,
    }),
  )('%s', (_name, of) => {
    for (const n of [6, 16, 40]) {
      const { loss, backward } = countsOf(of(n))
      expect(valueAt(backward) / valueAt(loss), `${n} factors`).toBeLessThan(MOST)
    }
  })
})

const LAYERS = `dim D, H, K
input x[D], v[D], s, u[K]
param W1[H, D], W2[K, H]
h = tanh(W1 @ (x + s * v))
f = tanh(W2 @ h)
J = sum(f^2)
`
const costOf = (expression: string, equations = ''): Extent =>
  countsOf(`${LAYERS}${equations}o = ${expression}\noutput o\nloss L = sum(x)`).forward

describe('a derivative along something costs a few times what is differentiated', () => {
  it.each([
    ['f', 3, 'd(f, x) @ v'],
    ['f', 3, 'Jm @ v', 'Jm = d(f, x)\n'],
    ['f', 3, 'sum(d(f, x), axis=2)'],
    ['f', 3, 'd(f, s)'],
    ['f', 3, 'u @ d(f, x)'],
    ['f', 3, 'd(f, x).T @ u'],
    ['f', 3, '(d(f, h) @ d(h, x)) @ v'],
    ['f', 5, 'd(f, x).T @ (d(f, x) @ v)'],
    ['f', 5, '(d(f, x).T @ d(f, x) + s * eye(D)) @ v'],
    ['J', 3, 'd(J, x)'],
    ['J', 6, 'd(d(J, x), x) @ v'],
    ['J', 6, 'd(dot(d(J, x), v), x)'],
    ['J', 6, '(d(d(J, x), x) + s * eye(D)) @ v'],
    ['J', 6, 'v @ d(d(J, x), x) @ v'],
  ] as const)('of %s, at most %i: %s', (of, most, expression, equations: string = '') => {
    const cost = costOf(expression, equations)
    expect(excess(costOf(of), cost, most).map((wrong) => `${wrong}: ${extentText(cost)}`)).toEqual([])
  })
})
