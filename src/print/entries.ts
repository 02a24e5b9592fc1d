import { ONE, isNegative, isOne } from '../base/rational.ts'
import { constantValue } from '../graph/graph.ts'
import { type ApplyNode, BATCH, type Node, type ProductNode } from '../graph/node.ts'
import { conditionOf, nestOf } from '../graph/subscripts.ts'
import { select, softmaxIn } from '../ops/index.ts'
import { comparison, isOfPositions, isSelectOrZero, written } from './apply.ts'
import {
  BINDING,
  type Layout,
  big,
  bracket,
  cases,
  fence,
  letter,
  list,
  minus,
  number,
  row,
  script,
  sign,
  subOnCall,
} from './layout.ts'
import { type Item, scaled } from './factors.ts'
import { statistic } from './sample-index.ts'
import { condition, subscript, within } from './subscripts.ts'
import { sum } from './sum.ts'
import type { Writer } from './writer.ts'

/** Leaves of a tensor whose entries are written out; of a longer one the whole is indexed: (…)ᵢⱼ. */
const MOST_WRITTEN = 60

/** x with indices below: xᵢ, W₂₃, (W₁)₂₃. */
export function subscripted(base: Layout, indices: readonly Layout[]): Layout {
  if (indices.length === 0) return base
  const long = indices.some(
    (i) =>
      i.kind === 'row' ||
      (i.kind === 'number' && i.value.n > 9n) ||
      (i.kind === 'operator' && indices.length > 1),
  )
  const sub = long ? list(indices) : row(indices, BINDING.atom)
  const plain =
    base.kind === 'letter' ||
    base.kind === 'accent' ||
    (base.kind === 'script' && !base.sub && base.sup?.kind === 'fence')
  if (base.kind === 'call') return subOnCall(base, sub)
  return script(plain ? base : base.kind === 'fence' ? base : fence('(', base), sub, undefined)
}

/**
 * One entry of a tensor, with an index for each axis: letters or numbers. `used` letters are taken by indices around
 * it. `whole` writes out the node itself even if it is long.
 */
export function entry(
  w: Writer,
  node: Node,
  indices: readonly Layout[],
  used: number,
  whole = false,
): Layout {
  if (node.shape.length === 0 && !whole) return w.of(node)
  const value = constantValue(node)
  if (value) return isNegative(value) ? minus(number(value.neg())) : number(value)
  switch (node.kind) {
    case 'constant':
    case 'symbol':
    case 'equation':
      return subscripted(w.of(node), indices)
    case 'iota':
      return indices[0]!
    case 'delta':
    case 'basis':
    case 'bracket':
      return condition(
        w,
        conditionOf(
          node,
          node.shape.map((_, axis) => axis),
        ),
        indices,
        (n, own) => at(w, n, own, used),
      )
    case 'derivative':
      return subscripted(fence('(', w.of(node)), indices)
    default:
      break
  }
  if (!whole && w.of(node).size > MOST_WRITTEN) return subscripted(w.of(node), indices)
  if (node.kind === 'sum') return sum(w, node, (a) => at(w, a, indices, used))
  return node.kind === 'product' ? productEntry(w, node, indices, used) : applyEntry(w, node, indices, used)
}

const at = (w: Writer, node: Node, indices: readonly Layout[], used: number): Layout =>
  entry(w, node, node.shape.length === 0 ? [] : indices, used)

const abs = (r: typeof ONE): typeof ONE => (isNegative(r) ? r.neg() : r)

function productEntry(w: Writer, node: ProductNode, indices: readonly Layout[], used: number): Layout {
  const letters = w.names.indices()
  const rank = node.shape.length
  // What brackets say of a summed index stands in its place.
  const nest = nestOf(node, new Set(indices.map((_, l) => l)))
  let fresh = used
  const all: Layout[] = [...indices]
  const summed = nest.free
    .filter((l) => l >= rank)
    .map((l) => {
      const i = fresh++
      return (all[l] = letters[i] ?? script(letter('i'), number(ONE.mul(i)), undefined))
    })
  const entryAt = (n: Node, own: readonly Layout[]): Layout => at(w, n, own, fresh)
  const conditions: Layout[] = []
  for (const { label, form, within: inside } of nest.solved) {
    const place = subscript(w, form, all, entryAt)
    all[label] = place
    if (!inside) conditions.push(within(w, place, node.extents[label]!))
  }
  for (const c of nest.conditions) conditions.push(condition(w, c, all, entryAt))
  const ranks = w.order.written(node)
  const items: Item[] = node.args.flatMap((a, i) =>
    nest.factors.includes(i)
      ? {
          layout: bracketedSum(
            node.args.length > 1 || !isOne(node.exponents[i]!),
            at(
              w,
              a,
              node.labels[i]!.map((l) => all[l]!),
              fresh,
            ),
          ),
          exponent: node.exponents[i]!,
          position: w.order.position(a),
          mask: 0,
          rank: ranks?.[i],
          node: a,
        }
      : [],
  )
  for (const layout of conditions)
    items.push({ layout, exponent: ONE, position: Infinity, mask: 0, rank: undefined, node: undefined })
  const needed = summed.filter((l) => items.some((i) => mentions(i.layout, l)))
  // A sum of what does not depend on the index is a multiple: the index would say nothing of how far it runs.
  summed.forEach((l) => {
    if (needed.includes(l)) return
    const extent = w.g.extent(node.extents[all.indexOf(l)]!)
    items.push({ layout: w.of(extent), exponent: ONE, position: -1, mask: 0, rank: undefined, node: extent })
  })
  const outside =
    summed.length > needed.length ? items.filter((i) => !needed.some((l) => mentions(i.layout, l))) : []
  const product = scaled(
    abs(node.coefficient),
    items.filter((i) => !outside.includes(i)),
    undefined,
  )
  const sum = needed.length === 0 ? product : sumOver(needed, product)
  const body =
    outside.length === 0
      ? sum
      : scaled(
          ONE,
          [
            ...outside,
            ...(sum.kind === 'number'
              ? []
              : [{ ...outside[0]!, layout: sum, exponent: ONE, node: undefined }]),
          ],
          undefined,
        )
  return isNegative(node.coefficient) ? minus(body) : body
}

/** Whether an index occurs in a layout. */
function mentions(l: Layout, index: Layout): boolean {
  switch (l.kind) {
    case 'letter':
      return index.kind === 'letter' && l.text === index.text
    case 'row':
      return l.items.some((i) => mentions(i, index))
    case 'call':
      return [l.callee, ...l.args].some((i) => mentions(i, index))
    case 'script':
      return [l.base, l.sub, l.sup].some((i) => i !== undefined && mentions(i, index))
    case 'fraction':
      return mentions(l.top, index) || mentions(l.bottom, index)
    case 'derivative':
      return [l.of, ...l.by].some((i) => mentions(i, index))
    case 'fence':
    case 'root':
    case 'accent':
      return mentions(l.body, index)
    case 'big':
      return mentions(l.body, index) && !mentions(l.under, index)
    case 'cases':
      return l.rows.some(
        (r) => mentions(r.value, index) || (r.condition !== undefined && mentions(r.condition, index)),
      )
    default:
      return false
  }
}

const bracketedSum = (factor: boolean, l: Layout): Layout => (factor && l.kind === 'big' ? fence('(', l) : l)

/** Σᵢⱼ: a sum of a sum is one. */
function sumOver(indices: readonly Layout[], body: Layout): Layout {
  const inner = body.kind === 'big' ? (body.under.kind === 'row' ? body.under.items : [body.under]) : []
  const all = [...indices, ...inner.filter((i) => i.kind !== 'operator')]
  return big(
    row(
      all.flatMap((l, i) => (i > 0 ? [sign(','), l] : [l])),
      BINDING.atom,
    ),
    body.kind === 'big' ? body.body : body,
  )
}

function applyEntry(w: Writer, node: ApplyNode, indices: readonly Layout[], used: number): Layout {
  const { op } = node
  if (node.axes[0] === BATCH) return statistic(w, node, at(w, node.args[0]!, indices, used))
  if (softmaxIn(w.g, node)) return subscripted(w.of(node), indices)
  if (op === select) {
    const side = (n: Node): Layout => at(w, n, indices, used)
    const condition = (n: Node, negated: boolean): Layout => {
      const own = isOfPositions(n) && !negated ? side(n) : undefined
      return own?.kind === 'fence' ? own.body : comparison(w, n, negated, side)
    }
    const masked = isSelectOrZero(node)
    if (masked)
      return row(
        [
          fence('[', condition(masked.condition, masked.negated)),
          sign('·'),
          bracket(side(masked.value), BINDING.unary),
        ],
        BINDING.dot,
      )
    const [c, u, v] = node.args as [Node, Node, Node]
    return cases(
      [
        { value: side(u), condition: condition(c, false) },
        { value: side(v), condition: undefined },
      ],
      w.words,
    )
  }
  if (op.kind === 'pointwise' && op.relation)
    return fence(
      '[',
      comparison(w, node, false, (n) => at(w, n, indices, used)),
    )
  if (op.kind === 'pointwise')
    return written(
      w.names,
      node,
      node.args.map((a) => at(w, a, indices, used)),
    )
  return subscripted(w.of(node), indices)
}
