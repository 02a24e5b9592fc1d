/** The library as its users have it: plain results, and a session that gives the same ones. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile as compileInside } from '../src/compile.ts'
import { type CompileOptions, type Compiled, compile, createSession, derive, parse } from '../src/index.ts'

const PROGRAM = `/// Learns a line.
network Line
dim D = 2
batch B
input x[D]
/// What is measured.
target y
param w[D] = glorot, b = zeros
hyper λ = 0.1
p = w @ x + b
output p
loss J = (p - y)^2 + λ * sum(w^2)
`

describe('compile', () => {
  test('describes the network in plain values', () => {
    const { network, formulas, map, types, header } = compile(PROGRAM, { target: 'js', filename: 'line.net' })
    expect(JSON.parse(JSON.stringify(network))).toEqual(network)
    expect(network).toEqual({
      name: 'Line',
      doc: 'Learns a line.',
      dims: { D: 2 },
      batch: 'B',
      inputs: [{ name: 'x', shape: [2] }],
      targets: [{ name: 'y', shape: [], doc: 'What is measured.' }],
      params: [
        { name: 'w', shape: [2] },
        { name: 'b', shape: [] },
      ],
      hypers: [{ name: 'λ', shape: [], default: [0.1] }],
      outputs: [{ name: 'p', shape: [] }],
      equations: [
        { name: 'p', shape: [], span: expect.anything() as unknown },
        { name: 'J', shape: [], span: expect.anything() as unknown },
      ],
      loss: 'J',
    })
    const { start, end } = network!.equations[0]!.span
    expect(PROGRAM.slice(start, end)).toBe('p = w @ x + b')
    expect(formulas!.equations).toHaveProperty('J')
    expect(Object.keys(formulas!.gradients)).toEqual(['w', 'b'])
    expect(map!.sources).toEqual(['line.net'])
    expect(types).toContain('export declare function step')
    expect(header).toBeUndefined()
  })

  test('has the fields that are documented, and no other', () => {
    for (const text of [PROGRAM, 'loss J = v'])
      expect(Object.keys(compile(text)).sort()).toEqual(
        ['code', 'types', 'header', 'map', 'formulas', 'network', 'diagnostics', 'source'].sort(),
      )
  })

  test('an open extent is its text, and a batch may be taken away', () => {
    const { network } = compile('dim N\ninput x[N + 1]\nparam w\nloss J = w * sum(x)', { batch: 'none' })
    expect(network!.inputs).toEqual([{ name: 'x', shape: ['N+1'] }])
    expect(network).not.toHaveProperty('batch')
    expect(network!.dims).toEqual({ N: 'N' })
  })

  test('what programs in JavaScript get wrong is told', () => {
    const { diagnostics, code } = compile('loss J = 1', { target: 'rust' } as object)
    expect(diagnostics.map(({ option }) => option)).toEqual(['target'])
    expect(code).toBeUndefined()
  })
})

test('derive and parse give plain results', () => {
  const [dw] = derive('input x\ntarget y\nparam w1\nloss J = ½ * (y − w1 * x)²', { wrt: ['w1'] })
  expect(dw!.toText()).toBe('−(y − w₁x)·x')
  expect(dw!.evaluate({ x: 2, y: 3, w1: 1 })).toBe(-2)
  const { program, diagnostics, source } = parse('loss J = (', { filename: 'a.net' })
  expect(program.statements).toEqual([])
  expect(Array.isArray(diagnostics)).toBe(true)
  expect(diagnostics).toHaveLength(1)
  expect(source.filename).toBe('a.net')
})

describe('a session', () => {
  const read = (name: string): string =>
    readFileSync(new URL(`../examples/${name}.net`, import.meta.url), 'utf8')
  const programs = [PROGRAM, ...['two-layer', 'iris', 'classifier-softmax'].map(read)]
  const settings: CompileOptions[] = [
    { target: 'js' },
    { target: 'ts', precision: 'f32' },
    { target: 'c' },
    { target: 'wasm', formulas: false },
    { target: 'js', optimizer: 'adam' },
    { target: 'js', batch: 'none' },
    { target: 'pytorch' },
    { target: 'js', functions: ['forward', 'backward', 'jvp'] },
  ]
  const same = (a: Compiled, b: Compiled): void => {
    expect({ ...a, source: a.source.text }).toEqual({ ...b, source: b.source.text })
  }

  test.each(programs.map((text, i) => [i, text] as const))(
    'gives what compile gives, whatever came before: %i',
    (i, text) => {
      const session = createSession()
      // Another order for each program: what a graph holds already must not be seen.
      const order = settings.map((_, k) => settings[(k * 5 + i) % settings.length]!)
      const alone = order.map((options) => compile(text, options))
      order.forEach((options, k) => same(session.compile(text, options), alone[k]!))
      // C and WebAssembly are loops where JavaScript is none: what is written out is theirs to say.
      expect(session.counts).toEqual({ compiled: 6, emitted: 2, reused: 0 })
      order.forEach((options, k) => same(session.compile(text, options), alone[k]!))
      expect(session.counts.reused).toBe(settings.length)
    },
  )

  test('blanks, line breaks and comments move places and change no code', () => {
    const session = createSession()
    const first = session.compile(PROGRAM, { target: 'js' })
    const edited = `// First.\n\n${PROGRAM.replace('p = w', '  p   =\tw').replace('output p', '\n// Here.\noutput p')}`
    const second = session.compile(edited, { target: 'js' })
    expect(session.counts).toEqual({ compiled: 1, emitted: 0, reused: 1 })
    expect(second.code).toBe(first.code)
    expect(second.map!.mappings).not.toBe(first.map!.mappings)
    same(second, compile(edited, { target: 'js' }))
    // A documenting comment is in the code.
    const documented = PROGRAM.replace('Learns a line.', 'Learns it.')
    same(session.compile(documented, { target: 'js' }), compile(documented, { target: 'js' }))
    expect(session.counts.compiled).toBe(2)
  })

  test('diagnostics are those of the text at hand', () => {
    const session = createSession()
    const warned = 'input x\nparam w, v\nloss J = w * x'
    for (const text of [warned, `\n\n${warned}`, 'loss J = (', '\nloss J = (', 'loss J = v', warned])
      same(session.compile(text), compile(text))
    for (const options of [{ target: 'rust' }, { checkpoint: 0 }] as object[])
      same(session.compile(PROGRAM, options), compile(PROGRAM, options))
  })

  test('numbers and signs that look alike are told apart', () => {
    const session = createSession()
    const texts = ['w * x + 1', 'w * x - 1', 'w * (x + 1)', 'w * x + 10', 'x * w + 1', 'w ^ x + 1']
    for (const loss of texts) {
      const text = `input x\nparam w\nloss J = ${loss}`
      same(session.compile(text, { target: 'js' }), compile(text, { target: 'js' }))
    }
    expect(session.counts.compiled).toBe(texts.length)
  })

  test('dims in an object and in a map are the same, and others are others', () => {
    const session = createSession()
    const text = 'dim N\ninput x[N]\nparam w[N]\nloss J = (w @ x)^2'
    for (const dims of [{ N: 2 }, { N: 3 }, new Map([['N', 2]]), new Map([['N', 4]])])
      same(session.compile(text, { dims }), compile(text, { dims }))
    expect(session.counts).toEqual({ compiled: 3, emitted: 0, reused: 1 })
  })

  test('forgets what was not asked for, and stays right', () => {
    const session = createSession({ size: 2 })
    const text = (i: number): string => `input x\nparam w\nloss J = ${i} * w * x`
    for (const i of [1, 2, 3, 1, 3, 2]) same(session.compile(text(i)), compile(text(i)))
    expect(session.counts.compiled).toBeGreaterThanOrEqual(5)
  })
})

test('the compiler’s own options are not the library’s', () => {
  let seen = 0
  const options = { observe: () => seen++ } as object
  compile(PROGRAM, options)
  createSession().compile(PROGRAM, options)
  expect(seen).toBe(0)
  compileInside(PROGRAM, options)
  expect(seen).toBeGreaterThan(0)
})
