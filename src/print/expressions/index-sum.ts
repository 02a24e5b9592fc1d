/** Sums over an index, as they are set. */
import { extentText } from '../../graph/extent.ts'
import type { IndexRange } from '../../graph/network.ts'
import { BINDING, type Layout, big, row, sign } from '../layout/layout.ts'
import { indexText } from './names.ts'

/** Σ over an index from one end to the other. */
export const indexSum = ({ index, from, to }: IndexRange, term: Layout): Layout =>
  big(
    row([indexText(index), sign('='), indexText(extentText(from))], BINDING.comparison),
    term,
    indexText(extentText(to)),
  )
