/** Programs of open lengths, where a command needs every member: which dims are open, and what data say of them. */
import { type AnalyseOptions, analyse } from '../compile.ts'
import { addExtents, distance, openExtent } from '../graph/extent.ts'
import { familyOf } from '../graph/member.ts'
import { type Network, openDims } from '../graph/network.ts'

/** The network of a program that is right but for lengths that are open; undefined of others. */
export function openNetwork(text: string, options: AnalyseOptions): Network | undefined {
  const { recurrent, mathematics } = analyse(text, { ...options, recurrences: true, kept: Infinity })
  const network = recurrent?.network ?? mathematics?.written.network
  return network && openDims(network).length > 0 ? network : undefined
}

/** The lengths that nested lists tell where an axis is as long as a dim, or longer by a number. */
export function lengthsFrom(
  network: Network,
  values: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { symbol, range } of [...network.data, ...network.params]) {
    let value: unknown = values[range ? familyOf(symbol.name) : symbol.name]
    const members = range ? [addExtents(addExtents(range.to, range.from, -1), 1)] : []
    for (const extent of [...members, ...symbol.shape]) {
      if (!Array.isArray(value)) break
      for (const dim of network.dims.keys()) {
        const more = distance(openExtent(dim), extent)
        if (more !== undefined) found.set(dim, value.length - more)
      }
      value = (value as unknown[])[0]
    }
  }
  return found
}
