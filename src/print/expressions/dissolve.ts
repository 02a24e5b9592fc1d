import { isOne } from '../../base/rational.ts'
import { type Factor, factorsOf } from '../../graph/graph.ts'
import { type ProductNode, isContraction } from '../../graph/node.ts'
import { isElement } from '../../graph/product.ts'
import type { Writer } from './contract.ts'

/** Factors that a product of products may have when they are written as one. */
const MOST_DISSOLVED = 24

/** The factors with those of inner products in their places. */
export function dissolved(
  w: Writer,
  node: ProductNode,
  ranks: readonly number[] | undefined,
  opens: (inner: ProductNode) => boolean = () => true,
): { factor: Factor; rank: number | undefined }[] {
  const result: { factor: Factor; rank: number | undefined }[] = []
  let fresh = node.extents.length
  const work = factorsOf(node)
    .map((factor, i) => ({ factor, rank: ranks?.[i] }))
    .reverse()
  while (work.length > 0) {
    const { factor, rank } = work.pop()!
    const inner = factor.node
    const open =
      inner.kind === 'product' &&
      isContraction(inner) &&
      !isElement(inner) &&
      isOne(factor.exponent) &&
      !w.isReplaced(inner) &&
      opens(inner)
    if (!open || result.length + work.length + inner.args.length > MOST_DISSOLVED) {
      result.push({ factor, rank })
      continue
    }
    const first = fresh - inner.shape.length
    fresh += inner.extents.length - inner.shape.length
    const map = (l: number): number => (l < inner.shape.length ? factor.labels[l]! : first + l)
    const own = w.order.written(inner)
    work.push(
      ...factorsOf(inner)
        .map((f, i) => ({
          factor: { ...f, labels: f.labels.map(map) },
          rank: rank === undefined || !own ? undefined : rank + own[i]! / MOST_DISSOLVED,
        }))
        .reverse(),
    )
  }
  return result
}
