/** Parts of tensors, x₂:₅, and tensors put together of parts that lie one after the other: (u; v). */
import { ONE, isNegative } from '../../base/rational.ts'
import { type Extent, addExtents, isNonnegative } from '../../graph/extent.ts'
import { factorsOf } from '../../graph/graph.ts'
import { type Node, type ProductNode, isContraction } from '../../graph/node.ts'
import type { Factor } from '../../graph/product.ts'
import { conditionOf, isStructure } from '../../graph/subscripts.ts'
import { subscripted } from './entries.ts'
import { multiple } from './factors.ts'
import { BINDING, type Layout, minus, number, row, saysEntries, sign, table } from '../layout/layout.ts'
import type { Writer } from './contract.ts'

/** That one label is another one moved: from = to + by. */
interface Shift {
  readonly from: number
  readonly to: number
  readonly by: Extent
}

/** What a bracket says where it says that, for the summed label. */
function shiftOf({ node, labels }: Factor, rank: number): Shift | undefined {
  if (node.kind !== 'bracket' || node.relation !== '=' || node.args.length > 0 || labels.length !== 2)
    return undefined
  const { form } = conditionOf(node, labels)
  const [a, b] = [...form.labels]
  if (!a || !b || a[1] !== -b[1] || Math.abs(a[1]) !== 1) return undefined
  const [[from, c], [to]] = a[0] >= rank ? [a, b] : [b, a]
  if (from < rank || to >= rank) return undefined
  return { from, to, by: c === 1 ? addExtents(0, form.offset, -1) : form.offset }
}

/** x₂:₅, W_{:,2:3}: a tensor with a part of an axis for each axis that the result has, or with the two of its transpose. */
export function part(w: Writer, node: ProductNode, flipped = false): Layout | undefined {
  const rank = node.shape.length
  const factors = factorsOf(node)
  const whole = factors.filter((f) => !isStructure(f.node))
  const shifts = factors.flatMap((f) => shiftOf(f, rank) ?? [])
  const picks = factors.filter((f) => f.node.kind === 'basis')
  const [tensor] = whole
  if (!tensor || whole.length > 1 || shifts.length === 0 || !tensor.exponent.equals(1)) return undefined
  if (factors.length !== 1 + shifts.length + picks.length) return undefined
  if (flipped && rank !== 2) return undefined
  const place = (label: number): number => (flipped && label < 2 ? 1 - label : label)
  let next = 0
  const subscripts: Layout[] = []
  for (const label of tensor.labels) {
    const pick = picks.find((f) => f.labels[0] === label)
    const shift = shifts.find((s) => s.from === label)
    if (pick?.node.kind === 'basis') subscripts.push(number(ONE.mul(pick.node.index + 1)))
    else if (shift) {
      const extent = node.extents[shift.to]!
      const rest = addExtents(addExtents(node.extents[label]!, extent, -1), shift.by, -1)
      if (place(shift.to) !== next++ || !isNonnegative(shift.by) || !isNonnegative(rest)) return undefined
      const end = (e: Extent): Layout => w.of(w.g.extent(e))
      subscripts.push(
        row([end(addExtents(shift.by, 1)), sign(':'), end(addExtents(shift.by, extent))], BINDING.atom),
      )
    } else if (place(label) === next) {
      subscripts.push(sign(':'))
      next++
    } else return undefined
  }
  return next === rank ? subscripted(w.of(tensor.node), subscripts) : undefined
}

/** What stands within a longer tensor, with zeros around it: along which axis, and from where on. */
interface Placed {
  readonly axis: number
  readonly at: Extent
  readonly inner: Node
}

function placed(w: Writer, node: Node): Placed | undefined {
  const rank = node.shape.length
  const across = node.kind === 'product' && rank === 2 ? transposeIn(node) : undefined
  if (across) {
    const found = placed(w, across)
    return found && { ...found, axis: 1 - found.axis, inner: w.g.transpose(found.inner) }
  }
  if (node.kind !== 'product' || !isContraction(node) || rank > 2) return undefined
  const factors = factorsOf(node)
  const found = factors.flatMap((f) => {
    const shift = shiftOf(f, rank)
    return shift ? [{ f, shift }] : []
  })
  const [one] = found
  if (!one || found.length > 1 || factors.some((f) => f !== one.f && f.labels.includes(one.shift.to)))
    return undefined
  const { from, to } = one.shift
  const at = addExtents(0, one.shift.by, -1)
  const extent = node.extents[from]!
  const behind = addExtents(addExtents(node.shape[to]!, extent, -1), at, -1)
  if (extent === node.shape[to] || !isNonnegative(at) || !isNonnegative(behind)) return undefined
  const shape = node.shape.map((e, axis) => (axis === to ? extent : e))
  const inner = w.g.product(
    ONE,
    factors
      .filter((f) => f !== one.f)
      .map((f) => ({ ...f, labels: f.labels.map((l) => (l === from ? to : l)) })),
    shape.map((_, axis) => axis),
    shape,
  )
  return { axis: to, at, inner }
}

/** The contraction of which a product is the transpose. */
function transposeIn(node: ProductNode): Node | undefined {
  const [arg] = node.args
  const isTranspose =
    node.args.length === 1 &&
    !isContraction(node) &&
    node.coefficient.equals(1) &&
    node.exponents[0]!.equals(1)
  const [a, b] = node.labels[0] ?? []
  return isTranspose && arg?.kind === 'product' && isContraction(arg) && a === 1 && b === 0 ? arg : undefined
}

/** Tensors one after the other along one axis, with zeros in between, or the transpose. Undefined where it is none, or where parts overlap. */
export function blocks(w: Writer, node: Node, flipped = false): Layout | undefined {
  const terms =
    node.kind === 'sum'
      ? node.args.map((term, i) => ({ term, coefficient: node.coefficients[i]! }))
      : [{ term: node, coefficient: ONE }]
  if (node.kind === 'sum' && !node.constant.equals(0)) return undefined
  const parts = terms.map(({ term, coefficient }) => {
    const found = placed(w, term)
    return found && { ...found, coefficient }
  })
  const [first] = parts
  if (!first || !parts.every((p) => p?.axis === first.axis)) return undefined
  const { axis } = first
  const left = parts as NonNullable<(typeof parts)[0]>[]
  const cells: Layout[] = []
  let at: Extent = 0
  while (left.length > 0) {
    const next = left.findIndex((p) => p.at === at)
    if (next < 0) {
      // Where nothing stands there are zeros, up to the part that is next.
      const numbers = left.map((p) => p.at)
      if (cells.length > 0 && left.length === terms.length) return undefined
      const ends = numbers.every((n): n is number => typeof n === 'number')
      if (typeof at !== 'number' || !ends || Math.min(...numbers) < at) {
        if (left.length > 1) return undefined
        at = left[0]!.at
      } else at = Math.min(...numbers)
      cells.push(number(ONE.sub(1)))
      continue
    }
    const [own] = left.splice(next, 1)
    const { inner, coefficient } = own!
    const layout = flipped ? w.flipped(inner) : w.of(inner)
    if (saysEntries(layout)) return undefined
    const scaled = multiple(isNegative(coefficient) ? coefficient.neg() : coefficient, layout)
    const isBlocks =
      layout.kind === 'table' && coefficient.equals(1) && blocks(w, inner, flipped) !== undefined
    if (isBlocks && layout.kind === 'table') cells.push(...layout.rows.flat())
    else cells.push(isNegative(coefficient) ? minus(scaled) : scaled)
    at = addExtents(at, inner.shape[axis]!)
  }
  if (at !== node.shape[axis]) cells.push(number(ONE.sub(1)))
  return table((axis === 0) === flipped ? [cells] : cells.map((c) => [c]))
}
