/** How the compiler's work grows with programs: exponents, by nodes looked at, with time and memory beside them. */
import { expect, test } from 'vitest'
import { gradients } from '../../src/derive/gradients.ts'
import { simplify } from '../../src/simplify/index.ts'
import { lowered } from '../lower/lowered.ts'
import { SHAPES } from '../support/shapes.ts'

function measured(source: string): { work: number; nodes: number; seconds: number; megabytes: number } {
  const before = process.cpuUsage()
  const { graph, network } = lowered(source)
  const roots = [network!.loss!.node, ...gradients(graph, network!).values()]
  const equations = network!.equations.map((e) => e.node)
  const { work } = simplify(graph, roots, equations)
  return {
    work,
    nodes: graph.size,
    seconds: process.cpuUsage(before).user / 1e6,
    megabytes: process.memoryUsage().heapUsed / 1e6,
  }
}

test.each(Object.entries(SHAPES))('%s', (name, shape) => {
  const sizes = [16, 32, 64]
  const rows = sizes.map((n) => measured(shape(n)))
  for (const [i, r] of rows.entries())
    console.log(
      `${name}, n = ${sizes[i]}: ${r.work} nodes looked at, ${r.nodes} made, ${r.seconds.toFixed(2)} s, ${r.megabytes.toFixed(0)} MB`,
    )
  const exponent = (few: number, many: number): number => Math.log2(many / few)
  expect(exponent(rows[1]!.work, rows[2]!.work)).toBeLessThan(1.3)
})
