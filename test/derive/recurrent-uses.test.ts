/** The chain rule at a general index: from the contributions of all uses alone come the gradients of the unrolled network. */
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { indexCases } from '../../src/derive/indices.ts'
import { type IndexedValue, RecurrentUses } from '../../src/derive/recurrent-uses.ts'
import type { IndexedTerm, Recurrent } from '../../src/derive/recurrent.ts'
import { checkDepths } from '../../src/depths.ts'
import { type Extent, openExtent } from '../../src/graph/extent.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { memberParts } from '../../src/graph/member.ts'
import type { Node, SymbolNode } from '../../src/graph/node.ts'
import { replaced } from '../../src/simplify/index.ts'

const folder = new URL('../cases/depths/', import.meta.url)
const files = readdirSync(folder).filter((f) => f.endsWith('.net') && !f.startsWith('abstract'))

/** Every value of a block as an error term of its own, made from its uses. */
function fromUses(graph: Graph, recurrent: Recurrent): Recurrent {
  const uses = new RecurrentUses(graph, recurrent, (node) => node)
  const loss = recurrent.network.loss!.node
  const adjoint = (value: IndexedValue, at: Extent): Node => {
    const parts = uses.usesOf(value, at).map(({ user, seed, sent }) => {
      if (user.block || user.node === loss) return sent
      return replaced(
        graph,
        sent,
        new Map([[seed, adjoint(user, memberParts(user.equation)?.indices[0] ?? 0)]]),
      )
    })
    return graph.addAll(parts, uses.seedAt(value, at).shape)
  }
  const errorTerms = uses.values.flatMap((value): IndexedTerm[] => {
    const { block, node, equation } = value
    if (!block) return []
    const general = openExtent(block.index)
    const cases = indexCases(block, general, 2, 2).map(({ at, range }) => ({
      at,
      range,
      node: adjoint(value, at),
      sums: [],
    }))
    return [{ symbol: (uses.seedAt(value, general) as SymbolNode).symbol, of: node, name: equation, cases }]
  })
  const inBlocks = new Set(recurrent.network.recurrences.flatMap((r) => r.equations.map((e) => e.name)))
  const outside = recurrent.errorTerms.filter((term) => !inBlocks.has(term.name))
  return { ...recurrent, errorTerms: [...errorTerms, ...outside] }
}

/** In these one value is made of all members. */
const WHOLE = ['heun.net', 'states.net']

test.each(WHOLE)('%s: there is no such rule for all members at once', (file) => {
  const source = readFileSync(new URL(file, folder), 'utf8')
  const { graph, recurrent } = analyse(source, { filename: file, recurrences: true })
  expect(() => fromUses(graph, recurrent!)).toThrow('all members are used at once')
})

test.each(files.filter((file) => !WHOLE.includes(file)))('%s', (file) => {
  const source = readFileSync(new URL(file, folder), 'utf8')
  const { graph, recurrent } = analyse(source, { filename: file, recurrences: true })
  const checks = checkDepths(source, { filename: file }, fromUses(graph, recurrent!))
  expect(checks.length).toBeGreaterThan(0)
  for (const { errors } of checks) {
    expect(errors.size).toBeGreaterThan(0)
    for (const [name, error] of errors) expect(error, name).toBeLessThan(1e-10)
  }
})
