/** Layers: functions with parameters of their own. Each instance has its parameters and is made for extents and numbers of its own. */
import { report } from '../base/messages.ts'
import { nearest } from '../base/spelling.ts'
import { memberName } from '../graph/member.ts'
import type { Node } from '../graph/node.ts'
import type {
  CallExpression,
  Expression,
  FnStatement,
  InstanceDeclaration,
  InstanceStatement,
  LayerStatement,
} from '../syntax/tree.ts'
import { read } from './boxes.ts'
import { planOf } from './calls.ts'
import { argumentsFit, argumentsOf, check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { dims, hiddenConstant } from './declarations.ts'
import { evaluate } from './expression.ts'
import { indicesOf } from './extents.ts'
import { Family, type Interval } from './families.ts'
import { checkBody, fn, parametersFit } from './functions.ts'
import { indexNamed } from './index-names.ts'
import { repeated } from './repeated.ts'
import { type Fn, type Layer, type Meaning, Scope } from './scope.ts'
import { texts } from './shapes.ts'

/** `layer dense(D, H) { … }`: what is wrong with it whatever it is made for. */
export function layer(ctx: Context, statement: LayerStatement): void {
  const { name, body } = statement
  const parameters = statement.parameters.map(({ name: { text }, ...rest }) => ({ ...rest, name: text }))
  const fine = parametersFit(ctx, parameters)
  const application = applicationOf(ctx, statement)
  const own = application?.parameters.map(({ name: { text }, ...rest }) => ({ ...rest, name: text })) ?? []
  const families = body.flatMap((s) =>
    s.kind === 'param' ? s.declarations.filter((d) => d.family.length > 0).map((d) => d.name.text) : [],
  )
  const plan = planOf(own, application?.body ?? [], families)
  const scope = new Scope(body, { outer: ctx.scope, names: namesOf(statement) })
  const inside: Context = { ...ctx, scope }
  const unknown = (text: string): void => scope.define(text, { kind: 'unknown' })
  const functions: Fn[] = []
  let ok = fine && parametersFit(ctx, own)
  const looked = (tree: Expression, indices: ReadonlySet<string>, extent?: true): void => {
    const found = check(inside, tree, { parameters: indices, ...(extent ? { extent } : {}) })
    ok = found.ok && ok
  }
  for (const { name: text, value } of parameters) {
    if (value) looked(value, new Set(), true)
    unknown(text)
  }
  for (const s of body) {
    repeated(inside, s)
    switch (s.kind) {
      case 'dim':
        for (const { name: of, values } of s.declarations) {
          for (const value of values) looked(value, new Set(), true)
          unknown(of.text)
        }
        break
      case 'const':
        for (const { name: of, shape = [], value } of s.declarations) {
          for (const entry of shape) looked(entry, new Set(), true)
          looked(value, new Set())
          unknown(of.text)
        }
        break
      case 'instance':
        for (const d of s.declarations) {
          const made = isMade(inside, d)
          define(inside, d, made)
          ok &&= made
        }
        break
      case 'param':
        for (const { name: of, shape, family, within } of s.declarations) {
          unknown(of.text)
          // What an instance holds is looked at in its layer.
          if (within) continue
          const indices = new Set<string>()
          for (const index of family) {
            ok = indexNamed(inside, index, indices) && ok
            for (const end of [index.range.from, index.range.to]) looked(end, new Set(indices), true)
            indices.add(index.name.text)
          }
          for (const entry of shape) looked(entry, indices, true)
        }
        break
      case 'fn': {
        if (s.applies) break
        fn(inside, s)
        const meaning = scope.meaning(s.name.text)
        if (meaning?.kind === 'fn') functions.push(meaning.fn)
        if (meaning?.kind !== 'fn' || (s.body && !meaning.fn.body)) ok = false
        break
      }
      default:
        break
    }
  }
  if (!application) return ctx.scope.define(name.text, { kind: 'unknown' })
  const checked = checkBody(inside, application, own)
  const last = application.body?.at(-1)
  const made: Layer = {
    name: name.text,
    parameters,
    statement,
    scope: ctx.scope,
    functions,
    application: {
      parameters: own,
      body: ok && checked.ok ? application.body : undefined,
      results: last?.kind === 'return' ? last.values.length : 1,
      plan,
      depth: checked.depth,
    },
  }
  ctx.scope.define(name.text, { kind: 'layer', layer: made })
}

/** What applying a layer is, which it says once; reports where not. */
function applicationOf(ctx: Context, { name, body }: LayerStatement): FnStatement | undefined {
  const [first, second] = body.filter((s): s is FnStatement => s.kind === 'fn' && s.applies === true)
  const say = (span: FnStatement['span'], found: string | undefined): undefined =>
    complain(ctx, TOP, 'layer-application', span, { name: name.text, found })
  if (!first) return say(name.span, undefined)
  if (second) return say(second.name.span, 'twice')
  return first.name.text === name.text ? first : say(first.name.span, first.name.text)
}

const namesOf = ({ parameters }: LayerStatement) =>
  parameters.map(({ name: { text, span } }) => ({ name: text, span, what: 'an argument of the layer' }))

/** `layer hidden = dense(784, 128), block[l] = transformer(D) for l in 1..L`: functions that have parameters. */
export function instances(ctx: Context, { declarations }: InstanceStatement): void {
  for (const declaration of declarations) {
    // What it is made for is looked at where it has values; of a family with its parameters.
    const fine =
      isMade(ctx, declaration) &&
      (declaration.family.length > 0 || enter(ctx, TOP, declaration) !== undefined)
    define(ctx, declaration, fine)
  }
}

/** Whether there is the layer, and what an instance is made for fits its arguments; reports where not. */
function isMade(ctx: Context, { name, family, making, broken }: InstanceDeclaration): boolean {
  const indices = new Set<string>()
  let fine = broken === undefined
  for (const index of family) {
    fine = indexNamed(ctx, index, indices) && fine
    indices.add(index.name.text)
  }
  const made = broken ? undefined : layerOf(ctx, making)
  if (!made || !argumentsFit(ctx, making, made)) return false
  for (const value of [...making.args, ...making.named.map((argument) => argument.value)])
    fine = check(ctx, value, { defines: name.text, parameters: indices }).ok && fine
  return fine && made.application.body !== undefined
}

/** Gives an instance, and those that it holds, their meanings. */
function define(ctx: Context, declaration: InstanceDeclaration, fine: boolean): void {
  const { name, inner = [] } = declaration
  const one = (text: string, path: readonly InstanceDeclaration[]): void => {
    const layer = fine ? layerAt(ctx.scope, path) : undefined
    if (!layer) return ctx.scope.define(text, { kind: 'unknown' })
    const { scope, application } = layer
    const instance = { path, scope: ctx.scope, layer }
    const made: Fn = { name: text, ...application, scope, fromPrelude: false, instance }
    ctx.scope.define(text, { kind: 'fn', fn: made })
  }
  one(name.text, [declaration])
  for (const [path, rest] of inner) one(`${name.text}.${path}`, [declaration, ...rest])
}

/** The layer that an instance is of; reports where there is none. */
function layerOf(ctx: Context, { callee: { text: name, span } }: CallExpression): Layer | undefined {
  const { scope, diagnostics } = ctx
  const meaning = scope.meaning(name)
  if (meaning?.kind === 'layer') return meaning.layer
  if (meaning?.kind === 'unknown') return undefined
  const declared = scope.declared(name)
  if (declared?.what === 'a layer')
    return complain(ctx, TOP, 'use-before-definition', span, { name }, [
      { span: declared.span, message: 'it is defined here' },
    ])
  report(diagnostics, 'unknown-layer', span, {
    name,
    what: declared?.what,
    nearest: diagnostics.full ? undefined : nearest(name, scope.namesThatAre('a layer')),
  })
  return undefined
}

/** The layer at the end of a path of instances. */
function layerAt(around: Scope, path: readonly InstanceDeclaration[]): Layer | undefined {
  let scope = around
  let found: Layer | undefined
  for (const { making } of path) {
    const meaning = scope.meaning(making.callee.text)
    if (meaning?.kind !== 'layer') return undefined
    found = meaning.layer
    scope = found.scope
  }
  return found
}

/**
 * The inside of an instance, where the names of its layer mean what it is made for; undefined where something about that is wrong, which is
 * reported. The indices around the instance have the values that they have in `env`.
 */
export function enter(ctx: Context, env: Env, declaration: InstanceDeclaration): Context | undefined {
  const { making, name: called, span: place } = declaration
  const meaning = ctx.scope.meaning(making.callee.text)
  if (meaning?.kind !== 'layer') return undefined
  const { layer: made } = meaning
  const { statement, parameters } = made
  const scope = new Scope(statement.body, { outer: made.scope, names: namesOf(statement) })
  const inside: Context = { ...ctx, scope }
  const own: Env = { site: env.site ?? { name: called.text, span: place } }
  const given = argumentsOf(making, made)
  for (const [i, { name, value, span }] of parameters.entries()) {
    const tree = given[i]
    const node = tree ? evaluate(ctx, env, tree) : value && evaluate(inside, own, value)
    if (node && node.shape.length > 0)
      return complain(ctx, env, 'layer-argument', tree?.span ?? span, {
        name,
        layer: made.name,
        found: texts(node.shape),
      })
    if (!node) return undefined
    scope.define(name, { kind: 'value', role: 'argument', node })
  }
  for (const one of made.functions) scope.define(one.name, { kind: 'fn', fn: { ...one, scope } })
  for (const s of statement.body) {
    if (s.kind === 'dim') dims(inside, s, { dims: new Map() }, new Map(), own)
    if (s.kind === 'const') for (const d of s.declarations) hiddenConstant(inside, d)
    if (s.kind === 'instance') for (const d of s.declarations) define(inside, d, true)
  }
  return inside
}

/** The names that an application sees: those of the instance, with its parameters. */
export function applied(ctx: Context, env: Env, call: CallExpression, fn: Fn): Scope | undefined {
  const { instance: { path, scope } = { path: [], scope: ctx.scope } } = fn
  const { indices = [], held = [] } = call.instance ?? {}
  const params = held.map(({ name, tree }) => ({ name, meaning: meaningOf(ctx, env, tree) }))
  // What is wrong with an instance is told where it is made.
  if (params.some(({ meaning }) => isUnknown(meaning))) return undefined
  let at = 0
  let inside: Context | undefined = { ...ctx, scope }
  for (const declaration of path) {
    const locals = new Map<string, Node>()
    for (const { name } of declaration.family) {
      const node = ctx.evaluate(ctx, env, indices[at++] as Expression)
      if (!node) return undefined
      locals.set(name.text, node)
    }
    inside = enter(inside, { ...env, locals }, declaration)
    if (!inside) return undefined
  }
  for (const { name, meaning } of params) inside.scope.define(name, meaning)
  return inside.scope
}

const isUnknown = (meaning: Meaning): boolean =>
  meaning.kind === 'unknown' ||
  (meaning.kind === 'value' && meaning.node === undefined) ||
  (meaning.kind === 'values' && meaning.family.broken)

/** What a parameter is where an instance is applied: a value, or a family of what is left of one. */
function meaningOf(ctx: Context, env: Env, tree: Expression): Meaning {
  const object = tree.kind === 'index' ? tree.object : tree
  const meaning = object.kind === 'name' ? ctx.scope.meaning(object.name) : undefined
  if (!meaning || tree.kind !== 'index' || meaning.kind !== 'values') return meaning ?? { kind: 'unknown' }
  const { family } = meaning
  const count = tree.indices.length
  if (count === family.ranges.length)
    return { kind: 'value', role: 'param', node: read(ctx, env, family, tree) }
  const at = indicesOf(ctx, env, family.name, tree.indices as readonly Expression[])
  const rest = new Family<Node>(family.name, family.ranges.slice(count))
  rest.broken = at === undefined || family.broken
  if (at)
    eachOf(rest.ranges, [], (more) => {
      const member = memberName(family.name, [...at, ...more])
      if (family.members.has(member))
        rest.members.set(memberName(family.name, more), family.members.get(member))
    })
  return { kind: 'values', role: 'param', family: rest }
}

/** All indices in ranges of known ends. */
function eachOf(
  ranges: readonly (Interval | undefined)[],
  before: readonly number[],
  see: (indices: readonly number[]) => void,
): void {
  const [range, ...others] = ranges
  if (ranges.length === 0) return see(before)
  if (typeof range?.from !== 'number' || typeof range.to !== 'number') return
  for (let i = range.from; i <= range.to; i++) eachOf(others, [...before, i], see)
}
