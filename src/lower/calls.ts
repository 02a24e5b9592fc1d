/** Calls of functions: their arguments bound, their statements evaluated. Their names are their own. */
import type { Related } from '../base/diagnostics.ts'
import { type Extent, extentText } from '../graph/extent.ts'
import type { Node } from '../graph/node.ts'
import type { CallExpression, Expression, NameExpression, Statement } from '../syntax/tree.ts'
import { block, stepped } from './blocks.ts'
import { type Context, type Env, complain } from './context.ts'
import { dims } from './declarations.ts'
import { ANYWHERE } from './domain.ts'
import { evaluate } from './expression.ts'
import { extentOf } from './extents.ts'
import { defineFamilies } from './families.ts'
import { Maps } from './maps.ts'
import { Turns, member } from './members.ts'
import { Order, inOrder } from './order.ts'
import { type Fn, type Parameter, Scope } from './scope.ts'
import { texts } from './shapes.ts'

/** Names that stand for extents of arguments. */
export const shapeNames = (parameters: readonly Parameter[]): NameExpression[] =>
  parameters.flatMap(({ shape = [] }) => shape.filter((entry) => entry.kind === 'name'))

/** The names inside of a function. */
export function scopeOf(fn: Pick<Fn, 'parameters' | 'scope' | 'plan'>, body: readonly Statement[]): Scope {
  const scope = new Scope(body, {
    ...(fn.scope ? { outer: fn.scope } : {}),
    names: [
      ...fn.parameters.map(({ name, span }) => ({ name, span, what: 'an argument' })),
      ...shapeNames(fn.parameters).map(({ name, span }) => ({
        name,
        span,
        what: 'an extent of an argument',
      })),
    ],
  })
  defineFamilies(scope, fn.plan)
  return scope
}

/** What a call gives; undefined where something is wrong, which is reported. An argument that is not given has its default. */
export function expand(
  outer: Context,
  env: Env,
  call: CallExpression,
  fn: Fn,
  args: readonly (Node | undefined)[],
): readonly Node[] | undefined {
  const { body = [] } = fn
  const order = new Order()
  const ctx: Context = {
    ...outer,
    scope: scopeOf(fn, body),
    plan: fn.plan,
    demand: (name) => (fn.plan.rules.has(name) ? maps : outer).demand(name),
    order,
    define: ({ node }) => node,
  }
  const here = { name: call.callee.text, span: call.span }
  const inside: Env = {
    site: env.site ?? here,
    ...(env.indices ? { indices: env.indices, domain: env.domain ?? ANYWHERE } : {}),
    ...(fn.fromPrelude ? { prelude: env.prelude ?? here } : {}),
  }
  const bound = bindArguments(ctx, inside, call, fn, args)
  if (!bound) return undefined
  if (fn.operator)
    return [
      fn.operator.kind === 'matrix'
        ? ctx.graph.matrix(fn.operator, ...bound)
        : ctx.graph.apply(fn.operator, bound),
    ]
  const { scope } = ctx
  const turns = new Turns(undefined)
  const maps = new Maps(ctx, turns, inside)
  order.begin(ctx, turns, inside, outer.order)
  const settled = (value: Expression): Node | undefined => order.settle(() => evaluate(ctx, inside, value))
  for (const whole of inOrder(body, fn.plan).flatMap((statement) => stepped(statement, fn.plan))) {
    switch (whole.kind) {
      case 'equation':
        if (whole.indices.length > 0) {
          if (!order.settle(() => member(ctx, inside, whole, turns))) return undefined
        } else
          scope.define(whole.name.text, {
            kind: 'value',
            role: 'equation',
            node: settled(whole.value),
          })
        break
      case 'for':
        if (!block(ctx, inside, whole, turns)) return undefined
        break
      case 'dim':
        dims(ctx, whole, { dims: new Map() }, new Map(), inside)
        break
      case 'return': {
        const values = whole.values.map(settled)
        return values.includes(undefined) ? undefined : (values as Node[])
      }
      default:
        break
    }
  }
  return undefined
}

/**
 * Gives parameters, and the names of their extents, what the call says or the default; undefined where these do not fit, which
 * is reported.
 */
function bindArguments(
  ctx: Context,
  env: Env,
  call: CallExpression,
  { name: called, parameters }: Fn,
  args: readonly (Node | undefined)[],
): readonly Node[] | undefined {
  const { scope } = ctx
  const nodes = parameters.map(({ name, value }, i) => {
    // A default may use the parameters before it, and the extents of all that are given.
    const node = args[i]
    if (node || !value) scope.define(name, { kind: 'value', role: 'argument', node })
    return node
  })
  const bound = new Map<string, { readonly extent: Extent; readonly by: Parameter }>()
  const misfit = (
    parameter: Parameter,
    found: Node,
    entry: number | undefined,
    more: readonly Related[] = [],
  ) => {
    const { name, shape = [], span } = parameter
    const place: Related[] = env.prelude ? [] : [{ span, message: `\`${name}\` is declared here` }]
    complain(
      ctx,
      env,
      'argument-shape',
      call.span,
      {
        name: called,
        argument: name,
        declared: shape.map(entryText),
        found: texts(found.shape),
        reason: entry === undefined ? undefined : axisText(shape[entry]!, entry, found.shape[entry]!),
      },
      [...place, ...more],
    )
    return undefined
  }
  const extentAt = (entry: Expression): Extent | undefined =>
    entry.kind === 'name'
      ? bound.get(entry.name)?.extent
      : extentOf(ctx, env, entry, `An extent of an argument of \`${called}\``)
  const axisText = (entry: Expression, axis: number, found: Extent): string => {
    const wanted = extentAt(entry)!
    const shown = extentText(wanted)
    return `axis ${axis + 1} is ${extentText(found)}, and ${entry.kind === 'name' ? `${entry.name} is` : 'should be'} ${shown}`
  }
  const given = parameters.flatMap((parameter, i) =>
    parameter.shape && nodes[i] ? [{ parameter, shape: parameter.shape, node: nodes[i] }] : [],
  )
  for (const { parameter, shape, node } of given) {
    if (shape.length !== node.shape.length) return misfit(parameter, node, undefined)
    for (const [axis, entry] of shape.entries()) {
      if (entry.kind !== 'name') continue
      const extent = node.shape[axis]!
      const first = bound.get(entry.name)
      if (!first) {
        bound.set(entry.name, { extent, by: parameter })
        scope.define(entry.name, { kind: 'dim', extent })
      } else if (first.extent !== extent) {
        const { span } = first.by
        const other: Related[] =
          env.prelude || first.by === parameter
            ? []
            : [{ span, message: `${entry.name} is ${extentText(first.extent)} by \`${first.by.name}\`` }]
        return misfit(parameter, node, axis, other)
      }
    }
  }
  for (const { parameter, shape, node } of given)
    for (const [axis, entry] of shape.entries()) {
      if (entry.kind === 'name') continue
      const extent = extentAt(entry)
      if (extent === undefined) return undefined
      if (extent !== node.shape[axis]) return misfit(parameter, node, axis)
    }
  const all = parameters.map(({ name, value }, i) => {
    const node = nodes[i] ?? (value && evaluate(ctx, env, value))
    if (!nodes[i]) scope.define(name, { kind: 'value', role: 'argument', node })
    return node
  })
  return all.includes(undefined) ? undefined : (all as Node[])
}

/** An extent as it is written, as far as a sentence needs it. */
const entryText = (entry: Expression): string =>
  entry.kind === 'name' ? entry.name : entry.kind === 'number' ? entry.text : '…'
