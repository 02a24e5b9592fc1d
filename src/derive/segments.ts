/**
 * Recurrences in segments: a recurrence over the segments, each of whose steps is a recurrence over the steps of one. What such a step is made of
 * is computed again on the way back, from the last members of the segment before (Griewank, Walther, Evaluating Derivatives, chapter 12; with
 * √T segments: Chen, Xu, Zhang, Guestrin, Training deep nets with sublinear memory cost, 2016).
 */
import { ONE, ZERO, isOne, rational } from '../base/rational.ts'
import { SCALAR } from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, type Scan, type Symbol, type SymbolNode, isContraction, peel } from '../graph/node.ts'
import { type ScanParts, indexName, positionOf, runningIndex } from '../graph/scan.ts'
import { needsOf, replaced, topological, valuesInOrder } from '../graph/traverse.ts'

/** So many steps are a segment; true: about the square root of all. */
export type SegmentLength = number | true

/** Values with their recurrences of known lengths in segments; undefined where none is of at least two segments. */
export function segmented(
  g: Graph,
  roots: readonly Node[],
  length: SegmentLength,
): readonly Node[] | undefined {
  const values = new Set(valuesInOrder(roots))
  const sizes = new Map<Scan, number>()
  for (const scan of scansIn(values)) {
    const size = sizeOfSegments(scan, length)
    if (size !== undefined) sizes.set(scan, size)
  }
  if (sizes.size === 0) return undefined
  /** By recurrence, how many of its last members are looked at one by one, and which families are looked at as a whole. */
  const last = new Map<Scan, number[]>()
  const wholes = new Set<Node>()
  const isInSegments = (n: Node): boolean => n.kind === 'scan' && values.has(n) && sizes.has(n.scan)
  const pickOf = (n: Node): Pick | undefined => {
    const pick = values.has(n) ? pickIn(n) : undefined
    return pick && pick.before < (sizes.get(pick.scan) ?? 0) ? pick : undefined
  }
  for (const n of values) {
    const pick = pickOf(n)
    if (pick) {
      const list = last.get(pick.scan) ?? []
      last.set(pick.scan, list)
      list[pick.which] = Math.max(list[pick.which] ?? 0, pick.before + 1)
    } else if (n.kind !== 'equation')
      for (const a of needsOf(n)) if (isInSegments(peel(a))) wholes.add(peel(a))
  }
  for (const n of roots) if (isInSegments(peel(n))) wholes.add(peel(n))
  const made = new Map<Scan, InSegments>()
  const image = new Map<Node, Node>()
  for (const n of topological(roots)) {
    const inner = peel(n)
    if (isInSegments(inner) && !wholes.has(inner)) {
      if (inner === n) segmentsOf(n)
      continue
    }
    const pick = pickOf(n)
    if (pick) {
      const member = made.get(pick.scan)!.memberBefore(pick.which, pick.before)
      const own: Factor = { node: member, labels: pick.labels, exponent: ONE }
      const rest = pick.rest.map((f) => ({ ...f, node: image.get(f.node)! }))
      image.set(
        n,
        g.product(
          ONE,
          [own, ...rest],
          n.shape.map((_, i) => i),
          n.shape,
        ),
      )
    } else if (isInSegments(n)) image.set(n, segmentsOf(n).whole((n as Node & { kind: 'scan' }).which))
    else
      image.set(
        n,
        n.args.length === 0
          ? n
          : g.rebuild(
              n,
              n.args.map((a) => image.get(a)!),
            ),
      )
  }
  return roots.map((n) => image.get(n)!)

  function segmentsOf(n: Node): InSegments {
    const { scan } = n as Node & { kind: 'scan' }
    let found = made.get(scan)
    if (found) return found
    const rebuilt = g.rebuild(
      n,
      n.args.map((a) => image.get(a)!),
    ) as Node & { kind: 'scan' }
    const isWhole = scan.families.map((_, which) => wholes.has(g.familyOf(scan, which)))
    found = new InSegments(g, rebuilt.scan, sizes.get(scan)!, last.get(scan) ?? [], isWhole)
    made.set(scan, found)
    return found
  }
}

const scansIn = (values: Iterable<Node>): Set<Scan> =>
  new Set([...values].flatMap((n) => (n.kind === 'scan' ? [n.scan] : [])))

/** How many members before a step it reads. */
const deepest = (scan: ScanParts, which: number): number =>
  Math.max(0, ...scan.reads.map((r) => (r.which === which ? r.back : 0)))

/** A segment is at least as long as steps look back. Undefined of what cannot be in segments. */
function sizeOfSegments(scan: Scan, asked: SegmentLength): number | undefined {
  const { length, from, axis, histories } = scan
  if (typeof length !== 'number' || typeof from !== 'number' || axis !== 0 || histories.length > 0)
    return undefined
  const wanted = asked === true ? Math.ceil(Math.sqrt(length)) : asked
  const size = Math.max(wanted, ...scan.families.map((_, which) => deepest(scan, which)))
  return 2 * size <= length ? size : undefined
}

/** A product with one of the last members of a family. */
interface Pick {
  readonly scan: Scan
  readonly which: number
  /** How many members come after it. */
  readonly before: number
  /** Where the axes of the member are. */
  readonly labels: readonly number[]
  readonly rest: readonly Factor[]
}

function pickIn(n: Node): Pick | undefined {
  if (n.kind !== 'product' || !isContraction(n)) return undefined
  const factors = factorsOf(n)
  for (const f of factors) {
    const family = peel(f.node)
    if (family.kind !== 'scan' || family.scan.axis !== 0 || !isOne(f.exponent)) continue
    const [axis, ...labels] = f.labels
    const others = factors.filter((o) => o !== f && o.labels.includes(axis!))
    const position = others.length === 1 ? positionOf(others[0]!.node) : undefined
    if (typeof position !== 'number' || axis! < n.shape.length || labels.includes(axis!)) continue
    const count = family.shape[0]
    if (typeof count !== 'number') continue
    const { scan, which } = family
    const before = scan.falls ? position : count - 1 - position
    return { scan, which, before, labels, rest: factors.filter((o) => o !== f && o !== others[0]) }
  }
  return undefined
}

/** One recurrence in segments: the first steps, as many as make up no segment, and then the others. */
class InSegments {
  readonly #g: Graph
  readonly #scan: Scan
  readonly #size: number
  readonly #count: number
  /** How many steps come before the first segment. */
  readonly #first: number
  /** How many members of each family are known of the segment before. */
  readonly #known: readonly number[]
  /** By family, all members before the first segment. */
  readonly #before: readonly (Node | undefined)[]
  /** By family, its last members in each segment, and those before the first; and all that the steps define, where that is asked for. */
  readonly #ends: readonly (Node | undefined)[]
  readonly #members: readonly (Node | undefined)[]

  constructor(
    g: Graph,
    scan: Scan,
    size: number,
    last: readonly (number | undefined)[],
    wholes: readonly boolean[],
  ) {
    this.#g = g
    this.#scan = scan
    this.#size = size
    const length = scan.length as number
    this.#count = Math.floor(length / size)
    this.#first = length % size
    const all = scan.families.map((_, which) => which)
    this.#known = all.map((which) => Math.max(deepest(scan, which), last[which] ?? 0))
    this.#before = this.#firstSteps()
    const ended = all.filter((which) => this.#known[which]! > 0)
    const whole = all.filter((which) => wholes[which])
    const s = this.#symbol(`segment of ${scan.index.symbol.name}`, 's', this.#count)
    const states = all.map((which) => (this.#known[which]! > 0 ? this.#state(which) : undefined))
    const inner = this.#segment(s, states)
    const values = g.scan({
      index: s,
      from: 0,
      length: this.#count,
      falls: scan.falls,
      axis: 0,
      families: [
        ...ended.map((which) => ({ name: scan.families[which]!.name, given: 1 })),
        ...whole.map((which) => ({ name: scan.families[which]!.name, given: 0 })),
      ],
      reads: ended.map((which, k) => ({ symbol: states[which]!, which: k, back: 1 })),
      histories: [],
      takes: [],
      initial: [
        ...ended.map((which) => this.#stretched(this.#ended(this.#before[which], which))),
        ...whole.map(() => undefined),
      ],
      bodies: [
        ...ended.map((which) => this.#ended(inner[which], which)),
        ...whole.map((which) => g.part(inner[which]!, 0, size, scan.falls ? 0 : this.#known[which]!)),
      ],
    })
    this.#ends = all.map((which) => values[ended.indexOf(which)])
    this.#members = all.map((which) =>
      whole.includes(which) ? values[ended.length + whole.indexOf(which)] : undefined,
    )
  }

  /** A member by how many come after it. */
  memberBefore(which: number, before: number): Node {
    const { falls } = this.#scan
    const known = this.#known[which]!
    const end = this.#g.element(this.#ends[which]!, 0, falls ? 0 : this.#count)
    return this.#g.element(end, 0, falls ? before : known - 1 - before)
  }

  /** All members of a family. */
  whole(which: number): Node {
    const g = this.#g
    const { falls, bodies, families, length } = this.#scan
    const members = this.#members[which]!
    const shape = [(length as number) + families[which]!.given, ...bodies[which]!.shape]
    const rest = shape.slice(1).map((_, i) => 3 + i)
    const before = this.#before[which]
    const first = (before?.shape[0] as number | undefined) ?? 0
    const form = { coefficients: [1, -this.#size, -1], multiples: [], offset: falls ? 0 : -first }
    const segments = g.product(
      ONE,
      [
        { node: members, labels: [1, 2, ...rest], exponent: ONE },
        {
          node: g.bracket('=', form, [shape[0]!, this.#count, this.#size]),
          labels: [0, 1, 2],
          exponent: ONE,
        },
      ],
      [0, ...rest],
      shape,
    )
    if (!before) return segments
    return g.add(segments, g.part(before, 0, shape[0]!, falls ? -this.#count * this.#size : 0))
  }

  #symbol(name: string, family: string, length: number): SymbolNode {
    const symbol: Symbol = { ...runningIndex(name, 0, length), member: { family, indices: [] } }
    return this.#g.symbol(symbol) as SymbolNode
  }

  /** The members of a family that are given, and those of the first steps. */
  #firstSteps(): (Node | undefined)[] {
    const scan = this.#scan
    const first = this.#first
    if (first === 0) return [...scan.initial]
    const moved = scan.falls ? (scan.length as number) - first : 0
    const from = (scan.from as number) + moved
    const index = this.#g.symbol(runningIndex(indexName(scan.index.symbol), from, first)) as SymbolNode
    return this.#g.scan({
      ...scan,
      index,
      from,
      length: first,
      takes: scan.takes.map((t) => ({ ...t, offset: t.offset + moved })),
      bodies: replaced(this.#g, scan.bodies, new Map([[scan.index, index]])),
    })
  }

  /** A segment as a recurrence: all members of each family in it, behind those that are known of the one before. */
  #segment(s: SymbolNode, states: readonly (SymbolNode | undefined)[]): readonly Node[] {
    const g = this.#g
    const scan = this.#scan
    const size = this.#size
    const name = indexName(scan.index.symbol)
    const u = this.#symbol(`${name} in a segment`, name, size)
    const before = scan.falls ? 0 : this.#first
    const terms = [
      { node: s, coefficient: rational(size) },
      { node: u, coefficient: ONE },
    ]
    const images = new Map<Node, Node>([
      [scan.index, g.sum(terms, rational((scan.from as number) + before), SCALAR)],
    ])
    for (const { symbol, of, axis, offset } of scan.takes)
      images.set(symbol, g.at(of, axis, g.sum(terms, ZERO, SCALAR), before + offset))
    const bodies = replaced(g, scan.bodies, images)
    return g.scan({
      ...scan,
      index: u,
      from: 0,
      length: size,
      families: scan.families.map(({ name: family }, which) => ({
        name: family,
        given: this.#known[which]!,
      })),
      takes: [],
      initial: states,
      bodies,
    })
  }

  /** What a segment sees of a family in the one before. */
  #state(which: number): SymbolNode {
    const { families, bodies } = this.#scan
    const family = this.#g.familyOf(this.#scan, which)
    return this.#g.symbol({
      name: `${families[which]!.name} before a segment~${this.#scan.hash.toString(36)}`,
      role: 'member',
      shape: [this.#known[which]!, ...bodies[which]!.shape],
      assumptions: new Set(),
      samples: family.samples,
    }) as SymbolNode
  }

  /** The last members of what is known; before the first ones there are zeros. */
  #ended(all: Node | undefined, which: number): Node {
    const known = this.#known[which]!
    const shape = [known, ...this.#scan.bodies[which]!.shape]
    if (!all) return this.#g.full(ZERO, shape)
    return this.#g.part(all, 0, known, this.#scan.falls ? 0 : (all.shape[0] as number) - known)
  }

  #stretched(node: Node): Node {
    return this.#g.broadcast(
      node,
      [1, ...node.shape],
      node.shape.map((_, i) => 1 + i),
    )
  }
}
