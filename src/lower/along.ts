/** Functions along an axis: `v[..., N]` is along the last one, `v[N, ...]` along the first, and `axis=` chooses another. */
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { CallExpression, NamedArgument } from '../syntax/tree.ts'
import type { Context, Env } from './context.ts'
import { axesOf } from './library.ts'
import type { Fn, Parameter } from './scope.ts'

/** The argument of a call that chooses the axis; none of a function that has one of this name itself. */
export const axisArgument = (tree: CallExpression, fn: Fn): NamedArgument | undefined =>
  isAlong(fn) ? tree.named.find(({ name }) => name.text === 'axis') : undefined

export const isAlong = ({ parameters }: Pick<Fn, 'parameters'>): boolean =>
  parameters.some(hasAxis) && parameters.every(({ name }) => name !== 'axis')

const hasAxis = ({ shape, further }: Parameter): boolean => further !== undefined && shape?.length === 1

/**
 * What a call gives along its axis, which is put where the function has its own, in the arguments that have further ones, and put back
 * in results with as many axes. `of` are the parameters of the arguments.
 */
export function along(
  ctx: Context,
  env: Env,
  tree: CallExpression,
  { args, of }: { readonly args: readonly (Node | undefined)[]; readonly of: readonly Parameter[] },
  call: (args: readonly (Node | undefined)[]) => readonly Node[] | undefined,
): readonly Node[] | undefined {
  const axisIn = (node: Node): number | undefined => axesOf({ ctx, env, tree }, node, true)?.[0]
  const moved: (Node | undefined)[] = []
  let last = false
  let rank = 0
  for (const [i, node] of args.entries()) {
    const parameter = of[i]!
    if (!node || !hasAxis(parameter)) {
      moved.push(node)
      continue
    }
    const axis = axisIn(node)
    if (axis === undefined) return undefined
    rank = node.shape.length
    last = parameter.further === 'before'
    moved.push(axisMoved(ctx.graph, node, axis, last ? rank - 1 : 0))
  }
  return call(moved)?.map((node) =>
    node.shape.length === rank ? axisMoved(ctx.graph, node, last ? rank - 1 : 0, axisIn(node)!) : node,
  )
}

function axisMoved(graph: Graph, node: Node, from: number, to: number): Node {
  if (from === to) return node
  const axes = node.shape.map((_, axis) => axis)
  axes.splice(to, 0, ...axes.splice(from, 1))
  return graph.transpose(node, axes)
}
