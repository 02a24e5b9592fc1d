/**
 * What recurrences of the graph say for a general value of their index: their equations with members h[t−1], the recurrences of their error
 * terms, and gradients as sums over the index.
 */
import { ONE, type Rational, ZERO, isOne } from '../base/rational.ts'
import {
  type Extent,
  addExtents,
  distance,
  isNonnegative,
  multiplyExtents,
  openExtent,
} from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { atIndex, familyOf, memberName } from '../graph/member.ts'
import type { Derived, Equation, GeneralClaim, Network, Recurrence } from '../graph/network.ts'
import {
  type EquationNode,
  type Node,
  type ProductNode,
  type Scan,
  type Symbol,
  type SymbolNode,
  isAdjoint,
  peel,
} from '../graph/node.ts'
import { listMember, memberSymbol, reindex } from '../graph/reindex.ts'
import { firstOf, indexName, lastOf, positionOf, runningIndex } from '../graph/scan.ts'
import { replaced, topological, transform, valuesInOrder } from '../graph/traverse.ts'
import { type Case, type IndexRange, type IndexSum, indexCases, unsupported } from './indices.ts'
import type { IndexedTerm, Recurrent } from './recurrences.ts'

/** The formulas of a network some of whose values are recurrences. Throws `Unsupported` where there is no notation for what is made of one. */
export function generalFormulas(g: Graph, derived: Derived): Recurrent {
  return new General(g, derived).formulas()
}

/** A value of a step of an adjoint recurrence that has a name. */
interface Term {
  readonly scan: Scan
  readonly equation: EquationNode
  readonly name: string
}

class General {
  readonly #g: Graph
  readonly #derived: Derived
  readonly #image = new Map<Node, Node>()
  /** What steps have sent, on the way of being written. */
  readonly #open = new Set<Node>()
  /** Those of the program itself. */
  readonly #own: ReadonlySet<Scan>
  /** By what is shared with them: error terms of steps, and what steps have sent. */
  readonly #terms = new Map<Node, Term>()
  readonly #sent = new Map<Node, { readonly scan: Scan; readonly body: Node; readonly ahead: number }>()

  constructor(g: Graph, derived: Derived) {
    this.#g = g
    this.#derived = derived
    const all = valuesInOrder([
      ...derived.network.equations.map((e) => e.node),
      ...derived.gradients.values(),
    ])
    this.#own = new Set(
      valuesInOrder(derived.network.equations.map((e) => e.node)).flatMap((n) =>
        n.kind === 'scan' ? [n.scan] : [],
      ),
    )
    const scans = new Set(all.flatMap((n) => (n.kind === 'scan' ? [n.scan] : [])))
    for (const scan of scans) if (isBackward(scan)) this.#know(scan)
  }

  #know(scan: Scan): void {
    const terms = new Set<EquationNode>()
    for (const n of valuesInOrder(scan.bodies, (m) => !scan.inside.has(m)))
      if (isAdjoint(n) && scan.inside.has(n)) terms.add(n)
    for (const e of terms)
      this.#terms.set(e, { scan, equation: e, name: `${familyOf(e.name)}'${this.#terms.size}` })
    for (const { symbol, which, back } of scan.reads)
      this.#sent.set(symbol, { scan, body: scan.bodies[which]!, ahead: scan.falls ? back : -back })
  }

  formulas(): Recurrent {
    const { network, gradients, differentiated } = this.#derived
    for (const { bodies, inside } of this.#own)
      if (valuesInOrder(bodies, (n) => !inside.has(n)).some((n) => n.kind === 'scan'))
        return unsupported('each of its steps is a recurrence along another index')
    const recurrences = new Map<Scan, Recurrence>()
    const equations: Equation[] = []
    for (const e of network.equations) {
      const value = peel(e.node)
      const whole = value.kind === 'scan' ? value : viewed(value)
      if (!whole) equations.push({ ...e, node: this.#outside(e.node) as EquationNode })
      else if (!recurrences.has(whole.scan)) {
        const made = this.#recurrence(whole.scan, network)
        recurrences.set(whole.scan, made.recurrence)
        equations.push(...made.given, ...made.recurrence.equations)
      }
    }
    const loss = network.loss && equations.at(-1)
    // A list has a gradient for each of its members.
    const params = network.params.map((declared) => {
      const { symbol } = declared
      const range = symbol.list && rangeOfList(symbol)
      return range ? { ...declared, symbol: listMember(symbol, openExtent(range.index)), range } : declared
    })
    const other = differentiated?.name !== network.loss?.name ? differentiated?.name : undefined
    return {
      ...(other === undefined ? {} : { of: other }),
      network: {
        ...network,
        params,
        equations,
        loss,
        recurrences: [...recurrences.values()],
        general: network.general.map((claim) => this.#claim(claim)),
      },
      errorTerms: [...this.#terms.values()].map((term) => this.#errorTerm(term)).reverse(),
      gradients: (loss ? [...gradients] : []).map(([declared, gradient]) => {
        const range = declared.list && rangeOfList(declared)
        const symbol = range ? listMember(declared, openExtent(range.index)) : declared
        return {
          symbol,
          cases: [range ? this.#member(gradient, declared, range) : this.#gradient(gradient, symbol)],
        }
      }),
    }
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
    const order = valuesInOrder(scan.bodies, (n) => !scan.inside.has(n))
    const byName = new Map(network.equations.map((e) => [e.name, e]))
    const families = scan.families.map(({ name }, which) => ({ name, which, body: scan.bodies[which]! }))
    families.sort((a, b) => order.indexOf(a.body) - order.indexOf(b.body))
    const given = families.flatMap(({ name, which }) => {
      const initial = scan.initial[which]
      if (!initial) return []
      const { given: count } = scan.families[which]!
      const first = scan.falls ? addExtents(range.to, 1) : addExtents(scan.from, -count)
      return Array.from({ length: count }, (_, k) => {
        const member = memberName(name, [addExtents(first, k)])
        const value = this.#outside(g.element(initial, 0, k))
        return {
          ...byName.get(name)!,
          doc: undefined,
          name: member,
          node: g.equation(member, value) as EquationNode,
        }
      })
    })
    const equations = families.map(({ name, body }) => {
      const member = memberName(name, [openExtent(range.index)])
      const value = this.#general(scan, peel(body), openExtent(range.index))
      return {
        ...byName.get(name)!,
        family: name,
        name: member,
        node: g.equation(member, value) as EquationNode,
      }
    })
    return { recurrence: { ...range, equations }, given }
  }

  /** A value of a step at a value of the index. */
  #general(scan: Scan, root: Node, at: Extent, where = rangeOf(scan)): Node {
    const g = this.#g
    const { index } = rangeOf(scan)
    const own = new Map<Node, Node>([...this.#terms.keys()].map((e) => [e, e]))
    const named = replaced(g, [this.#outside(root)], own.set(scan.index, this.#indexAt(scan, at, where)))
    return reindex(g, named, index, at, (n) => {
      const term = this.#terms.get(n)
      if (term) return this.#opaque(term, at)
      const sent = this.#sent.get(n)
      if (!sent) return undefined
      const there = addExtents(at, sent.ahead)
      if (isBeyond(there, rangeOf(sent.scan))) return g.full(ZERO, n.shape)
      // Without an error term on the way it would go on through all steps.
      if (this.#open.has(n)) return unsupported('what a step sends back to earlier ones has no name')
      this.#open.add(n)
      const value = this.#general(sent.scan, sent.body, there, where)
      this.#open.delete(n)
      return value
    })[0]!
  }

  /** The index of a recurrence at a value: it runs where that is said of it. */
  #indexAt({ index, from, length }: Scan, at: Extent, where: IndexRange): Node {
    const g = this.#g
    const away = distance(openExtent(where.index), at)
    if (away === undefined) return g.extent(at)
    const steps = addExtents(addExtents(where.to, where.from, -1), 1)
    const isWhole = where.from === from && steps === length
    const own = isWhole ? index : g.symbol(runningIndex(where.index, where.from, steps))
    return g.add(own, g.number(away))
  }

  #opaque({ equation, name }: Term, at: Extent): Node {
    return this.#g.symbol(memberSymbol('adjoint', name, at, equation.shape))
  }

  #errorTerm(term: Term): IndexedTerm {
    const { scan, equation, name } = term
    const g = this.#g
    const range = rangeOf(scan)
    const general = openExtent(range.index)
    const ahead = Math.max(0, ...this.#aheads(equation.body).map(Math.abs))
    const [top, bottom] = scan.falls ? [ahead, 0] : [0, ahead]
    const cases = indexCases(range, general, top, bottom).map(({ at, range: where }): Case => {
      const node = this.#general(scan, equation.body, at, where)
      return { at, range: where, node: where ? this.#within(node, where) : node, sums: [] }
    })
    const of = this.#general(scan, equation.of ?? equation, general)
    const symbol = memberSymbol('adjoint', name, general, equation.shape)
    return { symbol: (g.symbol(symbol) as Node & { symbol: Symbol }).symbol, of, name: equation.name, cases }
  }

  /** How far from the step what it was sent comes. */
  #aheads(body: Node): number[] {
    return topological([body], (n) => this.#terms.has(n)).flatMap((n) => this.#sent.get(n)?.ahead ?? [])
  }

  /** Without what is 0 all over a range: [t = T] for t below T. */
  #within(root: Node, { index, from, to }: IndexRange): Node {
    const g = this.#g
    return transform(g, [root], (n) => {
      if (n.kind !== 'bracket' || n.relation !== '=' || n.shape.length > 0) return n
      if (n.args.some((a) => a.kind !== 'symbol' || a.symbol.role !== 'index')) return n
      let form: Extent = n.offset
      for (const m of n.multiples) form = addExtents(form, multiplyExtents(m, openExtent(index)))
      const slope = distance(atIndex(form, index, 0), atIndex(form, index, 1)) ?? 0
      const ends = [from, to].map((e) => distance(0, atIndex(form, index, e)))
      const [least, most] = slope > 0 ? ends : [ends[1], ends[0]]
      return (least ?? 0) > 0 || (most ?? 0) < 0 ? g.number(0) : n
    })[0]!
  }

  #gradient(node: Node | undefined, { shape }: Symbol): Case {
    const g = this.#g
    const plain: Node[] = []
    const sums: IndexSum[] = []
    const terms = node === undefined ? [] : addends(g, node)
    for (const { node: term, coefficient } of terms) {
      const sum = this.#overSteps(term)
      if (sum) sums.push({ ...sum, node: g.scale(coefficient, sum.node) })
      else plain.push(g.scale(coefficient, this.#outside(term)))
    }
    return { at: undefined, range: undefined, node: g.addAll(plain, shape), sums }
  }

  /** The gradient of a member of a list at a general index. */
  #member(node: Node | undefined, { shape, list }: Symbol, range: IndexRange): Case {
    const g = this.#g
    const { axis } = list!
    const index = g.symbol(runningIndex(range.index, range.from, shape[axis]!)) as SymbolNode
    const inner = without(shape, axis)
    const terms = (node === undefined ? [] : addends(g, node)).map(({ node: term, coefficient }) => {
      const value = peel(term)
      const axes = value.shape.map((_, i) => i)
      const factors = isProduct(value) ? factorsOf(value) : [{ node: value, labels: axes, exponent: ONE }]
      const found = this.#along(factors, axis, { range, index })
      const own = isProduct(value) ? value.coefficient : ONE
      const made = g.product(own, found, without(axes, axis), inner)
      return { node: this.#outside(made), coefficient }
    })
    const at = openExtent(range.index)
    const sum = g.sum(terms, ZERO, inner)
    return { at, range, node: reindex(g, [sum], range.index, at)[0]!, sums: [] }
  }

  /** A sum over the steps of a recurrence as one over its index; undefined where it is none. */
  #overSteps(root: Node): IndexSum | undefined {
    const n = peel(root)
    if (n.kind !== 'product') return undefined
    const g = this.#g
    const factors = factorsOf(n)
    const lead = factors.find(({ node }) => {
      const value = peel(node)
      return value.kind === 'scan' && isBackward(value.scan)
    })
    if (!lead) {
      // A multiple of such a sum, or another view of it.
      const at = factors.findIndex(({ node }) =>
        valuesInOrder([node]).some((m) => m.kind === 'scan' && isBackward(m.scan)),
      )
      const sum = factors[at]
      const inner = sum && isOne(sum.exponent) ? this.#overSteps(sum.node) : undefined
      if (!inner) return undefined
      const all = factors.map((f, i) => (i === at ? { ...f, node: inner.node } : f))
      const axes = n.shape.map((_, i) => i)
      return { ...inner, node: this.#outside(g.product(n.coefficient, all, axes, n.shape)) }
    }
    const { scan } = peel(lead.node) as Node & { kind: 'scan' }
    const label = lead.labels[scan.axis]!
    if (label < n.shape.length) return unsupported('a gradient has an axis for the steps')
    const range = rangeOf(scan)
    // Whose positions a bracket ties to those of the steps is there for every step, and is summed over as well.
    for (const { node, labels } of factors)
      if (node.kind === 'bracket' && node.relation === '=' && labels.length === 2 && labels.includes(label))
        for (const other of labels)
          if (other !== label && (other < n.shape.length || isShorter(n.extents[other]!, n.extents[label]!)))
            return unsupported('a gradient takes some of the steps')
    const kept = this.#along(factors, label, { range, index: scan.index })
    const out = n.shape.map((_, i) => i)
    const node = this.#outside(g.product(n.coefficient, kept, out, n.shape))
    return { ...range, node: reindex(g, [node], range.index, openExtent(range.index))[0]! }
  }

  /** What is multiplied, at a general position along one label: of those with an axis there, and where brackets tie others to it, the members. */
  #along(factors: readonly Factor[], label: number, along: Along): Factor[] {
    /** Labels that are the position, moved by a number. */
    const moved = new Map([[label, 0]])
    const links = factors.filter(({ node, labels }) => {
      if (node.kind !== 'bracket' || !labels.includes(label) || labels.length !== 2) return false
      const other = labels.indexOf(label) === 0 ? 1 : 0
      const [own, its] = [node.coefficients[1 - other]!, node.coefficients[other]!]
      if (node.relation !== '=' || own * its !== -1 || typeof node.offset !== 'number') return false
      moved.set(labels[other]!, its === -1 ? node.offset : -node.offset)
      return true
    })
    return factors
      .filter((f) => !links.includes(f))
      .map((f): Factor => {
        const axis = f.labels.findIndex((l) => moved.has(l))
        if (axis < 0) return f
        if (f.labels.some((l, i) => i !== axis && moved.has(l)))
          return unsupported('a step is paired with itself')
        const node = this.#memberOf(f.node, axis, along, moved.get(f.labels[axis]!)!)
        return { ...f, node, labels: f.labels.filter((_, i) => i !== axis) }
      })
  }

  /** The member of a tensor along an axis at a general position, moved by a number. */
  #memberOf(tensor: Node, axis: number, along: Along, by: number): Node {
    const g = this.#g
    const { range } = along
    const value = peel(tensor)
    if (value.kind !== 'scan' || axis !== value.scan.axis) return this.#picked(value, axis, along, by)
    const { scan, which } = value
    const at = addExtents(addExtents(openExtent(range.index), by), addExtents(scan.from, range.from, -1))
    if (!isBackward(scan)) {
      const member = addExtents(at, -firstOf(scan, which))
      return g.symbol(memberSymbol('member', scan.families[which]!.name, member, without(tensor.shape, axis)))
    }
    // Beyond its steps there are no error terms.
    if (addExtents(scan.from, -by) !== range.from || addExtents(lastOf(scan), -by) !== range.to)
      return unsupported('a gradient mixes steps')
    return this.#general(scan, scan.bodies[which]!, at)
  }

  /** The member of what is no recurrence, the tensors in a contraction each at their own position. */
  #picked(tensor: Node, axis: number, { range, index }: Along, by: number): Node {
    const g = this.#g
    const offset = addExtents(by, range.from, -1)
    if (tensor.kind !== 'product') return g.at(tensor, axis, index, offset)
    return g.scale(tensor.coefficient, g.picked(factorsOf(tensor), tensor.shape, axis, index, offset))
  }

  /** A value outside, with members of recurrences by their names. */
  #outside(root: Node): Node {
    const isLeaf = (n: Node): boolean => this.#image.has(n) || this.#terms.has(n)
    for (const n of valuesInOrder([root], isLeaf)) {
      if (this.#image.has(n)) continue
      this.#image.set(n, this.#imageOf(n))
    }
    return this.#image.get(root) ?? root
  }

  #imageOf(n: Node): Node {
    const g = this.#g
    if (this.#terms.has(n)) return n
    if (n.kind === 'scan') {
      if (isBackward(n.scan)) return unsupported('all error terms of a recurrence are used at once')
      if (!this.#own.has(n.scan)) return unsupported('a derivative that the program takes goes through it')
      const { name } = n.scan.families[n.which]!
      return g.symbol({ name, role: 'member', shape: n.shape, assumptions: new Set() })
    }
    if (n.kind === 'equation' && peel(n).kind === 'scan') return this.#image.get(n.args[0]!)!
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

  /** Members at known positions, as symbols. */
  #members(n: ProductNode): Node | undefined {
    const g = this.#g
    let factors = factorsOf(n)
    let changed = false
    for (const f of factorsOf(n)) {
      const value = peel(f.node)
      const family = memberAt(value)
      if (!family || (value.kind === 'scan' && !this.#own.has(value.scan))) continue
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

/** The range of an index, and the index as a value of the graph. */
interface Along {
  readonly range: IndexRange
  readonly index: SymbolNode
}

const isProduct = (n: Node): n is ProductNode => n.kind === 'product'

/** Where the members of a list are. */
const rangeOfList = ({ shape, list }: Symbol): IndexRange | undefined =>
  list && {
    index: list.index,
    from: list.from,
    to: lastOf({ from: list.from, length: shape[list.axis]! }),
  }

/** Whether an axis has fewer positions than another one, or may have. */
const isShorter = (a: Extent, b: Extent): boolean => !isNonnegative(addExtents(a, b, -1))

/** Whether a recurrence is that of error terms. */
const isBackward = (scan: Scan): boolean =>
  scan.reads.some((r) => r.symbol.symbol.role === 'adjoint') || scan.bodies.some(isAdjoint)

/** Of a recurrence of the program, or a list of parameters: the axis of its members, and the symbol of one by its position. */
function memberAt(
  n: Node,
): { readonly axis: number; readonly symbol: (position: Extent) => Symbol } | undefined {
  if (n.kind === 'symbol' && n.symbol.list && n.symbol.role === 'param') {
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

/** Whether an index is known to be outside of a range. */
const isBeyond = (at: Extent, { from, to }: IndexRange): boolean =>
  (distance(to, at) ?? 0) > 0 || (distance(at, from) ?? 0) > 0

/** A recurrence with its axes in another order. */
function viewed(n: Node): (Node & { kind: 'scan' }) | undefined {
  if (n.kind !== 'product' || n.args.length !== 1 || n.extents.length !== n.shape.length) return undefined
  const inner = peel(n.args[0]!)
  return inner.kind === 'scan' ? inner : undefined
}

const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at)

/** What is added up at the top of a formula, each with its coefficient. */
function addends(g: Graph, root: Node): { readonly node: Node; readonly coefficient: Rational }[] {
  const result: { node: Node; coefficient: Rational }[] = []
  const work = [{ node: root, coefficient: ONE }]
  for (let w = work.pop(); w; w = work.pop()) {
    const { node, coefficient } = w
    const value = isAdjoint(node) ? peel(node) : node
    if (value.kind !== 'sum' || !value.constant.equals(0)) {
      result.push({ node: value, coefficient })
      continue
    }
    value.args.forEach((a, i) => {
      const stretched = a.shape.length === value.shape.length ? a : g.broadcast(a, value.shape, [])
      work.push({ node: stretched, coefficient: coefficient.mul(value.coefficients[i]!) })
    })
  }
  return result.reverse()
}
