/** What is said of a program as a whole: its loss, its outputs, and what the loss reaches. */
import { plain } from '../base/identifier.ts'
import { report } from '../base/messages.ts'
import { familyOf as familyOfName, isPartOf, memberName } from '../graph/member.ts'
import type { Equation, Network, Objective } from '../graph/network.ts'
import { nearest } from '../base/spelling.ts'
import { type Extent, addExtents } from '../graph/extent.ts'
import { lastOf as lastIndexOf, lengthOfFamily } from '../graph/scan.ts'
import { type Node, type Symbol, peel } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { stop } from '../ops/index.ts'
import { KEYWORDS } from '../syntax/statements.ts'
import type { Broken, IndexExpression, NameExpression } from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, TOP, complain } from './context.ts'
import { indicesOf, memberOf } from './extents.ts'
import { whole } from './boxes.ts'
import { familyOf } from './families.ts'
import { subscripts } from './fold.ts'
import type { Parts } from './parts.ts'
import type { Plan } from './plan.ts'
import { fallsAsWritten } from './ranges.ts'
import { texts } from './shapes.ts'

/** The last one in the text, of members of a family the last: equations that nobody asks for are read after others. */
const last = (equations: readonly Equation[], holds: (equation: Equation) => boolean): Equation | undefined =>
  equations
    .filter(holds)
    .reduce<Equation | undefined>((a, b) => (a && b.span.start < a.span.start ? a : b), undefined)

/**
 * The first loss; undefined where one of them does not work, which is reported. A program without one is a function of its inputs, which
 * has something to compute and nothing that only a loss needs.
 */
export function lossOf(
  ctx: Context,
  parts: Parts,
  broken: readonly Broken[],
  end: number,
): Equation | undefined {
  const [first] = parts.losses
  if (!first) {
    if (broken.some(mayBeLoss)) return undefined
    const target = parts.data.find(({ role }) => role === 'target')?.symbol.name
    const scalar = last(parts.equations, ({ node }) => node.shape.length === 0)
    if (target !== undefined || (parts.equations.length === 0 && !parts.incomplete))
      report(ctx.diagnostics, 'no-loss', { start: end, end }, { target, equation: scalar?.name })
    return undefined
  }
  for (const { statement, equation } of parts.losses)
    if (equation && equation.node.shape.length > 0)
      report(ctx.diagnostics, 'loss-not-scalar', statement.value.span, {
        name: statement.name.text,
        found: texts(equation.node.shape),
      })
  return parts.losses.every(({ equation }) => equation?.node.shape.length === 0) ? first.equation : undefined
}

/** Each loss with what it is differentiated by: the parameters that it names, or all of them. */
export function objectivesOf(ctx: Context, parts: Parts): readonly Objective[] {
  const params = parts.params.map(({ symbol }) => symbol)
  const taken = new Set<string>()
  return parts.losses.flatMap(({ statement, equation }): Objective[] => {
    if (!equation) return []
    // What is behind `stop` has no derivative.
    const isStopped = (n: Node): boolean => n.kind === 'apply' && n.op === stop
    const reached = new Set(
      topological([equation.node], isStopped).flatMap((n) =>
        n.kind === 'symbol'
          ? [nameOf(n.symbol)]
          : n.kind === 'scan'
            ? [...symbolsOf([n])].map(({ symbol }) => nameOf(symbol))
            : [],
      ),
    )
    const found = new Set<Symbol>()
    for (const { text, span } of statement.trains ?? []) {
      const own = params.filter((symbol) => isPartOf(symbol.name, text))
      own.forEach((symbol) => found.add(symbol))
      const what = ctx.scope.declared(text)?.what
      if (own.length === 0)
        report(ctx.diagnostics, 'not-a-parameter', span, {
          name: text,
          what,
          nearest: nearest(
            text,
            params.map(({ name }) => familyOfName(name)),
          ),
        })
      else if (!own.some((symbol) => reached.has(nameOf(symbol))))
        report(ctx.diagnostics, 'trained-but-unreached', span, { name: text, loss: equation.name })
    }
    const isIdle = !statement.trains && params.length > 0 && !params.some((s) => reached.has(nameOf(s)))
    if (isIdle && parts.losses.length > 1)
      report(ctx.diagnostics, 'trains-nothing', statement.name.span, { loss: equation.name })
    const own = statement.trains ? params.filter((symbol) => found.has(symbol)) : params
    return [{ loss: equation, params: own, wrt: own, suffix: suffixOf(equation.name, taken) }]
  })
}

/** A loss's name in letters of JavaScript, another one than those before. */
function suffixOf(name: string, taken: Set<string>): string {
  let suffix = plain(name)
  while (taken.has(suffix)) suffix += '$'
  taken.add(suffix)
  return suffix
}

/** What is no other statement may have been meant for the loss: `minimise w^2`. */
const mayBeLoss = ({ kind, names }: Broken): boolean =>
  kind === 'loss' || (names.length === 0 && !KEYWORDS.has(kind))

type Outputs = Network['outputs']

/**
 * What `output` names, or else the last equation that no target reaches.
 *
 * @param writtenOut which indices are run through where recurrences are written out
 */
export function outputsOf(ctx: Context, parts: Parts, writtenOut: () => Plan): Outputs {
  const targets = reachedBy(ctx, parts)
  if (parts.outputs.length === 0) {
    const general = new Set(parts.recurrences.flatMap((r) => r.equations.map(({ node }) => node)))
    const output = last(
      parts.equations,
      (equation) =>
        !parts.losses.some((l) => l.equation === equation) &&
        !targets.has(equation.node) &&
        !general.has(equation.node) &&
        !parts.constants.has(equation.node),
    )
    return output ? [lastOf(ctx, output, writtenOut)] : []
  }
  const outputs = new Map<string, Node>()
  for (const { outputs: list } of parts.outputs) {
    for (const tree of list) {
      const found = output(ctx, tree)
      const target = found && targets.get(found.node)
      if (found && outputs.has(found.name) && outputs.get(found.name) !== found.node)
        complain(ctx, TOP, 'recurrence-of-any-length', tree.span, {
          name: found.name,
          reason: 'several of its members are outputs',
        })
      if (target !== undefined)
        report(ctx.diagnostics, 'output-needs-target', tree.span, { name: found!.name, target })
      else if (found) outputs.set(found.name, found.node)
    }
  }
  return [...outputs].map(([name, node]) => ({ name, node }))
}

/** Of all members of a recurrence, and of what has one for each of its steps, the last one: it is the last equation where they are written out. */
function lastOf(ctx: Context, { name, node }: Equation, writtenOut: () => Plan): Outputs[number] {
  const { graph } = ctx
  const value = peel(node)
  if (value.kind !== 'scan') return lastOfMap(ctx, { name, node }, writtenOut)
  const { scan } = value
  const position = scan.falls ? 0 : addExtents(lengthOfFamily(scan, value.which), -1)
  const index = scan.falls ? scan.from : lastIndexOf(scan)
  const own = typeof index === 'number' ? memberName(name, [index]) : name
  return { name: own, node: graph.at(node, 0, graph.extent(position)) }
}

function lastOfMap(
  { graph, plan, scope }: Context,
  { name, node }: Pick<Equation, 'name' | 'node'>,
  writtenOut: () => Plan,
): Outputs[number] {
  const meaning = scope.meaning(name)
  const [rule] = plan.rules.get(name) ?? []
  const box = meaning?.kind === 'values' ? meaning.family.whole.get(name) : undefined
  if (!rule || !box || !plan.recurs || rule.statement.last) return { name, node }
  const { indices } = rule.statement
  const other = writtenOut()
  if (indices.some((_, position) => other.isAxis(name, position))) return { name, node }
  const at: Extent[] = []
  let member: Node = node
  indices.forEach((s, position) => {
    const range = rule.ranges.find((r) => s.kind === 'name' && r.name.text === s.name)
    const last = addExtents(member.shape[0]!, -1)
    const offset = range && fallsAsWritten(range.range) ? 0 : last
    at.push(addExtents(box.from[position]!, offset))
    member = graph.at(member, 0, graph.extent(offset))
  })
  return { name: at.every((i) => typeof i === 'number') ? memberName(name, at) : name, node: member }
}

function output(
  ctx: Context,
  tree: NameExpression | IndexExpression,
): { readonly name: string; readonly node: Node } | undefined {
  const { scope, diagnostics } = ctx
  if (tree.kind === 'index') return memberAsOutput(ctx, tree)
  const meaning = scope.meaning(tree.name)
  if (meaning?.kind === 'value') return meaning.node && { name: tree.name, node: meaning.node }
  if (meaning?.kind === 'unknown') return undefined
  if (meaning?.kind === 'values') {
    const all = whole(ctx, TOP, meaning.family, tree)
    return all && { name: tree.name, node: all.node }
  }
  const what = scope.declared(tree.name)?.what
  if (what !== undefined) return complain(ctx, TOP, 'not-a-value', tree.span, { name: tree.name, what })
  return complain(ctx, TOP, 'unknown-name', tree.span, {
    name: tree.name,
    nearest: diagnostics.full ? undefined : scope.nearest(tree.name, []),
  })
}

/** `output a[L]`: a member by its name in numbers. */
function memberAsOutput(
  ctx: Context,
  tree: IndexExpression,
): { readonly name: string; readonly node: Node } | undefined {
  const family = check(ctx, tree).ok ? familyOf(ctx, tree) : undefined
  if (family?.kind === 'values') {
    const isTensor = ctx.plan.recurring(family.family.name) ?? family.family.axes?.every(Boolean)
    const node = isTensor ? ctx.evaluate(ctx, TOP, tree) : memberOf(ctx, TOP, family.family, tree)
    if (!node) return undefined
    const { name } = family.family
    const at = indicesOf(ctx, TOP, name, subscripts(tree))!
    // At an index that is known at a call only it is called like the family.
    return { name: at.every((i) => typeof i === 'number') ? memberName(name, at) : name, node }
  }
  if (ctx.diagnostics.hasErrors) return undefined
  return complain(ctx, TOP, 'bad-output', tree.span, {})
}

/** The nodes that a target reaches, each with the name of one such target. */
function reachedBy(ctx: Context, parts: Parts): ReadonlyMap<Node, string> {
  const reached = new Map<Node, string>()
  for (const { symbol } of parts.data)
    if (symbol.role === 'target') reached.set(ctx.graph.symbol(symbol), symbol.name)
  for (const node of topological(parts.equations.map((equation) => equation.node))) {
    for (const arg of node.args) {
      const target = reached.get(arg)
      if (target === undefined) continue
      reached.set(node, target)
      break
    }
  }
  return reached
}

function* symbolsOf(roots: readonly Node[]) {
  for (const node of topological(roots)) if (node.kind === 'symbol') yield { symbol: node.symbol, node }
}

const nameOf = ({ name, member }: Symbol): string => member?.family ?? name

/** Warns of what no output depends on, in a program without a loss. */
function unused({ diagnostics }: Context, parts: Parts, outputs: Outputs): void {
  const roots = parts.recurrences.length > 0 ? parts.equations : outputs
  const used = new Set([...symbolsOf(roots.map(({ node }) => node))].map(({ symbol }) => nameOf(symbol)))
  for (const { symbol, span, role } of [...parts.params, ...parts.data, ...parts.hypers])
    if (!used.has(nameOf(symbol)))
      report(diagnostics, 'unused', span, {
        name: symbol.name,
        kind: role === 'param' ? 'parameter' : role === 'hyper' ? 'hyperparameter' : role,
      })
}

/** Warns of what the loss never reaches. */
export function reaches(ctx: Context, parts: Parts, loss: Equation | undefined, outputs: Outputs): void {
  const { diagnostics } = ctx
  if (!loss) return unused(ctx, parts, outputs)
  // What a recurrence uses counts as reached, and one member of a family as all of it.
  const losses = parts.losses.flatMap(({ equation }) => equation?.node ?? [])
  const roots = parts.recurrences.length > 0 ? parts.equations.map(({ node }) => node) : losses
  const inLoss = new Set([...symbolsOf(roots)].map(({ symbol }) => nameOf(symbol)))
  const inOutputs = new Set(
    [...symbolsOf(outputs.map(({ node }) => node))].map(({ symbol }) => nameOf(symbol)),
  )
  if (parts.params.length === 0) report(diagnostics, 'loss-on-no-parameter', loss.span, { name: loss.name })
  for (const { symbol, span } of parts.params)
    if (!inLoss.has(nameOf(symbol))) report(diagnostics, 'unreached-parameter', span, { name: symbol.name })
  for (const { symbol, span, role } of [...parts.data, ...parts.hypers]) {
    if (!inLoss.has(nameOf(symbol)) && !inOutputs.has(nameOf(symbol)))
      report(diagnostics, 'unreached-input', span, { name: symbol.name, kind: role })
  }
}
