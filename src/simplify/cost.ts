import { isMinusOne, isNegative, isOne, isZero } from '../base/rational.ts'
import type { Node } from '../graph/node.ts'
import { isElement } from '../graph/product.ts'
import { softmaxArgument } from '../ops/index.ts'

const unit = (r: Parameters<typeof isOne>[0]): boolean => isOne(r) || isMinusOne(r)
const known = new WeakMap<Node, number>()

/**
 * The reading cost: operations as printed. Every operator and function call counts; named equations, numbers, signs,
 * transposes and stretching are free. Shared anonymous parts count as often as they would be printed.
 */
export function readingCost(root: Node): number {
  const stack = [root]
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!
    if (known.has(node)) {
      stack.pop()
      continue
    }
    const missing = node.kind === 'equation' ? [] : node.args.filter((a) => !known.has(a))
    if (missing.length > 0) stack.push(...missing)
    else known.set(node, ownCost(node))
  }
  return known.get(root)!
}

function ownCost(node: Node): number {
  const inner = node.kind === 'equation' ? 0 : node.args.reduce((sum, a) => sum + known.get(a)!, 0)
  switch (node.kind) {
    case 'sum':
      return (
        inner +
        node.args.length -
        1 +
        node.coefficients.filter((c) => !unit(c)).length +
        (isZero(node.constant) ? 0 : 1)
      )
    case 'product': {
      if (isElement(node)) return inner
      const divisors = node.exponents.filter(isNegative).length
      const powers = node.exponents.filter((e) => !unit(e)).length
      const multiplied = node.args.length - divisors + (unit(node.coefficient) ? 0 : 1)
      // A sum over the axis of one factor is a call; over several it is the matrix product they are joined by.
      const summed = node.args.length === 1 && node.extents.length > node.shape.length ? 1 : 0
      return inner + Math.max(0, multiplied - 1) + divisors + powers + summed
    }
    case 'apply': {
      const softmax = softmaxArgument(node)
      return softmax ? 1 + (known.get(softmax.z) ?? 0) : inner + 1
    }
    case 'derivative':
      return inner + 1
    default:
      return 0
  }
}
