/** The parts of a training, each against what it must be. */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Classes } from '../../../src/cli/learn/classes.ts'
import { mappingOf } from '../../../src/cli/learn/columns.ts'
import { curveSvg, curveText } from '../../../src/cli/learn/curve.ts'
import { metaOf } from '../../../src/cli/learn/meta.ts'
import { rateAt } from '../../../src/cli/learn/rates.ts'
import { decode, encode } from '../../../src/cli/learn/safetensors.ts'
import { settingsOf } from '../../../src/cli/learn/settings.ts'
import { splitOf } from '../../../src/cli/learn/split.ts'
import { Store } from '../../../src/cli/learn/store.ts'
import { Problem } from '../../../src/cli/problem.ts'
import { folder } from '../support.ts'

test('maps of columns', () => {
  expect([...mappingOf('x=a, b ;y="c; d","e,f"')]).toEqual([
    ['x', ['a', 'b']],
    ['y', ['c; d', 'e,f']],
  ])
  for (const text of ['', 'x', '=a', 'x=', ';'])
    expect(() => mappingOf(text)).toThrow('says no columns of a name')
})

test('classes: words in order, numbers by size, whole numbers as they are', () => {
  const settled = (names: string[], most?: number) => {
    const classes = new Classes('y', most)
    for (const name of names) classes.number(name, 'line 1')
    return classes.settled()
  }
  expect(settled(['b', 'a', 'b'], 2)).toEqual({ names: ['a', 'b'], places: [1, 0] })
  expect(settled(['10', '-2', '9.5'], 3)).toEqual({ names: ['-2', '9.5', '10'], places: [2, 0, 1] })
  // Not all digits need to occur.
  expect(settled(['3', '0'], 10).names).toHaveLength(10)
  expect(settled(['9', '0', '3'], 10).places).toEqual([9, 0, 3])
  expect(settled(['2', '1'], 2)).toEqual({ names: ['1', '2'], places: [1, 0] })
  expect(() => settled(['a', 'b', 'c'], 2)).toThrow('tells 2 classes apart')
  expect(() => settled(['0', '5', '1', 'x'], 3)).toThrow('tells 3 classes apart')
  const fixed = new Classes('y', 3, ['b', 'a'])
  expect(fixed.number('a', 'line 2')).toBe(1)
  expect(() => fixed.number('z', 'line 7')).toThrow('line 7: `z` is none of the classes of `y`: b, a.')
})

test('a split holds out what it says, by the seed, and nothing twice', () => {
  const { train, validation } = splitOf(10, 0.3, 'random', 4)
  expect([...train, ...validation].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(validation).toHaveLength(3)
  expect(splitOf(10, 0.3, 'random', 4)).toEqual({ train, validation })
  expect(splitOf(10, 0.3, 'random', 5)).not.toEqual({ train, validation })
  expect([...splitOf(5, 0.4, 'last', 1).validation]).toEqual([3, 4])
  expect(splitOf(5, 0, 'last', 1).validation).toHaveLength(0)
  expect(() => splitOf(1, 0.5, 'random', 1)).toThrow('leaves nothing to learn from')
})

test('rates', () => {
  const at = (schedule: Parameters<typeof rateAt>[0]) =>
    [0, 25, 50, 75].map((k) => rateAt(schedule, 2, k, 100))
  expect(at('constant')).toEqual([2, 2, 2, 2])
  expect(at('step')).toEqual([2, 2, 0.2, 0.02])
  at('cosine').forEach((r, i) => expect(r).toBeCloseTo([2, 1 + Math.SQRT1_2, 1, 1 - Math.SQRT1_2][i]!, 12))
})

test('samples come back from memory and from disk alike', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => Float64Array.of(i, Math.sin(i), -i))
  const stores = [1e9, 100_000, 0].map((room) => {
    const store = new Store(room)
    rows.forEach((row) => store.add(row))
    return { store, hash: store.finish() }
  })
  expect(stores.map(({ store }) => store.isOnDisk)).toEqual([false, true, true])
  expect(new Set(stores.map(({ hash }) => hash)).size).toBe(1)
  for (const { store } of stores) {
    for (const i of [4999, 0, 1023, 1024, 2500]) expect([...store.row(i)]).toEqual([...rows[i]!])
    store.close()
  }
})

test('safetensors by the letter of the format', () => {
  const tensors = [
    { name: 'W', shape: [2, 2], values: Float64Array.of(1, -0, NaN, Infinity) },
    { name: 'b[1]', shape: [], values: Float32Array.of(0.5) },
  ]
  const file = encode({ tensors, metadata: { a: 'ü' } })
  const length = Number(file.readBigUInt64LE(0))
  expect(length % 8).toBe(0)
  expect(JSON.parse(file.toString('utf8', 8, 8 + length))).toEqual({
    __metadata__: { a: 'ü' },
    W: { dtype: 'F64', shape: [2, 2], data_offsets: [0, 32] },
    'b[1]': { dtype: 'F32', shape: [], data_offsets: [32, 36] },
  })
  expect(file.length).toBe(8 + length + 36)
  expect(decode('f', file)).toEqual({ tensors, metadata: { a: 'ü' } })
  expect(() => decode('f', file.subarray(0, file.length - 1))).toThrow(
    'The tensor `b[1]` in `f` is cut off: the file ends 1 bytes too early.',
  )
  // Wherever it is cut off, it is told.
  for (let at = 0; at < file.length; at++) expect(() => decode('f', file.subarray(0, at))).toThrow(/`f`/)
  const spoiled = Buffer.from(file)
  spoiled.write('F16', 8 + file.subarray(8).indexOf('F64'))
  expect(() => decode('f', spoiled)).toThrow('The tensor `W` in `f` has numbers of type F16')
})

const history = (...losses: readonly number[]) =>
  losses.map((loss, i) => ({ epoch: i + 1, loss, validation: loss }))

test('curves: ticks stand on rows, and nothing of a name is markup', () => {
  const points = history(4, 2, 1)
  const text = curveText(points)
  expect(text[0]).toBe('  4 ┤*')
  expect(text[2]).toBe('3.5 ┤')
  expect(text[8]).toBe('  2 ┤ *')
  expect(text[12]).toBe('  1 ┤  *')
  expect(text.slice(13)).toEqual(['     1 3 epochs', '     • loss  + validation  * both'])
  const svg = curveSvg(points, 'a <b> & "c"')
  expect(svg).toContain('<title>a &lt;b&gt; &amp; &quot;c&quot;</title>')
  expect(svg.match(/<path class/g)).toHaveLength(2)
  expect(svg).toContain('>3.5</text>')
})

test('curves over decades are logarithmic', () => {
  const points = history(1000, 10, 0.1)
  expect(
    curveText(points)
      .filter((line) => line.includes('*'))
      .map((line) => line.trim()),
  ).toEqual(['1000 ┤*', '10 ┤ *', '0.1 ┤  *', '• loss  + validation  * both  (logarithmic)'])
  const svg = curveSvg(points, 'a')
  expect(svg).toContain('>loss (logarithmic)</text>')
  expect([...svg.matchAll(/text-anchor="end">([^<]+)</g)].map(([, label]) => label)).toEqual([
    '0.1',
    '1',
    '10',
    '100',
    '1000',
  ])
})

test('curves of one point, of equal losses, and with gaps', () => {
  expect(curveText(history(1)).filter((line) => line.includes('┤*'))).toEqual(['1 ┤*'])
  expect(curveText(history(1)).at(-2)).toBe('   1 epochs')
  expect(
    curveText(history(0, 0))
      .filter((line) => line.includes('*'))
      .at(0),
  ).toBe('0 ┤**')
  const gap = curveSvg(history(1, 2, NaN, 3, Infinity, 2), 'a')
  const curve = /<path class="loss" d="([^"]*)"/.exec(gap)![1]!
  expect(curve.match(/M/g)).toHaveLength(3)
  expect(curveSvg(history(NaN), 'a')).not.toContain('<path class')
})

test('curves of any numbers have a few rows and ticks, and nothing else in them', () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 5 }), (losses) => {
      const text = curveText(history(...losses))
      expect(text.length).toBeGreaterThanOrEqual(13)
      expect(text.length).toBeLessThan(20)
      const svg = curveSvg(history(...losses), 'a')
      expect(svg.length).toBeLessThan(12_000)
      expect(text.join('') + svg).not.toMatch(/NaN|Infinity|undefined|null/)
    }),
  )
})

test('what a file of parameters says of itself is believed only where it may be so', () => {
  const begun = {
    settings: settingsOf({ target: 'js' }, undefined, 'm.safetensors'),
    progress: {
      epoch: 1,
      step: 2,
      total: 0.5,
      best: { epoch: 1, value: 2 },
      history: [{ epoch: 1, loss: 3, validation: 2 }],
    },
    data: 'ab',
    state: { t: 3 },
  }
  const good = {
    network: { name: 'Iris', hash: 'cd' },
    precision: 'f64',
    dims: { K: 3 },
    map: { x: ['a', 'b'] },
    classes: { y: ['u', 'v'] },
    scaling: { x: { shift: [1, 2], scale: [3, 4] } },
    training: begun,
  }
  expect(metaOf('m.json', good)).toBe(good)
  expect(metaOf('m.json', { ...good, training: undefined, window: 3, length: 'lines' })).toBeDefined()
  /** With something else at a place, for every place. */
  const places = (value: unknown, path: readonly string[]): string[][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...places(inner, [...path, key])])
      : []
  const changed = (value: object, [key, ...rest]: readonly string[], to: unknown): unknown => {
    const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>
    copy[key!] = rest.length === 0 ? to : changed(copy[key!] as object, rest, to)
    return copy
  }
  const all = places(good, [])
  expect(all.length).toBeGreaterThan(40)
  for (const path of all) {
    expect(() => metaOf('m.json', changed(good, path, null)), path.join('.')).toThrow(Problem)
    expect(() => metaOf('m.json', changed(good, path, true)), path.join('.')).toThrow(
      /is no file of parameters: what it says of \w+ is not what chainrule train writes/,
    )
  }
  for (const wrong of [null, undefined, 5, 'x', [], {}])
    expect(() => metaOf('m.json', wrong), String(wrong)).toThrow(Problem)
  for (const [path, value] of [
    [['dims', 'K'], 0],
    [['map', 'x'], []],
    [['scaling', 'x', 'shift', '0'], Infinity],
    [['training', 'settings', 'batch'], 0],
    [['training', 'settings', 'optimizer'], 'lbfgs'],
    [['training', 'progress', 'epoch'], -1],
  ] as const)
    expect(() => metaOf('m.json', changed(good, path, value)), path.join('.')).toThrow(Problem)
})

/** Python with the library of that name; undefined where there is none. */
const PYTHON = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import safetensors.numpy']).status === 0,
)

test.skipIf(PYTHON === undefined)(
  `Python's library reads what is written${PYTHON === undefined ? ' (it is not installed here)' : ''}`,
  () => {
    const dir = folder({
      'a.safetensors': encode({
        tensors: [
          { name: 'W[2]', shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
          { name: 'b', shape: [], values: Float64Array.of(0.5) },
        ],
        metadata: { chainrule: '{"dims":{}}' },
      }),
    })
    const lines = `
from safetensors import safe_open
f = safe_open("a.safetensors", "np")
print(sorted((k, str(f.get_tensor(k).dtype), f.get_tensor(k).shape, f.get_tensor(k).tolist()) for k in f.keys()), f.metadata())
`
    expect(spawnSync(PYTHON!, ['-c', lines], { cwd: dir, encoding: 'utf8' }).stdout.trim()).toBe(
      "[('W[2]', 'float32', (2, 3), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), ('b', 'float64', (), 0.5)] {'chainrule': '{\"dims\":{}}'}",
    )
  },
)
