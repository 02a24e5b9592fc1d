/**
 * Values and derivatives at indices near a general one, written out by the equations of a recurrence: members as far as the indices at hand
 * reach, and derivatives of the loss as what their users at these indices send back (the chain rule, one step of the recurrence of
 * the adjoints). What lies beyond stays a symbol.
 */
import { ZERO } from '../base/rational.ts'
import { type Extent, addExtents, dimsOf, distance, openExtent } from '../graph/extent.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import { memberName } from '../graph/member.ts'
import type { IndexSum, Recurrence } from '../graph/network.ts'
import { type DerivativeNode, type Node, type SymbolNode, isSource } from '../graph/node.ts'
import { memberSymbol, reindex } from '../graph/reindex.ts'
import { replaced, topological } from '../graph/traverse.ts'
import { turnAt, unsupported, within } from './indices.ts'
import { Picked } from './picked.ts'
import { type Formula, type Opened, leavesOf, membersIn, turnOf } from './opened.ts'
import { differentiate, withoutErrorTerms } from './reverse.ts'

/** Chains over more indices than this are not written out. */
const LONGEST_CHAIN = 16

/** What is known beforehand: values of members, and derivatives by them, by `keyOf`. */
export type Given = ReadonlyMap<string, Node>

/** A member, or the derivative of a value by it. */
export const keyOf = (of: Node | undefined, by: Node): string => `${of?.id ?? ''}/${by.id}`

/** What was taken for granted of indices at no known distance: that they differ, or that the first is at most the second. */
export interface Assumption {
  readonly kind: 'differ' | 'at most'
  readonly a: Extent
  readonly b: Extent
}

/** What a user at a turn sends back to a value; `all`: every turn of its block does. */
interface Part {
  readonly user: Formula | undefined
  readonly turn: Extent | 'all' | undefined
  readonly node: Node
}

export class Unfolded {
  /** What symbols stand for: sums over an index, with derivatives in their terms. */
  readonly sums = new Map<Node, IndexSum>()
  readonly assumed: Assumption[] = []
  readonly #g: Graph
  readonly #opened: Opened
  readonly #places: readonly Extent[]
  readonly #given: Given
  readonly #values = new Map<Node, Node>()
  readonly #adjoints = new Map<string, Node>()
  readonly #sent = new Map<string, ReadonlyMap<Node, Node>>()
  readonly #picked: Picked

  /**
   * @param places the indices at hand: between two of them at a known distance formulas are written out
   * @param given what is put in for values and derivatives instead
   */
  constructor(g: Graph, opened: Opened, places: readonly Extent[], given: Given = new Map()) {
    this.#g = g
    this.#opened = opened
    this.#places = places
    this.#given = given
    this.#picked = new Picked(g, {
      member: (n, axis, position) =>
        axis === 0 && n.kind === 'symbol' ? this.#memberOf(n, position) : undefined,
      isOn: (position, extent) => this.#isOn(position, extent),
    })
  }

  /** The member of a family that stands at a position, where a symbol is all of them. */
  #memberOf({ symbol }: SymbolNode, position: Extent): Node | undefined {
    if (symbol.role !== 'member' || symbol.member || !this.#opened.generally(symbol.name)) return undefined
    const at = addExtents(position, this.#firstOf(symbol.name, symbol.shape[0]!))
    return this.#g.symbol(memberSymbol('member', symbol.name, at, symbol.shape.slice(1)))
  }

  #isOn(position: Extent, extent: Extent): boolean {
    const last = addExtents(extent, -1)
    const below = distance(0, position)
    const above = distance(position, last)
    if (below === undefined) this.assumed.push({ kind: 'at most', a: 0, b: position })
    if (above === undefined) this.assumed.push({ kind: 'at most', a: position, b: last })
    return (below ?? 0) >= 0 && (above ?? 0) >= 0
  }

  /** Written out as far as the indices at hand reach. What derivatives remain are by members beyond. */
  of(whole: Node): Node {
    const known = this.#values.get(whole)
    if (known) return known
    const root = this.#picked.of(whole)
    const images = new Map<Node, Node>()
    const isLeaf = (n: Node): boolean =>
      n.kind === 'derivative' || (n.kind === 'symbol' && n.symbol.role === 'member')
    for (const n of topological([root], isLeaf)) {
      if (!isLeaf(n)) continue
      const taken = n.kind === 'derivative' ? this.#derivative(n) : n
      const image = taken === n ? this.#member(n) : this.of(taken)
      if (image !== n) images.set(n, image)
    }
    const [written] = replaced(this.#g, [root], images)
    const entries = this.#picked.of(written!)
    const value = entries === written ? entries : this.of(entries)
    this.#values.set(whole, value)
    return value
  }

  #isAtHand(at: Extent): boolean {
    const known = this.#places.flatMap((p) => distance(p, at) ?? [])
    return known.some((d) => d >= 0) && known.some((d) => d <= 0)
  }

  /** Whether a turn is one of a block's, as far as that is known. */
  #within(turn: Extent, recurrence: Recurrence): boolean {
    const { from, to } = recurrence
    if (!within(turn, recurrence)) return false
    if (distance(from, turn) === undefined) this.assumed.push({ kind: 'at most', a: from, b: turn })
    if (distance(turn, to) === undefined) this.assumed.push({ kind: 'at most', a: turn, b: to })
    return true
  }

  #isSame(a: Extent, b: Extent): boolean {
    const away = distance(a, b)
    if (away === undefined) this.assumed.push({ kind: 'differ', a, b })
    return away === 0
  }

  #member(symbol: Node): Node {
    if (symbol.kind !== 'symbol') return symbol
    const given = this.#given.get(keyOf(undefined, symbol))
    if (given) return given
    const { name, member } = symbol.symbol
    const [at] = member?.indices ?? []
    if (at === undefined) return symbol
    const alone = this.#opened.named(name)
    if (alone) return this.of(alone.body)
    const general = this.#opened.generally(member!.family)
    if (!general || !this.#isAtHand(at)) return symbol
    const turn = turnOf(general, at)
    return this.#within(turn, general.recurrence!) ? this.of(this.#bodyAt(general, turn)) : symbol
  }

  #bodyAt({ recurrence, body }: Formula, turn: Extent): Node {
    return reindex(this.#g, [body], recurrence!.index, turn)[0]!
  }

  #derivative(node: DerivativeNode): Node {
    const { of, by, held } = node
    if (held.length > 0) return unsupported('something is held in a derivative at a general index')
    const given = this.#given.get(keyOf(of, by))
    if (given) return given
    const members = membersIn(of).filter(({ node }) => node.symbol.role === 'member')
    const [at] = by.kind === 'symbol' ? (by.symbol.member?.indices ?? []) : []
    const isNear = at !== undefined && members.every((m) => distance(at, m.at) !== undefined)
    if (members.length > 0 && isNear && !topological([of]).some(isSource))
      return this.#chain(of, by as SymbolNode)
    if (of.shape.length > 0)
      return unsupported('a tensor is differentiated by what is at no known distance from it')
    const isGeneral =
      by.kind === 'symbol' && this.#opened.generally(by.symbol.member?.family ?? '') !== undefined
    if (isGeneral && at !== undefined && !this.#isAtHand(at)) return node
    return this.#adjoint(of, by)
  }

  // ——— derivatives of members by members near by

  /** Written out down to what it is differentiated by, where what remains does not depend on it. */
  #chain(of: Node, by: SymbolNode): Node {
    const g = this.#g
    const { family, indices } = by.symbol.member!
    const images = new Map<Node, Node>()
    const image = (root: Node): Node => {
      for (const { node, family: own, at } of membersIn(root)) {
        if (node === by || images.has(node)) continue
        const formula = this.#opened.named(node.symbol.name) ?? this.#opened.generally(own)
        if (!formula || !this.#reaches(formula, family)) continue
        const { recurrence } = formula
        if (!recurrence) images.set(node, image(formula.body))
        else if (this.#comesAfter(recurrence, turnOf(formula, at), family, indices[0]!))
          images.set(node, image(this.#bodyAt(formula, turnOf(formula, at))))
      }
      return replaced(g, [root], images)[0]!
    }
    return withoutErrorTerms(g, differentiate(g, image(of), [by]).get(by)!)
  }

  /** Whether a turn of a block comes to a value at, or after, the one that defines or first uses the member of a family. */
  #comesAfter(recurrence: Recurrence, turn: Extent, family: string, at: Extent): boolean {
    const own = this.#opened.formulas.filter((f) => f.recurrence === recurrence)
    const { index } = recurrence
    const shifts = new Set<number>()
    const turns: Extent[] = []
    for (const f of own) {
      if (f.family === family) turns.push(turnOf(f, at))
      for (const leaf of membersIn(f.body)) {
        const source = this.#opened.generally(leaf.family)
        if (source?.recurrence === recurrence) shifts.add(Math.sign(distance(source.at!, leaf.at) ?? NaN))
        else if (leaf.family === family) {
          const used = turnAt(recurrence, leaf.at, at)
          if (used === 'all' || used === undefined) return unsupported('every turn uses one member')
          turns.push(used)
        } else if (source && this.#reaches(source, family))
          return unsupported('one recurrence follows on another')
      }
    }
    shifts.delete(0)
    if (shifts.size === 0) return true
    const away = turns.map((t) => distance(t, turn))
    if (
      shifts.size > 1 ||
      turns.length === 0 ||
      away.some((d) => d === undefined || Math.abs(d) > LONGEST_CHAIN)
    )
      return unsupported(`there is no chain of at most ${LONGEST_CHAIN} values of ${index} between the two`)
    return (away as number[]).some((d) => (shifts.has(-1) ? d >= 0 : d <= 0))
  }

  /** Whether a formula depends on a family, at whatever index. */
  #reaches(formula: Formula, family: string): boolean {
    const seen = new Set<Formula>()
    const work = [formula]
    for (let f = work.pop(); f; f = work.pop()) {
      if (seen.has(f)) continue
      seen.add(f)
      if (f.family === family) return true
      for (const n of topological([f.body])) {
        if (n.kind !== 'symbol') continue
        const name = n.symbol.member?.family ?? n.symbol.name
        if (name === family) return true
        const next = this.#opened.named(n.symbol.name) ?? this.#opened.generally(name)
        if (next) work.push(next)
      }
    }
    return false
  }

  // ——— derivatives of a scalar by what it comes from over all indices

  #adjoint(root: Node, target: Node): Node {
    const key = keyOf(root, target)
    const known = this.#given.get(key) ?? this.#adjoints.get(key)
    if (known) return known
    this.#mustBeThere(target)
    const parts = this.#partsOf(root, target).map((part) => this.#sentBack(root, part))
    const total = this.#g.addAll(parts, target.shape)
    this.#adjoints.set(key, total)
    return total
  }

  /** Of a member that formulas have in another way than by a symbol nothing can be said. */
  #mustBeThere(target: Node): void {
    const family = target.kind === 'symbol' ? target.symbol.member?.family : undefined
    if (family === undefined || this.#opened.generally(family)) return
    const isWhole = (n: Node): boolean =>
      n.kind === 'symbol' && !n.symbol.member && n.symbol.name === family && n.symbol.role !== 'member'
    if (topological(this.#opened.formulas.map((f) => f.body)).some(isWhole))
      unsupported(`${family} is used as a whole`)
  }

  /** What users send back, with the derivative by each of them in it. */
  #sentBack(root: Node, { user, turn, node }: Part): Node {
    const g = this.#g
    if (!user) return node
    const seed = this.#seedOf(root, user)
    if (!user.recurrence) return replaced(g, [node], new Map([[seed, this.#adjoint(root, user.node)]]))[0]!
    const { recurrence } = user
    if (turn === 'all') {
      const index = `${recurrence.index}'`
      const [there, value, sent] = reindex(g, [seed, user.node, node], recurrence.index, openExtent(index))
      const body = replaced(g, [sent!], new Map([[there!, g.derivative(root, value!)]]))[0]!
      return this.#sum({ index, from: recurrence.from, to: recurrence.to, node: body })
    }
    const [there, value, sent] = reindex(g, [seed, user.node, node], recurrence.index, turn!)
    return replaced(g, [sent!], new Map([[there!, g.derivative(root, value!)]]))[0]!
  }

  #sum(sum: IndexSum): Node {
    const symbol = this.#g.symbol({
      name: `sum over ${sum.index} of ${sum.node.id}`,
      role: 'adjoint',
      shape: sum.node.shape,
      assumptions: new Set(),
    })
    this.sums.set(symbol, sum)
    return symbol
  }

  /** Stands for the derivative of the root by a value. */
  #seedOf(root: Node, { name, family, at, node }: Formula): Node {
    const of =
      root.kind === 'equation' ? root.name : root.kind === 'symbol' ? root.symbol.name : String(root.id)
    const symbol = memberSymbol('adjoint', `${family ?? name}' ${of}`, at ?? 0, node.shape)
    return this.#g.symbol(symbol)
  }

  #partsOf(root: Node, target: Node): Part[] {
    const parts: Part[] = []
    const member = target.kind === 'symbol' ? target.symbol.member : undefined
    const at = member?.indices[0]
    for (const user of [undefined, ...this.#opened.formulas])
      for (const [leaf, node] of this.#sentOf(root, user)) {
        const recurrence = user?.recurrence
        if (leaf === target && (at === undefined || !recurrence))
          parts.push({ user, turn: recurrence ? 'all' : undefined, node })
        else if (at !== undefined && leaf.kind === 'symbol') {
          const { symbol } = leaf
          if (symbol.member?.family === member!.family) {
            const used = symbol.member.indices[0]!
            const isFixed = !recurrence || !dimsOf(used).includes(recurrence.index)
            const turn = isFixed ? recurrence && 'all' : turnAt(recurrence, used, at)
            if (isFixed ? this.#isSame(used, at) : this.#within(turn as Extent, recurrence!))
              parts.push({ user, turn, node })
          } else if (symbol.role === 'member' && symbol.name === member!.family)
            parts.push({ user, turn: recurrence && 'all', node: this.#elementAt(node, symbol.name, at) })
        }
      }
    return parts
  }

  /** Of what is sent back to all members of a family, the part of one. */
  #elementAt(sent: Node, family: string, at: Extent): Node {
    const position = addExtents(at, this.#firstOf(family, sent.shape[0]!), -1)
    return this.#isOn(position, sent.shape[0]!)
      ? this.#g.at(sent, 0, this.#g.extent(position))
      : this.#g.full(ZERO, sent.shape.slice(1))
  }

  /** The index of the first of so many members. */
  #firstOf(family: string, count: Extent): Extent {
    const general = this.#opened.generally(family)
    if (!general) return unsupported('a family as a whole is no recurrence')
    const { from, to } = general.recurrence!
    const before = this.#opened.named(memberName(family, [addExtents(from, -1)]))
    const steps = addExtents(addExtents(to, from, -1), 1)
    return before ? addExtents(addExtents(from, steps), count, -1) : from
  }

  /** What a value sends back to each leaf of its formula; the root itself, without a user, 1 to what it is made of. */
  #sentOf(root: Node, user: Formula | undefined): ReadonlyMap<Node, Node> {
    const key = keyOf(root, user?.node ?? root) + (user ? '' : '=')
    const known = this.#sent.get(key)
    if (known) return known
    const g = this.#g
    const body = user?.body ?? root
    const leaves = leavesOf(body)
    const seed = user ? this.#seedOf(root, user) : g.number(1)
    const found = differentiate(g, body, leaves, { isLeaf: isSource, seed })
    const sent = new Map(
      leaves.flatMap((leaf) => {
        const node = found.get(leaf)!
        return isZeroNode(node) ? [] : [[leaf, withoutErrorTerms(g, node)] as const]
      }),
    )
    this.#sent.set(key, sent)
    return sent
  }
}
