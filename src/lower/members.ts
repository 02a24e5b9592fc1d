/** Members of families of equations, alone or in `for` blocks: for each value of the index, one line after the other. */
import { memberName } from '../graph/member.ts'
import type { Equation, Recurrence } from '../graph/network.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import type { EquationStatement, ForStatement } from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { evaluate } from './expression.ts'
import { indicesOf } from './extents.ts'
import type { Family, Known } from './families.ts'
import { children, fold } from './fold.ts'
import { affordable } from './ranges.ts'
import { repeated } from './repeated.ts'

/** Trees that the blocks of one program may evaluate, all turns together. */
export const MOST_TURNED = 5_000_000

/** What the turns of a program's blocks share. */
export class Turns {
  /** Statements whose names and calls are checked, and how many trees they have. */
  readonly checked = new Map<EquationStatement, { readonly ok: boolean; readonly size: number }>()
  /** Where the equations go; of a function nowhere: its names are its own, and stand for their values. */
  readonly into: { readonly equations: Equation[]; readonly recurrences: Recurrence[] } | undefined
  /** What is known of families that open blocks define. */
  readonly known = new Map<Family<Node>, Known>()
  left = MOST_TURNED

  constructor(into: Turns['into']) {
    this.into = into
  }
}

type Member = Omit<Equation, 'node'> & { readonly node: Node }

/** `z[l] = …`; undefined where something is wrong with it, which is reported. */
export function member(
  ctx: Context,
  env: Env,
  statement: EquationStatement,
  turns: Turns,
): Member | undefined {
  const { name, indices, value, span, doc } = statement
  const { ok, size } = checked(ctx, env, statement, turns)
  const meaning = ctx.scope.meaning(name.text)
  if (meaning?.kind !== 'values' || meaning.role !== 'equation') return undefined
  const { family } = meaning
  const at = ok && affordable(ctx, span, 1) ? indicesOf(ctx, env, name.text, indices) : undefined
  const defined = at && memberName(name.text, at)
  if (defined !== undefined && family.members.has(defined))
    complain(ctx, TOP, 'duplicate-member', name.span, { member: defined })
  else if (defined !== undefined && at!.length !== family.ranges.length)
    complain(ctx, TOP, 'wrong-index-count', span, {
      name: name.text,
      expected: family.ranges.length,
      found: at!.length,
    })
  else if (defined !== undefined && affords(ctx, statement, size, turns)) {
    const body = evaluate(ctx, env, value)
    const node = body && turns.into ? ctx.graph.equation(defined, body) : body
    family.members.set(defined, node)
    if (node) {
      turns.into?.equations.push({ name: defined, node: node as EquationNode, span, doc })
      return { name: defined, node, span, doc }
    }
  }
  family.broken = true
  return undefined
}

/** Names and calls are the same at every turn: they are checked at the first one. */
function checked(
  ctx: Context,
  env: Env,
  statement: EquationStatement,
  turns: Turns,
): { readonly ok: boolean; readonly size: number } {
  const known = turns.checked.get(statement)
  if (known) return known
  const { name, indices, value } = statement
  const index = [...(env.locals?.keys() ?? [])].at(-1)
  const withoutIndex = indices.length === 0 && index !== undefined
  // Defined anew for each index it is defined before as well: that is one mistake.
  if (!withoutIndex) repeated(ctx, statement)
  const around = { defines: name.text, parameters: new Set(env.locals?.keys()) }
  let ok = true
  for (const tree of [...indices, value]) ok = check(ctx, tree, around).ok && ok
  if (withoutIndex) {
    complain(ctx, TOP, 'equation-without-index', name.span, { name: name.text, index })
    ctx.scope.define(name.text, { kind: 'unknown' })
    ok = false
  }
  const found = { ok, size: fold<number>(value, children, (_, sizes) => sizes.reduce((a, b) => a + b, 1)) }
  turns.checked.set(statement, found)
  return found
}

/** Whether one more turn of a statement can be afforded; reported once where not. */
function affords(ctx: Context, { span }: EquationStatement, size: number, turns: Turns): boolean {
  if (turns.left < 0) return false
  turns.left -= size
  if (turns.left >= 0) return true
  return (
    complain(ctx, TOP, 'over-limit', span, {
      what: 'What the blocks of this program expand to is',
      limit: MOST_TURNED,
      hint: undefined,
    }) ?? false
  )
}

/** What the families of a block lack is not known. */
export function broken(ctx: Context, { body }: ForStatement): false {
  for (const statement of body) {
    if (statement.kind === 'for') broken(ctx, statement)
    else if (statement.kind === 'equation') markBroken(ctx, statement.name.text)
  }
  return false
}

export function markBroken(ctx: Context, name: string): void {
  const meaning = ctx.scope.meaning(name)
  if (meaning?.kind === 'values') meaning.family.broken = true
  else ctx.scope.define(name, { kind: 'unknown' })
}
