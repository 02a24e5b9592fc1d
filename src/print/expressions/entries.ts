import { ONE, isNegative, isOne } from '../../base/rational.ts'
import type { Extent } from '../../graph/extent.ts'
import { constantValue, factorsOf } from '../../graph/graph.ts'
import { type ApplyNode, BATCH, type Node, type ProductNode, isContraction } from '../../graph/node.ts'
import {
  type LabelForm,
  type Labelled,
  conditionOf,
  isStructure,
  nestOf,
  replaced,
} from '../../graph/subscripts.ts'
import { select, softmaxIn } from '../../ops/index.ts'
import { dissolved } from './dissolve.ts'
import { comparison, isOfPositions, isSelectOrZero, written } from './apply.ts'
import {
  BINDING,
  type Layout,
  big,
  bracket,
  call,
  cases,
  fence,
  functionName,
  letter,
  list,
  minus,
  number,
  partsOf,
  row,
  saysEntries,
  script,
  sign,
  subOnCall,
} from '../layout/layout.ts'
import { type Item, scaled } from './factors.ts'
import { statistic } from './sample-index.ts'
import { condition, subscript, within } from './subscripts.ts'
import { sum } from './sum.ts'
import type { Writer } from './contract.ts'

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
    case 'scan':
      return subscripted(w.of(node), indices)
    case 'derivative':
      return subscripted(fence('(', w.of(node)), indices)
    default:
      break
  }
  if (!whole && (w.isReplaced(node) || isBetterWhole(w.of(node)))) return subscripted(w.of(node), indices)
  if (node.kind === 'sum') return sum(w, node, (a) => at(w, a, indices, used))
  return node.kind === 'product' ? productEntry(w, node, indices, used) : applyEntry(w, node, indices, used)
}

/** A long tensor that is not said by its entries anyway. */
const isBetterWhole = (l: Layout): boolean =>
  l.size > MOST_WRITTEN && !(l.kind === 'script' && l.entries !== undefined)

const at = (w: Writer, node: Node, indices: readonly Layout[], used: number): Layout =>
  entry(w, node, node.shape.length === 0 ? [] : indices, used)

const abs = (r: typeof ONE): typeof ONE => (isNegative(r) ? r.neg() : r)

/** Labels in the order of the axes of the factor that has most of them: K_{ilmn}, and what follows from it elsewhere. */
function byOccurrence({ args, labels }: Labelled, summed: readonly number[]): number[] {
  const counts = labels.map((own, i) =>
    isStructure(args[i]!) ? 0 : new Set(own.filter((l) => summed.includes(l))).size,
  )
  const first = labels[counts.indexOf(Math.max(0, ...counts))] ?? []
  const place = (l: number): number => (first.includes(l) ? first.indexOf(l) : first.length)
  return [...summed].sort((a, b) => place(a) - place(b) || a - b)
}

/** Whether a sum is one tensor at other places: all that it sums over follows. */
function isMoved(inner: ProductNode): boolean {
  const values = inner.args.filter((a) => !isStructure(a)).length
  const own = new Set(inner.shape.map((_, axis) => axis))
  return values === 1 && nestOf(inner, own).free.every((l) => own.has(l))
}

/** A product with the tensors in it that are read at other places, as one product. */
function asOne(w: Writer, node: ProductNode): Labelled & { readonly ranks: readonly (number | undefined)[] } {
  const ranks = w.order.written(node)
  const parts = isContraction(node)
    ? dissolved(w, node, ranks, isMoved)
    : factorsOf(node).map((factor, i) => ({ factor, rank: ranks?.[i] }))
  const extents = [...node.extents]
  for (const { factor } of parts) factor.node.shape.forEach((e, axis) => (extents[factor.labels[axis]!] = e))
  return {
    args: parts.map(({ factor }) => factor.node),
    labels: parts.map(({ factor }) => factor.labels),
    exponents: parts.map(({ factor }) => factor.exponent),
    ranks: parts.map(({ rank }) => rank),
    extents,
    shape: node.shape,
  }
}

function productEntry(w: Writer, node: ProductNode, indices: readonly Layout[], used: number): Layout {
  const letters = w.names.indices()
  const rank = node.shape.length
  // What brackets say of a summed index stands in its place.
  const flat = asOne(w, node)
  const nest = nestOf(flat, new Set(indices.map((_, l) => l)))
  let fresh = used
  const all: Layout[] = [...indices]
  // Of one entry along an axis the sum is the entry.
  for (const l of nest.free) if (l >= rank && flat.extents[l] === 1) all[l] = number(ONE)
  const summed = byOccurrence(
    flat,
    nest.free.filter((l) => l >= rank && flat.extents[l] !== 1),
  ).map((l) => {
    const i = fresh++
    return (all[l] = letters[i] ?? script(letter('i'), number(ONE.mul(i)), undefined))
  })
  const entryAt = (n: Node, own: readonly Layout[]): Layout => at(w, n, own, fresh)
  const conditions: Layout[] = []
  const known = new Map<number, LabelForm>()
  const put = (form: LabelForm): LabelForm =>
    [...form.labels.keys()].reduce((f, l) => (known.has(l) ? replaced(f, l, known.get(l)!) : f), form)
  for (const { label, form, within: inside } of nest.solved) {
    const own = put(form)
    known.set(label, own)
    const place = subscript(w, own, all, entryAt)
    all[label] = place
    if (!inside) conditions.push(within(w, place, flat.extents[label]!))
  }
  for (const { relation, form } of nest.conditions)
    conditions.push(condition(w, { relation, form: put(form) }, all, entryAt))
  const items: Item[] = flat.args.flatMap((a, i) =>
    nest.factors.includes(i)
      ? {
          layout: bracketedSum(
            flat.args.length > 1 || !isOne(flat.exponents[i]!),
            at(
              w,
              a,
              flat.labels[i]!.map((l) => all[l]!),
              fresh,
            ),
          ),
          exponent: flat.exponents[i]!,
          position: w.order.position(a),
          mask: 0,
          rank: flat.ranks[i],
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
    const extent = w.g.extent(flat.extents[all.indexOf(l)]!)
    items.push({ layout: w.of(extent), exponent: ONE, position: -1, mask: 0, rank: undefined, node: extent })
  })
  const outside =
    summed.length > needed.length ? items.filter((i) => !needed.some((l) => mentions(i.layout, l))) : []
  const product = scaled(
    abs(node.coefficient),
    items.filter((i) => !outside.includes(i)),
    undefined,
  )
  const bounded = needed.map((l) => bound(w, l, flat.extents[all.indexOf(l)]!, product))
  const sum = needed.length === 0 ? product : sumOver(bounded, product)
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
    case 'table':
      return l.rows.flat().some((i) => mentions(i, index))
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
  const inner = body.kind === 'big' ? lettersOf(body.under) : []
  const all = [...indices, ...inner.filter((i) => i.kind !== 'operator')]
  return big(
    row(
      all.flatMap((l, i) => (i > 0 ? [sign(','), l] : [l])),
      BINDING.atom,
    ),
    body.kind === 'big' ? body.body : body,
  )
}

const lettersOf = (under: Layout): readonly Layout[] =>
  under.kind === 'row' && under.level === BINDING.atom ? under.items : [under]

/** l, or l ≤ 2 where nothing that has l as a subscript by itself says how far it runs. */
function bound(w: Writer, index: Layout, extent: Extent, body: Layout): Layout {
  const work = [body]
  for (let part = work.pop(); part; part = work.pop()) {
    if (part.kind === 'script' && part.sub && subscriptsOf(part.sub).some((s) => s === index)) return index
    work.push(...partsOf(part))
  }
  return row([index, sign('≤'), w.of(w.g.extent(extent))], BINDING.comparison)
}

const subscriptsOf = (sub: Layout): readonly Layout[] =>
  sub.kind === 'row' &&
  (sub.level === BINDING.atom || sub.items.some((i) => i.kind === 'operator' && i.sign === ','))
    ? sub.items
    : [sub]

/** Whether a product is one factor along some of its axes. */
const isStretched = (n: ProductNode): boolean =>
  n.args.length === 1 && !isContraction(n) && isOne(n.coefficient) && isOne(n.exponents[0]!)

function applyEntry(w: Writer, node: ApplyNode, indices: readonly Layout[], used: number): Layout {
  const { op } = node
  if (node.axes[0] === BATCH) return statistic(w, node, at(w, node.args[0]!, indices, used))
  if (softmaxIn(w.g, node)) return subscripted(w.of(node), indices)
  if (op === select) {
    const side = (n: Node): Layout => at(w, n, indices, used)
    const condition = (n: Node, negated: boolean, along = indices): Layout => {
      // What is stretched over axes is compared before.
      if (n.kind === 'product' && isStretched(n))
        return condition(
          n.args[0]!,
          negated,
          n.labels[0]!.map((l) => along[l]!),
        )
      const own = isOfPositions(n) && !negated ? at(w, n, along, used) : undefined
      return own?.kind === 'fence' ? own.body : comparison(w, n, negated, (a) => at(w, a, along, used))
    }
    const masked = isSelectOrZero(node)
    const holds = masked && fence('[', condition(masked.condition, masked.negated))
    if (holds && constantValue(masked.value)?.equals(1)) return holds
    if (holds) return row([holds, sign('·'), bracket(side(masked.value), BINDING.unary)], BINDING.dot)
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
  if (op.kind === 'reduction' && !w.isReplaced(node) && saysEntries(w.of(node.args[0]!)))
    return reducedEntry(w, node, indices, used)
  return subscripted(w.of(node), indices)
}

/** max_{kl}(x_{i+k,j+l}): over indices that have letters. */
function reducedEntry(w: Writer, node: ApplyNode, indices: readonly Layout[], used: number): Layout {
  const [arg] = node.args as [Node]
  const letters = w.names.indices()
  let fresh = used
  let kept = 0
  const own = arg.shape.map((_, axis) => (node.axes.includes(axis) ? letters[fresh++]! : indices[kept++]!))
  const { notation } = node.op
  const callee = notation.form === 'call' ? functionName(notation.latex, notation.text) : w.of(node)
  const body = at(w, arg, own, fresh)
  const over = node.axes.map((axis) => bound(w, own[axis]!, arg.shape[axis]!, body))
  const isPlain = over.every((l) => l.kind === 'letter')
  return call(script(callee, isPlain ? row(over, BINDING.atom) : list(over), undefined), [body])
}
