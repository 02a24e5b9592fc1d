import { describe, expect, it } from 'vitest'
import { HALF, rational } from '../../src/base/rational.ts'
import { openExtent } from '../../src/graph/extent.ts'
import type { Node } from '../../src/graph/node.ts'
import {
  abs,
  abstractFunction,
  exp,
  gt,
  log,
  logdet,
  lse,
  reducemax,
  select,
  sigmoid,
  tanh,
} from '../../src/ops/index.ts'
import {
  type GradientCheck,
  checkGradients,
  checkText,
  difference,
  doubles,
  forward,
  passes,
  pointFor,
  valuesIn,
} from '../../src/interpret/index.ts'
import { TestNetwork } from '../support/network.ts'

/** ½‖σ(W tanh(Vx + c)) − y‖² */
function twoLayers(): { t: TestNetwork; loss: Node; h: Node; a: Node; W: Node } {
  const t = new TestNetwork()
  const { g } = t
  const [D, H] = [openExtent('D'), openExtent('H')]
  const x = t.input('x', D)
  const y = t.symbol('target', 'y', [3])
  const V = t.param('V', H, D)
  const c = t.param('c', H)
  const W = t.param('W', 3, H)
  const h = g.equation('h', g.apply(tanh, [g.add(g.einsum('ij,j->i', V, x), c)]))
  const a = g.equation('a', g.apply(sigmoid, [g.einsum('ij,j->i', W, h)]))
  const e = g.subtract(a, y)
  return { t, loss: g.scale(HALF, g.einsum('i,i->', e, e)), h, a, W }
}

const failures = (checks: readonly GradientCheck[]): string[] =>
  checks.filter((c) => !passes(c)).map((c) => c.name)

describe('checkGradients', () => {
  it('passes a right gradient, of a network with open dims too', async () => {
    const { t, loss } = twoLayers()
    const checks = await checkGradients(t.derived(loss))
    expect(checks.map((c) => c.name)).toEqual(['V', 'c', 'W'])
    for (const c of checks) {
      expect(passes(c), checkText(c)).toBe(true)
      expect(c.precise).toBe(true)
      expect(c.checked).toBeGreaterThan(5)
      expect(c.maxRelativeError).toBeLessThan(1e-13)
      expect(c.formulaError).toBeLessThan(1e-40)
      expect(c.differencesError).toBeLessThan(1e-7)
    }
  })
  it('says the same again from the same seeds', async () => {
    const { t, loss } = twoLayers()
    const derived = t.derived(loss)
    expect(await checkGradients(derived, { seeds: ['again', 7] })).toEqual(
      await checkGradients(derived, { seeds: ['again', 7] }),
    )
  })
  it('fails a gradient that is off, by a factor, a term, an axis, a sign, a millionth', async () => {
    const { t, loss, h, a, W } = twoLayers()
    const { g } = t
    const right = [...t.derived(loss).gradients].find(([s]) => s.name === 'W')![1]
    const wrong: Node[] = [
      g.scale(rational(2), right),
      g.negate(right),
      g.scale(rational(1000001, 1000000), right),
      g.add(right, g.scale(rational(1, 1_000_000_000), W)),
      g.einsum('i,j->ij', a, h),
      g.stretch(g.element(right, 0, 0), right.shape),
    ]
    for (const node of wrong) {
      const checks = await checkGradients(t.derived(loss, { W: node }), { seeds: 1 })
      expect(failures(checks)).toEqual(['W'])
      expect(checkText(checks[2]!)).toContain('seed 1')
    }
  })
  it('tells rounding from a wrong formula', async () => {
    const t = new TestNetwork()
    const { g } = t
    const w = t.param('w')
    // (eʷ + 10¹²) − 10¹² loses twelve digits in doubles, and none of the formula.
    const big = g.equation('big', g.add(g.apply(exp, [w]), g.number('1000000000000')))
    const [check] = await checkGradients(
      t.derived(g.apply(exp, [w]), { w: g.subtract(big, g.number('1000000000000')) }),
    )
    expect(check!.maxRelativeError).toBeGreaterThan(1e-7)
    expect(check!.formulaError).toBeLessThan(1e-30)
  })
  it('samples large networks and says so', async () => {
    const t = new TestNetwork()
    const { g } = t
    const W = t.param('W', 100, 200)
    const x = t.input('x', 200)
    const z = g.apply(tanh, [g.einsum('ij,j->i', W, x)])
    const [check] = await checkGradients(t.derived(g.einsum('i,i->', z, z)), { seeds: 1 })
    expect(check!.entries).toBe(20_000)
    expect(check!.checked).toBeLessThanOrEqual(40)
    expect(passes(check!), checkText(check!)).toBe(true)
  })
  it('finds a point inside the domain: determinants, logarithms', async () => {
    const t = new TestNetwork()
    const { g } = t
    const A = t.param('A', 3, 3)
    const v = t.param('v', 4)
    const loss = g.add(g.matrix(logdet, A), g.sumOver(g.apply(log, [v]), [0]))
    for (const c of await checkGradients(t.derived(loss))) expect(passes(c), checkText(c)).toBe(true)
  })
  it('says that an abstract function has no values, and that a domain is empty', async () => {
    const t = new TestNetwork()
    const w = t.param('w')
    await expect(checkGradients(t.derived(t.g.apply(abstractFunction('phi'), [w])))).rejects.toThrow(
      'the function phi has no body',
    )
    const nowhere = t.g.apply(log, [t.g.negate(t.g.multiply(w, w))])
    await expect(checkGradients(t.derived(nowhere))).rejects.toThrow(
      'no random point was found at which the loss J is finite',
    )
  })
  it('passes no judgement where rounding decides a comparison', async () => {
    const t = new TestNetwork()
    const { g } = t
    const w = t.param('w', 12)
    const again = g.apply(log, [g.apply(exp, [w])])
    const loss = g.sumOver(g.apply(select, [g.apply(gt, [again, w]), w, g.multiply(w, w)]), [0])
    const [check] = await checkGradients(t.derived(loss))
    expect(check!.undecided).toBe(36)
    expect(passes(check!)).toBe(true)
    expect(checkText(check!)).toContain('36 where rounding decides a comparison')
    // A tie of what is one and the same is none.
    const same = g.reduce(reducemax, g.stretch(w, [2, 12]), [0, 1])
    expect((await checkGradients(t.derived(same)))[0]!.undecided).toBe(0)
  })
  it('passes kinks by', async () => {
    const t = new TestNetwork()
    const { g } = t
    const w = t.param('w', 6)
    const relu = g.apply(select, [g.apply(gt, [w, g.number(0)]), w, g.number(0)])
    const loss = g.add(g.einsum('i,i->', relu, g.apply(abs, [w])), g.reduce(reducemax, w, [0]))
    for (const c of await checkGradients(t.derived(loss), { seeds: 10 }))
      expect(passes(c), checkText(c)).toBe(true)
  })
})

describe('random points', () => {
  it('respect the assumptions', () => {
    const t = new TestNetwork()
    const { g } = t
    const symbols = [
      t.symbol('target', 'hot', [4], 'onehot'),
      t.symbol('target', 'share', [4], 'simplex'),
      t.symbol('target', 'bits', [4], 'binary'),
      t.symbol('param', 'above', [4], 'positive'),
      t.symbol('param', 'even', [4], 'nonnegative'),
    ]
    const S = t.symbol('param', 'S', [3, 3], 'symmetric', 'positive')
    const loss = g.add(g.sumOver(g.addAll(symbols, [4]), [0]), g.sumOver(S, [0, 1]))
    for (let seed = 0; seed < 20; seed++) {
      const { values } = pointFor(t.derived(loss), seed)
      const of = (name: string): readonly number[] => values.get(name)!.data
      expect([...of('hot')].sort()).toEqual([0, 0, 0, 1])
      expect(of('share').reduce((a, b) => a + b)).toBe(1)
      expect(of('bits').every((b) => b === 0 || b === 1)).toBe(true)
      expect([...of('above'), ...of('share'), ...of('S')].every((x) => x > 0)).toBe(true)
      expect(of('even').every((x) => x >= 0)).toBe(true)
      expect([of('S')[1], of('S')[2], of('S')[5]]).toEqual([of('S')[3], of('S')[6], of('S')[7]])
    }
  })
})

describe('differences', () => {
  it('agree with forward mode to many digits', () => {
    const { t, loss } = twoLayers()
    const derived = t.derived(loss)
    const point = pointFor(derived, 3)
    const entries = ['V', 'c', 'W'].flatMap((name) =>
      point.values.get(name)!.data.map((_, index) => ({ name, index })),
    )
    const { derivatives } = forward([loss], valuesIn(doubles, point), entries, doubles, { dims: point.dims })
    entries.forEach((entry, k) =>
      expect(difference(loss, point, entry)!.value).toBeCloseTo(derivatives[0]![k]!.data[0]!, 9),
    )
  })
  it('step less far where a kink is near, and say where it is too near', () => {
    const t = new TestNetwork()
    const w = t.param('w')
    const loss = t.g.apply(abs, [w])
    const at = (x: number): number | undefined =>
      difference(
        loss,
        { seed: '', dims: new Map(), values: new Map([['w', { shape: [], data: [x] }]]) },
        { name: 'w', index: 0 },
      )?.value
    expect(at(0.001)).toBeCloseTo(1, 9)
    expect(at(-0.00001)).toBeCloseTo(-1, 6)
    expect(at(0)).toBeUndefined()
  })
  it('are not disturbed by branches that join smoothly', () => {
    const t = new TestNetwork()
    const z = t.param('z', 3)
    const point = {
      seed: '',
      dims: new Map<string, number>(),
      values: new Map([['z', { shape: [3], data: [0.5, 0.5, 0.5] }]]),
    }
    expect(difference(t.g.reduce(lse, z, [0]), point, { name: 'z', index: 1 })!.value).toBeCloseTo(1 / 3, 10)
  })
})
