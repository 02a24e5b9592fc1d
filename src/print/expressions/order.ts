import { isOne } from '../../base/rational.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Network } from '../../graph/network.ts'
import { NodeMap } from '../../graph/node-map.ts'
import { type Node, isPureProduct, isSource } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'

/** Before every place. */
const NOWHERE = -2
/** How deep inner sums and products are looked through, and how many operands at most, for the writer's order. */
const DEEPEST = 6
const MOST_OPERANDS = 1024

/**
 * Where things stand in the program: an equation at its own place, a symbol at that of the first equation that uses it.
 * Factors are read from the loss to the parameter, so what stands later comes first. Places go by name, because
 * simplifying makes new nodes for equations whose bodies it changes.
 */
export class Order {
  readonly #g: Graph
  readonly #places = new Map<string, number>()
  /** The general member of a family whose range is open. */
  readonly #families = new Map<string, { readonly place: number; readonly index: string }>()
  readonly #users = new Map<string, string>()
  readonly #positions = new NodeMap<number>()
  /** Equations that are a function without a body and nothing else, by the function: E = ℒ(a, y). */
  readonly #functionals = new Map<string, string | undefined>()
  /** How the program orders the terms of a sum of names, whatever nodes they are now. */
  readonly #sums = new Map<string, readonly string[]>()

  constructor(g: Graph, network?: Network) {
    this.#g = g
    if (!network) return
    for (const { index, equations } of network.recurrences)
      for (const e of equations) this.#families.set(e.family, { place: network.equations.indexOf(e), index })
    const seen = new Set<Node>()
    network.equations.forEach(({ name, node }, place) => {
      this.#places.set(name, place)
      const stack: Node[] = [node.body]
      while (stack.length > 0) {
        const n = stack.pop()!
        if (seen.has(n)) continue
        seen.add(n)
        if (n.kind === 'symbol' && n.symbol.role !== 'member') {
          this.#places.set(n.symbol.name, place)
          this.#users.set(n.symbol.name, name)
          const { member } = n.symbol
          const at = network.recurrences.find((r) => r.equations.some((e) => e.name === name))
          if (member && at) this.#families.set(member.family, { place, index: at.index })
        }
        if (n.kind === 'apply' && n.op.kind === 'matrix' && n.op.abstract) {
          const { name: f } = n.op.abstract
          this.#functionals.set(f, n === node.body && !this.#functionals.has(f) ? name : undefined)
        }
        if (n.kind === 'sum' && g.written(n)) this.#noteSum(n)
        if (n.kind !== 'equation') stack.push(...n.args)
      }
    })
  }

  /** The first equation that uses a symbol. */
  userOf(symbol: string): string | undefined {
    return this.#users.get(symbol)
  }

  /** The equation that is a use of a function without a body, the only one. */
  equationOf(name: string): string | undefined {
    return this.#functionals.get(name)
  }

  /** Members at other indices than the general one stand where the general one does: later ones later. */
  placeOf(name: string): number {
    const known = this.#places.get(name)
    if (known !== undefined || !name.includes('[')) return known ?? -1
    const [family, index] = name.slice(0, -1).split(/'?\d*\[/) as [string, string]
    const general = this.#families.get(family)
    if (general === undefined) return this.#places.get(family) ?? -1
    const steps = /^\p{L}[\p{L}\p{M}\p{N}]*([+-]\d+)?$/u.exec(index)
    return general.place + Number(steps?.[1] ?? 0) * this.#places.size
  }

  /** The place of a value: that of the latest thing in it. */
  position(node: Node): number {
    const known = this.#positions.get(node)
    if (known !== undefined) return known
    const isLeaf = (n: Node): boolean => n.kind === 'equation' || this.#positions.has(n)
    for (const n of topological([node], isLeaf)) this.#positions.set(n, this.#own(n))
    return this.#positions.get(node)!
  }

  #own(n: Node): number {
    // What an equation is made of comes after the equation itself.
    if (n.kind === 'symbol')
      return (
        this.placeOf(n.symbol.name) +
        (n.symbol.role === 'adjoint' ? 0.5 : n.symbol.role === 'member' ? 0 : -0.25)
      )
    if (n.kind === 'equation') {
      // ∂loss/∂v flows into v from the loss: it stands before everything that v was made from.
      return this.placeOf(n.name) + (n.role === 'adjoint' ? 0.5 : 0)
    }
    return n.args.reduce((most, a) => Math.max(most, this.#positions.get(a)!), NOWHERE)
  }

  /** The terms or factors of a node as the program wrote them, as ranks of its arguments; undefined if it did not. */
  written(node: Node): readonly number[] | undefined {
    const operands = this.#g.written(node)
    if (operands) {
      const places = this.#flattened(operands)
      // A term may be a product of some of the operands: it stands where the first of them does.
      const rank = (a: Node): number =>
        places.get(a) ??
        (a.kind === 'product' ? Math.min(...a.args.map((x) => places.get(x) ?? Infinity)) : Infinity)
      const ranks = node.args.map(rank)
      if (ranks.every(Number.isFinite)) return ranks
    }
    const names = node.kind === 'sum' ? sumKey(node.args) : undefined
    const order = names === undefined ? undefined : this.#sums.get(names)
    return order && node.args.map((a) => order.indexOf(nameOf(a)!))
  }

  /** Where the constant of a sum was written among its operands; undefined if it was not. */
  writtenConstant(node: Node): number | undefined {
    const at = this.#g.written(node)?.findIndex((o) => o.kind === 'constant')
    return at === undefined || at < 0 ? undefined : at
  }

  /** The operands in order, those of inner sums and products in their places, as the normal form dissolves them. */
  #flattened(operands: readonly Node[]): Map<Node, number> {
    const places = new Map<Node, number>()
    const work = operands.map((node) => ({ node, depth: 0 })).reverse()
    while (work.length > 0 && places.size < MOST_OPERANDS) {
      const { node, depth } = work.pop()!
      // Sums share parts: each is looked at once, or nested ones would take exponential time.
      if (places.has(node)) continue
      places.set(node, places.size)
      if (depth >= DEEPEST || (node.kind !== 'sum' && node.kind !== 'product')) continue
      const own = this.#g.written(node) ?? []
      const inner = [...own, ...node.args.filter((a) => !own.includes(a))]
      for (let i = inner.length - 1; i >= 0; i--) work.push({ node: inner[i]!, depth: depth + 1 })
    }
    return places
  }

  #noteSum(node: Node): void {
    const key = sumKey(node.args)
    const ranks = key === undefined ? undefined : this.written(node)
    if (key === undefined || !ranks || this.#sums.has(key)) return
    this.#sums.set(
      key,
      node.args
        .map((a, i) => ({ name: nameOf(a)!, rank: ranks[i]! }))
        .sort((a, b) => a.rank - b.rank)
        .map((x) => x.name),
    )
  }
}

function nameOf(n: Node): string | undefined {
  const inner =
    n.kind === 'product' &&
    n.args.length === 1 &&
    isPureProduct(n) &&
    isOne(n.coefficient) &&
    isOne(n.exponents[0]!)
      ? n.args[0]!
      : n
  return inner.kind === 'symbol' ? inner.symbol.name : isSource(inner) ? inner.name : undefined
}

function sumKey(args: readonly Node[]): string | undefined {
  const names = args.map(nameOf)
  return names.includes(undefined) ? undefined : names.sort().join('|')
}
