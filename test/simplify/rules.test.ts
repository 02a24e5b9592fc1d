import { describe, expect, it } from 'vitest'
import type { Graph } from '../../src/graph/graph.ts'
import type { Network } from '../../src/graph/network.ts'
import type { Node } from '../../src/graph/node.ts'
import { topological } from '../../src/graph/traverse.ts'
import {
  bigNumbers,
  doubles,
  evaluate,
  random,
  randomPoint,
  symbolsOf,
  valuesIn,
} from '../../src/interpret/index.ts'
import { canonical } from '../../src/simplify/canonical.ts'
import { type Step, rules } from '../../src/simplify/index.ts'
import { joining } from '../../src/simplify/joining.ts'
import type { Rule } from '../../src/simplify/rule.ts'
import { finishing } from '../../src/simplify/rules/finishing.ts'
import { Simplifier } from '../../src/simplify/simplifier.ts'
import { runningGroups } from '../../src/simplify/specialise.ts'
import { lowered } from '../lower/lowered.ts'
import { runs } from '../support/campaign.ts'

/** Random points for each step of a rule, and random mixtures of edges: a thousand and more in the long campaign. */
const POINTS = runs(25)
const MIXTURES = runs(40)
/** For whole programs, and for what is wrong. */
const FEW = 20
const DIGITS = 40

type Rules = typeof rules

/** The loss of an example as the sets of rules before the one at hand leave it. */
function lossOf(example: string, before: readonly Rules[]): { graph: Graph; network: Network; loss: Node } {
  const { graph, network } = lowered(example)
  const loss = before.reduce<Node>(
    (node, set) => new Simplifier(graph, set).simplify(node),
    network!.loss!.node,
  )
  return { graph, network: network!, loss }
}

/** What the example of a rule becomes under all rules of its set, with the steps taken. */
function stepsOf(
  example: string,
  set: Rules,
  before: readonly Rules[],
): { loss: Node; simplest: Node; steps: readonly Step[] } {
  const { graph, network, loss } = lossOf(example, before)
  const simplifier = new Simplifier(graph, set)
  if (before.length === 0) for (const e of network.equations) simplifier.simplify(e.node)
  const simplest = simplifier.simplify(loss)
  return { loss, simplest, steps: simplifier.steps }
}

/** The greatest difference of two nodes, relative to their size, over random points, in high precision. */
async function difference(from: Node, to: Node, seed: string, points = FEW): Promise<number> {
  const big = await bigNumbers(DIGITS)
  let worst = 0
  for (let i = 0; i < points; i++) {
    const finite = (p: {
      values: Parameters<typeof evaluate<number>>[1]
      dims: ReadonlyMap<string, number>
    }): boolean => evaluate([from], p.values, doubles, { dims: p.dims })[0]!.data.every(Number.isFinite)
    const { point, usable } = randomPoint([from, to], `${seed} ${i}`, {}, finite)
    if (!usable) continue
    const values = new Map(
      [...point.values].map(([name, t]) => [
        name,
        { shape: t.shape, data: t.data.map((x) => big.number(x)) },
      ]),
    )
    const [a, b] = evaluate([from, to], values, big, { dims: point.dims })
    a!.data.forEach((x, k) => {
      const size = Math.max(1, Math.abs(big.toNumber(x)))
      worst = Math.max(worst, Math.abs(big.toNumber(big.subtract(x, b!.data[k]!))) / size)
    })
  }
  return worst
}

/** Where rules go wrong: zeros, ones, the least numbers, and infinities. */
const EDGES = [0, -0, 1, -1, 5e-324, -5e-324, 1e-160, Infinity, -Infinity, NaN]
/** Infinities and NaN are tried in doubles, which have them; a law says nothing where its left side is none or infinite. */
async function edges(from: Node, to: Node, { name: seed, finite }: Rule): Promise<string[]> {
  // What elimination makes of nearly singular matrices is rounding.
  if (topological([from, to]).some((n) => n.kind === 'apply' && n.op.kind === 'matrix')) return []
  const tried = EDGES.filter((x) => Number.isFinite(x) || !finite)
  const big = await bigNumbers(DIGITS)
  const wrong: string[] = []
  const rng = random(`edges ${seed}`)
  const { point } = randomPoint([from, to], seed)
  const free = symbolsOf([from, to]).filter((s) => s.assumptions.size === 0)
  for (let i = 0; i < MIXTURES; i++) {
    const values = new Map(point.values)
    for (const { name } of free) {
      const { shape, data } = values.get(name)!
      values.set(name, { shape, data: data.map((x) => (rng.chance(0.6) ? rng.pick(tried) : x)) })
    }
    const exact = [...values.values()].every((t) => t.data.every(Number.isFinite))
    const [a, b] = exact
      ? evaluate([from, to], valuesIn(big, { ...point, values }), big, { dims: point.dims }).map((t) =>
          t.data.map((x) => big.toNumber(x)),
        )
      : evaluate([from, to], values, doubles, { dims: point.dims, kernels: true }).map((t) => t.data)
    a!.forEach((x, k) => {
      const y = b![k]!
      // In doubles the left side may be what has lost digits.
      if (Number.isFinite(x) && !(Math.abs(x - y) <= (exact ? 1e-9 : 1e-4) * Math.max(1, Math.abs(x))))
        wrong.push(`${x} is ${y} at ${[...values].map(([n, t]) => `${n} = ${t.data.join(' ')}`).join(', ')}`)
    })
  }
  return wrong.slice(0, 3)
}

const inOrder = (sharesTanh: boolean): { title: string; set: Rules; before: readonly Rules[] }[] => {
  const groups = runningGroups([], sharesTanh)
  return groups.map(({ title, rules: set }, i) => ({
    title,
    set,
    before: groups.slice(0, i).map((group) => group.rules),
  }))
}
const running = inOrder(false)
const sets: readonly { title: string; set: Rules; before: readonly Rules[] }[] = [
  { title: 'simplifying', set: rules, before: [] },
  { title: 'finishing', set: finishing, before: [rules] },
  { title: 'proofs', set: canonical, before: [] },
  { title: 'proofs by cases', set: joining, before: [] },
  ...running,
  ...inOrder(true).filter(({ title }) => !running.some((r) => r.title === title)),
]

describe.each(sets)('rules for $title', ({ set, before }) => {
  it('have unique names', () => {
    expect(new Set(set.map((r) => r.name)).size).toBe(set.length)
  })

  it.each(set.map((r) => [r.name, r] as const))(
    '%s applies to its example and holds there',
    async (name, rule) => {
      const { loss, simplest, steps } = stepsOf(rule.example, set, before)
      // Drawn distributions sum to 1 only as well as doubles can.
      const tolerance = rule.example.includes('simplex') ? 1e-14 : 1e-28
      const own = steps.filter((s) => s.rule.name === name)
      expect(own.length, `no step of ${name} in ${rule.example}`).toBeGreaterThan(0)
      for (const step of own) {
        expect(await difference(step.from, step.to, name, POINTS)).toBeLessThan(tolerance)
        // Where a side is defined is looked at by itself in a proof.
        if (set !== canonical) expect(await edges(step.from, step.to, rule)).toEqual([])
      }
      expect(await difference(loss, simplest, name)).toBeLessThan(tolerance)
    },
  )

  it.each(set.map((r) => [r.name, r.example] as const))(
    '%s: simplifying twice changes nothing',
    (_name, example) => {
      const { graph, loss } = lossOf(example, before)
      const once = new Simplifier(graph, set).simplify(loss)
      const again = new Simplifier(graph, set)
      expect(again.simplify(once)).toBe(once)
    },
  )

  it('catches a wrong rule', async () => {
    const wrong = set.map((r) => ({
      ...r,
      rewrite: (...args: Parameters<typeof r.rewrite>) => {
        const to = r.rewrite(...args)
        return to && args[1].g.add(to, args[1].g.number('0.001'))
      },
    }))
    for (const rule of wrong) {
      const { graph, loss } = lossOf(rule.example, before)
      for (const node of topological([loss])) {
        if (rule.on !== (node.kind === 'apply' ? node.op.name : node.kind)) continue
        const to = rule.rewrite(node, { g: graph, simplest: (n) => n, solutions: () => [], named: () => [] })
        if (to) expect(await difference(node, to, rule.name)).toBeGreaterThan(1e-6)
      }
    }
  })
})
