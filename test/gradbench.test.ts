/** The programs of bench/gradbench, at inputs whose results are known otherwise; the suite itself judges the rest. */
import { expect, test } from 'vitest'

type Eval = Readonly<Record<string, (input: unknown, options: { target: string }) => Promise<unknown>>>
const folder = new URL('../bench/gradbench/', import.meta.url)
const { evals } = (await import(new URL('evals.mjs', folder).href)) as {
  evals: Readonly<Record<string, Eval>>
}
const { measure } = (await import(new URL('programs.mjs', folder).href)) as {
  measure: (problem: unknown) => Promise<{ output: unknown }>
}
const result = async <T>(of: string, name: string, input: unknown, target = 'js'): Promise<T> =>
  (await measure(await evals[of]![name]!(input, { target }))).output as T

/** Each number close to another one, relative to the largest. */
function expectClose(found: ArrayLike<number>, wanted: readonly number[], within = 1e-10): void {
  const scale = Math.max(...wanted.map(Math.abs))
  expect(found.length).toBe(wanted.length)
  wanted.forEach((w, i) => expect(Math.abs(found[i]! - w) / scale).toBeLessThan(within))
}

test.each(['js', 'wasm', 'c'])('hello, lse, det, llsq (%s)', async (target) => {
  expect(await result('hello', 'square', 3, target)).toBe(9)
  expect(await result('hello', 'double', 3, target)).toBe(6)
  const x = [700, 701, -3, 702.5]
  const weights = x.map((v) => Math.exp(v - 702.5))
  const total = weights.reduce((a, b) => a + b)
  expectClose([await result<number>('lse', 'primal', { x }, target)], [702.5 + Math.log(total)])
  expectClose(
    await result('lse', 'gradient', { x }, target),
    weights.map((w) => w / total),
  )
  const A = [2, 1, 0, 1, 3, 1, 0, 1, 4]
  expectClose([await result<number>('det', 'primal', { A, ell: 3 }, target)], [18])
  expectClose(await result('det', 'gradient', { A, ell: 3 }, target), [11, -4, 1, -4, 8, -2, 1, -2, 5])
  const [n, c] = [9, [0.1, 0.9, -0.2]]
  const slopes = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const t = -1 + (2 * i) / (n - 1)
    const rest = Math.sign(t) - c[0]! - c[1]! * t - c[2]! * t * t
    slopes.forEach((_, j) => (slopes[j]! -= rest * t ** j))
  }
  expectClose(await result('llsq', 'gradient', { x: c, n }, target), slopes)
})

test("kmeans: Newton's direction leads to the means", async () => {
  const points = [
    [0, 0],
    [1, 2],
    [10, 10],
    [12, 8],
    [11, 12],
  ]
  const centroids = [
    [0, 1],
    [9, 9],
  ]
  const found = await result<Float64Array[]>('kmeans', 'dir', { points, centroids })
  expectClose(
    found.flatMap((row) => [...row]),
    [0 - 0.5, 1 - 1, 9 - 11, 9 - 10],
  )
})

test('ode: all steps are exact for few equations', async () => {
  const x = [0.5, -1.5, 2]
  const y = [1, -1.5, -2]
  expectClose(await result('ode', 'primal', { x, s: 5 }), y)
  expectClose(
    await result('ode', 'gradient', { x, s: 5 }),
    x.map((v) => y[2]! / v),
  )
})

test('lstm: the gradient is the slope of the objective', async () => {
  const wave = (rows: number, columns: number, k: number): number[][] =>
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Math.sin(k + 3 * i + j)))
  const [L, B] = [2, 3]
  const input = {
    main_params: wave(2 * L, 4 * B, 1),
    extra_params: wave(3, B, 2),
    state: wave(2 * L, B, 3),
    sequence: wave(14, B, 4),
  }
  const gradient = await result<number[]>('lstm', 'jacobian', input)
  const along = gradient.map((_, i) => Math.cos(5 * i))
  const moved = (h: number) => {
    const all = [...input.main_params, ...input.extra_params]
    let at = 0
    const rows = all.map((row) => row.map((v) => v + h * along[at++]!))
    return { ...input, main_params: rows.slice(0, 2 * L), extra_params: rows.slice(2 * L) }
  }
  const h = 1e-5
  const [up, down] = [
    await result<number>('lstm', 'objective', moved(h)),
    await result<number>('lstm', 'objective', moved(-h)),
  ]
  expectClose([gradient.reduce((sum, g, i) => sum + g * along[i]!, 0)], [(up - down) / (2 * h)], 1e-6)
})

/** What the suite expects of every tool. */
test.each(['ff', 'fr', 'rf', 'rr'])('particle and saddle, %s', async (name) => {
  expectClose([await result<number>('particle', name, { w: 0 })], [0.2071918746486116])
  const wanted = 8.246324826140356e-6
  expectClose(await result('saddle', name, { start: [1, 1] }), [wanted, wanted, wanted, wanted], 1e-4)
})
