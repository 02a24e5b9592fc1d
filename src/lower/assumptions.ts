import { report } from '../base/messages.ts'
import { nearest } from '../base/spelling.ts'
import type { Extent, Shape } from '../graph/extent.ts'
import type { Assumption } from '../graph/node.ts'
import type { Assumption as Written, DataDeclaration } from '../syntax/tree.ts'
import { check } from './check.ts'
import type { Context, Env } from './context.ts'
import { extentOf } from './extents.ts'
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

/** What else a declaration may say of data: not what their values are like, but what they are. */
const KINDS = ['shared', 'index', 'count']

/** What is said of a datum behind its colon. */
export interface Assumed {
  readonly assumptions: ReadonlySet<Assumption>
  /** One tensor for all samples of a batch. */
  readonly shared: boolean
  /** Its entries are whole numbers: positions along an axis of this length, or counts up to it. */
  readonly whole: { readonly kind: 'index' | 'count'; readonly extent: Extent } | undefined
}

/** The assumptions of a declaration; reports those that are unknown or do not fit its shape (where that is known). */
export function assumptionsOf(
  ctx: Context,
  env: Env,
  { name, assumptions }: DataDeclaration,
  role: 'input' | 'target' | 'param',
  shape: Shape | undefined,
): Assumed {
  const found = new Set<Assumption>()
  let shared = false
  let whole: Assumed['whole']
  const misfit = ({ text, span }: Written, reason: string): void =>
    report(ctx.diagnostics, 'assumption-misfit', span, { name: name.text, assumption: text, reason })
  for (const said of assumptions) {
    const { text, span, argument } = said
    const row = ASSUMPTIONS.get(text)
    const known = [...ASSUMPTIONS.keys(), ...KINDS]
    if (!known.includes(text)) {
      report(ctx.diagnostics, 'unknown-assumption', span, {
        name: text,
        known,
        nearest: nearest(text, known),
      })
      continue
    }
    const counts = text === 'index' || text === 'count'
    if (counts !== (argument !== undefined)) {
      report(ctx.diagnostics, 'assumption-argument', span, { name: text, takes: counts })
      continue
    }
    if (row) {
      const reason = shape && row.fits(shape)
      if (reason) misfit(said, reason)
      else found.add(row.name)
    } else if (role === 'param') misfit(said, 'it is learned, and only data can be')
    else if (text === 'shared') shared = true
    else if (whole) misfit(said, `it is ${whole.kind} already`)
    else if (check(ctx, argument!, { parameters: new Set(env.locals?.keys()), extent: true }).ok) {
      const extent = extentOf(ctx, env, argument!, `The argument of \`${text}\``)
      if (extent !== undefined) whole = { kind: text as 'index' | 'count', extent }
    }
  }
  const [first] = found
  if (whole && first)
    report(ctx.diagnostics, 'assumption-misfit', name.span, {
      name: name.text,
      assumption: first,
      reason: `its entries are ${whole.kind === 'index' ? 'indices' : 'counts'}`,
    })
  return { assumptions: found, shared, whole }
}
