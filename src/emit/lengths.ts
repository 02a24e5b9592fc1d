import { dimsOf } from '../graph/extent.ts'
import type { Network } from '../graph/network.ts'

/** The lengths that are known only at a call: of open dims, and of the batch. */
export const openLengths = ({ dims, batch }: Network): string[] => [
  ...new Set([
    ...[...dims].flatMap(([name, extent]) =>
      typeof extent === 'number' ? [] : dimsOf(extent).includes(name) ? [name] : [],
    ),
    ...(typeof batch === 'string' ? [batch] : []),
  ]),
]
