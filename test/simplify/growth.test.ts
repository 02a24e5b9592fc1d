/** Work grows no faster than the program: counted in nodes that the simplifier looks at, never in time. */
import { expect, test } from 'vitest'
import { gradients } from '../../src/derive/gradients.ts'
import { simplify } from '../../src/simplify/index.ts'
import { lowered } from '../lower/lowered.ts'
import { SHAPES } from '../support/shapes.ts'

function workOf(source: string): number {
  const { graph, network, diagnostics } = lowered(source)
  expect(network, diagnostics.map((d) => d.message).join('\n')).toBeDefined()
  const roots = [network!.loss.node, ...gradients(graph, network!).values()]
  const equations = network!.equations.map((e) => e.node)
  return simplify(graph, roots, equations).work
}

test.each(Object.entries(SHAPES))('%s', (_, shape) => {
  const [few, many] = [workOf(shape(8)), workOf(shape(16))]
  // A budget is spent in the end, however it was spent at first.
  expect(many).toBeLessThan(2 ** 1.3 * few + 4000)
  expect(many).toBeLessThan(20_000)
})
