/** What callers can do wrong, and what they are told; nothing is written before all is checked. */
import { describe, expect, test } from 'vitest'
import vm from 'node:vm'
import { type Module, type Sketch, load, network } from './support.ts'

const sketch: Sketch = {
  params: { W: [3, 4], c: [] },
  inputs: { x: [4] },
  targets: { y: [3], weight: [] },
  outputs: { h: [4], p: [] },
  hypers: { lambda: 0.5 },
}
const dense = network({ ...sketch, batch: 'B' })
const m = await load(dense)
const single = await load(network(sketch))
const fixed = await load(network({ ...sketch, batch: 2 }))
const f32 = await load(dense, { precision: 'f32' })
const family = await load(
  network({
    params: { 'W[1]': [2], 'W[2]': [2], 'W[3]': [2], 'W[4]': [2, 2], 'b[1]': [], 'b[2]': [], 'b[3]': [] },
    inputs: { 'x[1]': [2], 'x[2]': [2], 'x[3]': [2] },
    batch: 'B',
  }),
)

const data = (B: number) => ({
  x: new Float64Array(4 * B),
  y: new Float64Array(3 * B),
  weight: new Float64Array(B),
})
const params = m.init(1)
const thrown = (act: () => unknown): string => {
  try {
    act()
  } catch (e) {
    return `${(e as Error).name}: ${(e as Error).message}`
  }
  return 'nothing'
}

describe('what is right', () => {
  test('is taken, for any batch', () => {
    for (const B of [1, 2, 7]) {
      expect(Number.isFinite(m.loss(params, data(B)))).toBe(true)
      expect(m.forward(params, { x: new Float64Array(4 * B) })).toMatchObject({
        h: { length: 4 * B },
        p: { length: B },
      })
    }
  })

  test('scalars are numbers without a batch and arrays with one', () => {
    expect(typeof single.forward(params, { x: new Float64Array(4) })['p']).toBe('number')
    expect(single.loss(params, { x: new Float64Array(4), y: new Float64Array(3), weight: 2 })).toBeTypeOf(
      'number',
    )
    expect(
      thrown(() =>
        single.loss(params, { x: new Float64Array(4), y: new Float64Array(3), weight: new Float64Array(1) }),
      ),
    ).toBe('TypeError: weight: expected a number, got a Float64Array of length 1')
  })

  test('outputs that are passed are filled and given back', () => {
    const outputs = { h: new Float64Array(8), p: new Float64Array(2) }
    expect(m.forward(params, { x: new Float64Array(8) }, outputs)).toBe(outputs)
    expect(outputs.h[0]).not.toBe(0)
  })

  test('an array of another realm', () => {
    const foreign = vm.runInNewContext('new Float64Array(8)') as Float64Array
    expect(foreign instanceof Float64Array).toBe(false)
    expect(m.forward(params, { x: foreign })).toBeDefined()
    expect(thrown(() => m.forward(params, { x: vm.runInNewContext('new Float64Array(9)') }))).toMatch(
      /^RangeError: x: /,
    )
    expect(thrown(() => m.forward(params, { x: vm.runInNewContext('new Float32Array(8)') }))).toMatch(
      /^TypeError: x: /,
    )
  })

  test('a hyperparameter is left out, given, or undefined', () => {
    const base = m.loss(params, data(1))
    expect(m.loss(params, data(1), {})).toBe(base)
    expect(m.loss(params, data(1), { lambda: undefined })).toBe(base)
    expect(m.loss(params, data(1), { lambda: 1.5 })).toBeCloseTo(base + 1, 12)
  })

  test('scalar params are updated as fields, and gradients of scalars are set', () => {
    const p = m.init(3)
    const before = p['c'] as number
    m.step(p, data(1), 0.25)
    expect(p['c']).toBe(before - 0.25)
    const grads = m.zeros()
    m.backward(p, data(1), grads)
    expect(grads['c']).toBe(1)
  })
})

describe('what is wrong', () => {
  const rows: [string, () => unknown, string][] = [
    [
      'no params',
      () => m.loss(undefined, data(1)),
      'TypeError: params: expected an object with W, c, got undefined',
    ],
    ['null', () => m.loss(null, data(1)), 'TypeError: params: expected an object with W, c, got null'],
    [
      'no data',
      () => m.loss(params, undefined),
      'TypeError: data: expected an object with x, y, weight, got undefined',
    ],
    [
      'no inputs',
      () => m.forward(params, 3),
      'TypeError: inputs: expected an object with x, got the number 3',
    ],
    [
      'no grads',
      () => m.backward(params, data(1), undefined),
      'TypeError: grads: expected an object with W, c, got undefined',
    ],
    [
      'outputs null',
      () => m.forward(params, { x: new Float64Array(4) }, null),
      'TypeError: outputs: expected an object with h, p, got null',
    ],
    [
      'a missing param',
      () => m.loss({ c: 1 }, data(1)),
      'TypeError: W: expected a Float64Array of length 12 (3 × 4), got undefined',
    ],
    [
      'a missing scalar',
      () => m.loss({ W: new Float64Array(12) }, data(1)),
      'TypeError: c: expected a number, got undefined',
    ],
    [
      'a plain array',
      () => m.loss({ W: Array(12).fill(0), c: 1 }, data(1)),
      'TypeError: W: expected a Float64Array of length 12 (3 × 4), got an Array of length 12',
    ],
    [
      'a short param',
      () => m.loss({ W: new Float64Array(11), c: 1 }, data(1)),
      'RangeError: W: expected a Float64Array of length 12 (3 × 4), got length 11',
    ],
    [
      'the other precision',
      () => m.loss({ W: new Float32Array(12), c: 1 }, data(1)),
      'TypeError: W: expected a Float64Array of length 12 (3 × 4), got a Float32Array of length 12',
    ],
    [
      'f32, given doubles',
      () => f32.loss(params, data(1)),
      'TypeError: W: expected a Float32Array of length 12 (3 × 4), got a Float64Array of length 12',
    ],
    [
      'a missing input',
      () => m.loss(params, { y: new Float64Array(3) }),
      'TypeError: x: expected a Float64Array of length B × 4, B a whole number of at least 1, got undefined',
    ],
    [
      'an input that is no batch',
      () => m.loss(params, { ...data(1), x: new Float64Array(6) }),
      'RangeError: x: expected a Float64Array of length B × 4, B a whole number of at least 1, got length 6',
    ],
    [
      'a batch of zero',
      () => m.loss(params, data(0)),
      'RangeError: x: expected a Float64Array of length B × 4, B a whole number of at least 1, got length 0',
    ],
    [
      'two batches',
      () => m.loss(params, { ...data(2), weight: new Float64Array(3) }),
      'RangeError: weight: expected a Float64Array of length 2, got length 3',
    ],
    [
      'a short target',
      () => m.loss(params, { ...data(2), y: new Float64Array(5) }),
      'RangeError: y: expected a Float64Array of length 6 (2 × 3), got length 5',
    ],
    [
      'a missing target',
      () => m.step(params, { x: new Float64Array(4), weight: new Float64Array(1) }, 1),
      'TypeError: y: expected a Float64Array of length 3 (1 × 3), got undefined',
    ],
    [
      'a scalar in a batch',
      () => m.loss(params, { ...data(2), weight: 1 }),
      'TypeError: weight: expected a Float64Array of length 2, got the number 1',
    ],
    [
      'a fixed batch',
      () => fixed.loss(params, data(3)),
      'RangeError: x: expected a Float64Array of length 8 (2 × 4), got length 12',
    ],
    [
      'a short gradient',
      () => m.backward(params, data(1), { W: new Float64Array(1), c: 0 }),
      'RangeError: grads.W: expected a Float64Array of length 12 (3 × 4), got length 1',
    ],
    [
      'a missing gradient',
      () => m.backward(params, data(1), { W: new Float64Array(12) }),
      'TypeError: grads.c: expected a number, got undefined',
    ],
    [
      'a short output',
      () => m.forward(params, { x: new Float64Array(8) }, { h: new Float64Array(4), p: new Float64Array(2) }),
      'RangeError: outputs.h: expected a Float64Array of length 8 (2 × 4), got length 4',
    ],
    [
      'rate as text',
      () => m.step(params, data(1), '0.1'),
      'TypeError: rate: expected a number, got a String',
    ],
    [
      'no rate',
      () => m.step(params, data(1), undefined),
      'TypeError: rate: expected a number, got undefined',
    ],
    ['rate NaN', () => m.step(params, data(1), NaN), 'RangeError: rate: expected a finite number, got NaN'],
    [
      'rate without end',
      () => m.step(params, data(1), Infinity),
      'RangeError: rate: expected a finite number, got Infinity',
    ],
    [
      'a hyperparameter as text',
      () => m.loss(params, data(1), { lambda: '1' }),
      'TypeError: lambda: expected a number, got a String',
    ],
    [
      'a hyperparameter NaN',
      () => m.loss(params, data(1), { lambda: NaN }),
      'RangeError: lambda: expected a number, got NaN',
    ],
    [
      'grads are params',
      () => m.backward(params, data(1), params),
      'TypeError: grads: must not be the same array as params',
    ],
    [
      'grads share an array',
      () => m.backward(params, data(1), { ...params }),
      'TypeError: grads.W: must not be the same array as W',
    ],
    ['a seed NaN', () => m.init(NaN), 'RangeError: seed: expected a finite number, got NaN'],
    [
      'a seed as text',
      () => m.init('1' as unknown as number),
      'RangeError: seed: expected a finite number, got 1',
    ],
    [
      'no family',
      () => family.loss({ W: new Float64Array(2), b: [1, 2, 3] }, {}),
      'TypeError: W: expected an array of 4, got a Float64Array of length 2',
    ],
    [
      'a short family',
      () => family.loss({ W: [], b: [1, 2, 3] }, {}),
      'RangeError: W: expected an array of 4, got 0',
    ],
    [
      'a member of a run',
      () => family.loss({ ...family.zeros(), W: [new Float64Array(2), new Float64Array(3), 0, 0] }, {}),
      'RangeError: W[2]: expected a Float64Array of length 2, got length 3',
    ],
    [
      'a member after a run',
      () => family.loss({ W: [0, 0, 0, 0].map(() => new Float64Array(2)), b: [1, 2, 3] }, {}),
      'RangeError: W[4]: expected a Float64Array of length 4 (2 × 2), got length 2',
    ],
    [
      'a scalar member',
      () => family.loss({ ...family.zeros(), b: [1, 2, '3'] }, {}),
      'TypeError: b[3]: expected a number, got a String',
    ],
    [
      'members of one length',
      () => family.loss(family.zeros(), { x: [2, 2, 4].map((n) => new Float64Array(n)) }),
      'RangeError: x[3]: expected a Float64Array of length 2 (1 × 2), got length 4',
    ],
    [
      'a member that is not there',
      () => family.loss(family.zeros(), { x: Array(3) }),
      'TypeError: x[1]: expected a Float64Array of length B × 2, B a whole number of at least 1, got undefined',
    ],
    [
      'a shared member',
      () =>
        ((p) =>
          family.backward(
            p,
            { x: [2, 2, 2].map((n) => new Float64Array(n)) },
            {
              ...family.zeros(),
              W: [...(family.zeros()['W'] as unknown[]).slice(0, 2), ...(p['W'] as unknown[]).slice(2)],
            },
          ))(family.init()),
      'TypeError: grads.W[3]: must not be the same array as W[3]',
    ],
  ]
  test.each(rows)('%s', (_, act, message) => expect(thrown(act)).toBe(message))

  test('an output that is an input', () => {
    const x = new Float64Array(8)
    expect(thrown(() => m.forward(params, { x }, { h: x, p: new Float64Array(2) }))).toBe(
      'TypeError: outputs.h: must not be the same array as x',
    )
  })

  test('nothing is written where something is wrong', () => {
    const calls: ((mod: Module, p: object) => unknown)[] = [
      (mod, p) => mod.step(p, { ...data(2), weight: new Float64Array(1) }, 1),
      (mod, p) => mod.step(p, data(2), NaN),
      (mod, p) => mod.step(p, data(2), 1, { lambda: 'x' }),
      (mod, p) => mod.step({ ...p, c: undefined }, data(2), 1),
    ]
    for (const call of calls) {
      const p = m.init(5)
      expect(thrown(() => call(m, p))).not.toBe('nothing')
      expect(p).toEqual(m.init(5))
    }
    const grads = m.zeros()
    expect(thrown(() => m.backward(params, { ...data(1), y: 0 }, grads))).toMatch(/^TypeError/)
    expect(grads).toEqual(m.zeros())
    const outputs = { h: new Float64Array(4), p: new Float64Array(2) }
    expect(thrown(() => m.forward(params, { x: new Float64Array(4) }, outputs))).toMatch(
      /^RangeError: outputs.p/,
    )
    expect(outputs.h).toEqual(new Float64Array(4))
  })
})

describe('what is wrong, found by the condition in front of the checks of small networks', () => {
  const good = () => ({ x: new Float64Array(4), y: new Float64Array(3), weight: 1 })
  const grads = single.zeros()
  const W = 'expected a Float64Array of length 12 (3 × 4)'
  const rows: [string, () => unknown, string][] = [
    [
      'no params',
      () => single.loss(undefined, good()),
      'TypeError: params: expected an object with W, c, got undefined',
    ],
    ['null', () => single.loss(null, good()), 'TypeError: params: expected an object with W, c, got null'],
    [
      'no data',
      () => single.step(params, null, 1),
      'TypeError: data: expected an object with x, y, weight, got null',
    ],
    [
      'no inputs',
      () => single.forward(params, undefined),
      'TypeError: inputs: expected an object with x, got undefined',
    ],
    [
      'no grads',
      () => single.backward(params, good(), null),
      'TypeError: grads: expected an object with W, c, got null',
    ],
    ['a missing param', () => single.loss({ c: 1 }, good()), `TypeError: W: ${W}, got undefined`],
    [
      'a short param',
      () => single.loss({ ...params, W: new Float64Array(11) }, good()),
      `RangeError: W: ${W}, got length 11`,
    ],
    [
      'a scalar that is none',
      () => single.loss({ ...params, c: '1' }, good()),
      'TypeError: c: expected a number, got a String',
    ],
    [
      'a long input',
      () => single.loss(params, { ...good(), x: new Float64Array(5) }),
      'RangeError: x: expected a Float64Array of length 4, got length 5',
    ],
    [
      'a missing target',
      () => single.loss(params, { ...good(), y: undefined }),
      'TypeError: y: expected a Float64Array of length 3, got undefined',
    ],
    [
      'a missing scalar target',
      () => single.loss(params, { ...good(), weight: undefined }),
      'TypeError: weight: expected a number, got undefined',
    ],
    [
      'a missing gradient',
      () => single.backward(params, good(), { c: 1 }),
      `TypeError: grads.W: ${W}, got undefined`,
    ],
    [
      'a missing scalar gradient',
      () => single.backward(params, good(), { W: new Float64Array(12) }),
      'TypeError: grads.c: expected a number, got undefined',
    ],
    [
      'grads are params',
      () => single.backward(params, good(), params),
      'TypeError: grads: must not be the same array as params',
    ],
    [
      'grads share an array',
      () => single.backward(params, good(), { ...params }),
      'TypeError: grads.W: must not be the same array as W',
    ],
    [
      'a fixed batch',
      () => fixed.backward(params, data(3), grads),
      'RangeError: x: expected a Float64Array of length 8 (2 × 4), got length 12',
    ],
  ]
  test.each(rows)('%s', (_, act, message) => expect(thrown(act)).toBe(message))

  test('arrays of another realm pass', () => {
    const foreign = (n: number) => vm.runInNewContext(`new Float64Array(${n})`) as Float64Array
    const made = { W: foreign(12), c: 0 }
    expect(
      single.backward({ W: foreign(12), c: 1 }, { x: foreign(4), y: foreign(3), weight: 1 }, made),
    ).toBeTypeOf('number')
    expect(made.c).toBe(1)
  })
})
