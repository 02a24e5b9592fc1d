/** Samples that are sequences: letters of a text, lists of any length. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readParameters } from '../../../src/cli/learn/parameters.ts'
import { chainrule, folder } from '../support.ts'

const LETTERS = `dim T, V
dim H = 6
batch B
input x[t] : index(V) for t in 1..T
target y[t] : index(V) for t in 1..T
param E[V, H], U[H, H], R[V, H], c[V] = zeros
h[0] = zeros(H)
h[t] = tanh(E[x[t]] + U @ h[t-1]) for t in 1..T
p[t] = softmax(R @ h[t] + c) for t in 1..T
output p
l[t] = crossentropy(p[t], y[t]) for t in 1..T
loss J = mean(l)
`
/** What comes next is always clear, but where a word begins. */
const TEXT = 'abc, abc?\r\nad-\r\nabc, ad-\n'.repeat(30)
const trainOn = (...more: string[]): string[] => [
  'train',
  'm.net',
  '--data',
  'book.txt',
  '--rate',
  '0.05',
  ...more,
]

describe('a text', () => {
  test('in samples of so many letters', async () => {
    const dir = folder({ 'm.net': LETTERS, 'book.txt': TEXT })
    const { status, out, err } = await chainrule(
      dir,
      trainOn('--length', '8', '--epochs', '30', '--validation', '0'),
    )
    expect({ status, said: err.split('\n')[0] }).toEqual({
      status: 0,
      said: '86 samples of book.txt: 86 to learn from, 0 to validate with',
    })
    expect(Number(/y: accuracy ([\d.]+) % \(\d+ of 688\)/.exec(out)![1])).toBeGreaterThan(70)
    const { meta } = readParameters(join(dir, 'm.safetensors'))
    // Letters are what they are: blanks, marks for what is missing elsewhere, and ends of lines.
    expect(meta.classes).toEqual({ x: [...'\n ,-?abcd'], y: [...'\n ,-?abcd'] })
  })

  test('in lines of any length, batches of one length each; in one go and in two it comes to the same', async () => {
    const once = folder({ 'm.net': LETTERS, 'book.txt': TEXT })
    await chainrule(once, trainOn('--length', 'lines', '--epochs', '12'))
    const twice = folder({ 'm.net': LETTERS, 'book.txt': TEXT })
    await chainrule(twice, trainOn('--length', 'lines', '--epochs', '5', '--memory', '1'))
    const { status } = await chainrule(twice, [
      'train',
      'm.net',
      '--data',
      'book.txt',
      '--resume',
      '--epochs',
      '12',
    ])
    expect(status).toBe(0)
    const bytes = (dir: string): Buffer => readFileSync(join(dir, 'm.safetensors'))
    expect(bytes(twice).equals(bytes(once))).toBe(true)

    writeFileSync(join(once, 'new.txt'), 'abc\nab\n')
    const predicted = await chainrule(once, [
      'predict',
      'm.net',
      '--params',
      'm.safetensors',
      '--data',
      'new.txt',
    ])
    // After each letter the one that comes next: after an a either.
    expect(predicted.out).toMatch(/^y\n"[bd]c,"\n[bd]c\n$/)
    writeFileSync(join(once, 'new.txt'), 'abz\n')
    expect(
      (await chainrule(once, ['predict', 'm.net', '--params', 'm.safetensors', '--data', 'new.txt'])).err,
    ).toMatch(/^error: line 1, column text: `z` is none of the classes of `x`: /)
  })

  test('the letter behind a sample is the target of a network that tells one', async () => {
    const source = LETTERS.replace('target y[t] : index(V) for t in 1..T', 'target y : index(V)').replace(
      /p\[t\] =[^]*/,
      'p = softmax(R @ h[T] + c)\noutput p\nloss J = crossentropy(p, y)\n',
    )
    const dir = folder({ 'm.net': source, 'book.txt': TEXT })
    const { status, out } = await chainrule(dir, trainOn('--length', '4', '--epochs', '10'))
    expect(status).toBe(0)
    expect(out).toMatch(/of the 34 samples to validate with:\n {2}y: accuracy [^]*\n {2} {2}"\\n" /)
  })

  test('what is wrong with it is told', async () => {
    const said = async (file: string, content: string | Uint8Array, ...more: string[]): Promise<string> => {
      const dir = folder({ 'm.net': LETTERS, [file]: content })
      const { status, err } = await chainrule(dir, [
        'train',
        'm.net',
        '--data',
        file,
        '--epochs',
        '1',
        ...more,
      ])
      expect(status).not.toBe(0)
      return err
    }
    expect(await said('book.txt', TEXT)).toBe(
      'error: `book.txt` is a text: say what a sample of it is.\n  hint: give --length 64 for so many letters, or --length lines for lines\n',
    )
    expect(await said('book.txt', 'short', '--length', '9')).toMatch(
      /^error: `book.txt` has 5 letters, and a sample is 9/,
    )
    expect(await said('book.txt', '', '--length', '9')).toMatch(/^error: `book.txt` is empty/)
    expect(await said('book.txt', Uint8Array.of(97, 0xff, 0xfe, 98), '--length', '1')).toMatch(
      /is no text in UTF-8/,
    )
    expect(await said('rows.csv', 'x,y\n1,2\n', '--length', '4')).toMatch(
      /^error: --length is of texts, and `rows.csv` is a table/,
    )
    expect(await said('book.txt', TEXT, '--length', 'words')).toContain(
      'Write a whole number of at least 1, or lines.',
    )
  })
})

describe('lists in JSON lines', () => {
  /** The sum of what comes: of steps of two numbers, any number of them. */
  const SUM = `dim T
batch B
input x[t][2] for t in 1..T
target y
param W[2], u = 0.5
h[0] = 0
h[t] = u * h[t-1] + dot(W, x[t]) for t in 1..T
output h[T]
loss J = (h[T] − y)²
`
  const row = (i: number): { x: number[][]; y: number } => {
    const x = Array.from({ length: 1 + (i % 4) }, (_, t) => [Math.sin(3 * i + t), Math.cos(5 * i - t)])
    return { x, y: x.reduce((sum, [a, b]) => sum + 2 * a! - b!, 0) }
  }
  const rows = Array.from({ length: 60 }, (_, i) => JSON.stringify(row(i))).join('\n')

  test('of different lengths are learned together, and predicted in their order', async () => {
    const dir = folder({ 'm.net': SUM, 'rows.jsonl': rows })
    const { status, out } = await chainrule(dir, [
      ...['train', 'm.net', '--data', 'rows.jsonl', '--epochs', '200', '--rate', '0.05', '--batch', '8'],
      ...['--validation', '0.1'],
    ])
    expect(status).toBe(0)
    expect(Number(/RMSE ([\d.e-]+)/.exec(out)![1])).toBeLessThan(0.01)
    const predicted = await chainrule(dir, [
      'predict',
      'm.net',
      '--params',
      'm.safetensors',
      '--data',
      'rows.jsonl',
    ])
    const values = predicted.out.trim().split('\n').slice(1).map(Number)
    expect(values).toHaveLength(60)
    values.forEach((v, i) => expect(v).toBeCloseTo(row(i).y, 1))
  })

  test('scaled, a step counts as much as any other; outputs of any length are lists', async () => {
    const source = SUM.replace('target y\n', 'target y[t] for t in 1..T\n').replace(
      /output[^]*/,
      'z[t] = h[t] for t in 1..T\noutput z\nl[t] = (z[t] − y[t])² for t in 1..T\nloss J = mean(l)\n',
    )
    const lists = '{"x": [[10, 0]], "y": [1]}\n{"x": [[20, 0], [30, 4]], "y": [2, 3]}\n'
    const dir = folder({ 'm.net': source, 'rows.jsonl': lists.repeat(4) })
    const { status, err } = await chainrule(dir, [
      ...[
        'train',
        'm.net',
        '--data',
        'rows.jsonl',
        '--epochs',
        '2',
        '--validation',
        '0',
        '--scale',
        'standardise',
      ],
    ])
    expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' })
    const { scaling } = readParameters(join(dir, 'm.safetensors')).meta
    expect(scaling['x']!.shift).toEqual([20, expect.closeTo(4 / 3, 12)])
    const { out } = await chainrule(dir, [
      'predict',
      'm.net',
      '--params',
      'm.safetensors',
      '--data',
      'rows.jsonl',
    ])
    expect(
      out
        .split('\n')
        .slice(1, 3)
        .map((line) => (JSON.parse(line.replaceAll('"', '')) as number[]).length),
    ).toEqual([1, 2])
  })

  test('what does not fit is told with its line', async () => {
    const said = async (line: string): Promise<string> => {
      const dir = folder({ 'm.net': SUM, 'rows.jsonl': `${line}\n` })
      return (await chainrule(dir, ['train', 'm.net', '--data', 'rows.jsonl'])).err
    }
    expect(await said('{"x": [[1, 2], [3]], "y": 1}')).toBe(
      'error: `rows.jsonl`: line 1, the list `x` has 3 numbers, and each of its members has 2.\n  hint: mend the file\n',
    )
    expect(await said('{"x": [], "y": 1}')).toMatch(/line 1, the list `x` has 0 numbers/)
    const two = SUM.replace('target y\n', 'target y[t] for t in 1..T\n').replace(
      '(h[T] − y)²',
      'sum(y) * h[T]',
    )
    const dir = folder({ 'm.net': two, 'rows.jsonl': '{"x": [[1, 2]], "y": [1, 2]}\n' })
    expect((await chainrule(dir, ['train', 'm.net', '--data', 'rows.jsonl'])).err).toMatch(
      /line 1, the list `x` has 1 members and `y` has 2/,
    )
  })
})
