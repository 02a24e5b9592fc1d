/** `[a, b, c]`, `[[c, -s], [s, c]]`: a tensor by its entries, or by parts of one shape. */
import { ONE, type Rational, ZERO, isZero } from '../base/rational.ts'
import { constantValue } from '../graph/graph.ts'
import { sameShape } from '../graph/extent.ts'
import type { Node } from '../graph/node.ts'
import type { Expression, LiteralExpression } from '../syntax/tree.ts'
import { type Context, type Env, complain } from './context.ts'
import { small, texts } from './shapes.ts'

interface Laid {
  /** The lengths of the axes that brackets write. */
  readonly lengths: readonly number[]
  /** What stands in the innermost brackets, row-major. */
  readonly items: readonly Expression[]
}

/** Brackets in brackets as one, as far as all of a level have the same length. */
function laid({ items }: LiteralExpression): Laid {
  const lengths = [items.length]
  let inner: readonly Expression[] = items
  for (;;) {
    const rows = inner.filter((item) => item.kind === 'literal')
    const length = rows[0]?.items.length
    if (rows.length !== inner.length || rows.some((row) => row.items.length !== length)) break
    lengths.push(length!)
    inner = rows.flatMap((row) => row.items)
  }
  return { lengths, items: inner }
}

/** The trees that the value of a literal is made of. */
export const literalParts = (tree: LiteralExpression): readonly Expression[] => laid(tree).items

/**
 * The value by those of its parts: known numbers are one tensor, and every other part is a product with unit vectors. Parts
 * that are tensors have their axes behind those of the brackets.
 */
export function literal(
  ctx: Context,
  env: Env,
  tree: LiteralExpression,
  values: readonly Node[],
): Node | undefined {
  const { graph } = ctx
  const { lengths, items } = laid(tree)
  const inner = values[0]!.shape
  const odd = values.findIndex((value) => !sameShape(value.shape, inner))
  if (odd >= 0)
    return complain(ctx, env, 'uneven-literal', items[odd]!.span, {
      first: texts(inner),
      other: texts(values[odd]!.shape),
    })
  const shape = [...lengths, ...inner]
  if (!small(ctx, env, shape, tree.span)) return undefined
  const known = inner.length === 0 ? values.map(constantValue) : values.map(() => undefined)
  const numbers = known.map((value): Rational => value ?? ZERO)
  const axes = shape.map((_, axis) => axis)
  const terms = values.flatMap((value, place) => {
    if (known[place] !== undefined) return []
    const unit = { node: graph.unit(lengths, place), labels: axes.slice(0, lengths.length), exponent: ONE }
    const part = { node: value, labels: axes.slice(lengths.length), exponent: ONE }
    return [graph.product(ONE, [part, unit], axes, shape)]
  })
  const whole = numbers.every(isZero) ? terms : [graph.table(lengths, numbers), ...terms]
  if (whole.length === 0) return graph.full(ZERO, shape)
  return graph.noteWritten(graph.addAll(whole, shape), whole)
}
