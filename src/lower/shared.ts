/** Recurrences that are the same for all samples of a batch: whether they are is known when all of their formulas are. */
import type { Graph } from '../graph/graph.ts'
import type { Node, SymbolNode } from '../graph/node.ts'
import { type ScanParts, completed } from '../graph/scan.ts'
import { replaced, transform } from '../graph/traverse.ts'

/** With members that have no samples, where nothing from outside has any; so are the recurrences within its steps. */
export function shared<P extends ScanParts>(graph: Graph, parts: P): P {
  const { outside } = completed(parts)
  const seen = [...parts.reads, ...parts.histories].map(({ symbol }) => symbol)
  if (seen.every(({ samples }) => samples === undefined) || outside.some((n) => n.samples !== undefined))
    return parts
  const images = new Map<Node, SymbolNode>(
    seen.map((symbol) => {
      const { samples: _, ...rest } = symbol.symbol
      return [symbol, graph.symbol({ ...rest, name: `${rest.name} shared` }) as SymbolNode]
    }),
  )
  return {
    ...parts,
    reads: parts.reads.map((r) => ({ ...r, symbol: images.get(r.symbol)! })),
    histories: parts.histories.map((h) => ({ ...h, symbol: images.get(h.symbol)! })),
    bodies: transform(graph, replaced(graph, parts.bodies, images), (n) =>
      n.kind === 'scan' ? graph.scan(shared(graph, n.scan))[n.which]! : n,
    ),
  }
}
