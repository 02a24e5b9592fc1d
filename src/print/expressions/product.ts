import { ONE, type Rational, isNegative, isOne, isZero } from '../../base/rational.ts'
import { constantValue } from '../../graph/graph.ts'
import { type Node, type ProductNode } from '../../graph/node.ts'
import { isSelectOrZero, iverson } from './apply.ts'
import { type Item, hadamard, powered, scaled } from './factors.ts'
import {
  BINDING,
  type Layout,
  bracket,
  call,
  functionName,
  letter,
  minus,
  number,
  row,
  transposed,
} from '../layout/layout.ts'
import { isSymmetric } from '../../simplify/symmetric.ts'
import type { Writer } from './contract.ts'

export const DIAG = functionName('\\operatorname{diag}', 'diag')
export const ONES = letter('𝟏', 'bold')

/** A matrix as a factor, or its transpose. */
export interface Across {
  readonly item: Item
  readonly flipped: boolean
}

/** Whether a factor is written with a transpose: what is symmetric never is. */
export const isTransposed = (w: Writer, { item, flipped }: Across): boolean =>
  flipped && !(item.node && isSymmetric(w.g, item.node))

/** A ⊙ Bᵀ; (A ⊙ B)ᵀ where all are transposed. */
export function hadamardAcross(w: Writer, across: readonly Across[]): Layout {
  const parts = across.map((p) => ({ ...p, flipped: isTransposed(w, p) }))
  if (parts.length > 1 && parts.every((p) => p.flipped))
    return transposed(
      bracket(
        hadamard(
          parts.map((p) => p.item),
          true,
        ),
        BINDING.postfix,
      ),
    )
  return hadamard(
    parts.map(({ item, flipped }) => {
      if (!flipped) return item
      if (item.node && isOne(item.exponent)) return { ...item, layout: w.flipped(item.node) }
      return isNegative(item.exponent)
        ? { ...item, layout: transposed(item.layout) }
        : { ...item, exponent: ONE, layout: transposed(bracket(powered(item, true), BINDING.postfix)) }
    }),
    true,
  )
}

/** Σ-free products: of scalars, ⊙ of tensors, outer products, diagonals. Undefined beyond matrices. */
export function pure(w: Writer, node: ProductNode): Layout | undefined {
  const rank = node.shape.length
  // Of more than two axes what is entry by entry stands as it does for vectors.
  if (rank > 2 && !node.labels.every((l) => l.length === 0 || isInOrder(l, rank))) return undefined
  const groups = { scalar: [] as Item[], left: [] as Item[], right: [] as Item[], both: [] as Across[] }
  const ranks = w.order.written(node)
  let identity = false
  node.args.forEach((arg, i) => {
    const labels = node.labels[i]!
    if (arg.kind === 'delta' && labels[0] !== labels[1]) {
      identity = true
      return
    }
    for (const item of itemsOf(w, arg, node.exponents[i]!, ranks?.[i])) {
      if (labels.length === 0) groups.scalar.push(item)
      else if (rank > 2) groups.left.push(item)
      else if (labels.length > 2) groups.scalar.push(item)
      else if (rank === 1) groups.left.push(labels.length === 2 ? diagonal(item) : item)
      else if (labels.length === 1 || labels[0] === labels[1])
        groups[labels[0] === 0 ? 'left' : 'right'].push(labels.length === 2 ? diagonal(item) : item)
      else groups.both.push({ item, flipped: labels[0] === 1 })
    }
  })
  if (rank <= 2 && node.labels.some((l) => l.length > 2)) return undefined
  if (isZero(node.coefficient)) return number(node.coefficient)
  const magnitude = isNegative(node.coefficient) ? node.coefficient.neg() : node.coefficient
  const tensor = rank === 0 ? undefined : rank !== 2 ? vector(groups.left) : matrix(w, groups, identity)
  const layout = scaled(magnitude, groups.scalar, tensor)
  return isNegative(node.coefficient) ? minus(layout) : layout
}

const isInOrder = (labels: readonly number[], rank: number): boolean =>
  labels.length === rank && labels.every((l, axis) => l === axis)

const diagonal = (item: Item): Item => ({ ...item, layout: call(DIAG, [item.layout]) })

const vector = (items: readonly Item[]): Layout => (items.length === 0 ? ONES : hadamard(items, false))

function matrix(
  w: Writer,
  groups: { readonly left: Item[]; readonly right: Item[]; readonly both: Across[] },
  identity: boolean,
): Layout {
  const { left, right, both } = groups
  if (identity) {
    // δᵢⱼ vᵢ: everything stands on the diagonal.
    const items = [...left, ...right, ...both.map((b) => diagonal(b.item))]
    return items.length === 0 ? letter('I') : call(DIAG, [hadamard(items, false)])
  }
  if (both.length === 0) {
    const u = bracket(vector(left), BINDING.postfix)
    const v = bracket(vector(right), BINDING.postfix)
    return w.rows ? side([transposed(u), v]) : side([u, transposed(v)])
  }
  const middle = hadamardAcross(w, both)
  if (left.length === 0 && right.length === 0) return middle
  return side([
    ...(left.length > 0 ? [call(DIAG, [hadamard(left, false)])] : []),
    bracket(middle, BINDING.matrix),
    ...(right.length > 0 ? [call(DIAG, [hadamard(right, false)])] : []),
  ])
}

/** Matrices side by side. */
export const side = (items: readonly Layout[]): Layout =>
  items.length === 1
    ? items[0]!
    : row(
        items.flatMap((l) =>
          l.kind === 'row' && l.level === BINDING.matrix ? l.items : [bracket(l, BINDING.power)],
        ),
        BINDING.matrix,
      )

/** A factor's items: `where(c, u, 0)` is [c] and u. */
export function itemsOf(w: Writer, arg: Node, exponent: Rational, place: number | undefined): Item[] {
  // A condition or value that is stretched over the other stays with it: it has fewer axes than the factor.
  const split = isOne(exponent) ? isSelectOrZero(arg) : undefined
  const rank = arg.shape.length
  const masked =
    split && split.condition.shape.length === rank && split.value.shape.length === rank ? split : undefined
  const position = w.order.position(arg)
  if (!masked) return [{ layout: w.of(arg), exponent, position, mask: 0, rank: place, node: arg }]
  const mask: Item = {
    layout: iverson(w, masked),
    exponent: ONE,
    position: w.order.position(masked.condition),
    mask: 1,
    rank: place,
    node: undefined,
  }
  const value = constantValue(masked.value)
  if (value && isOne(value)) return [mask]
  return [
    mask,
    {
      layout: w.of(masked.value),
      exponent,
      position: w.order.position(masked.value),
      mask: 0,
      rank: place,
      node: masked.value,
    },
  ]
}
