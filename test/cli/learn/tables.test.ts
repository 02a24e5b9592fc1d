/** Tables of every kind, as people have them, and with all that is wrong with them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openTable } from '../../../src/cli/learn/open.ts'
import type { Row } from '../../../src/cli/learn/table.ts'
import { Problem } from '../../../src/cli/problem.ts'
import { folder } from '../support.ts'

async function read(
  files: Readonly<Record<string, string | Uint8Array>>,
  data: readonly string[] = Object.keys(files),
  options: { delimiter?: string; header?: boolean } = {},
): Promise<{ columns: string[]; rows: unknown[][]; places: string[] }> {
  const dir = folder(files)
  const table = await openTable(
    data.map((d) => d.replace(/^([^=]+=)?/, (name) => `${name}${dir}/`)),
    { header: true, ...options },
    ['x', 'y'],
  )
  const rows: Row[] = []
  for await (const row of table.rows()) rows.push(row)
  return {
    columns: table.columns.map((c) => c.name),
    rows: rows.map((r) => r.cells.map((c) => (ArrayBuffer.isView(c) ? [...(c as Float64Array)] : c))),
    places: rows.map((r) => r.place),
  }
}

/** What is said, without the folder. */
const wrong = async (...args: Parameters<typeof read>): Promise<string> => {
  try {
    await read(...args)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return `${error.message} ${error.hint ?? ''}`.replace(/\/[^`, ]*chainrule-test-[^/]*\//g, '').trim()
  }
  throw new Error('nothing was wrong')
}

test('CSV: quotes, commas and line breaks in cells, a byte-order mark, lines of Windows, empty lines', async () => {
  const text = '\ufeffname,"a ""b"" c",n\r\n"x, y",1,2\r\n\r\n"two\r\nlines",3,4\r\n'
  expect(await read({ 'a.csv': text })).toEqual({
    columns: ['name', 'a "b" c', 'n'],
    rows: [
      ['x, y', '1', '2'],
      ['two\r\nlines', '3', '4'],
    ],
    places: ['line 2', 'line 4'],
  })
})

test('TSV, another delimiter, no header, packed', async () => {
  expect((await read({ 'a.tsv': 'a\tb\n1\t2\n' })).rows).toEqual([['1', '2']])
  expect((await read({ 'a.csv': 'a;b\n1;2\n' }, ['a.csv'], { delimiter: ';' })).columns).toEqual(['a', 'b'])
  expect(await read({ 'a.csv': '1,2\n3,4\n' }, ['a.csv'], { header: false })).toEqual({
    columns: ['1', '2'],
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
    places: ['line 1', 'line 2'],
  })
  expect((await read({ 'a.csv.gz': gzipSync('a\n1\n') })).rows).toEqual([['1']])
})

test.each([
  ['nothing', { 'a.csv': '' }, '`a.csv` is empty: there is no row to learn from.'],
  ['a ragged row', { 'a.csv': 'a,b\n1,2\n3\n' }, '`a.csv`, line 3: there are 1 cells, and 2 columns.'],
  ['an open quote', { 'a.csv': 'a,b\n1,"2\n3,4\n' }, 'a quote is opened and never closed'],
  ['twins', { 'a.csv': 'a,b,a\n1,2,3\n' }, '`a.csv` has two columns called `a`.'],
  ['no names', { 'a.csv': '1,2\n3,4\n' }, 'is all numbers (1, 2), so it names no columns. give --no-header'],
  ['semicolons', { 'a.csv': 'a;b\n1;2\n' }, "try --delimiter ';'"],
  ['no ending', { table: 'a,b\n' }, 'has no ending that says what it is'],
  ['half a .gz', { 'a.csv.gz': gzipSync('a\n1\n').subarray(0, 18) }, 'it is no whole .gz file'],
  ['JSON that is none', { 'a.jsonl': '{"a": 1}\n{"a": }\n' }, '`a.jsonl`, line 2: it is not JSON'],
  ['JSON of lists', { 'a.jsonl': '[1]\n' }, 'line 1: it is no object such as'],
  ['an array without a name', { 'a.npy': 'x' }, '`a.npy` is one tensor: say whose. write such as --data x='],
  ['an empty array', { 'x.npy': '' }, '`x.npy` is empty', ['x=x.npy']],
  ['no .npy', { 'x.npy': 'something' }, 'it does not begin as .npy files do', ['x=x.npy']],
  ['no IDX', { 'x.idx': 'something' }, 'it does not begin as IDX files do', ['x=x.idx']],
  ['a table among arrays', { 'x.idx': 'a', 'a.csv': 'a\n1\n' }, 'it stands alone', ['x=x.idx', 'a.csv']],
] as const)('%s is told', async (_, files, sentence, data?: readonly string[]) => {
  expect(await wrong(files, data)).toContain(sentence)
})

test('a file that is not there, and a folder', async () => {
  const dir = folder()
  const open = (path: string) => openTable([path], { header: true }, ['x'])
  await expect(open(join(dir, 'a.csv'))).rejects.toThrow('There is no file')
  writeFileSync(join(dir, 'b.csv'), 'a\n1\n')
  await expect(open(`${dir}.csv`)).rejects.toThrow('There is no file')
})

test('JSON lines: the names of the first line, lists in lists, what is left out', async () => {
  const text = '{"x": [[1, 2], [3, null]], "y": "a"}\n\n{"y": "b", "x": [5], "z": 1}\n{"x": 1}\n'
  expect(await read({ 'a.jsonl': text })).toEqual({
    columns: ['x', 'y'],
    rows: [
      [[1, 2, 3, null], 'a'],
      [[5], 'b'],
      [1, undefined],
    ],
    places: ['line 1', 'line 3', 'line 4'],
  })
})

/** As numpy.save writes it. */
function npy(descr: string, shape: readonly number[], bytes: Uint8Array, order = 'False'): Buffer {
  const head = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  const padded = head.padEnd(Math.ceil((head.length + 11) / 64) * 64 - 11) + '\n'
  const length = Buffer.alloc(2)
  length.writeUInt16LE(padded.length)
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(padded), bytes])
}
const bytesOf = (array: Float64Array | Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(array.buffer)

test('.npy: doubles, singles, whole numbers, several files as one table', async () => {
  const files = {
    'x.npy': npy('<f8', [2, 1, 2], bytesOf(Float64Array.of(1, 2, 3, 4.5))),
    'z.npy': npy('<f4', [2], bytesOf(Float32Array.of(0.5, -1))),
    'y.npy': npy('<i8', [2], bytesOf(BigInt64Array.of(7n, -8n))),
  }
  expect(await read(files, ['x=x.npy', 'z=z.npy', 'y=y.npy'])).toEqual({
    columns: ['x', 'z', 'y'],
    rows: [
      [[1, 2], 0.5, 7],
      [[3, 4.5], -1, -8],
    ],
    places: ['sample 1', 'sample 2'],
  })
  const big = npy('>i2', [2], Uint8Array.of(1, 0, 255, 255))
  expect((await read({ 'x.npy': big }, ['x=x.npy'])).rows).toEqual([[256], [-1]])
})

test('arrays that do not fit are told', async () => {
  const one = npy('|u1', [1], Uint8Array.of(1))
  const two = npy('|u1', [2], Uint8Array.of(1, 2))
  expect(await wrong({ 'x.npy': one, 'y.npy': two }, ['x=x.npy', 'y=y.npy'])).toContain(
    'has 1 samples and `y.npy` has 2',
  )
  const short = npy('<f8', [2, 2], new Uint8Array(24))
  expect(await wrong({ 'x.npy': short }, ['x=x.npy'])).toContain('it ends within sample 2 of 2')
  const long = npy('|u1', [1], new Uint8Array(2))
  expect(await wrong({ 'x.npy': long }, ['x=x.npy'])).toContain('it goes on behind its 1 samples')
  const turned = npy('<f8', [1, 2], new Uint8Array(16), 'True')
  expect(await wrong({ 'x.npy': turned }, ['x=x.npy'])).toContain('in the order of Fortran')
  const words = npy('<U5', [1], new Uint8Array(20))
  expect(await wrong({ 'x.npy': words }, ['x=x.npy'])).toContain('is not of plain numbers')
})

test('IDX, also under the names of MNIST', async () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 255)
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 0)
  const files = { 'train-images-idx3-ubyte.gz': gzipSync(images), 'labels.idx': labels }
  expect((await read(files, ['x=train-images-idx3-ubyte.gz', 'y=labels.idx'])).rows).toEqual([
    [[9, 8], 5],
    [[7, 255], 0],
  ])
})
