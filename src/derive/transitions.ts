/**
 * Jacobians between members at a general index: ∂z⁽ˡ⁺¹⁾/∂z⁽ˡ⁾ = W⁽ˡ⁺¹⁾ diag(σ′(z⁽ˡ⁾)). The member that is differentiated is
 * written out, block by block, down to the index of what it is differentiated by: a chain of known length.
 */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { nearest } from '../base/spelling.ts'
import { type Extent, addExtents, distance, openExtent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { type Member, memberName, memberParts, nameAt } from '../graph/member.ts'
import type { Network, Recurrence } from '../graph/network.ts'
import type { EquationNode, Node, Symbol } from '../graph/node.ts'
import { memberSymbol, reindex, symbolAt } from '../graph/reindex.ts'
import { transform } from '../graph/traverse.ts'
import { type IndexRange, shifted, unsupported } from './indices.ts'
import { differentiate, withoutErrorTerms } from './reverse.ts'

/** ∂F[l+c]/∂v, a tensor with the axes of F first. */
export interface Transition {
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
export function transitions(
  g: Graph,
  network: Network,
  of: string,
  wrt: readonly string[],
  diagnostics: Diagnostics,
): readonly Transition[] | undefined {
  const end = generalMember(network, of)
  if (!end) return unknown(diagnostics, of, generalNames(network))
  const found: Transition[] = []
  for (const name of wrt) {
    const transition = new Chain(g, network, end).by(name)
    if (!transition) unknown(diagnostics, name, [...generalNames(network), ...leafNames(network)])
    else found.push(transition)
  }
  return diagnostics.hasErrors ? undefined : found
}

function unknown(diagnostics: Diagnostics, name: string, names: Iterable<string>): undefined {
  report(diagnostics, 'unknown-quantity', { start: 0, end: 0 }, { name, nearest: nearest(name, names) })
}

/** A member of a block, at an index that moves with the block's. */
interface General {
  readonly family: string
  readonly recurrence: Recurrence
  readonly at: Extent
  /** How many turns after the turn `l` the block defines it. */
  readonly turn: number
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
  const close = name.replaceAll(' ', '')
  const member = /^[^[\]]+\[[^[\]]+\]$/u.test(close) ? memberParts(close) : undefined
  return member?.indices.length === 1 && memberName(member.family, member.indices) === close
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
      const symbol = this.#leaf(name)
      return symbol && this.#transition(symbol, this.#g.symbol(symbol), turn, [turn])
    }
    if (start.recurrence !== recurrence)
      unsupported(`${name} and ${memberName(this.#end.family, [this.#end.at])} are of different blocks`)
    if (turn - start.turn > LONGEST_CHAIN)
      unsupported(`there are more than ${LONGEST_CHAIN} indices between the two`)
    const at = this.#blockAt(start.turn)
    const by = at.get(memberName(start.family, [start.at]))!
    const symbol = memberSymbol('input', start.family, start.at, by.shape)
    return this.#transition(symbol, by, start.turn, [turn, start.turn])
  }

  /** A parameter, data or hyperparameter; of a family its member at an index. */
  #leaf(name: string): Symbol | undefined {
    const member = parsed(name)
    for (const { symbol, ...declared } of [
      ...this.#network.params,
      ...this.#network.data,
      ...this.#network.hypers,
    ]) {
      const range = 'range' in declared ? declared.range : undefined
      if (range && member && member.family === symbol.member?.family)
        return symbolAt(symbol, range.index, member.indices[0]!)
      if (symbol.name === name) return symbol
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

  #transition(symbol: Symbol, by: Node, last: number, turns: readonly number[]): Transition {
    const { family, at, recurrence, turn } = this.#end
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
    const { from } = shifted(recurrence, -Math.min(...turns))
    const { to } = shifted(recurrence, -Math.max(...turns))
    return {
      symbol,
      node: withoutErrorTerms(this.#g, differentiate(this.#g, node, [by]).get(by)!),
      range: { index: recurrence.index, from, to },
      equations,
    }
  }
}
