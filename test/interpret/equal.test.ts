import { describe, expect, it } from 'vitest'
import { ONE, rational } from '../../src/base/rational.ts'
import { openExtent } from '../../src/graph/extent.ts'
import { abstractFunction, exp, log, lse, tanh } from '../../src/ops/index.ts'
import { doubles, equalAtPoints, evaluateMean, scalar, tensor } from '../../src/interpret/index.ts'
import { TestNetwork } from '../support/network.ts'

describe('equalAtPoints', () => {
  it('holds of what is equal, by assumptions too', async () => {
    const t = new TestNetwork()
    const { g } = t
    const x = t.param('x', openExtent('n'))
    const y = t.symbol('target', 'y', [3], 'simplex')
    const h = t.symbol('target', 'h', [3], 'onehot')
    const S = t.symbol('param', 'S', [3, 3], 'symmetric')
    expect((await equalAtPoints(g.apply(log, [g.apply(exp, [x])]), x)).verdict).toBe('holds')
    expect((await equalAtPoints(g.sumOver(y, [0]), g.number(1))).verdict).toBe('holds')
    expect((await equalAtPoints(g.multiply(h, h), h)).verdict).toBe('holds')
    expect((await equalAtPoints(g.transpose(S), S)).verdict).toBe('holds')
    expect((await equalAtPoints(g.subtract(x, x), g.number(0))).verdict).toBe('holds')
    expect(
      await equalAtPoints(g.stretch(g.reduce(lse, x, [0]), [4, openExtent('n')]), g.reduce(lse, x, [0])),
    ).toMatchObject({ verdict: 'holds', points: 5 })
  })
  it('is refuted of what differs, with the point', async () => {
    const t = new TestNetwork()
    const { g } = t
    const x = t.param('x', 3)
    const near = g.scale(ONE.add(rational(1, 10n ** 30n)), x)
    const result = await equalAtPoints(near, x)
    expect(result.verdict).toBe('refuted')
    expect(result).toMatchObject({ entry: '[1]', point: { seed: 'equal 1' } })
    expect((await equalAtPoints(g.sumOver(x, [0]), g.number(1))).verdict).toBe('refuted')
  })
  it('is not known of what has no finite values, nor asked of what has none', async () => {
    const t = new TestNetwork()
    const { g } = t
    const x = t.param('x')
    const nowhere = g.apply(log, [g.negate(g.multiply(x, x))])
    expect(await equalAtPoints(nowhere, x)).toMatchObject({ verdict: 'unknown', points: 0 })
    await expect(equalAtPoints(g.apply(abstractFunction('phi'), [x]), x)).rejects.toThrow(
      'the function phi has no body',
    )
  })
})

describe('evaluateMean', () => {
  it('averages over samples what shares its parameters', () => {
    const t = new TestNetwork()
    const { g } = t
    const loss = g.apply(tanh, [g.einsum('i,i->', t.param('w', 2), t.input('x', 2))])
    const samples = [
      [1, 2],
      [3, -1],
      [0, 1],
    ].map((x) => new Map([['x', tensor(x)]]))
    const [mean] = evaluateMean([loss], new Map([['w', tensor([0.1, 0.2])]]), samples, doubles)
    expect(mean!.data[0]).toBeCloseTo((Math.tanh(0.5) + Math.tanh(0.1) + Math.tanh(0.2)) / 3, 14)
    expect(scalar(1)).toEqual({ shape: [], data: [1] })
  })
})
