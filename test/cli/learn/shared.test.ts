/** Data that all samples share: given as arrays of their own, and stored with the parameters. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chainrule, folder } from '../support.ts'

/** Values on the nodes of a graph, each with those of its neighbours; `s` picks the node that is told. */
const GRAPH = `dim N
batch B
input A[N, N] : shared
input s : index(N), shared
input x[N]
target y
param w = 0.1, v = 0.1
h = w * x + v * (A @ x)
ŷ = h[s]
output ŷ
loss L = (ŷ − y)²
`
/** y = 2 x₂ + 3 (x₁ + x₃), the sum of its neighbours. */
const table = (count = 30): string =>
  `x1,x2,x3,y\n${Array.from({ length: count }, (_, i) => {
    const [a, b, c] = [Math.sin(i), Math.cos(2 * i), Math.sin(3 * i + 1)]
    return `${a},${b},${c},${2 * b + 3 * (a + c)}`
  }).join('\n')}\n`
const ARRAYS = { 'a.csv': '0,1,0\n1,0,1\n0,1,0\n', 's.json': '1' }
const TRAIN = ['train', 'g.net', '--data', 'g.csv', '--optimizer', 'sgd', '--rate', '0.1', '--batch', '2']
const SHARED = ['--shared', 'A=a.csv', '--shared', 's=s.json']
const graph = (): string => folder({ 'g.net': GRAPH, 'g.csv': table(), ...ARRAYS })

test('a graph and an index are given once, and not again to go on or to predict', async () => {
  const dir = graph()
  const trained = await chainrule(dir, [...TRAIN, ...SHARED, '--epochs', '15'])
  expect(trained).toMatchObject({ status: 0 })
  expect(Number(/RMSE ([^, ]+)/.exec(trained.out)![1])).toBeLessThan(1e-6)
  const predict = ['predict', 'g.net', '--params', 'g.safetensors', '--data', 'g.csv']
  const values = (out: string): number[] => out.trim().split('\n').slice(1).map(Number)
  const first = values((await chainrule(dir, predict)).out)[1]!
  expect(first).toBeCloseTo(Number(table().split('\n')[2]!.split(',')[3]), 6)
  // Another node: y = 2 x₁ + 3 x₂.
  writeFileSync(join(dir, 's.json'), '0')
  const other = values((await chainrule(dir, [...predict, '--shared', 's=s.json'])).out)[1]!
  expect(other).toBeCloseTo(2 * Math.sin(1) + 3 * Math.cos(2), 6)

  const once = readFileSync(join(dir, 'g.safetensors'))
  const parts = graph()
  await chainrule(parts, [...TRAIN, ...SHARED, '--epochs', '6'])
  expect(await chainrule(parts, [...TRAIN, '--resume', '--epochs', '15'])).toMatchObject({ status: 0 })
  expect(readFileSync(join(parts, 'g.safetensors')).equals(once)).toBe(true)
  writeFileSync(join(parts, 'a.csv'), '0,1,1\n1,0,1\n1,1,0\n')
  expect((await chainrule(parts, [...TRAIN, ...SHARED, '--resume'])).err).toContain('other data')
})

test('in binary and as lists of JSON it is the same', async () => {
  const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), }".padEnd(117, ' ') + '\n'
  const numbers = new Uint8Array(Float64Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0).buffer)
  const npy = Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00v\x00${header}`, 'latin1'), numbers])
  const dir = folder({
    'g.net': GRAPH,
    'g.csv': table(),
    ...ARRAYS,
    'a.npy': npy,
    'a.json': '[[0,1,0],[1,0,1],[0,1,0]]',
  })
  const files: Buffer[] = []
  for (const file of ['a.csv', 'a.npy', 'a.json']) {
    const args = [...TRAIN, '--shared', `A=${file}`, '--shared', 's=s.json', '--epochs', '3']
    expect(await chainrule(dir, args)).toMatchObject({ status: 0 })
    files.push(readFileSync(join(dir, 'g.safetensors')))
  }
  expect(files[1]!.equals(files[0]!)).toBe(true)
  expect(files[2]!.equals(files[0]!)).toBe(true)
})

test('what is wrong with it is told', async () => {
  const dir = folder({
    'g.net': GRAPH,
    'g.csv': table(),
    ...ARRAYS,
    'wide.csv': '0,1\n1,0\n0,0\n',
    'word.csv': '0,1,0\n1,no,1\n0,1,0\n',
    'ragged.json': '[[1,2],[3]]',
    'far.json': '3',
    'a.txt': '1',
  })
  const said = async (...shared: string[]): Promise<string> => {
    const { status, err } = await chainrule(dir, [...TRAIN, ...shared.flatMap((s) => ['--shared', s])])
    expect(status).not.toBe(0)
    return err
  }
  expect(await said()).toContain('`A` is shared by all samples: no row of a table gives it')
  expect(await said('x=a.csv')).toContain('gives no data that samples share')
  expect(await said('A=wide.csv', 's=s.json')).toContain('is 3 × 2, and the network has N × N')
  expect(await said('A=word.csv', 's=s.json')).toContain('line 2: `no` is no number')
  expect(await said('A=ragged.json', 's=s.json')).toContain('its lists are of different lengths')
  expect(await said('A=a.csv', 's=far.json')).toContain('whole numbers from 0 to 2')
  expect(await said('A=a.txt', 's=s.json')).toContain('has no ending')
  expect(await said('A=none.csv', 's=s.json')).toContain('There is no file')
})
