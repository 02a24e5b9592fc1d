/** Statistics of the batch, from the text to the module that is run. */
import { describe, expect, it } from 'vitest'
import { judgeClaims } from '../../src/claims.ts'
import { analyse, compile } from '../../src/compile.ts'
import { nested } from '../../src/interpret/index.ts'
import { formulas, toText } from '../../src/print/index.ts'
import { traced } from '../../src/trace.ts'
import { type Fields, loadCode } from './support.ts'

const batchNorm = `dim D = 3, H = 4, K = 2
batch B
input x[D]
target y[K] : onehot
param W[H, D], g[H], c[H], V[K, H]
hyper eps = 1e-5
z = W @ x
mu = mean(z, over=B)
v = mean((z - mu)^2, over=B)
a = tanh(g * (z - mu) / sqrt(v + eps) + c)
p = softmax(V @ a)
output p
loss J = crossentropy(p, y)
`

const extremes = `batch B
input x[2], s
param w[2], b
h = tanh(w * x) + b
top = max(h, over=B)
low = min(s * h, over=B)
soft = logsumexp(200 * h, over=B)
total = sum(s * h, over=B)
J1 = sum((h - top) * low) + sum(soft) / 100
loss J = J1 + sum(total^2) + max(h, axis=1, over=B)
`

const wave = (n: number, phase: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + phase))

async function run(text: string, data: Fields, batch?: number): Promise<{ loss: number; worst: number }> {
  const { code, diagnostics } = compile(text, { target: 'js', ...(batch === undefined ? {} : { batch }) })
  expect(diagnostics).toEqual([])
  const { init, loss, backward, zeros } = await loadCode(code!)
  const params = init(3)
  const grads = zeros()
  const value = backward(params, data, grads)
  expect(value).toBeCloseTo(loss(params, data), 12)
  const step = 1e-5
  const at = (name: string, index: number, by: number): number => {
    const moved = structuredClone(params)
    if (typeof moved[name] === 'number') moved[name] += by
    else moved[name]![index]! += by
    return loss(moved, data)
  }
  let worst = 0
  for (const [name, gradient] of Object.entries(grads))
    for (const [k, slope] of (typeof gradient === 'number' ? [gradient] : [...gradient]).entries())
      worst = Math.max(worst, Math.abs((at(name, k, step) - at(name, k, -step)) / (2 * step) - slope))
  return { loss: value, worst }
}

const labels = (B: number): Float64Array => Float64Array.from({ length: 2 * B }, (_, i) => (i + (i >> 1)) % 2)

describe('the module', () => {
  it('has the gradients of the whole batch, which go through its mean and its variance', async () => {
    const { worst } = await run(batchNorm, { x: wave(15, 1), y: labels(5) })
    expect(worst).toBeLessThan(1e-8)
  })

  it('of greatest, least, log-sum-exp and sum, without overflow', async () => {
    const { loss, worst } = await run(extremes, { x: wave(8, 2), s: wave(4, 5) })
    expect(loss).toSatisfy(Number.isFinite)
    expect(worst).toBeLessThan(1e-7)
  })

  it('of a batch of fixed length', async () => {
    const data = { x: wave(8, 2), s: wave(4, 5) }
    expect(await run(extremes, data, 4)).toEqual(await run(extremes, data))
  })

  it('has other values where other samples are in the batch', async () => {
    const one = await run(batchNorm, { x: wave(6, 1), y: labels(2) })
    const other = await run(batchNorm, { x: wave(9, 1), y: labels(3) })
    expect(one.loss).not.toBeCloseTo(other.loss, 6)
  })
})

it('formulas have sums over samples, and the index of a sample within them alone', () => {
  const { graph, mathematics } = analyse(batchNorm)
  const found = formulas(graph, mathematics!.written)
  const lines = [...found.forward, ...found.errorTerms, ...found.gradients].map(
    (line) => `${toText(line.left)} = ${toText(line.right)}`,
  )
  expect(lines).toContain('μ = 1/B Σⱼ zⱼ')
  expect(lines).toContain('v = 1/B Σⱼ s_{v,j}²')
  expect(lines).toContain('δ_z = δ_{s_v} − 1/B Σⱼ δ_{s_v,j}')
  expect(lines).toContain('∂J/∂W = δ_z xᵀ')
})

it('claims are of one sample among the others', async () => {
  const text = `batch B
input x[3], y
param w[3]
z = dot(w, x)
s = z - mean(z, over=B)
loss J = (s - y)^2
`
  const claims = [
    'd(J, z) = 2 * (s - y - mean(s - y, over=B))',
    'd(J, w) = 2 * (s - y - mean(s - y, over=B)) * x',
    'mean(s, over=B) = 0',
    'sum(z * mean(z, over=B), over=B) = sum(z, over=B) * mean(z, over=B)',
    'mean(max(z, over=B) + y, over=B) = max(z, over=B) + mean(y, over=B)',
    'd(J, z) = 2 * (s - y)',
    'mean(z^2, over=B) = mean(z, over=B)^2',
    'sum(z, over=B) = mean(z, over=B)',
  ]
  const { graph, mathematics } = analyse(text + claims.map((c) => `claim ${c}\n`).join(''))
  const verdicts = (await judgeClaims(graph, mathematics!)).map(({ verdict }) => verdict)
  expect(verdicts).toEqual([...Array.from({ length: 5 }, () => 'proved'), 'refuted', 'refuted', 'refuted'])
})

it('a worked example is of a whole batch', () => {
  const { at } = traced('batch B\ninput x\nparam w\nz = w * x\nm = mean(z, over=B)\nloss J = (z - m)^2\n')
  const { forward, backward } = at({ x: [1, 3], w: 2 })
  expect(forward.map(({ value }) => nested(value))).toEqual([[2, 6], 4, [4, 4], 4])
  expect(nested(backward.at(-1)!.value)).toBe(4)
})
