/** Programs of open lengths, where a command needs every member: which dims are open, and what data say of them. */
import { type AnalyseOptions, analyse } from '../compile.ts'
import { openExtent } from '../graph/extent.ts'
import { type Network, openDims } from '../graph/network.ts'

/** The network of a program that is right but for lengths that are open; undefined of others. */
export function openNetwork(text: string, options: AnalyseOptions): Network | undefined {
  const { recurrent, mathematics } = analyse(text, { ...options, recurrences: true, kept: Infinity })
  const network = recurrent?.network ?? mathematics?.written.network
  return network && openDims(network).length > 0 ? network : undefined
}

/** The lengths that nested lists have where a dim alone is one. */
export function lengthsFrom(
  network: Network,
  values: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { symbol } of [...network.data, ...network.params]) {
    let value: unknown = values[symbol.name]
    for (const extent of symbol.shape) {
      if (!Array.isArray(value)) break
      const name = [...network.dims.keys()].find((dim) => openExtent(dim) === extent)
      if (name !== undefined) found.set(name, value.length)
      value = (value as unknown[])[0]
    }
  }
  return found
}
