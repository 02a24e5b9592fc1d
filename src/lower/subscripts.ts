/** Subscripts of tensors: elements, parts, affine subscripts of indices, and look-ups by index data. */
import { ONE, isInteger, toNumber } from '../base/rational.ts'
import { type Extent, addExtents, extentText } from '../graph/extent.ts'
import { constantValue } from '../graph/graph.ts'
import { type Node, peel } from '../graph/node.ts'
import type { Factor } from '../graph/product.ts'
import { axisOf, isWhole } from '../graph/subscripts.ts'
import type { Expression, Subscript } from '../syntax/tree.ts'
import { type Context, type Env, complain } from './context.ts'
import { combine, constantForm, formExtent, linearOf } from './domain.ts'
import { integerOf } from './extents.ts'
import { staysInside } from './indices.ts'
import { isPlain } from './plain.ts'

/** What is subscripted, and how messages call it. `from`: the number of the first position along each axis, 1 but for families. */
export interface Subscripted {
  readonly node: Node
  readonly name: string
  readonly from?: readonly Extent[]
}

/** The tensor at its subscripts, one for each of its first axes. */
export function subscripted(
  ctx: Context,
  env: Env,
  { node: object, name, from = [] }: Subscripted,
  subscripts: readonly Subscript[],
): Node | undefined {
  const { graph } = ctx
  const rank = object.shape.length
  let fresh = rank
  const factors: Factor[] = []
  const out: number[] = []
  const shape: Extent[] = []
  const keep = (label: number, extent: Extent): void => {
    out.push(label)
    shape.push(extent)
  }
  /** Elements at known positions, which are picked one by one: their normal form is a chain. */
  const picked = new Map<number, number>()
  for (let axis = 0; axis < rank; axis++) {
    const extent = object.shape[axis]!
    const first = from[axis] ?? 1
    const s = subscripts[axis]
    if (!s || (s.kind === 'part' && !s.range)) {
      keep(axis, extent)
      continue
    }
    const last = addExtents(addExtents(first, extent), -1)
    if (s.kind !== 'part') {
      const plain = known(ctx, env, s)
      if (plain === 'wrong') return undefined
      const found = plain === undefined ? ctx.evaluate(ctx, env, s) : undefined
      if (plain === undefined && !found) return undefined
      const at = plain ?? numberOf(found!)
      if (at !== undefined) {
        if (at < (first as number) || (typeof last === 'number' && at > last))
          return complain(ctx, env, 'index-out-of-range', s.span, {
            name,
            index: String(at),
            from: extentText(first),
            to: extentText(last),
          })
        if (typeof first === 'number') {
          picked.set(axis, at - first)
          continue
        }
      }
      const node = found ?? graph.number(at!)
      const selects = isWhole(node) && axisOf(node) !== undefined
      if (selects) {
        const labels = node.shape.map(() => fresh++)
        if (axisOf(node) !== extent)
          return complain(ctx, env, 'wrong-index-data', s.span, {
            name,
            axis: axis + 1,
            extent: extentText(extent),
            selects: extentText(axisOf(node)!),
          })
        node.shape.forEach((e, k) => keep(labels[k]!, e))
        factors.push({
          node: graph.bracket(
            '=',
            {
              coefficients: [1, ...labels.map(() => 0)],
              multiples: [{ node, coefficient: -1, labels: labels.map((_, k) => k + 1) }],
              offset: 0,
            },
            [extent, ...node.shape],
          ),
          labels: [axis, ...labels],
          exponent: ONE,
        })
        continue
      }
      const linear = linearOf(node)
      if (!linear || ![...linear.terms.values(), linear.constant].every(Number.isInteger))
        return complain(ctx, env, 'subscript-not-affine', s.span, { name })
      if (!staysInside(ctx, env, { name, span: s.span, at: linear }, first, last)) return undefined
      factors.push({
        node: graph.bracket(
          '=',
          {
            coefficients: [1],
            multiples: [{ node, coefficient: -1, labels: [] }],
            offset: first,
          },
          [extent],
        ),
        labels: [axis],
        exponent: ONE,
      })
      continue
    }
    const part = partOf(ctx, env, name, s, first, last)
    if (!part) return undefined
    const label = fresh++
    keep(label, part.extent)
    factors.push({
      node: graph.bracket(
        '=',
        {
          coefficients: [1, -1],
          multiples: [{ node: part.from, coefficient: -1, labels: [] }],
          offset: first,
        },
        [extent, part.extent],
      ),
      labels: [axis, label],
      exponent: ONE,
    })
  }
  // Known positions first, from the last axis, so that the others keep their numbers.
  let node = object
  const axes = object.shape.map((_, axis) => axis)
  for (const axis of [...picked.keys()].sort((a, b) => b - a)) {
    node = graph.element(node, axis, picked.get(axis)!)
    axes.splice(axis, 1)
  }
  if (factors.length === 0) return node
  return graph.product(ONE, [{ node, labels: axes, exponent: ONE }, ...factors], out, shape)
}

/** The whole number that a node is, if it is one. */
function numberOf(node: Node): number | undefined {
  const value = node.shape.length === 0 ? constantValue(peel(node)) : undefined
  return value && isInteger(value) ? toNumber(value) : undefined
}

/** A position that is a number; `'wrong'` where it is none, which is reported; undefined where it is open or depends on indices or data. */
function known(ctx: Context, env: Env, tree: Expression): number | 'wrong' | undefined {
  if (!isPlain(ctx, env, tree)) return undefined
  const at = integerOf(ctx, env, tree, (found) =>
    complain(ctx, env, 'bad-index', tree.span, { reason: `it is ${found}` }),
  )
  return at === undefined ? 'wrong' : typeof at === 'number' ? at : undefined
}

function partOf(
  ctx: Context,
  env: Env,
  name: string,
  part: Subscript & { kind: 'part' },
  first: Extent,
  last: Extent,
): { readonly from: Node; readonly extent: Extent } | undefined {
  const { from, to } = part.range!
  const ends = [from, to].map((tree) => ctx.evaluate(ctx, env, tree))
  if (ends.includes(undefined)) return undefined
  const [a, b] = ends.map((node) => linearOf(node!))
  const wrong = !a ? from : !b ? to : undefined
  if (wrong)
    return complain(ctx, env, 'bad-range-end', wrong.span, { found: 'no whole multiple of indices and dims' })
  // Its length may depend on indices.
  const extent = formExtent(combine(combine(b!, a!, -1), constantForm(1)), () => true)
  if (extent === undefined) return complain(ctx, env, 'part-of-many-lengths', part.span, {})
  if (typeof extent === 'number' && extent < 1)
    return complain(ctx, env, 'empty-range', part.span, { from: 'this', to: 'that' })
  for (const [i, at] of [a!, b!].entries())
    if (!staysInside(ctx, env, { name, span: [from, to][i]!.span, at }, first, last)) return undefined
  return { from: ends[0]!, extent }
}
