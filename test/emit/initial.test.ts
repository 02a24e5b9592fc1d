/** Initialisers: reproducible, and distributed as they say. */
import { describe, expect, test } from 'vitest'
import { rational } from '../../src/base/rational.ts'
import { load, network } from './support.ts'

const n = 100_000
const m = await load(
  network({
    params: {
      g: [100, 1000],
      h: [100, 1000],
      l: [100, 1000],
      u: [n],
      r: [n],
      z: [2],
      o: [2],
      k: [2],
      s: [],
      v: [3],
      t: [5, 7, 11],
    },
    initialisers: {
      h: { kind: 'he' },
      l: { kind: 'lecun' },
      u: { kind: 'uniform', lo: rational(-1), hi: rational(3) },
      r: { kind: 'normal', mean: rational(2), sd: rational('0.5') },
      z: { kind: 'constant', value: rational(0) },
      o: { kind: 'constant', value: rational(1) },
      k: { kind: 'constant', value: rational('0.1') },
    },
  }),
)

const few = await load(network({ params: { a: [3, 4], b: [], c: [5] }, initialisers: { c: { kind: 'he' } } }))

const moments = (a: Float64Array) => {
  const mean = a.reduce((s, x) => s + x, 0) / a.length
  return {
    mean,
    sd: Math.sqrt(a.reduce((s, x) => s + (x - mean) ** 2, 0) / a.length),
    lo: Math.min(...a.slice(0, 50_000)),
    hi: Math.max(...a.slice(0, 50_000)),
  }
}

/** sfc32 once more, from its author's description, to hold the emitted one against. */
function sfc32(seed: number): () => number {
  const words = new Uint32Array(4)
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, seed)
  words.set([0, view.getUint32(4), view.getUint32(0), 1])
  const next = (): number => {
    const sum = (words[0]! + words[1]! + words[3]!) >>> 0
    words[3]!++
    words[0] = words[1]! ^ (words[1]! >>> 9)
    words[1] = words[2]! + words[2]! * 8
    words[2] = ((words[2]! << 21) | (words[2]! >>> 11)) + sum
    return sum
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

describe('init', () => {
  test('is the same for the same seed, and 0 is the default', () => {
    expect(few.init(7)).toEqual(few.init(7))
    expect(few.init()).toEqual(few.init(0))
    expect(few.init(-0)).toEqual(few.init(0))
  })

  test('differs for any two seeds', () => {
    const starts = [0, 1, 2, -1, 0.5, 1e9, 2 ** 40, 2 ** 53, Number.MIN_VALUE].map((s) => few.init(s)['b'])
    expect(new Set(starts).size).toBe(starts.length)
  })

  test('draws from sfc32', () => {
    const next = sfc32(42)
    const bound = Math.sqrt(6 / 1100)
    const g = m.init(42)['g'] as Float64Array
    for (const x of g.slice(0, 100))
      expect(x).toBe(-bound + (bound - -bound) * (((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53))
  })

  test('gives these values', () => {
    const { v, s } = m.init(1) as { v: Float64Array; s: number }
    expect([s, ...v]).toMatchSnapshot()
  })

  test('has the moments and bounds that the initialisers say', () => {
    const p = m.init(2) as Record<string, Float64Array>
    const bound = Math.sqrt(6 / 1100)
    expect(moments(p['g']!).mean).toBeCloseTo(0, 3)
    expect(moments(p['g']!).sd).toBeCloseTo(bound / Math.sqrt(3), 3)
    expect(moments(p['g']!).lo).toBeGreaterThanOrEqual(-bound)
    expect(moments(p['g']!).hi).toBeLessThan(bound)
    expect(moments(p['h']!).sd).toBeCloseTo(Math.sqrt(2 / 1000), 3)
    expect(moments(p['l']!).sd).toBeCloseTo(Math.sqrt(1 / 1000), 3)
    expect(moments(p['u']!).mean).toBeCloseTo(1, 1)
    expect(moments(p['u']!).lo).toBeCloseTo(-1, 2)
    expect(moments(p['u']!).hi).toBeCloseTo(3, 2)
    expect(moments(p['r']!).mean).toBeCloseTo(2, 2)
    expect(moments(p['r']!).sd).toBeCloseTo(0.5, 2)
    expect(p['r']!.filter((x) => Math.abs(x - 2) > 1.5).length / n).toBeCloseTo(0.0027, 3)
    expect([...p['z']!, ...p['o']!, ...p['k']!]).toEqual([0, 0, 1, 1, 0.1, 0.1])
  })

  test('a vector and a scalar do not start at zero; fans are the last and the first axis', () => {
    const p = m.init(3) as { v: Float64Array; s: number; t: Float64Array }
    for (const x of p.v) expect(Math.abs(x)).toBeGreaterThan(0)
    expect(Math.abs(p.s)).toBeGreaterThan(0)
    expect(Math.max(...p.t.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / (5 + 11)))
    expect(Math.max(...p.t.map(Math.abs))).toBeGreaterThan(0.9 * Math.sqrt(6 / (5 + 11)))
  })

  test('returns arrays of its own each time', () => {
    const [a, b] = [m.init(), m.init()]
    expect(a['v']).not.toBe(b['v'])
    expect(m.zeros()['v']).not.toBe(m.zeros()['v'])
    expect(m.zeros()['s']).toBe(0)
  })

  test('is the same in f32, rounded', async () => {
    const f = await load(network({ params: { v: [3] } }), { precision: 'f32' })
    const d = await load(network({ params: { v: [3] } }))
    expect(f.init(9)['v']).toEqual(new Float32Array(d.init(9)['v'] as Float64Array))
  })
})
