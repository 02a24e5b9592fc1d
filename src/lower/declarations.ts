/** `dim`, `hyper`, `fn`: the numbers and functions that a program declares before it computes. */
import { type Extent, openExtent } from '../graph/extent.ts'
import { memberExtent, memberName } from '../graph/member.ts'
import type { Symbol } from '../graph/node.ts'
import { constantValue } from '../graph/graph.ts'
import { peel } from '../graph/node.ts'
import { rational } from '../base/rational.ts'
import { report } from '../base/messages.ts'
import { abstractFunction, abstractFunctional } from '../ops/index.ts'
import type * as tree from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, TOP, complain } from './context.ts'
import { evaluate } from './expression.ts'
import { extentOf, isLength } from './extents.ts'
import { Family, memberIndex, outside, rangeText } from './families.ts'
import type { Declarations } from './parts.ts'
import { intervalOf } from './ranges.ts'
import type { Fn } from './scope.ts'

/** `dim D = 784, H = 2 * D, T`; a value from outside goes before the one in the file. */
export function dims(
  ctx: Context,
  { declarations }: tree.DimStatement,
  into: Declarations,
  overrides: ReadonlyMap<string, number>,
): void {
  for (const declaration of declarations) {
    const { name, range } = declaration
    if (range) {
      const family = dimFamily(ctx, { ...declaration, range }, into, overrides)
      ctx.scope.define(name.text, family ? { kind: 'dims', family } : { kind: 'unknown' })
      continue
    }
    const extent = dim(ctx, declaration, overrides.get(name.text))
    ctx.scope.define(name.text, { kind: 'dim', extent })
    if (extent !== undefined && !into.dims.has(name.text)) into.dims.set(name.text, extent)
  }
}

/** Where a value from outside is wrong. */
const OVERRIDE = { option: 'dim' } as const

function dim(
  ctx: Context,
  { name, values }: tree.DimDeclaration,
  override: number | undefined,
): Extent | undefined {
  const [value] = values
  const fine = value === undefined || check(ctx, value, { defines: name.text, extent: true }).ok
  if (override !== undefined)
    return isLength(ctx, TOP, override, OVERRIDE, `The dim \`${name.text}\``) ? override : undefined
  if (value === undefined) return openExtent(name.text)
  return fine ? extentOf(ctx, TOP, value, `The dim \`${name.text}\``) : undefined
}

/** `n[0..L] = 784, 128, 10`: a value for each member. */
function dimFamily(
  ctx: Context,
  { name, range, values, span }: tree.DimDeclaration & { readonly range: tree.Range },
  into: Declarations,
  overrides: ReadonlyMap<string, number>,
): Family<Extent> | undefined {
  const fine = values.map((value) => check(ctx, value, { defines: name.text, extent: true }).ok)
  const interval = intervalOf(ctx, TOP, range, new Set([name.text]))
  if (!interval) return undefined
  const { from, to } = interval
  const family = new Family<Extent>(name.text, [interval])
  if (values.length === 0) {
    family.general = (_, indices) => memberExtent(name.text, indices)
    for (const [member, extent] of overrides) {
      const index = memberIndex(name.text, member)
      if (
        index !== undefined &&
        !outside(index, interval) &&
        isLength(ctx, TOP, extent, OVERRIDE, `The dim \`${member}\``)
      ) {
        family.members.set(member, extent)
        into.dims.set(member, extent)
      }
    }
    return family
  }
  if (typeof from !== 'number' || typeof to !== 'number')
    return complain(ctx, TOP, 'open-range-with-values', range.span, {
      name: name.text,
      range: rangeText(interval),
    })
  const expected = to - from + 1
  if (values.length !== expected)
    return complain(ctx, TOP, 'bad-family-values', span, { name: name.text, expected, found: values.length })
  for (const [i, value] of values.entries()) {
    const member = memberName(name.text, [from + i])
    const override = overrides.get(member)
    const what = `The dim \`${member}\``
    const extent =
      override === undefined
        ? fine[i]
          ? extentOf(ctx, TOP, value, what)
          : undefined
        : isLength(ctx, TOP, override, OVERRIDE, what)
          ? override
          : undefined
    family.members.set(member, extent)
    if (extent !== undefined) into.dims.set(member, extent)
  }
  return family
}

/** `hyper lambda = 1e-4` */
export function hypers(ctx: Context, { declarations }: tree.HyperStatement, into: Declarations): void {
  for (const { name, value, span, doc } of declarations) {
    const symbol: Symbol = { name: name.text, role: 'hyper', shape: [], assumptions: new Set() }
    const fine = value !== undefined && check(ctx, value, { defines: name.text }).ok
    const node = fine ? evaluate(ctx, TOP, value) : undefined
    const number = node && node.shape.length === 0 ? constantValue(peel(node)) : undefined
    if (!number && (value === undefined || node))
      complain(ctx, TOP, 'not-constant', value?.span ?? span, { name: name.text })
    const second = ctx.scope.firstOf(name.span)
    ctx.scope.define(name.text, {
      kind: 'value',
      role: 'hyper',
      node: second ? undefined : ctx.graph.symbol(symbol),
    })
    if (!second)
      into.hypers.push({ symbol, role: 'hyper', span: name.span, doc, value: number ?? rational(0) })
  }
}

/** How deep calls of functions may nest: each level is one of the stack. */
const DEEPEST = 100

/** `fn swish(v) = v * sigmoid(v)`, or `fn phi(v)`, which is abstract. */
export function fn(ctx: Context, { name, parameters, body, span }: tree.FnStatement): void {
  const names = new Set<string>()
  let fine = true
  for (const parameter of parameters) {
    if (names.has(parameter.text)) {
      report(ctx.diagnostics, 'duplicate-name', parameter.span, { name: parameter.text })
      fine = false
    }
    names.add(parameter.text)
  }
  const common = { name: name.text, parameters: parameters.map(({ text }) => text), fromPrelude: false }
  const meaning = (rest: Pick<Fn, 'body' | 'depth' | 'operator'>): void =>
    ctx.scope.define(name.text, { kind: 'fn', fn: { ...common, ...rest } })
  if (!body) {
    if (parameters.length === 0) {
      complain(ctx, TOP, 'abstract-arity', span, { name: name.text })
      return meaning({ body: undefined, depth: 0 })
    }
    // Of one argument it is elementwise, of several a scalar that depends on all of their entries, ℒ(a, y).
    const operator =
      parameters.length === 1 ? abstractFunction(name.text) : abstractFunctional(name.text, parameters.length)
    return meaning({ body: undefined, depth: 0, operator })
  }
  const checked = check(ctx, body, { defines: name.text, parameters: names })
  const deep = checked.depth > DEEPEST
  if (deep)
    complain(ctx, TOP, 'over-limit', name.span, {
      what: 'The nesting of function calls is',
      limit: DEEPEST,
      hint: undefined,
    })
  meaning({ body: fine && checked.ok && !deep ? body : undefined, depth: deep ? 0 : checked.depth })
}
