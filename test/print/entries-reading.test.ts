/** Formulas that are said of entries are read back from their characters, and are the values and gradients. */
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { isAdjoint } from '../../src/graph/node.ts'
import { doubles, evaluate, randomPoint } from '../../src/interpret/index.ts'
import { namesOf, textLine, toText } from '../../src/print/index.ts'
import { writtenFormulas } from '../../src/print/formulas/formulas.ts'
import { read } from '../support/examples.ts'
import { leftOf, readEntry, type Values } from './entry-reader.ts'

/** How many lines of a program are of entries; each is compared at every entry. */
function compared(source: string, dims: Readonly<Record<string, number>> = {}): number {
  const { graph, mathematics } = analyse(source, { dims })
  const written = writtenFormulas(graph, mathematics!.written)
  const { found, terms, left } = written
  const { network } = found
  const lines = [...found.forward, ...found.errorTerms, ...found.gradients]
  const equations = network.equations.map(({ node }) => node)
  const roots = [...equations, ...terms, ...lines.map(({ node }) => node)]
  const { point } = randomPoint(roots, 3)
  const results = evaluate(roots, point.values, doubles, { dims: point.dims })
  const names = namesOf(network)
  const values = new Map<string, (typeof results)[0]>()
  for (const [name, tensor] of point.values) values.set(toText(names.of(name)), tensor)
  network.equations.forEach(({ name }, i) => values.set(toText(names.of(name)), results[i]!))
  terms.forEach((term, i) => {
    if (isAdjoint(term)) values.set(toText(left.get(term)!), results[equations.length + i]!)
  })
  let count = 0
  for (const [i, line] of lines.entries()) {
    if (!line.entries) continue
    const text = textLine(line)
    if (text.includes('arg')) continue
    const [before, right] = text.split(' = ') as [string, string]
    const { letters } = leftOf(before.replace(/^∂.*∂/u, ''))
    const { shape, data } = results[equations.length + terms.length + i]!
    data.forEach((value, flat) => {
      const at = new Map<string, number>()
      let rest = flat
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at.set(letters[axis]!, (rest % shape[axis]!) + 1)
        rest = Math.floor(rest / shape[axis]!)
      }
      const found = readEntry(text.slice(before.length + 3), values as Values, at)
      expect(
        Math.abs(found - value),
        `${text} at ${[...at.values()].join()}, ${right.length} characters`,
      ).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)))
    })
    count++
  }
  return count
}

test('the digits', () => {
  expect(compared(read('digits.net'), { S: 8, C: 2, D: 3, K: 2 })).toBeGreaterThanOrEqual(9)
})

test.each([
  [
    'a convolution in one layer',
    3,
    `input x[2, 4, 5]
param K[3, 2, 2, 3], b[3]
z = conv2d(x, K, padding=1, stride=2, bias=b)
loss J = sum(tanh(z)^2)`,
  ],
  [
    'a convolution over a convolution',
    5,
    `input x[2, 7]
param K[3, 2, 2], L[2, 3, 3], b[3]
z[c, i] = b[c] + sum(K[c, d, u] * x[d, i+u-1] for d in 1..2, u in 1..2) for c in 1..3, i in 1..6
y = conv1d(tanh(z), L)
loss J = sum(tanh(y))`,
  ],
  [
    'a convolution of one map',
    2,
    `input x[1, 4, 4]
param K[2, 1, 2, 2]
z = conv2d(x, K)
loss J = sum(tanh(z))`,
  ],
  [
    'positions in formulas, triangles',
    2,
    `dim T = 4
input x[T, 2]
param w[T], v[T, T]
a[t] = w[t] * t / (1 + t) for t in 1..T
s[i, j] = v[i, j] * a[j] for i in 1..T, j in 1..i
loss J = sum(s[i, j]^2 * x[i, 1] for i in 1..T, j in 1..i) + sum(a^2)`,
  ],
])('%s', (_, least, source) => expect(compared(source)).toBeGreaterThanOrEqual(least))
