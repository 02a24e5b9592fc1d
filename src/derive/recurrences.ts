/**
 * Gradients for a general depth: the recurrence itself is differentiated (the adjoint method: Griewank, Walther,
 * Evaluating Derivatives, section 3.2; for time, Werbos, Backpropagation through time, 1990). With an unknown adjoint
 * δF[l] for each value F[l] that other indices use, a block at one index contributes ∂(Σ δF[l]·F[l])/∂v to the adjoint of
 * each v that it uses. Collected by index, these contributions are the recurrences of the error terms, with cases where a
 * contribution is missing at the ends, and the gradients; what is shared by all indices gets a sum over them.
 */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { ONE } from '../base/rational.ts'
import { type Extent, dimsOf, distance, openExtent } from '../graph/extent.ts'
import { atIndex, familyOf, memberName, memberParts } from '../graph/member.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import { type Network, type Recurrence, lossNodes } from '../graph/network.ts'
import {
  type EquationNode,
  type Node,
  type Symbol,
  type SymbolNode,
  isAdjoint,
  isSource,
} from '../graph/node.ts'
import { memberSymbol, reindex, symbolAt } from '../graph/reindex.ts'
import { topological, transform } from '../graph/traverse.ts'
import {
  type Case,
  type IndexRange,
  type IndexSum,
  Unsupported,
  indexCases,
  shifted,
  turnAt,
  unsupported,
  within,
} from './indices.ts'
import { differentiate } from './reverse.ts'
import { type IndexedTerm, type Recurrent, inOrder } from './recurrent.ts'
import { type Simplify, jacobians } from './transitions.ts'
import { type Wanted, spelt, unknownQuantity } from './wanted.ts'

/** Undefined where an index is used in a way that has no closed form, which is reported. */
export function recurrentGradients(
  g: Graph,
  network: Network,
  simplify: Simplify,
  diagnostics: Diagnostics,
  { of, wrt }: Wanted = {},
): Recurrent | undefined {
  try {
    if (of !== undefined && of.normalize('NFC') !== network.loss!.name)
      return jacobians(g, network, simplify, diagnostics, { of: spelt(of), wrt })
    const all = new Recurrences(g, network, simplify).derive()
    if (wrt === undefined) return all
    const asked = byName(network, all.gradients, wrt.map(spelt), diagnostics)
    return asked && { ...all, gradients: asked }
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error
    report(diagnostics, 'no-recurrence', network.loss!.span, { reason: error.message })
    return undefined
  }
}

/** The gradients by parameters and families of them that are asked for: W, or W[l] as its formula has it. */
function byName(
  { data, hypers, equations }: Network,
  gradients: Recurrent['gradients'],
  wrt: readonly string[],
  diagnostics: Diagnostics,
): Recurrent['gradients'] | undefined {
  const named = ({ symbol: { name, member } }: Recurrent['gradients'][0]): string[] =>
    member ? [name, member.family] : [name]
  const known = gradients.flatMap(named)
  const others = new Set([
    ...[...data, ...hypers].map(({ symbol }) => symbol.name),
    ...equations.map((e) => e.name),
  ])
  for (const name of wrt) {
    if (known.includes(name)) continue
    if (others.has(name)) report(diagnostics, 'no-parameter', { option: 'wrt' }, { name })
    else unknownQuantity(diagnostics, 'wrt', name, known)
  }
  if (diagnostics.hasErrors) return undefined
  return gradients.filter((gradient) => named(gradient).some((name) => wrt.includes(name)))
}

/** One block, or what stands outside of all blocks, differentiated. */
interface Part {
  readonly recurrence: Recurrence | undefined
  /** The adjoints of values of this part that other parts use, as unknowns. */
  readonly seeds: readonly Seed[]
  /** By the leaf: what this part sends back to it. */
  readonly contributions: ReadonlyMap<SymbolNode, Node>
  /** Error terms that this part's formulas use more than once. */
  readonly kept: readonly EquationNode[]
}

interface Seed {
  readonly family: string
  /** l + c: where the block at l defines the family; a number for a member by itself. */
  readonly at: Extent
  readonly of: EquationNode
  readonly symbol: SymbolNode
  /** Stands in the formula of one error term only, where it is written out. */
  inlined: boolean
}

class Recurrences {
  readonly g: Graph
  readonly network: Network
  readonly simplify: Simplify
  readonly parts: Part[] = []
  readonly #byNumber = new Map<string, EquationNode>()
  /** The symbols that stand for error terms in the formulas of others. */
  readonly #names = new Map<EquationNode, string>()

  constructor(g: Graph, network: Network, simplify: Simplify) {
    this.g = g
    this.network = network
    this.simplify = simplify
    const general = new Set(network.recurrences.flatMap((r) => r.equations.map((e) => e.node)))
    for (const { name, node } of network.equations)
      if (memberParts(name) && !general.has(node)) this.#byNumber.set(name, node)
  }

  derive(): Recurrent {
    const { network } = this
    if (topological(network.equations.map((e) => e.node)).some((n) => n.kind === 'derivative'))
      unsupported('the program itself takes derivatives')
    const used = this.#usedFamilies()
    for (const recurrence of network.recurrences) this.parts.push(this.#block(recurrence, used))
    this.parts.push(this.#outside(used))
    const terms: IndexedTerm[] = []
    for (const part of [...this.parts].reverse()) terms.push(...this.#errorTerms(part))
    const gradients = network.params.map(({ symbol, range }) => ({
      symbol,
      cases: range
        ? this.#cases(symbol.member!.family, range, openExtent(range.index), 'param')
        : [this.#shared(symbol)],
    }))
    return this.#simplified(terms, gradients)
  }

  /** The families of equations that something at another index, or outside, uses. */
  #usedFamilies(): ReadonlySet<string> {
    const roots = [...lossNodes(this.network), ...this.network.equations.map((e) => e.node)]
    return new Set(
      topological(roots).flatMap((n) =>
        n.kind === 'symbol' && n.symbol.role === 'member' ? [n.symbol.member!.family] : [],
      ),
    )
  }

  #block(recurrence: Recurrence, used: ReadonlySet<string>): Part {
    const seeds = recurrence.equations
      .filter(({ family }) => used.has(family))
      .map(({ family, node }) => this.#seed(family, memberParts(node.name)!.indices[0]!, node))
    return this.#part(
      recurrence,
      seeds,
      undefined,
      recurrence.equations.map((e) => e.node),
    )
  }

  /** What stands outside of the blocks: the loss, and members by number that the blocks use. */
  #outside(used: ReadonlySet<string>): Part {
    const seeds = [...this.#byNumber].flatMap(([name, node]) => {
      const at = memberParts(name)!.indices[0]!
      return used.has(familyOf(name)) && typeof at === 'number' ? [this.#seed(familyOf(name), at, node)] : []
    })
    return this.#part(undefined, seeds, this.network.loss!.node, [])
  }

  #seed(family: string, at: Extent, of: EquationNode): Seed {
    const symbol = this.g.symbol(memberSymbol('adjoint', family, at, of.shape)) as SymbolNode
    return { family, at, of, symbol, inlined: false }
  }

  #part(
    recurrence: Recurrence | undefined,
    seeds: Seed[],
    loss: Node | undefined,
    equations: readonly EquationNode[],
  ): Part {
    const { g } = this
    const paired = seeds.map(({ symbol, of }) => {
      const axes = of.shape.map((_, i) => i)
      return g.product(
        ONE,
        [symbol, of].map((node) => ({ node, labels: axes, exponent: ONE })),
        [],
        [],
      )
    })
    const f = g.addAll([...(loss ? [loss] : []), ...paired], [])
    const unknowns = new Set(seeds.map((s) => s.symbol as Node))
    const leaves = topological([f]).filter(
      (n): n is SymbolNode =>
        n.kind === 'symbol' && !unknowns.has(n) && (n.symbol.role === 'param' || n.symbol.role === 'member'),
    )
    const raw = differentiate(g, f, leaves)
    const own = new Set(recurrence?.equations.map((e) => e.name))
    // What stands outside of the block is seen through: its own adjoint is more than what one index sends back.
    const roots = transform(
      g,
      this.simplify(
        leaves.map((leaf) => raw.get(leaf)!),
        equations,
      ),
      (rebuilt) => (recurrence && isAdjoint(rebuilt) && !own.has(rebuilt.name) ? rebuilt.body : rebuilt),
    )
    const kept = topological(roots).filter(isAdjoint).reverse()
    const formulas = [...kept.map((e) => e.body), ...roots]
    for (const seed of seeds) {
      const within = formulas.filter((root) => topological([root], isAdjoint).includes(seed.symbol))
      seed.inlined =
        within.length === 1 && (recurrence === undefined || kept.some((e) => e.body === within[0]))
    }
    for (const [i, e] of kept.entries()) if (recurrence) this.#names.set(e, `${familyOf(e.name)}'${i}`)
    return { recurrence, seeds, contributions: new Map(leaves.map((leaf, i) => [leaf, roots[i]!])), kept }
  }

  /** The symbol that stands for an error term at an index. */
  #opaque(e: EquationNode, index: string, at: Extent): Node {
    const shape = e.shape.map((x) => atIndex(x, index, at))
    return this.g.symbol(memberSymbol('adjoint', this.#names.get(e)!, at, shape))
  }

  /** A formula of a part at another index: its error terms by name, members by number where there are such. */
  #at(part: Part, node: Node, at: Extent): Node {
    const { recurrence } = part
    if (!recurrence) return node
    const { index } = recurrence
    return reindex(this.g, [node], index, at, (n) => {
      if (isAdjoint(n) && this.#names.has(n)) return this.#opaque(n, index, at)
      if (n.kind !== 'symbol' || n.symbol.role !== 'member') return undefined
      return this.#byNumber.get(symbolAt(n.symbol, index, at).name)
    })[0]!
  }

  /** All that other parts send back to the member at `at`: each part's index at which it does so, solved for. */
  #collected(family: string, at: Extent, role: 'member' | 'param'): { nodes: Node[]; sums: IndexSum[] } {
    const nodes: Node[] = []
    const sums: IndexSum[] = []
    for (const part of this.parts) {
      const { recurrence, contributions } = part
      for (const [{ symbol }, node] of contributions) {
        if (symbol.role !== role || symbol.member?.family !== family) continue
        const used = symbol.member.indices[0]!
        if (!recurrence) {
          if (distance(used, at) === 0) nodes.push(this.#withoutSeeds(part, node))
          continue
        }
        const turn = turnAt(recurrence, used, at)
        if (turn === 'all')
          sums.push({ ...recurrence, node: this.#at(part, node, openExtent(recurrence.index)) })
        else if (turn !== undefined && within(turn, recurrence)) nodes.push(this.#at(part, node, turn))
      }
    }
    return { nodes, sums }
  }

  /** How many cases there are at the upper and at the lower end of a range that are not the general one. */
  #ends(family: string, { from, to }: IndexRange, role: 'member' | 'param'): { top: number; bottom: number } {
    let [top, bottom] = [0, 0]
    const end = (at: Extent, inclusive: number): void => {
      const above = distance(at, to)
      const below = distance(from, at)
      if (above !== undefined) top = Math.max(top, above + inclusive)
      else if (below !== undefined) bottom = Math.max(bottom, below + inclusive)
      else unsupported(`${memberName(family, [at])} is at no known distance from either end`)
    }
    for (const { recurrence, contributions } of this.parts)
      for (const { symbol } of contributions.keys()) {
        if (symbol.role !== role || symbol.member?.family !== family) continue
        const used = symbol.member.indices[0]!
        if (!recurrence || !dimsOf(used).includes(recurrence.index)) {
          end(used, 1)
          continue
        }
        const ends = [recurrence.from, recurrence.to].map((e) => atIndex(used, recurrence.index, e))
        for (const e of ends) if (distance(e, to) !== 0 && distance(from, e) !== 0) end(e, 0)
      }
    return { top, bottom }
  }

  /** The values at each index of a range, the last index first; `general` is the index that formulas are given for. */
  #cases(family: string, range: IndexRange, general: Extent, role: 'member' | 'param'): Case[] {
    const { top, bottom } = this.#ends(family, range, role)
    return indexCases(range, general, top, bottom).map(({ at, range: where }) => {
      const { nodes, sums } = this.#collected(family, at, role)
      const shape = nodes[0]?.shape ?? sums[0]?.node.shape ?? this.#shapeOf(family, at, range.index)
      return { at, range: where, node: this.g.addAll(nodes, shape), sums }
    })
  }

  #shapeOf(family: string, at: Extent, index: string): Symbol['shape'] {
    const param = this.network.params.find((p) => p.symbol.member?.family === family)
    return param ? symbolAt(param.symbol, index, at).shape : []
  }

  /** What all indices share: a sum over them, and what the loss sends back directly. */
  #shared(symbol: Symbol): Case {
    const leaf = this.g.symbol(symbol)
    const sums: IndexSum[] = []
    const nodes: Node[] = []
    for (const part of this.parts) {
      const node = part.contributions.get(leaf as SymbolNode)
      if (!node || isZeroNode(node)) continue
      const { recurrence } = part
      if (recurrence) sums.push({ ...recurrence, node: this.#at(part, node, openExtent(recurrence.index)) })
      else nodes.push(this.#withoutSeeds(part, node))
    }
    return { at: undefined, range: undefined, node: this.g.addAll(nodes, symbol.shape), sums }
  }

  /** The lines of a part's error terms, and of those adjoints that have names of their own. */
  #errorTerms(part: Part): IndexedTerm[] {
    const { recurrence, seeds, kept } = part
    const terms: IndexedTerm[] = []
    for (const seed of seeds) {
      if (seed.inlined || !this.#needed(part, seed)) continue
      const { family, at, of, symbol } = seed
      const range = recurrence && shifted(recurrence, distance(openExtent(recurrence.index), at)!)
      const cases = range
        ? this.#cases(family, range, openExtent(range.index), 'member')
        : [this.#single(family, at)]
      terms.push({ symbol: symbol.symbol, of, name: of.name, cases })
    }
    if (!recurrence) return terms
    const { index } = recurrence
    const general = openExtent(index)
    for (const e of kept) {
      const inside = seeds.filter((s) => s.inlined && topological([e.body], isAdjoint).includes(s.symbol))
      let [top, bottom] = [0, 0]
      for (const s of inside) {
        const ends = this.#ends(s.family, shifted(recurrence, distance(general, s.at)!), 'member')
        top = Math.max(top, ends.top)
        bottom = Math.max(bottom, ends.bottom)
      }
      const cases = indexCases(recurrence, general, top, bottom).map(({ at, range }): Case => {
        const values = new Map<Node, Node>()
        const sums: IndexSum[] = []
        for (const s of inside) {
          const here = atIndex(s.at, index, at)
          const found = this.#collected(s.family, here, 'member')
          if (found.sums.length > 0)
            unsupported(`the adjoint of ${memberName(s.family, [here])} is a sum over an index`)
          const symbol = this.g.symbol(symbolAt(s.symbol.symbol, index, at))
          values.set(symbol, this.g.addAll(found.nodes, symbol.shape))
        }
        const [node] = transform(
          this.g,
          [this.#at(part, e.body, at)],
          (rebuilt) => values.get(rebuilt) ?? rebuilt,
        )
        return { at, range, node: this.#own(recurrence, node!, at), sums }
      })
      const symbol = (this.#opaque(e, index, general) as SymbolNode).symbol
      terms.push({ symbol, of: e.of ?? e, name: e.name, cases })
    }
    return terms
  }

  /** Members that a formula takes from other indices, by the equations of the block at this index. */
  #own(recurrence: Recurrence, root: Node, at: Extent): Node {
    const { index, equations } = recurrence
    const own = new Map(
      reindex(
        this.g,
        equations.map((e) => e.node),
        index,
        at,
        (n) =>
          n.kind === 'symbol' && n.symbol.role === 'member'
            ? this.#byNumber.get(symbolAt(n.symbol, index, at).name)
            : undefined,
      ).map((node) => [(node as EquationNode).name, node]),
    )
    return transform(this.g, [root], (rebuilt) =>
      rebuilt.kind === 'symbol' && rebuilt.symbol.role === 'member'
        ? (own.get(rebuilt.symbol.name) ?? rebuilt)
        : rebuilt,
    )[0]!
  }

  #single(family: string, at: Extent): Case {
    const { nodes, sums } = this.#collected(family, at, 'member')
    const shape = nodes[0]?.shape ?? sums[0]?.node.shape ?? []
    return { at, range: undefined, node: this.g.addAll(nodes, shape), sums }
  }

  /** Whether a formula of the part mentions the adjoint. */
  #needed({ contributions, kept }: Part, { symbol }: Seed): boolean {
    return topological([...contributions.values(), ...kept]).includes(symbol)
  }

  /** Of the outside: adjoints of members by number that stand in one formula only, written out. */
  #withoutSeeds(part: Part, root: Node): Node {
    const values = new Map<Node, Node>()
    for (const seed of part.seeds)
      if (seed.inlined) {
        const { node, sums } = this.#single(seed.family, seed.at)
        if (sums.length === 0) values.set(seed.symbol, node)
      }
    return transform(this.g, [root], (rebuilt) => values.get(rebuilt) ?? rebuilt)[0]!
  }

  /** All formulas at once, so that what they share stays shared. */
  #simplified(errorTerms: readonly IndexedTerm[], gradients: Recurrent['gradients']): Recurrent {
    const every = [...errorTerms, ...gradients].flatMap((t) => t.cases)
    const roots = every.flatMap((c) => [c.node, ...c.sums.map((s) => s.node)])
    const simple = this.simplify(roots, topological(roots).filter(isSource))
    let next = 0
    const renewed = (c: Case): Case => ({
      ...c,
      node: simple[next++]!,
      sums: c.sums.map((s) => ({ ...s, node: simple[next++]! })),
    })
    return {
      network: this.network,
      errorTerms: inOrder(
        this.g,
        errorTerms.map((t) => ({ ...t, cases: t.cases.map(renewed) })),
      ),
      gradients: gradients.map((t) => ({ ...t, cases: t.cases.map(renewed) })),
    }
  }
}
