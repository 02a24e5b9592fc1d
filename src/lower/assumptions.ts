import { report } from '../base/messages.ts'
import { nearest } from '../base/spelling.ts'
import type { Shape } from '../graph/extent.ts'
import type { Assumption } from '../graph/node.ts'
import type { DataDeclaration } from '../syntax/tree.ts'
import type { Context } from './context.ts'
import { texts } from './shapes.ts'

/** What an assumption asks of a shape, as the rest of a sentence; nothing where it fits. */
type Fits = (shape: Shape) => string | undefined

const any: Fits = () => undefined
// As softmax does, they speak of the entries along the last axis: of each row, where there are rows.
const distribution: Fits = (shape) =>
  shape.length === 0 ? 'it is a scalar, and the entries of a vector must sum to 1' : undefined
const square: Fits = (shape) =>
  shape.length === 2 && shape[0] === shape[1]
    ? undefined
    : `it is ${shape.length === 0 ? 'a scalar' : `[${texts(shape).join(', ')}]`}, not a square matrix`

const ASSUMPTIONS: ReadonlyMap<string, { readonly name: Assumption; readonly fits: Fits }> = new Map(
  (
    [
      { name: 'onehot', fits: distribution },
      { name: 'simplex', fits: distribution },
      { name: 'binary', fits: any },
      { name: 'positive', fits: any },
      { name: 'nonnegative', fits: any },
      { name: 'symmetric', fits: square },
    ] as const
  ).map((row) => [row.name, row]),
)

/** The assumptions of a declaration; reports those that are unknown or do not fit its shape (where that is known). */
export function assumptionsOf(
  ctx: Context,
  { name, assumptions }: DataDeclaration,
  shape: Shape | undefined,
): ReadonlySet<Assumption> {
  const found = new Set<Assumption>()
  for (const { text, span } of assumptions) {
    const row = ASSUMPTIONS.get(text)
    if (!row) {
      report(ctx.diagnostics, 'unknown-assumption', span, {
        name: text,
        known: [...ASSUMPTIONS.keys()],
        nearest: nearest(text, ASSUMPTIONS.keys()),
      })
      continue
    }
    const reason = shape && row.fits(shape)
    if (reason)
      report(ctx.diagnostics, 'assumption-misfit', span, { name: name.text, assumption: text, reason })
    else found.add(row.name)
  }
  return found
}
