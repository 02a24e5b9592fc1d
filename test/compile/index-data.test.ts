/** Positions and counts as data: look-ups, unit vectors, comparisons, and integer arrays at the border of a module. */
import { describe, expect, it } from 'vitest'
import { judgeClaims } from '../../src/claims.ts'
import { analyse, compile } from '../../src/compile.ts'
import { formulas, toText } from '../../src/print/index.ts'
import { traced } from '../../src/trace.ts'
import { nested } from '../../src/interpret/index.ts'

type Value = number | ArrayLike<number>
type Fields = Record<string, Value>
interface Module {
  init(seed: number): Fields
  zeros(): Fields
  loss(params: Fields, data: Fields): number
  backward(params: Fields, data: Fields, grads: Fields): number
  readonly network: { readonly inputs: Record<string, unknown>; readonly targets: Record<string, unknown> }
}

async function load(text: string): Promise<Module> {
  const { code, diagnostics } = compile(text, { target: 'js' })
  expect(diagnostics).toEqual([])
  return (await import(`data:text/javascript;base64,${Buffer.from(code!).toString('base64')}`)) as Module
}

const text = `dim T = 3, V = 5, D = 2, K = 4
batch B
input tok[T] : index(V), len : count(T)
target y : index(K)
input S[V, D] : shared
param E[V, D], W[K, D], v[V]
e = E[tok] * S[tok]
p = softmax(W @ sum(e, axis=1) + where(len > 1, v[tok[2]], 0))
output p
loss J = crossentropy(p, y) + v[tok[1]]^2
`
const spelt = `dim T = 3, V = 5, D = 2, K = 4
batch B
input t[T, V], long
target y[K]
input S[V, D] : shared
param E[V, D], W[K, D], v[V]
e = (t @ E) * (t @ S)
p = softmax(W @ sum(e, axis=1) + where(long > 1, (t @ v)[2], 0))
output p
loss J = crossentropy(p, y) + (t @ v)[1]^2
`
const tok = [0, 4, 4, 2, 1, 3]
const unit = (places: readonly number[], n: number): Float64Array =>
  Float64Array.from({ length: places.length * n }, (_, i) => (places[Math.floor(i / n)] === i % n ? 1 : 0))
const S = Float64Array.from({ length: 10 }, (_, i) => Math.cos(i))
const data = { tok: Int32Array.from(tok), len: Uint8Array.of(1, 3), y: Int8Array.of(3, 0), S }

describe('the module', () => {
  it('computes what unit vectors would', async () => {
    const [m, other] = [await load(text), await load(spelt)]
    const params = m.init(1)
    const grads = m.zeros()
    const wanted = other.zeros()
    const long = Float64Array.of(1, 3)
    const loss = other.backward(params, { t: unit(tok, 5), long, y: unit([3, 0], 4), S }, wanted)
    expect(m.backward(params, data, grads)).toBeCloseTo(loss, 12)
    for (const [name, gradient] of Object.entries(wanted))
      [...(gradient as Float64Array)].forEach((g, i) =>
        expect((grads[name] as Float64Array)[i]).toBeCloseTo(g, 12),
      )
  })

  it.each<[string, Fields, string]>([
    [
      'a negative position',
      { tok: Int32Array.of(0, 1, 2, 3, -1, 0) },
      'tok[4]: expected a whole number from 0 to 4, got -1',
    ],
    [
      'a position behind the end',
      { y: Int32Array.of(0, 4) },
      'y[1]: expected a whole number from 0 to 3, got 4',
    ],
    [
      'a count that is too large',
      { len: Int32Array.of(4, 0) },
      'len[0]: expected a whole number from 0 to 3, got 4',
    ],
    [
      'numbers',
      { y: Float64Array.of(0, 1) },
      'y: expected an Int32Array, or another array of integers, of length 2, got a Float64Array of length 2',
    ],
    ['too few', { y: Int32Array.of(0) }, 'y: expected length 2, got length 1'],
    [
      'a list',
      { tok: [0, 1, 2, 3, 4, 0] },
      'tok: expected an Int32Array, or another array of integers, of length B × 3, got an Array of length 6',
    ],
  ])('refuses %s before anything is written', async (_, changed, message) => {
    const m = await load(text)
    const grads = m.zeros()
    expect(() => m.backward(m.init(1), { ...data, ...changed }, grads)).toThrow(message)
    expect([...(grads['E'] as Float64Array)].every((g) => g === 0)).toBe(true)
  })

  it('takes numbers where there is no batch', async () => {
    const m = await load('target y : index(3)\nparam w[3]\nloss J = crossentropy(softmax(w), y)\n')
    expect(m.loss({ w: Float64Array.of(0, 0, 0) }, { y: 2 })).toBeCloseTo(Math.log(3), 12)
    for (const wrong of [-1, 3, 0.5, NaN])
      expect(() => m.loss({ w: new Float64Array(3) }, { y: wrong })).toThrow(RangeError)
    expect(() => m.loss({ w: new Float64Array(3) }, { y: '1' as unknown as number })).toThrow(TypeError)
  })

  it('says what it takes', async () => {
    const { network } = await load(text)
    expect(network.inputs).toEqual({
      tok: { shape: [3], below: 5 },
      len: { shape: [], below: 4 },
      S: { shape: [5, 2] },
    })
    const { types } = compile(text, { target: 'js' })
    expect(types).toContain('tok: Indices')
    expect(types).toContain('export type Indices = Int8Array | Uint8Array')
  })
})

it('the gradient of a class index is p − e_y', async () => {
  const source = `dim K
input x[2]
target y : index(K)
param W[K, 2]
z = W @ x
p = softmax(z)
loss J = crossentropy(p, y)
claim d(J, z) = p - onehot(y, K)
claim d(J, z) = p
claim p[y] = dot(onehot(y), p)
`
  const { graph, mathematics } = analyse(source)
  expect((await judgeClaims(graph, mathematics!)).map(({ verdict }) => verdict)).toEqual([
    'proved',
    'refuted',
    'proved',
  ])
  const { gradients } = formulas(graph, mathematics!.written)
  expect(gradients.map((line) => `${toText(line.left)} = ${toText(line.right)}`)).toEqual([
    '∂J/∂W = (p − e_y)xᵀ',
  ])
})

it('a worked example takes whole numbers within their range', () => {
  const { at } = traced('target y : index(3)\nparam w[3]\nloss J = w[y]^2\n')
  expect(at({ y: 1, w: [1, 2, 3] }).forward.map(({ value }) => nested(value))).toContain(4)
  expect(() => at({ y: 3, w: [1, 2, 3] })).toThrow('no whole number from 0 to 2')
  expect(() => at({ y: 0.5, w: [1, 2, 3] })).toThrow('no whole number from 0 to 2')
})
