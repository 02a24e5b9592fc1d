/** Tree → network: the statements in order, then what is said of the whole. */
import { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { NumberTooLong } from '../base/rational.ts'
import { nearest } from '../base/spelling.ts'
import { type Extent, openExtent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { type FixedFamily, familyOf, memberParts } from '../graph/member.ts'
import type { Equation, GeneralClaim, Network } from '../graph/network.ts'
import type { EquationNode } from '../graph/node.ts'
import type { BatchStatement, EquationStatement, LossStatement, Program, Statement } from '../syntax/tree.ts'
import { aligned } from './aligned.ts'
import { block, stepped } from './blocks.ts'
import { check } from './check.ts'
import { claim } from './claims.ts'
import { type Context, TOP } from './context.ts'
import { data } from './data.ts'
import { constants, dims, hypers } from './declarations.ts'
import { fn } from './functions.ts'
import { withInstances } from './instances.ts'
import { held } from './held.ts'
import { instances, layer } from './layers.ts'
import { evaluate } from './expression.ts'
import { withFixed } from './fixed.ts'
import { areNumbers } from './index-data.ts'
import { isLength } from './extents.ts'
import { defineFamilies } from './families.ts'
import { Maps, mapsOf } from './maps.ts'
import { Turns, broken, markBroken, member } from './members.ts'
import { Dims, keptRecurrences } from './kept.ts'
import { importModules } from './modules.ts'
import { networkName } from './name.ts'
import { Order, inOrder } from './order.ts'
import type { Parts } from './parts.ts'
import { Plan } from './plan.ts'
import { PRELUDE } from './prelude.ts'
import { first, repeated } from './repeated.ts'
import { Scope } from './scope.ts'
import { contextOf } from './start.ts'
import { lossOf, objectivesOf, outputsOf, reaches } from './whole.ts'

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
export function lower(graph: Graph, written: Program, options: LowerOptions): Network | undefined {
  const { dims = new Map<string, number>(), scans } = options
  const made = withInstances(written, options.diagnostics)
  const { statements } = made
  const program =
    scans === undefined
      ? made
      : {
          ...made,
          statements: aligned(statements, keptRecurrences(statements, dims, scans, new Set()).isKept),
        }
  const layers = withLayers(graph, program, options)
  if (layers) return layers
  const unrolled = new Set<string>()
  for (;;) {
    const plan = planOf(program.statements, dims, scans, unrolled)
    const diagnostics = new Diagnostics()
    const { network, refused } = lowered(graph, program, plan, { ...options, diagnostics })
    // What no step says for all values of the index is written out, and what is wrong with it is then told of its members.
    if (refused.size > 0) for (const name of refused) unrolled.add(name)
    else {
      options.diagnostics.take(diagnostics)
      return options.diagnostics.hasErrors ? undefined : network
    }
  }
}

/** The network with families of their own for indices of few values, where all recurrences are kept by that; what is warned of is reported. */
function withLayers(graph: Graph, program: Program, options: LowerOptions): Network | undefined {
  const { dims = new Map<string, number>(), scans } = options
  const { statements } = program
  if (scans === undefined || options.diagnostics.hasErrors) return undefined
  const kept = keptRecurrences(statements, dims, scans, new Set())
  const { nested } = new Plan(statements, [], kept)
  const fixed = withFixed(statements, nested, new Dims(statements, dims))
  if (!fixed) return undefined
  const diagnostics = new Diagnostics()
  const own = planOf(fixed.statements, dims, scans, new Set())
  if (!own.recurs) return undefined
  const { network, refused } = lowered(graph, { ...program, statements: fixed.statements }, own, {
    ...options,
    diagnostics,
  })
  if (!network || refused.size > 0) return undefined
  options.diagnostics.take(diagnostics)
  // To the outside members are called as the program calls them.
  const outputs = network.outputs.map((o) => ({ ...o, name: nameOutside(o.name, fixed.families) }))
  if (new Set(outputs.map(({ name }) => name)).size < outputs.length) return undefined
  return { ...network, outputs, fixed: fixed.families }
}

/** What an output is called: like a member by numbers, and else like its family. */
function nameOutside(name: string, families: ReadonlyMap<string, FixedFamily>): string {
  const family = families.get(name)?.family
  const indices = memberParts(name)?.indices ?? []
  if (family !== undefined) return indices.every((i) => typeof i === 'number') ? name : family
  return families.get(familyOf(name))?.family ?? name
}

function lowered(
  graph: Graph,
  program: Program,
  plan: Plan,
  options: LowerOptions,
): { readonly network: Network | undefined; readonly refused: ReadonlySet<string> } {
  const { diagnostics, dims: overrides = new Map<string, number>() } = options
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
  importModules(ctx, program, parts, overrides, (inside, statement, step) =>
    guarded(inside, statement, parts, step),
  )
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
  const outputs = outputsOf(ctx, parts, () => new Plan(program.statements))
  if (!parts.incomplete && (loss || (parts.losses.length === 0 && !diagnostics.hasErrors)))
    reaches(ctx, parts, loss, outputs)
  const losses = loss ? objectivesOf(ctx, parts) : []
  const { refused } = ctx
  if (diagnostics.hasErrors || (!loss && (parts.losses.length > 0 || parts.incomplete)))
    return { network: undefined, refused }
  const batch = batchOf(program, options)
  const isGeneral = ({ ranges, sums }: GeneralClaim): boolean =>
    options.scans !== undefined || parts.recurrences.length > 0 || ranges.length > 0 || sums.size > 0
  const network: Network = {
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
    wrt: losses[0]?.wrt ?? parts.params.map(({ symbol }) => symbol),
    ...(losses.length > 1 ? { losses } : {}),
    claims: parts.claims.filter((c) => !isGeneral(c)),
    general: parts.claims.filter(isGeneral),
    recurrences: parts.recurrences,
    places: ctx.places,
  }
  return { network, refused }
}

/** Without a recurrence that stays as it is only families of open lengths are tensors; those of parameters where a recurrence sees them, too. */
function planOf(
  statements: readonly Statement[],
  dims: ReadonlyMap<string, number>,
  scans: number | undefined,
  written: ReadonlySet<string>,
): Plan {
  if (scans === undefined) return new Plan(statements)
  const open = keptRecurrences(statements, dims, Infinity, written)
  const kept = keptRecurrences(statements, dims, scans, written)
  const plan = new Plan(statements, [], kept)
  if (!plan.recurs) return new Plan(statements, [], open)
  const params = new Set(
    statements.flatMap((s) => (s.kind === 'param' ? s.declarations.map(({ name }) => name.text) : [])),
  )
  const seen = plan.namesInSteps
  const tensors = [...kept.tensors].filter((n) => !params.has(n) || seen.has(n) || open.tensors.has(n))
  return new Plan(statements, [], { ...kept, tensors: new Set(tensors) })
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
  repeated(ctx, statement)
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
    case 'param':
      for (const d of statement.declarations) if (d.within) held(ctx, d, parts)
      if (statement.declarations.some((d) => d.within)) return
      return data(ctx, statement, parts)
    case 'input':
    case 'target':
      return data(ctx, statement, parts)
    case 'hyper':
      return hypers(ctx, statement, parts)
    case 'return':
    case 'import':
      return
    case 'const':
      return constants(ctx, statement.declarations, parts)
    case 'fn':
      return fn(ctx, statement)
    case 'layer':
      return layer(ctx, statement)
    case 'instance':
      return instances(ctx, statement)
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
