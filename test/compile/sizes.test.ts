/** Every shape of loop that sizes bring about (rests, tiles, straight lines) gives the loss's own slope. */
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/compile.ts'
import { load } from '../schedule/built.ts'
import { LONG } from '../support/campaign.ts'

const BATCH = 'batch B\n'
const SIZES = [1, 2, 3, 5, 9, 13, 17, 18, 22, 23, 26, 33]

const NETWORKS: Record<string, (n: number) => string> = {
  perceptron: (n) =>
    `input x[${n}]\ntarget y[${n}]\nparam W1[${n}, ${n}], b1[${n}], W2[${n}, ${n}], b2[${n}]\n` +
    `h = tanh(W1 @ x + b1)\nloss J = squarederror(W2 @ h + b2, y)`,
  classifier: (n) =>
    `input x[${n}]\ntarget y[${n}]\nparam W1[${n + 1}, ${n}], b1[${n + 1}], W2[${n}, ${n + 1}]\n` +
    `h = relu(W1 @ x + b1)\nloss J = crossentropy(softmax(W2 @ h), y) + 0.01 * sum(W1^2)`,
  attention: (n) =>
    `input X[${n}, ${n}]\nparam Q[${n}, ${n}], K[${n}, ${n}]\n` +
    `A = softmax((X @ Q) @ (X @ K).T)\nloss J = sum(A * A)`,
  tied: (n) =>
    `input x[${n}]\nparam W[${n + 2}, ${n}]\nh = sigmoid(W @ x)\nloss J = squarederror(W.T @ h, x)`,
  extremes: (n) =>
    `input X[${n}, ${n}]\nparam W[${n}, ${n}]\nZ = X @ W\nloss J = sum(max(Z, axis=2)) + sum(min(Z, axis=1)^2)`,
  matrices: (n) =>
    `input X[${n}, ${n}]\nparam W[${n}, ${n}], a[${n}]\n` +
    `M = X @ X.T + 4 * eye(${n}) + W @ W.T\nloss J = a @ inv(M) @ a + logdet(M)`,
}

const size = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1)

describe.each(Object.keys(NETWORKS))('%s', (name) => {
  // With a batch or without, in turns; both of each size in the long campaign.
  const heads = (i: number): readonly string[] => (LONG ? ['', BATCH] : [i % 2 === 0 ? '' : BATCH])
  it.each(SIZES.flatMap((n, i) => heads(i).map((head) => [n, head] as const)))('size %i %j', (n, head) => {
    const { code, network } = compile(head + NETWORKS[name]!(n), {
      filename: 'a.net',
      target: 'js',
      formulas: false,
    })
    const module = load(code!)
    const params = module.init(3) as Record<string, Float64Array>
    const samples = head === '' ? 1 : 3
    const data = Object.fromEntries(
      network!.data.map(({ symbol }, k) => {
        const length = size(symbol.shape as number[]) * samples
        return [symbol.name, Float64Array.from({ length }, (_, i) => Math.sin(1.7 * i + n + k))]
      }),
    )
    const grads = module.zeros() as Record<string, Float64Array>
    const loss = module.backward(params, data, grads)
    // The slope along one direction through all entries, by differences and by the gradient.
    const along = (t: number): Record<string, Float64Array> =>
      Object.fromEntries(
        Object.entries(params).map(([key, v]) => [key, v.map((x, i) => x + t * Math.sin(0.7 * i + 1))]),
      )
    const slope = Object.values(grads).reduce(
      (sum, v) => v.reduce((s, x, i) => s + x * Math.sin(0.7 * i + 1), sum),
      0,
    )
    const difference = (module.loss(along(1e-6), data) - module.loss(along(-1e-6), data)) / 2e-6
    expect(Math.abs(slope - difference)).toBeLessThan(1e-4 * Math.max(1, Math.abs(loss), Math.abs(slope)))
    const stepped = along(0)
    expect(module.step(stepped, data, 0.1)).toBeCloseTo(loss, 9)
    for (const [key, v] of Object.entries(stepped))
      v.forEach((x, i) =>
        expect(Math.abs(x - (params[key]![i]! - 0.1 * grads[key]![i]!))).toBeLessThan(
          1e-9 * Math.max(1, Math.abs(loss)),
        ),
      )
    module.forward(params, data)
  })
})
