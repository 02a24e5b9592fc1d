import { ONE, TWO, isOne } from '../../base/rational.ts'
import { factorsOf } from '../../graph/graph.ts'
import type { Node, ProductNode } from '../../graph/node.ts'
import type { Factor } from '../../graph/product.ts'
import { isStructure } from '../../graph/subscripts.ts'
import { part } from './blocks.ts'
import { dissolved } from './dissolve.ts'
import { entry } from './entries.ts'
import { isMember } from './member.ts'
import { type Item, hadamard, ordered } from './factors.ts'
import {
  BINDING,
  type Layout,
  bracket,
  call,
  fence,
  functionName,
  letter,
  number,
  script,
  transposed,
} from '../layout/layout.ts'
import { DIAG, ONES, hadamardAcross, isTransposed, itemsOf, side } from './product.ts'
import type { Writer } from './contract.ts'

const TRACE = functionName('\\operatorname{tr}', 'tr')
/** Leaves of a term that is summed with an index; longer ones are written 𝟏ᵀ(…). */
const MOST_SUMMED = 12

/** The factors on one pair of axes, ⊙ one another. */
interface Edge {
  readonly ends: readonly [number, number]
  readonly items: { item: Item; labels: readonly number[] }[]
}

interface Ranked {
  readonly factor: Factor
  readonly rank: number | undefined
}

/** Factors of which a bracket takes a part, with the bracket in them: pᵀ[j = i]ᵢⱼ t is pᵀt₁:₃. */
function withParts(w: Writer, all: readonly Ranked[]): readonly Ranked[] {
  let parts = all
  for (const { factor: bracket } of all) {
    if (bracket.node.kind !== 'bracket' || parts.length <= 2) continue
    const picked = bracket.labels.length === 1 ? memberIn(w, parts, bracket) : undefined
    if (picked) {
      parts = picked
      continue
    }
    for (const [axis, from] of bracket.labels.entries()) {
      const others = parts.filter(({ factor }) => factor !== bracket && factor.labels.includes(from))
      const [only] = others
      if (others.length !== 1 || !only || isStructure(only.factor.node) || !isOne(only.factor.exponent))
        continue
      const to = bracket.labels[1 - axis]!
      if (bracket.labels.length !== 2 || only.factor.labels.includes(to)) continue
      const node = partOf(w, only.factor, bracket, { from, to })
      if (!node) continue
      const labels = only.factor.labels.map((l) => (l === from ? to : l))
      parts = parts
        .filter(({ factor }) => factor !== bracket)
        .map((p) => (p === only ? { factor: { ...p.factor, node, labels }, rank: p.rank } : p))
      break
    }
  }
  return parts
}

/** Factors of which a bracket picks a member, W x⁽ᵗ⁾, with the bracket in it. */
function memberIn(w: Writer, parts: readonly Ranked[], bracket: Factor): readonly Ranked[] | undefined {
  const [label] = bracket.labels as [number]
  const others = parts.filter(({ factor }) => factor !== bracket && factor.labels.includes(label))
  const [only] = others
  if (others.length !== 1 || !only || isStructure(only.factor.node) || !isOne(only.factor.exponent))
    return undefined
  const { node, labels } = only.factor
  const own = labels.map((_, k) => k)
  const axis = labels.indexOf(label)
  const out = own.filter((k) => k !== axis)
  const member = w.g.product(
    ONE,
    [
      { node, labels: own, exponent: ONE },
      { node: bracket.node, labels: [axis], exponent: ONE },
    ],
    out,
    out.map((k) => node.shape[k]!),
  )
  if (!isMember(member)) return undefined
  const rest = labels.filter((_, k) => k !== axis)
  return parts
    .filter(({ factor }) => factor.node !== bracket.node || factor.labels !== bracket.labels)
    .map((p) => (p === only ? { factor: { ...p.factor, node: member, labels: rest }, rank: p.rank } : p))
}

/** A factor with a part of one of its axes, where that is one. */
function partOf(
  w: Writer,
  { node, labels }: Factor,
  bracket: Factor,
  { from, to }: { readonly from: number; readonly to: number },
): Node | undefined {
  const inner = node.shape.length
  const axis = labels.indexOf(from)
  const extent = bracket.node.shape[bracket.labels.indexOf(to)]!
  const own = w.g.product(
    ONE,
    [
      { node, labels: labels.map((_, k) => (k === axis ? inner : k)), exponent: ONE },
      { node: bracket.node, labels: bracket.labels.map((l) => (l === from ? inner : axis)), exponent: ONE },
    ],
    labels.map((_, k) => k),
    node.shape.map((e, k) => (k === axis ? extent : e)),
  )
  return own.kind === 'product' && part(w, own) ? own : undefined
}

/**
 * The labels of a contraction as a graph: labels are its vertices, matrices its edges, vectors its weights. Where it is
 * a tree it is a product of matrices, where it is a circle a trace.
 */
export class Labels {
  readonly w: Writer
  readonly node: ProductNode
  readonly rank: number
  readonly vectors = new Map<number, Item[]>()
  readonly edges: Edge[] = []
  readonly at = new Map<number, Edge[]>()
  fits = true

  constructor(w: Writer, node: ProductNode, dissolve: boolean) {
    this.w = w
    this.node = node
    this.rank = node.shape.length
    const ranks = w.order.written(node)
    const parts = dissolve
      ? dissolved(w, node, ranks)
      : factorsOf(node).map((factor, i) => ({ factor, rank: ranks?.[i] }))
    for (const { factor, rank } of withParts(w, parts)) {
      if (factor.labels.length > 2 || factor.node.kind === 'delta') this.fits = false
      if (!this.fits) return
      for (const item of itemsOf(w, factor.node, factor.exponent, rank)) this.#place(item, factor.labels)
    }
    this.fits = this.edges.length <= this.at.size
  }

  #place(item: Item, labels: readonly number[]): void {
    const [a, b] = labels as [number, number]
    for (const l of labels) {
      if (this.at.has(l)) continue
      this.vectors.set(l, [])
      this.at.set(l, [])
    }
    if (labels.length === 1) this.vectors.get(a)!.push(item)
    else if (a === b) this.vectors.get(a)!.push({ ...item, layout: call(DIAG, [item.layout]) })
    else {
      let edge = this.at.get(a)!.find((e) => e.ends.includes(b))
      if (!edge) {
        edge = { ends: [a, b], items: [] }
        this.edges.push(edge)
        this.at.get(a)!.push(edge)
        this.at.get(b)!.push(edge)
      }
      edge.items.push({ item, labels })
    }
  }

  get isTree(): boolean {
    return this.edges.length === this.at.size - 1
  }

  /** The factors of an edge as one matrix with rows along `from`. */
  along(edge: Edge, from: number): Layout {
    return hadamardAcross(
      this.w,
      edge.items.map(({ item, labels }) => ({ item, flipped: labels[0] !== from })),
    )
  }

  transposes(edge: Edge, from: number): number {
    return edge.items.filter(({ item, labels }) =>
      isTransposed(this.w, { item, flipped: labels[0] !== from }),
    ).length
  }

  other = (edge: Edge, end: number): number => (edge.ends[0] === end ? edge.ends[1] : edge.ends[0])

  /** What stands at a label when one comes over `over`: vectors, and products with what lies beyond other edges. */
  beyond(label: number, over: readonly Edge[]): { items: Item[]; transposes: number } {
    const items = [...this.vectors.get(label)!]
    let count = 0
    for (const edge of this.at.get(label)!) {
      if (over.includes(edge)) continue
      const chain = this.chain(label, edge)
      count += chain.transposes
      items.push({
        layout: this.product(chain.factors),
        exponent: ONE,
        position: chain.position,
        mask: 0,
        rank: undefined,
        node: undefined,
      })
    }
    return { items, transposes: count }
  }

  /** The matrices and at last the vector that come over an edge, from `label` outwards. */
  chain(label: number, edge: Edge): { factors: Layout[]; transposes: number; position: number } {
    const factors: Layout[] = []
    let transposes = 0
    let position = Math.max(...edge.items.map((i) => i.item.position))
    for (;;) {
      factors.push(this.along(edge, this.w.rows ? this.other(edge, label) : label))
      transposes += this.transposes(edge, this.w.rows ? this.other(edge, label) : label)
      label = this.other(edge, label)
      const onward: Edge[] = this.at.get(label)!.filter((e) => e !== edge)
      if (this.vectors.get(label)!.length === 0 && onward.length === 1) {
        edge = onward[0]!
        position = Math.max(position, ...edge.items.map((i) => i.item.position))
        continue
      }
      const { items, transposes: more } = this.beyond(label, [edge])
      for (const i of items) position = Math.max(position, i.position)
      factors.push(items.length === 0 ? ONES : hadamard(items, false))
      return { factors, transposes: transposes + more, position }
    }
  }

  /** Factors in the order in which columns are multiplied; rows are multiplied from the other side. */
  product(factors: readonly Layout[]): Layout {
    return side(this.w.rows ? [...factors].reverse() : factors)
  }

  vector(label: number): Layout | undefined {
    const edges = this.at.get(label)!
    if (!this.isTree || edges.length !== 1) return undefined
    return this.product(this.chain(label, edges[0]!).factors)
  }

  /** The path from the first axis to the second; what hangs beside it stands as diagonals. */
  matrix(from: number, to: number): Layout | undefined {
    if (!this.isTree) return undefined
    const path = this.path(from, to)
    if (!path || this.at.get(0)!.length !== 1 || this.at.get(1)!.length !== 1) return undefined
    const factors: Layout[] = []
    let at = from
    path.forEach((edge, i) => {
      if (i > 0) {
        const { items } = this.beyond(at, [path[i - 1]!, edge])
        if (items.length > 0) factors.push(call(DIAG, [hadamard(items, false)]))
      }
      factors.push(this.along(edge, at))
      at = this.other(edge, at)
    })
    return side(factors)
  }

  path(from: number, to: number): Edge[] | undefined {
    const stack: { label: number; edges: Edge[] }[] = [{ label: from, edges: [] }]
    while (stack.length > 0) {
      const { label, edges } = stack.pop()!
      if (label === to) return edges
      for (const e of this.at.get(label)!)
        if (!edges.includes(e)) stack.push({ label: this.other(e, label), edges: [...edges, e] })
    }
    return undefined
  }

  scalar(): Layout | undefined {
    if (!this.isTree) return this.trace()
    if (this.edges.length === 0) return this.inner([...this.vectors.values()][0]!)
    const only = this.edges.length === 1 ? this.edges[0]! : undefined
    if (only && only.ends.every((l) => this.vectors.get(l)!.length === 0)) return this.overMatrix(only)
    // From an end with a vector, the one that needs the fewest transposes: xᵀ A y.
    const ends = [...this.at]
      .filter(([l, edges]) => edges.length === 1 && this.vectors.get(l)!.length > 0)
      .map(([l, edges]) => {
        const chain = this.chain(l, edges[0]!)
        return { label: l, chain, position: Math.max(...this.vectors.get(l)!.map((i) => i.position)) }
      })
    ends.sort((a, b) => a.chain.transposes - b.chain.transposes || b.position - a.position)
    const start = ends[0] ?? { label: [...this.at].find(([, e]) => e.length === 1)![0], chain: undefined }
    const chain = start.chain ?? this.chain(start.label, this.at.get(start.label)![0]!)
    const own = this.vectors.get(start.label)!
    const first = own.length === 0 ? ONES : hadamard(own, false)
    return this.product([transposed(bracket(first, BINDING.postfix)), ...chain.factors])
  }

  /** Σ over one axis: aᵀb, ‖a‖², Σᵢ aᵢ. */
  inner(items: readonly Item[]): Layout {
    const [only] = items
    if (items.length === 1 && only!.exponent.equals(TWO))
      return script(fence('‖', only!.layout), undefined, number(TWO))
    const list = ordered(items)
    const labels = this.node.labels[0]!
    if (this.node.args.length === 1 && labels.length === 2 && isOne(this.node.exponents[0]!))
      return call(TRACE, [this.w.of(this.node.args[0]!)])
    if (items.length === 1 || list.some((i) => !isOne(i.exponent) && i.exponent.n < 0n)) return this.summed()
    const [a, b] = [hadamard(list.slice(0, 1), false), hadamard(list.slice(1), false)]
    const [x, y] = [bracket(a, BINDING.postfix), bracket(b, BINDING.power)]
    return this.w.rows ? side([x, transposed(bracket(b, BINDING.postfix))]) : side([transposed(x), y])
  }

  /** Σᵢ with the entries written out, or 𝟏ᵀ(…) where they are long. */
  summed(): Layout {
    const letters = this.w.names.indices()
    const size = this.node.args.reduce((s, a) => s + this.w.of(a).size, 0)
    if (size <= MOST_SUMMED && letters.length > this.node.extents.length)
      return entry(this.w, this.node, [], 0, true)
    const all = [...this.vectors.values()].flat()
    const v = bracket(hadamard(all, false), BINDING.postfix)
    return this.w.rows ? side([v, transposed(ONES)]) : side([transposed(ONES), v])
  }

  /** Both axes of one matrix: ‖A‖², tr(AᵀB), 𝟏ᵀA𝟏. */
  overMatrix(edge: Edge): Layout {
    const [only, second, third] = edge.items
    if (edge.items.length === 1 && only!.item.exponent.equals(TWO))
      return script(fence('‖', only!.item.layout), letter('F'), number(TWO))
    if (
      edge.items.length === 1 &&
      isOne(only!.item.exponent) &&
      only!.item.layout.size <= MOST_SUMMED &&
      this.node.args.length === 1
    )
      return entry(this.w, this.node, [], 0, true)
    if (
      second &&
      !third &&
      only!.item.node &&
      second.item.node &&
      isOne(only!.item.exponent) &&
      isOne(second.item.exponent)
    ) {
      const [a, b] = ordered([only!.item, second.item]) as [Item, Item]
      const from = edge.items.find((i) => i.item === a)!.labels[0]!
      const other = edge.items.find((i) => i.item === b)!
      return call(TRACE, [
        side([
          isTransposed(this.w, { item: a, flipped: other.labels[0] === from })
            ? this.w.flipped(a.node!)
            : a.layout,
          b.layout,
        ]),
      ])
    }
    const m = this.along(edge, edge.ends[0])
    return this.w.rows ? side([ONES, m, transposed(ONES)]) : side([transposed(ONES), m, ONES])
  }

  /** A cycle of matrices is a trace. */
  trace(): Layout | undefined {
    const { at, edges } = this
    if ([...at.values()].some((list) => list.length !== 2) || edges.length < 2) return undefined
    const walk = (
      from: number,
      first: Edge,
    ): { factors: Layout[]; transposes: number; rank: number | undefined } => {
      const factors: Layout[] = []
      let label = from
      let edge = first
      let transposes = 0
      do {
        const items = this.vectors.get(label)!
        if (items.length > 0) factors.push(call(DIAG, [hadamard(items, false)]))
        factors.push(this.along(edge, label))
        transposes += this.transposes(edge, label)
        label = this.other(edge, label)
        edge = at.get(label)!.find((e) => e !== edge)!
      } while (label !== from)
      return { factors, transposes, rank: first.items[0]!.item.rank }
    }
    const ways = edges
      .flatMap((e) => e.ends.map((end) => walk(end, e)))
      .filter((way) => way.factors.length >= edges.length)
    ways.sort((a, b) => a.transposes - b.transposes || (a.rank ?? 0) - (b.rank ?? 0))
    return call(TRACE, [side(ways[0]!.factors)])
  }
}
