/** What docs/functions.md says: its programs are compiled and run, and held against independent derivatives. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type CompileOptions, analyse, compile } from '../src/compile.ts'
import { doubles, evaluate } from '../src/interpret/index.ts'
import { type Fieldful, type Module, imported } from '../src/modules.ts'
import type { CheckReport } from '../src/cli/check.ts'
import { type Result, chainrule, folder } from './cli/support.ts'
import { array, close, differences, flat, wave } from './support/numbers.ts'

const page = readFileSync(new URL('../docs/functions.md', import.meta.url), 'utf8')
const programs = [...page.matchAll(/^```net\n(.*?)^```$/gms)].map(([, code]) => code!)

/** The files that they import. */
const files = Object.fromEntries(
  [...page.matchAll(/^```net file=(\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [name!, code!]),
)

/** The program of the page that is called so. */
const program = (name: string): string => programs.find((code) => code.startsWith(`network ${name}\n`))!

async function made(source: string, options: CompileOptions = {}): Promise<Module & Record<string, unknown>> {
  const { code, diagnostics } = compile(source, { target: 'js', verify: true, ...options })
  expect(diagnostics).toEqual([])
  return (await imported(code!)) as Module & Record<string, unknown>
}

const codes = (source: string, options: CompileOptions = {}): string[] =>
  compile(source, options).diagnostics.map(({ code }) => code)

/** The command, given a program. */
const command = (source: string, ...args: string[]): Promise<Result> =>
  chainrule(
    folder({ ...files, 'example.net': source }),
    args.map((arg) => (arg === '-' ? 'example.net' : arg)),
  )

describe('programs without a loss', () => {
  test('a function takes inputs alone, and gives its Jacobian', async () => {
    const arm = await made(program('Arm'))
    expect(Object.keys(arm).sort()).toEqual(['forward', 'network'])
    const q = array(0.1, 0.5, -0.3, 1.2, -2, 0.7)
    const l = array(1, 2, 0.5, 1, 1.5, 0.25)
    const { p, J } = arm.forward({ q }, undefined, { l })
    close(
      J,
      differences((at) => flat(arm.forward({ q: at }, undefined, { l }).p), q),
    )
    const outputs = { p: new Float64Array(2), J: new Float64Array(12) }
    expect(arm.forward({ q }, outputs, { l })).toBe(outputs)
    close(outputs.p, p)
    expect(() => arm.forward({ q: array(1, 2) })).toThrow(RangeError)
    expect(() => arm.forward({ q }, { p: outputs.p })).toThrow(/outputs.J/)
  })

  const energy = `dim N = 3
param k = 1, w[3]
input x[N]
batch B
E = k * sum(x^2) / 2 + sum(w) * sum(x^4) + prod(x[i] for i in 1..N)
F = -d(E, x)
H = d(d(E, x), x)
output E, F, H`

  test('with parameters, a batch and second derivatives', async () => {
    const m = await made(energy)
    expect(Object.keys(m).sort()).toEqual(['forward', 'init', 'network', 'zeros'])
    const params: Fieldful = { k: 1.5, w: array(0.1, 0.2, -0.05) }
    const x = array(1, 2, -1, 0.5, 0.25, 3)
    const { E, F, H } = m.forward(params, { x })
    const of = (name: string, at: Float64Array): number[] => flat(m.forward(params, { x: at })[name])
    for (const sample of [0, 1]) {
      const own = x.slice(3 * sample, 3 * sample + 3)
      expect(flat(E)[sample]).toBeCloseTo(of('E', own)[0]!, 12)
      close(
        flat(F).slice(3 * sample, 3 * sample + 3),
        differences((at) => of('E', at).map((e) => -e), own),
        6,
      )
      close(
        flat(H).slice(9 * sample, 9 * sample + 9),
        differences((at) => of('F', at).map((f) => -f), own),
        6,
      )
    }
  })

  test.each(['js', 'wasm'] as const)('%s gives what the evaluator gives', async (target) => {
    const m = await made(energy.replace('batch B\n', ''), { target })
    const values = { k: [1.5], w: [0.1, 0.2, -0.05], x: [1, 2, -1] }
    const { mathematics } = analyse(energy.replace('batch B\n', ''))
    const { outputs } = mathematics!.written.network
    const tensors = new Map(
      Object.entries(values).map(([name, data]) => [name, { shape: data.length > 1 ? [3] : [], data }]),
    )
    const wanted = evaluate(
      outputs.map(({ node }) => node),
      tensors,
      doubles,
    )
    const got = m.forward({ k: 1.5, w: array(...values.w) }, { x: array(...values.x) })
    outputs.forEach(({ name }, i) => close(got[name], wanted[i]!.data, 12))
  })

  test('C has the same functions', () => {
    const { code, header } = compile(program('Arm'), { target: 'c', filename: 'arm' })
    expect(header).toContain(
      'void Arm_forward(const Arm_inputs *inputs, Arm_outputs *outputs, const Arm_hyper *hyper',
    )
    for (const absent of ['Arm_params', 'Arm_init', 'Arm_data', 'Arm_loss', 'Arm_backward', 'Arm_step']) {
      expect(code).not.toContain(absent)
      expect(header).not.toContain(absent)
    }
  })

  test('what is missing is said', () => {
    expect(codes('input x')).toEqual(['no-loss'])
    expect(codes('input x\ntarget y\nz = x * y')).toEqual(['no-loss'])
    expect(codes('input x, t\nz = x^2')).toEqual(['unused'])
    expect(codes('input x\nminimise x^2')).toEqual(['syntax'])
    expect(analyse('input x\nz = x^2', { wrt: ['x'] }).diagnostics.map(({ code }) => code)).toEqual([
      'nothing-to-differentiate',
    ])
    expect(analyse('input x\nz = x^2', { of: 'z', wrt: ['x'] }).diagnostics).toEqual([])
  })

  test('a recurrence is printed as one, and has no gradients', async () => {
    const source = `dim T
input x[t][2] for t in 1..T
param W[2, 2]
h[0] = zeros(2)
h[t] = tanh(W @ h[t-1] + x[t]) for t in 1..T
y = sum(h[T])
output y`
    const { out } = await command(source, 'latex', '-', '--format', 'text')
    expect(out).toContain('h⁽ᵗ⁾ = tanh(Wh⁽ᵗ⁻¹⁾ + x⁽ᵗ⁾)')
    expect(out).not.toContain('∂')
    const { status, err } = await command(source, 'latex', '-', '--steps', '--dim', 'T=3')
    expect([status, err]).toEqual([2, expect.stringContaining('--of y --wrt x')])
  })

  test('what is of any length is checked at some length', async () => {
    const source = `dim T
input x[T, 2]
param W[2, 2]
h[0] = zeros(2)
h[t] = tanh(W @ h[t-1] + x[t]) for t in 1..T
y = sum(h[T])
G = d(y, W)
output G`
    const { status, out } = await command(source, 'check', '-')
    expect(status).toBe(0)
    expect(out).toMatch(/of any length, and looked at for T = 5\n[^]*\nG {2,}2 × 2 .* ok\n/)
  })

  test('claims of outputs are told by what these stand for, and its length', async () => {
    const claims = ['r = dot(p, p)', 'p[1] = sum(l * cos(phi))', 'q = phi - phi + q']
    const source = program('Arm') + ['r = sum(p^2)', ...claims.map((c) => `claim ${c}`)].join('\n')
    const { out } = await command(source, 'check', '-', '--json')
    const report = JSON.parse(out) as CheckReport
    expect(report.hunt!.findings).toEqual([])
    expect(report.claims).toMatchObject([
      { verdict: 'proved', derived: '‖p‖²', claimedOperations: 2, derivedOperations: 2 },
      {
        verdict: 'proved',
        derived: expect.stringMatching(/cos/),
        derivedOperations: expect.toSatisfy((n) => n > 1),
      },
      { verdict: 'proved', derived: 'q', derivedOperations: 0 },
    ])
  })

  test('the hunt at the edges is of the outputs and the derivatives in them', async () => {
    const found = async (source: string) =>
      (JSON.parse((await command(source, 'check', '-', '--json')).out) as CheckReport).hunt!
    const source = 'input a, b, c\nv = a * b * c\ny = log(1 + v^2)\ng = d(y, a)\n'
    const { findings } = await found(`${source}output y, g`)
    expect(findings.map(({ kind, output, part }) => [kind, output, part?.line])).toContainEqual([
      'output',
      'y',
      3,
    ])
    expect((await found(`${source}output g`)).findings.every(({ output }) => output === 'g')).toBe(true)
    const batch = 'batch B\ninput x[2]\ny = tanh(x) / (1 + sum(sigmoid(x)))\noutput y'
    const sampled = await found(batch)
    expect([sampled.points > 10, sampled.findings]).toEqual([true, []])
    const whole = 'batch B\ninput x[2]\nm = mean(x, over=B)\ny = tanh(x - m)\noutput y'
    expect((await found(whole)).points).toBeGreaterThan(10)
  })

  test('the command prints, checks, traces and draws them', async () => {
    const text = await command(program('Arm'), 'latex', '-', '--format', 'text')
    expect(text.out).toContain('J = ∂p/∂q')
    expect(text.out).toContain('Jᵢⱼ = Σₖ [k ≥ j]·')
    const jacobian = await command(
      program('Arm'),
      'latex',
      '-',
      '--format',
      'text',
      '--of',
      'p',
      '--wrt',
      'q',
    )
    expect(jacobian.out).toContain('∂p/∂q')
    const steps = await command(program('Arm'), 'latex', '-', '--format', 'text', '--steps')
    expect(steps.out).toMatch(/∂p\/∂q = \(∂p\/∂φ\)\(∂φ\/∂q\) +chain rule/)
    expect(steps.out).toContain('Jᵢⱼ = Σₖ [k ≥ j]·')
    const hessian = await command(energy, 'latex', '-', '--format', 'text', '--steps')
    expect(hessian.out).toContain('g₁ = ∂E/∂x')
    expect(hessian.out).toMatch(/^∂g₁\/∂x\n {2}x is used in g₁/m)
    expect(hessian.out).toMatch(/^ *F = −g₁$/m)
    const none = await command('input x\ny = x^2\noutput y', 'latex', '-', '--steps')
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('writes no derivative')])
    const check = await command(energy, 'check', '-', '--json')
    expect(check.status).toBe(0)
    const { gradients } = JSON.parse(check.out) as {
      gradients: { name: string; verdict: string; maxRelativeError: number }[]
    }
    expect(gradients.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['F', 'right'],
      ['H', 'right'],
    ])
    const trace = await command(program('Arm'), 'trace', '-', '--data', '{"q": [0, 0, 0, 0, 0, 0]}')
    expect(trace.out).toContain('Forward')
    expect(trace.status).toBe(0)
    for (const view of ['layers', 'expressions'])
      expect((await command(program('Arm'), 'graph', '-', '--view', view)).err).toBe('')
  })

  test('derivatives in outputs are checked beside a loss without parameters', async () => {
    const check = await command(
      'input x[2]\ntarget y\np = x[1] * exp(x[2])\ng = d(p, x)\noutput g\nloss J = (p - y)^2',
      'check',
      '-',
    )
    expect(check.out).toMatch(/^g .* ok$/m)
    expect(check.status).toBe(0)
  })

  test('what runs away to angles of a thousand digits is checked as far as it goes', async () => {
    const check = await command(
      'input x[2]\nh[0] = sum(x)\nh[t] = h[t-1]^3 * (2 + cos(h[t-1])) for t in 1..9\ng = d(h[9], x)\noutput g',
      'check',
      '-',
    )
    expect(check.err).not.toContain('bug of chainrule')
  })
})

/** Sums of products, flat. */
const dot = (a: unknown, b: unknown): number => {
  const [x, y] = [flat(a), flat(b)]
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0)
}
const B = 5
const params = (): Fieldful => ({ W1: wave(12, 1), b1: wave(4, 2), W2: wave(8, 3) })
const data = (): Fieldful => ({ x: wave(3 * B, 4), y: wave(2 * B, 5) })
const moved = (at: Fieldful, along: Fieldful, by: number): Fieldful =>
  Object.fromEntries(
    Object.entries(at).map(([name, value]) => {
      const step = flat(along[name] ?? 0)
      return [
        name,
        typeof value === 'number'
          ? value + by * step[0]!
          : Float64Array.from(flat(value), (x, i) => x + by * (step[i] ?? 0)),
      ]
    }),
  )
const zeroLike = (value: Fieldful): Fieldful =>
  Object.fromEntries(Object.entries(value).map(([name, v]) => [name, new Float64Array(flat(v).length)]))

describe('what backward differentiates by', () => {
  const wanted = async (batch: boolean) => {
    const source = batch ? program('Mlp') : program('Mlp').replace('batch B\n', '')
    const m = await made(source, { wrt: ['x', 'W1', 'lambda'] })
    const own = data()
    const at = batch
      ? own
      : { x: (own.x as Float64Array).slice(0, 3), y: (own.y as Float64Array).slice(0, 2) }
    return { m, at }
  }

  test.each([true, false])('inputs, parameters and hyperparameters, with a batch: %s', async (batch) => {
    const { m, at } = await wanted(batch)
    const zeros = m.zeros as unknown as (lengths?: { B: number }) => Fieldful
    const grads = zeros({ B })
    expect(Object.keys(grads).sort()).toEqual(['W1', 'lambda', 'x'])
    expect(m.backward(params(), at, grads)).toBeCloseTo(m.loss(params(), at), 12)
    const p = params()
    close(grads.x, differences((x) => [m.loss(p, { ...at, x })], at.x as Float64Array)[0]!, 7)
    close(grads.W1, differences((W1) => [m.loss({ ...p, W1 }, at)], p.W1 as Float64Array)[0]!, 7)
    close(grads.lambda, differences(([lambda]) => [m.loss(p, at, { lambda: lambda! })], array(0.01))[0]!, 7)
    expect(() => m.backward(p, at, { ...grads, x: p.b1! })).toThrow(RangeError)
    const stepped = params()
    m.step(stepped, at, 0.1)
    close(
      stepped.W1,
      flat(p.W1).map((w, i) => w - 0.1 * flat(grads.W1)[i]!),
      12,
    )
    expect(flat(stepped.b1)).toEqual(flat(p.b1))
    expect(flat(stepped.W2)).toEqual(flat(p.W2))
  })

  test('what has no gradient is told', () => {
    const text = 'dim N = 3\ninput t[N] : index(4), x[N]\nparam W[4]\nloss J = sum(W[t] * x)'
    expect(codes(text, { wrt: ['t'] })).toEqual(['no-derivative-by'])
    expect(codes(text, { wrt: ['v'] })).toEqual(['unknown-quantity'])
    expect(codes(text, { wrt: [] })).toEqual(['bad-option'])
    expect(codes('input x\ny = x^2', { wrt: ['x'] })).toEqual(['nothing-to-differentiate-by'])
    expect(codes(text, { wrt: ['x'], target: 'onnx' })).toEqual([])
    expect(codes(text, { wrt: ['x'], optimizer: 'adam' })).toEqual(['state-of-some'])
  })
})

describe('products with the Jacobian and the Hessian', () => {
  type Product = (...args: readonly Fieldful[]) => void
  const functions = ['forward', 'loss', 'backward', 'jvp', 'vjp', 'hvp'] as const
  const coupled = `dim D = 3, H = 4, K = 2
batch B
input x[D]
target y[K]
hyper lambda = 0.01
param W1[H, D], b1[H], W2[K, H]
h = W1 @ x
yhat = W2 @ tanh((h - mean(h, over=B)) / sqrt(var(h, over=B) + 0.1) + b1)
output yhat
loss J = squarederror(yhat, y) + lambda * sum(W1^2)`
  const sources = {
    batch: program('Mlp'),
    single: program('Mlp').replace('batch B\n', ''),
    coupled,
    layers: program('Mlp').replace(
      'a = tanh(W1 @ x + b1)',
      'h[0] = tanh(W1 @ x + b1)\nh[l] = tanh(h[l-1] * 2) for l in 1..4\na = h[4]',
    ),
  }

  test.each(Object.entries(sources))('%s', async (kind, source) => {
    const m = await made(source, { functions })
    expect(Object.keys(m).sort()).toEqual([...functions, 'init', 'network', 'zeros'].sort())
    const { jvp, vjp, hvp } = m as unknown as Record<string, Product>
    const all = data()
    const size = kind === 'single' ? 1 : B
    const at: Fieldful = {
      x: (all.x as Float64Array).slice(0, 3 * size),
      y: (all.y as Float64Array).slice(0, 2 * size),
    }
    const p = params()
    const [dp, dx] = [{ W1: wave(12, 6), b1: wave(4, 7), W2: wave(8, 8) }, { x: wave(3 * size, 9) }]
    const h = 1e-5
    const forward = (by: number): number[] =>
      flat(m.forward(moved(p, dp, by), { x: moved(at, dx, by).x! }).yhat)
    const outputs = { yhat: new Float64Array(2 * size) }
    const doutputs = { yhat: new Float64Array(2 * size) }
    jvp!(p, at, dp, dx, outputs, doutputs)
    close(outputs.yhat, m.forward(p, at).yhat, 12)
    const slope = forward(h).map((value, i) => (value - forward(-h)[i]!) / (2 * h))
    close(doutputs.yhat, slope, 7)
    // ⟨u, J v⟩ = ⟨Jᵀ u, v⟩
    const u = { yhat: wave(2 * size, 10) }
    const grads: Fieldful = { ...zeroLike(p), x: new Float64Array(3 * size) }
    vjp!(p, at, u, grads)
    expect(dot(u.yhat, doutputs.yhat)).toBeCloseTo(
      ['W1', 'b1', 'W2'].reduce((sum, name) => sum + dot(grads[name], dp[name as 'W1']), dot(grads.x, dx.x)),
      9,
    )
    const out = zeroLike(p)
    hvp!(p, at, dp, out)
    const gradient = (by: number): Fieldful => {
      const found = zeroLike(p)
      m.backward(moved(p, dp, by), at, found)
      return found
    }
    for (const name of ['W1', 'b1', 'W2']) {
      const [right, left] = [flat(gradient(h)[name]), flat(gradient(-h)[name])]
      close(
        out[name],
        right.map((value, i) => (value - left[i]!) / (2 * h)),
        6,
      )
    }
    expect(() => jvp!(p, at, { ...dp, W1: p.b1! }, dx, outputs, doutputs)).toThrow(/dparams.W1/)
    expect(() => vjp!(p, at, u, { ...grads, x: at.x! })).toThrow(/grads.x/)
  })

  test('without parameters, and of index data', async () => {
    const arm = await made(program('Arm'), { functions: ['forward', 'jvp', 'vjp'] })
    const { jvp, vjp } = arm as unknown as Record<string, Product>
    const q = wave(6, 1)
    const dq = wave(6, 2)
    const source = { p: new Float64Array(2), J: new Float64Array(12) }
    const change = { p: new Float64Array(2), J: new Float64Array(12) }
    jvp!({ q }, { q: dq }, source, change)
    close(
      change.p,
      [0, 1].map((i) => dot(source.J.slice(6 * i, 6 * i + 6), dq)),
      12,
    )
    const grads = { q: new Float64Array(6) }
    vjp!({ q }, { p: array(1, 0), J: new Float64Array(12) }, grads)
    close(grads.q, source.J.slice(0, 6), 12)
    const look = await made('dim N = 3\ninput t[N] : index(4), x[N]\nparam W[4]\nz = W[t] * x\noutput z', {
      functions: ['forward', 'vjp'],
    })
    const found = { W: new Float64Array(4), x: new Float64Array(3) }
    ;(look.vjp as Product)(
      { W: wave(4, 1) },
      { t: Int32Array.of(1, 1, 3), x: array(2, 3, 4) },
      { z: array(1, 1, 1) },
      found,
    )
    close(found.W, [0, 5, 0, 4], 12)
  })

  test('what is not there is told', () => {
    const network = 'input x\nparam w\ny = w * x'
    expect(codes(network, { functions: ['hvp'] })).toEqual(['no-such-function'])
    expect(codes(network, { functions: ['step'] })).toEqual(['no-such-function'])
    for (const target of ['pytorch', 'onnx'] as const)
      expect(compile(network, { functions: ['jvp'], target }).diagnostics).toMatchObject([
        {
          code: 'target-lacks',
          message: `The target \`${target}\` has no jvp, vjp and hvp.`,
          hint: 'build for ts, js, wasm or c',
        },
      ])
    expect(codes(network, { functions: ['jpv' as 'jvp'] })).toEqual(['bad-option'])
    expect(
      codes(
        'dim T\ninput x[t] for t in 1..T\nparam w\nh[0] = w\nh[t] = tanh(h[t-1] * x[t]) for t in 1..T\nloss J = h[T]^2',
        { functions: ['vjp'] },
      ),
    ).toEqual(['no-such-function'])
  })
})

describe('layers with parameters of their own', () => {
  const source = program('Residual')

  test('the module has objects of instances, and trains them', async () => {
    const m = await made(source)
    const params = m.init(3) as unknown as Record<string, Record<string, unknown>>
    expect(Object.keys(params)).toEqual(['first', 'out', 'block'])
    expect(Object.keys(params['block']!)).toEqual(['up', 'down'])
    const { up } = params['block'] as unknown as { up: { W: Float64Array[] } }
    expect(up.W.map((w) => w.length)).toEqual([72, 72])
    const data = { x: array(1, -1, 0.5, 2), y: array(0, 1, 0) }
    const before = m.loss(params as unknown as Fieldful, data)
    for (let i = 0; i < 20; i++) m.step(params as unknown as Fieldful, data, 0.05)
    expect(m.loss(params as unknown as Fieldful, data)).toBeLessThan(before / 2)
  })

  test('the command names what instances hold', async () => {
    const latex = await command(source, 'latex', '-', '--of', 'J', '--wrt', 'first.b', '--wrt', 'block.down')
    expect(latex.out).toContain('\\frac{\\partial J}{\\partial b_{\\mathrm{first}}}')
    expect(latex.out).toContain('W_{\\mathrm{block}, \\mathrm{down}}^{(1)}')
    const text = await command(source, 'latex', '-', '--wrt', 'out.b', '--format', 'text')
    expect(text.out).toContain('∂J/∂b_{out} = p − y')
    const wrong = await command(source, 'latex', '-', '--wrt', 'block.up.w')
    expect(wrong.err).toContain('there are first.W')
  })

  test('values for trace stand by their paths, or in objects', async () => {
    const small = `layer scale() {
  param k
  scale(x) = k * x
}
input x
layer s = scale(), t = scale()
loss J = (t(s(x)) - 1)^2`
    const flatly = await command(small, 'trace', '-', '--data', '{"x": 2, "s.k": 3, "t.k": 4}')
    expect(flatly.out).toContain('529')
    const nested = await command(small, 'trace', '-', '--data', '{"x": 2, "s": {"k": 3}, "t": {"k": 4}}')
    expect(nested.out).toBe(flatly.out)
  })
})

const rows = (values: Float64Array, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) => [...values.slice(i * width, (i + 1) * width)])

describe('several losses', () => {
  const own = { G1: wave(8, 1), G2: wave(8, 2), D1: wave(8, 3), d2: wave(4, 4) }
  const samples = { z: wave(2 * B, 5), x: wave(2 * B, 6) }

  test('each trains what it names', async () => {
    const m = await made(program('Gan'))
    expect(Object.keys(m).sort()).toEqual(
      [
        'backwardLD',
        'backwardLG',
        'forward',
        'init',
        'lossLD',
        'lossLG',
        'network',
        'stepLD',
        'stepLG',
        'zeros',
      ].sort(),
    )
    for (const [loss, trained, fixed] of [
      ['LD', ['D1', 'd2'], ['G1', 'G2']],
      ['LG', ['G1', 'G2'], ['D1', 'd2']],
    ] as const) {
      const value = m[`loss${loss}`] as Module['loss']
      const backward = m[`backward${loss}`] as Module['backward']
      const step = m[`step${loss}`] as Module['step']
      const grads = Object.fromEntries(trained.map((name) => [name, new Float64Array(own[name].length)]))
      expect(backward(own, samples, grads)).toBeCloseTo(value(own, samples), 12)
      for (const name of trained)
        close(grads[name], differences((at) => [value({ ...own, [name]: at }, samples)], own[name])[0]!, 7)
      const after: Fieldful = structuredClone(own)
      step(after, samples, 0.1)
      for (const name of fixed) expect(after[name]).toEqual(own[name])
      for (const name of trained)
        close(
          after[name],
          flat(own[name]).map((w, i) => w - 0.1 * flat(grads[name])[i]!),
          12,
        )
    }
    const { formulas } = m.network as { formulas: { gradients: Record<string, string> } }
    expect(Object.keys(formulas.gradients)).toEqual(['LD D1', 'LD d2', 'LG G1', 'LG G2'])
  })

  test('by others than the parameters, and times the Hessian', async () => {
    const functions = ['loss', 'backward', 'hvp'] as const
    const m = await made(program('Gan'), { wrt: ['x', 'D1', 'G2'], functions })
    const grads = { x: new Float64Array(2 * B), D1: new Float64Array(8) }
    ;(m.backwardLD as Module['backward'])(own, samples, grads)
    const value = m.lossLD as Module['loss']
    close(grads.x, differences((x) => [value(own, { ...samples, x })], samples.x)[0]!, 7)
    close(grads.D1, differences((D1) => [value({ ...own, D1 }, samples)], own.D1)[0]!, 7)
    const all = await made(program('Gan'), { functions })
    const v = { D1: wave(8, 7), d2: wave(4, 8) }
    const out = { D1: new Float64Array(8), d2: new Float64Array(4) }
    ;(all.hvpLD as (...args: unknown[]) => void)(own, samples, v, out)
    const slope = (by: number): number[] => {
      const at = { D1: new Float64Array(8), d2: new Float64Array(4) }
      ;(all.backwardLD as Module['backward'])(
        { ...own, ...moved({ D1: own.D1, d2: own.d2 }, v, by) },
        samples,
        at,
      )
      return [...at.D1, ...at.d2]
    }
    const [up, down] = [slope(1e-5), slope(-1e-5)]
    close(
      [...out.D1, ...out.d2],
      up.map((u, i) => (u - down[i]!) / 2e-5),
      8,
    )
    const { types } = compile(program('Gan'), { target: 'js', functions: ['hvp'] })
    expect(types).toContain("v: Pick<Params, 'D1' | 'd2'>")
  })

  test('both are checked, printed, traced and drawn', async () => {
    const source = program('Gan')
    const { status, out } = await command(source, 'check', '-', '--json')
    expect(status).toBe(0)
    const { gradients } = JSON.parse(out) as {
      gradients: { loss: string; name: string; verdict: string; maxRelativeError: number }[]
    }
    expect(gradients.map(({ loss, name, verdict }) => [loss, name, verdict])).toEqual([
      ['LD', 'D1', 'right'],
      ['LD', 'd2', 'right'],
      ['LG', 'G1', 'right'],
      ['LG', 'G2', 'right'],
    ])
    for (const format of ['text', 'document', 'html', 'markdown']) {
      const { out: formulas, err } = await command(source, 'latex', '-', '--format', format)
      expect(err).toBe('')
      expect(formulas).toContain(format === 'text' ? '∂LG/∂G₁' : 'LG')
      if (format === 'text') expect(formulas).toContain('∂LD/∂D₁')
    }
    const both = await command(source, 'latex', '-', '--format', 'mathml')
    const single = await command(source, 'latex', '-', '--format', 'mathml', '--of', 'LD')
    const blocks = (text: string): number => text.split('<math').length
    expect(blocks(both.out)).toBeGreaterThan(blocks(single.out) + 1)
    const one = await command(source, 'latex', '-', '--format', 'text', '--of', 'LG')
    expect(one.out).toMatch(/∂LG\/∂G₁ = [^]*∂LG\/∂G₂ = /)
    expect(one.out).not.toMatch(/LD|∂LG\/∂D₁/)
    const steps = await command(source, 'latex', '-', '--format', 'text', '--steps')
    expect(steps.out).toMatch(/\n∂LD\/∂d₂\n[^]*\n∂LG\/∂G₁\n/)
    const values = { z: [1, 2], x: [0.5, 1], G1: wave(8, 1), G2: wave(8, 2), D1: wave(8, 3), d2: wave(4, 4) }
    const shaped = {
      ...values,
      G1: rows(values.G1, 2),
      G2: rows(values.G2, 4),
      D1: rows(values.D1, 2),
      d2: [...values.d2],
    }
    const trace = await command(source, 'trace', '-', '--data', JSON.stringify(shaped))
    expect(trace.out).toMatch(/Backward: LD\n[^]*∂LD\/∂D₁[^]*Backward: LG\n[^]*∂LG\/∂G₁/)
    const drawn = await command(source, 'graph', '-', '--gradient', '--of', 'LG', '--format', 'dot')
    expect(drawn.out).toContain('LG')
    expect((await command(source, 'graph', '-', '--of', 'L')).err).toContain('no loss called')
  })

  test('of the parameters of layers', () => {
    const source = `layer pair(N) {
  param W[N], b
  pair(x[N]) = dot(W, x) + b
}
layer one = pair(2), two = pair(2)
input x[2]
loss A = one(x)^2 for one.W
loss B = (one(x) - two(x))^2 for two, one.b`
    const { types, diagnostics } = compile(source, { target: 'js' })
    expect(diagnostics).toEqual([])
    expect(types).toContain("grads: { one: Pick<Params['one'], 'W'> }")
    expect(types).toContain("grads: Pick<Params, 'two'> & { one: Pick<Params['one'], 'b'> }")
  })

  test('strict TypeScript, and a state for each', async () => {
    const m = await made(program('Gan'), { optimizer: 'adam' })
    const state = (m.initState as () => Fieldful)()
    const after: Fieldful = structuredClone(own)
    ;(m.stepLD as (...args: unknown[]) => number)(after, samples, 0.1, state)
    expect(after.G1).toEqual(own.G1)
    expect(after.D1).not.toEqual(own.D1)
    const { types } = compile(program('Gan'), { target: 'js' })
    expect(types).toContain("grads: Pick<Params, 'D1' | 'd2'>")
  })

  test('what is no parameter, or not reached', () => {
    const text = program('Gan')
    expect(codes(text.replace('for D1, d2', 'for D1, x'))).toContain('not-a-parameter')
    expect(codes(text.replace('for G1, G2', 'for G1, G3'))).toContain('not-a-parameter')
    expect(codes(text.replace('for D1, d2', 'for D1, G1'))).toContain('trained-but-unreached')
    expect(codes('input x\nparam w\nloss A = (w * x)^2\nloss B = x^2 + stop(w)')).toEqual(['trains-nothing'])
    expect(codes(text, { wrt: ['D1'] })).toEqual(['nothing-to-differentiate-by'])
  })
})

test('what is imported is the own name of the program, what is not is none', async () => {
  const source = program('Imports')
  const resolve: CompileOptions['resolve'] = (path) => ({ filename: path, text: files[path.slice(2)]! })
  const network = await made(source, { resolve, dims: { WIDTH: 2 } })
  const W = array(1, 0, 0, 1)
  const { yhat } = network.forward({ W, b: array(0, 0) }, { x: array(2, -1) } as never)
  close(yhat, [2, -0.1])
  expect(codes(source.replace('sum(x)', 'leaky(sum(x))'), { resolve })).toEqual(['unknown-function'])
})

test.each(programs.map((code) => [/^network (\w+)/.exec(code)![1]!, code] as const))(
  '%s is checked',
  async (_, code) => {
    const { status, out, err } = await command(code, 'check', '-', '--json')
    expect(err).toBe('')
    expect(status, out).toBe(0)
  },
)
