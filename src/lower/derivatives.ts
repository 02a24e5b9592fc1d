/** d(f, v) and d(f, v, hold=u) of a program: by what, with what held, and what has no meaning. */
import type { Node } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import type { CallExpression, Expression, IndexExpression } from '../syntax/tree.ts'
import { byMember } from './by-member.ts'
import { type Context, type Env, complain } from './context.ts'
import { familyOf } from './families.ts'
import { small } from './shapes.ts'

/** Derivatives of a higher order than anybody writes; each may be several times as long as the one before. */
const HIGHEST_ORDER = 6

/** ∂f/∂v, the axes of f first. `v` is a name: of a symbol or an equation, or of an argument that is one; so are those that are held. */
export function derivativeOf(
  ctx: Context,
  env: Env,
  tree: CallExpression,
  f: Node,
  v: Node,
): Node | undefined {
  const by = tree.args[1]!
  const no = (reason: string): undefined => complain(ctx, env, 'bad-derivative', by.span, { reason })
  if (by.kind === 'index') {
    const whole = tensorOf(ctx, env, by)
    if (whole) return ctx.evaluate(ctx, env, partOf(tree, by, whole.shape.length))
  }
  const reason = unfit(ctx, env, by, v, 'its second argument')
  if (reason !== undefined)
    return (env.claimed && by.kind === 'index' && byMember(ctx, env, f, v, by)) || no(reason)
  const held = heldIn(ctx, env, tree, f, v)
  if (!held) return undefined
  const names = [v, ...held]
  if (orderOf(ctx.orders, f, v, held) > HIGHEST_ORDER) return no(`it is of an order over ${HIGHEST_ORDER}`)
  const unclear = ambiguous(f, names)
  if (unclear) {
    const reason = `${nameOf(unclear.name)} depends on ${nameOf(unclear.by)}, by which a derivative inside of it is taken`
    return unclear.name === v
      ? no(reason)
      : complain(ctx, env, 'bad-hold', holdOf(tree)?.span ?? tree.span, { reason })
  }
  ctx.roots.change(tree.args[0]!, by, (root) => ({ ...root, differentiated: true }))
  return small(ctx, env, [...f.shape, ...v.shape], tree.span) ? ctx.graph.derivative(f, v, held) : undefined
}

/** The tensor of which something is a part, where it has a name: of a family one that is computed as a whole, and not step by step. */
function tensorOf(ctx: Context, env: Env, { object, ...tree }: IndexExpression): Node | undefined {
  if (object.kind !== 'name') return undefined
  const family = familyOf(ctx, { ...tree, object }, env.locals)
  if (!family) return ctx.evaluate(ctx, env, object)
  if (family.kind !== 'values' || ctx.plan.recurring(family.family.name)) return undefined
  const whole = family.family.whole.get(family.family.name)?.node
  return whole?.kind === 'equation' ? whole : undefined
}

/** ∂f/∂(x[i]) is ∂f/∂x at i: what is differentiated by a part of a tensor of rank `rank` changes with that part alone. */
function partOf(tree: CallExpression, by: IndexExpression, rank: number): IndexExpression {
  const rest = Array.from({ length: rank - by.indices.length }, () => ({
    kind: 'part' as const,
    span: by.span,
  }))
  const whole = { ...tree, args: [tree.args[0]!, by.object, ...tree.args.slice(2)] }
  return { ...by, object: whole, indices: [...by.indices, ...rest], last: true }
}

/** Why something cannot be what is differentiated by, or held. */
function unfit(ctx: Context, env: Env, tree: Expression, node: Node, what: string): string | undefined {
  const family = tree.kind === 'index' ? familyOf(ctx, tree, env.locals) : undefined
  if (tree.kind === 'index' && !family) return `${what} is a part of a tensor, which is taken as a whole`
  if (tree.kind !== 'name' && !family) return `${what} is no name`
  const name = tree.kind === 'name' ? tree.name : `${family!.family.name}[…]`
  if (
    family?.kind === 'dims' ||
    (!family && !env.locals?.has(name) && ctx.scope.meaning(name)?.kind === 'dim')
  )
    return `${name} is a dim`
  if (node.kind === 'symbol' && node.symbol.role === 'constant') return `${name} is a constant`
  if (isNamed(node)) return undefined
  if (!family) return `${name} stands for an expression`
  return family.kind === 'values' && ctx.plan.recurring(family.family.name)
    ? `${name} is a recurrence of any length, whose members are no values of their own; of a known length they are`
    : `${name} is a part of a tensor, which is taken as a whole`
}

const holdOf = (tree: CallExpression): Expression | undefined =>
  tree.named.find(({ name }) => name.text === 'hold')?.value

/** The values after `hold=`, each once; undefined where one cannot be held, which is reported. */
function heldIn(ctx: Context, env: Env, tree: CallExpression, f: Node, v: Node): readonly Node[] | undefined {
  const hold = holdOf(tree)
  if (!hold) return []
  const within = new Set(topological([f], (n) => n === v))
  const held = new Set<Node>()
  for (const item of hold.kind === 'literal' ? hold.items : [hold]) {
    const no = (reason: string): undefined => complain(ctx, env, 'bad-hold', item.span, { reason })
    const node = ctx.evaluate(ctx, env, item)
    if (!node) return undefined
    const members = isNamed(node) ? [node] : membersOf(ctx, env, item)
    const reason = members.length === 0 ? unfit(ctx, env, item, node, 'it') : undefined
    if (reason !== undefined) return no(reason)
    const used = members.filter((n) => within.has(n))
    const name = item.kind === 'name' ? item.name : nameOf(node)
    if (members.includes(v)) return no(`${nameOf(v)} is what is differentiated by`)
    if (used.length === 0) {
      const isBelow = topological([v]).includes(node) && topological([f]).includes(node)
      return no(`what is differentiated does not use ${name}${isBelow ? ` but through ${nameOf(v)}` : ''}`)
    }
    for (const n of used) held.add(n)
  }
  return [...held]
}

/** The members of a family that is named as a whole. */
function membersOf({ scope }: Context, { locals }: Env, tree: Expression): readonly Node[] {
  const meaning = tree.kind === 'name' && !locals?.has(tree.name) ? scope.meaning(tree.name) : undefined
  return meaning?.kind === 'values'
    ? ([...meaning.family.members.values()].filter((n) => n && isNamed(n)) as Node[])
    : []
}

/**
 * Of which order a derivative of `of` by `by` is, with others held. Derivatives inside that change with `by` count; they are older: each is
 * looked at once.
 */
function orderOf(orders: Map<Node, number>, of: Node, by: Node, held: readonly Node[]): number {
  const moving = new Set<Node>([by])
  let inside = 0
  for (const node of topological([of], (n) => n === by || held.includes(n))) {
    if (node === by || held.includes(node)) continue
    if (node.kind === 'derivative' && !orders.has(node))
      orders.set(node, orderOf(orders, node.of, node.by, node.held))
    if (!node.args.some((a) => moving.has(a))) continue
    moving.add(node)
    if (node.kind === 'derivative') inside = Math.max(inside, orders.get(node)!)
  }
  return inside + 1
}

/**
 * One of `names` that depends on what a derivative inside of `f` is taken by, and is used there: what such a derivative is when
 * that name alone changes depends on how it is written.
 */
function ambiguous(f: Node, names: readonly Node[]): { readonly name: Node; readonly by: Node } | undefined {
  if (!names.some((n) => n.kind === 'equation')) return undefined
  for (const inner of topological([f], (n) => names.includes(n))) {
    if (inner.kind !== 'derivative') continue
    const { of, by, held } = inner
    const isEnd = (n: Node): boolean => n === by || held.includes(n)
    const used = new Set(topological([of], (n) => isEnd(n) || names.includes(n)))
    const name = names.find(
      (n) => n.kind === 'equation' && !isEnd(n) && used.has(n) && topological([n], isEnd).includes(by),
    )
    if (name) return { name, by }
  }
  return undefined
}

const isNamed = (n: Node): boolean =>
  n.kind === 'equation' || (n.kind === 'symbol' && n.symbol.role !== 'constant')

/** What a value is called. */
const nameOf = (n: Node): string =>
  n.kind === 'symbol' ? n.symbol.name : n.kind === 'equation' ? n.name : 'an expression'
