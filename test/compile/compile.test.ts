import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeClaims } from '../../src/claims.ts'
import { analyse, compile, compileAnalysed } from '../../src/compile.ts'
import { STAGES, type StageName, dumpStage } from '../../src/stages.ts'
import { runs } from '../support/campaign.ts'
import { loadCode } from './support.ts'

const folders = ['../../examples/', '../cases/networks/', '../cases/syntax/networks/'].map(
  (path) => new URL(path, import.meta.url),
)
const programs = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.net'))
    .map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const),
)
const example = (name: string): string => readFileSync(new URL(name, folders[0]), 'utf8')

describe('every program keeps the laws of every stage', () => {
  test.each(programs)('%s', (filename, text) => {
    const { diagnostics } = compile(text, { filename, verify: true })
    // Open dims and families are refused with other sentences.
    expect(diagnostics.filter(({ code }) => code === 'internal-error')).toEqual([])
  })
})

describe('the result', () => {
  const text = example('two-layer.net')

  test('of a program without errors', () => {
    const result = compile(text, { filename: 'two-layer.net' })
    expect(result.diagnostics).toEqual([])
    expect(result.network?.name).toBe('TwoLayer')
    expect(result.types).toBeUndefined()
    expect(result.code).toContain('export function backward(params: Params')
    const js = compile(text, { target: 'js' })
    expect(js.types).toContain('export declare function backward(params: Params')
    expect(js.code).not.toContain(': Params')
  })

  test('of a program with errors', () => {
    const result = compile('param w\nloss J = v', { filename: 'x.net' })
    expect({
      ...result,
      diagnostics: result.diagnostics.map(({ code }) => code),
      source: result.source.filename,
    }).toEqual({
      code: undefined,
      types: undefined,
      map: undefined,
      network: undefined,
      diagnostics: ['unknown-name'],
      source: 'x.net',
    })
  })

  test('is the same bytes whatever was compiled before', () => {
    const some = programs.slice(0, 5)
    const all = (): (string | undefined)[] =>
      some.map(([filename, source]) => compile(source, { filename }).code)
    const first = all()
    expect(
      [...some]
        .reverse()
        .map(([filename, source]) => compile(source, { filename }).code)
        .reverse(),
    ).toEqual(first)
  })

  test('carries formulas, or none', async () => {
    const { network } = await loadCode(compile(text, { target: 'js' }).code!)
    expect(network.formulas['gradients']!['b2']).toContain('\\frac{\\partial L}{\\partial b_2} = ')
    expect(Object.keys(network.formulas['equations']!)).toEqual(['z', 'a', 'ŷ', 'L'])
    const bare = compile(text, { target: 'js', formulas: false }).code!
    expect((await loadCode(bare)).network.formulas).toEqual({ equations: {}, gradients: {} })
    expect(bare).not.toContain('∂')
  })

  test('dims and batch from outside', () => {
    const { network } = compile(text, { dims: { H: 7 }, batch: 'N' })
    expect([network?.dims.get('H'), network?.batch]).toEqual([7, 'N'])
    expect(compile(text, { dims: new Map([['H', 7]]), batch: 4 }).network?.batch).toBe(4)
    const codes = (options: Parameters<typeof compile>[1]): string[] =>
      compile(text, options).diagnostics.map(({ code }) => code)
    expect(codes({ dims: { Q: 1 } })).toEqual(['unknown-dim'])
    for (const wrong of [
      { target: 'fortran' },
      { precision: 'f16' },
      { checkpoint: 0 },
      { checkpoint: NaN },
      { checkpoint: 1.5 },
      { checkpoint: '4' },
    ])
      expect(codes(wrong as never)).toEqual(['bad-option'])
    expect(codes({ dims: { H: 0 } })).toEqual(['bad-extent'])
    expect(codes({ dims: { H: 1.5 } })).toEqual(['bad-extent'])
    expect(codes({ batch: 'H' })).toEqual(['batch-name-taken'])
    expect(codes({ batch: 0 })).toEqual(['bad-extent'])
    expect(codes({ batch: NaN })).toEqual(['bad-extent'])
  })
})

test.each([
  ['a scalar behind a tensor', 'param b[3], s', [[]]],
  ['a scalar before a tensor', 'param s, b[3]', [[]]],
  ['scalars alone', 'param s, r', [[]]],
  ['a family of scalars', 'dim T = 3\nparam b[3], a[t] for t in 1..T\nparam s', [[], ['a']]],
  ['a family of scalars alone', 'dim T = 3\nparam a[t] for t in 1..T', [['a']]],
] as const)('params that are frozen are not half updated: %s', async (_, declarations, holders) => {
  const uses = [/\bb\[/, /\bs\b/, /\br\b/, /\ba\[/].map((name, i) =>
    name.test(declarations) ? ['sum(b * b)', 's^2', 'r^2', 'a[1]^2 + a[2] * a[3]'][i]! : '0',
  )
  const { code } = compile(`${declarations}\ninput x\nloss J = x * (${uses.join(' + ')})`, { target: 'js' })
  const module = await loadCode(code!)
  for (const holder of holders as readonly (readonly string[])[]) {
    const params = structuredClone(module.init(1))
    const before = structuredClone(params)
    Object.freeze(holder.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], params))
    expect(() => module.step(params, { x: 1 }, 0.1)).toThrow(TypeError)
    expect(params).toEqual(before)
  }
  const params = module.init(1)
  const before = structuredClone(params)
  module.step(params, { x: 1 }, 0.1)
  expect(params).not.toEqual(before)
})

describe('stages', () => {
  test('are seen in their order, and can be shown', () => {
    const seen: StageName[] = []
    compile(example('iris.net'), {
      observe: (stage, result) => {
        seen.push(stage)
        expect(dumpStage(stage, result)).not.toBe('')
      },
    })
    expect(seen).toEqual(STAGES)
  })

  test('a mistake of ours is a diagnostic', () => {
    const { code, diagnostics } = compile(example('scalar.net'), {
      observe: (stage) => {
        if (stage === 'schedule') throw new TypeError('x is not a function')
      },
    })
    expect(code).toBeUndefined()
    expect(diagnostics).toMatchObject([{ code: 'internal-error', severity: 'error' }])
    expect(diagnostics[0]!.message).toContain('in the stage schedule: TypeError: x is not a function')
    expect(diagnostics[0]!.hint).toContain('please report it')
  })

  test('a broken law is found by the door', () => {
    const { diagnostics } = compile(example('scalar.net'), {
      verify: true,
      observe: (stage, result) => {
        // The gradient of a scalar is made one of a vector: simplify hands it on, and the next door sees it.
        if (stage === 'derive' || stage !== 'simplify' || !('gradients' in result)) return
        const [symbol] = [...result.gradients.keys()]
        ;(symbol as { shape: readonly number[] }).shape = [3]
      },
    })
    expect(diagnostics[0]?.message).toContain('the gradient of w1 is a scalar and not [3]')
  })
})

describe('no input is too much', () => {
  const lines = (count: number, line: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => line(i)).join('\n')

  test.each<[string, string]>([
    ['nothing', ''],
    ['white space', ' \n\t\r\n'],
    ['zeros', '\0'.repeat(1000)],
    ['ten megabytes', 'input x\n'.repeat(1_300_000)],
    ['brackets', `param x\nloss J = ${'('.repeat(100_000)}x${')'.repeat(100_000)}`],
    ['calls', `param x\nloss J = ${'sin('.repeat(950)}x${')'.repeat(950)}`],
    ['a long sum', `param x\nloss J = ${lines(20_000, () => 'x +')} x`],
    ['thousands of errors', lines(5000, (i) => `z${i} = q${i} * r${i}`)],
    ['a chain', `param x\nz0 = x\n${lines(1500, (i) => `z${i + 1} = tanh(z${i})`)}\nloss J = z1500`],
    ['powers of powers', 'param x\nloss J = x^(9^9^9^9)'],
    [
      'doubling',
      `fn a(v) = v * v + v\n${lines(40, (i) => `fn ${'a'.repeat(i + 2)}(v) = ${'a'.repeat(i + 1)}(${'a'.repeat(i + 1)}(v))`)}\nparam x\nloss J = ${'a'.repeat(41)}(x)`,
    ],
    ['huge tensors', 'dim N = 2147483647\nparam W[N, N]\nloss J = sum(W)'],
  ])('%s', (_, text) => {
    const { diagnostics } = compile(text)
    expect(diagnostics.filter(({ code }) => code === 'internal-error')).toEqual([])
    for (const { message, hint = '' } of diagnostics)
      expect(message + hint).not.toMatch(/\n|[\0-\x1f]|undefined|\[object/)
  })

  test('mutilated programs end in diagnostics or code', () => {
    const pieces = programs.map(([, text]) => text)
    fc.assert(
      fc.property(
        fc.constantFrom(...pieces),
        fc.nat(),
        fc.nat(60),
        fc.constantFrom('', '(', ')', '[', '\n', '*', '@', '=', ' x ', '1e9', '²', '}', 'loss'),
        (text, at, length, put) => {
          const from = at % (text.length + 1)
          const { diagnostics, code } = compile(text.slice(0, from) + put + text.slice(from + length))
          expect(diagnostics.filter((d) => d.code === 'internal-error')).toEqual([])
          expect(code === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
        },
      ),
      { numRuns: runs(60) },
    )
  })
})

test.each(['two-layer.net', 'classifier-softmax.net'])(
  'what was analysed is compiled as the text is: %s',
  async (filename) => {
    const text = example(filename)
    const analysed = analyse(text, { filename, recurrences: true })
    await judgeClaims(analysed.graph, analysed.mathematics!)
    for (const options of [{ filename }, { filename, target: 'js', formulas: false }] as const) {
      const [from, whole] = [compileAnalysed(analysed, options), compile(text, options)]
      expect(from.diagnostics).toEqual([])
      expect([from.code, from.types]).toEqual([whole.code, whole.types])
    }
  },
)

test('what is analysed for formulas need not have code', () => {
  const { mathematics, diagnostics } = analyse('fn f(v)\nparam w\nloss J = f(w)')
  expect(diagnostics).toEqual([])
  expect(mathematics?.written.gradients.size).toBe(1)
  expect(compile('fn f(v)\nparam w\nloss J = f(w)').diagnostics.map(({ code }) => code)).toEqual([
    'abstract-function',
  ])
})
