import { bug } from '../base/bug.ts'
import { ONE, ZERO, compare, isNegative, isOne, isZero, toNumber } from '../base/rational.ts'
import { type Shape, sizeOf } from '../graph/extent.ts'
import { holds } from '../graph/numbers.ts'
import { Graph } from '../graph/graph.ts'
import { type ApplyNode, type Node, type ProductNode, type SymbolNode, isContraction } from '../graph/node.ts'
import type { Pointwise } from '../graph/operator.ts'
import { NodeMap } from '../graph/node-map.ts'
import type { Factor } from '../graph/product.ts'
import { nestOf } from '../graph/subscripts.ts'
import { topological } from '../graph/traverse.ts'
import { exp, ge, gt, log, max, min, select } from '../ops/index.ts'

/** An entry of something outside, standing in the scalar graph as a symbol of its own. */
export interface Element {
  readonly symbol: SymbolNode
  readonly at: readonly number[]
}

/** A graph of scalars with the same values. */
export interface Scalars {
  readonly graph: Graph
  /** The entries of a node of the tensor graph, row-major. */
  readonly entries: (node: Node) => readonly Node[]
  /** What a symbol of the scalar graph is an entry of; none for scalars of the program. */
  readonly elements: ReadonlyMap<Node, Element>
}

/** The scalar operations that expanding these nodes would make, roughly, one by one; infinite where an extent is open. */
export function countScalars(nodes: readonly Node[]): number {
  let count = 0
  for (const n of nodes) {
    if (n.args.length === 0) continue
    // A look-up is at a place that is known when the code runs.
    if (n.kind === 'bracket') return Infinity
    const size =
      n.kind === 'product'
        ? sizeOf(nestOf(n).free.map((l) => n.extents[l]!))
        : sizeOf(n.kind === 'apply' && n.op.kind !== 'pointwise' ? n.args[0]!.shape : n.shape)
    if (size === undefined || (n.kind === 'apply' && n.op.kind === 'matrix')) return Infinity
    if (n.kind !== 'equation') count += size * Math.max(1, n.args.length - (isContraction(n) ? 0 : 1))
  }
  return count
}

/** Every tensor becomes its entries. Equal entries are shared and constants fold, by the graph's own normal forms. */
export function scalarise(roots: readonly Node[]): Scalars {
  const s = new Scalariser()
  const order = topological(roots)
  const users = new NodeMap<number>()
  for (const n of order) for (const a of n.args) users.set(a, (users.get(a) ?? 0) + 1)
  for (const n of order) s.add(n, (users.get(n) ?? 0) > 1)
  return { graph: s.graph, entries: (n) => s.entries.get(n) ?? bug('not scalarised'), elements: s.elements }
}

/** log(−1), as programs have it that ask for the mean of nothing. */
const isNotANumber = (node: Node): boolean =>
  node.kind === 'apply' &&
  node.op === log &&
  node.args[0]!.kind === 'constant' &&
  isNegative(node.args[0]!.value)

class Scalariser {
  readonly graph = new Graph()
  readonly entries = new NodeMap<readonly Node[]>()
  readonly elements = new Map<Node, Element>()
  #groups = 0

  add(node: Node, shared: boolean): void {
    const list = this.#expand(node)
    // What has several users stays one value: the normal forms would dissolve it into each of them.
    const opaque = shared && node.kind !== 'equation' && node.kind !== 'symbol'
    this.entries.set(node, opaque ? list.map((e, i) => this.#opaque(e, `${node.id}.${i}`)) : list)
  }

  #opaque(e: Node, name: string): Node {
    return e.kind === 'sum' || e.kind === 'product' ? this.graph.equation(name, e) : e
  }

  #of(node: Node): readonly Node[] {
    return this.entries.get(node)!
  }

  #expand(node: Node): Node[] {
    const g = this.graph
    switch (node.kind) {
      case 'constant':
        return [g.constant(node.value)]
      case 'symbol':
        return this.#symbol(node)
      case 'delta': {
        const n = node.extent as number
        return Array.from({ length: n * n }, (_, i) => g.constant(Math.floor(i / n) === i % n ? ONE : ZERO))
      }
      case 'basis':
        return Array.from({ length: node.extent as number }, (_, i) =>
          g.constant(i === node.index ? ONE : ZERO),
        )
      case 'iota':
        return Array.from({ length: node.extent as number }, (_, i) => g.number(i + 1))
      case 'bracket':
        return each(node.shape, (i) => {
          const at = positions(node.shape, i)
          const form = node.coefficients.reduce((sum, c, axis) => sum + c * at[axis]!, node.offset as number)
          return g.constant((node.relation === '=' ? form === 0 : form >= 0) ? ONE : ZERO)
        })
      case 'equation':
        return this.#of(node.body).map((e, i) => this.#opaque(e, `${node.id}.${i}`))
      case 'sum':
        return each(node.shape, (i) =>
          g.sum(
            node.args.map((a, k) => ({ node: this.#at(a, i), coefficient: node.coefficients[k]! })),
            node.constant,
            [],
          ),
        )
      case 'product':
        return this.#product(node)
      case 'scan':
        return bug('a recurrence is a loop')
      case 'derivative':
        return bug('a derivative that is not taken')
      case 'apply':
        return this.#apply(node)
    }
  }

  /** The entry of an operand of something elementwise: its i-th, or the scalar. */
  #at(n: Node, i: number): Node {
    const list = this.#of(n)
    return n.shape.length === 0 ? list[0]! : list[i]!
  }

  #symbol(node: SymbolNode): Node[] {
    const g = this.graph
    const { symbol } = node
    if (symbol.entries) return symbol.entries.map((entry) => g.constant(entry))
    if (symbol.shape.length === 0) return [g.symbol(symbol)]
    return each(symbol.shape, (i) => {
      const at = positions(symbol.shape, i)
      // A space is in no name of a program.
      const entry = g.symbol({ ...symbol, name: `${symbol.name} ${at.join()}`, shape: [] })
      this.elements.set(entry, { symbol: node, at })
      return entry
    })
  }

  #product(node: ProductNode): Node[] {
    const g = this.graph
    const rank = node.shape.length
    const factors = this.#grouped(node)
    const strides = factors.map((f) => stridesOf(f.labels.map((l) => node.extents[l] as number)))
    const summed = node.extents.slice(rank) as number[]
    const turns = summed.reduce((a, b) => a * b, 1)
    const pick = (outer: readonly number[], inner: readonly number[]): Factor[] =>
      factors.map((f, k) => ({
        node: f.entries[
          f.labels.reduce(
            (offset, l, axis) => offset + strides[k]![axis]! * (l < rank ? outer[l]! : inner[l - rank]!),
            0,
          )
        ]!,
        labels: [],
        exponent: f.exponent,
      }))
    return each(node.shape, (i) => {
      const outer = positions(node.shape, i)
      if (turns === 1)
        return this.#multiplied(
          pick(
            outer,
            summed.map(() => 0),
          ),
          node.coefficient,
        )
      const terms = Array.from({ length: turns }, (_, t) => ({
        coefficient: ONE,
        node: this.#multiplied(pick(outer, positions(summed, t))),
      }))
      return g.sum(terms, ZERO, [])
    })
  }

  /** What is no number makes none of 0 either: the mean of nothing. */
  #multiplied(factors: readonly Factor[], coefficient = ONE): Node {
    return factors.find((f) => isNotANumber(f.node))?.node ?? this.graph.product(coefficient, factors, [], [])
  }

  /** The factors; those that share fewer labels than the whole are multiplied once, not in every entry. */
  #grouped(
    node: ProductNode,
  ): { entries: readonly Node[]; labels: readonly number[]; exponent: Factor['exponent'] }[] {
    const g = this.graph
    const all = node.args.map((a, i) => ({
      entries: this.#of(a),
      labels: node.labels[i]!,
      exponent: node.exponents[i]!,
    }))
    if (node.extents.length === 0) return all
    const groups = new Map<string, typeof all>()
    for (const f of all) {
      const key = f.labels.join()
      const group = groups.get(key)
      if (group) group.push(f)
      else groups.set(key, [f])
    }
    if (groups.size === 1) return all
    return [...groups.values()].flatMap((group) => {
      if (group.length === 1 && (isOne(group[0]!.exponent) || group[0]!.labels.length === 0)) return group
      const { labels } = group[0]!
      if (new Set(labels).size === node.extents.length) return group
      const name = `g${this.#groups++}`
      const entries = group[0]!.entries.map((_, i) =>
        this.#opaque(
          g.product(
            ONE,
            group.map((f) => ({ node: f.entries[i]!, labels: [], exponent: f.exponent })),
            [],
            [],
          ),
          `${name}.${i}`,
        ),
      )
      return [{ entries, labels, exponent: ONE }]
    })
  }

  #apply(node: ApplyNode): Node[] {
    const g = this.graph
    const { op } = node
    if (op.kind === 'pointwise')
      return each(node.shape, (i) => {
        const args = node.args.map((a) => this.#at(a, i))
        // Which positions a bracket means is known of each entry.
        const [condition] = args
        if (op === select && args[1] === args[2]) return args[1]!
        if (op === select && condition!.kind === 'constant') return args[isZero(condition!.value) ? 2 : 1]!
        return this.#decided(op, args) ?? g.apply(op, args)
      })
    if (op.kind === 'matrix') return bug(`${op.name} has no scalar form`)
    const [arg] = node.args as [Node]
    const list = this.#of(arg)
    const result: Node[] = []
    for (const fibre of fibres(arg.shape, node.axes)) {
      const values = fibre.map((i) => list[i]!)
      if (op.kind === 'reduction')
        result.push(op.picks ? this.#extreme(values, op.picks) : this.#logSumExp(values))
      else this.#mask(values, op.picks).forEach((m, k) => (result[fibre[k]!] = m))
    }
    return result
  }

  /** What is known before the code runs: comparisons and extremes of two numbers, extremes of a value with itself or with a number below it, e⁰. */
  #decided(op: Pointwise, [a, b]: readonly Node[]): Node | undefined {
    if ((op === max || op === min) && a === b) return a
    // What is not a number stays none: only a number can be left out.
    if (op === max && b?.kind === 'constant' && a!.range.lo >= toNumber(b.value)) return a
    if (op === max && a?.kind === 'constant' && b!.range.lo >= toNumber(a.value)) return b
    if (op === exp && a?.kind === 'constant' && isZero(a.value)) return this.graph.constant(ONE)
    if (a?.kind !== 'constant' || b?.kind !== 'constant') return undefined
    const order = compare(a.value, b.value)
    if (op === max) return order >= 0 ? a : b
    if (op === min) return order <= 0 ? a : b
    const isSo =
      op.relation &&
      holds(
        op.relation,
        order,
        0,
        (x, y) => x < y,
        (x, y) => x === y,
      )
    return isSo === undefined ? undefined : this.graph.constant(isSo ? ONE : ZERO)
  }

  #extreme(values: readonly Node[], picks: 'greatest' | 'least'): Node {
    const op = picks === 'greatest' ? max : min
    return values.reduce((a, b) => this.#decided(op, [a, b]) ?? this.graph.apply(op, [a, b]))
  }

  #logSumExp(values: readonly Node[]): Node {
    const g = this.graph
    const m = this.#extreme(values, 'greatest')
    return g.add(
      m,
      g.apply(log, [
        g.addAll(
          values.map((v) => g.apply(exp, [g.subtract(v, m)])),
          [],
        ),
      ]),
    )
  }

  /** 1 where a value is better than all before it and no worse than any after it. */
  #mask(values: readonly Node[], picks: 'greatest' | 'least'): Node[] {
    const g = this.graph
    const sign = (v: Node): Node => (picks === 'greatest' ? v : g.negate(v))
    const signed = values.map(sign)
    const before: Node[] = []
    const after: Node[] = []
    signed.forEach((v, i) => (before[i] = i === 0 ? v : g.apply(max, [before[i - 1]!, v])))
    for (let i = signed.length - 1; i >= 0; i--)
      after[i] = i === signed.length - 1 ? signed[i]! : g.apply(max, [signed[i]!, after[i + 1]!])
    const one = g.constant(ONE)
    const zero = g.constant(ZERO)
    return signed.map((v, i) => {
      const last = i === signed.length - 1 ? one : g.apply(ge, [v, after[i + 1]!])
      return i === 0 ? last : g.apply(select, [g.apply(gt, [v, before[i - 1]!]), last, zero])
    })
  }
}

function each<T>(shape: Shape, make: (i: number) => T): T[] {
  const entries = new Array<T>(sizeOf(shape)!)
  for (let i = 0; i < entries.length; i++) entries[i] = make(i)
  return entries
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** The position along each axis of the i-th entry. */
export function positions(shape: Shape, i: number): number[] {
  const at: number[] = []
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis] as number
    at[axis] = i % n
    i = Math.floor(i / n)
  }
  return at
}

/** The entries along `axes`, for each position along the others, row-major. */
function fibres(shape: Shape, axes: readonly number[]): number[][] {
  const lists = new Map<string, number[]>()
  each(shape, (i) => {
    const key = positions(shape, i)
      .filter((_, axis) => !axes.includes(axis))
      .join()
    const list = lists.get(key)
    if (list) list.push(i)
    else lists.set(key, [i])
  })
  return [...lists.values()]
}
