/** Tensors at values of indices: x_{t,:}, x⁽ᵗ⁾. */
import { type Extent, addExtents } from '../../graph/extent.ts'
import { factorsOf } from '../../graph/graph.ts'
import { memberName } from '../../graph/member.ts'
import { type Node, type ProductNode, peel } from '../../graph/node.ts'
import type { Factor } from '../../graph/product.ts'
import { positionOf } from '../../graph/scan.ts'
import { isStructure } from '../../graph/subscripts.ts'
import { subscripted } from './entries.ts'
import { type Layout, sign } from '../layout/layout.ts'
import type { Writer } from './contract.ts'

/** x_{t,:}, W_{t+1,:}, and of a list of data x⁽ᵗ⁾: a tensor at values of indices. */
export function member(w: Writer, node: ProductNode): Layout | undefined {
  const found = picksIn(node)
  if (!found) return undefined
  const { tensor, picks } = found
  const value = peel(tensor.node)
  const list = value.kind === 'symbol' ? value.symbol.list : undefined
  const at = list && picks.size === 1 ? picks.get(tensor.labels[list.axis]!) : undefined
  if (value.kind === 'symbol' && at !== undefined)
    return w.names.of(memberName(value.symbol.name, [addExtents(addExtents(at, list!.from), -1)]))
  const indices = tensor.labels.map((l) => (picks.has(l) ? w.of(w.g.extent(picks.get(l)!)) : sign(':')))
  return subscripted(w.of(tensor.node), indices)
}

/** Whether a node is a tensor at values of indices. */
export const isMember = (node: Node): boolean => node.kind === 'product' && picksIn(node) !== undefined

/** The tensor, and the positions, from 1, by its labels. */
function picksIn(node: ProductNode): { tensor: Factor; picks: ReadonlyMap<number, Extent> } | undefined {
  const rank = node.shape.length
  const factors = factorsOf(node)
  const [tensor, ...others] = factors.filter((f) => !isStructure(f.node))
  if (!tensor || others.length > 0 || !tensor.exponent.equals(1)) return undefined
  const picks = new Map<number, Extent>()
  for (const f of factors) {
    if (f === tensor) continue
    const at = f.exponent.equals(1) ? positionOf(f.node) : undefined
    if (at === undefined || picks.has(f.labels[0]!)) return undefined
    picks.set(f.labels[0]!, addExtents(at, 1))
  }
  const rest = tensor.labels.filter((l) => !picks.has(l))
  const isOne = picks.size > 0 && rest.length === rank && rest.every((l, i) => l === i)
  return isOne ? { tensor, picks } : undefined
}
