import type { Span } from '../base/span.ts'
import { type Extent, type Shape, extentText, sizeOf } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { type Context, type Env, complain, operation } from './context.ts'

/** Entries of a tensor, as far as they are known when compiling. */
export const MOST_ENTRIES = 2 ** 31
/** More axes than anybody names: formulas and loops have letters for so many. */
const MOST_AXES = 12

export const texts = (shape: Shape): string[] => shape.map(extentText)

/** The shape of a ∘ b elementwise, undefined where they do not fit: the shorter must equal the last axes of the longer. */
export function join(a: Shape, b: Shape): Shape | undefined {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  const from = long.length - short.length
  return short.every((extent, axis) => extent === long[from + axis]) ? long : undefined
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
  while (a[i] === b[j]) {
    i--
    j--
  }
  return between(i, a[i]!, j, b[j]!)
}

export const between = (i: number, a: Extent, j: number, b: Extent): string =>
  `axis ${i + 1} of the first is ${extentText(a)}, axis ${j + 1} of the second ${extentText(b)}`

/** Shapes that would fit without axes of length 1, or on their first axes, are the usual slips. */
function stretching(a: Shape, b: Shape): string | undefined {
  const without = (shape: Shape): Shape => shape.filter((extent) => extent !== 1)
  if (join(without(a), without(b)))
    return 'an axis of length 1 does not stretch: leave it out, x[D] for x[D, 1]'
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  if (long.length === short.length || !short.every((extent, axis) => extent === long[axis])) return undefined
  return 'a shorter shape stretches along the last axes of the longer one, not the first: transpose it with .T'
}

/** The node in exactly this shape, which its own shape fits. */
export function fitted(graph: Graph, node: Node, shape: Shape): Node {
  if (node.shape.length === shape.length) return node
  return node.shape.length === 0 ? graph.broadcast(node, shape, []) : graph.stretch(node, shape)
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
