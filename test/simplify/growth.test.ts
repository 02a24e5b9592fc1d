/** Work grows no faster than the program: counted in nodes that the simplifier looks at, never in time. */
import { expect, test } from 'vitest'
import { gradients } from '../../src/derive/gradients.ts'
import { type Simplified, simplify } from '../../src/simplify/index.ts'
import { lowered } from '../lower/lowered.ts'
import { SHAPES } from '../support/shapes.ts'

function simplified(source: string): Simplified {
  const { graph, network, diagnostics } = lowered(source)
  expect(network, diagnostics.map((d) => d.message).join('\n')).toBeDefined()
  const roots = [network!.loss!.node, ...gradients(graph, network!).values()]
  const equations = network!.equations.map((e) => e.node)
  return simplify(graph, roots, equations)
}

test.each(Object.entries(SHAPES))('%s', (_, shape) => {
  const [few, many] = [simplified(shape(8)).work, simplified(shape(16)).work]
  // A budget is spent in the end, however it was spent at first.
  expect(many).toBeLessThan(2 ** 1.3 * few + 4000)
  expect(many).toBeLessThan(20_000)
})

/** There are about 75 laws: each node is asked by what its parts look like which of them to look for. */
test.each(Object.entries(SHAPES))('%s: most laws are refused at sight', (_, shape) => {
  const { work, tried } = simplified(shape(16))
  expect(tried).toBeLessThan(0.6 * work)
})

test('laws that may apply are looked for', () => {
  expect(
    simplified('param a, b\nloss J = exp(a) / (1 + exp(a)) + sin(b)^2 + cos(b)^2').tried,
  ).toBeGreaterThan(2)
})
