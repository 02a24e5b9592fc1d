/**
 * What recurrences of the graph say for a general value of their index: their equations with members h[t−1], the recurrences of their error
 * terms, and gradients as sums over the index.
 */
import { ONE, type Rational, ZERO, isOne, isZero } from '../base/rational.ts'
import {
  type Extent,
  type Shape,
  addExtents,
  dimsOf,
  distance,
  isNonnegative,
  multiplyExtents,
  openExtent,
  sameShape,
  substituteExtent,
} from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import { familyOf, memberName } from '../graph/member.ts'
import {
  type Derived,
  type Equation,
  type GeneralClaim,
  type Network,
  type Recurrence,
  openDims,
} from '../graph/network.ts'
import {
  type EquationNode,
  type Node,
  type ProductNode,
  type Scan,
  type Symbol,
  type SymbolNode,
  isAdjoint,
  isSource,
  peel,
} from '../graph/node.ts'
import type { NodeMap } from '../graph/node-map.ts'
import { listMember, memberSymbol, reindex } from '../graph/reindex.ts'
import { firstOf, indexName, lastOf, positionOf, runningIndex } from '../graph/scan.ts'
import { isStructure } from '../graph/subscripts.ts'
import { countUses, replaced, transform, valuesInOrder } from '../graph/traverse.ts'
import {
  casesOf,
  isNeverZero,
  isOn,
  isOnBoth,
  isOnBothOrOff,
  isOnOrOff,
  isSomewhereZero,
  ofAll,
  undecided,
} from './cases.ts'
import { HistorySums, decided } from './history-sums.ts'
import { type Case, type IndexRange, type IndexSum, Unsupported, unsupported } from './indices.ts'
import { Picked } from './picked.ts'
import { type IndexedTerm, type Recurrent, inOrder } from './recurrent.ts'
import { type Indexed, tieOf, tiedTo } from './tied.ts'

/** The formulas of a network some of whose values are recurrences. Throws `Unsupported` where there is no notation for what is made of one. */
export function generalFormulas(g: Graph, derived: Derived): Recurrent {
  return new General(g, derived).formulas()
}

/** ∂loss/∂(a value for each index): of a step of an adjoint recurrence, or all of them along the first axis. */
interface Term {
  readonly scan: Scan | undefined
  readonly range: IndexRange
  readonly equation: EquationNode
  readonly name: string
}

/** A family that is no recurrence: its members are its entries along the first axis. */
interface Family {
  readonly name: string
  readonly range: IndexRange
  readonly node: EquationNode
}

class General {
  readonly #g: Graph
  readonly #derived: Derived
  readonly #image = new Map<Node, Node>()
  /** What steps have sent, on the way of being written. */
  readonly #open = new Set<Node>()
  /** The families of those of the program itself, whose steps may be simplified in gradients. */
  readonly #own: ReadonlySet<string>
  readonly #families = new Map<string, Family>()
  /** By what is shared with them: error terms for each index, and what steps have sent. */
  readonly #terms = new Map<Node, Term>()
  readonly #sent = new Map<Node, { readonly scan: Scan; readonly body: Node; readonly ahead: number }>()
  /** The symbols by which steps see all members so far, and what they are members of. */
  readonly #histories = new Map<Node, { readonly scan: Scan; readonly which: number }>()
  readonly #sums: HistorySums
  /** Members that are given, by their values. */
  readonly #given = new Map<Node, EquationNode>()
  /** How often values are used in the program. */
  readonly #uses: NodeMap<number>
  /** How much longer than 1 open dims are at least, where each recurrence has a step. */
  readonly #beyond = new Map<string, Extent>()

  constructor(g: Graph, derived: Derived) {
    this.#g = g
    this.#derived = derived
    const all = valuesInOrder([
      ...derived.network.equations.map((e) => e.node),
      ...derived.gradients.values(),
    ])
    this.#uses = countUses(
      derived.network.equations.map((e) => e.node),
      valuesInOrder(derived.network.equations.map((e) => e.node)),
    )
    this.#own = new Set(
      valuesInOrder(derived.network.equations.map((e) => e.node)).flatMap((n) =>
        n.kind === 'scan' ? [namesOf(n.scan)] : [],
      ),
    )
    const scans = new Set(all.flatMap((n) => (n.kind === 'scan' ? [n.scan] : [])))
    const indices = new Set([...scans].map(({ index }) => indexName(index.symbol)))
    for (const { name, node, along } of derived.network.equations)
      if (along && indices.has(along.index) && !recurrent(node))
        this.#families.set(name, { name, range: along, node })
    for (const scan of scans)
      for (const { symbol, which } of scan.histories) this.#histories.set(symbol, { scan, which })
    const { network } = derived
    const symbols = [...network.params, ...network.data, ...network.hypers].map(({ symbol }) => symbol.name)
    const taken = [...indices, ...symbols, ...network.equations.map((e) => e.name), ...openDims(network)]
    this.#sums = new HistorySums(
      g,
      {
        hasAll: (n, axis) => axis === (n.kind === 'scan' ? n.scan : this.#histories.get(n)?.scan)?.axis,
        entries: (inner, outer, isStrict) => {
          const on = isStrict ? isOnBothOrOff : isOnBoth
          return this.#picked(inner, (position, extent) => on(position, extent, inner, outer))
        },
        outside: (n) => this.#outside(n),
      },
      new Set(taken.map(familyOf)),
    )
    for (const { from, length } of scans) {
      const [dim, ...others] = dimsOf(length)
      const away = dim === undefined ? undefined : distance(openExtent(dim), lastOf({ from, length }))
      if (away === undefined || others.length > 0 || typeof from !== 'number') continue
      this.#beyond.set(dim!, addExtents(openExtent(dim!), Math.max(0, from - away - 1)))
    }
    for (const scan of scans) if (isBackward(scan)) this.#know(scan)
    for (const n of all) if (isAdjoint(n)) this.#knowAll(n)
  }

  #know(scan: Scan): void {
    const range = rangeOf(scan)
    for (const n of valuesInOrder(scan.bodies, (m) => !scan.inside.has(m)))
      // What is sent to a member of another recurrence is a part of its error term.
      if (isAdjoint(n) && scan.inside.has(n) && !isTaken(n.of)) this.#add({ scan, range, equation: n })
    for (const { symbol, which, back } of scan.reads)
      this.#sent.set(symbol, { scan, body: scan.bodies[which]!, ahead: scan.falls ? back : -back })
  }

  /** The error terms of all members of a family, or of a part of its formula. */
  #knowAll(equation: EquationNode): void {
    const family = this.#families.get(equation.name)
    const { of, shape } = equation
    if (family && of?.shape[0] === family.node.shape[0] && sameShape(of?.shape ?? [], shape))
      this.#add({ scan: undefined, range: family.range, equation })
  }

  /** Several that are the derivative by one value are one. */
  #add(term: Omit<Term, 'name'>): void {
    const { of, name } = term.equation
    const same = [...this.#terms.values()].find(
      (other) => other.scan === term.scan && of !== undefined && other.equation.of === of,
    )
    this.#terms.set(term.equation, same ?? { ...term, name: `${familyOf(name)}'${this.#terms.size}` })
  }

  formulas(): Recurrent {
    const { network, gradients, differentiated } = this.#derived
    for (const { node } of network.equations) {
      const { scan } = recurrent(node) ?? {}
      // What claims prove of sums they go through themselves.
      if (scan && scan.histories.length > 0 && network.general.length > 0)
        return unsupported('its steps need all earlier ones')
      if (scan && valuesInOrder(scan.bodies, (n) => !scan.inside.has(n)).some((n) => n.kind === 'scan'))
        return unsupported('each of its steps is a recurrence along another index')
    }
    const recurrences = new Map<Scan | Family, Recurrence>()
    const equations: Equation[] = []
    const sums = new Map<string, Case>()
    for (const e of network.equations) {
      const { scan } = recurrent(e.node) ?? {}
      const family = this.#families.get(e.name)
      if (scan && !recurrences.has(scan)) {
        const made = this.#recurrence(scan, network)
        recurrences.set(scan, made.recurrence)
        equations.push(...made.given, ...made.recurrence.equations)
      } else if (family) {
        const made = this.#all(e, family)
        recurrences.set(family, made)
        equations.push(...made.equations)
      } else if (!scan) {
        const added = this.#total(e.node.body, e.node.shape)
        if (added.sums.length > 0) sums.set(e.name, added)
        equations.push({ ...e, node: this.#outside(e.node) as EquationNode })
      }
    }
    const loss = network.loss && equations.at(-1)
    // A list has a gradient for each of its members.
    const byMembers = <D extends { readonly symbol: Symbol }>(declared: D): D => {
      const { symbol } = declared
      const range = symbol.list && rangeOfList(symbol)
      return range ? { ...declared, symbol: listMember(symbol, openExtent(range.index)), range } : declared
    }
    const other = differentiated?.name !== network.loss?.name ? differentiated?.name : undefined
    return {
      ...(other === undefined ? {} : { of: other }),
      network: {
        ...network,
        data: network.data.map(byMembers),
        params: network.params.map(byMembers),
        equations,
        loss,
        recurrences: [...recurrences.values()],
        general: network.general.map((claim) => this.#claim(claim)),
      },
      sums,
      ...(this.#sums.sums.size > 0 ? { inner: this.#sums.sums } : {}),
      errorTerms: this.#errorTerms(),
      gradients: (loss ? [...gradients] : []).map(([declared, gradient]) => {
        const range = declared.list && rangeOfList(declared)
        const symbol = range ? listMember(declared, openExtent(range.index)) : declared
        const cases = range
          ? this.#member(gradient, declared, range)
          : [this.#total(gradient, declared.shape)]
        return { symbol, cases }
      }),
    }
  }

  /** Of recurrences in the order in which they run, of each from its last value on. */
  #errorTerms(): IndexedTerm[] {
    const byScan = new Map<Scan | undefined, Term[]>()
    for (const term of new Set(this.#terms.values()))
      byScan.set(term.scan, [term, ...(byScan.get(term.scan) ?? [])])
    return inOrder(
      this.#g,
      [...byScan.values()].flat().map((term) => this.#errorTerm(term)),
    )
  }

  #claim(claim: GeneralClaim): GeneralClaim {
    const of = (node: Node): Node => this.#outside(node)
    const { left, right, differentiated } = claim.domain
    return {
      ...claim,
      left: of(claim.left),
      right: of(claim.right),
      domain: { left: left.map(of), right: right.map(of), differentiated: differentiated.map(of) },
      sums: new Map([...claim.sums].map(([symbol, sum]) => [of(symbol), { ...sum, node: of(sum.node) }])),
    }
  }

  /** Its equations for a general index, and those of the members that are given. */
  #recurrence(scan: Scan, network: Network): { recurrence: Recurrence; given: Equation[] } {
    const g = this.#g
    const range = rangeOf(scan)
    const byName = new Map(network.equations.map((e) => [e.name, e]))
    const families = inProgramOrder(scan, (name) => byName.get(name)!.span.start)
    const given = families.flatMap(({ name, which }) => {
      const initial = scan.initial[which]
      if (!initial) return []
      const { given: count } = scan.families[which]!
      const first = scan.falls ? addExtents(range.to, 1) : addExtents(scan.from, -count)
      return Array.from({ length: count }, (_, k) => {
        const member = memberName(name, [addExtents(first, k)])
        const entry = this.#picked(NOWHERE, isOn).entry(initial, 0, k)
        const value = this.#outside(entry)
        const node = g.equation(member, value) as EquationNode
        // What is used elsewhere too has an error term of its own.
        if (this.#uses.get(entry) === 1) this.#given.set(value, node)
        return { ...byName.get(name)!, doc: undefined, name: member, node }
      })
    })
    const general = (n: Node): Node => this.#general(scan, n, openExtent(range.index), range, isOn)
    const equations = families.map(({ name, body }) => {
      const value = peel(body)
      // In the order in which the program wrote them.
      for (const n of valuesInOrder([value], (m) => m.kind === 'equation' || !scan.inside.has(m))) {
        const operands = g.written(n)
        if (operands) g.noteWritten(general(n), operands.map(general))
      }
      return this.#generalEquation(byName.get(name)!, range, general(value))
    })
    return { recurrence: { ...range, equations }, given }
  }

  /** A family that is no recurrence, for a general index. */
  #all(equation: Equation, family: Family): Recurrence {
    const { range } = family
    const { name, node } = this.#generalMember(family)
    return { ...range, equations: [{ ...equation, family: family.name, name, node }] }
  }

  #generalMember({ name, range, node }: Family): { name: string; node: EquationNode } {
    const at = openExtent(range.index)
    const body = this.#entry(node.body, 0, { at, where: range, first: range.from }, isOn)
    const member = memberName(name, [at])
    return { name: member, node: this.#g.equation(member, body) as EquationNode }
  }

  #generalEquation(equation: Equation, { index }: IndexRange, body: Node): Recurrence['equations'][number] {
    const name = memberName(equation.name, [openExtent(index)])
    return { ...equation, family: equation.name, name, node: this.#g.equation(name, body) as EquationNode }
  }

  /** A value of a step at a value of the index, which stands for all of a range. */
  #general(scan: Scan, root: Node, at: Extent, where: IndexRange, on: Decision = isOnOrOff): Node {
    const g = this.#g
    const { index } = rangeOf(scan)
    const outside = new Set(scan.outside)
    const [raw] = reindex(g, this.#withoutNames(scan, root), index, at, (n) => {
      if (n === scan.index) return this.#indexAt(scan, at, where)
      const term = this.#terms.get(n)
      if (term?.scan) return this.#opaque(term, at)
      const take = scan.takes.find(({ symbol }) => symbol === n)
      if (take && !(n as SymbolNode).symbol.member) {
        const position = addExtents(addExtents(at, scan.from, -1), take.offset)
        return this.#picked(where, on).entry(take.of, take.axis, position)
      }
      const sent = this.#sent.get(n)
      if (!sent) return n.kind === 'scan' || (outside.has(n) && n.kind !== 'symbol') ? n : undefined
      const there = addExtents(at, sent.ahead)
      const { from, length } = sent.scan
      if (!on(addExtents(there, from, -1), length, where)) return g.full(ZERO, n.shape)
      return this.#once(n, () => this.#general(sent.scan, sent.body, there, where, on))
    })
    const picked = this.#picked(where, on, this.#sendsToFirst(raw!)).of(raw!, this.#isWhole)
    return this.#outside(this.#withSums(picked, where, on))
  }

  /** With sums over an index in the place of those over all members. */
  #withSums(root: Node, where: IndexRange, on: Decision): Node {
    if (this.#histories.size === 0) return root
    const made = this.#sums.of(root, where, on === isOnOrOff)
    const isSum = (n: Node): boolean => this.#sums.sums.has(n)
    if (valuesInOrder([made], (n) => isSum(n) || n.kind === 'scan').some((n) => this.#histories.has(n)))
      return unsupported('its steps need all earlier ones, and not by a sum')
    return made
  }

  /** A value of a step with what has the name of no error term in the place of its name. */
  #withoutNames(scan: Scan, root: Node): Node[] {
    const gone = valuesInOrder([root], (n) => !scan.inside.has(n) || this.#terms.has(n)).flatMap((n) =>
      isAdjoint(n) && scan.inside.has(n) && !this.#terms.has(n) ? [n] : [],
    )
    const bodies = new Map<Node, Node>()
    for (const n of gone) bodies.set(n, replaced(this.#g, [n.body], bodies)[0]!)
    return replaced(this.#g, [root], bodies)
  }

  /** What is not looked into: all members of a family at once, and all error terms. */
  readonly #isWhole = (n: Node): boolean =>
    n.kind === 'scan' || this.#terms.has(n) || (isSource(n) && this.#families.has(n.name))

  /** Entries at positions in which an index runs over a range, by the names of members. */
  #picked(where: IndexRange, on: Decision, alone = false): Picked {
    return new Picked(this.#g, {
      alone,
      isOn: (position, extent) => on(position, extent, where),
      member: (n, axis, position) => this.#memberAt(n, axis, position, where, on),
    })
  }

  /** The entry of a tensor along an axis at a value of the index, whose first position is that of `first`. */
  #entry(tensor: Node, axis: number, { at, where, first }: Entry, on: Decision = isOnOrOff): Node {
    const picked = this.#picked(where, on, this.#sendsToFirst(tensor))
    return this.#outside(picked.of(picked.entry(tensor, axis, addExtents(at, first, -1)), this.#isWhole))
  }

  /** What is written of a value; without an error term on the way it would go on through all steps. */
  #once(value: Node, written: () => Node): Node {
    if (this.#open.has(value)) return unsupported('what a step sends back to earlier ones has no name')
    this.#open.add(value)
    try {
      return written()
    } finally {
      this.#open.delete(value)
    }
  }

  /** The member of a family, or of what belongs to its members, at a position. */
  #memberAt(n: Node, axis: number, position: Extent, where: IndexRange, on: Decision): Node | undefined {
    const g = this.#g
    const at = (first: Extent): Extent => addExtents(position, first)
    const term = this.#terms.get(n)
    if (term && !term.scan) return axis === 0 ? this.#opaque(term, at(term.range.from)) : undefined
    const family = isSource(n) && this.#families.get(n.name)
    if (family)
      return axis === 0
        ? g.symbol(memberSymbol('member', family.name, at(family.range.from), without(n.shape, 0)))
        : undefined
    const history = this.#histories.get(n)
    if (n.kind === 'symbol' && !history) {
      const { list, role } = n.symbol
      return list?.axis === axis && role !== 'member'
        ? g.symbol(listMember(n.symbol, at(list.from)))
        : undefined
    }
    const { scan, which } = n.kind === 'scan' ? n : (history ?? {})
    if (!scan || which === undefined || axis !== scan.axis) return undefined
    if (isBackward(scan)) {
      const body = scan.bodies[which]!
      return this.#once(body, () => this.#general(scan, body, at(scan.from), where, on))
    }
    const first = addExtents(scan.from, -firstOf(scan, which))
    return this.#own.has(namesOf(scan))
      ? g.symbol(memberSymbol('member', scan.families[which]!.name, at(first), without(n.shape, axis)))
      : undefined
  }

  /** The index of a recurrence at a value: it runs where that is said of it. */
  #indexAt({ index, from, length }: Scan, at: Extent, where: IndexRange): Node {
    const g = this.#g
    const away = distance(openExtent(where.index), at)
    if (away === undefined) return g.extent(at)
    const steps = addExtents(addExtents(where.to, where.from, -1), 1)
    const isWhole = where.index === indexName(index.symbol) && where.from === from && steps === length
    const own = isWhole ? index : g.symbol(runningIndex(where.index, where.from, steps))
    return g.add(own, g.number(away))
  }

  #opaque({ equation: { shape }, name, scan }: Term, at: Extent): Node {
    return this.#g.symbol(memberSymbol('adjoint', name, at, scan ? shape : without(shape, 0)))
  }

  #errorTerm({ scan, equation, name, range }: Term): IndexedTerm {
    const g = this.#g
    const general = openExtent(range.index)
    const value = (root: Node, at: Extent, where: IndexRange, on?: Decision): Node =>
      scan
        ? this.#general(scan, root, at, where, on)
        : this.#entry(root, 0, { at, where, first: range.from }, on)
    const cases = this.#cases(range, (at, where) => value(equation.body, at, where))
    const family = this.#families.get(equation.name)
    const of =
      family && equation.of === family.node
        ? this.#generalMember(family).node
        : value(equation.of ?? equation, general, range, isOn)
    const shape = scan ? equation.shape : without(equation.shape, 0)
    const symbol = g.symbol(memberSymbol('adjoint', name, general, shape)) as SymbolNode
    const called = scan ? equation.name : memberName(equation.name, [general])
    return { symbol: symbol.symbol, of, name: called, cases }
  }

  /** The cases of a value; where it differs at values of the index near the ends, [t = 1], these are cases too, if that is said so. */
  #cases(range: IndexRange, value: (at: Extent, where: IndexRange) => Node): Case[] {
    const found =
      supported(() => casesOf(range, (at, where) => this.#within(value(at, where), where, 'in cases'))) ??
      casesOf(range, value)
    const isLong = found.length > 1 && !found[0]!.range && !found.at(-1)!.range
    return found.map((c) => {
      const where = c.range ?? { index: range.index, from: c.at!, to: c.at! }
      return { ...c, node: this.#within(c.node, where, isLong ? 'long' : undefined) }
    })
  }

  /** Without what is 0 all over a range: [t = T] for t below T. `long`: in ranges that are long enough for all cases. */
  #within(root: Node, where: IndexRange, asked?: 'long' | 'in cases'): Node {
    const g = this.#g
    const { index } = where
    return transform(g, [root], (n) => {
      if (n.kind !== 'bracket' || n.relation !== '=' || n.shape.length > 0) return n
      if (n.args.some((a) => a.kind !== 'symbol' || a.symbol.role !== 'index')) return n
      let form: Extent = n.offset
      for (const m of n.multiples) form = addExtents(form, multiplyExtents(m, openExtent(index)))
      if (isNeverZero(form, where, asked === 'long') || this.#isBeyond(form, index)) return g.number(0)
      return asked === 'in cases' && where.from !== where.to && isSomewhereZero(form, where) ? undecided() : n
    })[0]!
  }

  /** Whether a form without the index is never 0 where each recurrence has a step. */
  #isBeyond(form: Extent, index: string): boolean {
    if (dimsOf(form).includes(index)) return false
    const least = substituteExtent(form, this.#beyond) ?? form
    return [1, -1].some((sign) => isNonnegative(addExtents(multiplyExtents(sign, least), -1)))
  }

  /** What is no member by itself: what stands alone, and sums over indices. */
  #total(root: Node | undefined, shape: Shape): Case {
    const g = this.#g
    const plain: Node[] = []
    const sums: IndexSum[] = []
    const work = root === undefined ? [] : addends(g, root).reverse()
    for (let w = work.pop(); w; w = work.pop()) {
      const { node: term, coefficient } = w
      const known = this.#known(isAdjoint(term) ? peel(term) : term)
      const sum = this.#overIndex(known)
      const parts = sum ? undefined : this.#multiplied(known)
      if (!sum && known.kind === 'sum') {
        for (const part of addends(g, known).reverse())
          work.push({ node: part.node, coefficient: coefficient.mul(part.coefficient) })
        continue
      }
      if (sum) sums.push({ ...sum, node: g.scale(coefficient, sum.node) })
      else if (parts) for (const part of parts.reverse()) work.push({ node: part, coefficient })
      else plain.push(g.scale(coefficient, this.#outside(known)))
    }
    return { at: undefined, range: undefined, node: this.#within(g.addAll(plain, shape), NOWHERE), sums }
  }

  /** a·(Σᵢ bᵢ + Σᵢ cᵢ) as its terms, where sums over all error terms stand in it, perhaps behind a name. */
  #multiplied(n: Node): Node[] | undefined {
    const g = this.#g
    if (n.kind !== 'product') return undefined
    const factors = factorsOf(n)
    const inner = factors.find((f) => isOne(f.exponent) && this.#addsUpTerms(f.node))
    if (!inner) return undefined
    const own = peel(inner.node)
    const terms = own.kind === 'sum' ? termsOf(own) : [{ node: own, coefficient: ONE }]
    const rest = own.kind === 'sum' && !isZero(own.constant) ? [g.full(own.constant, own.shape)] : []
    const out = n.shape.map((_, i) => i)
    return [
      ...terms.map(({ node, coefficient }) => g.scale(coefficient, g.stretch(node, own.shape))),
      ...rest,
    ].map((node) =>
      g.product(
        n.coefficient,
        factors.map((f) => (f === inner ? { ...f, node } : f)),
        out,
        n.shape,
      ),
    )
  }

  /** Whether it is a sum, or a name for something, in which error terms of all steps are. */
  #addsUpTerms(root: Node): boolean {
    if (root.kind !== 'sum' && !isAdjoint(root)) return false
    return valuesInOrder([root]).some((n) => (n.kind === 'scan' ? isBackward(n.scan) : this.#terms.has(n)))
  }

  /** Whether it has what recurrences have sent: to members that are given, of which there may be one. */
  #sendsToFirst(root: Node): boolean {
    return valuesInOrder([root], (n) => n.kind === 'scan').some(
      (n) => n.kind === 'scan' && isBackward(n.scan),
    )
  }

  /** With members at positions that are known by themselves. */
  #known(root: Node): Node {
    return this.#picked(NOWHERE, isOn, this.#sendsToFirst(root)).of(root, this.#isWhole)
  }

  /** The gradient of a member of a list, by cases where it differs at the ends. */
  #member(node: Node | undefined, { shape, list }: Symbol, range: IndexRange): Case[] {
    const g = this.#g
    const { axis } = list!
    const terms = node === undefined ? [] : addends(g, node)
    return this.#cases(range, (at, where) => {
      const parts = terms.map(({ node: term, coefficient }) => ({
        node: this.#entry(term, axis, { at, where, first: range.from }),
        coefficient,
      }))
      return this.#plainIndex(g.sum(parts, ZERO, without(shape, axis)), range)
    })
  }

  /** A sum over the positions along an axis of an index as one over the index; undefined where it is none. */
  #overIndex(root: Node): IndexSum | undefined {
    const g = this.#g
    const n = isAdjoint(root) ? peel(root) : root
    if (n.kind !== 'product') return undefined
    const factors = factorsOf(n)
    const out = n.shape.map((_, i) => i)
    const lead = this.#lead(factors, n.shape.length)
    if (!lead) {
      // A multiple of such a sum, or another view of it.
      for (const [k, f] of factors.entries()) {
        const inner = isOne(f.exponent) ? this.#overIndex(f.node) : undefined
        if (!inner) continue
        const all = factors.map((other, i) => (i === k ? { ...f, node: inner.node } : other))
        return { ...inner, node: this.#outside(g.product(n.coefficient, all, out, n.shape)) }
      }
      return undefined
    }
    const { range, firsts, links } = tiedTo(lead.label, lead.indexed, factors, n.extents)
    const at = openExtent(range.index)
    const node = ofAll(() => {
      const entries = this.#picked(range, isOnOrOff)
      const kept = factors
        .filter((f) => !links.has(f))
        .map((f): Factor => {
          let { node: one, labels } = f
          for (const [label, first] of firsts)
            for (let axis = labels.indexOf(label); axis >= 0; axis = labels.indexOf(label)) {
              one = entries.entry(one, axis, addExtents(at, first, -1))
              labels = without(labels, axis)
            }
          return { ...f, node: one, labels }
        })
      // An axis of the result that follows the index has this term at one position, and zeros at the others.
      const places = [...firsts].flatMap(([label, first]): Factor[] =>
        label < out.length
          ? [
              {
                node: this.#unit(n.extents[label]!, addExtents(at, first, -1)),
                labels: [label],
                exponent: ONE,
              },
            ]
          : [],
      )
      return g.product(n.coefficient, [...kept, ...places], out, n.shape)
    })
    if (!node) return unsupported('what is added up differs at the ends')
    const general = this.#outside(this.#withSums(decided(g, node), range, isOnOrOff))
    return { ...range, node: this.#plainIndex(general, range) }
  }

  /** 1 at a position (from 0), which may be open, and 0 elsewhere. */
  #unit(length: Extent, position: Extent): Node {
    return this.#g.bracket('=', { coefficients: [1], multiples: [], offset: addExtents(0, position, -1) }, [
      length,
    ])
  }

  /** With an index of a recurrence as the dim that sums and members are written with. */
  #plainIndex(node: Node, { index }: IndexRange): Node {
    return reindex(this.#g, [node], index, openExtent(index))[0]!
  }

  /** A label that is that of an index: one that is summed over, of error terms, else of values; else one of the result, of error terms. */
  #lead(factors: readonly Factor[], rank: number): { label: number; indexed: Indexed } | undefined {
    for (const [isSummed, isOfTerms] of [
      [true, true],
      [true, false],
      [false, true],
    ] as const)
      for (const { node, labels } of factors)
        for (const [axis, label] of labels.entries()) {
          if (label < rank === isSummed) continue
          const indexed = this.#indexed(node, axis, isOfTerms)
          if (indexed) return { label, indexed }
        }
    return undefined
  }

  /** The index whose values an axis has a position for. */
  #indexed(root: Node, axis: number, isOfTerms: boolean): Indexed | undefined {
    const seen = new Set<string>()
    // Of a part, h[2..T], positions are those of the whole further on.
    const work: { n: Node; along: number; further: Extent }[] = [{ n: root, along: axis, further: 0 }]
    for (let w = work.pop(); w; w = work.pop()) {
      const { n, along, further } = w
      const key = `${n.id} ${along}`
      if (seen.has(key)) continue
      seen.add(key)
      const own = this.#indexedItself(n, along, isOfTerms)
      if (own) return { ...own, first: addExtents(own.first, further) }
      if (own === null) continue
      if (n.kind === 'equation') work.push({ ...w, n: n.body })
      else if (n.kind === 'sum' || (n.kind === 'apply' && n.op.kind === 'pointwise')) {
        const { shape } = n
        for (const a of [...n.args].reverse()) if (a.shape.length === shape.length) work.push({ ...w, n: a })
      } else if (n.kind === 'product') work.push(...partsAlong(n, along, further))
    }
    return undefined
  }

  /** Of what has all members of a family or of its error terms along an axis; null where it has them along none that counts. */
  #indexedItself(n: Node, along: number, isOfTerms: boolean): Indexed | null | undefined {
    const term = this.#terms.get(n)
    const family = isSource(n) ? this.#families.get(n.name) : undefined
    const range = term && !term.scan ? term.range : family?.range
    if (range) {
      const counts = along === 0 && isOfTerms === (term !== undefined && !term.scan)
      return counts ? { index: range.index, first: range.from } : null
    }
    if (n.kind === 'scan') {
      const { scan, which } = n
      if (along !== scan.axis || isBackward(scan) !== isOfTerms) return null
      return {
        index: indexName(scan.index.symbol),
        first: addExtents(scan.from, isOfTerms ? 0 : -firstOf(scan, which)),
      }
    }
    if (n.kind !== 'symbol') return undefined
    const { list } = n.symbol
    return !isOfTerms && list?.axis === along ? { index: list.index, first: list.from } : null
  }

  /** A value outside, with members of recurrences by their names. */
  #outside(root: Node): Node {
    const isLeaf = (n: Node): boolean => this.#image.has(n) || this.#isWhole(n)
    for (const n of valuesInOrder([root], isLeaf)) {
      if (this.#image.has(n)) continue
      this.#image.set(n, this.#imageOf(n))
    }
    return this.#image.get(root) ?? root
  }

  #imageOf(n: Node): Node {
    const g = this.#g
    const all = (name: string): Node =>
      g.symbol({ name, role: 'member', shape: n.shape, assumptions: new Set() })
    if (isSource(n) && this.#families.has(n.name)) return all(n.name)
    const term = this.#terms.get(n)
    if (n.kind === 'scan' ? isBackward(n.scan) : term && !term.scan)
      return unsupported('all error terms of a recurrence are used at once')
    if (term) return n
    if (n.kind === 'scan') {
      if (!this.#own.has(namesOf(n.scan)))
        return unsupported('a derivative that the program takes goes through it')
      return all(n.scan.families[n.which]!.name)
    }
    if (n.kind === 'equation') {
      const body = this.#image.get(n.body) ?? n.body
      if (peel(n).kind === 'scan') return body
      const of = n.of && this.#outside(n.of)
      const given = of && this.#given.get(of)
      // A member gets more than what one mention of it does.
      if (of?.kind === 'symbol' && of.symbol.member && !given) return body
      return g.equation(given?.name ?? n.name, body, n.role, given ?? of)
    }
    if (n.kind === 'product') {
      const members = this.#members(n)
      if (members) return members
    }
    return n.args.length === 0
      ? n
      : g.rebuild(
          n,
          n.args.map((a) => this.#image.get(a) ?? a),
        )
  }

  /** The axis along which a value has all members of a family, and the symbol of one by its position. */
  #familyOf(n: Node): MemberAt | undefined {
    const family = isSource(n) ? this.#families.get(n.name) : undefined
    if (family)
      return {
        axis: 0,
        symbol: (position) =>
          memberSymbol('member', family.name, addExtents(position, family.range.from), without(n.shape, 0)),
      }
    const value = peel(n)
    return value.kind === 'scan' && !this.#own.has(namesOf(value.scan)) ? undefined : memberAt(value)
  }

  /** Members at known positions, as symbols. */
  #members(n: ProductNode): Node | undefined {
    const g = this.#g
    let factors = factorsOf(n)
    let changed = false
    for (const f of factorsOf(n)) {
      const family = this.#familyOf(f.node)
      if (!family) continue
      const label = f.labels[family.axis]!
      const pick = factors.find(
        ({ node, labels }) => labels.length === 1 && labels[0] === label && positionOf(node) !== undefined,
      )
      if (!pick) continue
      changed = true
      const member = family.symbol(positionOf(pick.node)!)
      factors = factors
        .filter((x) => x !== pick)
        .map((x) =>
          x.node === f.node && x.labels === f.labels
            ? { ...x, node: g.symbol(member), labels: without(f.labels, family.axis) }
            : x,
        )
    }
    if (!changed) return undefined
    const imaged = factors.map((f) => ({ ...f, node: this.#image.get(f.node) ?? f.node }))
    return g.product(
      n.coefficient,
      imaged,
      n.shape.map((_, i) => i),
      n.shape,
    )
  }
}

/** Whether a position is on an axis for all values of an index. */
type Decision = (position: Extent, extent: Extent, where: IndexRange) => boolean | undefined

/** A value of an index, the range for all of which it stands, and the value at the first position of an axis. */
interface Entry {
  readonly at: Extent
  readonly where: IndexRange
  readonly first: Extent
}

/** Undefined where there is no notation. */
function supported<T>(made: () => T): T | undefined {
  try {
    return made()
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error
    return undefined
  }
}

/** Of positions in which no index runs. */
const NOWHERE: IndexRange = { index: '', from: 0, to: 0 }

/** Where the members of a list are. */
const rangeOfList = ({ shape, list }: Symbol): IndexRange | undefined =>
  list && {
    index: list.index,
    from: list.from,
    to: lastOf({ from: list.from, length: shape[list.axis]! }),
  }

/** The families of a recurrence by their names. */
const namesOf = (scan: Scan): string => scan.families.map(({ name }) => name).join()

/** The families of a recurrence as the program has them, but each after those that a step makes it of. */
function inProgramOrder(
  { families, bodies, inside }: Scan,
  placeOf: (name: string) => number,
): { readonly name: string; readonly which: number; readonly body: Node }[] {
  const left = families.map(({ name }, which) => ({ name, which, body: bodies[which]! }))
  left.sort((a, b) => placeOf(a.name) - placeOf(b.name))
  const madeOf = new Map(
    left.map(({ body }) => [body, new Set(valuesInOrder([body], (n) => !inside.has(n)))]),
  )
  const ordered: typeof left = []
  while (left.length > 0) {
    const next = left.findIndex(({ body }) =>
      left.every((other) => other.body === body || !madeOf.get(body)!.has(other.body)),
    )
    ordered.push(...left.splice(Math.max(0, next), 1))
  }
  return ordered
}

/** Whether a recurrence is that of error terms. */
const isBackward = (scan: Scan): boolean =>
  [...scan.reads, ...scan.histories].some((r) => r.symbol.symbol.role === 'adjoint') ||
  scan.bodies.some(isAdjoint)

/** An axis with all members, and the symbol of one by its position. */
interface MemberAt {
  readonly axis: number
  readonly symbol: (position: Extent) => Symbol
}

/** Of a recurrence of the program, or a list from outside: the axis of its members, and the symbol of one by its position. */
function memberAt(n: Node): MemberAt | undefined {
  if (n.kind === 'symbol' && n.symbol.list) {
    const { axis, from } = n.symbol.list
    return { axis, symbol: (position) => listMember(n.symbol, addExtents(position, from)) }
  }
  if (n.kind !== 'scan' || isBackward(n.scan)) return undefined
  const { scan, which, shape } = n
  const first = addExtents(scan.from, -firstOf(scan, which))
  const { name } = scan.families[which]!
  return {
    axis: scan.axis,
    symbol: (position) =>
      memberSymbol('member', name, addExtents(position, first), without(shape, scan.axis)),
  }
}

const rangeOf = (scan: Scan): IndexRange => ({
  index: indexName(scan.index.symbol),
  from: scan.from,
  to: lastOf(scan),
})

/** Whether a value is a member of another tensor. */
const isTaken = (n: Node | undefined): boolean =>
  n?.kind === 'symbol' || (n?.kind === 'product' && n.args.filter((a) => !isStructure(a)).length === 1)

/** The recurrence that an equation is a family of, perhaps with its axes in another order. */
function recurrent(e: EquationNode): (Node & { kind: 'scan' }) | undefined {
  const n = peel(e)
  if (n.kind === 'scan') return n
  if (n.kind !== 'product' || n.args.length !== 1 || n.extents.length !== n.shape.length) return undefined
  const inner = peel(n.args[0]!)
  return inner.kind === 'scan' ? inner : undefined
}

/** What has the axis of a product: its factors along it, or along what brackets tie to it. */
function partsAlong(
  { args, labels }: ProductNode,
  axis: number,
  further: Extent,
): { n: Node; along: number; further: Extent }[] {
  const at = (label: number, away: Extent): { n: Node; along: number; further: Extent }[] =>
    args.flatMap((n, i) =>
      labels[i]!.includes(label) && !isStructure(n)
        ? [{ n, along: labels[i]!.indexOf(label), further: addExtents(further, away) }]
        : [],
    )
  const own = at(axis, 0)
  if (own.length > 0) return own.reverse()
  return args.flatMap((a, i) => {
    const tie = tieOf(a, labels[i]!, axis)
    return tie ? at(tie.other, tie.away) : []
  })
}

const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at)

/** What is added up at the top of a formula, each with its coefficient. */
function addends(g: Graph, root: Node): { readonly node: Node; readonly coefficient: Rational }[] {
  const result: { node: Node; coefficient: Rational }[] = []
  const work = [{ node: root, coefficient: ONE }]
  for (let w = work.pop(); w; w = work.pop()) {
    const { node, coefficient } = w
    const value = isAdjoint(node) ? peel(node) : node
    if (value.kind !== 'sum') {
      result.push({ node: value, coefficient })
      continue
    }
    if (!isZero(value.constant)) work.push({ node: g.full(value.constant, value.shape), coefficient })
    value.args.forEach((a, i) => {
      const stretched = a.shape.length === value.shape.length ? a : g.broadcast(a, value.shape, [])
      work.push({ node: stretched, coefficient: coefficient.mul(value.coefficients[i]!) })
    })
  }
  return result.reverse()
}
