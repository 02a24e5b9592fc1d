/** `input`, `target` and `param`: tensors from outside, alone and in families. */
import { type Extent, addExtents, openExtent } from '../graph/extent.ts'
import { memberName } from '../graph/member.ts'
import type { Initialiser } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { report } from '../base/messages.ts'
import type * as tree from '../syntax/tree.ts'
import { assumptionsOf } from './assumptions.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { extentOf } from './extents.ts'
import { Family, type IndexInterval, type Interval } from './families.ts'
import { indexNamed } from './index-names.ts'
import { initialiserOf } from './initialisers.ts'
import type { Declarations } from './parts.ts'
import { affordable, bound, intervalOf, unrolled } from './ranges.ts'
import { small } from './shapes.ts'

/** `input x[D]`, `target y[K] : onehot`, `param W[H, D] = glorot` */
export function data(ctx: Context, statement: tree.DataStatement, into: Declarations): void {
  const { kind: role } = statement
  for (const declaration of statement.declarations) {
    const { name, family: indices, initialiser: start } = declaration
    const initialiser = initialiserOf(ctx, declaration)
    if (start && role !== 'param')
      report(ctx.diagnostics, 'misplaced-initialiser', start.span, { name: name.text, kind: role })
    const second = ctx.scope.firstOf(name.span) !== undefined
    if (indices.length === 0) {
      const symbol = datum(ctx, TOP, declaration, role, name.text)
      const node = symbol && !second ? ctx.graph.symbol(symbol) : undefined
      ctx.scope.define(name.text, { kind: 'value', role, node })
      if (symbol && !second) collect(into, declaration, symbol, initialiser)
      continue
    }
    const family = dataFamily(ctx, declaration, role, (symbol, range) => {
      if (!second) collect(into, declaration, symbol, initialiser, range)
    })
    ctx.scope.define(name.text, family ? { kind: 'values', role, family } : { kind: 'unknown' })
  }
}

/** One tensor, or member of a family; undefined where its shape is wrong, which is reported. */
export function datum(
  ctx: Context,
  env: Env,
  declaration: tree.DataDeclaration,
  role: tree.DataStatement['kind'],
  name: string,
): Symbol | undefined {
  const parameters = new Set(env.locals?.keys())
  const extents = declaration.shape.map((entry) =>
    check(ctx, entry, { parameters, extent: true }).ok
      ? extentOf(ctx, env, entry, `An extent of \`${name}\``)
      : undefined,
  )
  const known =
    !extents.includes(undefined) && small(ctx, env, extents as Extent[], declaration.span)
      ? (extents as Extent[])
      : undefined
  const { assumptions, shared, whole } = assumptionsOf(ctx, env, declaration, role, known)
  const samples = role === 'param' || shared ? undefined : ctx.batch
  const entries = whole && (whole.kind === 'index' ? { indexes: whole.extent } : { counts: whole.extent })
  return known && { name, role, shape: known, assumptions, samples, ...entries }
}

/** Puts a tensor, or the general member of a family, among what the program declares. */
export function collect(
  into: Declarations,
  { name: { span }, doc }: tree.DataDeclaration,
  symbol: Symbol,
  initialiser: Initialiser | undefined,
  range?: IndexInterval,
): void {
  const { role } = symbol
  if (role === 'param')
    into.params.push({ symbol, role, span, doc, range, initialiser: initialiser ?? { kind: 'glorot' } })
  else into.data.push({ symbol, role: role as 'input' | 'target', span, doc, range })
}

/** A family whose range is open: its general member is declared, others are made when somebody names them. */
function openFamily(
  ctx: Context,
  declaration: tree.DataDeclaration,
  role: tree.DataStatement['kind'],
  family: Family<Node>,
  ranges: readonly { readonly index: tree.IndexRange; readonly interval: Interval }[],
  each: (symbol: Symbol, range?: IndexInterval) => void,
): Family<Node> | undefined {
  const [{ index, interval }, ...others] = ranges as [(typeof ranges)[0], ...typeof ranges]
  if (others.length > 0)
    return complain(ctx, TOP, 'several-open-ranges', declaration.span, { name: family.name })
  const { text } = index.name
  const at = (indices: readonly Extent[]): Symbol | undefined => {
    const symbol = datum(
      ctx,
      bound(ctx, TOP, text, indices[0]!),
      declaration,
      role,
      memberName(family.name, indices),
    )
    return symbol && { ...symbol, member: { family: family.name, indices } }
  }
  const general = at([openExtent(text)])
  if (!general) return undefined
  each(general, { index: text, ...interval })
  family.general = (_, indices) => {
    const symbol = at(indices)
    return symbol && ctx.graph.symbol(symbol)
  }
  return family
}

/** A family of one shape as one tensor, its index as first axis; it is given member by member. */
function tensorFamily(
  ctx: Context,
  declaration: tree.DataDeclaration,
  role: tree.DataStatement['kind'],
  family: Family<Node>,
  { index, interval: { from, to } }: { readonly index: tree.IndexRange; readonly interval: Interval },
  each: (symbol: Symbol) => void,
): Family<Node> | undefined {
  const member = datum(ctx, TOP, declaration, role, family.name)
  if (!member) return undefined
  const length = addExtents(addExtents(to, from, -1), 1)
  const symbol: Symbol = {
    ...member,
    shape: [length, ...member.shape],
    list: { axis: 0, index: index.name.text, from },
  }
  each(symbol)
  family.axes = [true]
  family.whole.set(family.name, { node: ctx.graph.symbol(symbol), from: [from] })
  return family
}

/** `W[l][n[l], n[l-1]] for l in 1..L`: a tensor for each index. */
function dataFamily(
  ctx: Context,
  declaration: tree.DataDeclaration,
  role: tree.DataStatement['kind'],
  each: (symbol: Symbol, range?: IndexInterval) => void,
): Family<Node> | undefined {
  const { name, family: indices, span } = declaration
  const ranges: { index: tree.IndexRange; interval: Interval }[] = []
  let count = 1
  for (const index of indices) {
    if (!indexNamed(ctx, index, new Set(ranges.map((r) => r.index.name.text)))) return undefined
    const interval = intervalOf(ctx, TOP, index.range, new Set())
    if (!interval) return undefined
    ranges.push({ index, interval })
    const { from, to } = interval
    count *= typeof from === 'number' && typeof to === 'number' ? Math.max(0, to - from + 1) : NaN
  }
  const family = new Family<Node>(
    name.text,
    ranges.map(({ interval }) => interval),
  )
  if (ctx.plan.tensors.has(name.text)) return tensorFamily(ctx, declaration, role, family, ranges[0]!, each)
  if (Number.isNaN(count)) return openFamily(ctx, declaration, role, family, ranges, each)
  if (!affordable(ctx, span, count)) return undefined
  unrolled(ctx, TOP, ranges, (env, at) => {
    const member = memberName(name.text, at)
    const symbol = datum(ctx, env, declaration, role, member)
    family.members.set(member, symbol && ctx.graph.symbol(symbol))
    if (symbol) each(symbol)
    else family.broken = true
    return symbol !== undefined
  })
  return family
}
