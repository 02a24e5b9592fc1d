/** How large a network is as scalars. */
import type { Node, Scan } from '../graph/node.ts'
import { valuesInOrder } from '../graph/traverse.ts'
import { countScalars } from './scalarise.ts'
import type { Tuning } from './tuning.ts'

/** The most scalar operations of a network that is no loops, if its values have so many entries on average. */
export const mostScalarsOf = (
  batch: string | number | undefined,
  { mostScalars: { single, batch: several, short } }: Tuning,
  mean = Infinity,
): number =>
  Math.max(batch === undefined || batch === 1 ? single : several, mean < short.mean ? short.most : 0)

/**
 * The scalar operations of values with all recurrences among them written out, roughly, one by one; infinite where an extent is open, and
 * where a place is known only when the code runs.
 */
export function countWrittenOut(roots: readonly Node[]): number {
  const count = (values: Iterable<Node>): number => {
    const scans = new Set<Scan>()
    let sum = 0
    for (const n of values)
      if (n.kind === 'scan') scans.add(n.scan)
      else if (!isKnownPlace(n)) sum += countScalars([n])
    for (const { length, inside } of scans)
      sum += typeof length === 'number' ? length * count(inside) : Infinity
    return sum
  }
  return count(valuesInOrder(roots))
}

/** Where indices of recurrences are numbers, what compares them is one. */
const isKnownPlace = (n: Node): boolean =>
  n.kind === 'bracket' && n.args.every((a) => a.kind === 'symbol' && a.symbol.role === 'index')
