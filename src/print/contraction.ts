import { ONE } from '../base/rational.ts'
import { type Extent, addExtents, multiplyExtents, openExtent } from '../graph/extent.ts'
import { factorsOf } from '../graph/graph.ts'
import { memberName } from '../graph/member.ts'
import { type ProductNode, peel } from '../graph/node.ts'
import { type Factor, isElement } from '../graph/product.ts'
import { isStructure } from '../graph/subscripts.ts'
import { blocks, part } from './blocks.ts'
import { subscripted } from './entries.ts'
import { Labels } from './labels.ts'
import { type Layout, number, sign, transposed } from './layout.ts'
import type { Writer } from './writer.ts'

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

/** x_{t,:}, W_{t+1,:}, and of a list of data x⁽ᵗ⁾: a tensor at values of indices. */
function member(w: Writer, node: ProductNode): Layout | undefined {
  const rank = node.shape.length
  const factors = factorsOf(node)
  const [tensor, ...others] = factors.filter((f) => !isStructure(f.node))
  if (!tensor || others.length > 0 || !tensor.exponent.equals(1)) return undefined
  const picks = new Map<number, Extent>()
  for (const f of factors) {
    if (f === tensor) continue
    const at = positionIn(f)
    if (at === undefined || picks.has(f.labels[0]!)) return undefined
    picks.set(f.labels[0]!, at)
  }
  const rest = tensor.labels.filter((l) => !picks.has(l))
  if (picks.size === 0 || rest.length !== rank || rest.some((l, i) => l !== i)) return undefined
  const value = peel(tensor.node)
  const list = value.kind === 'symbol' ? value.symbol.list : undefined
  if (value.kind === 'symbol' && list !== undefined && picks.size === 1 && picks.has(tensor.labels[list]!))
    return w.names.of(memberName(value.symbol.name, [picks.get(tensor.labels[list]!)!]))
  const indices = tensor.labels.map((l) => (picks.has(l) ? w.of(w.g.extent(picks.get(l)!)) : sign(':')))
  return subscripted(w.of(tensor.node), indices)
}

/** The position, from 1, that a factor picks along its one axis by an index. */
function positionIn({ node, labels, exponent }: Factor): Extent | undefined {
  if (!exponent.equals(1) || labels.length !== 1) return undefined
  if (node.kind === 'basis') return node.index + 1
  if (node.kind !== 'bracket' || node.relation !== '=' || Math.abs(node.coefficients[0]!) !== 1)
    return undefined
  const sign = -node.coefficients[0]!
  let at = addExtents(1, node.offset, sign === 1 ? 1 : -1)
  for (const [k, a] of node.args.entries()) {
    if (a.kind !== 'symbol' || a.symbol.role !== 'index') return undefined
    const name = a.symbol.member?.family ?? a.symbol.name
    at = addExtents(at, multiplyExtents(sign * node.multiples[k]!, openExtent(name)))
  }
  return at
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
