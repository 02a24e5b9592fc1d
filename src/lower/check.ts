/**
 * What can be said of an expression before any shape is known: every name and function in it is there, calls have the
 * right arguments, comparisons stand where they may. What is wrong is reported once and goes to `ctx.bad`.
 */
import type { Span } from '../base/span.ts'
import { characterSlip } from '../base/slips.ts'
import { memberName } from '../graph/member.ts'
import type {
  CallExpression,
  Expression,
  FieldExpression,
  LayerStatement,
  ReductionExpression,
  ResultExpression,
} from '../syntax/tree.ts'
import { isAlong } from './along.ts'
import { isCondition } from './conditions.ts'
import { type Context, TOP, complain } from './context.ts'
import { isFloor } from './extents.ts'
import { familyOf, someMember } from './families.ts'
import { children, fold, subscripts } from './fold.ts'
import { indexNamed } from './index-names.ts'
import {
  CONSTANTS,
  REDUCTIONS,
  canonical,
  isDerivative,
  libraryFunction,
  libraryNames,
  positional,
} from './library.ts'
import { decimal } from './numbers.ts'
import type { Fn, Parameter } from './scope.ts'

/** Where an expression stands, as far as names go. */
export interface Surroundings {
  /** The name that the statement defines. */
  readonly defines?: string | undefined
  /** The parameters of the function whose body it is. */
  readonly parameters?: ReadonlySet<string>
  /** It is the length of an axis or the end of a range. */
  readonly extent?: true
}

export interface Checked {
  readonly ok: boolean
  /** How deep calls of functions with bodies nest in it. */
  readonly depth: number
}

/** Checks an expression and everything in it. */
export function check(ctx: Context, root: Expression, around: Surroundings = {}): Checked {
  // A family stands with an index only, and then it is a member's name and no value by itself.
  const parts = (tree: Expression): readonly Expression[] => {
    if (tree.kind === 'reduction' || tree.kind === 'logical' || tree.kind === 'not') return []
    if (tree.kind === 'call') {
      // The batch is no value: the library looks at what `over=` names.
      const isFn = calledFunction(ctx, tree, around) !== undefined
      const named = tree.named.flatMap(({ name, value }) => (name.text === 'over' && !isFn ? [] : [value]))
      // What an instance holds is there where it is.
      const indices = tree.instance ? subscripts(tree.instance) : []
      return [...new Set([...indices, ...positional(ctx, tree, around.parameters), ...named])]
    }
    return tree.kind === 'index' && familyOf(ctx, tree, around.parameters) ? subscripts(tree) : children(tree)
  }
  const checked = fold<Checked>(root, parts, (tree, values) => {
    let depth = 0
    let ok = true
    for (const value of values) {
      if (value.depth > depth) depth = value.depth
      ok &&= value.ok
    }
    const fn = tree.kind === 'call' ? calledFunction(ctx, tree, around) : undefined
    if (fn) depth = Math.max(depth, fn.depth + 1)
    if (tree.kind === 'reduction') {
      const found = reductionFits(ctx, tree, around)
      if (!found.ok) ctx.bad.add(tree)
      return found
    }
    // What they compare is looked at where they stand: as a condition.
    if (tree.kind === 'logical' || tree.kind === 'not') return { ok, depth }
    if (!comparisonsPlaced(ctx, tree, around)) ok = false
    if (tree.kind !== 'result' && !resultsPlaced(ctx, children(tree), around)) ok = false
    if (!alright(ctx, tree, around, fn)) {
      ctx.bad.add(tree)
      ok = false
    }
    return { ok, depth }
  })
  if (!resultsPlaced(ctx, [root], around)) return { ...checked, ok: false }
  if (!isCondition(root)) return checked
  misplaced(ctx, root)
  return { ...checked, ok: false }
}

/** A reduction: its indices are names within it. */
function reductionFits(ctx: Context, tree: ReductionExpression, around: Surroundings): Checked {
  const parameters = new Set(around.parameters)
  let ok = true
  let depth = 0
  const inner = (part: Expression, more: Surroundings): void => {
    const found = check(ctx, part, more)
    ok &&= found.ok
    depth = Math.max(depth, found.depth)
  }
  for (const range of tree.ranges) {
    ok = indexNamed(ctx, range, parameters) && ok
    for (const end of [range.range.from, range.range.to])
      inner(end, { ...around, parameters: new Set(parameters), extent: true })
    parameters.add(range.name.text)
  }
  const { callee, condition } = tree
  if (!REDUCTIONS.has(canonical(callee.text)) || ctx.scope.declared(callee.text)) {
    complain(ctx, TOP, 'not-a-reduction', callee.span, { name: callee.text, known: [...REDUCTIONS] })
    ok = false
  }
  inner(tree.body, { ...around, parameters })
  if (condition) ok = conditionFits(ctx, condition, { ...around, parameters }) && ok
  return { ok, depth }
}

/** A condition behind `where`, and what it compares. */
function conditionFits(ctx: Context, root: Expression, around: Surroundings): boolean {
  let ok = true
  const work = [root]
  for (let tree = work.pop(); tree; tree = work.pop()) {
    if (tree.kind === 'not') work.push(tree.operand)
    else if (tree.kind === 'logical') work.push(tree.left, tree.right)
    else if (tree.kind === 'comparison')
      for (const side of [tree.left, tree.right]) ok = check(ctx, side, around).ok && ok
    else {
      complain(ctx, TOP, 'missing-comparison', tree.span, {})
      ok = false
    }
  }
  return ok
}

function alright(ctx: Context, tree: Expression, around: Surroundings, fn: Fn | undefined): boolean {
  switch (tree.kind) {
    case 'number':
      if (decimal(tree.text)) return true
      complain(ctx, TOP, 'bad-number', tree.span, {
        text: tree.text,
        hint: 'its size is beyond that of every double',
      })
      return false
    case 'name':
      return isValue(ctx, tree.name, tree.span, around)
    case 'result':
      return isSeveral(ctx, tree, around)
    case 'call':
      if (around.extent && isFloor(tree) && !ctx.scope.declared('floor')) return true
      if (tree.of || tree.instance || fn?.instance) return isApplication(ctx, tree, fn)
      return fn ? argumentsFit(ctx, tree, fn) : isLibraryCall(ctx, tree, around)
    case 'field':
      return noField(ctx, tree)
    default:
      return true
  }
}

/** A dot behind what is no instance of a layer. */
function noField(ctx: Context, { field }: FieldExpression): false {
  const { start } = field.span
  const dot = { start: start - 1, end: start }
  complain(ctx, TOP, 'bad-character', dot, { character: '.', hint: characterSlip(`.${field.text}`) })
  return false
}

// ——— names

/** Whether a name stands for a value; reports where not. */
function isValue(ctx: Context, name: string, span: Span, around: Surroundings): boolean {
  if (around.parameters?.has(name)) return true
  const meaning = ctx.scope.meaning(name)
  switch (meaning?.kind) {
    case 'dim':
    case 'value':
    case 'values':
    case 'unknown':
      return true
    case 'fn': {
      const { instance } = meaning.fn
      if (!instance) complain(ctx, TOP, 'not-a-value', span, { name, what: 'a function' })
      else
        complain(ctx, TOP, 'instance-as-value', span, {
          name,
          layer: instance.layer.name,
          parameters: fieldsOf(instance.layer.statement),
        })
      return false
    }
    case 'layer':
      complain(ctx, TOP, 'layer-without-instance', span, { name, usage: usageOf(meaning.layer) })
      return false
    case 'dims':
      complain(ctx, TOP, 'missing-index', span, { name, member: someMember(meaning.family) })
      return false
    case 'batch':
      complain(ctx, TOP, 'not-a-value', span, { name, what: 'the batch, which one sample knows nothing of' })
      return false
    case undefined:
      break
  }
  if (ctx.scope.declared(name)) return early(ctx, name, span, around)
  if (CONSTANTS.has(name)) return true
  if (isLibrary(ctx, name)) complain(ctx, TOP, 'not-a-value', span, { name, what: 'a function' })
  else
    complain(ctx, TOP, 'unknown-name', span, {
      name,
      nearest: nearest(ctx, name, CONSTANTS),
      meant: meant(ctx, name),
      ...(around.extent ? { extent: true } : {}),
    })
  return false
}

/** A declared name that is not defined yet. */
function early(ctx: Context, name: string, span: Span, { defines }: Surroundings): false {
  const declared = ctx.scope.declared(name)!
  if (name === defines)
    complain(ctx, TOP, declared.what === 'a function' ? 'recursive-function' : 'defined-by-itself', span, {
      name,
    })
  // What stands above is late only where a recurrence as a whole comes before it.
  else if (declared.span.start < span.start && defines !== undefined)
    complain(ctx, TOP, 'recurrence-of-any-length', span, {
      name: defines,
      reason: `some of its steps need ${name}, which is computed from others of them`,
    })
  else
    complain(ctx, TOP, 'use-before-definition', span, { name }, [
      { span: declared.span, message: 'it is defined here' },
    ])
  return false
}

/** The name that was meant among those of the program and `others`; not looked for any more where nobody would read it. */
const nearest = (ctx: Context, name: string, others: Iterable<string>): string | undefined =>
  ctx.diagnostics.full ? undefined : ctx.scope.nearest(name, others)

/** `dJ/dk` of declared names. */
const derivativeMeant = ({ scope }: Context, name: string): string | undefined =>
  name.startsWith('d') && scope.declared(name.slice(1)) !== undefined
    ? 'a derivative is written d(f, v)'
    : undefined

/** Declared names in a row for a product, `wx`, or a declared one with a subscript for an element, `x_1`. */
function meant(ctx: Context, name: string): string | undefined {
  const derivative = derivativeMeant(ctx, name)
  if (derivative !== undefined) return derivative
  const { scope } = ctx
  const element = /^(?<of>.*?)_?(?<index>[0-9]+|[₀-₉]+)$/u.exec(name)?.groups
  if (element && scope.declared(element['of']!) !== undefined)
    return `an element is ${element['of']}[${element['index']!.replaceAll(/[₀-₉]/g, (c) => String(c.codePointAt(0)! - 0x2080))}]`
  for (let at = 1; at < Math.min(name.length, LONGEST_PRODUCT); at++) {
    const [left, right] = [name.slice(0, at), name.slice(at)]
    if (scope.declared(left) !== undefined && scope.declared(right) !== undefined)
      return `for a product write ${left} * ${right}`
  }
  return undefined
}
const LONGEST_PRODUCT = 24

// ——— calls

const isLibrary = ({ prelude }: Context, name: string): boolean => {
  const library = libraryFunction(canonical(name))
  return (library !== undefined && !library.hidden) || prelude.has(canonical(name))
}

/** The function with a body, or an abstract one, that a call calls, if it is one. */
function calledFunction(ctx: Context, { callee }: CallExpression, around: Surroundings): Fn | undefined {
  if (around.parameters?.has(callee.text)) return undefined
  const meaning = ctx.scope.meaning(callee.text)
  if (meaning?.kind === 'fn') return meaning.fn
  return ctx.scope.declared(callee.text) ? undefined : ctx.prelude.get(canonical(callee.text))
}

/** Whether a call of something else than a `Fn` is right; reports where not. */
function isLibraryCall(ctx: Context, tree: CallExpression, around: Surroundings): boolean {
  const { text: name, span } = tree.callee
  const no = (what: string): false => {
    complain(ctx, TOP, 'not-a-function', span, { name, what })
    return false
  }
  if (around.parameters?.has(name)) return no('an argument')
  const notation = isDerivative(ctx, name)
  const meaning = ctx.scope.meaning(name)
  if (meaning?.kind === 'unknown' && !notation) return false
  const declared = notation ? undefined : ctx.scope.declared(name)
  if (meaning?.kind === 'layer') {
    complain(ctx, TOP, 'layer-without-instance', span, { name, usage: usageOf(meaning.layer) })
    return false
  }
  if (declared) return declared.what === 'a function' ? early(ctx, name, span, around) : no(declared.what)
  const library = libraryFunction(canonical(name))
  if (library === undefined || library.hidden) {
    if (CONSTANTS.has(name)) return no('a number')
    const parameters = tree.args.map((_, i) => (tree.args.length === 1 ? 'v' : `v${i + 1}`))
    complain(ctx, TOP, 'unknown-function', span, {
      name,
      nearest: nearest(ctx, name, libraryNames()),
      meant: derivativeMeant(ctx, name),
      parameters,
    })
    return false
  }
  const { least, most, usage } = library
  const found = positional(ctx, tree, around.parameters).length
  if (found < least || found > most) {
    complain(ctx, TOP, 'wrong-argument-count', tree.span, {
      name,
      expected: counted(least, most),
      found,
      usage,
    })
    return false
  }
  const seen = new Set<string>()
  for (const { name: argument, span: place } of tree.named) {
    if (library.named.includes(argument.text) && !seen.has(argument.text)) seen.add(argument.text)
    else return unknownArgument(ctx, name, argument.text, place, library.named, seen)
  }
  return true
}

/** Whether what is applied is an instance, with an index for each family on the way to it, and the arguments fit; reports where not. */
function isApplication(ctx: Context, tree: CallExpression, fn: Fn | undefined): boolean {
  const { callee } = tree
  const span = tree.of?.span ?? callee.span
  const meaning = ctx.scope.meaning(callee.text)
  if (!tree.of && meaning?.kind === 'unknown') return false
  if (!fn?.instance) {
    if (tree.of?.kind === 'field') return noField(ctx, tree.of)
    const declared = ctx.scope.declared(callee.text)
    if (declared?.what === 'an instance of a layer' && !meaning)
      complain(ctx, TOP, 'use-before-definition', span, { name: callee.text }, [
        { span: declared.span, message: 'it is defined here' },
      ])
    else if (meaning?.kind !== 'unknown')
      complain(ctx, TOP, 'not-applicable', span, { name: callee.text, what: declared?.what })
    return false
  }
  const { path } = fn.instance
  const expected = path.reduce((sum, { family }) => sum + family.length, 0)
  const { indices = [] } = tree.instance ?? {}
  const part = indices.find(({ kind }) => kind === 'part')
  if (indices.length === expected && !part) return argumentsFit(ctx, tree, fn)
  if (part)
    complain(ctx, TOP, 'bad-index', part.span, { reason: `one instance of ${fn.name} is applied at a time` })
  else if (indices.length === 0)
    complain(ctx, TOP, 'missing-index', span, {
      name: fn.name,
      member: memberName(
        fn.name,
        path.flatMap(({ family }) => family.map(() => 1)),
      ),
    })
  else if (expected === 0) complain(ctx, TOP, 'instance-index', span, { name: fn.name })
  else complain(ctx, TOP, 'wrong-index-count', span, { name: fn.name, expected, found: indices.length })
  return false
}

/** The parameters and the layers of a layer, as they are called in it. */
const fieldsOf = ({ body }: LayerStatement): string[] =>
  body.flatMap((s) =>
    s.kind === 'instance' || s.kind === 'param'
      ? s.declarations.flatMap((d) => ('within' in d ? [] : [d.name.text]))
      : [],
  )

function unknownArgument(
  ctx: Context,
  name: string,
  argument: string,
  span: Span,
  known: readonly string[],
  seen: ReadonlySet<string>,
): false {
  if (seen.has(argument)) complain(ctx, TOP, 'duplicate-argument', span, { name, argument })
  else complain(ctx, TOP, 'unknown-argument', span, { name, argument, known })
  return false
}

const counted = (least: number, most: number): string => {
  const count = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`
  if (most === Infinity) return `at least ${count(least)}`
  return least === most ? count(least) : `${least} ${most === least + 1 ? 'or' : 'to'} ${count(most)}`
}

/** More arguments than anybody lists: a function of any number of them may take time with its square. */
const MOST_ARGUMENTS = 64

/** Whether each parameter of a function is given once, or has a default; reports where not. */
export function argumentsFit(
  ctx: Context,
  tree: CallExpression,
  fn: Pick<Fn, 'name' | 'parameters'>,
): boolean {
  const { name, parameters } = fn
  const names = parameters.map((parameter) => parameter.name)
  if (isAlong(fn)) names.push('axis')
  const many = parameters.findIndex(({ several }) => several)
  const seen = new Set(names.slice(0, many < 0 ? tree.args.length : many + 1))
  for (const { name: argument, span } of tree.named) {
    if (seen.has(argument.text) || !names.includes(argument.text))
      return unknownArgument(ctx, name, argument.text, span, names, seen)
    seen.add(argument.text)
  }
  if (many >= 0 && tree.args.length > MOST_ARGUMENTS) {
    complain(ctx, TOP, 'over-limit', tree.span, {
      what: `The number of arguments of \`${name}\` is`,
      limit: MOST_ARGUMENTS,
      hint: undefined,
    })
    return false
  }
  const needed = parameters.filter(({ value, several }) => value === undefined && !several)
  const most = many < 0 ? parameters.length : Infinity
  const given = many < 0 || tree.args.length >= many
  if (tree.args.length <= most && given && needed.every((parameter) => seen.has(parameter.name))) return true
  complain(ctx, TOP, 'wrong-argument-count', tree.span, {
    name,
    expected: counted(needed.length, most),
    found: tree.args.length + tree.named.length,
    usage: usageOf(fn),
  })
  return false
}

/** How a function is called: `f(x, k = 2)` */
const usageOf = ({ name, parameters }: Pick<Fn, 'name' | 'parameters'>): string =>
  `${name}(${parameters
    .map(({ name: own, value, several }) =>
      several ? `${own}, …` : own + (value ? ` = ${value.kind === 'number' ? value.text : '…'}` : ''),
    )
    .join(', ')})`

/**
 * The arguments of a call that fits, in the order of the parameters; none where a parameter has its default, and as many as there
 * are for one that takes several: what comes behind it is given by name.
 */
export function argumentsOf(
  tree: CallExpression,
  { parameters }: Pick<Fn, 'parameters'>,
): (Expression | undefined)[] {
  const named = new Map(tree.named.map(({ name, value }) => [name.text, value]))
  const many = parameters.findIndex(({ several }) => several)
  return parameters.flatMap((parameter, i) => {
    if (i === many) return tree.args.slice(many)
    return [(many < 0 || i < many ? tree.args[i] : undefined) ?? named.get(parameter.name)]
  })
}

/** The parameters of as many arguments. */
export function parametersOf({ parameters }: Fn, count: number): readonly Parameter[] {
  const more = count - parameters.length + 1
  return parameters.flatMap((parameter) =>
    parameter.several ? Array.from({ length: more }, () => parameter) : [parameter],
  )
}

// ——— functions of several results

/** Whether none of these trees is a call with several results, which is no value; reports where one is. */
function resultsPlaced(ctx: Context, trees: readonly Expression[], around: Surroundings): boolean {
  let placed = true
  for (const tree of trees) {
    const fn = tree.kind === 'call' ? calledFunction(ctx, tree, around) : undefined
    if (!fn || fn.results === 1 || ctx.bad.has(tree)) continue
    complain(ctx, TOP, 'several-results', tree.span, { name: fn.name, count: fn.results })
    ctx.bad.add(tree)
    placed = false
  }
  return placed
}

/** Whether what several names are defined by is a call with as many results; reports where not. */
function isSeveral(ctx: Context, { of, count, span }: ResultExpression, around: Surroundings): boolean {
  if (ctx.bad.has(of)) return false
  const fn = of.kind === 'call' ? calledFunction(ctx, of, around) : undefined
  if (fn?.results === count) return true
  complain(ctx, TOP, 'uneven-results', span, { count, ...(fn ? { name: fn.name, found: fn.results } : {}) })
  return false
}

// ——— comparisons

/** Whether the comparisons right below a tree may stand there, and one stands where one must; reports where not. */
function comparisonsPlaced(ctx: Context, tree: Expression, around: Surroundings): boolean {
  let placed = true
  const where = tree.kind === 'call' && comparing(ctx, tree)
  for (const child of children(tree)) {
    if (!isCondition(child)) continue
    if (where && child === tree.args[0]) {
      if (child.kind === 'comparison' || conditionFits(ctx, child, around)) continue
      ctx.bad.add(tree)
    } else misplaced(ctx, child)
    placed = false
  }
  const [condition] = where ? tree.args : []
  if (condition && !isCondition(condition)) {
    complain(ctx, TOP, 'missing-comparison', condition.span, {})
    ctx.bad.add(tree)
    placed = false
  }
  return placed
}

const comparing = (ctx: Context, { callee }: CallExpression): boolean =>
  libraryFunction(callee.text)?.compares === true && !ctx.scope.declared(callee.text)

function misplaced(ctx: Context, tree: Expression): void {
  complain(ctx, TOP, 'misplaced-comparison', tree.span, {})
  ctx.bad.add(tree)
}
