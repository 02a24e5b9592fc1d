/** The judge of edges: limits, and the conventions of the language where there are none. */
import { describe, expect, it } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { type Nested, type Tensor, Truths, scalar, tensor } from '../../src/interpret/index.ts'

type Values = Readonly<Record<string, Nested<number>>>

const asTensor = (v: Nested<number>): Tensor<number> => (typeof v === 'number' ? scalar(v) : tensor(v))

/** The loss, then the gradient of each parameter, entry by entry; undefined for what cannot be told. */
async function truth(source: string, params: Values, data: Values = {}): Promise<(number | undefined)[]> {
  const { network } = analyse(source).mathematics!.written
  const values = new Map(Object.entries({ ...params, ...data }).map(([name, v]) => [name, asTensor(v)]))
  const entries = Object.keys(params).flatMap((name) =>
    values.get(name)!.data.map((_, index) => ({ name, index })),
  )
  const exact = await new Truths(network.loss!.node, entries).at({ seed: 1, dims: new Map(), values })
  return exact.map((x) => x?.toNumber())
}

describe('the truth at edges', () => {
  const cases: readonly [
    what: string,
    source: string,
    params: Values,
    data: Values,
    wanted: readonly number[],
  ][] = [
    ['a norm has slope 0 at 0', 'param q[2]\nloss J = (norm(q) - 1)^2', { q: [0, 0] }, {}, [1, 0, 0]],
    ['a root of a square too', 'param x\nloss J = sqrt(x^2)', { x: 0 }, {}, [0, 0]],
    [
      'a deviation of equal entries too',
      'param x[3]\nm = mean(x)\nloss J = sqrt(mean((x - m)^2))',
      { x: [0.1, 0.1, 0.1] },
      {},
      [0, 0, 0, 0],
    ],
    [
      'a branch not taken adds nothing',
      'param a\nu = log(a)\nloss J = where(a > 0, u^2, 0)',
      { a: -1 },
      {},
      [0, 0],
    ],
    [
      'nor does the other side of a maximum',
      'input s\nparam a\nloss J = max(0, log(a * s))',
      { a: 1 },
      { s: 0 },
      [0, 0],
    ],
    ['x·log x is 0 at 0', 'input p\nparam q\nloss J = p * log(p / q)', { q: 0.5 }, { p: 0 }, [0, 0]],
    ['from below too', 'input p\nparam q\nloss J = (1 - p) * log((1 - p) / q)', { q: 0.5 }, { p: 1 }, [0, 0]],
    ['of a value that is 0 around it', 'param w\np = relu(w)\nloss J = p * log(p)', { w: -2 }, {}, [0, 0]],
    ['x^0 is 1', 'input n\nparam x\nloss J = x^n', { x: 0 }, { n: 0 }, [1, 0]],
    ['0^p is 0 with slope 0', 'param x, p\nloss J = x^p', { x: 0, p: 2.5 }, {}, [0, 0, 0]],
    [
      'a weight of exp(−∞) is 0',
      'input m[2]\nparam x[2], c\nu = logsumexp(x + m)\nloss J = log(exp(u) + exp(c))',
      { x: [1, 2], c: 3 },
      { m: [-Infinity, -Infinity] },
      [3, 0, 0, 1],
    ],
    [
      'y/x is met from the right',
      'input y\nparam x\nloss J = atan(y / x)',
      { x: 0 },
      { y: 2 },
      [Math.PI / 2, -0.5],
    ],
    ['a removable point has its limit', 'param x\nloss J = (1 - exp(-x)) / x', { x: 0 }, {}, [1, -0.5]],
    ['of an order that takes more digits', 'param x\nloss J = (x - sin(x)) / x^3', { x: 0 }, {}, [1 / 6, 0]],
    [
      'a determinant has slopes at a singular matrix',
      'param X[2, 2]\nloss J = det(X)',
      {
        X: [
          [0, 0.5],
          [0, 2],
        ],
      },
      {},
      [0, 2, 0, -0.5, 0],
    ],
    [
      'a zero keeps its sign',
      'input y\nparam x\nloss J = atan(y / x)',
      { x: -0 },
      { y: 2 },
      [-Math.PI / 2, -0.5],
    ],
    [
      'digits are added until they are enough',
      'param z\nloss J = log((1 - tanh(z)) * (1 + tanh(z)))',
      { z: 400 },
      {},
      [2 * Math.log(2) - 800, -2],
    ],
    [
      'below the normal numbers beside 1',
      'param z\nloss J = log(1/2 * (1 + erf(z)))',
      { z: -30 },
      {},
      [-904.6672642912039, 60.03329639875623],
    ],
  ]
  it.each(cases)('%s', async (_what, source, params, data, wanted) => {
    const found = await truth(source, params, data)
    expect(found.map((x) => x ?? NaN)).toHaveLength(wanted.length)
    wanted.forEach((w, i) => expect(found[i]).toBeCloseTo(w, 11))
  })

  it.each([
    ['a pole', 'param x\nloss J = 1 / x', { x: 0 }],
    ['what has another value by every way', 'param x[2]\nloss J = sum(x / norm(x))', { x: [0, 0] }],
    ['outside of a domain', 'param x\nloss J = log(x)', { x: -1 }],
    [
      'the inverse of a singular matrix',
      'param A[2, 2]\nloss J = sum(inv(A))',
      {
        A: [
          [1, 1],
          [1, 1],
        ],
      },
    ],
  ])('there is none at %s', async (_what, source, params) => {
    expect((await truth(source, params as Values))[0]).toBeUndefined()
  })

  it('there is none where it takes too long to tell', async () => {
    const { network } = analyse('param z\nloss J = log(1 - tanh(z))').mathematics!.written
    const point = { seed: 1, dims: new Map(), values: new Map([['z', scalar(400)]]) }
    expect(await new Truths(network.loss!.node, [{ name: 'z', index: 0 }], 1000).at(point)).toEqual([])
  })
})

describe('how far rounding carries', () => {
  const sensitivity = async (source: string, z: number): Promise<readonly number[]> => {
    const { network } = analyse(source).mathematics!.written
    const truths = new Truths(network.loss!.node, [{ name: 'z', index: 0 }])
    const point = { seed: 1, dims: new Map(), values: new Map([['z', scalar(z)]]) }
    return truths.sensitivity(point, await truths.at(point))
  }

  it('counts sums that cancel, of data and of what is computed', async () => {
    const [loss] = await sensitivity('param z\nloss J = z^2 - 3 * z^2 + 2 * z * z', 1000)
    expect(loss).toBe(0)
    expect((await sensitivity('param z\nloss J = sqrt(1 + z^2) - z', 1e6))[0]).toBeGreaterThan(1e5)
  })

  it('does not count what has a form that does not cancel', async () => {
    expect((await sensitivity('param z\nloss J = 1 - exp(-z)', 1e-9))[0]).toBeLessThan(1e-8)
    expect((await sensitivity('param z\nloss J = 1 - sigmoid(z)', 40))[0]).toBeLessThan(1e-15)
  })
})
