import { type Node, peel } from '../graph/node.ts'
import type { Expression } from '../syntax/tree.ts'
import type { Context, Env } from './context.ts'
import { children, fold } from './fold.ts'

/** Whether an expression is made of numbers and dims alone. */
export function isPlain(ctx: Context, env: Env, tree: Expression): boolean {
  const indices = new Set(env.indices?.map((b) => b.name))
  return fold<boolean>(tree, children, (t, values) =>
    t.kind === 'name'
      ? !indices.has(t.name) &&
        (env.locals?.has(t.name) ? env.locals.get(t.name)!.kind === 'constant' : isNumber(ctx, t.name))
      : t.kind === 'index'
        ? t.object.kind === 'name' && ctx.scope.meaning(t.object.name)?.kind === 'dims'
        : values.every(Boolean),
  )
}

const isNumeric = (node: Node | undefined): boolean => node !== undefined && peel(node).kind === 'constant'

const isNumber = ({ scope }: Context, name: string): boolean => {
  const meaning = scope.meaning(name)
  if (meaning?.kind !== 'value') return meaning?.kind === 'dim'
  return meaning.role === 'constant' || (meaning.role === 'argument' && isNumeric(meaning.node))
}
