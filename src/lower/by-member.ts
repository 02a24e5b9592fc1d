import { addExtents } from '../graph/extent.ts'
import type { Node } from '../graph/node.ts'
import { listMember, memberSymbol } from '../graph/reindex.ts'
import type { IndexExpression } from '../syntax/tree.ts'
import type { Context, Env } from './context.ts'
import { indicesOf } from './extents.ts'
import { familyOf } from './families.ts'
import { subscripts } from './fold.ts'

/**
 * A claim's derivative by a member that is part of a value: of a recurrence by a symbol for it; of another family a part of the derivative by
 * all of it. Undefined of what is no such member.
 */
export function byMember(ctx: Context, env: Env, f: Node, v: Node, tree: IndexExpression): Node | undefined {
  const { graph } = ctx
  const meaning = familyOf(ctx, tree, env.locals)
  if (meaning?.kind !== 'values' || tree.indices.length !== 1) return undefined
  const { name, whole } = meaning.family
  const [at] = indicesOf(ctx, env, name, subscripts(tree)) ?? []
  if (at === undefined) return undefined
  if (ctx.plan.recurring(name))
    return graph.derivative(f, graph.symbol(memberSymbol('member', name, at, v.shape)))
  const all = whole.get(name)
  if (all?.node.kind === 'symbol' && all.node.symbol.list)
    return graph.derivative(f, graph.symbol(listMember(all.node.symbol, at)))
  if (all?.node.kind !== 'equation' || all.from.length !== 1) return undefined
  const offset = addExtents(0, all.from[0]!, -1)
  return graph.at(graph.derivative(f, all.node), f.shape.length, graph.extent(at), offset)
}
