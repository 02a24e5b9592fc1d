/** The emitted module against the evaluator. */
import { expect } from 'vitest'
import type { Precision } from '../../src/schedule/index.ts'
import { TUNING, type Tuning, WASM_TUNING } from '../../src/schedule/tuning.ts'
import { emitted, load } from './built.ts'
import { type Arrays, type Case, expectedOf, values } from './random.ts'

const arrays = (a: Arrays, precision: Precision): Record<string, number | Float64Array | Float32Array> =>
  Object.fromEntries(
    Object.entries(a).map(([k, v]) => [
      k,
      typeof v === 'number' ? v : precision === 'f64' ? Float64Array.from(v) : Float32Array.from(v),
    ]),
  )
const flat = (v: unknown): number[] => (typeof v === 'number' ? [v] : [...(v as Float64Array)])

function close(what: string, got: readonly number[], want: readonly number[], tolerance: number): void {
  expect(got.length, what).toBe(want.length)
  const scale = Math.max(1, ...want.map(Math.abs).filter(Number.isFinite))
  got.forEach((x, i) => {
    if (Object.is(x, want[i]) || x === want[i]) return
    if (!(Math.abs(x - want[i]!) <= tolerance * scale))
      throw new Error(`${what}[${i}]: ${x}, expected ${want[i]}`)
  })
}

/** Small cases take the paths of large ones. */
const TUNINGS: readonly Tuning[] = [
  TUNING,
  {
    ...TUNING,
    tileFrom: 1,
    heavyNest: 1,
    heavySum: 1,
    cached: 0,
    unrolled: 1,
    packFrom: 1,
    outlineFrom: 1,
  },
  {
    ...TUNING,
    tileFrom: 16,
    heavyNest: 64,
    heavySum: 16,
    cached: 4,
    unrolled: 3,
    packFrom: 100,
    outlineFrom: 20,
  },
  { ...TUNING, tileFrom: 1, unrolled: 1, packFrom: 1, outlineFrom: 1 },
  { ...TUNING, tileFrom: 1, restFrom: 1, partBelow: Infinity, unrolled: 1 },
]

const WASM_TUNINGS: readonly Tuning[] = [
  WASM_TUNING,
  ...TUNINGS.slice(1).map((t) => ({ ...t, tileFrom: Infinity, packFrom: Infinity, outlineFrom: Infinity })),
]

/** Whether the emitted module computes what the evaluator does, in all four routines. */
export function agrees(
  c: Case,
  seed: number,
  precision: Precision,
  mode: 'scalars' | 'loops' | 'auto',
  target: 'js' | 'wasm' = 'js',
): void {
  const v = values(c, seed)
  const want = expectedOf(c, v)
  const all = [want.loss, ...want.grads.flat(), ...want.outputs.flat()]
  if (!all.every((x) => Number.isFinite(x) && Math.abs(x) < 1e4)) return
  const tolerance = precision === 'f64' ? 1e-9 : 2e-3
  const tuning = (target === 'wasm' ? WASM_TUNINGS : TUNINGS)[seed % 4]
  const code = emitted(c.derived, { precision, mode, tuning }, target)
  try {
    const m = load(code)
    const params = arrays(v.params, precision)
    const data = arrays(v.data, precision)
    close('loss', [m.loss(params, data)], [want.loss], tolerance)
    const grads = m.zeros(Object.fromEntries(c.lengths))
    close('backward', [m.backward(params, data, grads)], [want.loss], tolerance)
    const names = c.derived.network.params.map((p) => p.symbol.name)
    names.forEach((n, i) => close(`grads.${n}`, flat(grads[n]), want.grads[i]!, tolerance))
    const out = m.forward(params, data)
    c.derived.network.outputs.forEach((o, i) =>
      close(`outputs.${o.name}`, flat(out[o.name]), want.outputs[i]!, tolerance),
    )
    const moved = structuredClone(params)
    close('step', [m.step(moved, data, 0.125)], [want.loss], tolerance)
    names.forEach((n, i) =>
      close(
        `step.${n}`,
        flat(moved[n]),
        flat(params[n]).map((x, k) => x - 0.125 * want.grads[i]![k]!),
        tolerance,
      ),
    )
    // A second call finds what the first has left in the workspace.
    close('again', [m.loss(params, data)], [want.loss], tolerance)
  } catch (e) {
    throw new Error(`${(e as Error).message}\n${code}`, { cause: e })
  }
}
