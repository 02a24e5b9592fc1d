import { ONE } from '../../base/rational.ts'
import type { ProductNode } from '../../graph/node.ts'
import { isElement } from '../../graph/product.ts'
import { blocks, part } from './blocks.ts'
import { subscripted } from './entries.ts'
import { Labels } from './labels.ts'
import { member } from './member.ts'
import { type Layout, number, sign, transposed } from '../layout/layout.ts'
import type { Writer } from './contract.ts'

/**
 * Σ as matrix notation. Labels are the vertices of a graph, matrices its edges, vectors its weights: where that is a
 * tree, it is a product of matrices (the path), with what hangs beside it as vectors. Undefined where there is none.
 */
export function contracted(w: Writer, node: ProductNode, flipped = false): Layout | undefined {
  if (isElement(node)) return flipped ? transposed(element(w, node)) : element(w, node)
  const picked = member(w, node)
  if (picked) return flipped ? transposed(picked) : picked
  const across = part(w, node, flipped) ? undefined : part(w, node, !flipped)
  const own = part(w, node, flipped) ?? (across && transposed(across)) ?? blocks(w, node, flipped)
  if (own) return own
  if (node.shape.length > 2) return undefined
  // First with products in products dissolved, W (V x) as W V x; where that has no notation, as they are.
  return inMatrices(new Labels(w, node, true), flipped) ?? inMatrices(new Labels(w, node, false), flipped)
}

function inMatrices(labels: Labels, flipped: boolean): Layout | undefined {
  if (!labels.fits) return undefined
  if (labels.rank === 0) return labels.scalar()
  return labels.rank === 1 ? labels.vector(0) : flipped ? labels.matrix(1, 0) : labels.matrix(0, 1)
}

/** x₃, W₂₃; of a matrix one row or column: W_{2,:}. */
function element(w: Writer, node: ProductNode): Layout {
  const at = node.args.findIndex((a) => a.kind !== 'basis')
  const indices = node.labels[at]!.map((label) => {
    const i = node.labels.findIndex((l, k) => k !== at && l[0] === label)
    const picked = i < 0 ? undefined : node.args[i]!
    return picked?.kind === 'basis' ? number(ONE.mul(picked.index + 1)) : sign(':')
  })
  return subscripted(w.of(node.args[at]!), indices)
}
