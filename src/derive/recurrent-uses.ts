/** The chain rule in a recurrence: who uses a value at an index, and what comes back from there. */
import { type Extent, distance, openExtent } from '../graph/extent.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import { familyOf } from '../graph/member.ts'
import type { Network, Recurrence } from '../graph/network.ts'
import type { Node, SymbolNode } from '../graph/node.ts'
import { memberSymbol, reindex } from '../graph/reindex.ts'
import { topological } from '../graph/traverse.ts'
import { formulaOf } from './backward.ts'
import { turnAt, unsupported, within } from './indices.ts'
import { type Reason, reasonsOf } from './reasons.ts'
import type { IndexedTerm, Recurrent } from './recurrent.ts'
import { differentiate } from './reverse.ts'

/** A value with an adjoint: an equation at the general index of its block, a part of one, or what stands outside. */
export interface IndexedValue {
  readonly node: Node
  /** The equation in which it stands. */
  readonly equation: string
  readonly block: Recurrence | undefined
  readonly term: IndexedTerm | undefined
}

/** One use of a value at an index. */
export interface IndexedUse {
  readonly user: IndexedValue
  /** The index at which it is used; undefined outside of the blocks. */
  readonly turn: Extent | undefined
  /** The user's adjoint there, the user, and what it sends back. */
  readonly seed: Node
  readonly at: Node
  readonly sent: Node
  readonly reasons: readonly Reason[]
}

export class RecurrentUses {
  readonly values: readonly IndexedValue[]
  readonly #g: Graph
  readonly #network: Network
  /** Of each value: what it sends back to each leaf of its formula. */
  readonly #sent = new Map<IndexedValue, Map<Node, { readonly node: Node; readonly reasons: Reason[] }>>()
  readonly #seeds = new Map<IndexedValue, Node>()

  /** @param simplest simpler forms of what is sent, at the general index */
  constructor(g: Graph, { network, errorTerms }: Recurrent, simplest: (node: Node) => Node) {
    this.#g = g
    this.#network = network
    const blocks = new Map(network.recurrences.flatMap((r) => r.equations.map((e) => [e.name, r] as const)))
    const terms = new Map(errorTerms.map((t) => [t.of, t]))
    const equations = network.equations.map(({ name, node }): IndexedValue => ({
      node,
      equation: name,
      block: blocks.get(name),
      term: terms.get(node),
    }))
    const parts = errorTerms.flatMap((term): IndexedValue[] =>
      term.of.kind === 'equation'
        ? []
        : [{ node: term.of, equation: term.name, block: blocks.get(term.name), term }],
    )
    this.values = [...equations, ...parts]
    const points = new Set(this.values.map(({ node }) => node))
    for (const value of this.values) this.#differentiate(value, points, simplest)
  }

  #differentiate(value: IndexedValue, points: ReadonlySet<Node>, simplest: (node: Node) => Node): void {
    const { node } = value
    const isLeaf = (n: Node): boolean => n !== node && points.has(n)
    const formula = formulaOf(node)
    const leaves = topological([formula], isLeaf).filter(
      (n) => isLeaf(n) || (n.kind === 'symbol' && (n.symbol.role === 'param' || n.symbol.role === 'member')),
    )
    const seed = this.#seedOf(value)
    this.#seeds.set(value, seed)
    const found = differentiate(this.#g, formula, leaves, { isLeaf, seed })
    const sent = new Map(
      leaves.flatMap((leaf) =>
        isZeroNode(found.get(leaf)!)
          ? []
          : [
              [
                leaf,
                { node: simplest(found.get(leaf)!), reasons: reasonsOf(formula, leaf, isLeaf) },
              ] as const,
            ],
      ),
    )
    this.#sent.set(value, sent)
  }

  /** The name of a value's adjoint: that of its error term, where there is one. */
  #seedOf({ node, equation, block, term }: IndexedValue): Node {
    if (node === this.#network.loss!.node) return this.#g.number(1)
    const family = term?.symbol.member!.family ?? familyOf(equation)
    if (block) return this.#g.symbol(memberSymbol('adjoint', family, openExtent(block.index), node.shape))
    const symbol = {
      name: equation,
      role: 'adjoint',
      shape: node.shape,
      assumptions: new Set<never>(),
    } as const
    return this.#g.symbol(symbol)
  }

  /**
   * The uses of a value of a block at an index, or of a parameter. Throws `Unsupported` where every turn of a block uses
   * one member.
   */
  usesOf(target: IndexedValue, at: Extent): IndexedUse[] {
    const family = familyOf(target.equation)
    const isEquation = target.node.kind === 'equation'
    return this.values.flatMap((user) =>
      [...this.#sent.get(user)!].flatMap(([leaf, sent]): IndexedUse[] => {
        if (leaf === target.node)
          return user.block && !target.block
            ? unsupported('every turn uses one value')
            : [this.#use(user, at, sent)]
        if (!isEquation || leaf.kind !== 'symbol' || leaf.symbol.role !== 'member') return []
        const { name, member } = leaf.symbol
        if (!member) return name === family ? unsupported('all members are used at once') : []
        return member.family === family ? this.#atTurn(user, leaf, at, sent) : []
      }),
    )
  }

  #atTurn(
    user: IndexedValue,
    leaf: SymbolNode,
    at: Extent,
    sent: { node: Node; reasons: Reason[] },
  ): IndexedUse[] {
    const used = leaf.symbol.member!.indices[0]!
    if (!user.block) return distance(used, at) === 0 ? [this.#use(user, at, sent)] : []
    const turn = turnAt(user.block, used, at)
    if (turn === 'all') return unsupported('every turn uses one member')
    return turn !== undefined && within(turn, user.block) ? [this.#use(user, turn, sent)] : []
  }

  /** The uses of a parameter, or of a family of them, at the general index. */
  usesOfParam(symbol: {
    readonly name: string
    readonly member?: { readonly family: string } | undefined
  }): IndexedUse[] {
    return this.values.flatMap((user) =>
      [...this.#sent.get(user)!].flatMap(([leaf, sent]) => {
        if (leaf.kind !== 'symbol' || leaf.symbol.role !== 'param') return []
        const own = symbol.member
          ? leaf.symbol.member?.family === symbol.member.family
          : leaf.symbol.name === symbol.name
        return own ? [this.#use(user, user.block && openExtent(user.block.index), sent)] : []
      }),
    )
  }

  #use(
    user: IndexedValue,
    turn: Extent | undefined,
    { node, reasons }: { node: Node; reasons: Reason[] },
  ): IndexedUse {
    const seed = this.#seeds.get(user)!
    if (!user.block || turn === undefined)
      return { user, turn: undefined, seed, at: user.node, sent: node, reasons }
    const [there, place] = reindex(this.#g, [seed, node], user.block.index, turn)
    return { user, turn, seed: there!, at: this.valueAt(user, turn), sent: place!, reasons }
  }

  /** A value at an index, its operands in the order in which the program wrote them. */
  valueAt({ node, block }: IndexedValue, at: Extent): Node {
    if (!block) return node
    const there = (n: Node): Node => reindex(this.#g, [n], block.index, at)[0]!
    const written = this.#g.written(formulaOf(node))
    const value = there(node)
    if (written) this.#g.noteWritten(formulaOf(value), written.map(there))
    return value
  }

  /** The name of its adjoint there. */
  seedAt(value: IndexedValue, at: Extent): Node {
    const seed = this.#seeds.get(value)!
    return value.block ? reindex(this.#g, [seed], value.block.index, at)[0]! : seed
  }
}
