/** Operations on numbers of loss and all gradients: no more than the best known, and the gradients' graph no larger than it must be. */
import { expect, it } from 'vitest'
import { analyse } from '../src/compile.ts'
import { topological } from '../src/graph/traverse.ts'
import { operations } from '../src/schedule/operations.ts'
import { withSharedExponentials } from '../src/simplify/index.ts'
import { rootsOf } from '../src/stages.ts'
import { closed, read } from './support/examples.ts'

const dense = (head: string): string => `input x[4]
param W1[8, 4], b1[8], W2[3, 8], b2[3]
${head}`

it.each([
  [
    '1-1-1',
    24,
    'input x\ntarget y\nparam w1, b1, w2, b2\na = σ(w1 * x + b1)\nloss J = ½ * (y - (w2 * a + b2))^2',
  ],
  [
    '2-2-1',
    44,
    'input x[2]\ntarget t\nparam W1[2, 2], b1[2], W2[2], b2\nh = σ(W1 @ x + b1)\nloss J = ½ * (h @ W2 + b2 - t)^2',
  ],
  [
    '4-8-3 sigmoid',
    294,
    dense('target t[3]\nh = σ(W1 @ x + b1)\na = σ(W2 @ h + b2)\nloss J = ½ * sum((a - t)^2)'),
  ],
  [
    '4-8-3 tanh, softmax, cross-entropy',
    267,
    dense(
      'target t[3] : simplex\nh = tanh(W1 @ x + b1)\na = softmax(W2 @ h + b2)\nloss J = crossentropy(a, t)',
    ),
  ],
])('%s takes at most %i', (_name, most, source) => {
  const { graph, mathematics } = analyse(source)
  const { simplified } = mathematics!
  const roots = rootsOf(simplified).slice(0, 1 + simplified.gradients.size)
  expect(operations(withSharedExponentials(graph, roots))).toBeLessThanOrEqual(most)
})

it.each(closed)('the gradients of %s are at most five times the loss', (file) => {
  const { mathematics } = analyse(read(file), { filename: file })
  const roots = rootsOf(mathematics!.simplified)
  expect(topological(roots).length).toBeLessThanOrEqual(5 * topological([roots[0]!]).length)
})

it('operations are counted as they are defined', () => {
  const count = (loss: string): number | undefined => {
    const { mathematics } = analyse(`param a, b[2]\nloss J = ${loss}`)
    return operations([mathematics!.simplified.network.loss!.node])
  }
  expect(count('3 * a + 1')).toBe(2)
  expect(count('-a * sin(a)')).toBe(2)
  expect(count('sigmoid(a)')).toBe(3)
  expect(count('a^3 / exp(a)')).toBe(4)
  expect(count('dot(b, b)')).toBe(3)
})
