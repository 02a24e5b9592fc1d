/** WebAssembly against the evaluator and against JavaScript: random graphs, random families, examples. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile, compileAnalysed } from '../../../src/compile.ts'
import type { Program } from '../../../src/schedule/index.ts'
import { analysedOnce, compileShared } from '../../support/analysed.ts'
import { LONG, runs, seeds } from '../../support/campaign.ts'
import { brief, closed } from '../../support/examples.ts'
import { agrees } from '../../schedule/agrees.ts'
import { type Loose, load } from '../../schedule/built.ts'
import { randomFamilies } from '../../schedule/random-families.ts'
import { randomCase, tapes } from '../../schedule/random.ts'
import { given } from '../c/given.ts'
import { inJavaScript } from '../c/in-javascript.ts'
import { KINDS } from '../c/kinds.ts'

describe('random graphs: what the evaluator computes', () => {
  for (const mode of ['loops', 'scalars'] as const)
    for (const precision of ['f64', 'f32'] as const)
      test(`${mode} ${precision}`, () => {
        fc.assert(
          fc.property(
            tapes,
            fc.constantFrom(undefined, 'B', 3, 1),
            fc.boolean(),
            fc.nat(),
            (tape, batch, open, seed) => {
              const c = randomCase(tape, batch, open && mode === 'loops')
              agrees(c, seed, precision, mode === 'scalars' ? 'auto' : mode, 'wasm')
            },
          ),
          { numRuns: runs(12), endOnFailure: true },
        )
      })
})

/** Both modules, recurrences as users get them in one and written out in the other, and the program that one of them is made of. */
function both(name: string, source: string, precision: 'f64' | 'f32') {
  let program: Program | undefined
  const analysed = analysedOnce(source, name)
  expect(analysed.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  const made = (target: 'js' | 'wasm'): string => {
    const options = { filename: name, target, precision, formulas: false }
    const { code, diagnostics } =
      target === 'js'
        ? compileAnalysed(analysed, options)
        : compileShared(source, {
            ...options,
            observe: (stage, result) => {
              if (stage === 'schedule') program = result as Program
            },
          })
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    return code!
  }
  return { js: made('js'), wasm: made('wasm'), network: program!.network }
}

const TOLERANCE = { f64: 1e-11, f32: 2e-5 }

function same(name: string, source: string, precision: 'f64' | 'f32'): void {
  const { js, wasm, network } = both(name, source, precision)
  const values = given(network, precision)
  const want = inJavaScript(js, network, values)
  const got = inJavaScript(wasm, network, values)
  for (const what of ['loss', 'forward', 'backward', 'step'] as const) {
    expect(got[what].length).toBe(want[what].length)
    const scale = Math.max(0.1, ...want[what].map(Math.abs).filter(Number.isFinite))
    got[what].forEach((x, i) => {
      const y = want[what][i]!
      if (!(Object.is(x, y) || x === y || Math.abs(x - y) <= TOLERANCE[precision] * scale))
        throw new Error(`${name} ${what}[${i}]: ${x}, in JavaScript ${y}\n${source}`)
    })
  }
}

describe('programs: what JavaScript computes', () => {
  for (const precision of ['f64', 'f32'] as const) {
    // Of numbers of 32 bits every second one, and all in the long campaign.
    const examples = closed.filter((_, i) => LONG || precision === 'f64' || i % 2 === 0)
    test.each(examples)(`%s ${precision}`, (file) => same(file, brief(file), precision))
    test.each(Object.entries(KINDS))(`%s ${precision}`, (name, source) => same(name, source, precision))
    test.each(seeds(2, 1))(`families %i ${precision}`, (i) =>
      same(`families ${i}`, randomFamilies(`c ${i}`), precision),
    )
  }
})

describe('memory', () => {
  const source = `batch B
param W[3, 40], v[3], s
input x[40]
target y
loss J = (dot(v, tanh(W @ x)) + s - y)^2
`
  const { wasm } = both('n.net', source, 'f64')
  const data = (B: number): Record<string, Float64Array> => ({
    x: Float64Array.from({ length: 40 * B }, (_, i) => Math.sin(i)),
    y: Float64Array.from({ length: B }, (_, i) => Math.cos(i)),
  })
  const W = (params: Record<string, Loose>): Float64Array => params['W'] as Float64Array

  test('what `init` and `zeros` give stands in it, and is what a step changes', () => {
    const m = load(wasm)
    const [params, grads] = [m.init(1), m.zeros()]
    expect(W(params).buffer).toBe(W(grads).buffer)
    expect(W(params).byteOffset).not.toBe(W(grads).byteOffset)
    const held = W(params)
    const before = held[0]!
    const loss = m.backward(params, data(2), grads)
    expect(m.step(params, data(2), 0.5)).toBe(loss)
    expect(held[0]).toBeCloseTo(before - 0.5 * W(grads)[0]!, 12)
    expect(params['W']).toBe(held)
  })

  test('arrays of the caller’s own give the same, and so does a mixture', () => {
    const m = load(wasm)
    const params = m.init(1)
    const own = { ...params, W: W(params).slice(), v: (params['v'] as Float64Array).slice() }
    const mixed = { ...m.init(1), W: W(params).slice() }
    const want = m.step(params, data(3), 0.1)
    expect(m.step(own, data(3), 0.1)).toBe(want)
    expect(m.step(mixed, data(3), 0.1)).toBe(want)
    expect(own).toEqual({
      ...params,
      W: Float64Array.from(W(params)),
      v: Float64Array.from(params['v'] as Float64Array),
    })
    expect([...mixed.W]).toEqual([...W(params)])
  })

  test('a mixture leaves what it does not hold alone', () => {
    const m = load(wasm)
    const params = m.init(1)
    const before = [...W(params)]
    m.step({ ...params, W: W(params).map((x) => x + 1) }, data(2), 0.1)
    expect([...W(params)]).toEqual(before)
  })

  test('sets of parameters beyond its room are ordinary arrays', () => {
    const m = load(wasm)
    const sets = Array.from({ length: 200 }, () => m.init(2))
    const losses = sets.map((params) => m.step(params, data(2), 0.1))
    expect(new Set(losses).size).toBe(1)
    expect(new Set(sets.map((params) => W(params)[0])).size).toBe(1)
    expect(new Set(sets.map((params) => W(params).buffer)).size).toBeGreaterThan(1)
  })

  test('views stay what they are where a batch needs more memory than there is', () => {
    const m = load(wasm)
    const [params, other] = [m.init(3), m.init(3)]
    const [small, large] = [data(2), data(60_000)]
    const held = W(params)
    expect(m.step(params, small, 0.1)).toBe(m.step(other, small, 0.1))
    m.step(params, large, 0.1)
    expect(params['W']).toBe(held)
    expect(held.length).toBe(120)
    const own = Object.fromEntries(
      Object.entries(other).map(([k, v]) => [k, typeof v === 'number' ? v : (v as Float64Array).slice()]),
    )
    m.step(own, large, 0.1)
    expect([...(own['W'] as Float64Array)]).toEqual([...held])
  })
})

test('the declarations are those of JavaScript, and the binary is one', () => {
  const source = 'batch B\nparam W[3, 4], b\ninput x[4]\ntarget y[3]\nloss J = squarederror(W @ x + b, y)\n'
  const [js, wasm] = (['js', 'wasm'] as const).map((target) => compile(source, { target }))
  expect(wasm!.types).toBe(js!.types)
  const binary = /\$binary = '([^']*)'/.exec(wasm!.code!)![1]!
  expect(WebAssembly.validate(Buffer.from(binary, 'base64'))).toBe(true)
})
