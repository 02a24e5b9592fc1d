/** Tree → network: the statements in order, then what is said of the whole. */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { NumberTooLong } from '../base/rational.ts'
import { nearest } from '../base/spelling.ts'
import { type Extent, openExtent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import type { Equation, Network } from '../graph/network.ts'
import type { EquationNode } from '../graph/node.ts'
import type { BatchStatement, EquationStatement, LossStatement, Program, Statement } from '../syntax/tree.ts'
import { block, stepped } from './blocks.ts'
import { check } from './check.ts'
import { claim } from './claims.ts'
import { type Context, TOP } from './context.ts'
import { data } from './data.ts'
import { constants, dims, hypers } from './declarations.ts'
import { fn } from './functions.ts'
import { evaluate } from './expression.ts'
import { areNumbers } from './index-data.ts'
import { isLength } from './extents.ts'
import { defineFamilies } from './families.ts'
import { Maps, mapsOf } from './maps.ts'
import { Turns, broken, markBroken, member } from './members.ts'
import { keptRecurrences, takesDerivatives } from './kept.ts'
import { networkName } from './name.ts'
import { Order, inOrder } from './order.ts'
import type { Parts } from './parts.ts'
import { Plan } from './plan.ts'
import { PRELUDE } from './prelude.ts'
import { first, repeated } from './repeated.ts'
import { Scope } from './scope.ts'
import { contextOf } from './start.ts'
import { lossOf, outputsOf, reaches } from './whole.ts'

export interface LowerOptions {
  /** The network is called after it, unless the program says otherwise. */
  readonly filename: string
  /** Values of dims, over those in the file. */
  readonly dims?: ReadonlyMap<string, number>
  /** The batch, over the one in the file: its name, its length, or none. */
  readonly batch?: string | number
  readonly diagnostics: Diagnostics
  /**
   * Recurrences of at least so many steps, and those over open ranges, are values of the graph. Where it is absent they are written out, and
   * of an open one the general members are equations, which have formulas only.
   */
  readonly scans?: number | undefined
}

/**
 * The network of a program. All that is wrong with the program is reported, and then there is none; a program whose
 * parsing reported an error has none either.
 */
export function lower(graph: Graph, program: Program, options: LowerOptions): Network | undefined {
  const { diagnostics, dims: overrides = new Map<string, number>() } = options
  const plan = planOf(program.statements, overrides, options.scans)
  const scope = new Scope(program.statements)
  for (const { names, span } of program.broken) for (const name of names) scope.declareBroken(name, span)
  const order = new Order()
  const ctx = contextOf({
    graph,
    diagnostics,
    scope,
    prelude: PRELUDE,
    plan,
    batch: samplesOf(program, options),
    demand: (name) => maps.demand(name),
    order,
    define: ({ node, ...equation }) => {
      const named = graph.equation(equation.name, node) as EquationNode
      parts.equations.push({ ...equation, node: named })
      return named
    },
  })
  defineFamilies(scope, plan)
  const parts: Parts = {
    dims: new Map(),
    data: [],
    params: [],
    hypers: [],
    equations: [],
    constants: new Set(),
    losses: [],
    outputs: [],
    claims: [],
    recurrences: [],
    network: undefined,
    batch: undefined,
    incomplete: program.broken.length > 0,
  }
  const turns = new Turns(parts)
  const maps = new Maps(ctx, turns)
  order.begin(ctx, turns, TOP)
  for (const original of inOrder(program.statements, plan)) {
    for (const statement of stepped(original, plan))
      guarded(ctx, statement, parts, () => run(ctx, statement, parts, overrides, turns))
    for (const name of mapsOf(original, plan))
      guarded(ctx, original, parts, () => order.settle(() => maps.demand(name)))
  }
  order.settle(() => maps.finish())
  for (const name of overrides.keys()) {
    if (
      !parts.dims.has(name) &&
      scope.meaning(name)?.kind !== 'unknown' &&
      scope.declared(name)?.what !== 'a dim'
    )
      report(
        diagnostics,
        'unknown-dim',
        { option: 'dim' },
        { name, nearest: nearest(name, parts.dims.keys()), known: [...parts.dims.keys()] },
      )
  }
  batchFits(ctx, options)
  const end = program.statements.at(-1)?.span.end ?? 0
  const loss = lossOf(ctx, parts, program.broken, end)
  const outputs = outputsOf(ctx, parts, loss)
  if (!parts.incomplete && (loss || (parts.losses.length === 0 && !diagnostics.hasErrors)))
    reaches(ctx, parts, loss, outputs)
  if (diagnostics.hasErrors || (!loss && (parts.losses.length > 0 || parts.incomplete))) return undefined
  const batch = batchOf(program, options)
  return {
    name: parts.network?.name ?? networkName(options.filename),
    doc: parts.network?.doc,
    dims: parts.dims,
    batch,
    data: parts.data,
    params: parts.params,
    hypers: parts.hypers,
    equations: [...parts.equations.filter((equation) => equation !== loss), ...(loss ? [loss] : [])],
    outputs,
    loss,
    wrt: parts.params.map(({ symbol }) => symbol),
    claims: parts.claims,
    recurrences: parts.recurrences,
    places: ctx.places,
  }
}

/** Without a recurrence that stays as it is only data of open lengths are lists. */
function planOf(
  statements: readonly Statement[],
  dims: ReadonlyMap<string, number>,
  scans: number | undefined,
): Plan {
  // Derivatives along a direction go through the steps that are written out.
  if (scans === undefined || takesDerivatives(statements)) return new Plan(statements)
  const plan = new Plan(statements, [], keptRecurrences(statements, dims, scans))
  return plan.recurs ? plan : new Plan(statements, [], keptRecurrences(statements, dims, Infinity))
}

/** The batch from outside or of the program: its name, its length, or none. */
function batchOf({ statements }: Program, { batch }: LowerOptions): string | number | undefined {
  if (batch !== undefined) return batch === 'none' ? undefined : batch
  return statements.find((s): s is BatchStatement => s.kind === 'batch')?.name.text
}

function samplesOf(program: Program, options: LowerOptions): Extent | undefined {
  const batch = batchOf(program, options)
  return typeof batch === 'string' ? openExtent(batch) : batch
}

/** A batch from outside must not be called like something of the program, and be as long as an axis can be. */
function batchFits(ctx: Context, { batch }: LowerOptions): void {
  if (typeof batch === 'number') isLength(ctx, TOP, batch, { option: 'batch' }, 'The batch')
  const other = typeof batch === 'string' && batch !== 'none' ? ctx.scope.declared(batch) : undefined
  if (other && other.what !== 'the batch')
    report(
      ctx.diagnostics,
      'batch-name-taken',
      { option: 'batch' },
      { name: String(batch), what: other.what },
    )
}

/** A constant can grow too long at any operation: the statement in which it does has no value. */
function guarded(ctx: Context, statement: Statement, parts: Parts, step: () => void): void {
  try {
    step()
  } catch (error) {
    if (!(error instanceof NumberTooLong)) throw error
    report(ctx.diagnostics, 'number-too-long', statement.span)
    parts.incomplete = true
    if (statement.kind === 'loss') parts.losses.push({ statement, equation: undefined })
    if (statement.kind === 'for') broken(ctx, statement)
    else if (statement.kind === 'equation' && statement.indices.length > 0)
      markBroken(ctx, statement.name.text)
    else if ('name' in statement) ctx.scope.define(statement.name.text, { kind: 'unknown' })
    if ('declarations' in statement)
      for (const { name } of statement.declarations) ctx.scope.define(name.text, { kind: 'unknown' })
  }
}

function run(
  ctx: Context,
  statement: Statement,
  parts: Parts,
  overrides: ReadonlyMap<string, number>,
  turns: Turns,
): void {
  // Of a second loss it is enough to say that it is one.
  if (statement.kind !== 'loss' || parts.losses.length === 0) repeated(ctx, statement)
  switch (statement.kind) {
    case 'network': {
      const { name, doc } = statement
      if (parts.network)
        report(ctx.diagnostics, 'two-networks', name.span, { first: parts.network.name, second: name.text }, [
          first(parts.network),
        ])
      else parts.network = { name: name.text, span: name.span, doc }
      return
    }
    case 'batch': {
      const { name } = statement
      if (parts.batch)
        report(ctx.diagnostics, 'two-batches', name.span, { first: parts.batch.name, second: name.text }, [
          first(parts.batch),
        ])
      else parts.batch = { name: name.text, span: name.span }
      return ctx.scope.define(name.text, { kind: 'batch' })
    }
    case 'dim':
      return dims(ctx, statement, parts, overrides)
    case 'input':
    case 'target':
    case 'param':
      return data(ctx, statement, parts)
    case 'hyper':
      return hypers(ctx, statement, parts)
    case 'return':
      return
    case 'const':
      return constants(ctx, statement, parts)
    case 'fn':
      return fn(ctx, statement)
    case 'equation':
      if (statement.indices.length === 0) return equation(ctx, statement, parts)
      if (!ctx.order.settle(() => member(ctx, TOP, statement, turns))) parts.incomplete = true
      return
    case 'loss':
      return equation(ctx, statement, parts)
    case 'output':
      parts.outputs.push(statement)
      return
    case 'claim':
      return claim(ctx, statement, parts)
    case 'for':
      if (!block(ctx, TOP, statement, turns)) parts.incomplete = true
  }
}

/** `z = W @ x + b` or `loss J = …` */
function equation(ctx: Context, statement: EquationStatement | LossStatement, parts: Parts): void {
  const { name, value, span, doc } = statement
  const role = statement.kind
  check(ctx, value, { defines: name.text })
  const { value: found, roots } = ctx.order.settle(() => ctx.roots.within(() => evaluate(ctx, TOP, value)))
  const body = found && areNumbers(ctx, TOP, [value], [found]) ? found : undefined
  const second = ctx.scope.firstOf(name.span) !== undefined
  let made: Equation | undefined
  if (body && !second)
    made = { name: name.text, node: ctx.graph.equation(name.text, body) as EquationNode, span, doc }
  if (!made) parts.incomplete = true
  else {
    parts.equations.push(made)
    ctx.roots.define(made.node, roots)
  }
  if (statement.kind === 'loss') parts.losses.push({ statement, equation: made })
  ctx.scope.define(name.text, { kind: 'value', role, node: made?.node })
}
