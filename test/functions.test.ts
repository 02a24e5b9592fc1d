/** What docs/functions.md says: its programs are compiled and run, and held against independent derivatives. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type CompileOptions, analyse, compile } from '../src/compile.ts'
import { doubles, evaluate } from '../src/interpret/index.ts'
import { type Fieldful, type Module, imported } from '../src/modules.ts'
import { type Result, chainrule, folder } from './cli/support.ts'

const page = readFileSync(new URL('../docs/functions.md', import.meta.url), 'utf8')
const programs = [...page.matchAll(/^```net\n(.*?)^```$/gms)].map(([, code]) => code!)

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
    folder({ 'example.net': source }),
    args.map((arg) => (arg === '-' ? 'example.net' : arg)),
  )

const array = (...values: number[]): Float64Array => Float64Array.from(values)

/** A Jacobian by central differences. */
function differences(f: (x: Float64Array) => readonly number[], x: Float64Array, h = 1e-5): number[][] {
  const columns = [...x].map((_, k) => {
    const moved = (by: number): readonly number[] => f(x.map((value, i) => (i === k ? value + by : value)))
    const [right, left] = [moved(h), moved(-h)]
    return right.map((value, i) => (value - left[i]!) / (2 * h))
  })
  return columns[0]!.map((_, i) => columns.map((column) => column[i]!))
}

const flat = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : [...(value as Iterable<unknown>)].flatMap(flat)

function close(got: unknown, want: unknown, digits = 8): void {
  const [a, b] = [flat(got), flat(want)]
  expect(a.length).toBe(b.length)
  a.forEach((value, i) => expect(value, `entry ${i}`).toBeCloseTo(b[i]!, digits))
}

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
})
