/** `dim`, `input`, `target`, `param`, `hyper`, `fn`: what a program declares before it computes. */
import { type Extent, openExtent } from '../graph/extent.ts'
import type { Symbol } from '../graph/node.ts'
import { constantValue } from '../graph/graph.ts'
import { peel } from '../graph/node.ts'
import { rational } from '../base/rational.ts'
import { report } from '../base/messages.ts'
import { abstractFunction } from '../ops/index.ts'
import type * as tree from '../syntax/tree.ts'
import { assumptionsOf } from './assumptions.ts'
import { check } from './check.ts'
import { type Context, TOP, complain } from './context.ts'
import { evaluate } from './expression.ts'
import { extentOf, positive } from './extents.ts'
import { initialiserOf } from './initialisers.ts'
import type { Declarations } from './parts.ts'
import type { Fn } from './scope.ts'
import { small } from './shapes.ts'

/** `dim D = 784, H = 2 * D, T`; a value from outside goes before the one in the file. */
export function dims(
  ctx: Context,
  { declarations }: tree.DimStatement,
  into: Declarations,
  overrides: ReadonlyMap<string, number>,
): void {
  for (const declaration of declarations) {
    const { name, range, values, span } = declaration
    if (range) {
      for (const value of [range.from, range.to, ...values]) check(ctx, value, { defines: name.text })
      complain(ctx, TOP, 'not-yet', span, { what: 'A family of dims' })
      ctx.scope.define(name.text, { kind: 'unknown' })
      continue
    }
    const extent = dim(ctx, declaration, overrides.get(name.text))
    ctx.scope.define(name.text, { kind: 'dim', extent })
    if (extent !== undefined && !into.dims.has(name.text)) into.dims.set(name.text, extent)
  }
}

function dim(
  ctx: Context,
  { name, values }: tree.DimDeclaration,
  override: number | undefined,
): Extent | undefined {
  const [value] = values
  const fine = value === undefined || check(ctx, value, { defines: name.text }).ok
  if (override !== undefined)
    return positive(ctx, TOP, override, name, `The dim \`${name.text}\``) ? override : undefined
  if (value === undefined) return openExtent(name.text)
  return fine ? extentOf(ctx, TOP, value, `The dim \`${name.text}\``) : undefined
}

/** `input x[D]`, `target y[K] : onehot`, `param W[H, D] = glorot` */
export function data(ctx: Context, statement: tree.DataStatement, into: Declarations): void {
  const { kind: role } = statement
  for (const declaration of statement.declarations) {
    const { name, family, shape, span, initialiser: start, doc } = declaration
    if (family.length > 0) {
      complain(ctx, TOP, 'not-yet', span, { what: 'A family' })
      ctx.scope.define(name.text, { kind: 'unknown' })
      continue
    }
    const extents = shape.map((entry) =>
      check(ctx, entry).ok ? extentOf(ctx, TOP, entry, `An extent of \`${name.text}\``) : undefined,
    )
    const known =
      !extents.includes(undefined) && small(ctx, TOP, extents as Extent[], span)
        ? (extents as Extent[])
        : undefined
    const assumptions = assumptionsOf(ctx, declaration, known)
    const initialiser = initialiserOf(ctx, declaration)
    if (start && role !== 'param')
      report(ctx.diagnostics, 'misplaced-initialiser', start.span, { name: name.text, kind: role })
    const symbol: Symbol | undefined = known && { name: name.text, role, shape: known, assumptions }
    const second = ctx.scope.firstOf(name.span)
    ctx.scope.define(name.text, {
      kind: 'value',
      role,
      node: symbol && !second ? ctx.graph.symbol(symbol) : undefined,
    })
    if (!symbol || second) continue
    if (role === 'param')
      into.params.push({ symbol, role, span: name.span, doc, initialiser: initialiser ?? { kind: 'glorot' } })
    else into.data.push({ symbol, role, span: name.span, doc })
  }
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
    if (parameters.length !== 1) {
      complain(ctx, TOP, 'abstract-arity', span, { name: name.text, found: parameters.length })
      return meaning({ body: undefined, depth: 0 })
    }
    return meaning({ body: undefined, depth: 0, operator: abstractFunction(name.text) })
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
