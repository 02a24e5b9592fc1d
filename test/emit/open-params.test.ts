/** Parameters of open lengths against the same program with its lengths known: JavaScript, WebAssembly and C, an optimizer with a state, products, starts. */
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { imported } from '../../src/modules.ts'
import type { Program } from '../../src/schedule/index.ts'
import { type Loose, load } from '../schedule/built.ts'
import { flat } from '../schedule/written-out.ts'
import { given } from './c/given.ts'
import { inJavaScript } from './c/in-javascript.ts'
import { FEW, FLAGS, RATE, runC } from './c/run.ts'

/** Every open length is as long in the tests. */
const LENGTH = 4

const PROGRAMS: Readonly<Record<string, string>> = {
  'nothing but parameters': `dim N
hyper c = 2
param w[N]
u = c * w
output u
loss J = sum((u - 1)^2) + w[1]^4
`,
  'params tell data': `dim N
batch B
input x[N]
target y
param w[N] = normal(0, 1), v[N, N], b
yhat = dot(w, tanh(v @ x)) + b
output yhat
loss J = (yhat - y)^2
`,
  'data tell params': `dim H, D
input x[D]
target y[D]
param W[H, D] = he, V[D, H] = lecun
yhat = V @ tanh(W @ x)
output yhat
loss J = squarederror(yhat, y)
`,
  'families of any length': `dim L, H = 3
input x[H]
target y[H]
param W[l][H, H], b[l], g[l][H, 2] for l in 1..L
a[0] = x
a[l] = tanh(W[l] @ a[l-1] + b[l] + sum(g[l])) for l in 1..L
yhat = a[L]
output yhat
loss J = squarederror(yhat, y)
`,
}

const built = (source: string, options: Parameters<typeof compile>[1]) => {
  let program: Program | undefined
  const found = compile(source, {
    formulas: false,
    filename: 'n.net',
    ...options,
    observe: (stage, result) => {
      if (stage === 'schedule') program = result as Program
    },
  })
  expect(found.diagnostics.filter(({ severity }) => severity === 'error').map((d) => d.message)).toEqual([])
  return { code: found.code!, network: found.network!, program: program! }
}

const near = (got: readonly number[], want: readonly number[]): void => {
  expect(got.length).toBe(want.length)
  got.forEach((x, i) => expect(x).toBeCloseTo(want[i]!, 11))
}

describe.each(Object.entries(PROGRAMS))('%s', (_, source) => {
  const open = built(source, { target: 'js' })
  const names = Object.keys(given(open.network, 'f64').lengths).filter((dim) => dim !== 'B')
  const dims = Object.fromEntries(names.map((dim) => [dim, LENGTH]))
  const values = given(open.network, 'f64')

  test('JavaScript and WebAssembly compute what they compute of known lengths', () => {
    const want = inJavaScript(built(source, { target: 'js', dims }).code, open.network, values)
    for (const got of [
      inJavaScript(open.code, open.network, values),
      inJavaScript(built(source, { target: 'wasm' }).code, open.network, values),
    ])
      for (const what of ['loss', 'forward', 'backward', 'step'] as const) near(got[what], want[what])
  })

  test('an optimizer with a state', () => {
    const steps = (m: ReturnType<typeof load>): number[] => {
      const params = structuredClone(values.params)
      const state = m.initState(undefined, dims)
      for (let i = 0; i < 3; i++) m.step(params, values.data, 0.1, state as never)
      return Object.values(params).flatMap(flat)
    }
    const adam = { optimizer: 'adam' } as const
    const want = steps(load(built(source, { ...adam, target: 'js', dims }).code))
    near(steps(load(built(source, { ...adam, target: 'js' }).code)), want)
    near(steps(load(built(source, { ...adam, target: 'wasm' }).code)), want)
  })

  test('a seed gives what it gives where lengths are known', async () => {
    const closed = await imported(built(source, { target: 'js', dims }).code)
    for (const target of ['js', 'wasm'] as const) {
      const m = load(built(source, { target }).code)
      near(Object.values(m.init(3, dims)).flatMap(flat), Object.values(closed.init(3)).flatMap(flat as never))
      expect(() => m.zeros({})).toThrow()
    }
  })

  test('arrays of other lengths are told', () => {
    const m = load(open.code)
    const { params, data } = values
    const grads = m.zeros(Object.fromEntries(names.map((dim) => [dim, LENGTH + 1])))
    expect(() => m.backward(params, data, grads)).toThrow(/^grads\./)
    const [name, first] = Object.entries(params)[0]! as [string, Loose]
    const wrong = first instanceof Float64Array ? new Float64Array(0) : (first as Loose[]).slice(1)
    const other = names.length > 0 && Object.keys(params).length > 1
    if (other) expect(() => m.loss({ ...params, [name]: wrong }, data)).toThrow(RangeError)
  })
})

test('C computes what JavaScript computes, with an optimizer that has a state too', () => {
  const made = Object.values(PROGRAMS).flatMap((source) =>
    (['sgd', 'adam'] as const).map((optimizer) => {
      const { network, code } = built(source, { target: 'js', optimizer })
      const values = given(network, 'f64')
      const { program } = built(source, { target: 'c', optimizer })
      const m = load(code)
      const moved = structuredClone(values.params)
      m.step(moved, values.data, RATE, m.initState?.(undefined, values.lengths as never) as never)
      const step = Object.values(moved).flatMap(flat)
      return {
        c: { program, lanes: FEW, ...values },
        step,
        backward: m.backward(values.params, values.data, m.zeros(values.lengths)),
      }
    }),
  )
  const found = runC(
    made.map(({ c }) => c),
    FLAGS.sanitised,
  )
  found.forEach((got, i) => {
    near(got.step, made[i]!.step)
    expect(got.loss[1]).toBeCloseTo(made[i]!.backward, 11)
  })
})

test('products go by the lengths of params', async () => {
  const source = PROGRAMS['data tell params']!
  const functions = ['forward', 'loss', 'backward', 'jvp', 'vjp', 'hvp'] as const
  const { network } = built(source, { target: 'js' })
  const { params, data, lengths } = given(network, 'f64')
  const dims = Object.fromEntries(Object.entries(lengths))
  const found = await Promise.all(
    [{ target: 'js', dims } as const, { target: 'js' } as const, { target: 'wasm' } as const].map(
      async (options) => {
        const m = await imported(built(source, { ...options, functions }).code)
        const { hvp, vjp, jvp } = m as unknown as Record<string, (...args: unknown[]) => void>
        const out = structuredClone(params)
        hvp!(params, data, structuredClone(params), out)
        const grads = { ...structuredClone(params), x: new Float64Array(LENGTH) }
        const yhat = Float64Array.from({ length: LENGTH }, (_, i) => i - 1)
        vjp!(params, data, { yhat }, grads)
        const [outputs, changes] = [0, 1].map(() => ({ yhat: new Float64Array(LENGTH) }))
        jvp!(params, data, structuredClone(params), { x: yhat }, outputs, changes)
        return [out, grads, outputs, changes].flatMap((o) =>
          Object.values(o!).flatMap((v) => flat(v as Loose)),
        )
      },
    ),
  )
  near(found[1]!, found[0]!)
  near(found[2]!, found[0]!)
})
