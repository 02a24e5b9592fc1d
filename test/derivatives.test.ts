/** What docs/derivatives.md says: what is held, and steps of optimisers, against formulas and gradients worked out by hand. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analyse, compile } from '../src/compile.ts'
import { type Fieldful, type Module, imported } from '../src/modules.ts'

import { formulas, latexLine, toText } from '../src/print/index.ts'
import { operations } from '../src/schedule/operations.ts'
import { rootsOf } from '../src/stages.ts'
import { chainrule, folder } from './cli/support.ts'

const page = readFileSync(new URL('../docs/derivatives.md', import.meta.url), 'utf8')
const programs = [...page.matchAll(/^```net\n(.*?)^```$/gms)].map(([, code]) => code!)
const program = (name: string): string => programs.find((code) => code.startsWith(`network ${name}\n`))!

async function made(source: string): Promise<Module & Record<string, unknown>> {
  const { code, diagnostics } = compile(source, { target: 'js', verify: true })
  expect(diagnostics).toEqual([])
  return (await imported(code!)) as Module & Record<string, unknown>
}

const array = (...values: number[]): Float64Array => Float64Array.from(values)

describe('by a part', () => {
  const FIELD = `dim N
input x[N]
param w[4], b[4], v[4], k
fn net(t) = dot(v, tanh(w * t + b))
u[i] = net(x[i]) for i in 1..N
du[i] = d(u[i], x[i]) for i in 1..N
ddu[i] = d(du[i], x[i]) for i in 1..N
loss J = mean((ddu[i] + k * u[i])^2 for i in 1..N)
`
  test('a network as a solution of an equation, at any number of points', async () => {
    const params = {
      w: array(0.3, -0.7, 1.1, 0.2),
      b: array(0.1, 0, -0.3, 0.5),
      v: array(1, 2, -1, 0.4),
      k: 0.7,
    }
    const x = array(-1, -0.2, 0, 0.5, 1.3)
    const slopes = (t: number): [number, number] => {
      const units = [0, 1, 2, 3].map((i) => {
        const [w, a] = [params.w[i]!, Math.tanh(params.w[i]! * t + params.b[i]!)]
        return [params.v[i]! * a, params.v[i]! * w * w * -2 * a * (1 - a * a)] as const
      })
      return [units.reduce((sum, [u]) => sum + u, 0), units.reduce((sum, [, u]) => sum + u, 0)]
    }
    const residuals = [...x].map((t) => slopes(t)).map(([u, second]) => second + params.k * u)
    const { loss } = await made(FIELD)
    expect(loss(params, { x })).toBeCloseTo(residuals.reduce((sum, r) => sum + r * r, 0) / x.length, 12)
  })

  test('its second derivatives are as many as the points', () => {
    const count = (N: number): number => {
      const { simplified } = analyse(FIELD, { dims: new Map([['N', N]]) }).mathematics!
      return operations(rootsOf(simplified))!
    }
    expect(count(80)).toBeLessThan(11 * count(8))
  })

  test('of vectors, rows, entries, and values of a family that is one tensor', async () => {
    const folded = folder({
      'parts.net': `dim N = 3
input X[N, 2]
param W[2, 2], v[2]
f[i] = dot(v, tanh(W @ X[i])) for i in 1..N
z[i] = W[1, 1] * X[i, 1] for i in 1..N
s = sum(tanh(z))
fx[i] = d(f[i], X[i, 1]) for i in 1..N
g[i] = d(s, z[i]) for i in 1..N
loss J = sum(fx^2) + sum(g)
output fx, g
claim d(f[2], X[1]) = 0
claim d(f[2], X[2]) = W.T @ (v * (1 - tanh(W @ X[2])^2))
claim d(J, W[2, :]) = d(J, W)[2]
claim d(J, v[1]) = d(J, v)[1]
claim g = 1 - tanh(z)^2
claim d(s, z[2]) = g[2]
`,
    })
    const { out, status } = await chainrule(folded, ['check', 'parts.net'])
    expect(out.match(/^ {2}(proved|holds|refuted|unknown).*/gm)).toEqual(
      Array(6).fill('  proved: equal by the rules'),
    )
    expect(status).toBe(0)
  })

  test('what is no part of what can be moved is refused', () => {
    const message = (source: string): string => {
      const { diagnostics } = compile(`param q[3], w\n${source}`, { target: 'js' })
      return diagnostics.map((d) => d.message).join()
    }
    expect(message('loss J = d(q @ q, q[4])')).toContain('`q` has no member 4')
    expect(message('z = 2 * q\nloss J = sum(d(q @ q, (2 * w)))')).toContain('its second argument is no name')
  })
})

describe('with something held', () => {
  test('a gas has its pressure, and what its molecules attract one another with', async () => {
    const gas = await made(program('VanDerWaals'))
    const [S, V, a, b, c, R] = [2, 1.5, 0.55, 0.03, 12.5, 8.314] as const
    const outputs = (gas['forward'] as (inputs: object) => Record<string, Float64Array>)({
      S: array(S),
      V: array(V),
    })
    const T = Math.exp((S - R * Math.log(V - b)) / c)
    expect(outputs['T']![0]).toBeCloseTo(T, 12)
    expect(outputs['p']![0]).toBeCloseTo((R * T) / (V - b) - a / V ** 2, 12)
    expect(outputs['q']![0]).toBeCloseTo(a / V ** 2, 12)
    const checked = await chainrule(folder({ 'example.net': program('VanDerWaals') }), [
      'check',
      'example.net',
    ])
    expect(checked.status).toBe(0)
    expect([...checked.out.matchAll(/ proved:/g)]).toHaveLength(3)
    expect(checked.out).not.toContain('cannot tell')
  })

  test('formulas say what is held as thermodynamics does', () => {
    const source = `${program('VanDerWaals')}r = d(d(U, V, hold=T), V, hold=T)\ns = d(d(U, V, hold=(T, S)), S)\noutput r, s\n`
    const { graph, mathematics } = analyse(source)
    const lines = formulas(graph, mathematics!.written).forward
    const line = (name: string) => lines.find(({ left }) => toText(left) === name)!
    expect(latexLine(line('q'))).toContain('\\left( \\frac{\\partial U}{\\partial V} \\right)_T')
    expect(latexLine(line('r'))).toContain('\\left( \\frac{\\partial^{2} U}{\\partial V^2} \\right)_T')
    expect(latexLine(line('s'))).toContain(
      '\\frac{\\partial \\left( \\frac{\\partial U}{\\partial V} \\right)_{T, S}}{\\partial S}',
    )
    const text = (name: string): string => toText(line(name).right)
    expect(text('q')).toBe('(∂U/∂V)_T')
    expect(text('s')).toBe('∂(∂U/∂V)_{T,S}/∂S')
  })
})

/** (v·tanh(W x) − y)²/2 and its gradients, by hand. */
function task(W: readonly number[], v: readonly number[], x: readonly number[], y: number) {
  const h = v.map((_, i) => Math.tanh(x.reduce((s, xj, j) => s + W[i * x.length + j]! * xj, 0)))
  const r = v.reduce((s, vi, i) => s + vi * h[i]!, 0) - y
  return {
    loss: r ** 2 / 2,
    v: h.map((hi) => r * hi),
    W: v.flatMap((vi, i) => x.map((xj) => r * vi * (1 - h[i]! ** 2) * xj)),
  }
}

describe('steps of an optimiser', () => {
  test('the gradient of a loss after two steps is that of the steps by hand', async () => {
    const maml = await made(program('TwoSteps'))
    const x = [0.3, -0.8, 0.5]
    const xq = [-0.6, 0.2, 0.9]
    const [y, yq] = [0.7, -0.4] as const
    const W = Array.from({ length: 12 }, (_, k) => Math.sin(k + 1) / 2)
    const v = [0.9, -0.5, 0.4, 0.8]
    const after = (at: readonly number[]): number => {
      const eta = at[16]!
      let [weights, last] = [at.slice(0, 12), at.slice(12, 16)]
      for (let step = 0; step < 2; step++) {
        const g = task(weights, last, x, y)
        weights = weights.map((w, k) => w - eta * g.W[k]!)
        last = last.map((w, k) => w - eta * g.v[k]!)
      }
      return task(weights, last, xq, yq).loss
    }
    const at = [...W, ...v, 0.1]
    const params = { W: array(...W), v: array(...v), eta: array(0.1) }
    const grads = maml.zeros() as Fieldful
    const data = { x: array(...x), xq: array(...xq), y: array(y), yq: array(yq) }
    const loss = (maml['backward'] as (...args: unknown[]) => number)({ ...params, eta: 0.1 }, data, grads)
    expect(loss).toBeCloseTo(after(at), 12)
    const found = [...(grads['W'] as Float64Array), ...(grads['v'] as Float64Array), grads['eta'] as number]
    const h = 1e-5
    for (const [k, value] of found.entries()) {
      const moved = (by: number): number => after(at.map((a, i) => (i === k ? a + by : a)))
      expect(value, `entry ${k}`).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 8)
    }
  })

  test('with its gradient it takes less than four times the operations of its loss', () => {
    const { mathematics } = analyse(program('TwoSteps'))
    const { simplified } = mathematics!
    const [loss, ...gradients] = rootsOf(simplified).slice(0, 1 + simplified.gradients.size)
    expect(operations([loss!, ...gradients])).toBeLessThan(4 * operations([loss!])!)
  })

  describe.each([
    ['one value', 'w[k] = w[k-1] - eta * z[k] * d(L(w[k-1], c), w[k-1])', 'L(w[K], c)'],
    [
      'two values that see one another',
      'w[k] = w[k-1] - eta * d(L(w[k-1], v[k-1]), w[k-1])\n  v[k] = v[k-1] - eta * z[k] * d(L(w[k-1], v[k-1]), v[k-1])',
      'L(w[K], v[K])',
    ],
    [
      'momentum',
      'v[k] = v[k-1] / 2 + d(L(w[k-1], c), w[k-1])\n  w[k] = w[k-1] - eta * z[k] * v[k]',
      'L(w[K], v[K])',
    ],
    [
      'something held',
      'v[k] = tanh(w[k-1]) * z[k]\n  w[k] = w[k-1] - eta * d(L(w[k-1], v[k]), w[k-1], hold=v[k])',
      'L(w[K], v[K])',
    ],
  ])('%s along a recurrence', (_, steps, loss) => {
    const source = (length: string): string => `dim N = 3, ${length}
input A[N, N], c[N], z[K]
param w0[N], v0[N], eta
fn L(w, v) = sum((A @ w - v * c)^2) / 2 + sum(tanh(v) * w^2)
w[0] = w0
${steps.includes('v[k-1]') ? 'v[0] = v0\n' : ''}for k in 1..K {
  ${steps}
}
loss J = ${loss} + sum(v0^2)
`
    const params = { w0: array(0.5, -0.3, 0.8), v0: array(0.2, 0.6, -0.4), eta: 0.05 }
    const data = {
      A: array(0.4, -0.2, 0.3, 0.1, 0.7, -0.5, -0.6, 0.2, 0.9),
      c: array(1, -0.5, 0.3),
      z: Float64Array.from({ length: 13 }, (_, k) => 1 + k / 10),
    }
    async function gradient(text: string, unrolled?: number): Promise<number[]> {
      const { code, diagnostics } = compile(text, { target: 'js', verify: unrolled === undefined, unrolled })
      expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
      const made = (await imported(code!)) as Module & Record<string, unknown>
      const grads = made.zeros() as Fieldful
      const value = (made['backward'] as (...args: unknown[]) => number)(params, data, grads)
      return [value, ...['w0', 'v0'].flatMap((n) => [...(grads[n] as Float64Array)]), grads['eta'] as number]
    }

    test('its code, of an open length too, gives what steps that are written out give', async () => {
      const wanted = await gradient(source('K = 13'), 1000)
      for (const found of [await gradient(source('K = 13')), await gradient(source('K'))])
        found.forEach((value, k) => expect(value, `entry ${k}`).toBeCloseTo(wanted[k]!, 10))
    })

    test('the loop is the code of all lengths', () => {
      const sizes = [200, 400].map((K) => compile(source(`K = ${K}`), { formulas: false }).code!.length)
      // The order of what is equal may be another one.
      expect(Math.abs(sizes[1]! - sizes[0]!)).toBeLessThan(0.02 * sizes[0]!)
    })
  })

  test('a derivative that goes through the steps before is written out, or refused where they are not known', () => {
    const source = (length: string): string => `dim ${length}
input z[K]
param w0
w[0] = w0
for k in 1..K { w[k] = w[k-1] - z[k] * d(w[k-1]^2, w0) }
loss J = w[K]
`
    expect(compile(source('K = 5')).diagnostics).toEqual([])
    expect(compile(source('K')).diagnostics.map((d) => d.code)).toEqual(['recurrence-of-any-length'])
  })

  test('what grows with steps is the program, not the order of its derivatives', () => {
    const steps = (n: number): number => {
      const lines = Array.from({ length: n }, (_, k) => `w${k + 1} = w${k} - eta * d(L(w${k}), w${k})`)
      const source = `param w0[3], eta\ninput A[3, 3]\nfn L(w) = sum(tanh(A @ w)^2)\n${lines.join('\n')}\nloss J = L(w${n})\n`
      const { mathematics, diagnostics } = analyse(source)
      expect(diagnostics).toEqual([])
      return operations([...mathematics!.simplified.gradients.values()])!
    }
    const [eight, sixteen] = [steps(8), steps(16)]
    expect(sixteen).toBeLessThan(2.1 * eight)
  })
})
