/** `dim`, `hyper`, `fn`: the numbers and functions that a program declares before it computes. */
import { type Extent, type Shape, openExtent, sameShape } from '../graph/extent.ts'
import { memberExtent, memberName } from '../graph/member.ts'
import { type EquationNode, type Node, type Symbol } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import type * as tree from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { evaluate } from './expression.ts'
import { extentOf, isLength } from './extents.ts'
import { Family, memberIndex, outside, rangeText } from './families.ts'
import type { Declarations, Parts } from './parts.ts'
import { intervalOf } from './ranges.ts'
import { knownEntries } from './known.ts'
import { fitted, small, texts } from './shapes.ts'

/** `dim D = 784, H = 2 * D, T`; a value from outside goes before the one in the file. */
export function dims(
  ctx: Context,
  { declarations }: tree.DimStatement,
  into: Pick<Declarations, 'dims'>,
  overrides: ReadonlyMap<string, number>,
  env: Env = TOP,
): void {
  for (const declaration of declarations) {
    const { name, range } = declaration
    if (range) {
      const family = dimFamily(ctx, env, { ...declaration, range }, into, overrides)
      ctx.scope.define(name.text, family ? { kind: 'dims', family } : { kind: 'unknown' })
      continue
    }
    const extent = dim(ctx, env, declaration, overrides.get(name.text))
    ctx.scope.define(name.text, { kind: 'dim', extent })
    if (extent !== undefined && !into.dims.has(name.text)) into.dims.set(name.text, extent)
  }
}

/** Where a value from outside is wrong. */
const OVERRIDE = { option: 'dim' } as const

function dim(
  ctx: Context,
  env: Env,
  { name, values }: tree.DimDeclaration,
  override: number | undefined,
): Extent | undefined {
  const [value] = values
  const fine = value === undefined || check(ctx, value, { defines: name.text, extent: true }).ok
  if (override !== undefined)
    return isLength(ctx, TOP, override, OVERRIDE, `The dim \`${name.text}\``) ? override : undefined
  if (value === undefined) return openExtent(name.text)
  return fine ? extentOf(ctx, env, value, `The dim \`${name.text}\``) : undefined
}

/** `n[0..L] = 784, 128, 10`: a value for each member. */
function dimFamily(
  ctx: Context,
  env: Env,
  { name, range, values, span }: tree.DimDeclaration & { readonly range: tree.Range },
  into: Pick<Declarations, 'dims'>,
  overrides: ReadonlyMap<string, number>,
): Family<Extent> | undefined {
  const fine = values.map((value) => check(ctx, value, { defines: name.text, extent: true }).ok)
  const interval = intervalOf(ctx, env, range, new Set([name.text]))
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
          ? extentOf(ctx, env, value, what)
          : undefined
        : isLength(ctx, TOP, override, OVERRIDE, what)
          ? override
          : undefined
    family.members.set(member, extent)
    if (extent !== undefined) into.dims.set(member, extent)
  }
  return family
}

/** `hyper lambda = 1e-4`, `hyper w[3] = [1, 2, 3]`, `hyper dt`, which every call gives. */
export function hypers(ctx: Context, { declarations }: tree.HyperStatement, into: Declarations): void {
  for (const declaration of declarations) {
    const { name, value, span, doc } = declaration
    const body = preset(ctx, declaration)
    const shape = body ? body.shape : value ? undefined : shapeOf(ctx, declaration)
    const values = body && knownEntries(body)
    if (body && !values) complain(ctx, TOP, 'not-constant', value?.span ?? span, { name: name.text })
    const second = ctx.scope.firstOf(name.span)
    // What is wrong with it is reported: what uses it is not wrong for that.
    const symbol: Symbol = { name: name.text, role: 'hyper', shape: shape ?? [], assumptions: new Set() }
    const known = !second && shape && small(ctx, TOP, shape, span)
    ctx.scope.define(name.text, {
      kind: 'value',
      role: 'hyper',
      node: known ? ctx.graph.symbol(symbol) : undefined,
    })
    if (known) into.hypers.push({ symbol, role: 'hyper', span: name.span, doc, values })
  }
}

/** `const α[4] = [0, 1/2, 1/2, 1]`: an equation of known numbers, of the shape that is said or that its value has. */
export function constants(ctx: Context, declarations: readonly tree.ConstDeclaration[], into: Parts): void {
  for (const declaration of declarations) {
    const { name, span, doc } = declaration
    const body = constant(ctx, declaration)
    const node =
      body && ctx.scope.firstOf(name.span) === undefined
        ? (ctx.graph.equation(name.text, body) as EquationNode)
        : undefined
    if (node) {
      into.equations.push({ name: name.text, node, span, doc })
      into.constants.add(node)
    } else into.incomplete = true
    ctx.scope.define(name.text, { kind: 'value', role: 'constant', node })
  }
}

/** A constant that has no name outside of the file that declares it: a value. */
export function hiddenConstant(ctx: Context, declaration: tree.ConstDeclaration): void {
  ctx.scope.define(declaration.name.text, {
    kind: 'value',
    role: 'constant',
    node: constant(ctx, declaration),
  })
}

function constant(ctx: Context, declaration: tree.ConstDeclaration): Node | undefined {
  const { name, value } = declaration
  const body = preset(ctx, declaration)
  for (const node of topological(body ? [body] : []))
    if (node.kind === 'symbol' && node.symbol.role !== 'constant' && node.symbol.role !== 'dim')
      return complain(ctx, TOP, 'varying-constant', value.span, { name: name.text, on: node.symbol.name })
  return body
}

type Shaped = Pick<tree.HyperDeclaration, 'name' | 'shape' | 'value'>

/** The extents behind a name; undefined where one is wrong, which is reported. */
function shapeOf(ctx: Context, { name: { text }, shape = [] }: Shaped): Shape | undefined {
  const extents = shape.map((entry) =>
    check(ctx, entry, { defines: text, extent: true }).ok
      ? extentOf(ctx, TOP, entry, `An extent of \`${text}\``)
      : undefined,
  )
  return extents.includes(undefined) ? undefined : (extents as Extent[])
}

/** What is written behind `=`, in the shape that is declared, where one is: a number fills it. */
function preset(ctx: Context, declaration: Shaped): Node | undefined {
  const {
    name: { text },
    shape,
    value,
  } = declaration
  const declared = shape && shapeOf(ctx, declaration)
  const body = value && check(ctx, value, { defines: text }).ok ? evaluate(ctx, TOP, value) : undefined
  if (!body || (shape && !declared)) return undefined
  if (!declared || sameShape(declared, body.shape)) return body
  if (body.shape.length === 0) return fitted(ctx.graph, body, declared)
  return complain(ctx, TOP, 'wrong-shape', value!.span, {
    what: `The value of \`${text}\``,
    expected: `of the declared shape [${texts(declared).join(', ')}]`,
    found: texts(body.shape),
  })
}
