/**
 * Claims for every length: each value of the index at which a recurrence is another one, near the ends of its range, is a case of its own;
 * all others are one case, of a general index. A case is proved of what both sides come to by one turn of the recurrence, or from the claim at
 * the neighbouring index (induction). What is taken for granted of indices meanwhile holds from some length on; shorter ones are for others to
 * prove.
 */
import { ONE, ZERO } from '../base/rational.ts'
import { type Extent, addExtents, dimsOf, distance, extentText, openExtent } from '../graph/extent.ts'
import { type Graph, isZeroNode } from '../graph/graph.ts'
import { atIndex } from '../graph/member.ts'
import type { GeneralClaim, IndexRange, IndexSum } from '../graph/network.ts'
import { type Node, type Symbol, isSource } from '../graph/node.ts'
import { reindex } from '../graph/reindex.ts'
import { replaced, topological } from '../graph/traverse.ts'
import { Unsupported, indexCases, unsupported } from '../derive/indices.ts'
import type { Opened } from '../derive/opened.ts'
import { type Assumption, type Given, Unfolded, keyOf } from '../derive/unfolded.ts'
import { type Conjunction, combine, constantForm, extentForm, whereNegative } from '../lower/domain.ts'
import { polynomial } from './canonical.ts'
import { conditionsOf } from './domains.ts'
import { proofWork, proves } from './prove.ts'
import { Simplifier } from './simplifier.ts'

/** One case: the sides as they were compared. */
export interface Case {
  /** The index: a value of its own, or the general one, which runs. */
  readonly at: Extent | undefined
  readonly range: IndexRange | undefined
  readonly left: Node
  readonly right: Node
  /** The claim at other indices that was used: what is equal there. */
  readonly given: readonly { readonly left: Node; readonly right: Node }[]
  /** What symbols in all these stand for. */
  readonly sums: ReadonlyMap<Node, IndexSum>
  /** Of a sum: the cases in which its terms are equal. */
  readonly terms: readonly Case[]
}

/** An induction: by the claim at the index `step` further, and at so many after that; or without any. */
export interface Way {
  readonly step: 1 | -1
  readonly back: 1 | 2
}

/** They are tried in this order. */
const WAYS: readonly (Way | undefined)[] = [
  undefined,
  { step: 1, back: 1 },
  { step: -1, back: 1 },
  { step: 1, back: 2 },
  { step: -1, back: 2 },
]

export interface Induction {
  readonly cases: readonly Case[]
  readonly way: Way | undefined
  /** The lengths of these dims from which on all of it holds. */
  readonly dims: readonly string[]
  readonly from: number
}

/** Cases at one end of a range, terms that a sum is freed of, and lengths that are left to others: no proof has more. */
const MOST_CASES = 8
const LONGEST = 8

/** A proof for all lengths but the shortest; undefined where none is found. */
export function inductively(g: Graph, opened: Opened, claim: GeneralClaim): Induction | undefined {
  for (const way of WAYS) {
    const found = attempt(g, opened, claim, way)
    if (found) return found
    if (claim.ranges.length !== 1) return undefined
  }
  return undefined
}

function attempt(g: Graph, opened: Opened, claim: GeneralClaim, way: Way | undefined): Induction | undefined {
  try {
    const proof = new Proof(g, opened, claim, way)
    const cases = proof.all()
    return cases && proof.ended(cases)
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

/** Two sides, at an index or for a range of it, and what is known where they stand. */
interface Equality {
  readonly left: Node
  readonly right: Node
  readonly sums: ReadonlyMap<Node, IndexSum>
}

/** What was taken for granted, and where. */
interface Taken {
  readonly assumption: Assumption
  readonly domain: Conjunction
}

class Proof {
  readonly #g: Graph
  readonly #opened: Opened
  readonly #claim: GeneralClaim
  readonly #way: Way | undefined
  readonly #assumed: Taken[] = []
  readonly #written: { readonly unfolded: Unfolded; readonly domain: Conjunction }[] = []
  readonly #work = proofWork()
  readonly #isDifferentiated: boolean
  #fresh = 0

  constructor(g: Graph, opened: Opened, claim: GeneralClaim, way: Way | undefined) {
    this.#g = g
    this.#opened = opened
    const sums = new Map(
      [...claim.sums].map(([symbol, sum]) => [symbol, { ...sum, node: opened.of(sum.node) }]),
    )
    this.#claim = { ...claim, left: opened.of(claim.left), right: opened.of(claim.right), sums }
    this.#way = way
    const { left, right } = this.#claim
    this.#isDifferentiated = topological([left, right, ...[...sums.values()].map((s) => s.node)]).some(
      (n) => n.kind === 'derivative',
    )
  }

  /** The cases, all of which are proved; undefined where one is not. */
  all(): readonly Case[] | undefined {
    const { ranges } = this.#claim
    const [range, ...others] = ranges
    if (others.length > 0) return unsupported('a claim has several indices')
    return this.#over(this.#claim, range, [], true)
  }

  /** The length from which on all that was taken for granted is so. */
  ended(cases: readonly Case[]): Induction | undefined {
    for (const { unfolded, domain } of this.#written)
      for (const assumption of unfolded.assumed) this.#assumed.push({ assumption, domain })
    const indices = this.#indices()
    const inForms = ({ assumption: { a, b }, domain }: Taken): string[] =>
      [extentForm(a), extentForm(b), ...domain].flatMap((form) => [...form.terms.keys()])
    // Widths are lengths as well, but what is taken for granted of them holds at any.
    const short = this.#assumed.filter((one) => !this.#isSo(one, [], 1))
    const dims = [...new Set(short.flatMap(inForms))].filter((name) => !indices.has(name))
    for (let from = 1; from <= LONGEST; from++)
      if (this.#assumed.every((one) => this.#isSo(one, dims, from)))
        return { cases, way: this.#way, dims, from }
    return undefined
  }

  #indices(): Set<string> {
    return new Set(
      [...this.#claim.ranges, ...this.#claim.sums.values()].map((r) => r.index).concat(this.#names),
    )
  }

  readonly #names: string[] = []

  #isSo({ assumption: { kind, a, b }, domain }: Taken, dims: readonly string[], from: number): boolean {
    const [x, y] = [extentForm(a), extentForm(b)]
    const long = dims.map((name) => combine(extentForm(openExtent(name)), constantForm(-from)))
    const always = (form: typeof x): boolean =>
      whereNegative([[...domain, ...long]], form, this.#indices()) === undefined
    if (kind === 'at most') return always(combine(y, x, -1))
    const one = constantForm(-1)
    return always(combine(combine(x, y, -1), one)) || always(combine(combine(y, x, -1), one))
  }

  // ——— cases

  /** An equality at all indices of a range, or at none. `isClaim`: of the claim itself, which may be used at its neighbours. */
  #over(
    equality: Equality,
    range: IndexRange | undefined,
    domain: Conjunction,
    isClaim = false,
  ): readonly Case[] | undefined {
    const places = placesIn([equality.left, equality.right])
    if (!range) {
      const one = this.#case(equality, places, domain)
      return one && [{ ...one, at: undefined, range: undefined }]
    }
    const { index, from, to } = range
    const general = openExtent(index)
    const way = isClaim ? this.#way : undefined
    const back = way?.back ?? 0
    const [down, up] = [way?.step === 1 ? back : 0, way?.step === -1 ? back : 0]
    const own = places.flatMap((p) => distance(general, p) ?? [])
    const odd = places.find((p) => dimsOf(p).includes(index) && distance(general, p) === undefined)
    if (odd) return unsupported('an index of a claim is no index plus a number')
    const reach = { least: Math.min(0, ...own) - up, most: Math.max(0, ...own) + down }
    const cases: Case[] = []
    const length = distance(from, to)
    const places2 = (at: Extent): Extent[] => places.map((p) => atIndex(p, index, at))
    const ends =
      length === undefined
        ? this.#ends(range, reach, familiesIn([equality.left, equality.right]))
        : { top: 0, bottom: 0 }
    const all =
      length === undefined
        ? indexCases(range, general, Math.max(ends.top, down), Math.max(ends.bottom, up))
        : length < MOST_CASES
          ? Array.from({ length: Math.max(0, length + 1) }, (_, k) => ({
              at: addExtents(from, k),
              range: undefined,
            }))
          : unsupported('a range is long')
    for (const { at, range: where } of all) {
      const runs = where ? within(general, where.from, where.to) : within(at, from, to)
      const here = [...domain, ...runs]
      const shifted = (node: Node, to: Extent): Node => reindex(this.#g, [node], index, to)[0]!
      const there = (to: Extent): Equality => {
        const own = new Map([...equality.sums.keys()].map((symbol) => [symbol, this.#sumAt(symbol, to)]))
        const [left, right] = replaced(
          this.#g,
          [equality.left, equality.right].map((side) => shifted(side, to)),
          own,
        ) as [Node, Node]
        const ends = (sum: IndexSum): IndexSum => ({
          ...sum,
          from: atIndex(sum.from, index, to),
          to: atIndex(sum.to, index, to),
          node: shifted(sum.node, to),
        })
        return {
          left,
          right,
          sums: new Map([...equality.sums].map(([symbol, sum]) => [own.get(symbol)!, ends(sum)])),
        }
      }
      const used: Equality[] = []
      for (let k = 1; k <= back; k++) {
        const other = addExtents(at, k * way!.step)
        const [a, b] = way!.step > 0 ? [other, to] : [from, other]
        if ((distance(a, b) ?? 0) < 0) continue
        this.#assumed.push({ assumption: { kind: 'at most', a, b }, domain: here })
        used.push(there(other))
      }
      const more = used.flatMap((e) => placesIn([e.left, e.right]))
      const one = this.#case(there(at), [...places2(at), ...more], here, used)
      if (!one) return undefined
      cases.push({ ...one, at: where ? undefined : at, range: where })
    }
    return cases
  }

  /** What stands for a sum where an index of the claim, which it may go up to, has a value. */
  #sumAt(symbol: Node, to: Extent): Node {
    if (symbol.kind !== 'symbol') return symbol
    return this.#g.symbol({ ...symbol.symbol, name: `${symbol.symbol.name} at ${extentText(to)}` })
  }

  /** How many indices at the ends of a range are cases of their own. */
  #ends(
    { from, to }: IndexRange,
    { least, most }: { least: number; most: number },
    families: readonly string[],
  ): { top: number; bottom: number } {
    let [top, bottom] = [0, 0]
    const [first, last] = [addExtents(from, least), addExtents(to, most)]
    for (const s of this.#opened.stretches(families)) {
      const single = s.from === s.to ? 1 : 0
      const above = (b: Extent): number => distance(b, last) ?? -Infinity
      const below = (b: Extent): number => distance(first, b) ?? -Infinity
      top = Math.max(top, above(s.to) + single, above(s.from) + 1)
      bottom = Math.max(bottom, below(s.from) + single, below(s.to) + 1)
    }
    if (top > MOST_CASES || bottom > MOST_CASES) return unsupported('there are many cases at the ends')
    return { top, bottom }
  }

  // ——— one case

  #case(
    equality: Equality,
    places: readonly Extent[],
    domain: Conjunction,
    used: readonly Equality[] = [],
  ): Omit<Case, 'at' | 'range'> | undefined {
    const [assumed, written] = [this.#assumed.length, this.#written.length]
    const plain = this.#compared(equality, places, domain, new Map(), [])
    if (plain || used.length === 0) return plain
    // What a proof took for granted that is none does not matter.
    this.#assumed.length = assumed
    this.#written.length = written
    const given = new Map<string, Node>()
    const known: { left: Node; right: Node }[] = []
    for (const e of used) {
      const solved = this.#solved(e)
      if (!solved || given.has(solved.key)) continue
      given.set(solved.key, solved.value)
      known.push(e)
    }
    const sums = new Map([...equality.sums, ...used.flatMap((e) => [...e.sums])])
    return known.length === 0
      ? undefined
      : this.#compared({ ...equality, sums }, places, domain, given, known)
  }

  /** An equality solved for a member, or for a derivative by one, that stands alone on a side or is added to the rest. */
  #solved({ left, right }: Equality): { readonly key: string; readonly value: Node } | undefined {
    const g = this.#g
    const keyFor = (n: Node): string | undefined =>
      n.kind === 'derivative' && n.held.length === 0
        ? keyOf(n.of, n.by)
        : n.kind === 'symbol' && n.symbol.role === 'member' && n.symbol.member
          ? keyOf(undefined, n)
          : undefined
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const key = keyFor(side)
      if (key !== undefined) return { key, value: other }
    }
    const whole = g.broadcast(right, left.shape, right.shape.length === 0 ? [] : left.shape.map((_, i) => i))
    const difference = new Simplifier(g, polynomial, new Map(), this.#work).simplify(g.subtract(left, whole))
    for (const { node, coefficient } of addends(difference)) {
      const key = keyFor(node)
      if (key === undefined || node.shape.length !== left.shape.length) continue
      const rest = g.subtract(g.scale(ONE.div(coefficient), difference), node)
      if (!topological([rest]).includes(node)) return { key, value: g.negate(rest) }
    }
    return undefined
  }

  /** Whether both sides come to the same, written out. */
  #compared(
    { left, right, sums }: Equality,
    places: readonly Extent[],
    domain: Conjunction,
    raw: Given,
    given: Case['given'],
  ): Omit<Case, 'at' | 'range'> | undefined {
    const g = this.#g
    const plain = new Unfolded(g, this.#opened, places)
    // What the claim says at a neighbour, without what it says there itself.
    const unfolded = new Unfolded(
      g,
      this.#opened,
      places,
      new Map([...raw].map(([key, node]) => [key, plain.of(node)])),
    )
    const [l, r] = [unfolded.of(left), unfolded.of(right)]
    const all = new Map([...sums, ...plain.sums, ...unfolded.sums])
    this.#take(plain, domain)
    this.#take(unfolded, domain)
    if (!topological([l, r]).some((n) => all.has(n)))
      return this.#proves(l, r, unfolded) ? { left: l, right: r, given, sums: all, terms: [] } : undefined
    const whole = g.broadcast(r, l.shape, r.shape.length === 0 ? [] : l.shape.map((_, i) => i))
    const terms = this.#bySums(g.subtract(l, whole), all, places, domain)
    return terms && { left: l, right: r, given, sums: all, terms }
  }

  /** All that formulas take for granted, also those that are written out later. */
  #take(unfolded: Unfolded, domain: Conjunction): void {
    this.#written.push({ unfolded, domain })
  }

  #proves(l: Node, r: Node, unfolded: Unfolded): boolean {
    const g = this.#g
    const { domain } = this.#claim
    const there = (nodes: readonly Node[]): Node[] =>
      nodes.map((n) => this.#atoms(unfolded.of(this.#opened.of(n))))
    const [left, right] = [this.#atoms(l), this.#atoms(r)]
    const inside = this.#isDifferentiated
      ? conditionsOf(
          g,
          this.#opened.formulas.map((f) => f.body),
        )
      : []
    return proves(
      g,
      left,
      right,
      [],
      {
        left,
        right,
        domain: {
          left: there(domain.left),
          right: there(domain.right),
          differentiated: there([...domain.differentiated, ...inside]),
        },
      },
      this.#work,
    )
  }

  /** With a symbol for each derivative by what is beyond. */
  #atoms(root: Node): Node {
    const g = this.#g
    const images = new Map<Node, Node>()
    for (const n of topological([root], (m) => m.kind === 'derivative'))
      if (n.kind === 'derivative')
        images.set(
          n,
          g.symbol({
            name: `derivative ${n.of.id} ${n.by.id}`,
            role: 'adjoint',
            shape: n.shape,
            assumptions: new Set(),
            samples: n.samples,
          }),
        )
    return replaced(g, [root], images)[0]!
  }

  // ——— sums over an index

  /** Whether a difference with sums in it is zero: the terms of all sums together, and what stands beside them. */
  #bySums(
    difference: Node,
    sums: ReadonlyMap<Node, IndexSum>,
    places: readonly Extent[],
    domain: Conjunction,
  ): readonly Case[] | undefined {
    const g = this.#g
    const expanded = new Simplifier(g, polynomial, new Map(), this.#work).simplify(difference)
    // Unfolded sums have an index with one prime.
    const index = `${this.#claim.ranges[0]?.index ?? 'k'}${"'".repeat(2 + this.#fresh++)}`
    this.#names.push(index)
    const { shape } = expanded
    const rest: Node[] = []
    const parts: IndexSum[] = []
    for (const { node, coefficient } of addends(expanded)) {
      const own = topological([node]).filter((n) => sums.has(n))
      const wide = node.shape.length === shape.length ? node : g.broadcast(node, shape, [])
      if (own.length === 0) rest.push(g.scale(coefficient, wide))
      else {
        const [symbol] = own
        const isLinear =
          node === symbol ||
          (node.kind === 'product' && node.args.some((a, i) => a === symbol && node.exponents[i]!.equals(1)))
        if (own.length > 1 || !isLinear) return undefined
        const sum = sums.get(symbol!)!
        const [body] = reindex(g, [sum.node], sum.index, openExtent(index))
        const [term] = replaced(g, [wide], new Map([[symbol!, body!]]))
        parts.push({ index, from: sum.from, to: sum.to, node: g.scale(coefficient, term!) })
      }
    }
    if (expanded.kind === 'sum' && !expanded.constant.equals(0)) rest.push(g.full(expanded.constant, shape))
    const common = this.#common(parts, rest, domain)
    if (!common) return undefined
    const beside = g.addAll(rest, shape)
    const again = new Unfolded(g, this.#opened, [...places, ...placesIn(rest)])
    const written = again.of(beside)
    this.#take(again, domain)
    if (again.sums.size > 0 || !this.#proves(written, g.full(ZERO, shape), again)) return undefined
    if (common === 'none') return []
    const zero = g.full(ZERO, shape)
    return this.#over({ left: common.node, right: zero, sums }, common, domain)
  }

  /** All sums over the range that they share; what some have beyond goes to the rest. */
  #common(parts: readonly IndexSum[], rest: Node[], domain: Conjunction): IndexSum | 'none' | undefined {
    const g = this.#g
    const at = (sum: IndexSum, k: Extent): Node => reindex(g, [sum.node], sum.index, k)[0]!
    const open: IndexSum[] = []
    for (const sum of parts) {
      const length = distance(sum.from, sum.to)
      if (length === undefined) open.push(sum)
      else if (length >= MOST_CASES) return undefined
      else for (let k = 0; k <= length; k++) rest.push(at(sum, addExtents(sum.from, k)))
    }
    const [first] = open
    if (!first) return 'none'
    let { from, to } = first
    for (const sum of open) {
      const [below, above] = [distance(from, sum.from), distance(sum.to, to)]
      if (below === undefined || above === undefined) return undefined
      if (below > 0) from = sum.from
      if (above > 0) to = sum.to
    }
    // What is left may be empty, but no more than that.
    this.#assumed.push({ assumption: { kind: 'at most', a: from, b: addExtents(to, 1) }, domain })
    for (const sum of open) {
      const [below, above] = [distance(sum.from, from)!, distance(to, sum.to)!]
      if (below > MOST_CASES || above > MOST_CASES) return undefined
      for (let k = 0; k < below; k++) rest.push(at(sum, addExtents(sum.from, k)))
      for (let k = 1; k <= above; k++) rest.push(at(sum, addExtents(to, k)))
    }
    return {
      ...first,
      from,
      to,
      node: g.addAll(
        open.map((s) => s.node),
        first.node.shape,
      ),
    }
  }
}

/** What holds of an index, or a value of it, between two ends. */
const within = (at: Extent, from: Extent, to: Extent): Conjunction => [
  combine(extentForm(at), extentForm(from), -1),
  combine(extentForm(to), extentForm(at), -1),
]

/** The indices of members that formulas mention, each once. */
const placesIn = (roots: readonly Node[]): Extent[] => [...new Set(roots.flatMap((root) => mentioned(root)))]

const mentioned = (root: Node): Extent[] => membersOf(root).flatMap(({ indices }) => indices)

/** The families of which formulas mention members. */
const familiesIn = (roots: readonly Node[]): string[] => [
  ...new Set(roots.flatMap((root) => membersOf(root).map(({ family }) => family))),
]

const membersOf = (root: Node): NonNullable<Symbol['member']>[] =>
  topological([root], isSource).flatMap((n) =>
    n.kind === 'symbol' && n.symbol.role !== 'adjoint' && n.symbol.member ? [n.symbol.member] : [],
  )

function addends(root: Node): { readonly node: Node; readonly coefficient: typeof ONE }[] {
  if (root.kind !== 'sum') return isZeroNode(root) ? [] : [{ node: root, coefficient: ONE }]
  return root.args.map((node, i) => ({ node, coefficient: root.coefficients[i]! }))
}
