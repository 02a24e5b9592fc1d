/** Loops over triangles, prefixes and bands run where their terms are not 0: no condition is left in them, and they compute what loops by hand do. */
import { expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { imported } from '../../src/modules.ts'

interface Made {
  zeros(): Record<string, Float64Array>
  backward(params: object, data: object, grads: object): number
}

const N = 13
const B = 3
const program = (sum: string): string =>
  `dim N = ${N}\nbatch B\ninput x[N]\nparam W[N, N]\nz[i] = ${sum} for i in 1..N\nloss J = sum(z^2) / 2\n`

const cases: readonly (readonly [string, string, (i: number, j: number) => boolean])[] = [
  ['lower', 'sum(W[i, j] * x[j] for j in 1..i)', (i, j) => j <= i],
  ['strictly lower', 'sum(W[i, j] * x[j] for j in 1..i-1)', (i, j) => j < i],
  ['upper', 'sum(W[i, j] * x[j] for j in i..N)', (i, j) => j >= i],
  ['beyond the edge', 'sum(W[i, j] * x[j] for j in i+3..N)', (i, j) => j >= i + 3],
]

const targets = ['js', 'wasm'] as const
test.each(cases)('%s', async (_, sum, holds) => {
  for (const target of targets) {
    const { code } = compile(program(sum), { target, formulas: false })
    const made = (await imported(code!)) as unknown as Made
    const [params, grads] = [made.zeros(), made.zeros()]
    const W = params['W']!
    W.forEach((_, i) => (W[i] = Math.sin(i + 1)))
    const x = Float64Array.from({ length: B * N }, (_, i) => Math.cos(3 * i))
    const right = new Float64Array(N * N)
    let loss = 0
    for (let b = 0; b < B; b++)
      for (let i = 0; i < N; i++) {
        let z = 0
        for (let j = 0; j < N; j++) if (holds(i, j)) z += W[i * N + j]! * x[b * N + j]!
        loss += (z * z) / 2 / B
        for (let j = 0; j < N; j++) if (holds(i, j)) right[i * N + j]! += (z * x[b * N + j]!) / B
      }
    expect(made.backward(params, { x }, grads)).toBeCloseTo(loss, 10)
    grads['W']!.forEach((g, k) => expect(g).toBeCloseTo(right[k]!, 10))
  }
})

test('the loop of a triangle has the bound, and no condition', () => {
  const source = `dim N = 40\nbatch B\ninput x[N]\nparam W[N, N]\nz[i] = sum(W[i, j] * x[j] for j in 1..i) for i in 1..N\noutput z\n`
  const { code } = compile(source, { target: 'c', formulas: false })
  const forward = code!.slice(code!.indexOf('void Network_forward('))
  expect(forward).toMatch(/for \(ptrdiff_t (\w+) = \w+; \1 < \w+ \+ 1; \1\+\+\)/)
  expect(forward).not.toContain('?')
})
