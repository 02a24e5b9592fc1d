/** The measured costs. No test reads a clock: work is counted instead of timed, and the fit is given exact data. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { costOf, costText } from '../../src/cli/cost/index.ts'
import { exponentOf } from '../../src/cli/cost/exponent.ts'
import { growthOf } from '../../src/cli/cost/growth.ts'
import { subjectOf } from '../../src/cli/cost/measure.ts'
import { imported, makerOf } from '../../src/modules.ts'
import { type Stopwatch, stopwatch } from '../../src/cli/cost/stopwatch.ts'

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}.net`, import.meta.url), 'utf8')

describe('the exponent of a power law', () => {
  test('of exact data is exact', () => {
    for (const p of [0, 0.5, 1, 2, -1])
      expect(exponentOf([1, 3, 10, 70].map((size) => ({ size, cost: 7 * size ** p }))), `N^${p}`).toBeCloseTo(
        p,
        12,
      )
  })
  test('of data with a scatter is the least squares', () => {
    // ln cost = 0, 1.5, 2, 3.5 at ln size = 0, 1, 2, 3: the slope by hand is 1.1.
    const places = [0, 1.5, 2, 3.5].map((y, x) => ({ size: Math.exp(x), cost: Math.exp(y) }))
    expect(exponentOf(places)).toBeCloseTo(1.1, 12)
  })
  test('is none where nothing decides it', () => {
    expect(exponentOf([])).toBeUndefined()
    expect(exponentOf([{ size: 2, cost: 1 }])).toBeUndefined()
    expect(
      exponentOf([
        { size: 2, cost: 1 },
        { size: 2, cost: 3 },
      ]),
    ).toBeUndefined()
    expect(
      exponentOf([
        { size: 2, cost: 0 },
        { size: 3, cost: 1 },
      ]),
    ).toBeUndefined()
  })
})

describe('how a program grows', () => {
  const growing = (text: string): readonly string[] => growthOf(text, 'a.net')!.growing

  test('by the dims that change how many parameters there are', () => {
    const text = 'dim N = 50, D = 3, H = 4\ninput X[N, D]\nparam W[D, H]\nloss J = sum((X @ W)^2)'
    expect(growing(text)).toEqual(['D', 'H'])
    const { base, sizes } = growthOf(text, 'a.net')!
    expect(base.parameters).toBe(12)
    expect(sizes.length).toBeGreaterThanOrEqual(4)
    for (const { factor, dims, parameters } of sizes) {
      expect(dims.get('D')).toBe(3 * factor)
      expect(dims.has('N')).toBe(false)
      expect(parameters).toBe(12 * factor ** 2)
    }
    expect(sizes.at(-1)!.parameters / sizes[0]!.parameters).toBeGreaterThan(30)
  })
  test('not by what is computed from others', () => {
    expect(growing('dim D = 3, H = 2 * D\nparam W[H, D]\nloss J = sum(W^2)')).toEqual(['D'])
  })
  test('in width before depth, and in depth where there is no width', () => {
    const layers = (shape: string): string =>
      `dim L = 3, H = 2\nparam W[l]${shape} for l in 1..L\na[0] = 1\nfor l in 1..L { a[l] = a[l-1] + sum(W[l]^2) }\nloss J = a[L]`
    expect(growing(layers('[H, H]'))).toEqual(['H'])
    expect(growing(layers(''))).toEqual(['L'])
  })
  test('only by dims that can', () => {
    // K has two values that a literal fixes: it cannot grow, D can.
    const text = 'dim K = 2, D = 3\ninput x[2]\nparam W[K, D]\nloss J = sum((x @ W)^2)'
    expect(growing(text)).toEqual(['D'])
    expect(growing('input x[2]\nparam w[2]\nloss J = sum(w * x)')).toEqual([])
  })
  test('whatever has no value is given one', () => {
    const text = 'dim L\ndim n[0..L]\nparam W[l][n[l], n[l-1]] for l in 1..L\nloss J = sum(W[1]^2)'
    const { assumed, growing: found, base } = growthOf(text, 'a.net')!
    expect([...assumed.keys()].sort()).toEqual(['L', 'n[0]', 'n[1]', 'n[2]', 'n[3]', 'n[4]'])
    expect(found).toEqual(['n'])
    expect(base.parameters).toBe(4 * assumed.get('n[0]')! ** 2)
  })
  test('a broken program does not', () => {
    expect(growthOf('loss J = q', 'a.net')).toBeUndefined()
  })
})

/** A stopwatch on which everything takes a millisecond. */
const still: Stopwatch = (works) => works.map(() => 1e-3)

test('each choice of dims is compiled once, in whatever order its dims are given', async () => {
  const make = makerOf('dim n, m\nparam w[n, m]\nloss J = sum(w^2)', 'a.net')
  const made = (await make(new Map(Object.entries({ n: 2, m: 3 }))))!
  expect(made.module.init(1)['w']).toHaveLength(6)
  expect(await make(new Map(Object.entries({ m: 3, n: 2 })))).toBe(made)
  expect((await make(new Map(Object.entries({ n: 3, m: 3 }))))!.module.init(1)['w']).toHaveLength(9)
})

describe('the costs', () => {
  test('are of what they are called: the loss, and central differences that are its gradient', async () => {
    const text = 'param w[3]\nloss J = sum(w^2)'
    const subject = (await subjectOf(makerOf(text, 'a.net'), new Map()))!
    const { w } = (await imported(compile(text, { target: 'js' }).code!)).init(1) as { w: Float64Array }
    expect(subject.parameters).toBe(3)
    expect(subject.forward()).toBeCloseTo(
      w.reduce((sum, v) => sum + v * v, 0),
      7,
    )
    expect(subject.gradients()).toBeCloseTo(subject.forward(), 7)
    expect(subject.differences(3)()).toBeCloseTo(
      w.reduce((sum, v) => sum + 2 * v, 0),
      6,
    )
    expect(subject.differences(1)()).toBeCloseTo(2 * w[0]!, 6)
  })
  test('with a stopwatch that always says the same, gradients cost the same and differences N', async () => {
    const report = (await costOf(example('two-layer'), 'two-layer.net', {
      grown: true,
      seconds: still,
    }))!
    const { rows, exponents, growing } = report.curve!
    expect(growing).toEqual(['D', 'H', 'K'])
    expect(rows.length).toBeGreaterThanOrEqual(4)
    expect(exponents.forward).toBeCloseTo(0, 12)
    expect(exponents.gradients).toBeCloseTo(0, 12)
    // One of N was measured, in a millisecond.
    expect(exponents.differences).toBeCloseTo(1, 12)
    const text = costText(report).join('\n')
    expect(text).toContain('with 32 parameters')
    expect(text).toContain('D, H, K times a factor')
    expect(text).toContain('forward N^0.00, gradients N^0.00, differences N^1.00')
  })
  test('where nothing grows, that is said', async () => {
    const report = (await costOf(example('worked'), 'worked.net', { grown: true, seconds: still }))!
    expect(report.curve).toMatchObject({ growing: [], rows: [] })
    expect(costText(report).join('\n')).toContain('Nothing grows: no dim')
  })
  test('of code that does not settle are not told', async () => {
    const report = (await costOf('param w[3]\nloss J = sum(w^2)', 'a.net', {
      grown: false,
      seconds: (works) => works.map((_, i) => (i === 1 ? undefined : 1e-3)),
    }))!
    expect(report.own).toBeUndefined()
    expect(costText(report).join('\n')).toContain('Times are not told')
  })
  test('of abstract functions there are none', async () => {
    const text = 'fn phi(v)\nparam w\nloss J = phi(w)'
    expect(await costOf(text, 'a.net', { grown: false })).toBeUndefined()
  })
})

test('the stopwatch calls what it times, and tells a positive time', () => {
  let calls = 0
  const [seconds] = stopwatch([() => ++calls])
  expect(calls).toBeGreaterThan(100)
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThan(1e-3)
})
