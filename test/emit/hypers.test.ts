/** Hyperparameters: numbers and tensors, with defaults and without, in all four functions. */
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import type { Precision } from '../../src/schedule/index.ts'

type Fieldful = Record<string, unknown>
interface Module {
  init(seed?: number): Fieldful
  zeros(): Fieldful
  forward(params: Fieldful, inputs: Fieldful, outputs?: Fieldful, hyper?: Fieldful): Fieldful
  loss(params: Fieldful, data: Fieldful, hyper?: Fieldful): number
  backward(params: Fieldful, data: Fieldful, grads: Fieldful, hyper?: Fieldful): number
  step(params: Fieldful, data: Fieldful, rate: number, hyper?: Fieldful): number
  network: { hyper: Fieldful }
}

async function load(source: string, precision: Precision = 'f64'): Promise<Module> {
  const { code, diagnostics } = compile(source, { target: 'js', precision })
  expect(diagnostics).toEqual([])
  return (await import(`data:text/javascript,${encodeURIComponent(code!)}`)) as Module
}

const thrown = (act: () => unknown): string => {
  try {
    act()
  } catch (e) {
    return `${(e as Error).name}: ${(e as Error).message}`
  }
  return 'nothing'
}

/** Long enough for loops, and short enough for scalars. */
describe.each([3, 40])('of length %d', (n) => {
  const source = `dim N = ${n}
input x[N]
param w
hyper l[N] = [${Array.from({ length: n }, (_, i) => i + 1).join(', ')}], one[N] = 1, eps = 1/2, dt, mask[N]
z = w * dt * sum(l * mask * x * one)
output z
loss J = z^2 + eps * w^2`
  const x = new Float64Array(n).fill(1)
  const mask = Float64Array.from({ length: n }, (_, i) => (i < 2 ? 1 : 0))
  const hyper = { dt: 0.5, mask }

  test('the four functions use what is given, and defaults', async () => {
    const m = await load(source)
    const params = { w: 2 }
    // z = 2 · 0.5 · (1 + 2), J = 9 + 0.5 · 4, ∂J/∂w = 2 · 3 · 1.5 + 2
    expect(m.forward(params, { x }, undefined, hyper)).toEqual({ z: 3 })
    expect(m.loss(params, { x }, hyper)).toBe(11)
    const grads = m.zeros()
    expect(m.backward(params, { x }, grads, hyper)).toBe(11)
    expect(grads).toEqual({ w: 11 })
    expect(m.loss(params, { x }, { ...hyper, eps: 0, l: new Float64Array(n).fill(10) })).toBe(400)
    expect(m.step(params, { x }, 0.1, hyper)).toBe(11)
    expect(params.w).toBeCloseTo(0.9, 12)
    expect(m.network.hyper).toMatchObject({ dt: null, mask: null, eps: 0.5 })
    expect((m.network.hyper['l'] as number[]).slice(0, 3)).toEqual([1, 2, 3])
  })

  test('what is wrong is told by its name, before anything is written', async () => {
    const m = await load(source)
    const params = { w: 2 }
    const run = (given: Fieldful | undefined) => thrown(() => m.step(params, { x }, 0.1, given))
    expect(run(undefined)).toBe('TypeError: dt: expected a number, got undefined')
    expect(run({ dt: 1 })).toBe(`TypeError: mask: expected a Float64Array of length ${n}, got undefined`)
    expect(run({ dt: NaN, mask })).toBe('RangeError: dt: expected a number, got NaN')
    expect(run({ dt: 1, mask: new Float64Array(n + 1) })).toMatch(/^RangeError: mask: .*length/)
    expect(run({ dt: 1, mask: [1, 2] })).toMatch(/^TypeError: mask: /)
    expect(run({ ...hyper, l: 3 })).toMatch(/^TypeError: l: .*the number 3/)
    expect(params.w).toBe(2)
  })

  test('in single precision, and with a batch', async () => {
    const single = await load(source, 'f32')
    expect(single.loss({ w: 2 }, { x: new Float32Array(x) }, { dt: 0.5, mask: new Float32Array(mask) })).toBe(
      11,
    )
    const batch = await load(`batch B\n${source}`)
    const data = { x: new Float64Array(2 * n).fill(1) }
    expect(batch.loss({ w: 2 }, data, hyper)).toBe(11)
    expect(batch.forward({ w: 2 }, data, undefined, hyper)['z']).toEqual(Float64Array.of(3, 3))
  })
})

test('an open length is that of the data', async () => {
  const m = await load('dim N\ninput x[N]\nparam w\nhyper mask[N]\nloss J = w * sum(mask * x)')
  expect(m.loss({ w: 2 }, { x: Float64Array.of(1, 2) }, { mask: Float64Array.of(3, 4) })).toBe(22)
  expect(thrown(() => m.loss({ w: 2 }, { x: Float64Array.of(1, 2) }, { mask: Float64Array.of(3) }))).toMatch(
    /^RangeError: mask: /,
  )
  const { diagnostics } = compile('dim N\nparam w\nhyper mask[N]\nloss J = w * sum(mask)')
  expect(diagnostics.map(({ code }) => code)).toContain('undetermined-extent')
})
