/** Entries of values at positions of an index, Σₙ [n = t]·f(h)ₙ, as what they are made of there, f(h[t]). */
import { ONE } from '../base/rational.ts'
import { type Extent, addExtents, extentText, multiplyExtents } from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf, formOf } from '../graph/graph.ts'
import type { BracketNode, Node, ProductNode } from '../graph/node.ts'
import { positionOf } from '../graph/scan.ts'
import { topological } from '../graph/traverse.ts'

/** What is asked of what is picked from. */
export interface Picking {
  /** The member at a position of what has all of them along an axis; undefined of other values. */
  readonly member: (node: Node, axis: number, position: Extent) => Node | undefined
  /** Whether a position is on an axis; undefined where that differs, and the entry stays as it is. */
  readonly isOn: (position: Extent, extent: Extent) => boolean | undefined
  /** Whether sums over one position are entries too. */
  readonly alone?: boolean
}

export class Picked {
  readonly #g: Graph
  readonly #picking: Picking
  readonly #images = new Map<Node, Node>()
  readonly #at = new Map<string, Node>()

  constructor(g: Graph, picking: Picking) {
    this.#g = g
    this.#picking = picking
  }

  /** With what entries in it are made of. What stands for itself is not looked into. */
  of(root: Node, isLeaf: (node: Node) => boolean = () => false): Node {
    const g = this.#g
    for (const n of topological([root], (m) => this.#images.has(m) || isLeaf(m))) {
      if (this.#images.has(n)) continue
      const args = isLeaf(n) ? n.args : n.args.map((a) => this.#images.get(a)!)
      const rebuilt = args.every((a, i) => a === n.args[i]) ? n : g.rebuild(n, args)
      this.#images.set(
        n,
        rebuilt.kind === 'product' && !isLeaf(n) ? (this.#product(rebuilt) ?? rebuilt) : rebuilt,
      )
    }
    return this.#images.get(root)!
  }

  /**
   * Without labels that are summed over at one position alone, and without the axis of which the position is given; undefined where there
   * are none.
   */
  #product(n: ProductNode, axis?: { readonly label: number; readonly at: Extent }): Node | undefined {
    const g = this.#g
    const rank = n.shape.length
    let factors = factorsOf(n)
    const positions = new Map<number, Extent>()
    if (this.#picking.alone)
      for (let label = rank; label < n.extents.length; label++)
        if (n.extents[label] === 1) positions.set(label, 0)
    for (let isNew = true; isNew;) {
      isNew = false
      for (const f of factors) {
        const found = this.#fixes(f, axis ? new Map([...positions, [axis.label, axis.at]]) : positions)
        if (!found || found.label < rank) continue
        positions.set(found.label, found.at)
        factors = factors.filter((other) => other !== f)
        isNew = true
        break
      }
    }
    if (positions.size === 0 && !axis) return undefined
    const out = n.shape.map((_, i) => i).filter((i) => i !== axis?.label)
    const shape = out.map((i) => n.shape[i]!)
    const on = [...positions].map(([label, at]) => this.#picking.isOn(at, n.extents[label]!))
    if (on.includes(false)) return g.full(ONE.sub(ONE), shape)
    if (on.includes(undefined)) return undefined
    if (axis) positions.set(axis.label, axis.at)
    // Of an entry of a member, x[t]₂, the member is asked for first.
    const inOrder = [...positions].reverse()
    const picked: Factor[] = []
    for (const f of factors) {
      let { node, labels } = f
      for (;;) {
        const here = inOrder.flatMap(([label, at]) =>
          labels.includes(label) ? [[labels.indexOf(label), at] as const] : [],
        )
        const [k, at] =
          here.find(([axis, position]) => this.#picking.member(node, axis, position)) ?? here[0] ?? []
        if (k === undefined || at === undefined) break
        node = this.entry(node, k, at)
        // It is an entry of a tensor already, and has nothing else that it could be made of.
        if (node === n) return undefined
        labels = labels.filter((_, i) => i !== k)
      }
      picked.push({ ...f, node, labels })
    }
    return g.product(n.coefficient, picked, out, shape)
  }

  /** A label that a bracket leaves one position: by itself, or by another one. */
  #fixes(
    { node, labels }: Factor,
    known: ReadonlyMap<number, Extent>,
  ): { label: number; at: Extent } | undefined {
    if (node.kind !== 'bracket' && node.kind !== 'basis') return undefined
    const own = positionOf(node)
    if (own !== undefined && !known.has(labels[0]!)) return { label: labels[0]!, at: own }
    if (node.kind !== 'bracket' || node.relation !== '=' || labels.length !== 2 || node.args.length > 0)
      return undefined
    const other = labels.findIndex((l) => known.has(l))
    const free = 1 - other
    if (other < 0 || known.has(labels[free]!) || Math.abs(node.coefficients[free]!) !== 1) return undefined
    const rest = addExtents(
      multiplyExtents(node.coefficients[other]!, known.get(labels[other]!)!),
      node.offset,
    )
    return { label: labels[free]!, at: multiplyExtents(-node.coefficients[free]!, rest) }
  }

  /** A value at a position along an axis. */
  entry(node: Node, axis: number, at: Extent): Node {
    const key = `${node.id} ${axis} ${extentText(at)}`
    const known = this.#at.get(key)
    if (known) return known
    const entry = this.#picking.member(node, axis, at) ?? this.#made(node, axis, at)
    this.#at.set(key, entry)
    return entry
  }

  #made(node: Node, axis: number, at: Extent): Node {
    const g = this.#g
    const shape = node.shape.filter((_, i) => i !== axis)
    const plain = (): Node => this.#plain(node, axis, at)
    const part = (a: Node): Node => (a.shape.length === 0 ? a : this.entry(a, axis, at))
    switch (node.kind) {
      case 'equation':
        return this.entry(node.body, axis, at)
      case 'iota':
        return g.extent(addExtents(at, 1))
      case 'sum':
        return g.sum(
          node.args.map((a, i) => ({ node: part(a), coefficient: node.coefficients[i]! })),
          node.constant,
          shape,
        )
      case 'apply': {
        if (node.op.kind === 'pointwise') return g.stretch(g.apply(node.op, node.args.map(part)), shape)
        const [arg] = node.args as [Node]
        if (node.op.kind !== 'reduction' || arg.shape.length === node.shape.length) return plain()
        const kept = arg.shape.map((_, i) => i).filter((i) => !node.axes.includes(i))
        const own = kept[axis]!
        const axes = node.axes.map((i) => (i > own ? i - 1 : i))
        return g.reduce(node.op, this.entry(arg, own, at), axes, arg.samples)
      }
      case 'bracket':
        return this.#bracket(node, axis, at)
      case 'product':
        return (
          (isEntry(node) ? this.#ofEntry(node, axis, at) : this.#product(node, { label: axis, at })) ??
          plain()
        )
      default:
        return plain()
    }
  }

  #plain(node: Node, axis: number, at: Extent): Node {
    const g = this.#g
    return typeof at === 'number' ? g.element(node, axis, at) : g.at(node, axis, g.extent(at))
  }

  /** An entry of what is an entry itself, x[t]₂; undefined where what that is of has nothing else for it: the normal form has it whole. */
  #ofEntry(n: ProductNode, axis: number, at: Extent): Node | undefined {
    const factors = factorsOf(n)
    const inner = factors.find(({ node }) => node.kind !== 'basis')!
    const k = inner.labels.indexOf(axis)
    if (k < 0) return undefined
    const node = this.entry(inner.node, k, at)
    if (node === this.#plain(inner.node, k, at)) return undefined
    const made = { ...inner, node, labels: inner.labels.filter((_, i) => i !== k) }
    const out = n.shape.map((_, i) => i).filter((i) => i !== axis)
    const all = factors.map((f) => (f === inner ? made : f))
    return this.#g.product(
      n.coefficient,
      all,
      out,
      out.map((i) => n.shape[i]!),
    )
  }

  /** A bracket with a position of its form, and of its arguments, along an axis. */
  #bracket(node: BracketNode, axis: number, at: Extent): Node {
    const rest = node.shape.map((_, i) => i).filter((i) => i !== axis)
    const { coefficients, multiples, offset } = formOf(node)
    return this.#g.bracket(
      node.relation,
      {
        coefficients: rest.map((i) => coefficients[i]!),
        multiples: multiples.map(({ node: arg, coefficient, labels }) => {
          const along = labels.indexOf(axis)
          return {
            coefficient,
            node: along < 0 ? arg : this.entry(arg, along, at),
            labels: labels.filter((l) => l !== axis).map((l) => rest.indexOf(l)),
          }
        }),
        offset: addExtents(offset, multiplyExtents(coefficients[axis]!, at)),
      },
      rest.map((i) => node.shape[i]!),
    )
  }
}

/** Whether a product picks one entry at known positions. */
const isEntry = (n: Node): boolean =>
  n.kind === 'product' && n.args.filter((a) => a.kind !== 'basis').length === 1 && n.args.length > 1
