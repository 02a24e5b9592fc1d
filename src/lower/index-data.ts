/**
 * Data of whole numbers: positions along an axis, `tok[T] : index(V)`, and counts, `len : count(T)`. A position says which and not how
 * much: it is a subscript, is compared with others of its axis, or becomes a unit vector.
 */
import { type Extent, type Shape, extentText, sameShape } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { type Node, type Symbol, isWholeNumbers } from '../graph/node.ts'
import type { Expression } from '../syntax/tree.ts'
import { type Context, type Env, complain } from './context.ts'
import { fitted, joined } from './shapes.ts'

/** The data of whole numbers that a node is, or an element of. */
export function wholeIn(node: Node): Symbol | undefined {
  return node.whole && isWholeNumbers(node.whole) ? node.whole : undefined
}

/** Whether values are numbers to compute with; reports the first that is not. */
export function areNumbers(
  ctx: Context,
  env: Env,
  trees: readonly Expression[],
  values: readonly Node[],
): boolean {
  for (const [i, value] of values.entries()) {
    const symbol = wholeIn(value)
    if (!symbol) continue
    const { name, indexes, counts } = symbol
    complain(ctx, env, 'position-as-number', trees[i]!.span, {
      name,
      axis: extentText((indexes ?? counts)!),
      isCount: counts !== undefined,
    })
    return false
  }
  return true
}

/** 1 where the last axis, of length `extent`, is at the position that `data` say, else 0. */
function chosen(graph: Graph, data: Node, extent: Extent): Node {
  const rank = data.shape.length
  return graph.bracket(
    '=',
    {
      coefficients: [...data.shape.map(() => 0), 1],
      multiples: [{ node: data, coefficient: -1, labels: data.shape.map((_, axis) => axis) }],
      offset: 0,
    },
    [...data.shape, extent].slice(0, rank + 1),
  )
}

/** `onehot(y, K)`: the unit vectors that index data choose. */
export function oneHot(
  ctx: Context,
  env: Env,
  tree: Expression,
  data: Node,
  extent?: Extent,
): Node | undefined {
  const symbol = wholeIn(data)
  if (symbol?.indexes === undefined) return complain(ctx, env, 'no-index-data', tree.span, {})
  if (extent !== undefined && !sameShape([extent], [symbol.indexes]))
    return complain(ctx, env, 'index-of-other-axis', tree.span, {
      name: symbol.name,
      axis: extentText(symbol.indexes),
      of: 'what is asked for',
      found: extentText(extent),
    })
  return chosen(ctx.graph, data, symbol.indexes)
}

/** `dst == src` of two positions along one axis: 1 where they are the same. */
export function samePlace(ctx: Context, env: Env, tree: Expression, a: Node, b: Node): Node | undefined {
  const [x, y] = [wholeIn(a), wholeIn(b)]
  if (x?.indexes === undefined || y?.indexes === undefined)
    return complain(ctx, env, 'index-compared', tree.span, { name: (x?.indexes ? x : y)!.name })
  if (!sameShape([x.indexes], [y.indexes]))
    return complain(ctx, env, 'index-of-other-axis', tree.span, {
      name: x.name,
      axis: extentText(x.indexes),
      of: y.name,
      found: extentText(y.indexes),
    })
  const shape = joined(ctx, env, '==', a.shape, b.shape, tree.span)
  if (!shape) return undefined
  return fitted(ctx.graph, equalPlaces(ctx.graph, a, b, shape), shape)
}

/** 1 where a − b + offset is 0, of whole numbers that stretch to a shape. */
export function equalPlaces(graph: Graph, a: Node, b: Node, shape: Shape, offset = 0): Node {
  const along = (n: Node): number[] => n.shape.map((_, axis) => shape.length - n.shape.length + axis)
  return graph.bracket(
    '=',
    {
      coefficients: shape.map(() => 0),
      multiples: [
        { node: a, coefficient: 1, labels: along(a) },
        { node: b, coefficient: -1, labels: along(b) },
      ],
      offset,
    },
    shape,
  )
}
