/** Calls of functions: their arguments bound, their statements evaluated. Their names are their own. */
import type { Related } from '../base/diagnostics.ts'
import { type Extent, type Shape, extentText, sameShape } from '../graph/extent.ts'
import { memberName } from '../graph/member.ts'
import type { Node } from '../graph/node.ts'
import type { CallExpression, Expression, Name, NameExpression, Statement } from '../syntax/tree.ts'
import { block, stepped } from './blocks.ts'
import { parametersOf } from './check.ts'
import { type Context, type Env, type Site, complain } from './context.ts'
import { dims } from './declarations.ts'
import { ANYWHERE } from './domain.ts'
import { evaluate } from './expression.ts'
import { extentOf } from './extents.ts'
import { Family, defineFamilies } from './families.ts'
import { Maps } from './maps.ts'
import { Turns, member } from './members.ts'
import { Order, inOrder } from './order.ts'
import { Plan } from './plan.ts'
import { type Fn, type Parameter, Scope } from './scope.ts'
import { texts } from './shapes.ts'

/** The name that an extent of an argument has, or the extents of several arguments together: `N`, `N[k]`. */
export function extentName(entry: Expression, several: Parameter['several']): Name | undefined {
  if (entry.kind === 'name') return entry.known ? undefined : { text: entry.name, span: entry.span }
  if (!several || entry.kind !== 'index' || entry.object.kind !== 'name' || entry.indices.length !== 1)
    return undefined
  const [index] = entry.indices
  return index?.kind === 'name' && index.name === several.index.text
    ? { text: entry.object.name, span: entry.object.span }
    : undefined
}

/** Names that stand for extents of arguments, and for how many there are. */
export const shapeNames = (parameters: readonly Pick<Parameter, 'shape' | 'several'>[]): Name[] =>
  parameters.flatMap(({ shape = [], several }) => {
    const names = shape.flatMap((entry) => extentName(entry, several) ?? [])
    const count = several?.range.range.to
    return count?.kind === 'name' ? [...names, { text: count.name, span: count.span }] : names
  })

/** What of a body is run through one by one, and what at once. `families`: those of parameters around it, members of which are things of their own. */
export const planOf = (
  parameters: readonly Parameter[],
  body: readonly Statement[],
  families: readonly string[] = [],
): Plan =>
  new Plan(body, [...families, ...parameters.flatMap(({ name, several }) => (several ? [name] : []))])

/** The names inside of a function. */
export function scopeOf(fn: Pick<Fn, 'parameters' | 'scope' | 'plan'>, body: readonly Statement[]): Scope {
  const scope = new Scope(body, {
    ...(fn.scope ? { outer: fn.scope } : {}),
    names: [
      ...fn.parameters.map(({ name, span }) => ({ name, span, what: 'an argument' })),
      ...shapeNames(fn.parameters).map(({ text: name, span }) => ({
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
  const home = fn.instance ? outer.applied(outer, env, call, fn) : fn.scope
  if (fn.instance && !home) return undefined
  const here = { name: call.callee.text, span: call.span }
  const [made] = fn.instance?.path ?? []
  const site: Site = env.site ?? here
  const within = {
    site: made ? { ...site, made: { text: made.name.text, span: made.span } } : site,
    ...(fn.fromPrelude ? { prelude: env.prelude ?? here } : {}),
  }
  const ctx: Context = {
    ...outer,
    within,
    scope: scopeOf({ ...fn, scope: home }, body),
    prelude: fn.fromPrelude ? outer.prelude.inside : outer.prelude,
    plan: fn.plan,
    demand: (name) => (fn.plan.rules.has(name) ? maps : outer).demand(name),
    order,
    define: ({ node }) => node,
  }
  const inside: Env = {
    ...within,
    ...(env.indices ? { indices: env.indices, domain: env.domain ?? ANYWHERE } : {}),
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

/** One argument with its parameter; of several arguments the `k`th. */
interface Given {
  readonly parameter: Parameter
  readonly node: Node | undefined
  readonly k: number | undefined
}

function givenTo(fn: Fn, args: readonly (Node | undefined)[]): Given[] {
  let k = 0
  return parametersOf(fn, args.length).map((parameter, i) => ({
    parameter,
    node: args[i],
    k: parameter.several ? ++k : undefined,
  }))
}

/**
 * Gives parameters, and the names of their extents, what the call says or the default; undefined where these do not fit, which
 * is reported.
 */
function bindArguments(
  ctx: Context,
  env: Env,
  call: CallExpression,
  fn: Fn,
  args: readonly (Node | undefined)[],
): readonly Node[] | undefined {
  const { parameters } = fn
  const { scope } = ctx
  const given = givenTo(fn, args)
  const families = new Map<string, Family<Node>>()
  for (const { name, several, shape = [] } of parameters) {
    if (!several) continue
    const count = args.length - parameters.length + 1
    const ranges = [{ from: 1, to: count }]
    const family = new Family<Node>(name, ranges)
    families.set(name, family)
    scope.define(name, { kind: 'values', role: 'argument', family })
    scope.define((several.range.range.to as NameExpression).name, { kind: 'dim', extent: count })
    for (const entry of shape) {
      const extents = entry.kind === 'index' ? extentName(entry, several)?.text : undefined
      if (extents !== undefined)
        scope.define(extents, { kind: 'dims', family: new Family<Extent>(extents, ranges) })
    }
  }
  for (const { parameter, node, k } of given) {
    const { name, value } = parameter
    // A default may use the parameters before it, and the extents of all that are given.
    if (k !== undefined) families.get(name)!.members.set(memberName(name, [k]), node)
    else if (node || !value) scope.define(name, { kind: 'value', role: 'argument', node })
  }
  if (!extentsFit(ctx, env, call, fn, given)) return undefined
  const all = given.map(({ parameter: { name, value }, node, k }) => {
    const found = node ?? (value && evaluate(ctx, env, value))
    if (!node && k === undefined) scope.define(name, { kind: 'value', role: 'argument', node: found })
    return found
  })
  return all.includes(undefined) ? undefined : (all as Node[])
}

/** Gives the names of extents what the arguments say, which must agree; reports where they do not. */
function extentsFit(
  ctx: Context,
  env: Env,
  call: CallExpression,
  { name: called }: Fn,
  all: readonly Given[],
): boolean {
  const { scope } = ctx
  const bound = new Map<string, { readonly extent: Extent; readonly by: Parameter }>()
  const misfit = (
    { parameter, k }: Given,
    found: Node,
    reason: string | undefined,
    more: readonly Related[] = [],
  ): false => {
    const { name, shape = [], further, span } = parameter
    const place: Related[] = env.prelude ? [] : [{ span, message: `\`${name}\` is declared here` }]
    const declared = shape.map(entryText)
    complain(
      ctx,
      env,
      'argument-shape',
      call.span,
      {
        name: called,
        argument: k === undefined ? name : memberName(name, [k]),
        declared: further === 'before' ? ['...', ...declared] : further ? [...declared, '...'] : declared,
        found: texts(found.shape),
        reason,
      },
      [...place, ...more],
    )
    return false
  }
  const placed = all.flatMap((given) => {
    const { parameter, node } = given
    const { shape, further } = parameter
    if (!shape || !node) return []
    const first = further === 'before' ? Math.max(0, node.shape.length - shape.length) : 0
    return [{ given, node, shape, first }]
  })
  for (const { given, node, shape } of placed)
    if (given.parameter.further ? node.shape.length < shape.length : node.shape.length !== shape.length)
      return misfit(given, node, undefined)
  let others: { readonly shape: Shape; readonly by: Parameter } | undefined
  for (const { given, node, shape, first } of placed) {
    const { parameter } = given
    if (!parameter.further) continue
    const own = first > 0 ? node.shape.slice(0, first) : node.shape.slice(shape.length)
    others ??= { shape: own, by: parameter }
    if (!sameShape(own, others.shape))
      return misfit(given, node, `... is [${texts(others.shape).join(', ')}] by ${others.by.name}`)
  }
  for (const { given, node, shape, first: from } of placed) {
    const { parameter, k } = given
    for (const [i, entry] of shape.entries()) {
      const name = extentName(entry, parameter.several)?.text
      if (name === undefined) continue
      const extent = node.shape[from + i]!
      if (entry.kind === 'index') {
        const meaning = scope.meaning(name)
        if (meaning?.kind === 'dims') meaning.family.members.set(memberName(name, [k!]), extent)
        continue
      }
      const first = bound.get(name)
      if (!first) {
        bound.set(name, { extent, by: parameter })
        scope.define(name, { kind: 'dim', extent })
      } else if (first.extent !== extent) {
        const { span } = first.by
        const other: Related[] =
          env.prelude || first.by === parameter
            ? []
            : [{ span, message: `${name} is ${extentText(first.extent)} by \`${first.by.name}\`` }]
        return misfit(given, node, axisText(entry, from + i, first.extent, extent), other)
      }
    }
  }
  for (const { given, node, shape, first: from } of placed) {
    const { several } = given.parameter
    const here = several ? withIndex(ctx, env, several.index.text, given.k!) : env
    for (const [i, entry] of shape.entries()) {
      if (extentName(entry, several)) continue
      const wanted = extentOf(ctx, here, entry, `An extent of an argument of \`${called}\``)
      if (wanted === undefined) return false
      if (wanted !== node.shape[from + i])
        return misfit(given, node, axisText(entry, from + i, wanted, node.shape[from + i]!))
    }
  }
  return true
}

/** Where an index has a value. */
const withIndex = (ctx: Context, env: Env, index: string, k: number): Env => ({
  ...env,
  locals: new Map([...(env.locals ?? []), [index, ctx.graph.number(k)]]),
})

const axisText = (entry: Expression, axis: number, wanted: Extent, found: Extent): string =>
  `axis ${axis + 1} is ${extentText(found)}, and ${entry.kind === 'name' ? `${entry.name} is` : 'should be'} ${extentText(wanted)}`

/** An extent as it is written, as far as a sentence needs it. */
const entryText = (entry: Expression): string =>
  entry.kind === 'name' ? entry.name : entry.kind === 'number' ? entry.text : '…'
