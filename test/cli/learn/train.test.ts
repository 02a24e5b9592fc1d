/** Training and predicting as a user does it: from tables to parameters, and on from where it ended. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { irisCsv } from '../../../examples/tables.mjs'
import { read } from '../../support/examples.ts'
import { chainrule, filesIn, folder } from '../support.ts'

const IRIS = ['train', 'iris.net', '--data', 'iris.csv', '--map', 'x=sepal_length..petal_width;y=species']
const iris = (): string => folder({ 'iris.net': read('iris.net'), 'iris.csv': irisCsv() })
const SHORT = [...IRIS, '--scale', 'standardise', '--epochs', '8', '--rate', '0.02']

/** y = 3a − 2b + 1, without noise. */
const LINE = 'input x[2]\ntarget y\nparam w[2], b = zeros\nŷ = dot(w, x) + b\noutput ŷ\nloss L = (ŷ − y)²\n'
const lineCsv = (count = 40): string =>
  `a,b,y\n${Array.from({ length: count }, (_, i) => {
    const [a, b] = [Math.sin(i) * 4, Math.cos(3 * i)]
    return `${a},${b},${3 * a - 2 * b + 1}`
  }).join('\n')}\n`

describe('a table of flowers', () => {
  test('is learned by one command, and predicted by another', async () => {
    const dir = iris()
    const trained = await chainrule(dir, SHORT)
    expect(trained).toMatchObject({ status: 0 })
    expect(trained.err).toMatch(
      /^150 samples of iris.csv: 120 to learn from, 30 to validate with\nepoch 1\/8 {2}loss /,
    )
    const right = Number(/accuracy [\d.]+ % \((\d+) of 30\)/.exec(trained.out)?.[1])
    expect(right).toBeGreaterThanOrEqual(27)
    expect(trained.out).toMatch(/setosa +versicolor +virginica\n/)
    expect(trained.out).toMatch(/wrote iris.safetensors\n$/)
    expect(filesIn(dir)).toEqual(['iris.csv', 'iris.net', 'iris.safetensors', 'iris.training.safetensors'])

    const data =
      'petal_width,species,petal_length,sepal_width,sepal_length\n0.2,unknown,1.4,3.5,5.1\n2.3,,6.1,3.0,7.7\n'
    writeFileSync(join(dir, 'new.csv'), data)
    const predicted = await chainrule(dir, [
      'predict',
      'iris.net',
      '--params',
      'iris.safetensors',
      '--data',
      'new.csv',
    ])
    expect(predicted.err).toBe('')
    const lines = predicted.out
      .trim()
      .split('\n')
      .map((l) => l.split(','))
    expect(lines.map((l) => l[0])).toEqual(['y', 'setosa', 'virginica'])
    expect(lines[0]!.slice(1)).toEqual(['p[setosa]', 'p[versicolor]', 'p[virginica]'])
    for (const [, ...p] of lines.slice(1)) expect(p.map(Number).reduce((a, b) => a + b)).toBeCloseTo(1, 12)
  })

  test('comes to the same bytes each time, in one go or in two, in memory or on disk', async () => {
    const once = iris()
    await chainrule(once, SHORT)
    const file = (dir: string) => readFileSync(join(dir, 'iris.safetensors'))
    const again = iris()
    await chainrule(again, [...SHORT, '--memory', '1'])
    expect(file(again).equals(file(once))).toBe(true)

    // The rate does not depend on how many epochs there are.
    const parts = iris()
    const first = SHORT.map((word) => (word === '8' ? '3' : word))
    expect((await chainrule(parts, first)).status).toBe(0)
    const rest = await chainrule(parts, [
      'train',
      'iris.net',
      '--data',
      'iris.csv',
      '--resume',
      '--epochs',
      '8',
    ])
    expect(rest.status).toBe(0)
    expect(file(parts).equals(file(once))).toBe(true)

    const other = iris()
    await chainrule(other, [...SHORT, '--seed', '2'])
    expect(file(other).equals(file(once))).toBe(false)
  })

  test('with each optimizer, single precision, WebAssembly, JSON', async () => {
    for (const extra of [
      ['--optimizer', 'sgd', '--precision', 'f32'],
      ['--optimizer', 'momentum', '--schedule', 'cosine'],
      ['--optimizer', 'adamw', '--target', 'wasm', '--precision', 'f32', '--out', 'out.json'],
    ]) {
      const dir = iris()
      const { status, out } = await chainrule(dir, [...SHORT, '--epochs', '3', ...extra])
      expect(status).toBe(0)
      if (!extra.includes('out.json')) continue
      expect(out).toContain('wrote out.json')
      const { chainrule: meta, parameters } = JSON.parse(readFileSync(join(dir, 'out.json'), 'utf8'))
      expect(meta).toMatchObject({
        precision: 'f32',
        classes: { y: ['setosa', 'versicolor', 'virginica'] },
        map: { y: ['species'] },
      })
      expect(parameters.W2.shape).toEqual([3, 16])
      const predicted = await chainrule(dir, [
        'predict',
        'iris.net',
        '--params',
        'out.json',
        '--data',
        'iris.csv',
      ])
      expect(predicted.out.trim().split('\n')).toHaveLength(151)
    }
  })
})

describe('numbers', () => {
  test('are told with their errors, in the units of the table', async () => {
    const dir = folder({ 'line.net': LINE, 'line.csv': lineCsv() })
    const args = ['train', 'line.net', '--data', 'line.csv', '--map', 'x=a,b', '--scale', 'minmax']
    const { status, out } = await chainrule(dir, [
      ...args,
      '--scale-targets',
      'standardise',
      '--optimizer',
      'sgd',
      '--rate',
      '0.3',
      '--batch',
      '8',
      '--plot',
      'loss.svg',
    ])
    expect(status).toBe(0)
    const [, rmse, r2] = /y: RMSE (\S+), R² (\S+)/.exec(out)!
    expect(Number(rmse)).toBeLessThan(0.01)
    expect(Number(r2)).toBeGreaterThan(0.999)
    expect(readFileSync(join(dir, 'loss.svg'), 'utf8')).toMatch(/^<svg /)
    const predicted = await chainrule(dir, [
      'predict',
      'line.net',
      '--params',
      'line.safetensors',
      '--data',
      'line.csv',
    ])
    const [head, first] = predicted.out.split('\n')
    expect(head).toBe('ŷ')
    expect(Number(first)).toBeCloseTo(-1, 1)
  })

  test('scaling is fitted on what is learned from alone', async () => {
    const rows = lineCsv(20).trim().split('\n')
    const dir = folder({ 'line.net': LINE, 'line.csv': [...rows, '1000,1000,0'].join('\n') })
    const args = [
      'train',
      'line.net',
      '--data',
      'line.csv',
      '--map',
      'x=a,b',
      '--scale',
      'minmax',
      '--epochs',
      '1',
    ]
    await chainrule(dir, [...args, '--split', 'last', '--validation', '0.04', '--out', 'p.json'])
    const { chainrule: meta } = JSON.parse(readFileSync(join(dir, 'p.json'), 'utf8'))
    expect(Math.max(...meta.scaling.x.scale)).toBeLessThan(10)
  })

  test('a series: windows of rows, for a family and for a tensor', async () => {
    const series = `v,next\n${Array.from({ length: 30 }, (_, i) => `${Math.sin(i)},${Math.sin(i + 1)}`).join('\n')}\n`
    const sum = 'ŷ = w * x[3] + u * x[2]\noutput ŷ\nloss L = (ŷ − y)²\n'
    for (const input of ['input x[t] for t in 1..3', 'input x[3]']) {
      const dir = folder({ 's.net': `${input}\ntarget y\nparam w, u\n${sum}`, 's.csv': series })
      const args = [
        'train',
        's.net',
        '--data',
        's.csv',
        '--window',
        '3',
        '--map',
        'x=v;y=next',
        '--epochs',
        '300',
      ]
      const { status, err, out } = await chainrule(dir, [...args, '--rate', '0.05', '--split', 'last'])
      expect(err).toContain('28 samples')
      expect(status).toBe(0)
      // sin(t + 1) = 2·cos(1)·sin(t) − sin(t − 1)
      expect(Number(/RMSE (\S+),/.exec(out)![1])).toBeLessThan(0.05)
      const predicted = await chainrule(dir, [
        'predict',
        's.net',
        '--params',
        's.safetensors',
        '--data',
        's.csv',
      ])
      expect(predicted.out.trim().split('\n')).toHaveLength(29)
    }
  })

  test('patience ends where validation gets no better, and the best parameters stay', async () => {
    const dir = folder({ 'line.net': LINE, 'line.csv': lineCsv() })
    const args = [
      'train',
      'line.net',
      '--data',
      'line.csv',
      '--map',
      'x=a,b',
      '--optimizer',
      'sgd',
      '--rate',
      '0.6',
    ]
    const { status, out } = await chainrule(dir, [...args, '--patience', '2', '--epochs', '50'])
    expect(status).toBe(0)
    expect(out).toContain('no better validation for 2 epochs: ended')
    const [, best, all] = /best: epoch (\d+) of (\d+),/.exec(out)!
    expect(Number(all)).toBe(Number(best) + 2)
  })

  test('open dims follow from the columns', async () => {
    const net =
      'dim D, K\ninput x[D]\ntarget y : index(K)\nparam W[K, D], b[K]\np = softmax(W @ x + b)\noutput p\nloss L = crossentropy(p, y)\n'
    const dir = folder({ 'a.net': net, 'a.csv': 'x1,x2,y\n1,2,no\n2,1,yes\n3,1,no\n0,0,maybe\n' })
    const { status, out } = await chainrule(dir, [
      'train',
      'a.net',
      '--data',
      'a.csv',
      '--epochs',
      '2',
      '--out',
      'a.json',
    ])
    expect(status).toBe(0)
    expect(out).toContain('maybe')
    const { chainrule: meta, parameters } = JSON.parse(readFileSync(join(dir, 'a.json'), 'utf8'))
    expect(meta.dims).toEqual({ D: 2, K: 3 })
    expect(parameters.W.shape).toEqual([3, 2])
  })

  test('0 and 1: a probability or a logit', async () => {
    for (const p of ['sigmoid(w * x + b)', 'w * x + b']) {
      const loss = p.startsWith('sigmoid') ? 'binarycrossentropy(p, y)' : 'log1p(exp(p)) − y * p'
      const net = `input x\ntarget y : binary\nparam w, b\np = ${p}\noutput p\nloss L = ${loss}\n`
      const rows = Array.from({ length: 30 }, (_, i) => `${i - 15},${i < 15 ? 'no' : 'yes'}`)
      const dir = folder({ 'a.net': net, 'a.csv': `x,y\n${rows.join('\n')}\n` })
      const { out } = await chainrule(dir, [
        'train',
        'a.net',
        '--data',
        'a.csv',
        '--epochs',
        '60',
        '--rate',
        '0.1',
      ])
      expect(out).toContain('accuracy 100.0 % (6 of 6)')
    }
  })
})

describe('what is wrong is told, and nothing is written', () => {
  const cases: readonly (readonly [string, string, readonly string[], string])[] = [
    [
      'columns that fit no name',
      'a,b,z\n1,2,3\n',
      [],
      "the columns are a, b, z.\n  hint: say which belong to it, such as --map 'x=a,b;y=z'",
    ],
    ['a column that is not there', 'a,b,y\n1,2,3\n', ['--map', 'x=a,c'], 'There is no column `c`.'],
    ['a name that is none', 'a,b,y\n1,2,3\n', ['--map', 'x=a,b;z=y'], 'no input or target `z`'],
    ['too few columns', 'a,b,y\n1,2,3\n', ['--map', 'x=a'], '`x` has 2 entries, and 1 come from a.'],
    [
      'an empty cell',
      'a,b,y\n1,2,3\n1,,3\n',
      ['--map', 'x=a,b'],
      'line 3, column `b` is empty.\n  hint: mend the file, or give --missing skip',
    ],
    ['a word', 'a,b,y\n1,2,3\n1,many,3\n', ['--map', 'x=a,b'], 'line 3, column `b`: `many` is no number.'],
    [
      'names of classes for a number',
      'a,b,y\n1,2,no\n',
      ['--map', 'x=a,b'],
      '`no` is no number (of names of classes write y : onehot, or : index(K))',
    ],
    ['a comma', 'a,b,y\n"1,5",2,3\n', ['--map', 'x=a,b'], '(decimals stand behind a point)'],
    ['infinity', 'a,b,y\n1,2,3\n1,Infinity,3\n', ['--map', 'x=a,b'], '`Infinity` is no number'],
    ['no rows', 'a,b,y\n', ['--map', 'x=a,b'], 'has a header and no row below it'],
    ['one row', 'a,b,y\n1,2,3\n', ['--map', 'x=a,b'], 'leaves nothing to learn from'],
    [
      'nothing to go on from',
      'a,b,y\n1,2,3\n',
      ['--map', 'x=a,b', '--resume'],
      'There is no `m.training.safetensors` to go on from.',
    ],
    ['a rate that is none', 'a,b,y\n1,2,3\n', ['--rate', '-1'], 'Write a number over 0'],
  ]
  test.each(cases)('%s', async (_, csv, args, sentence) => {
    const dir = folder({ 'm.net': LINE, 'm.csv': csv })
    const { status, out, err } = await chainrule(dir, ['train', 'm.net', '--data', 'm.csv', ...args])
    expect(err).toContain(sentence)
    expect(out).toBe('')
    expect(status).not.toBe(0)
    expect(filesIn(dir)).toEqual(['m.csv', 'm.net'])
  })

  test('classes: too many, one only', async () => {
    const net = 'input x\ntarget y[2] : onehot\nparam W[2]\nloss L = crossentropy(softmax(W * x), y)\n'
    const run = async (csv: string) => {
      const dir = folder({ 'm.net': net, 'm.csv': csv })
      return (await chainrule(dir, ['train', 'm.net', '--data', 'm.csv'])).err
    }
    expect(await run('x,y\n1,a\n2,b\n3,c\n')).toContain(
      '`y` tells 2 classes apart, and line 4, column y has another one, `c`, beside a, b.',
    )
    expect(await run('x,y\n1,a\n2,a\n')).toContain('All rows are of one class of `y`, `a`')
  })

  test('rows with empty cells are left out where that is asked for', async () => {
    const dir = folder({ 'm.net': LINE, 'm.csv': `${lineCsv(10)}1,NA,3\n,,\n` })
    const { status, err } = await chainrule(dir, [
      'train',
      'm.net',
      '--data',
      'm.csv',
      '--map',
      'x=a,b',
      '--missing',
      'skip',
      '--epochs',
      '1',
    ])
    expect(status).toBe(0)
    expect(err).toContain('10 samples of m.csv (2 with empty cells left out)')
  })

  test('a file that is not ours stays as it is', async () => {
    const dir = folder({ 'm.net': LINE, 'm.csv': lineCsv(), 'm.safetensors': 'mine' })
    const { status, err } = await chainrule(dir, ['train', 'm.net', '--data', 'm.csv', '--map', 'x=a,b'])
    expect([status, err]).toEqual([1, expect.stringContaining('was not written by chainrule train')])
    expect(readFileSync(join(dir, 'm.safetensors'), 'utf8')).toBe('mine')
  })

  test('a loss that is no number: the step, and the first quantity that became so', async () => {
    const dir = folder({ 'm.net': LINE, 'm.csv': lineCsv() })
    const args = [
      'train',
      'm.net',
      '--data',
      'm.csv',
      '--map',
      'x=a,b',
      '--optimizer',
      'sgd',
      '--rate',
      '1e200',
      '--batch',
      '8',
    ]
    const { status, err } = await chainrule(dir, args)
    expect(status).toBe(1)
    expect(err).toMatch(
      /The loss became Infinity at step 2 \(epoch 1\)\. The first quantity that became so is L, which is Infinity, for sample \d+ of the table\./,
    )
    expect(err).toContain('try a smaller --rate')
    const log = folder({ 'm.net': LINE.replace('(ŷ − y)²', 'log(ŷ)'), 'm.csv': lineCsv() })
    expect((await chainrule(log, args)).err).toMatch(
      /first quantity that became so is L, which is (NaN|-Infinity)/,
    )
  })

  test('parameters of another network, or cut off, name the tensor', async () => {
    const dir = folder({ 'm.net': LINE, 'm.csv': lineCsv() })
    const args = ['train', 'm.net', '--data', 'm.csv', '--map', 'x=a,b', '--epochs', '2']
    await chainrule(dir, args)
    const predict = ['predict', 'm.net', '--params', 'm.safetensors', '--data', 'm.csv']
    writeFileSync(join(dir, 'm.net'), LINE.replace('(ŷ − y)²', 'abs(ŷ − y)'))
    expect(await chainrule(dir, predict)).toMatchObject({
      status: 0,
      err: expect.stringContaining('`m.net` has changed since'),
    })
    expect((await chainrule(dir, ['train', 'm.net', '--data', 'm.csv', '--resume'])).err).toContain(
      'goes on from another program',
    )
    writeFileSync(join(dir, 'm.net'), LINE.replace('b = zeros', 'b[1] = zeros').replace('+ b', '+ sum(b)'))
    expect((await chainrule(dir, predict)).err).toContain(
      'The tensor `b` in `m.safetensors` is a number, and the network has 1.',
    )
    writeFileSync(join(dir, 'm.net'), LINE)
    expect((await chainrule(dir, [...args, '--resume', '--batch', '5'])).err).toContain(
      'was begun with --batch 32, not 5',
    )
    writeFileSync(join(dir, 'm.csv'), lineCsv(39))
    expect((await chainrule(dir, ['train', 'm.net', '--data', 'm.csv', '--resume'])).err).toContain(
      'goes on from other data than these',
    )
    const whole = readFileSync(join(dir, 'm.safetensors'))
    writeFileSync(join(dir, 'm.safetensors'), whole.subarray(0, whole.length - 4))
    expect((await chainrule(dir, predict)).err).toMatch(/The tensor `\w+` in `m.safetensors` is cut off/)
  })
})

test('goes on where classes do not come in the order of their names', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `${Math.sin(i)},${['pear', 'apple', 'fig'][i % 3]}`)
  const dir = folder({
    'm.net':
      'dim K\nbatch B\ninput x\ntarget y : index(K)\nparam w[K], b[K]\np = softmax(w * x + b)\noutput p\nloss J = crossentropy(p, y)\n',
    'm.csv': `x,y\n${rows.join('\n')}\n`,
  })
  const args = ['train', 'm.net', '--data', 'm.csv', '--epochs', '1']
  expect((await chainrule(dir, args)).status).toBe(0)
  expect(await chainrule(dir, [...args.slice(0, -1), '2', '--resume'])).toMatchObject({ status: 0 })
})
