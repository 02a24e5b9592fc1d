/**
 * Sums over all earlier members, and over what all later steps send back, as sums over an index: Σₙ [n ≤ t−1]·a^(t−n)·h[n] with n for the positions of
 * a tensor is Σ over s = 0…t−1 of a^(t−s)·h⁽ˢ⁾. What conditions on positions say of the label are its ends.
 */
import { ONE, type Rational } from '../base/rational.ts'
import {
  type Extent,
  addExtents,
  dimsOf,
  distance,
  extentText,
  multiplyExtents,
  openExtent,
} from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf, isZeroNode } from '../graph/graph.ts'
import { atIndex } from '../graph/member.ts'
import type { IndexSum } from '../graph/network.ts'
import { type Node, type ProductNode, isContraction, isPureProduct, peel } from '../graph/node.ts'
import { memberSymbol, reindex } from '../graph/reindex.ts'
import { formOf } from '../graph/scan.ts'
import { isStructure } from '../graph/subscripts.ts'
import { replaced, transform, valuesInOrder } from '../graph/traverse.ts'
import { select } from '../ops/index.ts'
import { isOn } from './cases.ts'
import { type IndexRange, unsupported } from './indices.ts'
import type { Picked } from './picked.ts'

/** What is asked of a recurrence. */
export interface HistoryPicking {
  /** Whether all members of a family, or all error terms, stand along an axis of a leaf. */
  readonly hasAll: (leaf: Node, axis: number) => boolean
  /** Entries at positions in which an index runs over a range, whose ends may follow from another one. `isStrict`: where it differs what is on an axis, they are in cases. */
  readonly entries: (inner: IndexRange, outer: IndexRange, isStrict: boolean) => Picked
  /** With members of recurrences by their names. */
  readonly outside: (node: Node) => Node
}

/** Where a sum stands: at an index that runs over a range, in so many other sums. */
interface Around {
  readonly outer: IndexRange
  readonly isStrict: boolean
  readonly depth: number
}

/** Letters of indices that a textbook has. */
const LETTERS = ['s', 'r', 'k', 'm', 'u', 'n']

export class HistorySums {
  /** What the symbols stand for. */
  readonly sums = new Map<Node, IndexSum>()
  readonly #g: Graph
  readonly #picking: HistoryPicking
  readonly #letters: readonly string[]
  readonly #known = new Map<string, Node>()

  /** @param taken names that no index may have */
  constructor(g: Graph, picking: HistoryPicking, taken: ReadonlySet<string>) {
    this.#g = g
    this.#picking = picking
    this.#letters = LETTERS.filter((letter) => !taken.has(letter))
  }

  /** With symbols for the sums in a value, where an index runs over a range. */
  of(root: Node, outer: IndexRange, isStrict: boolean, depth = 0): Node {
    const images = new Map<Node, Node>()
    const work = [root]
    const seen = new Set<Node>()
    for (let n = work.pop(); n; n = work.pop()) {
      if (seen.has(n)) continue
      seen.add(n)
      const label = n.kind === 'product' ? this.#labelOf(n) : undefined
      if (label === undefined) {
        if (n.kind !== 'scan') work.push(...n.args)
      } else images.set(n, this.#sum(n as ProductNode, label, { outer, isStrict, depth }))
    }
    return images.size === 0 ? root : replaced(this.#g, [root], images)[0]!
  }

  /** A label that is summed over and runs along all members. */
  #labelOf(n: ProductNode): number | undefined {
    if (!isContraction(n)) return undefined
    for (let label = n.shape.length; label < n.extents.length; label++)
      if (n.args.some((a, i) => n.labels[i]!.some((l, axis) => l === label && this.#runsAlong(a, axis))))
        return label
    return undefined
  }

  #runsAlong(root: Node, first: number): boolean {
    const work: [Node, number][] = [[root, first]]
    for (let w = work.pop(); w; w = work.pop()) {
      const [n, axis] = w
      if (this.#picking.hasAll(n, axis)) return true
      if (n.kind === 'equation') work.push([n.body, axis])
      else if (n.kind === 'sum' || (n.kind === 'apply' && n.op.kind === 'pointwise')) {
        for (const a of n.args) if (a.shape.length === n.shape.length) work.push([a, axis])
      } else if (n.kind === 'product') {
        const along = new Set([axis])
        for (const [i, a] of n.args.entries())
          if (a.kind === 'bracket' && a.relation === '=' && n.labels[i]!.includes(axis))
            for (const l of n.labels[i]!) along.add(l)
        n.args.forEach((a, i) => {
          if (!isStructure(a)) n.labels[i]!.forEach((l, k) => along.has(l) && work.push([a, k]))
        })
      }
    }
    return false
  }

  #sum(n: ProductNode, label: number, { outer, isStrict, depth }: Around): Node {
    const g = this.#g
    const index = this.#letters[depth] ?? unsupported('sums over earlier members stand in one another')
    const here = openExtent(index)
    const whole: IndexRange = { index, from: 0, to: addExtents(n.extents[label]!, -1) }
    const picked = this.#picking.entries(whole, outer, isStrict)
    const factors = factorsOf(n).map((f): Factor => {
      let { node, labels } = f
      for (let axis = labels.indexOf(label); axis >= 0; axis = labels.indexOf(label)) {
        node = picked.entry(node, axis, here)
        labels = labels.filter((_, i) => i !== axis)
      }
      return { ...f, node, labels }
    })
    const product = g.product(
      n.coefficient,
      factors,
      n.shape.map((_, i) => i),
      n.shape,
    )
    const { node, range } = this.#withinEnds(product, whole, outer)
    // The index has the values of the members'.
    const away = this.#awayOf(node, index)
    const [own] = reindex(
      g,
      [this.#picking.outside(this.of(node, outer, isStrict, depth + 1))],
      index,
      addExtents(here, -away),
    )
    const sum = { index, from: addExtents(range.from, away), to: addExtents(range.to, away), node: own! }
    return this.#symbol(sum, outer)
  }

  #symbol(sum: IndexSum, { index }: IndexRange): Node {
    const key = `${sum.index} ${String(sum.node.id)} ${extentText(sum.from)} ${extentText(sum.to)}`
    let symbol = this.#known.get(key)
    if (!symbol) {
      const made = memberSymbol('member', `Σ${this.#known.size}`, openExtent(index), sum.node.shape)
      this.#known.set(key, (symbol = this.#g.symbol(made)))
      this.sums.set(symbol, sum)
    }
    return symbol
  }

  /** Without the conditions on the index, which are the ends of its range. */
  #withinEnds(root: Node, whole: IndexRange, outer: IndexRange): { node: Node; range: IndexRange } {
    const g = this.#g
    let range = whole
    const open = (n: Node): Node => {
      if (n.kind === 'apply' && n.op === select && isZeroNode(n.args[2]!)) {
        const form = conditionOf(n.args[0]!)
        if (!form) return n
        range = narrowed(range, whole, form, outer)
        return open(g.stretch(n.args[1]!, n.shape))
      }
      if (n.kind !== 'product') return n
      const axes = n.shape.map((_, i) => i)
      const kept = factorsOf(n).flatMap((f): Factor[] => {
        const form = conditionOf(f.node)
        if (form && dimsOf(form).includes(whole.index)) {
          range = narrowed(range, whole, form, outer)
          return f.node.shape.length === 0 ? [] : [{ ...f, node: g.full(ONE, f.node.shape) }]
        }
        return [{ ...f, node: open(f.node) }]
      })
      return g.product(n.coefficient, kept, axes, n.shape)
    }
    return { node: open(root), range }
  }

  /** How far the members in a general term are ahead of its index. */
  #awayOf(root: Node, index: string): number {
    for (const n of valuesInOrder([root])) {
      if (n.kind !== 'symbol' || !n.symbol.member || n.symbol.role === 'index') continue
      for (const at of n.symbol.member.indices) {
        const away = dimsOf(at).includes(index) ? distance(openExtent(index), at) : undefined
        if (away !== undefined) return away
      }
    }
    return 0
  }
}

/** With the branches of conditions that hold always, or never, in their places. */
export const decided = (g: Graph, root: Node): Node =>
  transform(g, [root], (n) => {
    if (n.kind !== 'apply' || n.op !== select) return n
    const holds = constantOf(n.args[0]!)
    return holds === undefined ? n : g.stretch(n.args[holds.equals(0) ? 2 : 1]!, n.shape)
  })[0]!

/** A number, or a tensor of it. */
const constantOf = (n: Node): Rational | undefined =>
  n.kind === 'constant' ? n.value : n.kind === 'product' && n.args.length === 0 ? n.coefficient : undefined

/** What is at least 0 where a condition without axes holds, or one that is the same in all entries. */
function conditionOf(root: Node): Extent | undefined {
  let n = peel(root)
  if (isPureProduct(n) && n.args.length === 1 && n.args[0]!.shape.length === 0) n = n.args[0]!
  if (n.kind !== 'bracket' || n.relation !== '>=' || n.shape.length > 0) return undefined
  return formOf(n)
}

/** A range without the values at which a form of its index is below 0. */
function narrowed(range: IndexRange, whole: IndexRange, form: Extent, outer: IndexRange): IndexRange {
  const { index } = range
  const rest = atIndex(form, index, 0)
  const slope = distance(rest, atIndex(form, index, 1))
  const end = slope === -1 ? rest : slope === 1 ? multiplyExtents(-1, rest) : undefined
  // It may be empty at the first values of the index around it.
  const beyond = end !== undefined && slope === -1 ? addExtents(end, 1) : end
  if (beyond === undefined || isOn(beyond, addExtents(whole.to, 2), outer) !== true)
    return unsupported('what stands under a sum over earlier members has further conditions')
  if (slope === -1) return range.to === whole.to ? { ...range, to: end! } : twice()
  return range.from === whole.from ? { ...range, from: end! } : twice()
}

const twice = (): never => unsupported('a sum over earlier members ends at several conditions')
