/** Names, docs and file names that try to be something else: they stay names, comments and strings. */
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { emitted, load, network, type Sketch } from './support.ts'
import { isGenerated } from '../../src/emit/module.ts'
import { VERSION } from '../../src/base/version.ts'
import packageJson from '../../package.json' with { type: 'json' }

const WORDS = [
  'class',
  'constructor',
  'arguments',
  'eval',
  'await',
  'async',
  'yield',
  'let',
  'static',
  'enum',
  'new',
  'this',
  'null',
  'undefined',
  'NaN',
  'of',
  'get',
  'type',
  'any',
  'number',
  'interface',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  'default',
  'import',
  'export',
  'params',
  'inputs',
  'data',
  'outputs',
  'grads',
  'rate',
  'hyper',
  'seed',
  'init',
  'zeros',
  'forward',
  'loss',
  'backward',
  'step',
  'network',
  'Params',
  'Math',
  'Float64Array',
  'Float32Array',
  'Number',
  'Array',
  'Object',
  'RangeError',
  'window',
  'require',
  'exports',
  'w₁',
  'w1',
  'w¹',
  'w_1',
  'ŷ',
  'σ',
  'x̂',
  'α₁₂',
  'é',
  '変数',
  '_',
  '__',
  'i',
  'n',
  'k',
  'a⃝',
  '𝒙',
  'length',
  'name',
  'value',
  'next',
  'u',
]
const shapes = (words: readonly string[], shape: readonly number[]) =>
  Object.fromEntries(words.map((w) => [w, shape]))

describe('names', () => {
  test.each([
    ['tensors', [2]],
    ['scalars', []],
  ] as const)('of params, %s', async (_, shape) => {
    const m = await load(
      network({
        params: { ...shapes(WORDS, shape), ['__proto__']: shape },
        inputs: { x: [2] },
        outputs: { p: [2] },
      }),
    )
    const p = m.init(1)
    expect(Object.keys(p)).toEqual([...WORDS, '__proto__'])
    expect(Object.getPrototypeOf(p)).toBe(Object.prototype)
    const x = new Float64Array(2)
    const grads = m.zeros()
    expect(Number.isFinite(m.backward(p, { x }, grads))).toBe(true)
    for (const w of [...WORDS, '__proto__'])
      expect(grads[w]).toEqual(shape.length > 0 ? new Float64Array([1, 2]) : 1)
    m.step(p, { x }, 0)
    expect(p).toEqual(m.init(1))
    expect(m.forward(p, { x })['p']).toHaveLength(2)
  })

  test('of data, outputs, hyperparameters, dims and the batch', async () => {
    const some: [keyof Sketch, (w: string) => Sketch][] = [
      ['inputs', (w) => ({ inputs: { [w]: [2] }, batch: 'B' })],
      ['targets', (w) => ({ inputs: { q: [2] }, targets: { [w]: [] }, batch: 'B' })],
      ['outputs', (w) => ({ inputs: { q: [2] }, outputs: { [w]: [3] }, batch: 'B' })],
      ['hypers', (w) => ({ inputs: { q: [2] }, hypers: { [w]: 2 } })],
      ['batch', (w) => ({ inputs: { q: [2] }, outputs: { r: [] }, batch: w })],
      ['dims', (w) => ({ inputs: { q: [w] }, outputs: { r: [w] }, dims: { [w]: w } })],
    ]
    for (const w of [...WORDS, '__proto__'])
      for (const [, sketch] of some) {
        const s = sketch(w)
        const m = await load(network(s))
        const all = Object.fromEntries([
          ...Object.keys(s.inputs ?? {}).map((k) => [k, new Float64Array(2)]),
          ...Object.keys(s.targets ?? {}).map((k) => [k, new Float64Array(1)]),
        ])
        expect(Number.isFinite(m.loss({}, all))).toBe(true)
        const out = m.forward({}, all)
        expect(Object.keys(out)).toEqual(Object.keys(s.outputs ?? {}))
        expect(m.forward({}, all, out)).toBe(out)
      }
  })

  test('of families that clash with single names', async () => {
    const m = await load(
      network({
        params: { 'W[1]': [2], 'W[2]': [2], W1: [2], 'W₁': [2], W2: [], 'class[1]': [2], 'class[2]': [2] },
      }),
    )
    const p = m.init()
    expect(Object.keys(p)).toEqual(['W', 'W1', 'W₁', 'W2', 'class'])
    expect(p['W']).toHaveLength(2)
    m.step(p, {}, 0)
    expect(p).toEqual(m.init())
  })
})

describe('texts', () => {
  const EVIL = [
    '*/ globalThis.hacked = 1 /*',
    '*\u200b/',
    'a\u2028globalThis.hacked = 1',
    'a\u2029b',
    '`${globalThis.hacked = 1}`',
    "'; globalThis.hacked = 1; '",
    '\\',
    '\u202e reversed',
    '// @ts-nocheck',
    '<!-- x',
    '</script>',
    '\ud800',
    'a\nb\r\nc\rd\0e',
    '',
  ]

  test('docs, formulas, comments and file names do nothing', async () => {
    for (const evil of EVIL) {
      const net = network({
        name: evil,
        doc: evil,
        docs: { W: evil, x: evil, h: evil, p: evil, J: evil },
        params: { W: [2], c: [] },
        inputs: { x: [2] },
        outputs: { p: [2] },
        hypers: { h: 1 },
      })
      const options = {
        filename: `/home/someone/${evil}.net`,
        comment: () => [evil, evil],
        formulas: { equations: [[evil, evil]], gradients: [['W', evil]] } as const,
      }
      const m = await load(net, options)
      expect(m.network['name']).toBe(evil)
      expect(m.network['formulas']).toEqual({ equations: { [evil]: evil }, gradients: { W: evil } })
      expect(m.loss(m.init(), { x: new Float64Array(2) })).toBeTypeOf('number')
      expect('hacked' in globalThis).toBe(false)
      for (const text of [emitted(net, { ...options, target: 'ts' }).code!, emitted(net, options).types!]) {
        expect(text).not.toContain('/home/')
        expect(text).not.toMatch(/[\u2028\u2029\u202a-\u202e\0]/)
        expect(isGenerated(text)).toBe(true)
      }
    }
  })

  test('docs are words, and speak to no tool', () => {
    const docs = [
      '@ts-expect-error',
      '@ts-ignore nothing',
      '@ts-nocheck',
      '{@link x} @internal @deprecated a@b.example',
      '/// <reference path="x.d.ts" />',
      '//# sourceMappingURL=data:application/json;base64,e30=',
      '//@ sourceMappingURL=x.map',
      '#__PURE__ @__NO_SIDE_EFFECTS__',
      '\\@ts-ignore',
      'eslint-disable',
      '*/ // @ts-ignore',
      '@ts-expect-error\n@ts-ignore',
      'first\n\n@ts-expect-error',
    ]
    for (const doc of docs) {
      const net = network({
        doc,
        docs: { W: doc, x: doc, h: doc, p: doc, J: doc },
        params: { W: [2] },
        inputs: { x: [2] },
        outputs: { p: [2] },
        hypers: { h: 1 },
      })
      const options = { filename: '@ts-nocheck.net' }
      const { code, types } = emitted(net, options)
      for (const text of [emitted(net, { ...options, target: 'ts' }).code!, code!, types!]) {
        const file = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true) as ts.SourceFile & {
          commentDirectives?: unknown
          checkJsDirective?: unknown
        }
        expect(file.commentDirectives, doc).toBeUndefined()
        expect(file.checkJsDirective, doc).toBeUndefined()
        expect(file.referencedFiles, doc).toEqual([])
        const tags = (node: ts.Node): string[] => [
          ...ts.getJSDocTags(node).map(({ tagName }) => tagName.text),
          ...node.getChildren().flatMap(tags),
        ]
        // Those of the module's own functions alone.
        expect(new Set(tags(file)), doc).toEqual(new Set(['param', 'throws']))
        expect(text).not.toMatch(/\/\/[#@]\s*sourceMappingURL|[@#]__(?!PURE__ \*\/)/)
      }
    }
  })

  test('only what was generated is taken for generated', () => {
    const { code } = emitted(network({}), { target: 'ts', filename: 'a.net' })
    expect(code!.split('\n')[0]).toBe(
      `// Generated by chainrule ${VERSION} from a.net: what is edited here is lost.`,
    )
    expect(VERSION).toBe(packageJson.version)
    expect(isGenerated(code!)).toBe(true)
    expect(isGenerated('\ufeff' + code!)).toBe(true)
    expect(isGenerated('// Generated by chainrules\n')).toBe(false)
    expect(isGenerated('\n' + code!)).toBe(false)
    expect(isGenerated('')).toBe(false)
  })

  test('no code is made from text at run time, nothing is imported, and nothing runs when loaded', () => {
    for (const target of ['ts', 'js'] as const) {
      const { code } = emitted(
        network({
          params: { W: [2, 2], 'b[1]': [2] },
          inputs: { x: ['T'] },
          outputs: { p: ['T'] },
          batch: 'B',
          dims: { T: 3 },
          hypers: { h: 1 },
        }),
        { target },
      )
      expect(code).toBeUndefined()
      const { code: good } = emitted(
        network({
          params: { W: [2, 2], 'b[1]': [2] },
          inputs: { x: [2] },
          outputs: { p: [2] },
          batch: 'B',
          hypers: { h: 1 },
        }),
        { target },
      )
      expect(good).not.toMatch(/\beval\b|\bFunction\b|\bimport\b|\brequire\b/)
      expect(
        good!
          .split('\n')
          .filter(
            (l) =>
              /^[^\s}/*]/.test(l) &&
              !/^(export )?(function|interface|const \w+ = \{|let \$work = \/\* @__PURE__ \*\/)/.test(l),
          ),
      ).toEqual([])
    }
  })

  test('the same program gives the same bytes', () => {
    const sketch: Sketch = { params: { W: [2, 2] }, inputs: { x: [2] }, batch: 'B' }
    expect(emitted(network(sketch)).code).toBe(emitted(network(sketch)).code)
  })

  test('a function without a body is refused', async () => {
    const { abstractFunction } = await import('../../src/ops/abstract.ts')
    const net = network({ params: { c: [] } }, (g) => g.apply(abstractFunction('phi'), [g.number(2)]))
    expect(emitted(net).diagnostics).toMatchObject([{ code: 'abstract-function', severity: 'error' }])
    expect(emitted(net).code).toBeUndefined()
  })
})
