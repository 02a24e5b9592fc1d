import type { Diagnostics, Related } from '../base/diagnostics.ts'
import { type MessageArgs, type MessageCode, type Where, report } from '../base/messages.ts'
import type { Span } from '../base/span.ts'
import type { Extent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import type { Equation, IndexSum } from '../graph/network.ts'
import type { Node } from '../graph/node.ts'
import type { CallExpression, Expression, IndexExpression, Name } from '../syntax/tree.ts'
import type { Bound, Domain } from './domain.ts'
import type { IndexInterval } from './families.ts'
import type { Order } from './order.ts'
import type { Plan } from './plan.ts'
import type { Prelude } from './prelude.ts'
import type { Root, Roots } from './roots.ts'
import type { Fn, Scope } from './scope.ts'

/** What the lowering of one program holds. */
export interface Context {
  readonly graph: Graph
  readonly diagnostics: Diagnostics
  readonly scope: Scope
  readonly prelude: Prelude
  /** How many samples the batch has; none without one. */
  readonly batch: Extent | undefined
  /** Trees in which something is wrong and reported: their value is unknown, and nothing more is said. */
  readonly bad: Set<Expression>
  /** Calls that are expanded already: a function of the same arguments is the same value. */
  readonly calls: Map<
    Fn,
    Map<string, { readonly value: readonly Node[] | undefined; readonly roots: readonly Root[] }>
  >
  /** The value of an expression within another one; undefined where something in it is wrong, which is reported. */
  readonly evaluate: (ctx: Context, env: Env, tree: Expression) => Node | undefined
  /** Which indices of the families at hand are axes. */
  readonly plan: Plan
  /** Sees to it that a family of equations whose indices are all axes is evaluated. */
  readonly demand: (name: string) => void
  /** Which members of the families at hand are evaluated. */
  readonly order: Order
  /** Collects an equation of the program: the value with its name. In a function a name stands for its value. */
  readonly define: (equation: Omit<Equation, 'node'> & { readonly node: Node }) => Node
  /** How often values are derivatives of derivatives, as far as anybody asked. */
  readonly orders: Map<Node, number>
  /** What may still be made: trees of function bodies, and members of families. */
  readonly left: { trees: number; members: number }
  /** What a call of a function gives. (From outside, since what it does ends in expressions again.) */
  readonly expand: (
    ctx: Context,
    env: Env,
    call: CallExpression,
    fn: Fn,
    args: readonly (Node | undefined)[],
  ) => readonly Node[] | undefined
  /** The names that the application of an instance of a layer sees; undefined where what it is made for is wrong, which is reported. */
  readonly applied: (ctx: Context, env: Env, call: CallExpression, fn: Fn) => Scope | undefined
  /** Families of recurrences of known length that cannot be computed for a general value of their index. */
  readonly refused: Set<string>
  /** The recurrences whose steps are being evaluated, and how they read their own families. */
  readonly scans: OpenRecurrence[]
  /** The indices of the open block, or of the claim, that is evaluated. */
  readonly openIndices: IndexInterval[]
  /** What symbols in claims stand for: sums over members at a general index. */
  readonly sums: Map<Node, IndexSum>
  readonly roots: Roots
  /** Where values are written in the program, the first time. */
  readonly places: Map<Node, Span>
  /** In the body of a function: the calls that led there. */
  readonly within?: Pick<Env, 'site' | 'prelude'>
}

/** A recurrence on its way: in its equations its families have members of earlier steps, and of this one. */
export interface OpenRecurrence {
  readonly has: (name: string) => boolean
  readonly read: (env: Env, name: string, tree: IndexExpression) => Node | undefined
}

/** A call in the text of the program. */
export interface Site {
  readonly name: string
  readonly span: Span
  /** Where the instance of a layer is made that is being applied. */
  readonly made?: Name
}

/** Where an expression stands: in an equation (`TOP`), in a block for a value of its index, or in the body of a function that is being expanded. */
export interface Env {
  /** The parameters of the function, or the indices of the blocks around. */
  readonly locals?: ReadonlyMap<string, Node>
  /** The indices that stand for all their values, from the outermost in; their names are among `locals`. */
  readonly indices?: readonly Bound[]
  /** What holds of them here, everywhere by default: their ranges, and the conditions around. */
  readonly domain?: Domain
  /** The outermost call that is being expanded. */
  readonly site?: Site
  /** Inside of the prelude: the call that led there. Places in the prelude are never shown. */
  readonly prelude?: Site
  /** In a claim, which is no part of what is computed. */
  readonly claimed?: true
}

export const TOP: Env = {}

/**
 * Reports what is wrong with an expression. In the body of a function that is the fault of a call: it is said there,
 * and the place in the body is named beside it.
 */
export function complain<C extends MessageCode>(
  ctx: Context,
  env: Env,
  code: C,
  where: Where,
  args: MessageArgs<C>,
  more: readonly Related[] = [],
): undefined {
  const { site, prelude } = env.site ? env : (ctx.within ?? env)
  const place = prelude?.span ?? where
  const primary = site?.span ?? place
  const body: Related[] =
    site && place !== primary && !('option' in place)
      ? [{ span: place, message: 'here, in the body of the function' }]
      : []
  if (site?.made) body.push({ span: site.made.span, message: `\`${site.made.text}\` is made here` })
  const say = report as unknown as (
    diagnostics: Diagnostics,
    code: C,
    where: Where,
    args: unknown,
    related: unknown,
  ) => void
  say(ctx.diagnostics, code, primary, args, [...body, ...more])
  return undefined
}

/** What a sentence calls the operation at hand: in the prelude it is the function that the program calls. */
export const operation = (env: Env, symbol: string): string => `\`${env.prelude?.name ?? symbol}\``
