/** The library functions that are lowered directly. The others are operators of the table, or written in the prelude. */
import { HALF, ONE, TWO, ZERO, rational } from '../base/rational.ts'
import { type Extent, type Shape, extentText, sameShape, sizeOf } from '../graph/extent.ts'
import { BATCH, type Node } from '../graph/node.ts'
import type { MatrixOperator, Pointwise, Reduction } from '../graph/operator.ts'
import { overBatch } from '../graph/over-batch.ts'
import {
  atan2,
  batchsum,
  exp,
  inv,
  log,
  lse,
  max,
  min,
  operators,
  reducemax,
  reducemin,
  select,
  stretchBack,
} from '../ops/index.ts'
import { prelude } from '../ops/prelude.ts'
import type {
  CallExpression,
  ComparisonExpression,
  Expression,
  NameExpression,
  NamedArgument,
} from '../syntax/tree.ts'
import { RELATIONS } from './comparisons.ts'
import { type Context, type Env, complain, operation } from './context.ts'
import { derivativeOf } from './derivatives.ts'
import { extentOf, integerOf } from './extents.ts'
import { areNumbers, oneHot, samePlace, wholeIn } from './index-data.ts'
import { between, fitted, joined, small, texts } from './shapes.ts'

/** A call at hand, its arguments' values known. */
export interface Call {
  readonly ctx: Context
  readonly env: Env
  readonly tree: CallExpression
}

export interface Library {
  /** How it is written. */
  readonly usage: string
  readonly least: number
  readonly most: number
  readonly named: readonly string[]
  /** What its first argument is called, which may be given by name. */
  readonly first?: string
  /** Words that may stand behind its arguments, where they are no names of the program. */
  readonly flags?: readonly string[]
  /** Its arguments are extents, not tensors. */
  readonly extents?: true
  /** Its first argument is a comparison, whose two sides come first in `args`. */
  readonly compares?: true
  /** Its arguments may be index data. */
  readonly indices?: true
  /** Only the prelude knows it. */
  readonly hidden?: true
  /** The value, undefined where the arguments do not fit, which is reported. */
  readonly lower: (call: Call, args: readonly Node[]) => Node | undefined
}

const fixed = (usage: string, count: number, lower: Library['lower']): Library => ({
  usage,
  least: count,
  most: count,
  named: [],
  lower,
})

/** f(v) elementwise. */
const pointwise = (op: Pointwise): Library =>
  fixed(`${op.name}(v)`, 1, ({ ctx }, [v]) => ctx.graph.apply(op, [v!]))

/** f(A) of a square matrix. */
const matrix = (op: MatrixOperator): Library =>
  fixed(`${op.name}(A)`, 1, (call, [a]) => (square(call, a!) ? call.ctx.graph.matrix(op, a!) : undefined))

/**
 * Over all axes (`last`: over the last one), or over those that `axis=` names; with `keep` these stay, of extent 1. With `over=B`
 * over the samples of the batch, whose axis is BATCH, and no others but those that `axis=` names.
 */
function reduction(
  name: string,
  reduce: (call: Call, v: Node, axes: readonly number[]) => Node,
  last = false,
): Library {
  return {
    usage: `${name}(v), ${name}(A, axis=1) or ${name}(v, over=B)`,
    least: 1,
    most: 1,
    named: ['axis', 'over'],
    flags: ['keep'],
    lower: (call, [v]) => {
      const isOver = isOverBatch(call)
      if (isOver === undefined) return undefined
      const own = isOver && !namedArgument(call, 'axis') ? [] : axesOf(call, v!, last)
      if (!own) return undefined
      const axes = isOver ? [BATCH, ...own] : own
      // A reduction of a scalar is the scalar.
      const value = v!.shape.length === 0 && !isOver ? v! : reduce(call, v!, axes)
      if (!isFlagged(call, 'keep')) return value
      const kept = v!.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
      return call.ctx.graph.broadcast(
        value,
        kept,
        kept.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis])),
      )
    },
  }
}

const extreme = (name: string, pair: Pointwise, over: Reduction): Library => {
  const { lower, ...one } = reduction(name, ({ ctx: { graph } }, v, axes) => {
    const { own, isOver } = apart(axes)
    const value = own.length === 0 ? v : graph.reduce(over, v, own)
    return isOver ? graph.reduce(over, value, [BATCH]) : value
  })
  return {
    ...one,
    usage: `${name}(u, v), ${name}(v) or ${name}(v, over=B)`,
    most: 2,
    lower: (call, args) => {
      if (args.length === 1) return lower(call, args)
      const [argument] = [...call.tree.named, ...(flagged(call.ctx, call.tree, call.env.locals) ?? [])]
      if (argument)
        return complain(call.ctx, call.env, 'unknown-argument', argument.span, {
          name: `${name}(u, v)`,
          argument: 'kind' in argument ? 'keep' : argument.name.text,
          known: [],
        })
      return elementwise(call, pair, args)
    },
  }
}

/** An operator on arguments of fitting shapes. */
function elementwise({ ctx, env, tree }: Call, op: Pointwise, args: readonly Node[]): Node | undefined {
  let shape: Shape | undefined = []
  for (const arg of args) {
    shape = joined(ctx, env, tree.callee.text, shape, arg.shape, tree.span)
    if (!shape) return undefined
  }
  const whole = shape
  return ctx.graph.apply(
    op,
    args.map((arg) => (arg.shape.length === 0 ? arg : fitted(ctx.graph, arg, whole))),
  )
}

const where: Library = {
  ...fixed('where(a < b, u, v)', 3, (call, [a, b, u, v]) => {
    const condition = call.tree.args[0]!
    // In laws alone a name stands for a condition; in a program that is reported before.
    if (condition.kind !== 'comparison') return elementwise(call, select, [a!, b!, u!])
    const { ctx, env } = call
    const positions = [a!, b!].some((side) => wholeIn(side)?.indexes !== undefined)
    if (positions) return ofPositions(call, condition, [a!, b!, u!, v!])
    if (!areNumbers(ctx, env, call.tree.args.slice(1), [u!, v!])) return undefined
    const sides = joined(ctx, env, condition.operator, a!.shape, b!.shape, condition.span)
    const holds = sides && elementwise(call, RELATIONS[condition.operator], [a!, b!])
    const value = holds && elementwise(call, select, [holds, u!, v!])
    if (value) guardRoots(call, holds)
    return value
  }),
  compares: true,
  indices: true,
}

/** where(a == b, u, v) of positions along one axis. */
function ofPositions(
  call: Call,
  condition: ComparisonExpression,
  [a, b, u, v]: readonly Node[],
): Node | undefined {
  const { ctx, env, tree } = call
  const { operator } = condition
  if (operator !== '==' && operator !== '!=')
    return complain(ctx, env, 'index-compared', condition.span, {
      name: wholeIn(a!)?.name ?? wholeIn(b!)!.name,
    })
  if (!areNumbers(ctx, env, tree.args.slice(1), [u!, v!])) return undefined
  const same = samePlace(ctx, env, condition, a!, b!)
  return same && elementwise(call, select, operator === '==' ? [same, u!, v!] : [same, v!, u!])
}

const onehot: Library = {
  usage: 'onehot(y) or onehot(y, K)',
  least: 1,
  most: 2,
  named: [],
  indices: true,
  lower: ({ ctx, env, tree }, [y]) => {
    const [, count] = tree.args
    const extent = count && extentOf(ctx, env, count, 'The second argument of `onehot`')
    return count && extent === undefined ? undefined : oneHot(ctx, env, tree, y!, extent)
  },
}

/** What the prelude makes of targets: unit vectors of index data, else what they are. */
const chosen: Library = {
  ...fixed('chosen(y)', 1, ({ ctx, env, tree }, [y]) => (wholeIn(y!) ? oneHot(ctx, env, tree, y!) : y)),
  indices: true,
  hidden: true,
}

/** A root in one of two cases matters where that case is taken; of other shapes, it is not known where. */
function guardRoots({ ctx, tree }: Call, holds: Node): void {
  const { graph } = ctx
  const guarded = (of: Node, isThen: boolean): Node =>
    of.shape.length === 0 || holds.shape.length === 0 || sameShape(of.shape, holds.shape)
      ? graph.apply(select, isThen ? [holds, of, graph.constant(ONE)] : [holds, graph.constant(ONE), of])
      : graph.constant(ONE)
  const [, u, v] = tree.args
  ctx.roots.change(u!, v, (root) => ({ ...root, of: guarded(root.of, true) }))
  ctx.roots.change(v!, undefined, (root) => ({ ...root, of: guarded(root.of, false) }))
}

/** The axes of a value among those of a reduction, and whether that is over the batch too. */
const apart = (axes: readonly number[]): { readonly own: readonly number[]; readonly isOver: boolean } => ({
  own: axes.filter((axis) => axis !== BATCH),
  isOver: axes[0] === BATCH,
})

const batchSum = ({ graph, batch }: Context, v: Node): Node => graph.reduce(batchsum, v, [BATCH], batch)

const sum = reduction('sum', ({ ctx }, v, axes) => {
  const { own, isOver } = apart(axes)
  const total = own.length === 0 ? v : ctx.graph.noteWritten(ctx.graph.sumOver(v, own), [v])
  return isOver ? batchSum(ctx, total) : total
})

const average = ({ ctx }: Call, v: Node, axes: readonly number[]): Node => {
  const { graph } = ctx
  const { own, isOver } = apart(axes)
  const total = own.length === 0 ? v : graph.noteWritten(graph.sumOver(v, own), [v])
  const count = sizeOf(own.map((axis) => v.shape[axis]!))
  const mean =
    count === undefined
      ? graph.divide(total, graph.count(v.shape, own))
      : graph.scale(rational(1, count), total)
  if (!isOver) return mean
  return overBatch(graph, mean, {
    own: (node) => graph.divide(batchSum(ctx, node), graph.extent(ctx.batch!)),
    // What samples share is its own mean.
    shared: (node) => node,
  })
}
const mean = reduction('mean', average)

const outer = fixed('outer(a, b)', 2, (call, [a, b]) => {
  const { ctx, env, tree } = call
  if (!vector(call, a!, 0) || !vector(call, b!, 1)) return undefined
  return small(ctx, env, [...a!.shape, ...b!.shape], tree.span)
    ? ctx.graph.einsum('i,j->ij', a!, b!)
    : undefined
})

const dot = fixed('dot(a, b)', 2, (call, [a, b]) => {
  const { ctx, env, tree } = call
  if (a!.shape.length === 0 && b!.shape.length === 0) return ctx.graph.multiply(a!, b!)
  if (!vector(call, a!, 0) || !vector(call, b!, 1)) return undefined
  if (a!.shape[0] === b!.shape[0]) return ctx.graph.noteWritten(ctx.graph.einsum('i,i->', a!, b!), [a!, b!])
  return complain(ctx, env, 'shape-mismatch', tree.span, {
    what: operation(env, 'dot'),
    left: texts(a!.shape),
    right: texts(b!.shape),
    axis: between(0, a!.shape[0]!, 0, b!.shape[0]!),
  })
})

const trace = fixed('trace(A)', 1, (call, [a]) =>
  square(call, a!) ? call.ctx.graph.noteWritten(call.ctx.graph.einsum('ii->', a!), [a!]) : undefined,
)

/** Of a vector the diagonal matrix, of a square matrix its diagonal. */
const diag = fixed('diag(v)', 1, (call, [a]) => {
  const { ctx, env, tree } = call
  const { shape } = a!
  if (shape.length === 1)
    return small(ctx, env, [shape[0]!, shape[0]!], tree.span) ? ctx.graph.einsum('i->ii', a!) : undefined
  return square(call, a!) ? ctx.graph.einsum('ii->i', a!) : undefined
})

/** A⁻¹ b, of a vector or of the columns of a matrix: solved for, by one factorisation of A. */
const solve = fixed('solve(A, b)', 2, (call, [a, b]) => {
  const { ctx, env, tree } = call
  if (!square(call, a!)) return undefined
  const rank = b!.shape.length
  if (rank !== 1 && rank !== 2)
    return complain(ctx, env, 'wrong-shape', tree.args[1]!.span, {
      what: `Argument 2 of ${operation(env, 'solve')}`,
      expected: 'a vector or a matrix',
      found: texts(b!.shape),
    })
  if (a!.shape[1] !== b!.shape[0])
    return complain(ctx, env, 'shape-mismatch', tree.span, {
      what: operation(env, 'solve'),
      left: texts(a!.shape),
      right: texts(b!.shape),
      axis: between(1, a!.shape[1]!, 0, b!.shape[0]!),
    })
  const inverse = ctx.graph.matrix(inv, a!)
  return ctx.graph.noteWritten(ctx.graph.einsum(rank === 1 ? 'ij,j->i' : 'ij,jk->ik', inverse, b!), [
    inverse,
    b!,
  ])
})

const sqrt = fixed('sqrt(v)', 1, ({ ctx }, [v]) => {
  ctx.roots.take(v!)
  return ctx.graph.power(v!, HALF)
})

const logsumexp = reduction(
  'logsumexp',
  ({ ctx }, v, axes) => {
    const { graph } = ctx
    const { own, isOver } = apart(axes)
    const value = own.length === 0 ? v : graph.reduce(lse, v, own)
    return isOver ? graph.apply(log, [batchSum(ctx, graph.apply(exp, [value]))]) : value
  },
  true,
)

/** v without its logarithm of the sum of exponentials, over the last axis or over those that `axis=` names. */
const centred = ({ ctx: { graph } }: Call, v: Node, axes: readonly number[]): Node => {
  const total = stretchBack(graph, graph.reduce(lse, v, axes), v, axes)
  return graph.noteWritten(graph.subtract(v, total), [v, total])
}

/** Of each entry one, by those that stand along axes with it. */
const along = (name: string, each: (call: Call, v: Node, axes: readonly number[]) => Node): Library => ({
  usage: `${name}(v) or ${name}(A, axis=1)`,
  least: 1,
  most: 1,
  named: ['axis', 'v'],
  first: 'v',
  lower: (call, [v]) => {
    const axes = axesOf(call, v!, true)
    return axes && each(call, v!, axes)
  },
})

const softmax = along('softmax', (call, v, axes) => call.ctx.graph.apply(exp, [centred(call, v, axes)]))
const logsoftmax = along('logsoftmax', centred)

/** The mean of the squared distances from the mean: divided by the number of entries. */
const variance = (call: Call, v: Node, axes: readonly number[]): Node => {
  const { graph } = call.ctx
  const centre = stretchBack(graph, average(call, v, axes), v, axes)
  const distance = graph.noteWritten(graph.subtract(v, centre), [v, centre])
  return average(call, graph.power(distance, TWO), axes)
}

const deviation = (call: Call, v: Node, axes: readonly number[]): Node => {
  const square = variance(call, v, axes)
  call.ctx.roots.take(square)
  return call.ctx.graph.power(square, HALF)
}

/** ∂f/∂v, the axes of f first. */
const derivative: Library = {
  ...fixed('d(f, v)', 2, ({ ctx, env, tree }, [f, v]) => derivativeOf(ctx, env, tree, f!, v!)),
  named: ['hold'],
}

const filled = (name: string, value: typeof ONE): Library => ({
  usage: `${name}(m, n)`,
  least: 1,
  most: Infinity,
  named: [],
  extents: true,
  lower: (call) => {
    const shape = extentsOf(call)
    return shape && call.ctx.graph.full(value, shape)
  },
})

const eye: Library = {
  ...fixed('eye(n)', 1, (call) => {
    const shape = extentsOf(call, 2)
    return shape && call.ctx.graph.delta(shape[0]!)
  }),
  extents: true,
}

const direct: ReadonlyMap<string, Library> = new Map<string, Library>([
  ['sum', sum],
  ['mean', mean],
  ['max', extreme('max', max, reducemax)],
  ['min', extreme('min', min, reducemin)],
  ['where', where],
  ['onehot', onehot],
  ['chosen', chosen],
  ['outer', outer],
  ['dot', dot],
  ['trace', trace],
  ['diag', diag],
  ['solve', solve],
  ['sqrt', sqrt],
  ['logsumexp', logsumexp],
  ['softmax', softmax],
  ['logsoftmax', logsoftmax],
  ['var', reduction('var', variance)],
  ['std', reduction('std', deviation)],
  ['d', derivative],
  ['atan2', fixed('atan2(y, x)', 2, (call, args) => elementwise(call, atan2, args))],
  ['zeros', filled('zeros', ZERO)],
  ['ones', filled('ones', ONE)],
  ['eye', eye],
])

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['σ', 'sigmoid'],
  ['Σ', 'sum'],
])

/** The spelling of a library name in ASCII. */
export const canonical = (name: string): string => ALIASES.get(name) ?? name

const made = new Map<string, Library | undefined>()

/** A library function that is lowered directly; every elementwise or matrix operator of the table is one. */
export function libraryFunction(name: string): Library | undefined {
  const known = direct.get(name) ?? made.get(name)
  if (known) return known
  const op = operators.get(name)
  const library =
    op?.kind === 'pointwise' && op.arity === 1
      ? pointwise(op)
      : op?.kind === 'matrix'
        ? matrix(op)
        : undefined
  if (library) made.set(name, library)
  return library
}

/** Whether a call is of the notation d(f, v): a value that is called d does not hide it, a function does. */
export const isDerivative = ({ scope }: Context, name: string): boolean =>
  name === 'd' && scope.declared(name)?.what !== 'a function'

/** What can be taken over indices. */
export const REDUCTIONS: ReadonlySet<string> = new Set(['sum', 'mean', 'prod', 'max', 'min', 'logsumexp'])

/** pi and e. */
export const CONSTANTS: ReadonlySet<string> = new Set(['pi', 'e'])

/** All that a program can name without declaring it. */
export function* libraryNames(): Generator<string> {
  for (const [name, { hidden }] of direct) if (!hidden) yield name
  yield* prelude.keys()
  for (const [name, op] of operators)
    if ((op.kind === 'pointwise' && op.arity === 1) || op.kind === 'matrix') yield name
  yield* CONSTANTS
}

// ——— arguments

const namedArgument = ({ tree }: Call, name: string): NamedArgument | undefined =>
  tree.named.find((argument) => argument.name.text === name)

/** Whether `over=` names the batch; undefined where it names something else, which is reported. */
function isOverBatch(call: Call): boolean | undefined {
  const over = namedArgument(call, 'over')
  if (!over) return false
  const { ctx, env } = call
  const { value, span } = over
  const declared = ctx.scope.batch
  if (declared === undefined) return complain(ctx, env, 'no-batch-declared', span, {})
  if (value.kind !== 'name' || value.name !== declared || env.locals?.has(declared))
    return complain(ctx, env, 'over-no-batch', value.span, { declared })
  if (ctx.batch !== undefined) return true
  return complain(ctx, env, 'batch-taken-away', { option: 'batch' }, { declared })
}

/** The words behind the arguments of a call that are flags of its function. */
function flagged(
  ctx: Context,
  tree: CallExpression,
  locals: { has(name: string): boolean } | undefined,
): NameExpression[] | undefined {
  const flags = libraryFunction(canonical(tree.callee.text))?.flags ?? []
  const word = tree.args.at(-1)
  const isFlag =
    tree.args.length > 1 &&
    word?.kind === 'name' &&
    flags.includes(word.name) &&
    !locals?.has(word.name) &&
    !ctx.scope.declared(word.name)
  return isFlag ? [word] : undefined
}

const isFlagged = ({ ctx, env, tree }: Call, flag: string): boolean =>
  flagged(ctx, tree, env.locals)?.some(({ name }) => name === flag) ?? false

/** The arguments of a call of the library that are values. */
export function positional(
  ctx: Context,
  tree: CallExpression,
  locals: { has(name: string): boolean } | undefined,
): readonly Expression[] {
  const args = tree.args.slice(0, tree.args.length - (flagged(ctx, tree, locals)?.length ?? 0))
  const first = libraryFunction(canonical(tree.callee.text))?.first
  const given = args.length === 0 ? tree.named.find(({ name }) => name.text === first) : undefined
  return given ? [given.value] : args
}

/** The axes (from 0) to reduce; without `axis=` all of them, or the last one. From the end they count −1, −2, … */
export function axesOf({ ctx, env, tree }: Call, v: Node, last: boolean): readonly number[] | undefined {
  const axis = tree.named.find((argument) => argument.name.text === 'axis')
  const rank = v.shape.length
  if (!axis) return v.shape.map((_, i) => i).slice(last ? -1 : 0)
  const missing = (found: string): undefined => complain(ctx, env, 'bad-axis', axis.span, { found, rank })
  const found = new Set<number>()
  for (const tree of axis.value.kind === 'literal' ? axis.value.items : [axis.value]) {
    const k: Extent | undefined = integerOf(ctx, env, tree, missing)
    if (k === undefined) return undefined
    if (typeof k !== 'number' || k === 0 || Math.abs(k) > rank) return missing(extentText(k))
    const from0 = k > 0 ? k - 1 : rank + k
    if (found.has(from0)) return complain(ctx, env, 'repeated-axis', axis.span, { axis: extentText(k) })
    found.add(from0)
  }
  return [...found].sort((a, b) => a - b)
}

/** The arguments as a shape, the last one repeated up to `rank`. */
function extentsOf({ ctx, env, tree }: Call, rank = tree.args.length): Shape | undefined {
  const extents = tree.args.map((arg) =>
    extentOf(ctx, env, arg, `An argument of ${operation(env, tree.callee.text)}`),
  )
  if (extents.includes(undefined)) return undefined
  const shape = extents as Extent[]
  while (shape.length < rank) shape.push(shape[shape.length - 1]!)
  return small(ctx, env, shape, tree.span) ? shape : undefined
}

function vector({ ctx, env, tree }: Call, v: Node, argument: number): boolean {
  if (v.shape.length === 1) return true
  const span = tree.args[argument]?.span ?? tree.span
  complain(ctx, env, 'wrong-shape', span, {
    what: `Argument ${argument + 1} of ${operation(env, tree.callee.text)}`,
    expected: 'a vector',
    found: texts(v.shape),
    hint: v.shape.length === 2 ? 'a product with a matrix is written A @ v' : undefined,
  })
  return false
}

function square({ ctx, env, tree }: Call, a: Node): boolean {
  const { shape } = a
  if (shape.length === 2 && sameShape([shape[0]!], [shape[1]!])) return true
  complain(ctx, env, 'not-square', tree.span, { what: operation(env, tree.callee.text), found: texts(shape) })
  return false
}
