/** `fn`: what is wrong with a function whatever it is called with. */
import { report } from '../base/messages.ts'
import { abstractFunction, abstractFunctional } from '../ops/index.ts'
import type { Expression, FnStatement, ForStatement } from '../syntax/tree.ts'
import { nested } from './blocks.ts'
import { extentName, planOf, scopeOf, shapeNames } from './calls.ts'
import { check } from './check.ts'
import { type Context, TOP, complain } from './context.ts'
import { repeated } from './repeated.ts'
import type { Fn, Parameter } from './scope.ts'

/** How deep calls of functions may nest: each level is one of the stack. */
const DEEPEST = 100

/** `fn swish(v) = v * sigmoid(v)`, `fn norm2(x[N]) { … }`, or `fn phi(v)`, which is abstract. */
export function fn(ctx: Context, statement: FnStatement): void {
  const { name, parameters, body } = statement
  const plain = parameters.map(({ name: { text }, ...rest }): Parameter => ({ ...rest, name: text }))
  const plan = planOf(plain, body ?? [])
  const define = (rest: Pick<Fn, 'body' | 'depth' | 'operator' | 'results'>): void =>
    ctx.scope.define(name.text, {
      kind: 'fn',
      fn: {
        name: name.text,
        parameters: plain,
        scope: ctx.scope,
        plan,
        fromPrelude: false,
        ...rest,
      },
    })
  const fine = parametersFit(ctx, plain)
  if (!body) {
    // Of one argument it is elementwise, of several a scalar that depends on all of their entries, ℒ(a, y).
    const operator =
      parameters.length === 1 ? abstractFunction(name.text) : abstractFunctional(name.text, parameters.length)
    return define({ body: undefined, depth: 0, operator, results: 1 })
  }
  const { ok, depth } = checkBody(ctx, statement, plain)
  const last = body.at(-1)
  define({
    body: fine && ok ? body : undefined,
    depth,
    results: last?.kind === 'return' ? last.values.length : 1,
  })
}

/**
 * Whether each parameter has a name of its own, those that a call may leave out come last, and several arguments are counted as they
 * are; reports where not.
 */
export function parametersFit(ctx: Context, parameters: readonly Parameter[]): boolean {
  const names = new Set<string>()
  let fine = true
  let preset = false
  for (const { name, span, value, several } of parameters) {
    if (several && !countsArguments(several)) {
      report(ctx.diagnostics, 'bad-several', several.range.span, { name, index: several.index.text })
      fine = false
    }
    if (names.has(name)) {
      report(ctx.diagnostics, 'duplicate-name', span, { name })
      fine = false
    } else if (preset && (!value || several)) {
      report(ctx.diagnostics, 'late-parameter', span, { name })
      fine = false
    }
    names.add(name)
    preset ||= value !== undefined
  }
  return fine
}

/** `for k in 1..n` with the index of the first bracket. */
const countsArguments = ({ index, range: { name, range } }: NonNullable<Parameter['several']>): boolean =>
  name.text === index.text &&
  range.from.kind === 'number' &&
  range.from.text === '1' &&
  range.to.kind === 'name'

/** What is wrong with the statements of a function, whatever it is called with, and how deep the calls in it nest, which has a limit. */
export function checkBody(
  outer: Context,
  { name, body: statements = [] }: FnStatement,
  parameters: readonly Parameter[],
): { readonly ok: boolean; readonly depth: number } {
  const plan = planOf(parameters, statements)
  const scope = scopeOf({ parameters, scope: outer.scope, plan }, statements)
  const ctx: Context = { ...outer, scope, plan }
  const own = new Set(parameters.map((parameter) => parameter.name))
  const unknown = (text: string): void => scope.define(text, { kind: 'unknown' })
  let ok = true
  let depth = 0
  const look = (
    tree: Expression,
    defines: string,
    indices: ReadonlySet<string> = new Set(),
    extent?: true,
  ) => {
    const around = { defines, parameters: new Set([...own, ...indices]), ...(extent ? { extent } : {}) }
    const found = check(ctx, tree, around)
    ok &&= found.ok
    depth = Math.max(depth, found.depth)
  }
  const inBlock = ({ ranges, body }: ForStatement, outside: ReadonlySet<string>): void => {
    const indices = new Set(outside)
    for (const { name: index, range } of ranges) {
      for (const end of [range.from, range.to]) look(end, name.text, indices, true)
      indices.add(index.text)
    }
    for (const inner of body) {
      if (inner.kind === 'for') inBlock(inner, indices)
      else if (inner.kind === 'equation')
        for (const tree of [...inner.indices, inner.value]) look(tree, inner.name.text, indices)
    }
  }
  for (const { text } of shapeNames(parameters)) unknown(text)
  for (const { shape = [], value, several } of parameters) {
    const indices = new Set(several ? [several.index.text] : [])
    for (const entry of shape)
      if (entry.kind !== 'name' && extentName(entry, several) === undefined)
        look(entry, name.text, indices, true)
    if (value) look(value, name.text)
  }
  for (const text of own) unknown(text)
  for (const [i, statement] of statements.entries()) {
    repeated(ctx, statement)
    if ('name' in statement && statement.name && scope.firstOf(statement.name.span)) ok = false
    switch (statement.kind) {
      case 'equation':
      case 'for': {
        const whole = nested(statement)
        if (whole.kind === 'for') inBlock(whole, new Set())
        else if (whole.kind === 'equation')
          for (const tree of [...whole.indices, whole.value]) look(tree, whole.name.text)
        if (statement.kind === 'equation' && statement.indices.length === 0) unknown(statement.name.text)
        break
      }
      case 'dim':
        for (const { name: of, values } of statement.declarations) {
          for (const value of values) look(value, of.text, new Set(), true)
          unknown(of.text)
        }
        break
      case 'return':
        for (const value of statement.values) look(value, name.text)
        if (i < statements.length - 1) {
          complain(outer, TOP, 'early-return', statements[i + 1]!.span, { name: name.text })
          ok = false
        }
        break
      default:
        break
    }
  }
  if (!statements.some(({ kind }) => kind === 'return')) {
    complain(outer, TOP, 'no-return', name.span, { name: name.text })
    ok = false
  }
  if (depth <= DEEPEST) return { ok, depth }
  complain(outer, TOP, 'over-limit', name.span, {
    what: 'The nesting of function calls is',
    limit: DEEPEST,
    hint: undefined,
  })
  return { ok: false, depth: 0 }
}
