import { describe, expect, test } from 'vitest'
import { derivedOf, emitted, load } from './built.ts'

const chain = (n: number, head: string): string =>
  `${head}input x\ntarget y\nparam w, b\nz0 = x\n${Array.from({ length: n }, (_, i) => `z${i + 1} = tanh(w * z${i} + b)\n`).join('')}loss J = (z${n} - y)^2 / 2\n`

/** The longest function of a module, in characters. */
const longest = (code: string): number =>
  Math.max(...code.split(/^(?:export )?function /m).map((f) => f.length))
const deepest = (code: string): number => Math.max(...code.split('\n').map((l) => l.length))

describe('long programs', () => {
  const n = 500
  const value = (w: number, b: number, x: number, y: number): number => {
    let z = x
    for (let i = 0; i < n; i++) z = Math.tanh(w * z + b)
    return (z - y) ** 2 / 2
  }
  const slope = (f: (d: number) => number): number => (f(1e-6) - f(-1e-6)) / 2e-6
  const [w, b] = [0.999, 0.01]

  for (const [what, head, data] of [
    ['one sample', '', { x: 0.3, y: 0.1 }],
    ['a batch', 'batch B\n', { x: Float64Array.of(0.3, -0.2, 0.5), y: Float64Array.of(0.1, 0.2, 0.3) }],
  ] as const)
    test(`${n} scalar equations, ${what}: functions of bounded length, right values`, () => {
      const { derived } = derivedOf(chain(n, head))
      const code = emitted(derived, { precision: 'f64' })
      expect(longest(code)).toBeLessThan(60_000)
      expect(deepest(code)).toBeLessThan(1_000)
      const m = load(code)
      const xs = typeof data.x === 'number' ? [data.x] : [...data.x]
      const ys = typeof data.y === 'number' ? [data.y] : [...data.y]
      const mean = (dw: number, db: number): number =>
        xs.reduce((sum, x, i) => sum + value(w + dw, b + db, x, ys[i]!), 0) / xs.length
      const params = { w, b }
      const grads = m.zeros() as { w: number; b: number }
      expect(m.backward(params, data, grads)).toBeCloseTo(mean(0, 0), 10)
      expect(m.loss(params, data)).toBeCloseTo(mean(0, 0), 10)
      expect(grads.w).toBeCloseTo(
        slope((d) => mean(d, 0)),
        5,
      )
      expect(grads.b).toBeCloseTo(
        slope((d) => mean(0, d)),
        5,
      )
      expect(m.step(params, data, 0.1)).toBeCloseTo(mean(0, 0), 10)
      expect(params.w).toBeCloseTo(w - 0.1 * grads.w, 12)
      expect(params.b).toBeCloseTo(b - 0.1 * grads.b, 12)
    })

  test('many layers of tensors are cut too', () => {
    const layers = 60
    const text = `batch B\ninput x[40]\nparam W[40, 40], b[40]\nh0 = x\n${Array.from({ length: layers }, (_, i) => `h${i + 1} = tanh(W @ h${i} + b)\n`).join('')}loss J = sum(h${layers}^2)\n`
    const { derived } = derivedOf(text)
    const code = emitted(derived, { precision: 'f64' })
    expect(longest(code)).toBeLessThan(60_000)
    const m = load(code)
    const params = m.init(3)
    const data = { x: Float64Array.from({ length: 120 }, (_, i) => Math.sin(i)) }
    const grads = m.zeros() as { W: Float64Array; b: Float64Array }
    m.backward(params, data, grads)
    const shifted = structuredClone(params) as { b: Float64Array }
    const at = (d: number): number => {
      shifted.b[7] = (params['b'] as Float64Array)[7]! + d
      return m.loss(shifted, data)
    }
    expect(grads.b[7]).toBeCloseTo(slope(at), 5)
  })

  test('a scheme of numbers over a batch, in a step too', () => {
    const steps = 170
    const text = `dim N = ${steps}\nbatch B\ninput x\ntarget y\nparam c[k] for k in 0..N\nparam g[k] for k in 1..N\np[0] = c[0]\nfor j in 1..N { p[j] = p[j-1] * x * g[j] + c[j] }\nloss J = (p[N] - y)^2 / 2\n`
    const m = load(emitted(derivedOf(text).derived, { precision: 'f64' }))
    const c = Array.from({ length: steps + 1 }, (_, k) => Math.sin(k))
    const g = Array.from({ length: steps }, (_, k) => 1 + 0.01 * Math.cos(k))
    const data = { x: Float64Array.of(0.9, 0.5), y: Float64Array.of(1, -1) }
    const grads = m.zeros() as unknown as { c: number[]; g: number[] }
    m.backward({ c, g }, data, grads)
    for (const k of [0, 100, steps - 1]) {
      const along = slope((d) => m.loss({ c, g: g.map((v, i) => (i === k ? v + d : v)) }, data))
      expect(grads.g[k], `g ${k}`).toBeCloseTo(along, 5)
      const beside = slope((d) => m.loss({ c: c.map((v, i) => (i === k ? v + d : v)), g }, data))
      expect(grads.c[k], `c ${k}`).toBeCloseTo(beside, 5)
    }
  })
})
