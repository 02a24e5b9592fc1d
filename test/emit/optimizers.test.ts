/** Steps of every optimizer, in every target, against the algorithms as they are published, written down here a second time. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type CompileOptions, type Target, compile, compileAnalysed } from '../../src/compile.ts'
import type { Program } from '../../src/schedule/index.ts'
import { OPTIMIZERS, type OptimizerName } from '../../src/schedule/optimizers.ts'
import { analysedOnce } from '../support/analysed.ts'
import { type Loose, load } from '../schedule/built.ts'
import { flat } from '../schedule/written-out.ts'
import { given } from './c/given.ts'
import { RATE, runC } from './c/run.ts'

const NETWORKS: Readonly<Record<string, string>> = {
  scalars: 'input x\ntarget y\nparam w, v, b\nloss J = 1/2 * (y - v * tanh(w * x + b))^2',
  'names of the state':
    'input m\ntarget v\nparam t = ones, beta1 = ones, g = ones\nloss L = (v - t * m - beta1 * g)^2',
  'a small batch':
    'batch B\ndim D = 3, K = 2\ninput x[D]\ntarget y[K] : onehot\nparam W[K, D], b[K]\nloss L = crossentropy(softmax(W @ x + b), y)',
  'loops over a batch':
    'batch B\ndim D = 40, H = 36, K = 5\ninput x[D]\ntarget y[K]\nparam W[H, D], b[H], U[K, H], s = ones\nloss L = mse(s * U @ tanh(W @ x + b), y) + sum(W^2)/100',
  'a look-up':
    'batch B\ndim K = 50, D = 24\ninput x : index(K)\ntarget y[D]\nparam E[K, D], c[D]\nloss L = squarederror(tanh(embedding(x, E)) * c, y)',
  'layers of several widths': readFileSync(new URL('../../examples/deep.net', import.meta.url), 'utf8'),
  recurrent:
    'batch B\ndim T = 14, H = 4\ninput x[T]\ntarget y\nparam U[H], V[H, H], w[H], a = ones\nh[0] = zeros(H)\nh[t] = tanh(a * U * x[t] + V @ h[t-1]) for t in 1..T\nloss L = (w @ h[T] - y)^2',
}

type Rule = (w: number[], g: number[], rate: number) => void
const STEPS = 4

/** With their defaults, as torch.optim has them. */
const PUBLISHED: Readonly<Record<OptimizerName, () => Rule>> = {
  sgd: () => (w, g, rate) => w.forEach((_, i) => (w[i]! -= rate * g[i]!)),
  momentum: () => {
    const buffer: number[] = []
    return (w, g, rate) =>
      w.forEach((_, i) => {
        buffer[i] = buffer[i] === undefined ? g[i]! : 0.9 * buffer[i] + g[i]!
        w[i]! -= rate * buffer[i]
      })
  },
  // Kingma, Ba (2015), algorithm 1.
  adam: () => adam(0),
  // Loshchilov, Hutter (2019), algorithm 2, with the rate as the schedule, as in torch.optim.AdamW.
  adamw: () => adam(0.01),
}

function adam(decay: number): Rule {
  const [b1, b2, epsilon] = [0.9, 0.999, 1e-8]
  const m: number[] = []
  const v: number[] = []
  let t = 0
  return (w, g, rate) => {
    t++
    w.forEach((_, i) => {
      w[i]! *= 1 - rate * decay
      m[i] = b1 * (m[i] ?? 0) + (1 - b1) * g[i]!
      v[i] = b2 * (v[i] ?? 0) + (1 - b2) * g[i]! ** 2
      const mHat = m[i] / (1 - b1 ** t)
      const vHat = v[i] / (1 - b2 ** t)
      w[i]! -= (rate * mHat) / (Math.sqrt(vHat) + epsilon)
    })
  }
}

interface Emitted {
  code: string
  program: Program
}

function emitted(name: string, source: string, options: CompileOptions): Emitted {
  let program: Program | undefined
  const { code, diagnostics } = compileAnalysed(analysedOnce(source, name), {
    formulas: false,
    ...options,
    observe: (stage, result) => {
      if (stage === 'schedule') program = result as Program
    },
  })
  expect(diagnostics.map((d) => d.message)).toEqual([])
  return { code: code!, program: program! }
}

const all = (o: Record<string, Loose>): number[] => Object.values(o).flatMap(flat)

/** Puts a flat list of numbers back into an object of that form. */
function put(into: Record<string, Loose>, numbers: readonly number[]): void {
  let next = 0
  const one = (value: Loose): Loose => {
    if (typeof value === 'number') return numbers[next++]!
    if (Array.isArray(value)) return value.map(one)
    const array = value as Float64Array
    for (let i = 0; i < array.length; i++) array[i] = numbers[next++]!
    return array
  }
  for (const key of Object.keys(into)) into[key] = one(into[key]!)
}

/** The parameters after some steps, by gradients of `backward` and the algorithm above. */
function published(name: string, source: string, optimizer: OptimizerName): readonly number[] {
  const known = done.get(`${name} ${optimizer}`)
  if (known) return known
  const { code, program } = emitted(name, source, { target: 'js' })
  const { params, data } = given(program.network, 'f64')
  const m = load(code)
  const grads = m.zeros()
  const rule = PUBLISHED[optimizer]()
  for (let k = 0; k < STEPS; k++) {
    m.backward(params, data, grads)
    const w = all(params)
    rule(w, all(grads), RATE)
    put(params, w)
  }
  done.set(`${name} ${optimizer}`, all(params))
  return all(params)
}
const done = new Map<string, readonly number[]>()

function near(got: readonly number[], want: readonly number[], tolerance: number): void {
  expect(got.length).toBe(want.length)
  const scale = Math.max(0.1, ...want.map(Math.abs))
  const off = Math.max(...got.map((x, i) => Math.abs(x - want[i]!)))
  expect(off).toBeLessThanOrEqual(tolerance * scale)
}

const TOLERANCE = { f64: 1e-10, f32: 2e-4 } as const

/** Programs that take long to compile are tried with the longest of them, and in double precision. */
const isLong = (name: string): boolean => name === 'recurrent' || name === 'layers of several widths'
const isShort = (name: string): boolean => name === 'scalars' || name === 'a small batch'
const optimizersFor = (name: string): readonly OptimizerName[] => (isShort(name) ? OPTIMIZERS : ['adamw'])
const precisionsFor = (name: string): readonly ('f64' | 'f32')[] => (isLong(name) ? ['f64'] : ['f64', 'f32'])

describe('in JavaScript and WebAssembly', () => {
  for (const [name, source] of Object.entries(NETWORKS))
    for (const optimizer of optimizersFor(name))
      test(`${name}: ${optimizer}`, () => {
        const want = published(name, source, optimizer)
        for (const target of ['js', 'wasm'] as const)
          for (const precision of precisionsFor(name)) {
            const { code, program } = emitted(name, source, { target, precision, optimizer })
            const { params, data } = given(program.network, precision)
            const m = load(code)
            const before = m.loss(params, data)
            const state = optimizer === 'sgd' ? [] : [m.initState()]
            const losses: number[] = []
            for (let k = 0; k < STEPS; k++) losses.push(m.step(params, data, RATE, ...state))
            near(all(params), want, TOLERANCE[precision])
            expect(losses[0]).toBeCloseTo(before, precision === 'f64' ? 12 : 5)
            if (optimizer.startsWith('adam')) expect(state[0]!.t).toBe(STEPS)
          }
      })
})

test('in C', () => {
  const cases = (
    [
      ['scalars', 'momentum', 'f64'],
      ['a small batch', 'adam', 'f32'],
      ['a look-up', 'adamw', 'f32'],
      ['layers of several widths', 'adamw', 'f64'],
    ] as const
  ).map(([name, optimizer, precision]) => ({ name, source: NETWORKS[name]!, optimizer, precision }))
  const results = runC(
    cases.map(({ name, source, optimizer, precision }) => {
      const { program } = emitted(name, source, { target: 'c', precision, optimizer })
      return { program, steps: STEPS, ...given(program.network, precision) }
    }),
  )
  results.forEach((r, i) => {
    const { name, source, optimizer, precision } = cases[i]!
    near(r.step, published(name, source, optimizer), TOLERANCE[precision])
  })
})

describe('the state', () => {
  const source = NETWORKS['a small batch']!
  const moduleOf = (optimizer: OptimizerName, target: Target = 'js') => {
    const { code, program } = emitted('state', source, { target, optimizer })
    return { m: load(code), ...given(program.network, 'f64') }
  }

  test('goes on where it was saved', () => {
    for (const target of ['js', 'wasm'] as const) {
      const { m, params, data } = moduleOf('adamw', target)
      const state = m.initState({ beta1: 0.5, decay: 0.2 })
      m.step(params, data, 0.1, state)
      const copies = structuredClone([params, state]) as [typeof params, typeof state]
      m.step(params, data, 0.1, state)
      m.step(copies[0], data, 0.1, copies[1])
      expect(copies).toEqual([params, state])
      expect(state).toMatchObject({ t: 2, beta1: 0.5, beta2: 0.999, decay: 0.2 })
    }
  })

  test('settings of a state are used', () => {
    const { m, params, data } = moduleOf('momentum')
    const grads = m.zeros()
    m.backward(params, data, grads)
    const want = all(params).map((w, i) => w - 0.1 * all(grads)[i]!)
    const state = m.initState({ momentum: 0 })
    m.step(params, data, 0.1, state)
    near(all(params), want, 1e-14)
  })

  test('what is wrong with it is told before anything is written', () => {
    const { m, params, data } = moduleOf('adam')
    const before = all(params)
    const wrong = (change: (state: Record<string, Loose>) => unknown, message: string): void => {
      const state = m.initState()
      const given = (change(state) ?? state) as typeof state
      expect(() => m.step(params, data, 0.1, given)).toThrow(message)
      expect(all(params)).toEqual(before)
    }
    wrong(
      () => 'none',
      'state: expected what initState() gives: t, beta1, beta2, epsilon, m, v, got a String',
    )
    wrong((s) => void (s['beta2'] = 1), 'state.beta2: expected a number of at least 0, less than 1, got 1')
    wrong((s) => void (s['t'] = NaN), 'state.t: expected a number of at least 0, got NaN')
    wrong((s) => void delete s['epsilon'], 'state.epsilon: expected a number, got undefined')
    wrong((s) => void delete s['v'], 'state.v: expected an object with W, b, got undefined')
    wrong(
      (s) => void ((s['m'] as unknown as typeof params)['b'] = new Float64Array(3)),
      'state.m.b: expected a Float64Array of length 2, got length 3',
    )
    wrong(
      (s) => void ((s['m'] as unknown as typeof params)['b'] = params['b']!),
      'state.m.b: must not be the same array as b',
    )
    wrong((s) => void (s['v'] = s['m']!), 'state.v: must not be the same array as state.m')
    wrong((s) => Object.freeze(s), 'Cannot assign to read only property')
    expect(() => m.initState({ beta1: -1 })).toThrow(
      'state.beta1: expected a number of at least 0, less than 1, got -1',
    )
    expect(() => m.initState({ beta1: '0.9' as never })).toThrow(
      'state.beta1: expected a number, got a String',
    )
  })

  test('frozen numbers throw before anything is written', () => {
    const { code, program } = emitted('scalars', NETWORKS['scalars']!, { target: 'js', optimizer: 'adam' })
    const { params, data } = given(program.network, 'f64')
    const m = load(code)
    const before = all(params)
    const state = m.initState()
    Object.freeze(state['v'])
    expect(() => m.step(params, data, 0.1, state)).toThrow('read only')
    expect(all(params)).toEqual(before)
    expect(state['t']).toBe(0)
  })
})

test('an optimizer that is none is told, with those that there are', () => {
  const { code, diagnostics } = compile(NETWORKS['scalars']!, { optimizer: 'rmsprop' as never })
  expect(code).toBeUndefined()
  expect(diagnostics.map((d) => d.message).join()).toContain('sgd, momentum, adam, adamw')
})
