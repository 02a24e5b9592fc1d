/**
 * Jacobians between members at a general index: ∂z⁽ˡ⁺¹⁾/∂z⁽ˡ⁾ = W⁽ˡ⁺¹⁾ diag(σ′(z⁽ˡ⁾)). The member that is differentiated is
 * written out, block by block, down to the index of what it is differentiated by: a chain of known length.
 */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { type Extent, addExtents, distance, openExtent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { type Member, familyOf, memberName, memberParts, nameAt } from '../graph/member.ts'
import type { Network, Recurrence } from '../graph/network.ts'
import type { EquationNode, Node, Symbol } from '../graph/node.ts'
import { memberSymbol, reindex, symbolAt } from '../graph/reindex.ts'
import { topological, transform } from '../graph/traverse.ts'
import { type IndexRange, shifted, unsupported } from './indices.ts'
import { differentiate, withoutErrorTerms } from './reverse.ts'
import type { Recurrent } from './recurrent.ts'
import { type Wanted, spelt, unknownQuantity } from './wanted.ts'

/** ∂F[l+c]/∂v, a tensor with the axes of F first. */
interface Transition {
  /** By what it is differentiated. */
  readonly symbol: Symbol
  readonly node: Node
  /** The indices at which it holds. */
  readonly range: IndexRange
  /** The equations at the indices between the two, which formulas may be written with. */
  readonly equations: readonly EquationNode[]
}

/** Chains over more indices than this are not written out. */
const LONGEST_CHAIN = 16

/**
 * The member `of` of a block, differentiated by members of its families, or by parameters and data. Undefined where a
 * name is unknown, which is reported.
 *
 * @throws Unsupported where the chain between the two has no known length, or is long
 */
function transitions(
  g: Graph,
  network: Network,
  of: string,
  wrt: readonly string[],
  diagnostics: Diagnostics,
): readonly Transition[] | undefined {
  const end = generalMember(network, of)
  if (!end) return unknownQuantity(diagnostics, 'of', of, generalNames(network))
  const found: Transition[] = []
  for (const name of wrt) {
    const transition = new Chain(g, network, end).by(name)
    if (!transition)
      unknownQuantity(diagnostics, 'wrt', name, [...generalNames(network), ...leafNames(network)])
    else found.push(transition)
  }
  return diagnostics.hasErrors ? undefined : found
}

/** How simplified formulas are made. */
export interface Simplify {
  (roots: readonly Node[], equations: readonly EquationNode[]): readonly Node[]
}

/** Of a member of a block, by members of it or by leaves; undefined where what is asked for is not there, which is reported. */
export function jacobians(
  g: Graph,
  network: Network,
  simplify: Simplify,
  diagnostics: Diagnostics,
  { of = '', wrt }: Wanted,
): Recurrent | undefined {
  if (!wrt) return void report(diagnostics, 'no-wrt', { option: 'of' }, { name: of })
  const names = [...new Set(wrt.map(spelt))]
  const found = transitions(g, network, of, names, diagnostics)
  if (!found) return undefined
  const roots = found.map(({ node }) => node)
  const simple = simplify(
    roots,
    found.flatMap(({ equations }) => equations),
  )
  return {
    network,
    of,
    errorTerms: [],
    gradients: found.map(({ symbol, range }, i) => ({
      symbol,
      cases: [{ at: undefined, range, node: simple[i]!, sums: [] }],
    })),
  }
}

/** A member of a block, at an index that moves with the block's. */
interface General {
  readonly family: string
  readonly recurrence: Recurrence
  readonly at: Extent
  /** How many turns after the turn `l` the block defines it. */
  readonly turn: number
}

/** A parameter, data or a hyperparameter, and where the members of its family run. */
interface Leaf {
  readonly symbol: Symbol
  readonly range: IndexRange | undefined
}

/** The symbols that values are made of. */
const symbolsOf = (nodes: readonly Node[]): Symbol[] =>
  topological(nodes).flatMap((n) => (n.kind === 'symbol' ? [n.symbol] : []))

/** Where both hold; an end that cannot be compared is the first one's. */
function common(a: IndexRange, b: IndexRange): IndexRange {
  const from = (distance(a.from, b.from) ?? 0) > 0 ? b.from : a.from
  const to = (distance(a.to, b.to) ?? 0) < 0 ? b.to : a.to
  return { index: a.index, from, to }
}

/** Undefined where no block defines such a member. */
function generalMember({ recurrences }: Network, name: string): General | undefined {
  const member = parsed(name)
  const [at] = member?.indices ?? []
  for (const recurrence of recurrences) {
    const equation = recurrence.equations.find(({ family }) => family === member?.family)
    if (!equation) continue
    const own = memberParts(equation.name)!.indices[0]!
    const turn = distance(own, at!)
    if (turn !== undefined) return { family: equation.family, recurrence, at: at!, turn }
    return unsupported(`${name} is at no known distance from ${equation.name}`)
  }
  return undefined
}

/** A name such as a program would write it; undefined for anything else. */
function parsed(name: string): Member | undefined {
  const member = /^[^[\]]+\[[^[\]]+\]$/u.test(name) ? memberParts(name) : undefined
  return member?.indices.length === 1 && memberName(member.family, member.indices) === name
    ? member
    : undefined
}

const generalNames = ({ recurrences }: Network): string[] =>
  recurrences.flatMap((r) => r.equations.map(({ name }) => name))

const leafNames = ({ params, data, hypers }: Network): string[] =>
  [...params, ...data, ...hypers].map(({ symbol }) => symbol.name)

/** Writes a member out, block by block. */
class Chain {
  readonly #g: Graph
  readonly #network: Network
  readonly #end: General

  constructor(g: Graph, network: Network, end: General) {
    this.#g = g
    this.#network = network
    this.#end = end
  }

  /** Undefined where there is nothing of that name. */
  by(name: string): Transition | undefined {
    const { recurrence, turn } = this.#end
    const start = generalMember(this.#network, name)
    if (!start) {
      const leaf = this.#leaf(name)
      return leaf && this.#byLeaf(leaf)
    }
    if (start.recurrence !== recurrence)
      unsupported(`${name} and ${memberName(this.#end.family, [this.#end.at])} are of different blocks`)
    this.#shortEnough(turn - start.turn)
    const at = this.#blockAt(start.turn)
    const by = at.get(memberName(start.family, [start.at]))!
    const symbol = memberSymbol('input', start.family, start.at, by.shape)
    const range = common(shifted(recurrence, -turn), shifted(recurrence, -start.turn))
    return this.#transition(symbol, by, start.turn, range)
  }

  /**
   * By a leaf: written out down to the first turn that uses it. What stands for earlier turns must not depend on it,
   * or the chain has no known length.
   */
  #byLeaf({ symbol, range }: Leaf): Transition {
    const { recurrence, turn, family, at } = this.#end
    const own = shifted(recurrence, -turn)
    let [first, where] = [turn, own]
    if (range) {
      const ahead = this.#ahead(symbol)
      where = common(own, shifted(range, -ahead))
      for (const used of symbolsOf(recurrence.equations.map((e) => e.node)))
        if (used.member?.family === symbol.member!.family)
          first = Math.min(first, ahead - this.#ahead(used, symbol.name))
      this.#shortEnough(turn - first)
    }
    const found = this.#transition(symbol, this.#g.symbol(symbol), first, where)
    const end = found.equations.find((e) => e.name === memberName(family, [at]))!
    if (this.#isUsedEarlier(symbol, end))
      unsupported(`${end.name} depends on ${symbol.name} through all earlier indices`)
    return found
  }

  /** How far ahead of the block's index a member of data or parameters is. */
  #ahead({ name, member }: Symbol, asked = name): number {
    const { recurrence, family, at } = this.#end
    return (
      distance(openExtent(recurrence.index), member!.indices[0]!) ??
      unsupported(`${asked} is at no known distance from ${memberName(family, [at])}`)
    )
  }

  /** Whether the members that a value is written with depend on a leaf. */
  #isUsedEarlier(leaf: Symbol, value: Node): boolean {
    const { equations, recurrences } = this.#network
    const inBlock = new Set<Node>(this.#end.recurrence.equations.map((e) => e.node))
    const families = new Set(recurrences.flatMap((r) => r.equations.map((e) => e.family)))
    const seen = new Set<string>()
    const visit = (symbols: readonly Symbol[]): boolean =>
      symbols.some(({ role, member }) => {
        if (role !== 'member' || !member || seen.has(member.family)) return false
        seen.add(member.family)
        return equations.some(({ name, node }) => {
          if (familyOf(name) !== member.family || !families.has(member.family)) return false
          const uses = symbolsOf([node])
          // Of a family, what this block uses at earlier turns are other members.
          const isUsed = leaf.member
            ? !inBlock.has(node) && uses.some((s) => s.member?.family === leaf.member!.family)
            : uses.some((s) => s.name === leaf.name)
          return isUsed || visit(uses)
        })
      })
    return visit(symbolsOf([value]))
  }

  #shortEnough(turns: number): void {
    if (turns > LONGEST_CHAIN) unsupported(`there are more than ${LONGEST_CHAIN} indices between the two`)
  }

  /** A parameter, data or hyperparameter; of a family its member at an index. */
  #leaf(name: string): Leaf | undefined {
    const member = parsed(name)
    for (const { symbol, ...declared } of [
      ...this.#network.params,
      ...this.#network.data,
      ...this.#network.hypers,
    ]) {
      const range = 'range' in declared ? declared.range : undefined
      if (range && member && member.family === symbol.member?.family)
        return { symbol: symbolAt(symbol, range.index, member.indices[0]!), range }
      if (symbol.name === name) return { symbol, range: undefined }
    }
    return undefined
  }

  /** The equations of the block at its index plus `turn`, by their names. */
  #blockAt(turn: number): Map<string, EquationNode> {
    const { index, equations } = this.#end.recurrence
    const to = addExtents(openExtent(index), turn)
    const nodes = reindex(
      this.#g,
      equations.map((e) => e.node),
      index,
      to,
    )
    return new Map(equations.map(({ name }, i) => [nameAt(name, index, to), nodes[i] as EquationNode]))
  }

  #transition(symbol: Symbol, by: Node, last: number, range: IndexRange): Transition {
    const { family, at, turn } = this.#end
    const name = memberName(family, [at])
    let written: Node[] = []
    // From the last turn to the first: what a turn uses of those before it is written out.
    for (let t = turn; t >= Math.min(turn, last); t--) {
      const own = this.#blockAt(t)
      const before = transform(this.#g, written, (rebuilt) =>
        rebuilt.kind === 'symbol' && rebuilt.symbol.role === 'member' && rebuilt !== by
          ? (own.get(rebuilt.symbol.name) ?? rebuilt)
          : rebuilt,
      )
      written = [...own.values(), ...before]
    }
    const equations = written.filter((n) => n.kind === 'equation')
    const node = equations.find((e) => e.name === name)!
    return {
      symbol,
      node: withoutErrorTerms(this.#g, differentiate(this.#g, node, [by]).get(by)!),
      range,
      equations,
    }
  }
}
