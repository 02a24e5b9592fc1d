/** Every line of every derivation has the value of the derivative that it derives. */
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { differentiate } from '../../src/derive/reverse.ts'
import type { Graph } from '../../src/graph/graph.ts'
import type { Derived } from '../../src/graph/network.ts'
import type { EquationNode, Node, Symbol } from '../../src/graph/node.ts'
import { topological } from '../../src/graph/traverse.ts'
import { type Tensor, doubles, evaluate, evaluateAll, randomPoint } from '../../src/interpret/index.ts'
import { writtenFormulas } from '../../src/print/formulas/formulas.ts'
import { derivativesByValue } from '../../src/print/steps/derivative-steps.ts'
import {
  type Derivation,
  type Simplification,
  countPaths,
  derivation,
  pathsTo,
} from '../../src/simplify/derivation.ts'
import { LONG, seeds } from '../support/campaign.ts'
import { brief, closed } from '../support/examples.ts'
import { randomNetwork } from '../support/random-network.ts'

interface Told {
  readonly graph: Graph
  readonly found: Derivation
  readonly gradients: ReadonlyMap<unknown, Node>
  readonly held: readonly Node[]
}

function told(graph: Graph, derived: Derived, of?: string, held: readonly Node[] = []): Told {
  const { gradients, terms, image, found: formulas } = writtenFormulas(graph, derived, of ? { of } : {})
  const loss = image(derived.differentiated!) as EquationNode
  const equations = formulas.network.equations.map((e) => e.node as EquationNode)
  const by = (symbol: Symbol): Node =>
    topological([loss]).find((n) => n.kind === 'equation' && n.name === symbol.name) ?? graph.symbol(symbol)
  const found = derivation(
    graph,
    {
      loss,
      equations: equations.concat(loss),
      gradients: new Map([...gradients].map(([symbol, node]) => [by(symbol), node])),
      terms,
      held,
    },
    2000,
  )!
  return { graph, found, gradients, held }
}

/** Of the loss, or of an equation: of a tensor Jacobians. */
function derived(source: string, of?: string): Told {
  const { graph, mathematics, diagnostics } = analyse(source, of ? { of } : {})
  if (!mathematics) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  const { taken: _, ...written } = mathematics.written
  return told(graph, written, of)
}

/** Of the derivatives that a program writes. */
function inProgram(source: string): Told[] {
  const { graph, mathematics, diagnostics } = analyse(source, { named: true })
  if (!mathematics) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  return derivativesByValue(graph, mathematics).map(({ derived: d, of, held }) => told(graph, d, of, held))
}

const lines = ({ before, rewrites, result }: Simplification): Node[] => [
  before,
  ...rewrites.map((r) => r.after),
  result,
]

/** The number of lines compared, and of steps without a rule. */
function compare(
  name: string,
  { graph: g, found, gradients, held }: Told,
): { compared: number; bare: number } {
  const nodes = found.points.map((p) => p.node)
  const adjoints = differentiate(g, found.loss, nodes, { isLeaf: (n) => held.includes(n) })
  const roots = [found.loss, ...adjoints.values(), ...gradients.values()]
  let [compared, bare] = [0, 0]
  const finite = (p: {
    values: ReadonlyMap<string, Tensor<number>>
    dims: ReadonlyMap<string, number>
  }): boolean =>
    evaluate(roots, p.values, doubles, { dims: p.dims }).every((t) => t.data.every(Number.isFinite))
  for (const seed of [1, 2]) {
    const { point, usable } = randomPoint(roots, `${name} ${seed}`, {}, finite)
    if (!usable) continue
    const at = evaluateAll(roots, point.values, doubles, { dims: point.dims })
    const stands = new Map(found.points.map((p) => [p.seed, at.get(adjoints.get(p.node)!)!]))
    const same = (what: string, list: readonly Node[], expected: Tensor<number>): void => {
      const values = evaluate(list, point.values, doubles, {
        dims: point.dims,
        known: (n) => (n.kind === 'equation' ? stands.get(n) : undefined),
      })
      const size = Math.max(1e-3, ...expected.data.map(Math.abs))
      values.forEach((value, i) => {
        expect(value.shape, what).toEqual(expected.shape)
        value.data.forEach((x, k) => {
          if (Number.isFinite(x))
            expect(Math.abs(x - expected.data[k]!) / size, `${name}: ${what}, line ${i}`).toBeLessThan(1e-6)
        })
        compared++
      })
    }
    for (const { node, sum, inserted, printed, uses } of found.points) {
      if (uses.length === 0) continue
      const own = at.get(adjoints.get(node)!)!
      const what = node.kind === 'equation' ? node.name : node.kind === 'symbol' ? node.symbol.name : 'a part'
      same(what, [...lines(sum), ...(inserted ? lines(inserted) : []), ...(printed ? [printed] : [])], own)
      for (const { rule } of [...sum.rewrites, ...(inserted?.rewrites ?? [])]) if (!rule) bare++
      for (const { slope } of uses)
        if (slope)
          same(
            `slope of ${what}`,
            lines(slope),
            evaluate([slope.before], point.values, doubles, { dims: point.dims })[0]!,
          )
      if (printed) expect((inserted ?? sum).result, what).toBe(printed)
    }
    alongPaths(found, (to, made) => same('along paths', made, at.get(adjoints.get(to)!)!))
  }
  return { compared, bare }
}

/** The products of local derivatives, where all is scalar. */
function alongPaths(found: Derivation, same: (to: Node, lines: readonly Node[]) => void): void {
  if (found.points.some((p) => p.node.shape.length > 0)) return
  for (const [node, worked] of found.wanted)
    if (worked.uses.length > 0 && countPaths(worked) <= 8n)
      same(node, lines(found.along(worked, pathsTo(worked))))
}

const corpus = new URL('../closed-forms/', import.meta.url)
const files = [
  ...closed.map((file) => [file, brief(file)] as const),
  ...readdirSync(corpus)
    .filter((file) => file.endsWith('.net'))
    // The others in test/print/steps.test.ts, and all of them here in the long campaign.
    .filter((_, i) => LONG || i % 2 === 1)
    .map((file) => [file, readFileSync(new URL(file, corpus), 'utf8')] as const),
]

test('every line of the derivations of the examples and of the corpus', () => {
  let [compared, bare] = [0, 0]
  for (const [file, source] of files) {
    const found = compare(file, derived(source))
    compared += found.compared
    bare += found.bare
  }
  expect(compared).toBeGreaterThan(LONG ? 5000 : 2500)
  // A step without a rule's name is one that the simplifier found by asking; there are few.
  expect(bare / compared).toBeLessThan(0.01)
})

test.each(seeds(4, 2))('random network %i', (seed) => {
  const { source, name } = randomNetwork(seed, { size: 3 + (seed % 8), families: false })
  compare(`${name}\n${source}`, derived(source))
  // Every tensor that it names has Jacobians.
  const tensors = analyse(source).mathematics!.written.network.equations.filter(
    ({ node }) => node.shape.length > 0,
  )
  for (const { name: of } of tensors.slice(0, LONG ? 8 : 2))
    compare(`Jacobians of ${of} in ${name}\n${source}`, derived(source, of))
})

const WRITTEN = {
  'a Jacobian, and a Hessian': `input q[3]
hyper l[3] = 1
phi = cumsum(q)
p = [sum(l * cos(phi)), sum(l * sin(phi))]
E = dot(p, p) + sum(q^4)
H = d(d(E, q), q)
J = d(p, q)
output J, H`,
  'within expressions, through names, by an equation': `input x[2], t
param w[2, 2]
y = tanh(w @ x) * t
z = sum(y^2 * exp(-x)) + 2 * d(y, t)[1]
g = d(sum(y^2), y) @ d(y, x) + d(z, x)
output g`,
  'with something held': `input S, V : positive
T = exp((S - log(V)) / 2)
U = 3 * T - 1 / V
p = -d(U, V)
q = d(U, V, hold=T)
s = d(d(U, S, hold=V), V)
output p, q, s`,
  'beside a loss': `param w[3]
input x[3]
target y
f = sum(w * x^3)
g = d(f, x)
output g
loss J = (f - y)^2 + sum(g^2)`,
}
test.each(Object.entries(WRITTEN))('derivatives that a program writes: %s', (name, source) => {
  const all = inProgram(source)
  expect(all.length).toBeGreaterThan(0)
  for (const [i, one] of all.entries()) {
    expect([...one.found.wanted.values()].every(({ uses }) => uses.length > 0)).toBe(true)
    expect(compare(`${name} ${i}`, one).compared).toBeGreaterThan(0)
  }
})
