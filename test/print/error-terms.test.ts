/** What stands left of = is what its name says: δ_v is ∂loss/∂v, found anew by a term of zeros that is added to v. */
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { differentiate } from '../../src/derive/reverse.ts'
import type { EquationNode } from '../../src/graph/node.ts'
import { topological, transform } from '../../src/graph/traverse.ts'
import { doubles, evaluate, randomPoint } from '../../src/interpret/index.ts'
import { formulas, namesOf, toText } from '../../src/print/index.ts'
import { closed, read } from '../support/examples.ts'
import { randomNetwork } from '../support/random-network.ts'

interface Judged {
  readonly terms: number
  readonly wrong: readonly string[]
}

/** Every error term of a program, by numbers; undefined where there is no ordinary point. */
function judged(source: string, seed: number | string): Judged | undefined {
  const { graph: g, mathematics } = analyse(source)
  const { network, errorTerms } = formulas(g, mathematics!.written)
  const { loss } = network
  if (topological([loss.node]).some((n) => n.kind === 'derivative')) return undefined
  const names = namesOf(network)
  const wrong: string[] = []
  let terms = 0
  for (const { left, name, node } of errorTerms) {
    const v = network.equations.find((e) => e.name === name)
    const text = toText(left)
    // Entries of parameters are ∂loss/∂w₁, as their gradients say; names for long parts have no equation.
    const by = left.kind === 'derivative' ? toText(left.by[0]!) : undefined
    // What the equations do not show has a neutral name.
    if (
      !v ||
      (by === undefined && !text.startsWith('δ')) ||
      (by !== undefined && by !== toText(names.of(name)))
    )
      continue
    terms++
    const index = /(?:\p{Nd}+|[₀-₉]+)?(?:\[.*\])?$/u.exec(name)![0]
    if (by === undefined && index === '' && text !== `δ_${inBraces(toText(names.of(name)))}`)
      wrong.push(`${text} is of ${name}`)
    const zeros = g.symbol({
      name: `zeros of ${name}`,
      role: 'param',
      shape: v.node.shape,
      assumptions: new Set(),
    })
    const [moved] = transform(g, [loss.node], (rebuilt, original) =>
      original === v.node ? g.equation(name, g.add((rebuilt as EquationNode).body, zeros)) : rebuilt,
    )
    const should = differentiate(g, moved!, [zeros]).get(zeros)!
    const { point, usable } = randomPoint([loss.node, v.node, node], seed, {}, ({ values, dims }) =>
      evaluate([loss.node, node], values, doubles, { dims }).every((t) => t.data.every(Number.isFinite)),
    )
    if (!usable) return undefined
    const { dims } = point
    const [value] = evaluate([v.node], point.values, doubles, { dims })
    const values = new Map(point.values).set(`zeros of ${name}`, {
      shape: value!.shape,
      data: value!.data.map(() => 0),
    })
    const [is, must] = evaluate([node, should], values, doubles, { dims })
    const scale = Math.max(1e-6, ...must!.data.map(Math.abs))
    const isEqual =
      is!.shape.join() === must!.shape.join() &&
      must!.data.every((x, i) => Math.abs(x - is!.data[i]!) <= 1e-8 * scale)
    if (!isEqual) wrong.push(`${text} is not the derivative by ${name}`)
  }
  return { terms, wrong }
}

const inBraces = (text: string): string =>
  [...text].length === 1 || /^\p{L}\p{M}*[₀-₉]*$/u.test(text) ? text : `{${text}}`

test.each(closed)('%s', (file) => {
  const { terms, wrong } = judged(read(file), file)!
  expect(wrong).toEqual([])
  if (file !== 'scalar.net') expect(terms).toBeGreaterThan(0)
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
  for (let seed = 1; seed <= 12; seed++) {
    const { name, source } = randomNetwork(`error terms ${seed}`, { size: 7 })
    const found = judged(source, seed)
    expect(found?.wrong ?? [], `${name}\n${source}`).toEqual([])
    terms += found?.terms ?? 0
  }
  expect(terms).toBeGreaterThan(5)
})
