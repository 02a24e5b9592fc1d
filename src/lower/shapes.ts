import type { Span } from '../base/span.ts'
import { type Extent, type Shape, extentText, sizeOf } from '../graph/extent.ts'
import { type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, isPureProduct } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { type Context, type Env, complain, operation } from './context.ts'

/** Entries of a tensor, as far as they are known when compiling. */
export const MOST_ENTRIES = 2 ** 31
/** More axes than anybody names: formulas and loops have letters for so many. */
const MOST_AXES = 12

export const texts = (shape: Shape): string[] => shape.map(extentText)

/**
 * The shape of a ∘ b elementwise, undefined where they do not fit: the shorter must equal the last axes of the longer, but for axes
 * of extent 1, which stretch.
 */
export function join(a: Shape, b: Shape): Shape | undefined {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  const from = long.length - short.length
  const shape = [...long]
  for (const [axis, extent] of short.entries()) {
    const other = long[from + axis]!
    if (extent !== other && extent !== 1 && other !== 1) return undefined
    if (other === 1) shape[from + axis] = extent
  }
  return shape
}

/** As `join`, and says which axes differ; `meant` may know what was meant. */
export function joined(
  ctx: Context,
  env: Env,
  symbol: string,
  a: Shape,
  b: Shape,
  span: Span,
  meant?: (a: Shape, b: Shape) => string | undefined,
): Shape | undefined {
  const shape = join(a, b)
  if (shape) return shape
  return complain(ctx, env, 'shape-mismatch', span, {
    what: operation(env, symbol),
    left: texts(a),
    right: texts(b),
    axis: difference(a, b),
    hint: meant?.(a, b) ?? stretching(a, b),
  })
}

/** The last axes that differ, both counted from 1. */
function difference(a: Shape, b: Shape): string {
  let i = a.length - 1
  let j = b.length - 1
  while (a[i] === b[j] || a[i] === 1 || b[j] === 1) {
    i--
    j--
  }
  return between(i, a[i]!, j, b[j]!)
}

export const between = (i: number, a: Extent, j: number, b: Extent): string =>
  `axis ${i + 1} of the first is ${extentText(a)}, axis ${j + 1} of the second ${extentText(b)}`

/** Shapes that would fit on their first axes are the usual slip. */
function stretching(a: Shape, b: Shape): string | undefined {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  if (long.length === short.length || !short.every((extent, axis) => extent === long[axis])) return undefined
  return 'a shorter shape stretches along the last axes of the longer one, not the first: transpose it with .T'
}

/** The node in exactly this shape, which its own shape fits. */
export function fitted(graph: Graph, node: Node, shape: Shape): Node {
  const from = shape.length - node.shape.length
  const single = node.shape.flatMap((extent, axis) => (extent === shape[from + axis] ? [] : [axis]))
  if (single.length === 0 && from === 0) return node
  const whole = single.length > 0 ? squeezed(graph, node, single) : node
  const axes = node.shape.flatMap((_, axis) => (single.includes(axis) ? [] : [from + axis]))
  return graph.broadcast(whole, shape, axes)
}

/** The node without axes of extent 1, and what it is computed from without them as far as that goes entry by entry. */
function squeezed(graph: Graph, root: Node, axes: readonly number[]): Node {
  const rank = root.shape.length
  const kept = root.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const shape = kept.map((axis) => root.shape[axis]!)
  const isOpen = (node: Node): boolean =>
    node.shape.length === rank &&
    (node.kind === 'sum' || isPureProduct(node) || (node.kind === 'apply' && node.op.kind === 'pointwise'))
  const images = new Map<Node, Node>()
  const image = (node: Node): Node => (node.shape.length < rank ? node : images.get(node)!)
  for (const node of topological([root], (n) => !isOpen(n))) {
    if (node.shape.length < rank) continue
    // The one entry along an axis is the sum over it.
    if (!isOpen(node)) images.set(node, graph.sumOver(node, axes))
    else if (node.kind === 'sum') {
      const terms = node.args.map((arg, i) => ({ coefficient: node.coefficients[i]!, node: image(arg) }))
      images.set(node, graph.sum(terms, node.constant, shape))
    } else if (node.kind === 'product') {
      const factors = factorsOf(node).map((factor) =>
        factor.labels.length === rank && factor.labels.every((label, axis) => label === axis)
          ? { ...factor, node: image(factor.node), labels: kept }
          : factor,
      )
      images.set(node, graph.product(node.coefficient, factors, kept, shape))
    } else if (node.kind === 'apply' && node.op.kind === 'pointwise')
      images.set(node, graph.stretch(graph.apply(node.op, node.args.map(image)), shape))
  }
  return images.get(root)!
}

/** Whether a tensor of this shape may be; reports where not. */
export function small(ctx: Context, env: Env, shape: Shape, span: Span): boolean {
  if (shape.length > MOST_AXES) {
    complain(ctx, env, 'over-limit', span, {
      what: `A tensor of ${shape.length} axes is`,
      limit: MOST_AXES,
      hint: undefined,
    })
    return false
  }
  const size = sizeOf(shape)
  if (size === undefined || size <= MOST_ENTRIES) return true
  complain(ctx, env, 'over-limit', span, {
    what: `A tensor of ${texts(shape).join(' × ')} entries is`,
    limit: MOST_ENTRIES,
    hint: undefined,
  })
  return false
}
