/**
 * What stands left of = is what its name says: δ_v is ∂loss/∂v, and ∂loss/∂w₁ the derivative by that entry, found anew in
 * forward mode by a term of zeros that is added to what is named.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { differentiate } from '../../src/derive/reverse.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { type Node, isSource } from '../../src/graph/node.ts'
import { transform } from '../../src/graph/traverse.ts'
import { type Tensor, doubles, evaluate, forward, randomPoint } from '../../src/interpret/index.ts'
import { namesOf, toText } from '../../src/print/index.ts'
import { writtenFormulas } from '../../src/print/formulas/formulas.ts'
import { LONG, seeds } from '../support/campaign.ts'
import { brief, closed } from '../support/examples.ts'
import { randomNetwork } from '../support/random-network.ts'

interface Judged {
  /** Error terms that were compared. */
  readonly terms: number
  readonly wrong: readonly string[]
}

/** What a node is an entry or another view of, and where it is that itself. */
const baseOf = (node: Node): Node =>
  node.kind === 'symbol' || isSource(node) || node.args.length === 0
    ? node
    : baseOf(node.args.find((a) => a.kind !== 'basis' && a.kind !== 'constant') ?? node.args[0]!)

let count = 0

/** The derivative of the loss by each entry of a value, in forward mode: zeros are added to it wherever it is used. */
function byForwardMode(
  g: Graph,
  loss: Node,
  by: Node,
  point: { readonly values: ReadonlyMap<string, Tensor<number>>; readonly dims: ReadonlyMap<string, number> },
): Tensor<number> {
  const name = `zeros ${++count}`
  const zeros = g.symbol({ name, role: 'param', shape: by.shape, assumptions: new Set() })
  const [moved] = transform(g, [loss], (rebuilt, original) =>
    original !== by
      ? rebuilt
      : rebuilt.kind === 'equation'
        ? g.equation(rebuilt.name, g.add(rebuilt.body, zeros))
        : g.add(rebuilt, zeros),
  )
  const { dims } = point
  const [value] = evaluate([by], point.values, doubles, { dims })
  const values = new Map(point.values).set(name, { shape: value!.shape, data: value!.data.map(() => 0) })
  const entries = value!.data.map((_, index) => ({ name, index }))
  const { derivatives } = forward([moved!], values, entries, doubles, { dims })
  return { shape: value!.shape, data: derivatives[0]!.map((t) => t.data[0]!) }
}

/** Every error term of a program, by numbers; undefined where there is no ordinary point. */
function judged(source: string, seed: number | string): Judged | undefined {
  const { graph: g, mathematics, diagnostics } = analyse(source)
  if (!mathematics) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  const { terms, left, found, image } = writtenFormulas(g, mathematics.written)
  const { network } = found
  const loss = network.loss!.node
  const differentiated = image(mathematics.written.differentiated!)
  const names = namesOf(network)
  const roots = [loss, differentiated, ...terms]
  const { point, usable } = randomPoint(roots, seed, {}, ({ values, dims }) =>
    evaluate(roots, values, doubles, { dims }).every((t) => t.data.every(Number.isFinite)),
  )
  if (!usable) return undefined
  const { dims } = point
  const wrong: string[] = []
  for (const e of terms) {
    // The equation as it stands in the listing.
    const of = network.equations.find(({ name }) => isSource(e.of!) && name === e.name)?.node ?? e.of!
    const layout = left.get(e)!
    const text = toText(layout)
    const [is] = evaluate([e.body], point.values, doubles, { dims })
    let must: Tensor<number>
    if (!text.startsWith('δ') && layout.kind !== 'derivative') {
      // A neutral name, of what the equations do not show: `--steps` says that it is the derivative by that part.
      const should = differentiate(g, differentiated, [of]).get(of)!
      must = evaluate([should], point.values, doubles, { dims })[0]!
    } else {
      const base = baseOf(of)
      if (layout.kind === 'derivative') {
        const by = toText(layout.by[0]!)
        if (isSource(of) && by !== toText(names.of(e.name))) wrong.push(`${text} is of ${e.name}`)
      } else {
        const index = /(?:\p{Nd}+|[₀-₉]+)?(?:\[.*\])?$/u.exec(e.name)![0]
        if (index === '' && text !== `δ_${inBraces(toText(names.of(e.name)))}`)
          wrong.push(`${text} is of ${e.name}`)
      }
      const all = byForwardMode(g, loss, base, point)
      if (base === of) must = all
      else {
        // The same view of the derivative as of the value.
        const name = `derivative ${++count}`
        const whole = g.symbol({ name, role: 'param', shape: base.shape, assumptions: new Set() })
        const [view] = transform(g, [of], (rebuilt, original) => (original === base ? whole : rebuilt))
        must = evaluate([view!], new Map(point.values).set(name, all), doubles, { dims })[0]!
      }
    }
    const scale = Math.max(1e-6, ...must.data.map(Math.abs))
    const isEqual =
      is!.shape.join() === must.shape.join() &&
      must.data.every((x, i) => Math.abs(x - is!.data[i]!) <= 1e-7 * scale)
    if (!isEqual)
      wrong.push(`${text} is not the derivative by ${e.name}: ${is!.data.join(' ')}; ${must.data.join(' ')}`)
  }
  return { terms: terms.length, wrong }
}

const inBraces = (text: string): string =>
  [...text].length === 1 || /^\p{L}\p{M}*[₀-₉]*$/u.test(text) ? text : `{${text}}`

test.each(closed)('%s', (file) => {
  const { terms, wrong } = judged(brief(file), file)!
  expect(wrong).toEqual([])
  if (file !== 'scalar.net') expect(terms).toBeGreaterThan(0)
})

const programs = (path: string): (readonly [string, string])[] => {
  const folder = new URL(path, import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.net'))
    .map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const)
}

describe('the corpus', () => {
  // Of those with derivatives in them more than of the others; all in the long campaign.
  const some = [...programs('../closed-forms/'), ...programs('../families/')].filter(
    ([, source], i) => LONG || i % 15 === 0 || (/\bd\(/.test(source) && i % 6 === 0),
  )
  // Formulas of an open depth are those of test/print/recurrences.test.ts.
  test.each(some.filter(([, source]) => !source.startsWith('// dims:')))('%s', (file, source) => {
    expect(judged(source, file)?.wrong ?? []).toEqual([])
  })
})

const PROGRAMS: Readonly<Record<string, string>> = {
  'an activation without a name for its argument':
    'input x[3]\ntarget t[2]\nparam W[4, 3], b[4], V[2, 4]\nh = tanh(W @ x + b)\ny = V @ h\nloss L = sum((y - t)^2)',
  'a part that is transposed and scaled':
    'dim N, K\ninput M[N, N], Y[N, N]\nparam Q[N, K], P[N, K]\nS = Q @ P.T / sqrt(K) + M\nA = softmax(S)\nloss L = squarederror(A, Y)',
  'two arguments in one equation':
    'input x, t\nparam m, s\np = sigmoid((x + 1 - m) * s) - sigmoid((x - 1 - m) * s)\nloss J = (p - t)^2 / 2',
  'a vector scaled within a value':
    'input x[3]\nparam a[3], s, W[3, 3]\nP = s * (a * (W @ x)) + a * x\nr = tanh(P)\nloss L = sum(r^4) + sum(P * a)',
  'a name that the program has already':
    'input x[2]\nparam W[2, 2], z_h[2], delta_h\nh = tanh(W @ x + z_h)\nloss L = sum(h^3) * delta_h',
  'a name for the argument, and an index in it':
    'input x[2]\nparam W[2, 2], b[2]\nz_h = W @ x + b\nh = tanh(z_h) * z_h\nh1 = exp(h) * h\nloss L = sum(h1^3)',
  'members of a family':
    'dim T = 3\ninput x[t][2] for t in 1..T\nparam W[2, 2], b[2]\nh[0] = b\nfor t in 1..T {\n h[t] = tanh(W @ h[t-1] + x[t])\n}\nloss L = sum(h[T]^4)',
  'normalised layers':
    'input x[4]\ntarget y[4]\nparam g[4], W[4, 4]\nu = W @ x\nm = mean(u)\ns = sqrt(mean((u - m)^2) + 1)\nn = (u - m) / s * g\nloss L = sum((n - y)^2)',
  attention:
    'dim N = 3, D = 2\ninput X[N, D]\ntarget Y[N, D]\nparam A[D, D], B[D, D], C[D, D]\nP = softmax(X @ A @ (X @ B).T / sqrt(D))\nO = P @ X @ C\nloss L = squarederror(O, Y)',
}

test.each(Object.entries(PROGRAMS))('%s', (name, source) => {
  const { terms, wrong } = judged(source, name)!
  expect(wrong).toEqual([])
  expect(terms).toBeGreaterThan(0)
})

test('random programs', () => {
  let terms = 0
  for (const seed of seeds(2, 1)) {
    const { name, source } = randomNetwork(`error terms ${seed}`, {
      size: 6,
      derivatives: seed % 4 === 0,
      families: seed % 4 !== 0,
    })
    const found = judged(source, seed)
    expect(found?.wrong ?? [], `${name}\n${source}`).toEqual([])
    terms += found?.terms ?? 0
  }
  expect(terms).toBeGreaterThan(5)
})
