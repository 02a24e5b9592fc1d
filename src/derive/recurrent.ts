/** The formulas of a network for a general value of the index of its recurrences. */
import type { Network } from '../graph/network.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import type { Case, IndexSum } from './indices.ts'

/** ∂loss/∂(a value), for every index. */
export interface IndexedTerm {
  /** The adjoint as the formulas name it, at its general index. */
  readonly symbol: Symbol
  /** The value by which the loss is differentiated, at the general index, and the equation in which it stands. */
  readonly of: Node
  readonly name: string
  readonly cases: readonly Case[]
}

export interface Recurrent {
  readonly network: Network
  /** The member that is differentiated; the loss if absent. */
  readonly of?: string
  /** Of equations, by their names, those that are written with sums over indices. */
  readonly sums?: ReadonlyMap<string, Case>
  /** What symbols within formulas stand for: sums over another index. */
  readonly inner?: ReadonlyMap<Node, IndexSum>
  readonly errorTerms: readonly IndexedTerm[]
  readonly gradients: readonly { readonly symbol: Symbol; readonly cases: readonly Case[] }[]
}

/** Each error term after those that its formulas use at the same index; otherwise as they come. */
export function inOrder(g: Graph, terms: readonly IndexedTerm[]): IndexedTerm[] {
  const byNode = new Map(terms.map((term) => [g.symbol(term.symbol), term]))
  const ordered = new Set<IndexedTerm>()
  const seen = new Set<IndexedTerm>()
  const stack = [...terms].reverse()
  while (stack.length > 0) {
    const term = stack[stack.length - 1]!
    if (seen.has(term)) {
      ordered.add(term)
      stack.pop()
      continue
    }
    seen.add(term)
    for (const n of topological(term.cases.flatMap((c) => [c.node, ...c.sums.map((s) => s.node)]))) {
      const used = byNode.get(n)
      if (used && !seen.has(used)) stack.push(used)
    }
  }
  return [...ordered]
}
