/** Recurrences that are the same for all samples of a batch: whether they are is known when all of their formulas are. */
import type { Graph } from '../graph/graph.ts'
import type { Node, SymbolNode } from '../graph/node.ts'
import { type ScanParts, completed } from '../graph/scan.ts'
import { replaced, transform } from '../graph/traverse.ts'

/** With members that have no samples, where nothing from outside has any; so are the recurrences within its steps. */
export function shared<P extends ScanParts>(graph: Graph, parts: P): P {
  const { outside } = completed(parts)
  const samples = parts.reads.filter(({ symbol }) => symbol.samples !== undefined)
  if (samples.length === 0 || outside.some((n) => n.samples !== undefined)) return parts
  const own = parts.reads.map(({ symbol }) => {
    const { samples: _, ...rest } = symbol.symbol
    return graph.symbol({ ...rest, name: `${rest.name} shared` }) as SymbolNode
  })
  const images = new Map<Node, Node>(parts.reads.map((r, k) => [r.symbol, own[k]!]))
  return {
    ...parts,
    reads: parts.reads.map((r, k) => ({ ...r, symbol: own[k]! })),
    bodies: transform(graph, replaced(graph, parts.bodies, images), (n) =>
      n.kind === 'scan' ? graph.scan(shared(graph, n.scan))[n.which]! : n,
    ),
  }
}
