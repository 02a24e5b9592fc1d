import { isOne } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import type { Network } from '../graph/network.ts'
import { type Node, isPureProduct } from '../graph/node.ts'

/**
 * Where things stand in the program: an equation at its own place, a symbol at that of the first equation that uses it.
 * Factors are read from the loss to the parameter, so what stands later comes first. Places go by name, because
 * simplifying makes new nodes for equations whose bodies it changes.
 */
export class Order {
  readonly #g: Graph
  readonly #places = new Map<string, number>()
  readonly #users = new Map<string, string>()
  readonly #positions = new Map<Node, number>()
  /** How the program orders the terms of a sum of names, whatever nodes they are now. */
  readonly #sums = new Map<string, readonly string[]>()

  constructor(g: Graph, network?: Network) {
    this.#g = g
    if (!network) return
    const seen = new Set<Node>()
    network.equations.forEach(({ name, node }, place) => {
      this.#places.set(name, place)
      const stack: Node[] = [node.body]
      while (stack.length > 0) {
        const n = stack.pop()!
        if (seen.has(n)) continue
        seen.add(n)
        if (n.kind === 'symbol') {
          this.#places.set(n.symbol.name, place)
          this.#users.set(n.symbol.name, name)
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

  placeOf(name: string): number {
    return this.#places.get(name) ?? -1
  }

  /** The place of a value: that of the latest thing in it. */
  position(node: Node): number {
    const known = this.#positions.get(node)
    if (known !== undefined) return known
    for (const n of topologicalWithin(node, this.#positions)) this.#positions.set(n, this.#own(n))
    return this.#positions.get(node)!
  }

  #own(n: Node): number {
    // What an equation is made of comes after the equation itself.
    if (n.kind === 'symbol') return this.placeOf(n.symbol.name) - 0.25
    if (n.kind === 'equation') {
      // ∂loss/∂v flows into v from the loss: it stands before everything that v was made from.
      return this.placeOf(n.name) + (n.role === 'adjoint' ? 0.5 : 0)
    }
    return n.args.reduce((most, a) => Math.max(most, this.#positions.get(a)!), -1)
  }

  /** The terms or factors of a node as the program wrote them, as ranks of its arguments; undefined if it did not. */
  written(node: Node): readonly number[] | undefined {
    const operands = this.#g.written(node)
    if (operands) {
      const ranks = node.args.map(a => this.#rank(a, operands))
      if (ranks.every(r => r >= 0)) return ranks
    }
    const names = node.kind === 'sum' ? sumKey(node.args) : undefined
    const order = names === undefined ? undefined : this.#sums.get(names)
    return order && node.args.map(a => order.indexOf(nameOf(a)!))
  }

  /** Where the constant of a sum was written among its operands; undefined if it was not. */
  writtenConstant(node: Node): number | undefined {
    const at = this.#g.written(node)?.findIndex(o => o.kind === 'constant')
    return at === undefined || at < 0 ? undefined : at
  }

  /** The operand that an argument came from: itself, a multiple or a stretched copy of it, or a chain it was a link of. */
  #rank(arg: Node, operands: readonly Node[]): number {
    let level: readonly Node[] = operands
    let origins: readonly number[] = operands.map((_, i) => i)
    for (let depth = 0; depth < 4; depth++) {
      const at = level.findIndex(o => o === arg)
      if (at >= 0) return origins[at]!
      const next: Node[] = []
      const nextOrigins: number[] = []
      level.forEach((o, i) => {
        if (o.kind !== 'sum' && !isPureProduct(o)) return
        const inner = this.#g.written(o) ?? o.args
        for (const x of [...inner, ...o.args]) {
          next.push(x)
          nextOrigins.push(origins[i]!)
        }
      })
      if (next.length === 0 || next.length > 4096) break
      level = next
      origins = nextOrigins
    }
    // c·u as the operand, u as the argument, or a product that is more than one of the operands.
    if (arg.kind === 'product') {
      const inner = arg.args.map(a => operands.indexOf(a)).filter(i => i >= 0)
      if (inner.length > 0) return Math.min(...inner)
    }
    return operands.findIndex(o => o.kind === 'product' && o.args.length > 0 && arg.kind === 'product' && o.args.every(x => arg.args.includes(x)))
  }

  #noteSum(node: Node): void {
    const key = sumKey(node.args)
    const ranks = key === undefined ? undefined : this.written(node)
    if (key === undefined || !ranks || this.#sums.has(key)) return
    this.#sums.set(key, node.args.map((a, i) => ({ name: nameOf(a)!, rank: ranks[i]! })).sort((a, b) => a.rank - b.rank).map(x => x.name))
  }
}

function nameOf(n: Node): string | undefined {
  const inner = n.kind === 'product' && n.args.length === 1 && isPureProduct(n) && isOne(n.coefficient) && isOne(n.exponents[0]!) ? n.args[0]! : n
  return inner.kind === 'symbol' ? inner.symbol.name : inner.kind === 'equation' && inner.role === 'source' ? inner.name : undefined
}

function sumKey(args: readonly Node[]): string | undefined {
  const names = args.map(nameOf)
  return names.includes(undefined) ? undefined : names.sort().join('|')
}

/** The nodes under a root that are not done, arguments first; equations are leaves. */
function topologicalWithin(root: Node, done: ReadonlyMap<Node, unknown>): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: { node: Node; next: number }[] = [{ node: root, next: 0 }]
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!
    const inner = top.node.kind === 'equation' ? undefined : top.node.args[top.next++]
    if (inner === undefined) {
      stack.pop()
      if (!seen.has(top.node)) order.push(top.node)
      seen.add(top.node)
    } else if (!seen.has(inner) && !done.has(inner)) stack.push({ node: inner, next: 0 })
  }
  return order
}
