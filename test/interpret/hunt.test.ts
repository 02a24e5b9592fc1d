/** The hunt finds what is lost, says which part of the program loses it, and is silent about what is right. */
import { describe, expect, it } from 'vitest'
import { random } from '../../src/base/random.ts'
import { analyse } from '../../src/compile.ts'
import type { Derived } from '../../src/graph/network.ts'
import {
  type Computed,
  type ComputedOutputs,
  type Point,
  doubles,
  evaluate,
  extremes,
  hunt,
  locate,
  pointFor,
} from '../../src/interpret/index.ts'

const derived = (source: string): Derived => analyse(source).mathematics!.written

/** The formulas as they are printed, in doubles: what no one has made stable. */
const naive =
  ({ network, gradients }: Derived) =>
  ({ values, dims }: Point): Computed | ComputedOutputs => {
    if (!network.loss) {
      const all = evaluate(
        network.outputs.map(({ node }) => node),
        values,
        doubles,
        { dims, kernels: false },
      )
      return { outputs: new Map(network.outputs.map(({ name }, i) => [name, all[i]!.data])) }
    }
    const options = { dims, kernels: false }
    const [loss, ...rest] = evaluate([network.loss.node, ...gradients.values()], values, doubles, options)
    return {
      loss: loss!.data[0]!,
      gradients: new Map([...gradients.keys()].map(({ name }, i) => [name, rest[i]!.data])),
    }
  }

async function huntNaively(source: string) {
  const written = derived(source)
  const base = pointFor(written, 1)
  const { findings, points } = await hunt(written.network, base, naive(written), { budget: 40_000 })
  const parts = await Promise.all(findings.map((f) => locate(written, f, base)))
  return { findings, points, parts: parts.map((p) => p && source.slice(p.span.start, p.span.end)) }
}

describe('the hunt', () => {
  it.each([
    ['log(1 - exp(-x))', 'param x : positive\nloss J = log(1 - exp(-x))', '1 - exp(-x)'],
    [
      'an exponential that overflows',
      'input y\nparam a\np = exp(a)\nq = p / (1 + p)\nloss J = (q - y)^2',
      'p / (1 + p)',
    ],
    ['a square that overflows', 'param a\nr = sqrt(1 + a^2)\nloss J = r', 'sqrt(1 + a^2)'],
    ['a norm at 0', 'param q[2]\nloss J = (norm(q) - 1)^2', 'norm(q)'],
    ['a removable singularity', 'param x\nloss J = (1 - cos(x)) / x', '1 - cos(x)'],
  ])('finds %s and the part that loses it', async (_what, source, part) => {
    const { findings, parts } = await huntNaively(source)
    expect(findings.length).toBeGreaterThan(0)
    expect(parts.map((p) => p?.replace(/^\((.*)\)$/, '$1'))).toContain(part)
  })

  it.each([
    'input x[2], y\nparam w[2], b\nloss J = 1/2 * (dot(w, x) + b - y)^2',
    // Sums that cancel keep the rounding of their terms.
    'input y[2]\nparam W[2, 2], b[2]\nloss J = sum(abs(W @ y + b - y))',
    'param a, b\nloss J = max(a, b) + abs(a - b)',
  ])('has nothing against %s', async (source) => {
    const { findings, points } = await huntNaively(source)
    expect(findings).toEqual([])
    expect(points).toBeGreaterThan(30)
  })

  it.each([
    ['a value', 'input x : positive\ny = [1, log(1 - exp(-x))]\noutput y', 'y', '[2]'],
    ['an entry of a Jacobian', 'input x[2]\ny = sqrt(1 + x^2)\nG = d(y, x)\noutput G', 'G', /^\[(\d), \1\]$/],
  ])('finds what outputs lose without a loss: %s', async (_what, source, output, entry) => {
    const { findings } = await huntNaively(source)
    expect(findings.length).toBeGreaterThan(0)
    for (const f of findings)
      expect(f).toMatchObject({ param: undefined, output, entry: expect.stringMatching(entry) })
  })

  it.each([
    'input q[3]\nphi = cumsum(q)\np = [sum(cos(phi)), sum(sin(phi))]\nG = d(p, q)\noutput p, G',
    'input x[2], y[2]\nr = sum(abs(x - y))\nF = -d(r, x)\noutput r, F',
    'param w[2]\ninput x[2]\nE = max(x[1], x[2]) * dot(w, x)\nH = d(d(E, x), w)\noutput H, E',
    'batch B\ninput x[2]\ny = tanh(x) / (1 + sum(sigmoid(x)))\noutput y',
  ])('has nothing against the outputs of %s', async (source) => {
    const { findings, points } = await huntNaively(source)
    expect(findings).toEqual([])
    expect(points).toBeGreaterThan(10)
  })

  it('finds a wrong entry of an output wherever it is', async () => {
    const written = derived('input x[2]\ny = [x[1], 2 * x[2], 3]\noutput y')
    const run = ({ values }: Point): ComputedOutputs => {
      const [a, b] = values.get('x')!.data
      return { outputs: new Map([['y', [a!, 2 * b!, 3 + 1e-10]]]) }
    }
    const { findings } = await hunt(written.network, pointFor(written, 1), run, { budget: 20_000 })
    expect(findings[0]).toMatchObject({ output: 'y', entry: '[3]', want: 3 })
  })

  it('finds a wrong slope wherever it is', async () => {
    const written = derived('input x\nparam w[2]\nloss J = w[1] * x + w[2]')
    const right = naive(written)
    const run = (point: Point): Computed => {
      const { loss } = right(point) as Computed
      const [w] = [...written.gradients.keys()]
      return { loss, gradients: new Map([[w!.name, [point.values.get('x')!.data[0]!, 1 + 1e-11]]]) }
    }
    const { findings } = await hunt(written.network, pointFor(written, 1), run, { budget: 20_000 })
    expect(findings[0]).toMatchObject({ param: 'w', entry: '[2]', want: 1 })
  })

  it('makes the same points again, of numbers that a person can type', () => {
    const written = derived(
      'input M[3], y : binary, k[3] : onehot\nparam s[3], t : positive\nloss J = t * dot(k, s + M) + y',
    )
    const base = pointFor(written, 1)
    const some = (): Point[] => {
      const points: Point[] = []
      for (const point of extremes(written.network, base, random(3))) if (points.push(point) >= 300) break
      return points
    }
    const points = some()
    expect(some()).toEqual(points)
    const all = (name: string): number[] => points.flatMap((p) => p.values.get(name)!.data)
    expect(all('s').every((x) => String(x).length <= 14)).toBe(true)
    expect(all('M')).toContain(-Infinity)
    expect(new Set(all('y'))).toEqual(new Set([0, 1]))
    expect(all('t').every((x) => x > 0)).toBe(true)
    expect(points.every((p) => p.values.get('k')!.data.reduce((a, b) => a + b, 0) === 1)).toBe(true)
    for (const x of [0, -0, 800, -800, 1e-170, 1e160]) expect(all('s')).toContain(x)
  })
})
