/**
 * A network of recurrences with every member as a symbol, also those of the same index: who defines a value, who uses it, and
 * the indices at which that changes.
 */
import { type Extent, addExtents, dimsOf, distance, openExtent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { atIndex, memberParts } from '../graph/member.ts'
import type { Network, Recurrence } from '../graph/network.ts'
import { type EquationNode, type Node, type SymbolNode, isSource } from '../graph/node.ts'
import { indexName } from '../graph/scan.ts'
import { listMember, memberSymbol } from '../graph/reindex.ts'
import { replaced, topological } from '../graph/traverse.ts'
import { unsupported } from './indices.ts'
import { Picked } from './picked.ts'

/** An equation: of a block for its general index, of a member by itself, or of a value that is no member. */
export interface Formula {
  readonly name: string
  /** Of a member: its family, and at which index the equation defines it. */
  readonly family: string | undefined
  readonly at: Extent | undefined
  /** Of a general one: the block. */
  readonly recurrence: Recurrence | undefined
  /** The value by its name: a symbol of a member, or an equation. */
  readonly node: Node
  readonly body: Node
}

/** Where a family has members, or users, that it has not everywhere: between the ends, which are the same for a single index. */
export interface Stretch {
  readonly from: Extent
  readonly to: Extent
}

/** A member that a formula defines or uses; with the block where its index is one of the block's. */
interface Use {
  readonly family: string
  readonly at: Extent
  readonly recurrence: Recurrence | undefined
}

export class Opened {
  readonly formulas: readonly Formula[]
  readonly #g: Graph
  readonly #images = new Map<Node, Node>()
  readonly #uses: readonly Use[]
  /** Members of data and parameters that are lists are symbols too. */
  readonly #picked: Picked
  readonly #byName = new Map<string, Formula>()
  readonly #general = new Map<string, Formula>()

  constructor(g: Graph, network: Network) {
    this.#g = g
    this.#picked = new Picked(g, {
      member: (n, axis, position) =>
        axis === 0 && n.kind === 'symbol' && n.symbol.list?.axis === 0
          ? g.symbol(listMember(n.symbol, addExtents(position, n.symbol.list.from)))
          : undefined,
      isOn: (position, extent) => (distance(0, position) ?? 0) >= 0 && (distance(position, extent) ?? 1) > 0,
    })
    const blocks = new Map(
      network.recurrences.flatMap((r) => r.equations.map((e) => [e.node as Node, r] as const)),
    )
    this.formulas = network.equations.map((e) => this.#formula(e.name, e.node, blocks.get(e.node)))
    for (const f of this.formulas) {
      if (f.recurrence) this.#general.set(f.family!, f)
      else this.#byName.set(f.name, f)
    }
    this.#uses = this.formulas.flatMap(usesIn)
  }

  #formula(name: string, node: EquationNode, recurrence: Recurrence | undefined): Formula {
    const g = this.#g
    const body = this.of(node.body)
    if (topological([body]).some((n) => n.kind === 'derivative' || n.kind === 'scan'))
      unsupported('the program itself takes derivatives')
    const [at] = memberParts(name)?.indices ?? []
    const family = at === undefined ? undefined : memberParts(name)!.family
    const own =
      family === undefined
        ? g.equation(name, body)
        : g.symbol(memberSymbol('member', family, at!, node.shape))
    this.#images.set(node, own)
    return { name, family, at, recurrence, node: own, body }
  }

  /** A value of the network in these terms; the index of a recurrence as the number that it is. */
  of(root: Node): Node {
    for (const n of topological([root], (m) => this.#images.has(m)))
      if (n.kind === 'symbol' && n.symbol.role === 'index')
        this.#images.set(n, this.#g.extent(openExtent(indexName(n.symbol))))
    return this.#picked.of(replaced(this.#g, [root], this.#images)[0]!)
  }

  /** The equation of a block for a family. */
  generally(family: string): Formula | undefined {
    return this.#general.get(family)
  }

  /** What an equation that is no block's defines. */
  named(name: string): Formula | undefined {
    return this.#byName.get(name)
  }

  /**
   * Where families are defined and used: of these, and of all whose members go with theirs in a block. What has an index of its own,
   * such as a recurrence that comes before, changes nothing at theirs.
   */
  stretches(families: readonly string[]): readonly Stretch[] {
    const related = this.#related(families)
    return this.#uses.flatMap(({ family, at, recurrence }) => {
      if (!related.has(family)) return []
      if (!recurrence) return [{ from: at, to: at }]
      const { index, from, to } = recurrence
      const ends = [from, to].map((end) => atIndex(at, index, end)) as [Extent, Extent]
      // T − t + 1 falls where t rises.
      if (distance(openExtent(index), at) === undefined) ends.reverse()
      return [{ from: ends[0], to: ends[1] }]
    })
  }

  #related(families: readonly string[]): ReadonlySet<string> {
    const blocks = new Map<Recurrence, Set<string>>()
    for (const { family, recurrence } of this.#uses)
      if (recurrence) blocks.set(recurrence, (blocks.get(recurrence) ?? new Set()).add(family))
    const related = new Set(families)
    for (let size = -1; size < related.size;) {
      size = related.size
      for (const own of blocks.values())
        if ([...own].some((family) => related.has(family))) for (const family of own) related.add(family)
    }
    return related
  }
}

function usesIn({ family, at, recurrence, body }: Formula): Use[] {
  const use = (family: string, at: Extent): Use => ({
    family,
    at,
    recurrence: recurrence && dimsOf(at).includes(recurrence.index) ? recurrence : undefined,
  })
  const used = membersIn(body).map((leaf) => use(leaf.family, leaf.at))
  return family === undefined ? used : [use(family, at!), ...used]
}

/** The members in a formula, of families of values, parameters and data. */
export const membersIn = (
  root: Node,
): { readonly node: SymbolNode; readonly family: string; readonly at: Extent }[] =>
  topological([root]).flatMap((n) => {
    if (n.kind !== 'symbol' || n.symbol.role === 'adjoint') return []
    const { member } = n.symbol
    return member && member.indices.length === 1
      ? [{ node: n, family: member.family, at: member.indices[0]! }]
      : []
  })

/** What a formula depends on: symbols that have values, and equations. */
export const leavesOf = (body: Node): Node[] =>
  topological([body], isSource).filter(
    (n) => isSource(n) || (n.kind === 'symbol' && n.symbol.role !== 'dim' && n.symbol.role !== 'constant'),
  )

/** The index of a member of a block in terms of the block's: c of l + c, as far as that is a number. */
const shiftOf = ({ recurrence, at }: Formula): number =>
  distance(openExtent(recurrence!.index), at!) ?? unsupported('a block defines members backwards')

/** The turn at which a block defines the member at an index. */
export const turnOf = (formula: Formula, at: Extent): Extent => addExtents(at, -shiftOf(formula))
