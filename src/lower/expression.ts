/** Expressions → nodes. Shapes are checked here; names and calls have been checked before (`check.ts`). */
import {
  MINUS_ONE,
  ONE,
  type Rational,
  ZERO,
  isInteger,
  isNegative,
  isZero,
  toNumber,
} from '../base/rational.ts'
import { PLACES, type Span } from '../base/span.ts'
import { constantValue } from '../graph/graph.ts'
import type { Shape } from '../graph/extent.ts'
import { type Node, peel } from '../graph/node.ts'
import { exp, pow, select } from '../ops/index.ts'
import type {
  BinaryExpression,
  CallExpression,
  Expression,
  IndexExpression,
  NameExpression,
  TransposeExpression,
} from '../syntax/tree.ts'
import { along, axisArgument } from './along.ts'
import { argumentsOf, parametersOf } from './check.ts'
import { type Context, type Env, complain } from './context.ts'
import { onAxes, read, whole } from './boxes.ts'
import { condition, decided, guarded, implied } from './conditions.ts'
import { memberOf } from './extents.ts'
import { familyOf } from './families.ts'
import { starForProduct } from './fitting.ts'
import { PRODUCT, SUM, chain, fold, subscripts } from './fold.ts'
import { CONSTANTS, canonical, isDerivative, libraryFunction, positional, type Library } from './library.ts'
import { areNumbers } from './index-data.ts'
import { literal, literalParts } from './literals.ts'
import { decimal } from './numbers.ts'
import { primed } from './primes.ts'
import { product } from './product.ts'
import { reduction } from './reductions.ts'
import type { Fn } from './scope.ts'
import { subscripted } from './subscripts.ts'
import { fitted, joined, texts } from './shapes.ts'

type Value = Node | undefined

/** Remembers where a value is written; in a file that is imported the place is that of the call in the program. */
function placed(ctx: Context, { site }: Env, value: Node, span: Span): void {
  const here = span.start < PLACES ? span : site?.span
  if (here && here.start < PLACES) ctx.places.set(value, here)
}

/** The value of an expression; undefined where something in it is wrong, which is reported. */
export function evaluate(ctx: Context, env: Env, root: Expression): Value {
  return fold<Value>(
    root,
    (tree) => {
      ctx.roots.begin(tree)
      return parts(ctx, env, tree)
    },
    (tree, values) => {
      const value = combine(ctx, env, tree, values)
      const isName = tree.kind === 'name' || tree.kind === 'number'
      if (value && !isName && !env.prelude && !env.claimed && !ctx.places.has(value))
        placed(ctx, env, value, tree.span)
      return value
    },
  )
}

// ——— what a value is made of

/** A chain of sums or products is one thing with many operands. */
function parts(ctx: Context, env: Env, tree: Expression): readonly Expression[] {
  if (ctx.bad.has(tree)) return []
  switch (tree.kind) {
    case 'number':
    case 'name':
      return []
    case 'negate':
    case 'transpose':
      return [tree.operand]
    case 'comparison':
    case 'logical':
    case 'not':
    case 'reduction':
    case 'field':
      return []
    case 'literal':
      return literalParts(tree)
    case 'result':
      return tree.of.kind === 'call' && !ctx.bad.has(tree.of) ? parts(ctx, env, tree.of) : []
    case 'index':
      return familyOf(ctx, tree, env.locals) ? [] : [tree.object]
    case 'binary': {
      const level = SUM.has(tree.operator) ? SUM : PRODUCT.has(tree.operator) ? PRODUCT : undefined
      if (!level) return [tree.left, tree.right]
      const { first, links } = chain(tree, level)
      return [first, ...links.map((link) => link.right)]
    }
    case 'call': {
      const called = resolve(ctx, env, tree)
      if (!called) return []
      if ('parameters' in called) return argumentsOf(tree, called).filter((arg) => arg !== undefined)
      if (called.extents) return []
      const args = positional(ctx, tree, env.locals)
      const [first, ...rest] = args
      if (called.compares && isConditional(ctx, env, first!)) return []
      return called.compares && first?.kind === 'comparison' ? [first.left, first.right, ...rest] : args
    }
  }
}

/** The function that a call calls. The prelude sees the library only. */
function resolve(
  ctx: Context,
  env: Env,
  { callee: { text: name } }: CallExpression,
): Fn | Library | undefined {
  if (!env.prelude) {
    if (env.locals?.has(name)) return undefined
    const meaning = ctx.scope.meaning(name)
    if (meaning?.kind === 'fn') return meaning.fn
    if (ctx.scope.declared(name) && !isDerivative(ctx, name)) return undefined
  }
  return ctx.prelude.get(canonical(name)) ?? libraryFunction(canonical(name))
}

// ——— the values

function combine(ctx: Context, env: Env, tree: Expression, values: readonly Value[]): Value {
  if (ctx.bad.has(tree) || (env.site && spent(ctx, env, values))) return undefined
  if (tree.kind === 'name') return named(ctx, env, tree)
  if (values.includes(undefined)) return undefined
  const known = values as readonly Node[]
  if (computes(ctx, env, tree) && !areNumbers(ctx, env, parts(ctx, env, tree), known)) return undefined
  switch (tree.kind) {
    case 'number':
      return ctx.graph.constant(decimal(tree.text)!)
    case 'negate':
      return ctx.graph.negate(known[0]!)
    case 'transpose':
      return transpose(ctx, env, tree, known[0]!)
    case 'comparison':
    case 'logical':
    case 'not':
    case 'field':
      return undefined
    case 'literal':
      return literal(ctx, env, tree, known)
    case 'reduction':
      return reduction(ctx, env, tree)
    case 'index': {
      const family = familyOf(ctx, tree, env.locals)
      if (!family) return element(ctx, env, tree, known[0]!)
      if (family.kind === 'values') return read(ctx, env, family.family, tree)
      const extent = memberOf(ctx, env, family.family, tree)
      return extent === undefined ? undefined : ctx.graph.extent(extent)
    }
    case 'binary': {
      const value = SUM.has(tree.operator)
        ? sum(ctx, env, tree, known)
        : tree.operator === '^'
          ? power(ctx, env, tree, known)
          : product(ctx, env, tree, known)
      if (value) beyondDoubles(ctx, env, tree, value, known)
      return value
    }
    case 'call': {
      const called = resolve(ctx, env, tree)
      if (!called) return undefined
      if (!('parameters' in called) && called.compares && isConditional(ctx, env, tree.args[0]!))
        return conditional(ctx, env, tree)
      const value = (args: readonly Node[]): Value =>
        'parameters' in called
          ? expand(ctx, env, tree, called, args)?.[0]
          : called.lower({ ctx, env, tree }, args)
      if (tree.order === undefined) return value(known)
      const [z] = known
      const found = z && primed(ctx.graph, (u) => value([u]), z, tree.order)
      if (found) return found.value
      return complain(ctx, env, 'not-elementwise', tree.span, { name: tree.callee.text })
    }
    case 'result': {
      const { of, position } = tree
      const called = of.kind === 'call' && !ctx.bad.has(of) ? resolve(ctx, env, of) : undefined
      return called && 'parameters' in called
        ? expand(ctx, env, of as CallExpression, called, known)?.[position]
        : undefined
    }
  }
}

/** Whether the parts of a tree are numbers to compute with: not the data of whole numbers that say which. */
function computes(ctx: Context, env: Env, tree: Expression): boolean {
  if (tree.kind === 'index' || tree.kind === 'comparison' || tree.kind === 'result') return false
  if (tree.kind !== 'call') return true
  const called = resolve(ctx, env, tree)
  return called !== undefined && !('parameters' in called) && called.indices !== true
}

function named(ctx: Context, env: Env, tree: NameExpression): Value {
  const { name } = tree
  const { graph, scope } = ctx
  const local = env.locals?.get(name)
  if (local) return local
  const meaning = scope.meaning(name)
  if (meaning?.kind === 'value') return meaning.node
  if (meaning?.kind === 'dim') return meaning.extent === undefined ? undefined : graph.extent(meaning.extent)
  if (meaning?.kind === 'values') return whole(ctx, env, meaning.family, tree)?.node
  if (scope.declared(name)) return undefined
  return CONSTANTS.has(name)
    ? graph.symbol({ name, role: 'constant', shape: [], assumptions: new Set() })
    : undefined
}

/** Warns of a constant that no double is near to, where it is made. Formulas have it exactly. */
function beyondDoubles(
  ctx: Context,
  env: Env,
  tree: BinaryExpression,
  value: Node,
  operands: readonly Node[],
): void {
  const numbers = operands.map((operand) => constantValue(peel(operand)))
  const known = numbers as Rational[]
  if (numbers.includes(undefined) || !known.every((number) => Number.isFinite(toNumber(number)))) return
  const [a, b] = known
  const made = constantValue(value)
  const double = made ? toNumber(made) : tree.operator === '^' ? Math.pow(toNumber(a!), toNumber(b!)) : NaN
  const tooLarge = Math.abs(double) === Infinity
  const tooSmall = double === 0 && !(made && isZero(made))
  if (tooLarge || tooSmall)
    complain(ctx, env, 'beyond-doubles', tree.span, { beyond: tooLarge ? 'larger' : 'smaller' })
}

/** ± first ± … in one step. */
function sum(ctx: Context, env: Env, tree: Expression, values: readonly Node[]): Value {
  const { first, links } = chain(tree, SUM)
  let shape: Shape = values[0]!.shape
  for (const [i, link] of links.entries()) {
    const wider = joined(ctx, env, link.operator, shape, values[i + 1]!.shape, link.tree.span, (a, b) =>
      starForProduct([first, ...links.slice(0, i + 1).map((l) => l.right)], a, b),
    )
    if (!wider) return undefined
    shape = wider
  }
  const terms = values.map((node, i) => ({
    coefficient: i > 0 && links[i - 1]!.operator === '-' ? MINUS_ONE : ONE,
    node: node.shape.length === 0 ? node : fitted(ctx.graph, node, shape),
  }))
  return ctx.graph.noteWritten(
    ctx.graph.sum(terms, ZERO, shape),
    terms.map((t) => t.node),
  )
}

function power(ctx: Context, env: Env, tree: BinaryExpression, [base, exponent]: readonly Node[]): Value {
  const { graph } = ctx
  const shape = joined(ctx, env, '^', base!.shape, exponent!.shape, tree.span)
  if (!shape) return undefined
  const rational = constantValue(peel(exponent!))
  if (rational) {
    const zero = constantValue(peel(base!))
    if (zero && isZero(zero) && isNegative(rational))
      return complain(ctx, env, 'division-by-zero', tree.span, {})
    if (!isInteger(rational)) ctx.roots.take(base!)
    return graph.noteWritten(graph.power(fitted(graph, base!, shape), rational), [base!])
  }
  const lift = (node: Node): Node => (node.shape.length === 0 ? node : fitted(graph, node, shape))
  // e^x is the exponential function itself.
  if (base!.kind === 'symbol' && base!.symbol.role === 'constant' && base!.symbol.name === 'e')
    return graph.apply(exp, [exponent!])
  return graph.apply(pow, [lift(base!), lift(exponent!)])
}

function transpose(ctx: Context, env: Env, tree: TransposeExpression, operand: Node): Value {
  const rank = operand.shape.length
  if (rank < 2) return operand
  if (rank === 2) return ctx.graph.transpose(operand)
  return complain(ctx, env, 'wrong-shape', tree.span, {
    what: 'What is transposed',
    expected: 'a matrix or a vector',
    found: texts(operand.shape),
  })
}

/** x[i, j], x[i] for a row of a matrix, x[2..5, :]. */
function element(ctx: Context, env: Env, tree: IndexExpression, object: Node): Value {
  const name = tree.object.kind === 'name' ? tree.object.name : 'the value'
  const { indices } = tree
  if (indices.length <= object.shape.length)
    return subscripted(ctx, env, { node: object, name }, onAxes(object, tree))
  return complain(ctx, env, 'wrong-index-count', tree.span, {
    name,
    expected: object.shape.length,
    found: indices.length,
  })
}

// ——— cases by conditions of indices

/** Among indices a condition says where subscripts of its branches are asked for. */
const isConditional = (ctx: Context, env: Env, tree: Expression): boolean =>
  tree.kind === 'logical' ||
  tree.kind === 'not' ||
  (env.indices?.length ?? 0) > 0 ||
  (env.locals !== undefined && decided(ctx, env, tree) !== undefined)

function conditional(ctx: Context, env: Env, tree: CallExpression): Value {
  const { graph } = ctx
  const [holds, then, otherwise] = tree.args as [Expression, Expression, Expression]
  // Of indices that are run through only the case is looked at that there is.
  const known = decided(ctx, env, holds)
  if (known !== undefined) return ctx.evaluate(ctx, env, known ? then : otherwise)
  const c = condition(ctx, env, holds)
  const branch = (of: Expression, when: boolean): Value =>
    ctx.evaluate(ctx, guarded(env, implied(ctx, env, holds, when)), of)
  const [u, v] = [branch(then, true), branch(otherwise, false)]
  if (!c || !u || !v) return undefined
  let shape: Shape | undefined = c.shape
  for (const node of [u, v]) {
    shape = joined(ctx, env, 'where', shape, node.shape, tree.span)
    if (!shape) return undefined
  }
  const wide = shape
  return graph.stretch(
    graph.apply(
      select,
      [c, u, v].map((node) => (node.shape.length === 0 ? node : fitted(graph, node, wide))),
    ),
    wide,
  )
}

// ——— functions with bodies

/** Trees of function bodies that one program may expand, all calls together. */
export const MOST_EXPANDED = 500_000

/** A tree over sums or products of many operands, which are dissolved into one, costs as much as so many small ones. */
const OPERANDS_OF_A_TREE = 8

/** Whether too much has been expanded; said once. */
function spent(ctx: Context, env: Env, values: readonly Value[]): boolean {
  const operands = values.reduce((count, value) => count + (value?.args.length ?? 0), 0)
  const before = ctx.left.trees
  ctx.left.trees -= 1 + Math.floor(operands / OPERANDS_OF_A_TREE)
  if (ctx.left.trees >= 0) return false
  if (before >= 0) {
    complain(ctx, env, 'over-limit', env.site!.span, {
      what: 'What the functions of this program expand to is',
      limit: MOST_EXPANDED,
      hint: 'name intermediate values with equations',
    })
  }
  return true
}

/** The values of a call: the body with the arguments in it, made once for the same arguments. */
function expand(
  ctx: Context,
  env: Env,
  tree: CallExpression,
  fn: Fn,
  known: readonly Node[],
): readonly Node[] | undefined {
  if (!fn.body && !fn.operator) return undefined
  const given = [...known]
  const args = argumentsOf(tree, fn).map((arg) => (arg ? given.shift() : undefined))
  let calls = ctx.calls.get(fn)
  if (!calls) ctx.calls.set(fn, (calls = new Map()))
  const axis = axisArgument(tree, fn)?.value
  // What an instance is applied with is known by its indices.
  const indices = tree.instance ? subscripts(tree.instance).map((index) => ctx.evaluate(ctx, env, index)) : []
  const key = [...args, ...indices].map((arg) => arg?.id ?? '').join()
  // Among indices what a call may ask for depends on where they run.
  const before = env.indices?.length || axis ? undefined : calls.get(key)
  if (before) {
    ctx.roots.add(before.roots)
    return before.value
  }
  const give = (args: readonly (Node | undefined)[]) => ctx.expand(ctx, env, tree, fn, args)
  const made = ctx.roots.within(() =>
    axis ? along(ctx, env, tree, { args, of: parametersOf(fn, args.length) }, give) : give(args),
  )
  if (!axis) calls.set(key, made)
  return made.value
}
